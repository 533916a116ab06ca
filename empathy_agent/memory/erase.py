# pyright: basic, reportMissingImports=false
"""Verified erasure: nothing of the text, id or vector of a forgotten moment is left in any file.

Chroma's own delete is not that: rows stay in free pages of `chroma.sqlite3`, vectors in the index
files, and the index folder of a deleted collection stays on disk (chroma-core/chroma#5259, #5520).
So an erase deletes, vacuums, removes orphaned folders, blanks what `index.py` tells of, and then
reads every file for what should be gone. A marker file makes an interrupted erase go on at the
next opening.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from empathy_agent.errors import SetupError
from empathy_agent.memory.contract import Forgotten
from empathy_agent.memory.held import Held
from empathy_agent.memory.index import (
    DATABASE,
    INDEX_FILES,
    blank_unused,
    connect,
    living_indexes,
)
from empathy_agent.memory.layout import shards_in
from empathy_agent.memory.lock import LOCK_FILE
from empathy_agent.memory.recall import Candidate
from empathy_agent.memory.record import Record, texts_of
from empathy_agent.memory.shelf import create, find, kept_notes, read_all, write
from empathy_agent.memory.traces import Traces

if TYPE_CHECKING:
    from chromadb import Collection
    from chromadb.api import ClientAPI

__all__ = ["MARKER", "Choice", "erase", "finish_interrupted", "replace_shelf"]

Opened = Callable[[Path], "ClientAPI"]
Keep = Callable[[Sequence[Record]], Sequence[Record]]


@dataclass(frozen=True)
class Choice:
    """What of a user is erased."""

    left: Keep
    """Gives the records that stay, in the same order."""
    everything: bool = False
    """Notes go as well, and the collection itself."""


MARKER = ".erasing"
"""Lies in a Chroma folder while something is erased there."""
_EVERYWHERE = 16 << 20
"""Bytes of the rest of a memory up to which all of it is read as well."""
_NEXT = "-next"
_PART = 1 << 19


def erase(
    opened: Opened, home: Path, shard: Path, name: str, choice: Choice, held: Held | None = None
) -> Forgotten:
    """Erase a user's collection, or a part of it, and prove it.

    Args:
        opened: Gives the open database of a shard.
        home: The memory's folder.
        shard: The one of the user.
        name: The collection.
        choice: Which of its records stay; everything takes the notes along.
        held: What a process holds of the user, where it does.

    Raises:
        SetupError: traces were found afterwards.
    """
    client = opened(shard)
    collection = find(client, name, str(home))
    everything = _everything(collection, held)
    notes = {} if collection is None else kept_notes(collection)
    left = {each.id: each for each in choice.left([each.record for each in everything])}
    doomed = [each for each in everything if each.record.id not in left]
    if not (doomed or choice.everything):
        return Forgotten(moments=0, files_checked=0)
    (shard / MARKER).touch()
    if collection is not None:
        kept = [
            Candidate(left[each.record.id], each.vector)
            for each in everything
            if each.record.id in left
        ]
        replace_shelf(client, home, name, kept, {} if choice.everything else notes)
    _scrub(shard)
    (shard / MARKER).unlink()
    more = [name, *notes.values()] if choice.everything else []
    texts = [text for each in doomed for text in texts_of(each.record)]
    traces = Traces([*texts, *more], [each.vector for each in doomed])
    return Forgotten(len(doomed), _prove(opened, home, shard, traces))


def _everything(collection: "Collection | None", held: Held | None) -> list[Candidate]:
    if collection is None:
        return []
    if held is not None and len(held) == collection.count():
        return held.everything()
    return list(read_all(collection))


def finish_interrupted(client: "ClientAPI", folder: Path) -> None:
    """Go on with an erase that was cut off, such as by a power failure."""
    if not (folder / MARKER).exists():
        return
    names = {each.name for each in client.list_collections()}
    for copy in sorted(name for name in names if name.endswith(_NEXT)):
        if copy.removesuffix(_NEXT) in names:
            client.delete_collection(copy)
        else:
            client.get_collection(copy, embedding_function=None).modify(
                name=copy.removesuffix(_NEXT)
            )
    _scrub(folder)
    (folder / MARKER).unlink()


def replace_shelf(
    client: "ClientAPI",
    folder: Path,
    name: str,
    kept: Sequence[Candidate],
    notes: Mapping[str, str],
) -> None:
    """Put a new collection of these moments and notes in the place of a user's present one."""
    # A vector leaves the index files only with its whole collection.
    if find(client, name + _NEXT, str(folder)) is not None:
        client.delete_collection(name + _NEXT)
    if kept or notes:
        write(create(client, name + _NEXT, notes), kept)
    client.delete_collection(name)
    if kept or notes:
        client.get_collection(name + _NEXT, embedding_function=None).modify(name=name)


def _scrub(folder: Path) -> None:
    with closing(connect(folder)) as database:
        # A vacuum otherwise spills what it copies into a file of the temporary folder.
        database.execute("PRAGMA temp_store = MEMORY")
        for statement in _ORPHANS:
            database.execute(statement)
        database.execute("VACUUM")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        living = living_indexes(database)
    for path in [path for path in folder.iterdir() if path.is_dir()]:
        if path.name in living:
            blank_unused(path)
        else:
            shutil.rmtree(path)


_ORPHANS = (
    "DELETE FROM embeddings WHERE segment_id NOT IN (SELECT id FROM segments)",
    "DELETE FROM embedding_metadata WHERE id NOT IN (SELECT id FROM embeddings)",
    "DELETE FROM embedding_metadata_array WHERE id NOT IN (SELECT id FROM embeddings)",
    "DELETE FROM embeddings_queue WHERE substr(topic, -36) NOT IN (SELECT id FROM collections)",
)
"""Rows that no collection owns; a crash amid Chroma's own delete could leave some."""


def _prove(opened: Opened, home: Path, shard: Path, traces: Traces) -> int:
    """Return how many files were searched, none of which holds a trace."""
    files = _searched(home, shard)
    left: dict[str, set[int]] = {}
    for path in files:
        index = path.suffix == ".bin"
        found = traces.in_file(path, aligned=index) if path.name != LOCK_FILE else set()
        if found and index:
            # A process that was killed may have left what Chroma did not write, not yet blanked.
            blank_unused(path.parent)
            found = traces.in_file(path, aligned=True)
        if found:
            # Someone else may have said the same: what a living record holds is no trace.
            found -= traces.in_parts(_living(opened, home, path), among=found)
        if found:
            left[str(path.relative_to(home))] = found
    if left:
        raise SetupError(
            f"{sum(map(len, left.values()))} traces of what should be forgotten are still in "
            f"{', '.join(map(repr, left))} of the memory in {str(home)!r}; forget again, or "
            "delete that folder"
        )
    return len(files)


def _searched(home: Path, shard: Path) -> list[Path]:
    """Return every file, but of a large memory not what Chroma wrote for those of other shards.

    Nothing of a user is ever written there: what Chroma left uninitialised was blanked at once.
    """
    files = sorted(Path(folder) / name for folder, _, names in os.walk(home) for name in names)
    shards = set(shards_in(home)) - {shard}
    others = {path for path in files if _shard_of_chromas(path) in shards}
    if sum(path.stat().st_size for path in others) <= _EVERYWHERE:
        return files
    return [path for path in files if path not in others]


def _shard_of_chromas(path: Path) -> Path | None:
    """Return the folder of the database or index that a file is of; None: of neither."""
    if path.name == DATABASE:
        return path.parent
    return path.parent.parent if path.name in INDEX_FILES else None


def _living(opened: Opened, home: Path, path: Path) -> Iterator[bytes]:
    """Yield what living records hold in a file of Chroma's."""
    shard = _shard_of_chromas(path)
    if shard not in shards_in(home):
        return
    with closing(connect(shard)) as database:
        if path.name == DATABASE:
            yield from _living_cells(database)
            return
        row = database.execute(
            "SELECT c.name FROM segments s JOIN collections c ON c.id = s.collection "
            "WHERE s.id = ?",
            (path.parent.name,),
        ).fetchone()
    collection = None if row is None else find(opened(shard), row[0], str(home))
    living = () if collection is None else read_all(collection)
    yield b"\0".join(
        part for each in living for part in (each.vector.tobytes(), each.record.id.encode())
    )


def _living_cells(database: sqlite3.Connection) -> Iterator[bytes]:
    tables = database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
    ).fetchall()
    for table in ["sqlite_master", *(name for (name,) in tables)]:
        for _, column, *_ in database.execute(f'PRAGMA table_info("{table}")').fetchall():
            yield from _cells(database, table, column)


def _cells(database: sqlite3.Connection, table: str, column: str) -> Iterator[bytes]:
    # Joined by the database itself: a loop over a million cells takes seconds.
    texts = database.execute(
        f'SELECT group_concat("{column}", char(10)) FROM "{table}" '
        f"WHERE typeof(\"{column}\") = 'text'"
    ).fetchone()[0]
    if texts:
        yield texts.encode()
    part = bytearray()
    for (blob,) in database.execute(
        f'SELECT "{column}" FROM "{table}" WHERE typeof("{column}") = \'blob\''
    ):
        part += blob
        if len(part) > _PART:
            yield bytes(part)
            part.clear()
    yield bytes(part)
