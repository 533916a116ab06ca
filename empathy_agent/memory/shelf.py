# pyright: basic, reportMissingImports=false
"""One user's collection in Chroma: opening, reading and writing it as moments and vectors."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from empathy_agent.memory.layout import SCHEMA, check_schema
from empathy_agent.memory.notes import notes_among
from empathy_agent.memory.recall import Candidate
from empathy_agent.memory.record import Record, Value, from_metadata, to_metadata

if TYPE_CHECKING:
    from chromadb import Collection
    from chromadb.api import ClientAPI

__all__ = [
    "create",
    "find",
    "keep_note",
    "kept_notes",
    "read",
    "read_all",
    "read_records",
    "write",
]

_BATCH = 1000


def create(client: "ClientAPI", name: str, notes: Mapping[str, str] | None = None) -> "Collection":
    """Return a new collection without moments; vectors are given, so it embeds nothing itself."""
    return client.create_collection(
        name,
        metadata={"schema": SCHEMA, **(notes or {})},
        configuration={"hnsw": {"space": "cosine"}},
        embedding_function=None,
    )


def find(client: "ClientAPI", name: str, folder: str) -> "Collection | None":
    """Return a collection of ours, or None.

    Raises:
        SetupError: a newer version wrote it, or it is not ours.
    """
    from chromadb.errors import NotFoundError

    try:
        collection = client.get_collection(name, embedding_function=None)
    except NotFoundError:
        return None
    check_schema((collection.metadata or {}).get("schema"), folder)
    return collection


def kept_notes(collection: "Collection") -> dict[str, str]:
    """Return the notes that lie beside the moments, by their keys."""
    return notes_among(collection.metadata or {})


def keep_note(collection: "Collection", key: str, text: str) -> None:
    """Add or replace a note."""
    collection.modify(metadata={**(collection.metadata or {}), key: text})


def write(collection: "Collection", candidates: Sequence[Candidate]) -> None:
    """Add or replace records with their vectors."""
    for start in range(0, len(candidates), _BATCH):
        batch = candidates[start : start + _BATCH]
        collection.upsert(
            ids=[each.record.id for each in batch],
            embeddings=np.stack([each.vector for each in batch]),
            metadatas=[_packed(each.record) for each in batch],  # pyright: ignore[reportArgumentType]
        )


def read(collection: "Collection", **choice: Any) -> list[Candidate]:
    """Return records with their vectors, in the order they were first remembered.

    Args:
        collection: Whose.
        choice: `ids`, `where`, `limit` and `offset` as in `Collection.get`.
    """
    got = collection.get(include=["metadatas", "embeddings"], **choice)
    vectors: NDArray[np.float32] = np.asarray(got["embeddings"], dtype=np.float32)
    rows: Sequence[Mapping[str, object]] = got["metadatas"] or ()
    return [
        Candidate(_unpacked(id, row), vector)
        for id, row, vector in zip(got["ids"], rows, vectors, strict=True)
    ]


def read_records(collection: "Collection") -> list[Record]:
    """Return every record without its vector, in the order they were first remembered."""
    got = collection.get(include=["metadatas"])
    rows: Sequence[Mapping[str, object]] = got["metadatas"] or ()
    return list(map(_unpacked, got["ids"], rows))


def read_all(collection: "Collection") -> Iterator[Candidate]:
    """Yield every record with its vector, in the order they were first remembered."""
    for offset in range(0, collection.count(), _BATCH):
        yield from read(collection, limit=_BATCH, offset=offset)


_BESIDE = ("record", "session", "at")
"""What else is a field of its own, for whoever looks at the collection with Chroma alone."""
_WHOLE = "whole"


def _packed(record: Record) -> dict[str, Value | None]:
    flat = to_metadata(record)
    told = {name: value for name, value in flat.items() if value is not None}
    return {name: flat[name] for name in _BESIDE} | {_WHOLE: json.dumps(told, ensure_ascii=False)}


def _unpacked(id: str, row: Mapping[str, object]) -> Record:
    whole = row.get(_WHOLE)
    if whole is None:
        return from_metadata(id, row)
    try:
        told: dict[str, object] = json.loads(str(whole))
    except ValueError:
        told = {}
    return from_metadata(id, told)
