import subprocess
import sys
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Static, TextArea

from empathy_agent.affect import AffectReading, Emotion
from empathy_agent.agent.events import Asked, Delta, Done, TurnEvent, TurnResult
from empathy_agent.errors import ModelUnavailable, SetupError
from empathy_agent.tui.app import NOTICE_S, EmpathyApp
from empathy_agent.tui.bars import Banner
from empathy_agent.tui.dialogs import CONSENT, FORGET, Page, Question
from empathy_agent.tui.panel import Bars
from empathy_agent.tui.picture import (
    NOW,
    Scripted,
    ScriptedErasure,
    ScriptedMoment,
    ScriptedSource,
    scripted_reading,
    settle,
)
from empathy_agent.tui.port import Conversation, Forgotten, Past
from empathy_agent.tui.prompt import Prompt
from empathy_agent.tui.transcript import Exchange

if TYPE_CHECKING:
    from empathy_agent.agent.agent import Agent

    def the_real_agent_fits(agent: Agent) -> Conversation:
        return agent


SAD = scripted_reading(Emotion.SADNESS)


def result(reply: str = "I hear you.", risk: str = "none") -> TurnResult:
    return TurnResult(
        reply=reply,
        risk=risk,
        reading=SAD,
        recalled=(),
        strategy="reflection",
        route="respond",
        tools=(),
        took_ms=1.0,
    )


class Fake(Scripted):
    """Says what it is told to say, and waits wherever a test holds it."""

    def __init__(
        self,
        turns: Sequence[Sequence[TurnEvent | Exception]] = (),
        *,
        resumed: Sequence[TurnEvent] = (),
        source: ScriptedSource | None = None,
        consent: bool = False,
        moments: Sequence[Past] = (),
    ) -> None:
        self.eye = source or ScriptedSource("none", "closed")
        super().__init__(self.eye, consent)
        self.turns = list(turns)
        self.resumed = resumed
        self.moments = moments
        self.heard: list[str] = []
        self.answers: list[Mapping[str, object]] = []
        self.looks = 0
        self.forgot = 0
        self.step = threading.Event()
        self.step.set()
        self.warmed = threading.Event()
        self.warmed.set()
        self.broken: Exception | None = None

    def opening(self) -> str:
        return "Hello. I am an AI."

    def past(self, n: int = 20) -> Sequence[Past]:
        return self.moments[-n:]

    def warm(self) -> None:
        assert self.warmed.wait(10)

    def stream(self, text: str) -> Iterator[TurnEvent]:
        self.heard.append(text)
        for event in self.turns.pop(0) if self.turns else [Done(result())]:
            assert self.step.wait(10)
            if isinstance(event, Exception):
                raise event
            yield event

    def resume(self, answer: Mapping[str, object]) -> Iterator[TurnEvent]:
        self.answers.append(answer)
        yield from self.resumed

    def look(self) -> AffectReading:
        self.looks += 1
        if self.broken:
            raise self.broken
        return SAD

    def forget(self) -> Forgotten:
        self.forgot += 1
        return ScriptedErasure(moments=12)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


def app_of(
    fake: Callable[[], Conversation],
    *,
    ask: bool = False,
    look_s: float = 3600,
    clock: Clock | None = None,
) -> EmpathyApp:
    return EmpathyApp(fake, "Empathy Agent", "Support", ask, clock=clock or Clock(), look_s=look_s)


@asynccontextmanager
async def talking(
    fake: Fake,
    *,
    ask: bool = False,
    look_s: float = 3600,
    clock: Clock | None = None,
    height: int = 30,
) -> AsyncGenerator[tuple[EmpathyApp, Pilot[None]]]:
    app = app_of(lambda: fake, ask=ask, look_s=look_s, clock=clock)
    async with app.run_test(size=(100, height), notifications=True) as pilot:
        await settle(app)
        await pilot.pause()
        yield app, pilot


async def until(pilot: Pilot[None], true: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end, "it did not come true within thirty seconds"
        await pilot.pause(0.02)


async def say(app: EmpathyApp, pilot: Pilot[None], text: str) -> None:
    app.query_one(Prompt).text = text
    await pilot.press("enter")
    await settle(app)
    await pilot.pause()


def seen(app: App[None]) -> str:
    """Return the characters on the screen."""
    picture = ElementTree.fromstring(app.export_screenshot())
    texts = picture.iter("{http://www.w3.org/2000/svg}text")
    lines: dict[float, str] = {}
    for text in texts:
        row = float(text.get("y", 0))
        lines[row] = lines.get(row, "") + "".join(text.itertext()).replace("\xa0", " ")
    return "\n".join(lines[row] for row in sorted(lines))


def exchanges(app: EmpathyApp) -> list[Exchange]:
    return list(app.query(Exchange))


# Waking up


async def test_it_paints_before_the_agent_is_built_and_answers_what_was_written_meanwhile():
    built = threading.Event()
    fake = Fake()

    def build() -> Conversation:
        assert built.wait(10)
        return fake

    app = app_of(build)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        assert "waking up…" in seen(app)
        app.query_one(Prompt).text = "are you there?"
        await pilot.press("enter")
        assert "are you there?" in seen(app)
        assert "waiting…" in seen(app)
        assert fake.heard == []
        built.set()
        await until(pilot, lambda: bool(exchanges(app)) and exchanges(app)[0].reply != "")
        assert fake.heard == ["are you there?"]
        shown = seen(app)
        assert (
            shown.index("I am an AI") < shown.index("are you there?") < shown.index("I hear you.")
        )


async def test_messages_wait_until_the_models_are_loaded():
    fake = Fake()
    fake.warmed.clear()
    app = app_of(lambda: fake)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: "loading models…" in seen(app))
        app.query_one(Prompt).text = "hello"
        await pilot.press("enter")
        await pilot.pause()
        assert fake.heard == []
        fake.warmed.set()
        await until(pilot, lambda: fake.heard == ["hello"])


async def test_an_agent_that_cannot_be_built_ends_the_app_with_its_reason():
    def build() -> Conversation:
        raise SetupError("no persona 'supprt'; did you mean 'support'?")

    app = app_of(build)
    async with app.run_test() as pilot:
        await until(pilot, lambda: not app.is_running)
    assert isinstance(app.error, SetupError)


async def test_a_model_that_does_not_load_is_told_and_the_conversation_goes_on():
    class Tired(Fake):
        def warm(self) -> None:
            raise ModelUnavailable("the server does not answer")

    async with talking(Tired()) as (app, pilot):
        assert "the server does not answer" in seen(app)
        await say(app, pilot, "hello")
        assert "I hear you." in seen(app)
    assert app.error is None


# Turns


async def test_a_reply_is_written_piece_by_piece():
    gate = threading.Event()

    class Slow(Fake):
        def stream(self, text: str) -> Iterator[TurnEvent]:
            yield Delta("You are")
            assert gate.wait(10)
            yield Delta(" worried")
            yield Done(result("You are worried."))

    async with talking(Slow()) as (app, pilot):
        app.query_one(Prompt).text = "hm"
        await pilot.press("enter")
        await until(pilot, lambda: exchanges(app)[0].reply == "You are")
        assert "You are" in seen(app)
        gate.set()
        await until(pilot, lambda: exchanges(app)[0].reply == "You are worried.")


async def test_the_finished_reply_takes_the_place_of_what_was_streamed():
    async with talking(Fake([[Delta("You have depression."), Done(result("That is hard."))]])) as (
        app,
        pilot,
    ):
        await say(app, pilot, "hm")
        assert "That is hard." in seen(app)
        assert "depression" not in seen(app)


async def test_the_reading_of_a_turn_stands_under_it_and_can_be_hidden():
    async with talking(Fake()) as (app, pilot):
        await say(app, pilot, "hm")
        assert "probably sad · 0.71" in seen(app)
        await pilot.press("f2", "ctrl+r")
        await pilot.pause()
        assert "probably sad" not in seen(app)


async def test_messages_are_answered_one_after_the_other():
    fake = Fake([[Done(result("First."))], [Done(result("Second."))]])
    fake.step.clear()
    async with talking(fake) as (app, pilot):
        for text in ("one", "two"):
            app.query_one(Prompt).text = text
            await pilot.press("enter")
        await until(pilot, lambda: fake.heard == ["one"])
        fake.step.set()
        await until(pilot, lambda: [each.reply for each in exchanges(app)] == ["First.", "Second."])
        assert fake.heard == ["one", "two"]


async def test_a_failed_turn_is_told_and_the_next_one_works():
    fake = Fake([[ModelUnavailable("'llama' does not answer")]])
    async with talking(fake) as (app, pilot):
        await say(app, pilot, "hello")
        assert "'llama' does not answer" in seen(app)
        await pilot.press("up")
        assert app.query_one(Prompt).text == "hello"
        await say(app, pilot, "again")
        assert "I hear you." in seen(app)
    assert app.error is None


async def test_a_bug_ends_no_conversation_but_is_kept_for_the_end():
    async with talking(Fake([[ValueError("oops")]])) as (app, pilot):
        await say(app, pilot, "hello")
        assert "ValueError" in seen(app)
        await say(app, pilot, "again")
        assert "I hear you." in seen(app)
    assert isinstance(app.error, ValueError)


async def test_what_was_said_earlier_stands_above_with_its_age():
    moments = [
        ScriptedMoment("I cannot sleep", "Long nights."),
        ScriptedMoment("", "", NOW - 60, "b"),
    ]
    async with talking(Fake(moments=moments), height=60) as (app, _):
        shown = seen(app)
    assert shown.index("earlier, 3 days ago") < shown.index("I cannot sleep")
    assert shown.index("Long nights.") < shown.index("earlier, 1 minute ago")
    assert shown.index("(words not kept)") < shown.index("now") < shown.index("I am an AI")


async def test_the_notice_that_this_is_an_ai_comes_back_every_three_hours():
    clock = Clock()
    async with talking(Fake(), clock=clock) as (app, pilot):
        for later, notices in ((NOTICE_S - 1, 1), (1, 2), (60, 2), (NOTICE_S, 3)):
            clock.now += later
            app.remind()
            await pilot.pause()
            assert seen(app).count("I am an AI") == notices


@pytest.mark.parametrize(
    "text", ["[bold red]x[/]", "[/nope]", "a <b> & *c*", "[@click=app.quit]x[/]"]
)
async def test_markup_in_what_the_user_says_is_text(text: str):
    async with talking(Fake([[Done(result("ok [bold]not bold[/]"))]])) as (app, pilot):
        await say(app, pilot, text)
        assert text in seen(app)
        assert "ok [bold]not bold[/]" in seen(app)


# Prompt


async def test_enter_sends_and_ctrl_j_starts_a_line():
    fake = Fake()
    async with talking(fake) as (app, pilot):
        await pilot.press(*"ab", "ctrl+j", *"cd", "enter")
        await settle(app)
    assert fake.heard == ["ab\ncd"]


async def test_an_empty_message_is_not_sent_but_hinted_at():
    fake = Fake()
    async with talking(fake) as (app, pilot):
        await pilot.press("space", "enter")
        assert "nothing to send yet" in seen(app)
        await pilot.press("a")
        await pilot.pause()
        assert "nothing to send yet" not in seen(app)
    assert fake.heard == []


async def test_up_and_down_walk_through_what_was_sent_and_keep_the_draft():
    async with talking(Fake()) as (app, pilot):
        prompt = app.query_one(Prompt)
        for text in ("one", "two"):
            await say(app, pilot, text)
        prompt.text = "draft"
        walked: list[str] = []
        for key in ("up", "up", "up", "down", "down", "down"):
            await pilot.press(key)
            walked.append(prompt.text)
        assert walked == ["two", "one", "one", "two", "draft", "draft"]


async def test_a_megabyte_is_pasted_as_a_label_and_sent_whole():
    from textual.events import Paste

    fake = Fake()
    text = "Wörter\x1b[31m " * 80_000
    async with talking(fake) as (app, pilot):
        prompt = app.query_one(Prompt)
        prompt.post_message(Paste(text))
        await pilot.pause()
        assert len(prompt.text) < 100
        await pilot.press("enter")
        await settle(app)
        await pilot.pause()
        assert "characters in all" in seen(app)
    assert fake.heard == [text.replace("\x1b", "")]


def test_no_key_of_the_app_is_taken_by_the_prompt():
    taken = {key.strip() for each in TextArea.BINDINGS for key in _keys(each)}
    ours = {key.strip() for each in EmpathyApp.BINDINGS for key in _keys(each)}
    assert not taken & ours


def _keys(binding: object) -> list[str]:
    from textual.binding import Binding

    assert isinstance(binding, Binding)
    return binding.key.split(",")


# Camera and consent


@pytest.mark.parametrize(
    ("keys", "given"), [(["y"], True), (["n"], False), (["escape"], False), (["enter"], False)]
)
async def test_the_camera_is_read_only_after_a_yes(keys: list[str], given: bool):
    fake = Fake(source=ScriptedSource())
    async with talking(fake, ask=True, look_s=0.02) as (app, pilot):
        assert isinstance(app.screen, Question)
        assert app.screen.wording is CONSENT
        await pilot.pause(0.1)
        assert fake.looks == 0
        await pilot.press(*keys)
        await until(pilot, lambda: fake.consent == given and (fake.looks > 0) == given)
        assert ("● camera on" if given else "○ camera off · no consent") in seen(app)


async def test_a_yes_given_while_waking_is_recorded_once_the_agent_is_there():
    built = threading.Event()
    fake = Fake(source=ScriptedSource())

    def build() -> Conversation:
        assert built.wait(10)
        return fake

    app = app_of(build, ask=True)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await pilot.press("y")
        assert not fake.consent
        built.set()
        await until(pilot, lambda: fake.consent)


async def test_f4_withdraws_consent_and_asks_before_giving_it_again():
    fake = Fake(source=ScriptedSource(), consent=True)
    async with talking(fake, look_s=0.02) as (app, pilot):
        await until(pilot, lambda: fake.looks > 1)
        await pilot.press("f4")
        await until(pilot, lambda: not fake.consent and not app.workers)
        looks = fake.looks
        await pilot.pause(0.1)
        assert fake.looks == looks
        assert "no consent" in seen(app)
        assert app.query_one(Bars).reading is None
        await pilot.press("f4", "y")
        await until(pilot, lambda: fake.consent and fake.looks > looks)


async def test_consent_that_cannot_be_recorded_is_told():
    class Full(Fake):
        def give_consent(self, given: bool) -> None:
            raise SetupError("consent cannot be recorded: the disk is full")

    async with talking(Full(source=ScriptedSource())) as (app, pilot):
        await pilot.press("f4", "y")
        await until(pilot, lambda: "the disk is full" in seen(app))
        assert "camera off" in seen(app)


async def test_without_a_camera_nothing_is_looked_at_and_f4_says_so():
    fake = Fake(consent=True)
    async with talking(fake, look_s=0.02) as (app, pilot):
        await pilot.press("f4")
        await pilot.pause(0.1)
        assert "there is no camera here" in seen(app)
    assert fake.looks == 0


async def test_the_camera_rests_during_a_turn_and_behind_a_hidden_panel():
    fake = Fake(source=ScriptedSource(), consent=True)
    async with talking(fake, look_s=0.02) as (app, pilot):
        await until(pilot, lambda: fake.looks > 0)
        fake.step.clear()
        app.query_one(Prompt).text = "hm"
        await pilot.press("enter")
        await until(pilot, lambda: fake.heard == ["hm"] and "look" not in app.backstage.running)
        looks = fake.looks
        await pilot.pause(0.1)
        assert fake.looks == looks
        fake.step.set()
        await until(pilot, lambda: fake.looks > looks)
        await pilot.press("f2")
        await until(pilot, lambda: "look" not in app.backstage.running)
        looks = fake.looks
        await pilot.pause(0.1)
        assert fake.looks == looks


async def test_a_lost_camera_is_told_and_comes_back_by_itself():
    fake = Fake(source=ScriptedSource(), consent=True)
    async with talking(fake, look_s=0.02) as (app, pilot):
        await until(pilot, lambda: fake.looks > 0)
        fake.eye.state = "lost"
        await until(pilot, lambda: "✕ camera lost" in seen(app))
        fake.eye.state = "open"
        looks = fake.looks
        await until(pilot, lambda: fake.looks > looks and "● camera on" in seen(app))


async def test_eyes_that_fail_are_told_once_and_left_alone():
    fake = Fake(source=ScriptedSource(), consent=True)
    fake.broken = ModelUnavailable("the eyes do not load")
    async with talking(fake, look_s=0.02) as (app, pilot):
        await until(pilot, lambda: "the eyes do not load" in seen(app))
        await pilot.pause(0.1)
    assert fake.looks == 1


# Safety and memory


@pytest.mark.parametrize(
    ("risk", "shown"),
    [("none", False), ("low", False), ("moderate", False), ("high", True), ("imminent", True)],
)
async def test_the_line_to_call_is_shown_from_high_risk_on(risk: str, shown: bool):
    held = result("I am glad you told me.\n\n- Call **988**, day and night", risk)
    async with talking(Fake([[Done(held)]])) as (app, pilot):
        await say(app, pilot, "hm")
        assert app.query_one(Banner).display == shown
        assert ("now. Call 988, day and night" in seen(app)) == shown


async def test_the_line_to_call_stays_until_it_is_put_away():
    held = result("Call 112", "imminent")
    async with talking(Fake([[Done(held)], [Done(result())], [Done(held)]])) as (app, pilot):
        banner = app.query_one(Banner)
        await say(app, pilot, "one")
        await say(app, pilot, "two")
        assert banner.display
        await pilot.press("escape")
        assert not banner.display
        await say(app, pilot, "three")
        assert banner.display


@pytest.mark.parametrize(("key", "accepted"), [("y", True), ("n", False), ("escape", False)])
async def test_the_agent_may_ask_for_a_human(key: str, accepted: bool):
    asking = Asked("A refund of 40 euros.", "wants a person")
    fake = Fake([[asking]], resumed=[Done(result("So be it."))])
    async with talking(fake) as (app, pilot):
        await say(app, pilot, "a human please")
        assert "A human was asked for" in seen(app)
        assert "A refund of 40 euros." in seen(app)
        await pilot.press(key)
        await until(pilot, lambda: exchanges(app)[0].reply == "So be it.")
    assert fake.answers == [{"accepted": accepted, "note": ""}]


async def test_what_was_remembered_can_be_read():
    async with app_of(Scripted).run_test(size=(100, 30)) as pilot:
        app = pilot.app
        assert isinstance(app, EmpathyApp)
        await settle(app)
        await pilot.press("f3")
        await pilot.pause()
        assert "Nothing was recalled" in seen(app)
        await pilot.press("escape")
        await say(app, pilot, "I failed")
        await pilot.press("f3")
        await pilot.pause()
        assert "about the same thing" in seen(app)
        await pilot.press("f3")
        assert not isinstance(app.screen, Page)


@pytest.mark.parametrize(("key", "forgot"), [("y", 1), ("n", 0)])
async def test_forgetting_is_asked_about_and_then_clears_the_screen(key: str, forgot: int):
    fake = Fake(moments=[ScriptedMoment("I cannot sleep", "Long nights.")])
    async with talking(fake) as (app, pilot):
        await say(app, pilot, "a secret")
        await pilot.press("ctrl+delete")
        assert isinstance(app.screen, Question)
        assert app.screen.wording is FORGET
        await pilot.press(key)
        await settle(app)
        await pilot.pause()
        assert fake.forgot == forgot
        assert ("a secret" in seen(app)) == (not forgot)
        assert ("I cannot sleep" in seen(app)) == (not forgot)
        assert ("12 moments forgotten" in seen(app)) == bool(forgot)
        await pilot.press("up")
        assert (app.query_one(Prompt).text == "a secret") == (not forgot)


async def test_what_could_not_be_erased_is_told():
    class Sticky(Fake):
        def forget(self) -> Forgotten:
            return ScriptedErasure(moments=2, traces=1)

    async with talking(Sticky()) as (app, pilot):
        await pilot.press("ctrl+delete", "y")
        await until(pilot, lambda: "1 trace left on the disk" in seen(app))


async def test_nothing_is_forgotten_in_the_middle_of_a_turn():
    fake = Fake()
    fake.step.clear()
    async with talking(fake) as (app, pilot):
        app.query_one(Prompt).text = "hm"
        await pilot.press("enter", "ctrl+delete")
        await pilot.pause()
        assert not isinstance(app.screen, Question)
        assert "wait for the reply" in seen(app)
        fake.step.set()
        await settle(app)


# Leaving


async def test_quitting_waits_for_the_running_turn_and_for_messages_in_line():
    fake = Fake()
    fake.step.clear()
    async with talking(fake) as (app, pilot):
        for text in ("one", "two"):
            app.query_one(Prompt).text = text
            await pilot.press("enter")
        await pilot.press("ctrl+q")
        await pilot.pause()
        assert "once this turn is remembered" in seen(app)
        assert app.is_running
        app.query_one(Prompt).text = "three"
        await pilot.press("enter")
        fake.step.set()
        await until(pilot, lambda: not app.is_running)
    assert fake.heard == ["one", "two"]
    assert not app.forced


async def test_quitting_twice_waits_for_nothing():
    fake = Fake()
    fake.step.clear()
    async with talking(fake) as (app, pilot):
        app.query_one(Prompt).text = "hm"
        await pilot.press("enter", "ctrl+q", "ctrl+q")
        await until(pilot, lambda: not app.is_running)
        fake.step.set()
    assert app.forced


async def test_quitting_while_a_human_is_asked_for_answers_that_nobody_is_free():
    fake = Fake([[Asked("x", "y")]], resumed=[Done(result())])
    async with talking(fake) as (app, pilot):
        await say(app, pilot, "a human please")
        await pilot.press("ctrl+q")
        await until(pilot, lambda: not app.is_running)
    assert fake.answers == [{"accepted": False, "note": ""}]


async def test_without_a_turn_quitting_is_at_once():
    async with talking(Fake()) as (app, pilot):
        await pilot.press("ctrl+q")
        await until(pilot, lambda: not app.is_running)
    assert not app.forced


# The whole


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (60, 15), (20, 6)])
async def test_it_fits_any_terminal(size: tuple[int, int]):
    app = app_of(lambda: Scripted())
    async with app.run_test(size=size) as pilot:
        await settle(app)
        await say(app, pilot, "hello there")
        for key in ("f1", "escape", "f2", "f2", "f3", "escape"):
            await pilot.press(key)
            await pilot.pause()
        assert "camera" in seen(app) or size[0] < 60
        assert app.query_one(Prompt).region.height >= 1


async def test_every_key_has_a_command_in_the_palette():
    async with talking(Fake()) as (app, _):
        titles = {command.title for command in app.get_system_commands(app.screen)}
    assert {
        "Live panel",
        "Memory",
        "Camera",
        "Readings",
        "Copy",
        "Forget",
        "Help",
        "Quit",
    } <= titles


async def test_the_last_reply_can_be_copied():
    async with talking(Fake([[Done(replace(result(), reply="**Breathe.**"))]])) as (app, pilot):
        await say(app, pilot, "hm")
        await pilot.press("f5")
        assert app.clipboard == "**Breathe.**"


async def test_the_state_of_the_camera_needs_no_colour():
    async with talking(Fake(source=ScriptedSource(), consent=True)) as (app, _):
        assert "● camera on" in str(app.query_one("#camera", Static).content)


def test_importing_the_tui_loads_nothing_heavy():
    heavy = (
        "torch chromadb langgraph langchain_core transformers onnxruntime cv2 sentence_transformers"
    )
    code = f"import sys, empathy_agent.tui; print(*(set('{heavy}'.split()) & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []
