import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from empathy_agent.agent.events import Asked, Delta, Done, Seen, TurnEvent
from empathy_agent.errors import ModelUnavailable, SetupError
from empathy_agent.tui.app import NOTICE_S
from empathy_agent.tui.picture import (
    NOW,
    Scripted,
    ScriptedMoment,
    ScriptedSource,
    settle,
)
from empathy_agent.tui.port import Conversation
from empathy_agent.tui.prompt import Prompt
from tests.tui_fakes import SAD, Clock, Fake, app_of, exchanges, result, say, seen, talking, until

if TYPE_CHECKING:
    from empathy_agent.agent.agent import Agent

    def the_real_agent_fits(agent: Agent) -> Conversation:
        return agent


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


async def test_nothing_is_told_by_colour_alone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_COLOR", "1")
    held = replace(result("Call 112"), risk="imminent")
    async with talking(Fake([[Seen(SAD), Done(held)]], source=ScriptedSource(), consent=True)) as (
        app,
        pilot,
    ):
        await say(app, pilot, "hm")
        shown = seen(app)
    for words in (
        "● camera on",
        "sadness",
        "62%",
        "You can talk to someone now.",
        "you",
        "Support",
    ):
        assert words in shown


def test_importing_the_tui_loads_nothing_heavy():
    heavy = (
        "torch chromadb langgraph langchain_core transformers onnxruntime cv2 sentence_transformers"
    )
    code = f"import sys, empathy_agent.tui; print(*(set('{heavy}'.split()) & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []
