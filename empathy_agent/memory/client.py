# pyright: basic, reportMissingImports=false
"""Chroma in a folder: opening, sharing and closing it, and what it says when it fails.

Whatever lies in a folder shares its client, because Chroma wants one way of opening it a process;
a lock of the folder keeps other processes out.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, RLock
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from empathy_agent.errors import SetupError
from empathy_agent.memory.erase import finish_interrupted
from empathy_agent.memory.index import (
    DATABASE,
    blank_unused,
    broken_indexes,
    index_of,
    last_written,
)
from empathy_agent.memory.lock import FolderLock

if TYPE_CHECKING:
    from chromadb.api import ClientAPI

__all__ = ["Alone", "Client", "Loans", "told"]


_BROKEN = (
    "an index of the memory in {!r} is damaged; make it again from the records with "
    "`empathy-agent memory repair`"
)


class Client:
    """Chroma in one folder; who opens it has locked it."""

    def __init__(self, folder: Path, *, home: Path | None = None, check: bool = True) -> None:
        """Open a folder.

        Args:
            folder: Ours alone; made when it is not there.
            home: What the user knows it by; left out, the folder itself.
            check: False opens it with broken indexes as well, for a repair.
        """
        self.folder = folder
        self._written: dict[Path, int] = {}
        self._indexes: dict[str, Path] = {}
        with told(home or folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if check and broken_indexes(folder):
                raise SetupError(_BROKEN.format(str(home or folder)))
            self.client = _connect(folder)
        for name in folder.glob("*-*-*-*-*"):
            self._blank(name)

    def settle(self, collection: str) -> None:
        """Blank what lies unused in a collection's index, where that was written since.

        Args:
            collection: Its id.
        """
        index = self._indexes.get(collection) or index_of(self.folder, collection)
        if index is not None:
            self._indexes[collection] = index
            self._blank(index)

    def _blank(self, index: Path) -> None:
        written = last_written(index)
        if written != self._written.get(index):
            blank_unused(index)
            self._written[index] = last_written(index)

    def close(self) -> None:
        """Let go of files and threads."""
        self.client.close()  # pyright: ignore[reportAttributeAccessIssue]


class Alone:
    """A folder that holds one Chroma, locked for this process; several may share it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.guard = RLock()
        self._lock = FolderLock(folder)
        self._lock.acquire()
        try:
            self._opened = Client(folder)
        except BaseException:
            self._lock.release()
            raise

    @property
    def client(self) -> "ClientAPI":
        """Chroma's own."""
        return self._opened.client

    def close(self) -> None:
        """Let go of files, threads and the folder."""
        with self.guard:
            self._opened.close()
            self._lock.release()


class Closes(Protocol):
    """What is opened once a process, and closed when nobody has it any more."""

    def close(self) -> None:
        """Let go of it."""
        ...


_Opened = TypeVar("_Opened", bound=Closes)
_Where = TypeVar("_Where", bound=Hashable)


class Loans(Generic[_Where, _Opened]):
    """What is open in this process by where it lies, lent to whoever asks."""

    def __init__(self, open: Callable[[_Where], _Opened]) -> None:
        self._opener = open
        self._open: dict[_Where, _Opened] = {}
        self._lent: Counter[_Where] = Counter()
        self._guard = Lock()

    def borrow(self, where: _Where) -> _Opened:
        """Return what lies there, opening it for the first borrower.

        Raises:
            SetupError: another process holds it, or it cannot be used.
        """
        with self._guard:
            if where not in self._open:
                self._open[where] = self._opener(where)
            self._lent[where] += 1
            return self._open[where]

    def give_back(self, where: _Where) -> None:
        """Take it back; the last one to give it back closes it."""
        with self._guard:
            self._lent[where] -= 1
            if self._lent[where] == 0:
                del self._lent[where]
                self._open.pop(where).close()


def _connect(folder: Path) -> "ClientAPI":
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
