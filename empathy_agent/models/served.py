# pyright: basic, reportMissingImports=false
"""A chat model on a server that speaks the OpenAI protocol, without its loose ends.

LangChain's own takes a stream for whole when its server hangs up in the middle, waits for as long
as a server drips, and waits for a server that is down at every turn anew. Words for a server on
this machine go through no proxy.
"""

import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import openai
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_openai import ChatOpenAI
from pydantic import PrivateAttr, SecretStr

from empathy_agent.errors import ModelUnavailable
from empathy_agent.models.address import Address
from empathy_agent.models.failures import translate_errors
from empathy_agent.models.server.breaker import Breaker

__all__ = ["ServedChat", "open_served"]

_FAILURES = 3
"""Answers in a row that fail before a server is left alone."""
_REST_S = 30.0


class ServedChat(ChatOpenAI):
    """Streams to the end, in time, or fails; a server that keeps failing is left alone a while."""

    whole_s: float = 180.0
    """Seconds for a whole streamed answer."""
    _breaker: Breaker = PrivateAttr(
        default_factory=lambda: Breaker(_FAILURES, _REST_S, time.monotonic)
    )

    def _generate(self, *args: Any, **kwargs: Any) -> ChatResult:
        with self._breaker, translate_errors():
            return super()._generate(*args, **kwargs)

    async def _agenerate(self, *args: Any, **kwargs: Any) -> ChatResult:
        with self._breaker, translate_errors():
            return await super()._agenerate(*args, **kwargs)

    def _stream(self, *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        watch = _Watch(self.whole_s)
        with self._breaker, translate_errors():
            for chunk in super()._stream(*args, **kwargs):
                self._breaker.works()
                watch.see(chunk)
                yield chunk
            watch.end()

    async def _astream(self, *args: Any, **kwargs: Any) -> AsyncIterator[ChatGenerationChunk]:
        watch = _Watch(self.whole_s)
        with self._breaker, translate_errors():
            async for chunk in super()._astream(*args, **kwargs):
                self._breaker.works()
                watch.see(chunk)
                yield chunk
            watch.end()


class _Watch:
    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._began = False
        self._finished = False

    def see(self, chunk: ChatGenerationChunk) -> None:
        """Look at a piece of an answer.

        Raises:
            ModelUnavailable: time is up.
        """
        self._began = True
        told = {**(chunk.generation_info or {}), **chunk.message.response_metadata}
        self._finished = self._finished or bool(told.get("finish_reason"))
        if time.monotonic() > self._until and not self._finished:
            raise ModelUnavailable("the chat server took too long")

    def end(self) -> None:
        """Look at what came.

        Raises:
            ModelUnavailable: it was not the whole answer.
        """
        if not self._began:
            raise ModelUnavailable("the chat server answered with something that is no chat")
        if not self._finished:
            raise ModelUnavailable("the chat server hung up in the middle of its answer")


def open_served(
    address: Address, key: SecretStr | None, *, timeout: float, max_retries: int, whole_s: float
) -> ServedChat:
    """Open a chat model on a server; nothing is connected before its first use."""
    clients: dict[str, Any] = {}
    if address.here:
        clients = {
            "http_client": openai.DefaultHttpxClient(trust_env=False),
            "http_async_client": openai.DefaultAsyncHttpxClient(trust_env=False),
        }
    return ServedChat(
        model=address.model,
        base_url=address.base_url,
        api_key=key or SecretStr("EMPTY"),
        timeout=timeout,
        max_retries=max_retries,
        whole_s=whole_s,
        **clients,
    )
