"""The perceiver: a window of frames and what was said, to one reading of how a person feels.

A window of files is read by itself: a face tracker is made anew for it. Windows of one live source
go on from each other: its frames are read once, and who is who, and what happened between windows,
is kept as numbers for as long as the source is open. Windows of several sources and conversations
may come in any order, and none can lend another its face.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable
from weakref import WeakKeyDictionary

from empathy_agent.affect import Abstention, AffectReading, TextAffect
from empathy_agent.errors import ModelUnavailable
from empathy_agent.models.vision import VisionModel
from empathy_agent.perception.asking import Asking, SecondOpinion
from empathy_agent.perception.baseline import OwnFace
from empathy_agent.perception.fitted import Fitted
from empathy_agent.perception.frames import Window, in_time
from empathy_agent.perception.fusion import fuse
from empathy_agent.perception.hearing import Hearing
from empathy_agent.perception.look import Expert, Look, look_at
from empathy_agent.perception.opinion import Opinion
from empathy_agent.perception.reading import absent, digest, tell
from empathy_agent.perception.watch import Watch

if TYPE_CHECKING:
    from empathy_agent.perception.faces import Finder
    from empathy_agent.perception.track import Track

__all__ = ["Perceiver", "Words"]

_NOBODY = "there is no vision model here; the expert alone reads"


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
        asking: Asking | None = None,
        fitted: Fitted | None = None,
        words: Words | None = None,
        finder: "Finder | None" = None,
        expression: Expert | None = None,
    ) -> None:
        """Build without loading.

        Args:
            vision: asked about the key frames besides the expert; left out, the expert alone reads.
            asking: how it is asked.
            fitted: its calibration, where one was made.
            words: left out, what was said is not read.
            finder: instead of the embedded one.
            expression: instead of the embedded expert.
        """
        self._vision = vision
        self._hearing = Hearing(SecondOpinion(vision, asking, fitted)) if vision else None
        self._words = words
        self._finder = finder
        self._expression = expression
        self._lock = threading.Lock()
        self._watches: WeakKeyDictionary[object, Watch] = WeakKeyDictionary()

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
        """Read how a person seems to feel.

        Args:
            window: what the camera saw lately; None when no camera was asked for.
            text: what the person says.
            context: what they said before, oldest first.
            consent: without it, no pixel is looked at.
            session: whose conversation it is. With it, a vision model is waited for no longer
                than its budget, and what it says later is heard in this session's next turn;
                without, for as long as it takes.
            own: the person's resting face; read against, and learnt from what is seen.
        """
        started = time.perf_counter()
        if session and not consent and self._hearing:
            self._hearing.forget(session)
        hearing = self._hearing
        face = None
        if window is not None:
            face = self._read_face(window, hearing, own, consent=consent, session=session)
        said = self._words.read(text, context) if self._words and text.strip() else None
        reading = fuse(face, said)
        took = 1000 * (time.perf_counter() - started)
        return reading.model_copy(update={"took_ms": round(took, 3)})

    @property
    def second(self) -> SecondOpinion | None:
        """The vision model that is asked besides, and how; null where there is none."""
        return self._hearing.second if self._hearing else None

    def glance(
        self, window: Window | None, *, consent: bool = True, own: OwnFace | None = None
    ) -> AffectReading:
        """Read the face by the expert alone: quick enough for a live panel, and asks nobody."""
        started = time.perf_counter()
        face = None
        if window is not None:
            face = self._read_face(window, None, own, consent=consent, session=None)
        took = 1000 * (time.perf_counter() - started)
        return fuse(face, None).model_copy(update={"took_ms": round(took, 3)})

    def opinion(self, window: Window) -> Opinion | None:
        """Return what the vision model alone makes of a window; null without a face to look at.

        Raises:
            ModelUnavailable: there is none, or it did not answer.
            ReadingError: it answered nonsense.
        """
        if self.second is None:
            raise ModelUnavailable(_NOBODY)
        look, _ = self._look(window)
        return self.second.ask(self.second.show(look, digest(look))) if look.shots else None

    def answer(self, window: Window, question: str) -> str | None:
        """Answer a question about a window, in a vision model's guarded words, within its budget.

        Returns:
            Null when there is no face to look at, empty when it said nothing that may be told.

        Raises:
            ModelUnavailable: there is none, or it did not answer in time.
            ReadingError: it answered nonsense.
        """
        if self._hearing is None:
            raise ModelUnavailable(_NOBODY)
        look = self._look(window)[0] if window.frames else None
        return self._hearing.answer(look, digest(look), question) if look and look.shots else None

    def warm(self) -> None:
        """Load every model now."""
        with self._lock:
            parts = (*self._experts(), self._words, self._vision)
        for part in parts:
            if isinstance(part, _Warms):
                part.warm()

    def _read_face(
        self,
        window: Window,
        hearing: Hearing | None,
        own: OwnFace | None,
        *,
        consent: bool,
        session: str | None,
    ) -> AffectReading:
        if not consent:
            self._forget(window)
            return absent(window, Abstention.NO_CONSENT)
        if window.lost:
            return absent(window, Abstention.SOURCE_LOST)
        if not window.frames:
            return absent(window, Abstention.NO_FACE)
        window = in_time(window)
        look, model = self._look(window, own)
        if not look.shots:
            told = absent(window, look.why_not(), model, look.frames)
            return told.model_copy(update={"faces": look.faces})
        seen = digest(look)
        if hearing is None:
            return tell(window, look, seen, model=model)
        heard = hearing.hear(look, seen, session)
        names = f"{model}+{hearing.second.name}" if heard.opinion else model
        return tell(window, look, seen, model=names, opinion=heard.opinion, notes=heard.notes)

    def _look(self, window: Window, own: OwnFace | None = None) -> tuple[Look, str]:
        window = in_time(window)
        with self._lock:
            finder, expression = self._experts()
            look, new = self._watched(window, finder, expression)
            if own is None:
                return look, expression.name
            # With somebody else in the picture, nobody can say whose face rests.
            if new is not None and look.faces == 1 and not (look.frozen or look.doubtful):
                own.see(new)
            return replace(look, rest=own.baseline), expression.name

    def _watched(
        self, window: Window, finder: "Finder", expression: Expert
    ) -> "tuple[Look, Track | None]":
        from empathy_agent.perception.tracker import FaceTracker

        if window.source is None:
            look = look_at(window.frames, FaceTracker(finder), expression)
            return look, look.track() if look.shots else None
        watch = self._watches.get(window.source)
        if watch is None:
            watch = self._watches[window.source] = Watch(FaceTracker(finder), expression)
        return watch.look(window)

    def _forget(self, window: Window) -> None:
        with self._lock:
            if window.source is not None:
                self._watches.pop(window.source, None)

    def _experts(self) -> "tuple[Finder, Expert]":
        if self._finder is None:
            from empathy_agent.perception.faces import FaceFinder

            self._finder = FaceFinder()
        if self._expression is None:
            from empathy_agent.perception.expression import ExpressionModel

            self._expression = ExpressionModel()
        return self._finder, self._expression
