"""The resting face of each user, from the memory and back into it."""

import logging
import threading
from dataclasses import dataclass

from empathy_agent.affect import Emotion
from empathy_agent.errors import EmpathyError
from empathy_agent.memory import Memory
from empathy_agent.perception.baseline import OwnFace, as_note, doubted, from_note

__all__ = ["KIND", "RestingFaces"]

logger = logging.getLogger(__name__)

KIND = "face_baseline"
"""The kind of note it is kept as."""

_KEEP_S = 5.0
"""Seconds learnt after which it is kept again."""
_USERS = 64
"""Users kept at hand; of others the memory knows."""


@dataclass
class _Known:
    face: OwnFace
    kept: bool
    """It lies in the memory, so that finding none there means it was erased."""


class RestingFaces:
    """Resting faces by user: one user's never reaches another. Any thread may use it.

    Without a memory that can be read and written, faces are read as they are.
    """

    def __init__(self, memory: Memory) -> None:
        """Build without reading anything."""
        self._memory = memory
        self._known: dict[str, _Known] = {}
        self._lock = threading.Lock()

    def of(self, user: str) -> OwnFace:
        """Return a user's resting face as far as it is known; erased, it begins anew."""
        with self._lock:
            known = self._known.get(user)
            if known is not None and (not known.kept or self._noted(user)):
                return known.face
            found = from_note(self._noted(user))
            while len(self._known) >= _USERS:
                self._known.pop(next(iter(self._known)))
            self._known[user] = _Known(OwnFace(found), kept=found is not None)
            return self._known[user].face

    def keep(self, user: str) -> None:
        """Keep what was learnt of a user, once it is worth it."""
        with self._lock:
            known = self._known.get(user)
            if known is None or known.face.baseline is None or known.face.learnt < _KEEP_S:
                return
            if known.kept and not self._noted(user):
                self._known.pop(user)  # erased meanwhile: what was learnt before must not come back
                return
            try:
                self._memory.note(user, KIND, as_note(known.face.baseline))
            except EmpathyError as error:
                logger.debug("a resting face was not kept: %s", type(error).__name__)
                return
            known.kept, known.face.learnt = True, 0.0

    def doubt(self, user: str, denied: Emotion) -> None:
        """Believe a user that they do not feel what their face was read as; kept at once."""
        face = self.of(user)
        with self._lock:
            face.baseline = doubted(face.baseline, denied)
            try:
                self._memory.note(user, KIND, as_note(face.baseline))
            except EmpathyError as error:
                logger.debug("a correction was not kept: %s", type(error).__name__)
                return
            known = self._known.get(user)
            if known is not None:
                known.kept = True

    def forget(self, user: str) -> None:
        """Let go of a user's; what the memory holds is the memory's to erase."""
        with self._lock:
            self._known.pop(user, None)

    def _noted(self, user: str) -> dict[str, object] | None:
        try:
            return self._memory.noted(user, KIND)
        except EmpathyError as error:
            logger.debug("a resting face was not found: %s", type(error).__name__)
            return None
