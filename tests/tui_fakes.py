"""A conversation that does what a test tells it to, and hands to drive the app with."""

import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from xml.etree import ElementTree

from textual.app import App
from textual.pilot import Pilot

from empathy_agent.affect import AffectReading, Emotion
from empathy_agent.agent.events import Done, TurnEvent, TurnResult
from empathy_agent.tui.app import EmpathyApp
from empathy_agent.tui.picture import (
    NOW,
    Scripted,
    ScriptedErasure,
    ScriptedSource,
    scripted_reading,
    settle,
)
from empathy_agent.tui.port import Conversation, Forgotten, Past
from empathy_agent.tui.prompt import Prompt
from empathy_agent.tui.transcript import Exchange

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
    goes_to: str | None = None,
) -> EmpathyApp:
    return EmpathyApp(
        fake,
        "Empathy Agent",
        "Support",
        ask,
        pictures_go_to=goes_to,
        clock=clock or Clock(),
        look_s=look_s,
    )


@asynccontextmanager
async def talking(
    fake: Fake,
    *,
    ask: bool = False,
    look_s: float = 3600,
    clock: Clock | None = None,
    height: int = 30,
    goes_to: str | None = None,
) -> AsyncGenerator[tuple[EmpathyApp, Pilot[None]]]:
    app = app_of(lambda: fake, ask=ask, look_s=look_s, clock=clock, goes_to=goes_to)
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
