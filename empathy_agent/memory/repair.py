# pyright: basic, reportMissingImports=false
"""Making damaged indexes again from the records: what was said is kept apart from its vectors.

An index is dropped only after the folder is locked, and a user's collection is replaced in one
step, so that a repair that was cut off can be run again.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from empathy_agent.memory.client import Client, told
from empathy_agent.memory.erase import replace_shelf
from empathy_agent.memory.index import broken_indexes, collections_in
from empathy_agent.memory.layout import shards_in
from empathy_agent.memory.lock import FolderLock
from empathy_agent.memory.recall import Candidate, vectors_of
from empathy_agent.memory.shelf import find, kept_notes, read_records

__all__ = ["Repaired", "repair"]

_BATCH = 256

Embed = Callable[[Sequence[str]], NDArray[np.float32]]


@dataclass(frozen=True)
class Repaired:
    """What was made again."""

    users: int
    """Whose index was damaged."""
    moments: int
    """Moments whose vectors were made again."""
    without_words: int
    """Of these, moments that were kept without their words: they are found by time alone."""


def repair(folder: Path, embed: Embed) -> Repaired:
    """Make every damaged index of a memory again.

    Args:
        folder: Of an `AffectMemory`.
        embed: Texts to vectors, [n, 384].

    Raises:
        SetupError: another process holds the folder, or the records themselves are damaged.
    """
    if not folder.is_dir():
        return Repaired(0, 0, 0)
    home = folder.absolute()
    lock = FolderLock(home)
    lock.acquire()
    try:
        done = [_repair(shard, home, embed) for shard in (home, *shards_in(home))]
    finally:
        lock.release()
    return Repaired(*(sum(column) for column in zip(*map(astuple, done), strict=True)))


def _repair(folder: Path, home: Path, embed: Embed) -> Repaired:
    broken = broken_indexes(folder)
    if not broken:
        return Repaired(0, 0, 0)
    names = collections_in(folder)
    for index in broken:
        # Opening a collection over a truncated index would take this process down.
        shutil.rmtree(folder / index, ignore_errors=True)
    opened = Client(folder, home=home, check=False)
    try:
        with told(home):
            done = [
                _again(opened, home, names[owner], embed)
                for owner in broken.values()
                if owner in names
            ]
    finally:
        opened.close()
    return Repaired(len(broken), sum(total for total, _ in done), sum(less for _, less in done))


def _again(opened: Client, home: Path, name: str, embed: Embed) -> tuple[int, int]:
    """Return how many records got a vector again, and how many of these are without words."""
    collection = find(opened.client, name, str(home))
    assert collection is not None
    notes, records = kept_notes(collection), read_records(collection)
    vectors: list[NDArray[np.float32]] = []
    for start in range(0, len(records), _BATCH):
        vectors += vectors_of(records[start : start + _BATCH], embed)
    kept = [Candidate(*pair) for pair in zip(records, vectors, strict=True)]
    replace_shelf(opened.client, home, name, kept, notes)
    return len(kept), sum(not each.said for each in records)
