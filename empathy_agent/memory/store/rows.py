# pyright: basic, reportMissingImports=false
"""Items and vectors as they lie in Chroma: one collection each, flat metadata, no pickles."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from langgraph.store.base import Item, SearchItem

from empathy_agent.memory.client import Alone
from empathy_agent.memory.served import Connected
from empathy_agent.memory.store.filters import SHORT, Namespace, all_of

if TYPE_CHECKING:
    from chromadb import Collection

__all__ = ["NEVER", "Row", "Shelves", "id_of"]

NEVER = 1e18
"""When an item without a time to live expires."""
_PAGE = 200
_FLAT = [1.0]
"""Chroma wants a vector for everything; an item's own says nothing."""


@dataclass(frozen=True)
class Row:
    """An item as it is kept."""

    namespace: Namespace
    key: str
    text: str
    """The value as JSON."""
    created: float
    updated: float
    expires: float
    ttl: float | None
    """Minutes it lives after it was last used."""
    embedded: tuple[str, ...] = ()
    """The texts it is found by; known only while it is written."""

    @property
    def id(self) -> str:
        """What Chroma knows it by."""
        return id_of(self.namespace, self.key)

    @property
    def value(self) -> dict[str, Any]:
        """What was put."""
        return json.loads(self.text)

    def marks(self) -> dict[str, Any]:
        """Return what filters ask for."""
        marks: dict[str, Any] = {"item": self.id, "expires": self.expires}
        for depth in range(1, len(self.namespace) + 1):
            marks[f"under{depth}"] = ".".join(self.namespace[:depth])
        for name, value in self.value.items():
            mark = _mark(value)
            if mark is not None:
                marks[f"v.{name}"] = mark
        return marks

    def kept(self) -> dict[str, Any]:
        """Return the row as Chroma's flat metadata."""
        ttl = -1.0 if self.ttl is None else float(self.ttl)
        return self.marks() | {
            "namespace": ".".join(self.namespace),
            "key": self.key,
            "value": self.text,
            "created": self.created,
            "updated": self.updated,
            "ttl": ttl,
            "bare": not self.embedded,
        }

    def item(self) -> Item:
        """Return it as LangGraph wants it."""
        return Item(
            value=self.value,
            key=self.key,
            namespace=self.namespace,
            created_at=_time(self.created),
            updated_at=_time(self.updated),
        )

    def found(self, score: float | None) -> SearchItem:
        """Return it as the result of a search."""
        return SearchItem(
            namespace=self.namespace,
            key=self.key,
            value=self.value,
            created_at=_time(self.created),
            updated_at=_time(self.updated),
            score=score,
        )


def _row_of(metadata: Mapping[str, Any]) -> Row:
    ttl = float(metadata["ttl"])
    return Row(
        namespace=tuple(str(metadata["namespace"]).split(".")),
        key=str(metadata["key"]),
        text=str(metadata["value"]),
        created=float(metadata["created"]),
        updated=float(metadata["updated"]),
        expires=float(metadata["expires"]),
        ttl=None if ttl < 0 else ttl,
    )


class Shelves:
    """The two collections of an open folder."""

    def __init__(self, client: Alone | Connected) -> None:
        self.client = client
        self.items: Any = _collection(client, "items")
        self.vectors: Any = _collection(client, "vectors")

    def get(self, ids: Sequence[str]) -> list[Row]:
        """Return the rows that are there, in the order asked for."""
        if not ids:
            return []
        got = self.items.get(ids=list(ids), include=["metadatas"])
        rows = {id: _row_of(row) for id, row in zip(got["ids"], got["metadatas"], strict=True)}
        return [rows[id] for id in ids if id in rows]

    def rows(self, where: Sequence[dict[str, Any]]) -> Iterator[Row]:
        """Yield matching rows in the order they were first put, a page at a time."""
        offset = 0
        while True:
            got = self.items.get(
                where=all_of(where), include=["metadatas"], limit=_PAGE, offset=offset
            )
            yield from map(_row_of, got["metadatas"])
            offset += _PAGE
            if len(got["ids"]) < _PAGE:
                return

    def nearest(
        self, vector: Sequence[float], where: Sequence[dict[str, Any]], n: int
    ) -> list[tuple[str, float]]:
        """Return `(id of an item, cosine)` of the `n` nearest vectors, nearest first."""
        got = self.vectors.query(
            query_embeddings=[list(vector)],
            n_results=n,
            where=all_of(where),
            include=["metadatas", "distances"],
        )
        pairs = zip(got["metadatas"][0], got["distances"][0], strict=True)
        return [(str(row["item"]), 1 - float(distance)) for row, distance in pairs]

    def write(self, rows: Sequence[Row], embeddings: Any) -> None:
        """Add or replace items; one that was there keeps its birthday."""
        if not rows:
            return
        texts = list(dict.fromkeys(text for row in rows for text in row.embedded))
        known = dict(zip(texts, embeddings.embed_documents(texts), strict=True)) if texts else {}
        born = {row.id: row.created for row in self.get([row.id for row in rows])}
        self.items.upsert(
            ids=[row.id for row in rows],
            embeddings=[_FLAT] * len(rows),
            metadatas=[row.kept() | {"created": born.get(row.id, row.created)} for row in rows],
        )
        if born:
            self.vectors.delete(where={"item": {"$in": list(born)}})
        found = [(f"{r.id}.{i}", known[t], r) for r in rows for i, t in enumerate(r.embedded)]
        if found:
            self.vectors.upsert(
                ids=[id for id, _, _ in found],
                embeddings=[vector for _, vector, _ in found],
                metadatas=[row.marks() for _, _, row in found],
            )

    def delete(self, ids: Sequence[str]) -> None:
        """Delete items and their vectors."""
        if ids:
            self.items.delete(ids=list(ids))
            self.vectors.delete(where={"item": {"$in": list(ids)}})

    def postpone(self, expires: Mapping[str, float]) -> None:
        """Let items expire later."""
        marks = [{"expires": each} for each in expires.values()]
        self.items.update(ids=list(expires), metadatas=marks)
        got = self.vectors.get(where={"item": {"$in": list(expires)}}, include=["metadatas"])
        if got["ids"]:
            later = [{"expires": expires[str(row["item"])]} for row in got["metadatas"]]
            self.vectors.update(ids=got["ids"], metadatas=later)

    def namespaces(self, where: Sequence[dict[str, Any]]) -> list[Namespace]:
        """Return every namespace that holds something, sorted."""
        return sorted({row.namespace for row in self.rows(where)})


def _collection(client: Alone | Connected, name: str) -> "Collection":
    return client.client.get_or_create_collection(
        f"langgraph-{name}",
        configuration={"hnsw": {"space": "cosine"}},
        embedding_function=None,
    )


def id_of(namespace: Namespace, key: str) -> str:
    """Return what Chroma knows an item by."""
    return hashlib.sha256("\0".join((*namespace, "", key)).encode("utf-8", "replace")).hexdigest()


def _time(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _mark(value: object) -> str | float | bool | None:
    """Return a scalar as it lies beside its item; null: it does not."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return float(value)
    return value if isinstance(value, str) and len(value) <= SHORT else None
