"""The stage a scenario plays on: a clock that jumps, drawn frames, a face given outright."""

from collections.abc import Sequence
from pathlib import Path

from empathy_agent.affect import AffectReading, Distribution, Emotion
from empathy_agent.evals.scenario import Camera, Given
from empathy_agent.perception.avatar import script
from empathy_agent.perception.baseline import OwnFace
from empathy_agent.perception.frames import Window
from empathy_agent.perception.fusion import circumplex, fuse
from empathy_agent.perception.perceiver import Perceiver
from empathy_agent.perception.sources import read_window
from empathy_agent.perception.words import WordReader

__all__ = ["Clock", "RehearsedEyes", "given_reading", "window_of"]

_MONDAY = 1_767_603_600.0
"""2026-01-05 09:00 UTC: where every scenario begins, so that runs agree."""


class Clock:
    """Seconds since the epoch, moved by the scenario and by nothing else."""

    def __init__(self) -> None:
        self._now = _MONDAY

    def __call__(self) -> float:
        """Return the scenario's present."""
        return self._now

    def pass_by(self, seconds: float) -> None:
        """Let time pass."""
        self._now += seconds


class RehearsedEyes(Perceiver):
    """Real eyes, but for turns whose face reading the scenario gives outright."""

    def __init__(self, eyes: Perceiver, words: WordReader) -> None:
        self._eyes = eyes
        self._words = words
        self.given: Given | None = None
        """The face of the coming turn; null: look at the frames."""

    def perceive(
        self,
        window: Window | None,
        text: str = "",
        context: Sequence[str] = (),
        *,
        consent: bool = True,
        session: str | None = None,
        own: OwnFace | None = None,
    ) -> AffectReading:
        """Read as the real eyes do, or fuse the given face with the words."""
        if self.given is None or not consent:
            return self._eyes.perceive(
                window, text, context, consent=consent, session=session, own=own
            )
        return fuse(given_reading(self.given), self._words.read(text, context))

    def glance(
        self, window: Window | None, *, consent: bool = True, own: OwnFace | None = None
    ) -> AffectReading:
        """Read as the real eyes do."""
        return self._eyes.glance(window, consent=consent, own=own)

    def answer(self, window: Window, question: str) -> str | None:
        """Answer as the real eyes do."""
        return self._eyes.answer(window, question)

    def warm(self) -> None:
        """Load what the real eyes need."""
        self._eyes.warm()


def given_reading(given: Given) -> AffectReading:
    """Return the face reading that a scenario states; the rest of the probability is spread."""
    distribution: Distribution | None = None
    valence = arousal = None
    if given.emotion is not None:
        rest = (1 - given.confidence) / (len(Emotion) - 1)
        distribution = {e: given.confidence if e is given.emotion else rest for e in Emotion}
        valence, arousal = circumplex(distribution)
        valence = valence if given.valence is None else given.valence
        arousal = arousal if given.arousal is None else given.arousal
    return AffectReading(
        at=2.0,
        span=2.0,
        frames=30,
        faces=0 if given.abstained == "no_face" else 1,
        emotion=given.emotion,
        distribution=distribution,
        valence=valence,
        arousal=arousal,
        confidence=given.confidence if given.emotion else 0.0,
        abstained=given.abstained,
        model="given",
        took_ms=0.0,
    )


def window_of(camera: Camera | None, beside: Path, seed: int) -> Window | None:
    """Return the frames of a turn; null when the camera is off or the reading is given."""
    if camera is None or camera.reading is not None:
        return None
    if camera.file is not None:
        return read_window(beside / camera.file)
    return script([(part.emotion, part.seconds, part.intensity) for part in camera.draw], seed=seed)
