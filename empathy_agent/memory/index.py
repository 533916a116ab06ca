"""Chroma's own files: which index folder is whose, and blanking what was never written.

Chroma 1.5 creates `data_level0.bin` and `length.bin` at full size out of uninitialised memory, so
the file of one user can hold vectors of another until its first thousand moments fill it; the same
happens whenever it grows. What lies behind the number of elements in `header.bin` is never read,
and is overwritten with zeros.
"""

import sqlite3
import struct
from pathlib import Path

__all__ = [
    "DATABASE",
    "INDEX_FILES",
    "blank_unused",
    "broken_indexes",
    "collections_in",
    "connect",
    "index_of",
    "last_written",
    "living_indexes",
]

DATABASE = "chroma.sqlite3"
INDEX_FILES = (
    "data_level0.bin",
    "header.bin",
    "index_metadata.pickle",
    "length.bin",
    "link_lists.bin",
)
_HEADER = struct.Struct("<i4Q")
"""Version, offset, capacity, elements, bytes an element; of chroma-core/hnswlib."""
_VERSION = 1
_LENGTH_BYTES = 4
_PICKLED = b"\x80"
"""How a pickle begins; it is looked at, never loaded."""


def connect(folder: Path) -> sqlite3.Connection:
    """Open the database beside Chroma's own client, for what that cannot do."""
    return sqlite3.connect(folder / DATABASE, timeout=30, isolation_level=None)


def living_indexes(database: sqlite3.Connection) -> dict[str, str]:
    """Return the collection's id for every index folder that is in use."""
    rows = database.execute("SELECT id, collection FROM segments WHERE scope = 'VECTOR'")
    return {str(folder): str(collection) for folder, collection in rows}


def collections_in(folder: Path) -> dict[str, str]:
    """Return the names of a folder's collections by their ids, without opening Chroma."""
    if not (folder / DATABASE).exists():
        return {}
    database = connect(folder)
    try:
        rows = database.execute("SELECT id, name FROM collections ORDER BY name").fetchall()
    finally:
        database.close()
    return {str(id): str(name) for id, name in rows}


def index_of(folder: Path, collection: str) -> Path | None:
    """Return the index folder of a collection, once it has one."""
    database = connect(folder)
    try:
        names = [name for name, owner in living_indexes(database).items() if owner == collection]
    finally:
        database.close()
    return folder / names[0] if names else None


def broken_indexes(folder: Path) -> dict[str, str]:
    """Return the collection's id for every index folder that was written and cannot be read.

    Chroma opens a missing one as if it were empty, and a truncated one takes the process down.
    What it has not yet written it keeps in the database, and makes again by itself.
    """
    if not (folder / DATABASE).exists():
        return {}
    database = connect(folder)
    try:
        written = {
            str(name)
            for (name,) in database.execute("SELECT segment_id FROM max_seq_id WHERE seq_id > 0")
        }
        living = living_indexes(database)
    finally:
        database.close()
    return {
        name: collection
        for name, collection in living.items()
        if name in written and not _is_whole(folder / name)
    }


def _is_whole(index: Path) -> bool:
    try:
        version, _, capacity, elements, element_bytes = _HEADER.unpack_from(
            (index / "header.bin").read_bytes()
        )
        return (
            version == _VERSION
            and elements <= capacity
            and (index / "data_level0.bin").stat().st_size >= elements * element_bytes
            and (index / "length.bin").stat().st_size >= elements * _LENGTH_BYTES
            and (index / "link_lists.bin").exists()
            and (index / "index_metadata.pickle").read_bytes()[:1] == _PICKLED
        )
    except (OSError, struct.error):
        return False


def last_written(index: Path) -> int:
    """Return when an index was written last, in nanoseconds; 0: never."""
    try:
        return (index / "data_level0.bin").stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def blank_unused(index: Path) -> None:
    """Overwrite what lies behind the elements of an index; no more than that is touched."""
    header = index / "header.bin"
    if not header.exists():
        return
    raw = header.read_bytes()
    if len(raw) < _HEADER.size:
        return
    version, _, _, elements, element_bytes = _HEADER.unpack_from(raw)
    if version != _VERSION:
        return
    _blank(index / "data_level0.bin", elements * element_bytes)
    _blank(index / "length.bin", elements * _LENGTH_BYTES)


def _blank(path: Path, start: int) -> None:
    size = path.stat().st_size if path.exists() else 0
    if start >= size:
        return
    with path.open("r+b") as file:
        file.seek(start)
        if file.read().count(0) < size - start:
            file.seek(start)
            file.write(bytes(size - start))
