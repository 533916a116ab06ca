"""A node of the graph: one function, which runs in a thread where the graph runs in a loop.

Hundreds of turns may be at different nodes at the same time. Those that are furthest go first: a
turn that only has to be remembered is not kept waiting by all that have just begun, and the first
of them talks to its chat model while the last is still being read. A pool that takes its work in
the order of its coming moves all turns at the pace of the slowest.
"""

import asyncio
import heapq
import itertools
import os
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import cache
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig
from langgraph.runtime import Runtime, get_runtime

from empathy_agent.agent.state import Turn
from empathy_agent.context import Context

__all__ = ["Line", "Step"]

Work = Callable[[Turn, Runtime[Context], RunnableConfig], dict[str, Any]]
AsyncWork = Callable[[Turn, Runtime[Context], RunnableConfig], Awaitable[dict[str, Any]]]


class Line:
    """Threads that take the furthest work first; safe to share."""

    def __init__(self, workers: int) -> None:
        """Start nothing yet.

        Args:
            workers: threads at most.
        """
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="turns")
        self._lock = threading.Lock()
        self._count = itertools.count()
        self._waiting: list[tuple[int, int, Callable[[], Any], Future[Any]]] = []

    def submit(self, rank: int, work: Callable[[], Any]) -> "Future[Any]":
        """Have work done, before all that waits with a lower rank."""
        told: Future[Any] = Future()
        with self._lock:
            heapq.heappush(self._waiting, (-rank, next(self._count), work, told))
        self._pool.submit(self._next)
        return told

    def _next(self) -> None:
        with self._lock:
            _, _, work, told = heapq.heappop(self._waiting)
        if not told.set_running_or_notify_cancel():
            return
        try:
            told.set_result(work())
        except BaseException as error:  # whoever waits for it is told, whatever it is
            told.set_exception(error)


@cache
def _line(waits: bool) -> Line:
    """Return threads of this process: as many as a loop's own pool has, or many that wait."""
    return Line(64 if waits else min(32, (os.cpu_count() or 1) + 4))


class Step(Runnable[Turn, dict[str, Any]]):
    """One node; LangGraph gives it the state, its runtime and its config."""

    def __init__(
        self, work: Work, rank: int, *, beside: AsyncWork | None = None, waits: bool = False
    ) -> None:
        """Build.

        Args:
            work: does it.
            rank: how far in the turn it is; the furthest goes first.
            beside: does the same in a loop, without a thread.
            waits: whether it may wait for a model, which must hold up nobody's reading.
        """
        self._work, self._rank, self._beside, self._waits = work, rank, beside, waits

    def invoke(
        self, input: Turn, config: RunnableConfig | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        """Do it here."""
        return self._work(input, get_runtime(Context), config or {})

    async def ainvoke(
        self, input: Turn, config: RunnableConfig | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        """Do it in the loop, or in a thread when its turn has come."""
        runtime = get_runtime(Context)
        if self._beside is not None:
            return await self._beside(input, runtime, config or {})
        context = copy_context()
        told = _line(self._waits).submit(
            self._rank, lambda: context.run(self._work, input, runtime, config or {})
        )
        return await asyncio.wrap_future(told)
