"""Waits for a chat model's words, but not for ever: one that hangs must not hold up a person."""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from langgraph.errors import GraphBubbleUp

from empathy_agent.errors import EmpathyError, ModelUnavailable
from empathy_agent.models.chat import translate_errors

__all__ = ["ain_time", "in_time", "whatever_it_does"]

logger = logging.getLogger(__name__)

T = TypeVar("T")
_LATE = "the chat model took too long"


def in_time(stream: Callable[[], Iterator[T]], limit_s: float) -> Iterator[T]:
    """Give what a stream gives.

    Args:
        stream: opens it, in a thread of its own: nothing else can be left while it hangs.
        limit_s: seconds for all of it.

    Raises:
        ModelUnavailable: time is up.
        Exception: whatever the stream raised.
    """
    pieces: queue.SimpleQueue[T | _Ended] = queue.SimpleQueue()
    until, left = time.monotonic() + limit_s, threading.Event()
    context = copy_context()
    reading = partial(_read, stream, pieces, left)
    threading.Thread(target=context.run, args=(reading,), name="chat words", daemon=True).start()
    try:
        while not isinstance(piece := _next(pieces, until), _Ended):
            yield piece
        if piece.error is not None:
            raise piece.error
    finally:
        left.set()


@dataclass(frozen=True)
class _Ended:
    error: BaseException | None


def _read(
    stream: Callable[[], Iterator[T]],
    pieces: "queue.SimpleQueue[T | _Ended]",
    left: threading.Event,
) -> None:
    try:
        for piece in stream():
            if left.is_set():
                return
            pieces.put(piece)
    except BaseException as error:  # it is raised where somebody waits
        pieces.put(_Ended(error))
    else:
        pieces.put(_Ended(None))


def _next(pieces: "queue.SimpleQueue[T | _Ended]", until: float) -> "T | _Ended":
    """Return the next piece; words that come all the time and say nothing do not help either."""
    try:
        left = until - time.monotonic()
        if left <= 0:
            raise queue.Empty
        return pieces.get(timeout=left)
    except queue.Empty:
        raise ModelUnavailable(_LATE) from None


async def ain_time(stream: AsyncIterator[T], limit_s: float) -> AsyncIterator[T]:
    """Do the same in a loop.

    Raises:
        ModelUnavailable: time is up.
        Exception: whatever the stream raised.
    """
    until = time.monotonic() + limit_s
    while True:
        try:
            async with asyncio.timeout(until - time.monotonic()):
                piece = await anext(stream)
        except StopAsyncIteration:
            return
        except TimeoutError:
            if time.monotonic() < until:
                raise
            raise ModelUnavailable(_LATE) from None
        yield piece


@contextmanager
def whatever_it_does() -> Generator[None]:
    """Turn what a chat model raises into `ModelUnavailable`, with no word of the conversation.

    Raises:
        ModelUnavailable: the model, or what it is made of, failed.
        SetupError: the user can do something about it.
    """
    try:
        with translate_errors():
            yield
    except (EmpathyError, GraphBubbleUp):
        raise
    except Exception as error:  # somebody else's code: a person is waiting for an answer
        logger.warning("the chat model failed: %s", type(error).__name__)
        raise ModelUnavailable(f"the chat model failed ({type(error).__name__})") from error
