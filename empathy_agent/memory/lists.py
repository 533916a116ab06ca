"""The same memory as plain lists: for tests, demos, and people who want nothing kept."""

import re
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from empathy_agent.affect import Emotion
from empathy_agent.memory.contract import Forgotten, Part, Recalled, after_forgetting
from empathy_agent.memory.notes import Note, as_text, from_text, note_key
from empathy_agent.memory.rank import rank
from empathy_agent.memory.recall import Candidate, understand, unit
from empathy_agent.memory.record import Fact, Kept, Moment, Record, clean, tidy

if TYPE_CHECKING:
    from empathy_agent.models.embedder import Embedder

__all__ = ["ListMemory"]

_SIZE = 1024
_STEM = 5
"""Letters of a word that count, so that "exam" and "exams", "fail" and "failed" come close."""
_COMMON = frozenset(
    re.findall(
        r"\S+",
        "about after again also am and any are because been before being but can cannot could did "
        "does doing don't for from get got had has have having her here him his how i'm into its "
        "it's just like more much not now our out over really she should some still than that the "
        "their them then there these they this those too very was were what when where which who "
        "why will with would you your",
    )
)


class _WordOverlap:
    """Vectors whose cosine is the overlap of the uncommon words of two texts."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return [n, 1024]: one hashed place a word; rows of texts without any are zero."""
        rows = np.zeros((len(texts), _SIZE), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in set(re.findall(r"[^\W_]+(?:'\w+)?", text.casefold())):
                if len(word) > 2 and word not in _COMMON:
                    digest = blake2b(word[:_STEM].encode(), digest_size=4).digest()
                    row[int.from_bytes(digest) % _SIZE] = 1.0
        return rows


class ListMemory:
    """An affect history that lives as long as the object; keeps the contract of `Memory`."""

    def __init__(self, embedder: "Embedder | None" = None) -> None:
        """Start empty.

        Args:
            embedder: Meaning; None compares words, with no weights.
        """
        self._embedder = embedder or _WordOverlap()
        self._shelves: dict[str, dict[str, Candidate]] = {}
        self._notes: dict[str, dict[str, str]] = {}
        self._guard = RLock()

    def remember(self, user: str, *records: Record) -> None:
        """Keep records of any kind."""
        kept = [Candidate(each, self._vector(each.said)) for each in map(tidy, records)]
        with self._guard:
            for each in kept:
                self._shelves.setdefault(user, {})[each.record.id] = each

    def records(self, user: str, kind: type[Kept]) -> list[Kept]:
        """Return all records of one kind, oldest first."""
        found = [each.record for each in self._candidates(user)]
        return sorted((each for each in found if isinstance(each, kind)), key=lambda each: each.at)

    def recall(
        self,
        user: str,
        query: str,
        *,
        now: float,
        k: int = 3,
        since: float | None = None,
        until: float | None = None,
        session_not: str | None = None,
        emotion: Emotion | None = None,
    ) -> list[Recalled]:
        """Return up to `k` moments that bear on `query`, best first; none when nothing does."""
        ask = understand(
            query,
            now=now,
            since=since,
            until=until,
            session_not=None if session_not is None else clean(session_not),
            latest=lambda: self.recent(user, 100),
            facts=lambda: self.records(user, Fact),
        )
        candidates = self._candidates(user)
        if not candidates or k < 1:
            return []
        return rank(candidates, self._vector(query), ask, now=now, k=k, emotion=emotion)

    def recent(self, user: str, n: int = 20) -> list[Moment]:
        """Return the `n` moments remembered last, oldest first."""
        moments = [each.record for each in self._candidates(user)]
        latest = [each for each in moments if isinstance(each, Moment)][-n:] if n > 0 else []
        return sorted(latest, key=lambda each: each.at)

    def between(self, user: str, since: float, until: float) -> list[Moment]:
        """Return the moments of [since, until), oldest first."""
        return [each for each in self.records(user, Moment) if since <= each.at < until]

    def users(self) -> int:
        """Return of how many people something is remembered."""
        with self._guard:
            return len(self._shelves.keys() | self._notes.keys())

    def note(self, user: str, kind: str, value: Mapping[str, Any]) -> None:
        """Keep one small record a user and kind, in place of the last one."""
        note_key(kind)
        text = as_text(value)
        with self._guard:
            self._notes.setdefault(user, {})[kind] = text

    def noted(self, user: str, kind: str) -> Note | None:
        """Return what was noted last; None: nothing was."""
        return self.notes(user).get(kind)

    def notes(self, user: str) -> dict[str, Note]:
        """Return all that is noted of a user, by kind."""
        with self._guard:
            return {kind: from_text(text) for kind, text in self._notes.get(user, {}).items()}

    def forget(
        self,
        user: str,
        *,
        session: str | None = None,
        moment: str | None = None,
        since: float | None = None,
        until: float | None = None,
    ) -> Forgotten:
        """Drop everything of a user, or only a part; there are no files to check."""
        part = Part(session, moment, since, until)
        with self._guard:
            shelf = self._shelves.pop(user, {})
            kept = after_forgetting([each.record for each in shelf.values()], part)
            if kept:
                self._shelves[user] = {
                    each.id: Candidate(each, shelf[each.id].vector) for each in kept
                }
            if part.everything:
                self._notes.pop(user, None)
        return Forgotten(moments=len(shelf) - len(kept), files_checked=0)

    def close(self) -> None:
        """Do nothing: there is nothing to release."""

    def _candidates(self, user: str) -> list[Candidate]:
        with self._guard:
            return list(self._shelves.get(user, {}).values())

    def _vector(self, text: str) -> NDArray[np.float32]:
        return unit(self._embedder.embed([clean(text)]))[0]
