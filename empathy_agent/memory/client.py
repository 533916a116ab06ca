# pyright: basic, reportMissingImports=false
"""The one Chroma client of a folder in this process: opening, sharing and closing it.

Whatever lies in a folder shares its client, because Chroma keeps one an own way of opening it; the
folder's lock keeps other processes out.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, RLock
from typing import TYPE_CHECKING

from empathy_agent.errors import SetupError
from empathy_agent.memory.erase import finish_interrupted
from empathy_agent.memory.held import Holder
from empathy_agent.memory.index import DATABASE, broken_indexes
from empathy_agent.memory.lock import FolderLock

if TYPE_CHECKING:
    from chromadb.api import ClientAPI

__all__ = ["Client", "borrow", "give_back", "told"]


_BROKEN = (
    "an index of the memory in {!r} is damaged; make it again from the records with "
    "`empathy-agent memory repair`"
)


class Client:
    """The one client of a folder in this process, and how many memories share it."""

    def __init__(self, folder: Path, *, check: bool = True) -> None:
        """Lock the folder and open it.

        Args:
            folder: Ours alone; made when it is not there.
            check: False opens it with broken indexes as well, for a repair.
        """
        self.folder = folder
        self.guard = RLock()
        self.loans = 0
        self.holder = Holder()
        self._lock = FolderLock(folder)
        self._lock.acquire()
        try:
            with told(folder):
                if check and broken_indexes(folder):
                    raise SetupError(_BROKEN.format(str(folder)))
                self.client = _connect(folder)
        except BaseException:
            self._lock.release()
            raise

    def close(self) -> None:
        """Let go of files, threads and the folder."""
        with self.guard:
            self.client.close()  # pyright: ignore[reportAttributeAccessIssue]
            self._lock.release()


_open: dict[Path, Client] = {}
_guard = Lock()


def borrow(folder: Path) -> Client:
    """Return the folder's client, opening it for the first borrower.

    Raises:
        SetupError: another process holds the folder, or it cannot be used.
    """
    where = folder.absolute()
    with _guard:
        store = _open.get(where)
        if store is None:
            store = _open[where] = Client(where)
        store.loans += 1
        return store


def give_back(store: Client) -> None:
    """Take a client back; the last one to do so closes it."""
    with _guard:
        store.loans -= 1
        if store.loans == 0:
            del _open[store.folder]
            store.close()


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
