# pyright: basic, reportMissingImports=false
"""A LangGraph `BaseStore` on Chroma, so that any LangGraph app can keep its long-term memory here.

Items lie in one collection, their vectors in another, because an item may have several or none.
Values are JSON text, never pickles. What a filter asks of a value's own fields is narrowed by
Chroma where that is safe, and then checked here, so that a filter means the same as in LangGraph's
`InMemoryStore`. Deleting is Chroma's own: what must leave no trace on disk belongs into an
`AffectMemory`, whose erasure is verified.
"""

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

from langgraph.store.base import (
    BaseStore,
    GetOp,
    IndexConfig,
    Item,
    ListNamespacesOp,
    Op,
    PutOp,
    Result,
    SearchItem,
    SearchOp,
    TTLConfig,
    ensure_embeddings,
    get_text_at_path,
    validate_op_namespace,
)

from empathy_agent.errors import SetupError
from empathy_agent.memory.client import Alone, Loans, told
from empathy_agent.memory.served import CONNECTED, Connected, Server, told_by
from empathy_agent.memory.store.filters import Namespace, listed, matches, narrowed, under
from empathy_agent.memory.store.rows import NEVER, Row, Shelves, id_of

__all__ = ["ChromaStore"]

_SHARED: Loans[Path, Alone] = Loans(Alone)


class ChromaStore(BaseStore):
    """Keeps items by namespace and key; see LangGraph's `BaseStore`. Any thread may use it."""

    supports_ttl = True

    def __init__(
        self,
        where: Path | Server,
        *,
        index: IndexConfig | None = None,
        ttl: TTLConfig | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Name the folder or the server; nothing is opened yet.

        Args:
            where: A folder, ours alone and not that of an `AffectMemory`, made when it is not
                there; or a Chroma server.
            index: How values are embedded for `search(query=...)`; left out, they are not.
            ttl: When items expire.
            clock: Seconds since the epoch.
        """
        self.ttl_config = ttl
        self._where = where if isinstance(where, Server) else where.absolute()
        self._embeddings = ensure_embeddings(index.get("embed")) if index else None
        self._fields = list((index or {}).get("fields") or ["$"])
        self._clock = clock
        self._guard = RLock()
        self._open: Shelves | None = None
        self._swept = clock()

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """Answer every read as things stand, then write; of two writes to a key the last counts.

        Raises:
            InvalidNamespaceError: a label is empty, holds a period, or is no string.
            SetupError: the folder cannot be used, or a value is not JSON.
        """
        ops = list(ops)
        for op in ops:
            validate_op_namespace(op)
        puts = {(op.namespace, op.key): op for op in ops if isinstance(op, PutOp)}
        rows = [self._row(op) for op in puts.values() if op.value is not None]
        with self._opened() as opened:
            results = [self._answer(opened, op) for op in ops]
            opened.delete([id_of(op.namespace, op.key) for op in puts.values() if op.value is None])
            opened.write(rows, self._embeddings)
            self._sweep_when_due(opened)
        return results

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """Do the same beside the event loop."""
        return await asyncio.to_thread(self.batch, list(ops))

    def delete_namespace(self, prefix: Namespace) -> int:
        """Delete every item under a prefix, and return how many there were."""
        with self._opened() as opened:
            doomed = [row.id for row in opened.rows(under(prefix))]
            opened.delete(doomed)
        return len(doomed)

    def sweep_ttl(self) -> int:
        """Delete what has expired, and return how many items that were."""
        with self._opened() as opened:
            doomed = [row.id for row in opened.rows([{"expires": {"$lte": self._clock()}}])]
            opened.delete(doomed)
        return len(doomed)

    def close(self) -> None:
        """Release files and locks; using the store again opens it again."""
        with self._guard:
            if self._open is not None:
                self._open = None
                if isinstance(self._where, Server):
                    CONNECTED.give_back(self._where)
                else:
                    _SHARED.give_back(self._where)

    @contextmanager
    def _opened(self) -> Iterator[Shelves]:
        with self._guard, self._told():
            if self._open is None:
                self._open = Shelves(self._borrow())
            with self._open.client.guard:
                yield self._open

    def _borrow(self) -> Alone | Connected:
        if isinstance(self._where, Server):
            return CONNECTED.borrow(self._where)
        return _SHARED.borrow(self._where)

    def _told(self) -> AbstractContextManager[None]:
        return told_by(self._where) if isinstance(self._where, Server) else told(self._where)

    def _answer(self, opened: Shelves, op: Op) -> Result:
        if isinstance(op, GetOp):
            return self._get(opened, op)
        if isinstance(op, SearchOp):
            return self._search(opened, op)
        if isinstance(op, ListNamespacesOp):
            return listed(opened.namespaces(self._alive()), op)
        return None

    def _get(self, opened: Shelves, op: GetOp) -> Item | None:
        found = opened.get([id_of(op.namespace, op.key)])
        if not found or (self._omits() and found[0].expires <= self._clock()):
            return None
        self._refresh(opened, found, op.refresh_ttl)
        return found[0].item()

    def _search(self, opened: Shelves, op: SearchOp) -> list[SearchItem]:
        where = [*under(op.namespace_prefix), *self._alive(), *narrowed(op.filter)]
        chosen: list[tuple[Row, float | None]]
        if op.query and self._embeddings is not None:
            vector = self._embeddings.embed_query(op.query)
            chosen = list(_ranked(opened, vector, where, op))
        else:
            kept = (row for row in opened.rows(where) if matches(row.value, op.filter or {}))
            chosen = [(row, None) for row in _slice(kept, op.offset, op.limit)]
        self._refresh(opened, [row for row, _ in chosen], op.refresh_ttl)
        return [row.found(score) for row, score in chosen]

    def _row(self, op: PutOp) -> Row:
        assert op.value is not None
        now = self._clock()
        texts: list[str] = []
        if self._embeddings is not None and op.index is not False:
            for field in self._fields if op.index is None else op.index:
                texts += get_text_at_path(op.value, field)
        return Row(
            namespace=op.namespace,
            key=op.key,
            text=_as_json(op.value, op),
            created=now,
            updated=now,
            expires=NEVER if op.ttl is None else now + 60 * op.ttl,
            ttl=op.ttl,
            embedded=tuple(dict.fromkeys(texts)),
        )

    def _omits(self) -> bool:
        return bool((self.ttl_config or {}).get("omit_expired"))

    def _alive(self) -> list[dict[str, Any]]:
        return [{"expires": {"$gt": self._clock()}}] if self._omits() else []

    def _refresh(self, opened: Shelves, rows: Sequence[Row], wanted: bool) -> None:
        lasting = {row.id: self._clock() + 60 * row.ttl for row in rows if row.ttl is not None}
        if wanted and lasting:
            opened.postpone(lasting)

    def _sweep_when_due(self, opened: Shelves) -> None:
        minutes = (self.ttl_config or {}).get("sweep_interval_minutes")
        now = self._clock()
        if minutes is not None and now - self._swept >= 60 * minutes:
            self._swept = now
            opened.delete([row.id for row in opened.rows([{"expires": {"$lte": now}}])])


def _ranked(
    opened: Shelves, vector: Sequence[float], where: Sequence[dict[str, Any]], op: SearchOp
) -> Iterator[tuple[Row, float | None]]:
    """Yield the best items by their nearest vector, then, if too few, those without one."""
    wanted, total = op.offset + op.limit, opened.vectors.count()
    n = min(total, 2 * wanted)
    best: dict[str, float] = {}
    rows: list[Row] = []
    while n:
        best = {}
        for id, cosine in opened.nearest(vector, where, n):
            best.setdefault(id, cosine)
        rows = [row for row in opened.get(list(best)) if matches(row.value, op.filter or {})]
        if len(rows) >= wanted or n == total:
            break
        n = min(total, 4 * n)
    kept = rows[op.offset : wanted]
    yield from ((row, best[row.id]) for row in kept)
    bare = (
        row for row in opened.rows([*where, {"bare": True}]) if matches(row.value, op.filter or {})
    )
    if len(kept) < op.limit:
        yield from ((row, None) for row in _slice(bare, 0, op.limit - len(kept)))


def _as_json(value: Mapping[str, Any], op: PutOp) -> str:
    try:
        return json.dumps(dict(value), ensure_ascii=False)
    except (TypeError, ValueError) as error:
        raise SetupError(
            f"the value of {op.key!r} in {op.namespace!r} is not JSON ({error}); "
            "store strings, numbers, lists and dicts"
        ) from error


def _slice(rows: Iterator[Row], offset: int, limit: int) -> list[Row]:
    kept: list[Row] = []
    for at, row in enumerate(rows):
        if len(kept) >= limit:
            break
        if at >= offset:
            kept.append(row)
    return kept
