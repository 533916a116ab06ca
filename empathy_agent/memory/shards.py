# pyright: basic, reportMissingImports=false
"""A memory's folder: its sixteen Chroma folders, opened as they are needed, behind one lock."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING

from empathy_agent.memory.client import Client, Loans, told
from empathy_agent.memory.contract import Forgotten
from empathy_agent.memory.erase import MARKER, Choice, erase
from empathy_agent.memory.held import Held, Holder
from empathy_agent.memory.index import DATABASE, collections_in
from empathy_agent.memory.layout import check_version, shard_of, shards_in, write_version
from empathy_agent.memory.lock import FolderLock
from empathy_agent.memory.recall import Candidate
from empathy_agent.memory.shelf import create, find, keep_note, kept_notes, read_all, write

if TYPE_CHECKING:
    from chromadb import Collection
    from chromadb.api import ClientAPI

__all__ = ["SHARED", "Shards"]


class Shards:
    """An open memory on disk; whoever uses it holds its guard."""

    def __init__(self, home: Path, *, check: bool = True) -> None:
        """Lock a folder, and bring it to the present layout where an older version wrote it.

        Args:
            home: Ours alone; made when it is not there.
            check: False opens broken indexes as well, for a repair.

        Raises:
            SetupError: another process holds it, or it cannot be used.
        """
        self.home = home
        self.guard = RLock()
        self.holder = Holder()
        self._check = check
        self._open: dict[Path, Client] = {}
        self._lock = FolderLock(home)
        self._lock.acquire()
        try:
            with told(home):
                self._prepare()
        except BaseException:
            self.close()
            raise

    def knows(self, name: str) -> bool:
        """Say whether there may be something of a user; nothing is made for a stranger."""
        return shard_of(self.home, name).is_dir()

    def client(self, name: str) -> "ClientAPI":
        """Return Chroma for the folder of a user's collection."""
        return self._client(shard_of(self.home, name))

    def settle(self, name: str, collection: "Collection") -> None:
        """Leave nothing of others in a collection that was written."""
        self._shard(shard_of(self.home, name)).settle(str(collection.id))

    def loaded(self, name: str, collection: "Collection") -> None:
        """Do the same for one that was read: Chroma may have made its index anew."""
        self.settle(name, collection)

    def fresh(self, name: str, held: Held) -> bool:
        """Say whether what is held is what is kept: nobody else writes here."""
        del name, held
        return True

    def users(self) -> int:
        """Return of how many people something is kept."""
        return sum(len(collections_in(shard)) for shard in shards_in(self.home))

    def names(self) -> Iterator[str]:
        """Yield every user's collection."""
        for shard in shards_in(self.home):
            yield from collections_in(shard).values()

    def erase(self, name: str, choice: Choice) -> Forgotten:
        """Erase a user's collection, or a part of it, and prove it."""
        if not self.knows(name):
            return Forgotten(moments=0, files_checked=0)
        held = self.holder.get(name)
        self.holder.drop(name)
        return erase(self._client, self.home, shard_of(self.home, name), name, choice, held)

    def close(self) -> None:
        """Let go of files, threads and the folder."""
        with self.guard:
            for shard in self._open.values():
                shard.close()
            self._open.clear()
            self._lock.release()

    def _client(self, shard: Path) -> "ClientAPI":
        return self._shard(shard).client

    def _shard(self, folder: Path) -> Client:
        if folder not in self._open:
            self._open[folder] = Client(folder, home=self.home, check=self._check)
        return self._open[folder]

    def _prepare(self) -> None:
        if not check_version(self.home):
            if (self.home / DATABASE).exists() or any(self.home.glob("*-*-*-*-*")):
                self._migrate()
            write_version(self.home)
        for shard in shards_in(self.home):
            if (shard / MARKER).exists():
                self._shard(shard)

    def _migrate(self) -> None:
        """Move everyone out of the one folder of version 1; can be cut off and done again."""
        old = Client(self.home, check=self._check)
        try:
            for each in old.client.list_collections():
                self._move(old.client, each.name)
        finally:
            old.close()
        # The database last: while it is there, a migration begins again.
        for path in [path for path in self.home.glob("*-*-*-*-*") if path.is_dir()]:
            shutil.rmtree(path)
        (self.home / DATABASE).unlink()

    def _move(self, old: "ClientAPI", name: str) -> None:
        source = find(old, name, str(self.home))
        assert source is not None
        candidates: list[Candidate] = list(read_all(source))
        client = self.client(name)
        target = find(client, name, str(self.home)) or create(client, name)
        write(target, candidates)
        for key, text in kept_notes(source).items():
            keep_note(target, key, text)
        self.settle(name, target)


SHARED: Loans[Path, Shards] = Loans(Shards)
"""The memories that are open in this process."""
