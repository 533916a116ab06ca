"""The perceiver: a window of frames and what was said, to one reading of how a person feels.

Each window is read by itself. A face tracker is made anew for every call, which costs one search
of a whole frame: windows of several sources and conversations may come in any order, and none can
lend another its face.
"""

import logging
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from empathy_agent.affect import Abstention, AffectReading, TextAffect
from empathy_agent.errors import ModelUnavailable, ReadingError
from empathy_agent.models.vision import VisionModel
from empathy_agent.perception.frames import Window
from empathy_agent.perception.fusion import fuse
from empathy_agent.perception.look import Expert, Look, look_at
from empathy_agent.perception.opinion import Opinion, ask, crop, whole
from empathy_agent.perception.reading import Digest, absent, digest, tell

if TYPE_CHECKING:
    from PIL.Image import Image

    from empathy_agent.perception.faces import Finder

__all__ = ["Perceiver", "Words"]

logger = logging.getLogger(__name__)

_UNAVAILABLE = "vision unavailable"


class Words(Protocol):
    """Reads what was said, such as `WordReader`."""

    def read(self, text: str, context: Sequence[str] = ()) -> TextAffect:
        """Return what the words say; `context` holds earlier messages, oldest first."""
        ...


@runtime_checkable
class _Warms(Protocol):
    def warm(self) -> None: ...


class Perceiver:
    """Reads faces and words; loads its models on first use, and may be shared by threads."""

    def __init__(
        self,
        *,
        vision: VisionModel | None = None,
        words: Words | None = None,
        finder: "Finder | None" = None,
        expression: Expert | None = None,
    ) -> None:
        """Build without loading.

        Args:
            vision: asked about the key frames besides the expert; left out, the expert alone reads.
            words: left out, what was said is not read.
            finder: instead of the embedded one.
            expression: instead of the embedded expert.
        """
        self._vision = vision
        self._words = words
        self._finder = finder
        self._expression = expression
        self._lock = threading.Lock()

    def perceive(
        self,
        window: Window | None,
        text: str = "",
        context: Sequence[str] = (),
        *,
        consent: bool = True,
    ) -> AffectReading:
        """Read how a person seems to feel.

        Args:
            window: what the camera saw lately; None when no camera was asked for.
            text: what the person says.
            context: what they said before, oldest first.
            consent: without it, no pixel is looked at.
        """
        started = time.perf_counter()
        face = None if window is None else self._read_face(window, consent=consent)
        said = self._words.read(text, context) if self._words and text.strip() else None
        reading = fuse(face, said)
        took = 1000 * (time.perf_counter() - started)
        return reading.model_copy(update={"took_ms": round(took, 3)})

    def warm(self) -> None:
        """Load every model now."""
        with self._lock:
            parts = (*self._experts(), self._words, self._vision)
        for part in parts:
            if isinstance(part, _Warms):
                part.warm()

    def _read_face(self, window: Window, *, consent: bool) -> AffectReading:
        if not consent:
            return absent(window, Abstention.NO_CONSENT)
        if window.lost:
            return absent(window, Abstention.SOURCE_LOST)
        if not window.frames:
            return absent(window, Abstention.NO_FACE)
        look, model = self._look(window)
        if not look.shots:
            told = absent(window, look.why_not(), model, look.frames)
            return told.model_copy(update={"faces": look.faces})
        seen = digest(look)
        if self._vision is None:
            return tell(window, look, seen, model=model)
        opinion = _ask(self._vision, look, seen)
        if opinion is None:
            return tell(window, look, seen, model=model, notes=(_UNAVAILABLE,))
        return tell(window, look, seen, model=f"{model}+{self._vision.name}", opinion=opinion)

    def _look(self, window: Window) -> tuple[Look, str]:
        from empathy_agent.perception.faces import FaceTracker

        with self._lock:
            finder, expression = self._experts()
            return look_at(window.frames, FaceTracker(finder), expression), expression.name

    def _experts(self) -> "tuple[Finder, Expert]":
        if self._finder is None:
            from empathy_agent.perception.faces import FaceFinder

            self._finder = FaceFinder()
        if self._expression is None:
            from empathy_agent.perception.expression import ExpressionModel

            self._expression = ExpressionModel()
        return self._finder, self._expression


def _ask(vision: VisionModel, look: Look, seen: Digest) -> Opinion | None:
    try:
        return ask(vision, _views(look, seen))
    except (ModelUnavailable, ReadingError) as error:
        # What it answered may tell of the person, so only the kind of failure is logged.
        logger.warning("%s gave no opinion: %s", vision.name, type(error).__name__)
        return None


def _views(look: Look, seen: Digest) -> "list[Image]":
    """Return the face at each key frame, then the whole frame that represents the window."""
    shots = [look.shots[key] for key in seen.keys]
    faces = [crop(shot.frame.pixels, shot.face.box) for shot in shots]
    typical = look.shots[seen.typical].frame
    return [*(face for face in faces if face is not None), whole(typical.pixels)]
