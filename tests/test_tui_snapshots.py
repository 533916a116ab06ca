"""One picture a screen. A changed picture is looked at before it is accepted: see CONTRIBUTING."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import pytest
from textual.pilot import Pilot

from empathy_agent.agent.events import Asked, Delta, Done, TurnEvent, TurnResult
from empathy_agent.tui.app import EmpathyApp
from empathy_agent.tui.picture import (
    NOW,
    Scripted,
    ScriptedSource,
    draw,
    settle,
)
from empathy_agent.tui.prompt import Prompt

HELD = """\
I'm glad you told me, and I want you to be safe tonight.

- Call or text **988**, free, day and night
- In danger right now: call 911

Is somebody with you?"""


class Held(Scripted):
    """Answers with fixed words and helplines."""

    def stream(self, text: str) -> Iterator[TurnEvent]:
        yield Done(
            TurnResult(
                reply=HELD,
                risk="imminent",
                reading=None,
                recalled=(),
                strategy="hold",
                route="hold",
                tools=("crisis_lines",),
                took_ms=0.0,
            )
        )


class Asking(Scripted):
    """Asks for a human."""

    def stream(self, text: str) -> Iterator[TurnEvent]:
        for line in HELD.splitlines(keepends=True):
            yield Delta(line)
        yield Asked(
            f"Risk: imminent\nThe user's last message: {text!r}\nWhat was answered: {HELD}", "risk"
        )


@dataclass(frozen=True)
class Case:
    id: str
    conversation: Callable[[], Scripted] = Scripted
    keys: tuple[str, ...] = ()
    size: tuple[int, int] = (80, 24)
    ask: bool = False
    said: str = "I failed my exam and I can't face my parents."


class Compare(Protocol):
    def __call__(
        self,
        app: EmpathyApp,
        *,
        terminal_size: tuple[int, int],
        run_before: Callable[[Pilot[None]], Awaitable[None]],
    ) -> bool: ...


@pytest.fixture(autouse=True)
def in_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.mark.parametrize(
    "case",
    [
        Case("conversation"),
        Case("wide", size=(120, 40)),
        Case("small", size=(60, 15)),
        Case("small_panel", size=(60, 15), keys=("f2",)),
        Case("no_consent", lambda: Scripted(consent=False)),
        Case("no_camera", lambda: Scripted(ScriptedSource("none", "closed"))),
        Case("camera_lost", lambda: Scripted(ScriptedSource("camera:0", "lost"))),
        Case("consent", ask=True, said=""),
        Case("small_consent", ask=True, said="", size=(60, 15)),
        Case("crisis", Held, said="I am going to kill myself tonight"),
        Case("asked", Asking, said="I am going to kill myself tonight"),
        Case("remembered", keys=("f3",)),
        Case("forget", keys=("ctrl+delete",)),
        Case("help", keys=("f1",)),
    ],
    ids=lambda case: case.id,
)
def test_the_screen_looks_as_it_did(case: Case, snap_compare: Compare):
    app = EmpathyApp(
        case.conversation,
        "Empathy Agent",
        "Mental health support",
        case.ask,
        clock=lambda: NOW,
        look_s=3600,
    )

    async def play(pilot: Pilot[None]) -> None:
        await settle(app)
        await pilot.pause()
        if case.said:
            prompt = app.query_one(Prompt)
            prompt.cursor_blink = False
            prompt.text = case.said
            await pilot.press("enter")
            await settle(app)
            await pilot.pause()
        await pilot.press(*case.keys)
        await pilot.pause()

    assert snap_compare(app, terminal_size=case.size, run_before=play)


async def test_the_picture_of_the_readme_is_the_same_every_time_and_names_no_place():
    first, second = await draw(), await draw()
    assert first == second
    assert "camera&#160;on" in first
    assert "/home" not in first and "/tmp" not in first
