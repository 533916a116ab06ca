"""Draw the app in the middle of a conversation: `python -m empathy_agent.tui.picture OUT.svg`.

The conversation is scripted, so that the picture is the same wherever it is drawn.
"""

import asyncio
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from empathy_agent.affect import AffectReading, Emotion, RecalledNote
from empathy_agent.agent.events import Delta, Done, Seen, Stage, TurnEvent, TurnResult
from empathy_agent.errors import SetupError
from empathy_agent.tui.app import EmpathyApp
from empathy_agent.tui.panel import LivePanel
from empathy_agent.tui.port import Forgotten, Past, Source, SourceState
from empathy_agent.tui.prompt import Prompt

__all__ = [
    "NOW",
    "Scripted",
    "ScriptedErasure",
    "ScriptedMoment",
    "ScriptedSource",
    "draw",
    "scripted_reading",
    "settle",
]

NOW = 1_790_000_000.0
"""When the scripted conversation takes place, in seconds since the epoch."""
_SAID = "I failed my exam and I can't face my parents. It's fine though, really."
_REPLY = """\
You failed the exam, and facing your parents feels like too much right now. You say it's fine, \
and I may be wrong: maybe a part of you is not fine yet.

On Thursday you told me you couldn't sleep over it. What do you fear they would say first?"""

_VALENCE = (2, 3, 5, 6, 6, 5, 6, 7, 6, 4, 3, 1, 0, -1, -3, -4, -6, -7, -6, -5, -4, -5, -5, -4)
_AROUSAL = (0, 1, 1, 2, 3, 3, 2, 4, 5, 5, 4, 3, 1, 0, -1, -2, -2, -3, -2, -2, -3, -4, -3, -2)


@dataclass(frozen=True)
class ScriptedMoment:
    """A remembered moment."""

    said: str
    reply: str
    at: float = NOW - 3 * 86400
    session: str = "earlier"


@dataclass
class ScriptedSource:
    """A camera in whatever state it is put."""

    name: str = "camera:0"
    state: SourceState = "open"


@dataclass(frozen=True)
class ScriptedErasure:
    """Nothing was there to be erased."""

    moments: int = 0
    traces: int = 0


class Scripted:
    """A conversation that says the same every time, with no model and no camera."""

    def __init__(self, source: Source | None = None, consent: bool = True) -> None:
        self.source: Source = source or ScriptedSource()
        self.consent = consent

    def give_consent(self, given: bool) -> None:
        """Take the user's word."""
        self.consent = given

    def opening(self) -> str:
        """Greet, and say what this is."""
        return (
            "Hello, it's good to see you again. What is on your mind?\n\n"
            "I am an AI, not a person and not a therapist. What I read in a face is uncertain: "
            "tell me when I am wrong."
        )

    def stream(self, text: str) -> Iterator[TurnEvent]:
        """Answer with the one reply."""
        reading = scripted_reading(Emotion.SADNESS, conflict=True)
        yield Seen(reading)
        yield Stage("perceive")
        for word in _REPLY.split(" "):
            yield Delta(f"{word} ")
        yield Done(
            TurnResult(
                reply=_REPLY,
                risk="none",
                reading=reading,
                recalled=(
                    RecalledNote(
                        when="3 days ago",
                        said="The exam is on Monday and I can't sleep.",
                        emotion=Emotion.FEAR,
                        why="about the same thing",
                    ),
                ),
                strategy="reflection of feeling",
                route="respond",
                tools=("perceive_emotion",),
                took_ms=0.0,
            )
        )

    def resume(self, answer: Mapping[str, object]) -> Iterator[TurnEvent]:
        """Refuse: nothing is ever asked."""
        raise SetupError("there is nothing to resume")

    def look(self) -> AffectReading:
        """See the same face every time."""
        return scripted_reading(Emotion.SADNESS)

    def past(self, n: int = 20) -> Sequence[Past]:
        """Remember one evening."""
        return [
            ScriptedMoment(
                "The exam is on Monday and I can't sleep.",
                "Long nights, then, with the exam in every one of them. What keeps you awake most?",
            )
        ]

    def forget(self) -> Forgotten:
        """Forget nothing."""
        return ScriptedErasure()

    def warm(self) -> None:
        """Need no warming."""

    def close(self) -> None:
        """Hold nothing."""


def scripted_reading(
    emotion: Emotion,
    share: float = 0.62,
    *,
    confidence: float = 0.71,
    valence: float = -0.4,
    arousal: float = -0.2,
    conflict: bool = False,
) -> AffectReading:
    """Return a reading in which one emotion has the given share."""
    rest = {
        Emotion.NEUTRAL: 6,
        Emotion.HAPPINESS: 1,
        Emotion.SURPRISE: 1,
        Emotion.SADNESS: 5,
        Emotion.ANGER: 1.5,
        Emotion.DISGUST: 0.5,
        Emotion.FEAR: 3,
        Emotion.CONTEMPT: 0.5,
    }
    weight = sum(value for each, value in rest.items() if each is not emotion)
    return AffectReading(
        at=2.0,
        span=2.0,
        frames=30,
        faces=1,
        emotion=emotion,
        distribution={
            each: share if each is emotion else (1 - share) * value / weight
            for each, value in rest.items()
        },
        valence=valence,
        arousal=arousal,
        confidence=confidence,
        abstained=None,
        narrative="The brows draw together and the lip corners go down, for about a second.",
        conflict="The words say it is fine; the face looks sad." if conflict else None,
        model="scripted",
        took_ms=20.0,
    )


async def settle(app: EmpathyApp) -> None:
    """Wait until no worker thread is at work."""
    await app.workers.wait_for_complete()  # pyright: ignore[reportUnknownMemberType]


async def draw(size: tuple[int, int] = (110, 38)) -> str:
    """Return the picture as SVG."""
    app = EmpathyApp(
        Scripted, "Empathy Agent", "Mental health support", False, clock=lambda: NOW, look_s=3600
    )
    async with app.run_test(size=size) as pilot:
        await settle(app)
        prompt = app.query_one(Prompt)
        prompt.cursor_blink = False
        prompt.text = _SAID
        await pilot.press("enter")
        await settle(app)
        panel = app.query_one(LivePanel)
        for valence, arousal in zip(_VALENCE, _AROUSAL, strict=True):
            emotion = Emotion.HAPPINESS if valence > 0 else Emotion.SADNESS
            panel.show(scripted_reading(emotion, valence=valence / 10, arousal=arousal / 10))
        await pilot.pause()
        return app.export_screenshot(title="Empathy Agent")


def main(arguments: Sequence[str]) -> int:
    """Write the picture to the file that is named."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m empathy_agent.tui.picture OUT.svg\n")
        return 2
    Path(arguments[0]).write_text(asyncio.run(draw()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
