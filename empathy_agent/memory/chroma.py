# pyright: basic, reportMissingImports=false
"""The affect history in Chroma: one collection a user, one writer a folder, vectors always given.

Several `AffectMemory` objects of one process share one client a folder; another process is kept
out by a lock, because a second writer makes Chroma answer with deleted moments.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Lock, RLock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from empathy_agent.affect import Emotion
from empathy_agent.errors import SetupError
from empathy_agent.memory.erase import erase, finish_interrupted
from empathy_agent.memory.index import DATABASE, blank_unused, index_of
from empathy_agent.memory.lock import FolderLock
from empathy_agent.memory.recall import Ask, Candidate, rank, understand, unit
from empathy_agent.memory.record import Forgotten, Moment, Recalled, clean, shelf_name, tidy
from empathy_agent.memory.shelf import between_where, create, find, read, read_moments, write

if TYPE_CHECKING:
    from chromadb import Collection
    from chromadb.api import ClientAPI

    from empathy_agent.models.embedder import Embedder

__all__ = ["AffectMemory", "told"]

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
        self._store: _Store | None = None
        self._guard = RLock()

    def remember(self, user: str, moment: Moment) -> None:
        """Keep a moment; when this returns it survives the process being killed.

        Raises:
            SetupError: the folder is locked, full, read-only or damaged.
        """
        vector = self._vector(moment.said)
        kept = tidy(moment)
        if not self._store_text:
            kept = replace(kept, said="", reply="")
        with self._opened() as client:
            collection = self._find(client, user)
            if collection is not None:
                write(collection, [Candidate(kept, vector)])
                return
            collection = create(client, shelf_name(user))
            write(collection, [Candidate(kept, vector)])
            index = index_of(self._folder, str(collection.id))
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

    def forget(self, user: str, *, session: str | None = None) -> Forgotten:
        """Erase everything of a user, or one session of theirs, and prove it.

        Raises:
            SetupError: something was still found afterwards.
        """
        with self._opened() as client:
            return erase(
                client,
                self._folder,
                shelf_name(user),
                session=None if session is None else clean(session),
            )

    def close(self) -> None:
        """Release files and locks; using the memory again opens it again."""
        with self._guard:
            if self._store is not None:
                _give_back(self._store)
                self._store = None

    def _find(self, client: "ClientAPI", user: str) -> "Collection | None":
        return find(client, shelf_name(user), str(self._folder))

    def _vector(self, text: str) -> NDArray[np.float32]:
        return unit(self._embedder.embed([clean(text)]))[0]

    @contextmanager
    def _opened(self) -> Iterator["ClientAPI"]:
        with self._guard:
            if self._store is None:
                self._store = _borrow(self._folder)
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
    left = [each for each in nearest if ask.admits(each.moment)]
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


class _Store:
    """The one client of a folder in this process, and how many memories share it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.guard = RLock()
        self.loans = 0
        self._lock = FolderLock(folder)
        self._lock.acquire()
        try:
            with told(folder):
                self.client = _open_client(folder)
        except BaseException:
            self._lock.release()
            raise

    def close(self) -> None:
        """Let go of files, threads and the folder."""
        with self.guard:
            self.client.close()  # pyright: ignore[reportAttributeAccessIssue]
            self._lock.release()


_stores: dict[Path, _Store] = {}
_stores_guard = Lock()


def _borrow(folder: Path) -> _Store:
    where = folder.absolute()
    with _stores_guard:
        store = _stores.get(where)
        if store is None:
            store = _stores[where] = _Store(where)
        store.loans += 1
        return store


def _give_back(store: _Store) -> None:
    with _stores_guard:
        store.loans -= 1
        if store.loans == 0:
            del _stores[store.folder]
            store.close()


def _open_client(folder: Path) -> "ClientAPI":
    from chromadb import PersistentClient
    from chromadb.api.shared_system_client import SharedSystemClient
    from chromadb.config import Settings
    from chromadb.errors import ChromaError

    database = folder / DATABASE
    if database.exists() and database.stat().st_size == 0 and any(folder.glob("*-*-*-*-*")):
        # Chroma would take it for a new one, and what was remembered would silently be gone.
        raise sqlite3.DatabaseError("the database is empty, but there are indexes")
    try:
        client = PersistentClient(folder, settings=Settings(anonymized_telemetry=False))
    except ChromaError:
        # Chroma keeps what failed to start, and would hand it out at the next opening.
        SharedSystemClient._identifier_to_system.pop(str(folder), None)
        raise
    try:
        finish_interrupted(client, folder)
    except BaseException:
        client.close()  # pyright: ignore[reportAttributeAccessIssue]
        raise
    return client


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """Turn what the database says into one line that the user can act on."""
    from chromadb.errors import ChromaError

    try:
        yield
    except (ChromaError, sqlite3.Error, OSError) as error:
        raise SetupError(_fault(str(folder), str(error).lower())) from error


def _fault(folder: str, said: str) -> str:
    def any_of(*signs: str) -> bool:
        return any(sign in said for sign in signs)

    if any_of("is full", "no space", "disk i/o", "quota", "too large"):
        return (
            f"the memory in {folder!r} cannot be saved: the disk is full or failing; "
            "free some space, or use --home ANOTHER"
        )
    if any_of("readonly", "read-only", "permission", "unable to open", "not a directory", "exists"):
        return (
            f"the memory folder {folder!r} cannot be written; "
            "make it writable, or use --home ANOTHER"
        )
    if "locked" in said:
        return f"the memory in {folder!r} is in use by another program; close it and try again"
    return (
        f"the memory in {folder!r} is damaged; restore it from a backup, "
        "or move that folder away to start afresh"
    )
