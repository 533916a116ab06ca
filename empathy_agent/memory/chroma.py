# pyright: basic, reportMissingImports=false
"""The affect history in Chroma: one collection a user, one writer a folder, vectors always given.

Several `AffectMemory` objects of one process share one client a folder; another process is kept
out by a lock, because a second writer makes Chroma answer with deleted moments.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from empathy_agent.affect import Emotion
from empathy_agent.memory.client import Client, borrow, give_back, told
from empathy_agent.memory.erase import erase
from empathy_agent.memory.index import blank_unused, index_of
from empathy_agent.memory.notes import Note, as_text, from_text, kind_of, note_key
from empathy_agent.memory.recall import Ask, Candidate, rank, understand, unit, vectors_of
from empathy_agent.memory.record import Forgotten, Moment, Part, Recalled, clean, shelf_name, tidy
from empathy_agent.memory.shelf import (
    between_where,
    create,
    find,
    keep_note,
    kept_notes,
    read,
    read_moments,
    write,
)

if TYPE_CHECKING:
    from chromadb import Collection
    from chromadb.api import ClientAPI

    from empathy_agent.models.embedder import Embedder

__all__ = ["AffectMemory"]

_NEAREST = 32
"""Moments that meaning alone proposes; recency and importance choose among them."""
_LATEST = 100
"""Moments that are looked through for "the last time we talked"."""
_AT_MOST = 256
"""Moments of a stretch of time that is asked about, newest first."""


class AffectMemory:
    """An affect history on disk; keeps the contract of `Memory`. Any thread may use it."""

    def __init__(self, folder: Path, embedder: "Embedder", *, store_text: bool = True) -> None:
        """Name the folder; nothing is opened yet.

        Args:
            folder: Ours alone; made when it is not there.
            embedder: Meaning of what was said.
            store_text: False keeps vectors and numbers, but no words.
        """
        self._folder = folder
        self._embedder = embedder
        self._store_text = store_text
        self._store: Client | None = None
        self._guard = RLock()

    def remember(self, user: str, moment: Moment) -> None:
        """Keep a moment; when this returns it survives the process being killed.

        Raises:
            SetupError: the folder is locked, full, read-only or damaged.
        """
        kept = tidy(moment)
        (vector,) = vectors_of([kept], self._embedder.embed)
        if not self._store_text:
            kept = replace(kept, said="", reply="")
        with self._opened() as client:
            collection = self._find(client, user) or create(client, shelf_name(user))
            first = collection.count() == 0
            write(collection, [Candidate(kept, vector)])
            index = index_of(self._folder, str(collection.id)) if first else None
            if index is not None:
                blank_unused(index)

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
        if k < 1:
            return []
        vector = self._vector(query)
        ask = understand(
            query,
            now=now,
            since=since,
            until=until,
            session_not=None if session_not is None else clean(session_not),
            latest=lambda: self.recent(user, _LATEST),
        )
        with self._opened() as client:
            collection = self._find(client, user)
            candidates = [] if collection is None else _candidates(collection, vector, ask)
        return rank(candidates, vector, ask, now=now, k=k, emotion=emotion)

    def recent(self, user: str, n: int = 20) -> list[Moment]:
        """Return the `n` moments remembered last, oldest first."""
        with self._opened() as client:
            collection = self._find(client, user)
            if collection is None or n < 1:
                return []
            return read_moments(collection, limit=n, offset=max(0, collection.count() - n))

    def between(self, user: str, since: float, until: float) -> list[Moment]:
        """Return the moments of [since, until), oldest first."""
        with self._opened() as client:
            collection = self._find(client, user)
            if collection is None:
                return []
            return read_moments(collection, where=between_where(since, until))

    def users(self) -> int:
        """Return of how many people something is remembered."""
        with self._opened() as client:
            return client.count_collections()

    def note(self, user: str, kind: str, value: Mapping[str, Any]) -> None:
        """Keep one small record a user and kind; when this returns it survives being killed.

        Raises:
            SetupError: the folder is locked, full, read-only or damaged.
            ValueError: the value is not JSON or too long, or the kind is no short name.
        """
        key, text = note_key(kind), as_text(value)
        with self._opened() as client:
            keep_note(self._find(client, user) or create(client, shelf_name(user)), key, text)

    def noted(self, user: str, kind: str) -> Note | None:
        """Return what was noted last; None: nothing was."""
        return self.notes(user).get(kind)

    def notes(self, user: str) -> dict[str, Note]:
        """Return all that is noted of a user, by kind."""
        with self._opened() as client:
            collection = self._find(client, user)
            kept = {} if collection is None else kept_notes(collection)
        return {kind_of(key): from_text(text) for key, text in kept.items()}

    def forget(
        self,
        user: str,
        *,
        session: str | None = None,
        moment: str | None = None,
        since: float | None = None,
        until: float | None = None,
    ) -> Forgotten:
        """Erase everything of a user, or only a part, and prove it.

        Raises:
            SetupError: something was still found afterwards.
        """
        with self._opened() as client:
            part = Part(session, moment, since, until)
            return erase(client, self._folder, shelf_name(user), part)

    def close(self) -> None:
        """Release files and locks; using the memory again opens it again."""
        with self._guard:
            if self._store is not None:
                give_back(self._store)
                self._store = None

    def _find(self, client: "ClientAPI", user: str) -> "Collection | None":
        return find(client, shelf_name(user), str(self._folder))

    def _vector(self, text: str) -> NDArray[np.float32]:
        return unit(self._embedder.embed([clean(text)]))[0]

    @contextmanager
    def _opened(self) -> Iterator["ClientAPI"]:
        with self._guard:
            if self._store is None:
                self._store = borrow(self._folder)
            with self._store.guard, told(self._folder):
                yield self._store.client


def _candidates(collection: "Collection", vector: NDArray[np.float32], ask: Ask) -> list[Candidate]:
    where = between_where(ask.since, ask.until, ask.session_not)
    if ask.anything:
        ids = collection.get(where=where, include=[])["ids"][-_AT_MOST:]
        return read(collection, ids=ids) if ids else []
    if ask.since is not None or ask.until is not None:
        return _nearest(collection, vector, where)
    # A filter costs several times the query; the session to leave out is usually short.
    nearest = _nearest(collection, vector, None)
    left = [each for each in nearest if ask.admits(each.record)]
    if len(nearest) == _NEAREST and len(left) < _NEAREST // 4:
        return _nearest(collection, vector, where)
    return left


def _nearest(
    collection: "Collection", vector: NDArray[np.float32], where: dict[str, Any] | None
) -> list[Candidate]:
    found = collection.query(
        query_embeddings=vector[None, :], n_results=_NEAREST, where=where, include=[]
    )
    # Through `get`, because a query may still return a moment that is deleted.
    return read(collection, ids=found["ids"][0]) if found["ids"][0] else []
