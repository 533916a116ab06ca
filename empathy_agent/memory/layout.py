"""How a memory lies in its folder: people spread over sixteen Chroma folders by their hash.

Chroma keeps everyone of a folder in one SQLite file, and what is erased leaves a file only when all
of it is written anew and read again. Spread over sixteen, erasing one person of a hundred with
100,000 moments takes a sixteenth of that time. A folder a person would be quicker still, but an
open one takes 4 MB, 6 threads and 11 open files.
"""

import json
import os
from pathlib import Path

from empathy_agent.errors import SetupError

__all__ = ["SCHEMA", "check_schema", "check_version", "shard_of", "shards_in", "write_version"]

SCHEMA = 2
"""Version of what is on disk; a newer one is refused rather than misread.

1: one Chroma folder for all, a metadata field for each field of a moment.
2: sixteen of them, and one field for a whole record, which is read ten times as quickly.
"""
_VERSION = "layout.json"
_SHARD = "shelf-{}"


def shard_of(home: Path, name: str) -> Path:
    """Return the Chroma folder in which a user's collection lies.

    Args:
        home: Of the memory.
        name: As `shelf_name` gives it, or with something behind it.
    """
    return home / _SHARD.format(name.removeprefix("user-")[:1])


def shards_in(home: Path) -> list[Path]:
    """Return the Chroma folders that are there."""
    return sorted(path for path in home.glob(_SHARD.format("?")) if path.is_dir())


def check_version(home: Path) -> bool:
    """Say whether a memory is laid out as this version does; false: it is new, or older.

    Raises:
        SetupError: a newer version wrote it, or the file that says so is damaged.
    """
    try:
        told = json.loads((home / _VERSION).read_text(encoding="utf-8"))
        version = told["schema"]
    except FileNotFoundError:
        return False
    except (ValueError, KeyError, TypeError) as error:
        raise SetupError(
            f"{_VERSION!r} of the memory in {str(home)!r} is damaged; delete that file, "
            "and it is made again"
        ) from error
    check_schema(version, str(home))
    return version == SCHEMA


def write_version(home: Path) -> None:
    """Say that a memory is laid out as this version does."""
    new = home / f"{_VERSION}.new"
    new.write_text(json.dumps({"schema": SCHEMA}) + "\n", encoding="utf-8")
    os.replace(new, home / _VERSION)


def check_schema(version: object, folder: str) -> None:
    """Refuse what a newer Empathy Agent wrote.

    Raises:
        SetupError: the version is newer than this program, or missing.
    """
    if isinstance(version, int) and 1 <= version <= SCHEMA:
        return
    if isinstance(version, int) and version > SCHEMA:
        raise SetupError(
            f"the memory in {folder!r} was written by a newer Empathy Agent (version {version}, "
            f"this one knows {SCHEMA}); update Empathy Agent, or use --home ANOTHER"
        )
    raise SetupError(
        f"the memory in {folder!r} holds a collection that is not ours; use --home ANOTHER"
    )
