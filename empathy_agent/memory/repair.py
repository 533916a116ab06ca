# pyright: basic, reportMissingImports=false
"""Making damaged indexes again from the records: what was said is kept apart from its vectors.

An index is dropped only after the folder is locked, and a user's collection is replaced in one
step, so that a repair that was cut off can be run again.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from empathy_agent.memory.client import Client, told
from empathy_agent.memory.erase import replace_shelf
from empathy_agent.memory.index import broken_indexes
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
    client = Client(folder.absolute(), check=False)
    try:
        with told(folder):
            return _repair(client, folder.absolute(), embed)
    finally:
        client.close()


def _repair(client: Client, folder: Path, embed: Embed) -> Repaired:
    broken = broken_indexes(folder)
    names = {str(each.id): each.name for each in client.client.list_collections()}
    for index in broken:
        # Opening a collection over a truncated index would take this process down.
        shutil.rmtree(folder / index, ignore_errors=True)
    total, silent = 0, 0
    for name in [names[owner] for owner in broken.values() if owner in names]:
        collection = find(client.client, name, str(folder))
        assert collection is not None
        notes, records = kept_notes(collection), read_records(collection)
        vectors: list[NDArray[np.float32]] = []
        for start in range(0, len(records), _BATCH):
            vectors += vectors_of(records[start : start + _BATCH], embed)
        kept = [Candidate(*pair) for pair in zip(records, vectors, strict=True)]
        replace_shelf(client.client, folder, name, kept, notes)
        total += len(kept)
        silent += sum(not each.said for each in records)
    return Repaired(len(broken), total, silent)
