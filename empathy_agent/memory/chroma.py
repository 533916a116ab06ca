# pyright: basic, reportMissingImports=false
"""The affect history in Chroma: one collection a user, one writer a folder, vectors always given.

Several `AffectMemory` objects of one process share one client a folder; another process is kept
out by a lock, because a second writer makes Chroma answer with deleted moments.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from empathy_agent.affect import Emotion
from empathy_agent.memory.audit import Audit, Right
from empathy_agent.memory.client import told
from empathy_agent.memory.contract import Forgotten, Part, Recalled, after_forgetting
from empathy_agent.memory.erase import Choice
from empathy_agent.memory.held import Held
from empathy_agent.memory.notes import Note, as_text, from_text, kind_of, note_key
from empathy_agent.memory.rank import rank
from empathy_agent.memory.recall import Candidate, understand, unit, vectors_of
from empathy_agent.memory.record import (
    Fact,
    Kept,
    Moment,
    Record,
    clean,
    shelf_name,
    tidy,
    wordless,
)
from empathy_agent.memory.retention import DAY_S, Retention
from empathy_agent.memory.served import SERVED, Served, Server, told_by
from empathy_agent.memory.shards import SHARED, Shards
from empathy_agent.memory.shelf import (
    create,
    find,
    keep_note,
    kept_notes,
    read_all,
    write,
)

if TYPE_CHECKING:
    from chromadb import Collection

    from empathy_agent.models.embedder import Embedder

__all__ = ["AffectMemory"]

_LATEST = 100
"""Moments that are looked through for "the last time we talked"."""


class AffectMemory:
    """An affect history on disk; keeps the contract of `Memory`. Any thread may use it."""

    def __init__(
        self,
        where: Path | Server,
        embedder: "Embedder",
        *,
        store_text: bool = True,
        retention: Retention | None = None,
        audit: Audit | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Name the folder or the server; nothing is opened yet.

        Args:
            where: A folder, ours alone, made when it is not there; or a Chroma server.
            embedder: Meaning of what was said.
            store_text: False keeps vectors and numbers, but no words.
            retention: How long records are kept; what is older is erased when the memory is
                opened, and daily. Left out, all of it is kept.
            audit: Where uses of a right are noted; left out, nowhere.
            clock: Seconds since the epoch.
        """
        self._where = where if isinstance(where, Server) else where.absolute()
        self._embedder = embedder
        self._store_text = store_text
        self._store: Shards | Served | None = None
        self._retention = retention or Retention()
        self._audit = audit
        self._clock = clock
        self._swept: float | None = None
        self._guard = RLock()

    def remember(self, user: str, *records: Record) -> None:
        """Keep records; when this returns all of them survive the process being killed.

        Raises:
            SetupError: the folder is locked, full, read-only or damaged.
        """
        whole = [tidy(each) for each in records]
        kept = whole if self._store_text else [wordless(each) for each in whole]
        vectors = vectors_of(whole, self._embedder.embed)
        candidates = [
            Candidate(record, vector)
            for record, vector in zip(kept, vectors, strict=True)
            if record is not None
        ]
        if candidates:
            with self._opened() as store:
                self._write(store, shelf_name(user), candidates)

    def _write(self, store: Shards | Served, name: str, candidates: Sequence[Candidate]) -> None:
        collection = self._find(store, name) or create(store.client(name), name)
        held = store.holder.get(name)
        try:
            write(collection, candidates)
        except BaseException:
            store.holder.drop(name)
            raise
        if held is not None:
            held.put(candidates)
        store.settle(name, collection)

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
            facts=lambda: self.records(user, Fact),
        )
        with self._opened() as store:
            candidates = self._held(store, user).candidates(vector, ask)
        return rank(candidates, vector, ask, now=now, k=k, emotion=emotion)

    def recent(self, user: str, n: int = 20) -> list[Moment]:
        """Return the `n` moments remembered last, oldest first."""
        with self._opened() as store:
            return self._held(store, user).recent(n)

    def between(self, user: str, since: float, until: float) -> list[Moment]:
        """Return the moments of [since, until), oldest first."""
        with self._opened() as store:
            return self._held(store, user).between(since, until)

    def records(self, user: str, kind: type[Kept]) -> list[Kept]:
        """Return all records of one kind, oldest first."""
        with self._opened() as store:
            return self._held(store, user).records(kind)

    def users(self) -> int:
        """Return of how many people something is remembered."""
        with self._opened() as store:
            return store.users()

    def note(self, user: str, kind: str, value: Mapping[str, Any]) -> None:
        """Keep one small record a user and kind; when this returns it survives being killed.

        Raises:
            SetupError: the folder is locked, full, read-only or damaged.
            ValueError: the value is not JSON or too long, or the kind is no short name.
        """
        key, text = note_key(kind), as_text(value)
        with self._opened() as store:
            name = shelf_name(user)
            keep_note(self._find(store, name) or create(store.client(name), name), key, text)

    def noted(self, user: str, kind: str) -> Note | None:
        """Return what was noted last; None: nothing was."""
        return self.notes(user).get(kind)

    def notes(self, user: str) -> dict[str, Note]:
        """Return all that is noted of a user, by kind."""
        with self._opened() as store:
            collection = self._find(store, shelf_name(user))
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
        name = shelf_name(user)
        part = Part(session, moment, since, until)
        keeping = partial(after_forgetting, part=part)
        with self._opened() as store:
            done = store.erase(name, Choice(keeping, part.everything))
            self._note_use(name, "forget", done, "all" if part.everything else "part")
        return done

    def expire(self) -> int:
        """Erase what is older than it may be kept, and return how many records that were.

        Raises:
            SetupError: something was still found afterwards.
        """
        with self._opened() as store:
            return self._expire(store)

    def close(self) -> None:
        """Release files and locks; using the memory again opens it again."""
        with self._guard:
            if self._store is not None:
                self._store = None
                if isinstance(self._where, Server):
                    SERVED.give_back(self._where)
                else:
                    SHARED.give_back(self._where)

    def _find(self, store: Shards | Served, name: str) -> "Collection | None":
        return find(store.client(name), name, str(self._where)) if store.knows(name) else None

    def _held(self, store: Shards | Served, user: str) -> Held:
        name = shelf_name(user)
        held = store.holder.get(name)
        if held is not None and store.fresh(name, held):
            return held
        collection = self._find(store, name)
        held = Held(() if collection is None else read_all(collection))
        store.holder.keep(name, held)
        if collection is not None:
            store.loaded(name, collection)
        return held

    def _vector(self, text: str) -> NDArray[np.float32]:
        return unit(self._embedder.embed([clean(text)]))[0]

    @contextmanager
    def _opened(self) -> Iterator[Shards | Served]:
        with self._guard, self._told():
            if self._store is None:
                self._store = self._borrow()
            with self._store.guard:
                self._sweep_when_due(self._store)
                yield self._store

    def _sweep_when_due(self, store: Shards | Served) -> None:
        now = self._clock()
        # A clock that was set back begins a new day.
        if self._swept is None or not 0 <= now - self._swept < DAY_S:
            self._swept = now
            self._expire(store)

    def _expire(self, store: Shards | Served) -> int:
        soonest, now = self._retention.soonest_s(), self._clock()
        if soonest is None:
            return 0
        total = 0
        for name in list(store.names()):
            collection = self._find(store, name)
            old = {"at": {"$lt": now - soonest}}
            if collection is None or not collection.get(where=old, limit=1, include=[])["ids"]:  # pyright: ignore[reportArgumentType]
                continue
            done = store.erase(name, Choice(partial(self._retention.keeps, now=now)))
            total += done.moments
            if done.moments:
                self._note_use(name, "expire", done, "part")
        return total

    def _note_use(self, name: str, right: Right, done: Forgotten, part: str) -> None:
        if self._audit is not None:
            self._audit.record(
                name,
                right,
                self._clock(),
                part=part,
                records=done.moments,
                files=done.files_checked,
                traces=done.traces,
            )

    def _borrow(self) -> Shards | Served:
        if isinstance(self._where, Server):
            return SERVED.borrow(self._where)
        return SHARED.borrow(self._where)

    def _told(self) -> AbstractContextManager[None]:
        return told_by(self._where) if isinstance(self._where, Server) else told(self._where)
