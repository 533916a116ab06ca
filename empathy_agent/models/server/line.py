"""The line to one server: what goes wrong on it, what is tried again, and for how long.

The openai client carries the requests; retries are ours, because one question has one time limit
whatever happens on the way, and because a breaker has to see every call. Answers are read from the
wire here and checked by `replies`: a client that builds objects from whatever came would let a
wrong one in.
"""

import json
import random
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar, cast

from empathy_agent.errors import ModelUnavailable
from empathy_agent.models.address import Address
from empathy_agent.models.failures import told
from empathy_agent.models.server.breaker import Breaker, ServerUnavailable
from empathy_agent.models.server.refusals import Refused
from empathy_agent.models.server.replies import Reply, names, piece, reply

if TYPE_CHECKING:
    from openai import OpenAI
    from pydantic import SecretStr

__all__ = ["Limits", "Line"]

_CONNECT_S = 5.0
_LONGEST = 4_000_000
"""Bytes of one answer; more is no answer."""

T = TypeVar("T")


@dataclass(frozen=True)
class Limits:
    """How long and how often a server is asked."""

    total_s: float = 30.0
    """For one question, retries included; twice that if a server drips and then falls silent."""
    tries: int = 3
    """Of one question, when a failure may pass: no connection, 408, 429, 5xx."""
    wait_s: float = 0.5
    """Before the second try; doubled before each further one."""
    failures: int = 3
    """Questions in a row that fail before the server is left alone."""
    rest_s: float = 30.0
    """For how long it is."""


class Line:
    """Asks one server; safe to share by threads. Nothing is connected before the first use."""

    def __init__(
        self,
        kind: str,
        address: Address,
        key: "SecretStr | None",
        limits: Limits,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Remember where the server is.

        Args:
            kind: `vision` or `chat`, for errors.
            address: of the server; for one on this machine no proxy of the environment is used.
            key: sent as a bearer token.
            limits: how long and how often it is asked.
            clock: monotonic seconds.
            sleep: waits.
        """
        self._who = f"the {kind} server"
        self._address = address
        self._key = key
        self._limits = limits
        self._clock = clock
        self._sleep = sleep
        self._breaker = Breaker(limits.failures, limits.rest_s, clock)
        self._lock = threading.Lock()
        self._opened: OpenAI | None = None

    def ask(self, body: Mapping[str, Any]) -> Reply:
        """Ask, and wait for the whole answer.

        Raises:
            ModelUnavailable: it did not answer, in time.
            Refused: it does not want this request.
        """
        with self._breaker:
            return self._tried(lambda until: reply(b"".join(self._sent(body, until)), self._who))

    def stream(self, body: Mapping[str, Any]) -> Generator[str]:
        """Ask, and return the words as they come; after the first of them nothing is tried again.

        Raises:
            ModelUnavailable: it did not answer, in time, or not to the end.
            Refused: it does not want this request.
        """
        with self._breaker:
            first, rest = self._tried(lambda until: _begun(self._pieces(body, until)))
            self._breaker.works()
            yield first
            yield from rest

    def models(self) -> list[str]:
        """Return the names of the models that the server has.

        Raises:
            ModelUnavailable: it did not answer, in time, or does not tell.
            Refused: it does not want to tell.
        """
        with self._breaker:
            return self._tried(lambda until: names(b"".join(self._listed(until)), self._who))

    def _tried(self, send: Callable[[float], T]) -> T:
        until = self._clock() + self._limits.total_s
        wait = self._limits.wait_s
        for left in reversed(range(self._limits.tries)):
            try:
                return send(until)
            except ServerUnavailable as error:
                pause = error.after_s if error.after_s is not None else _jittered(wait)
                if not left or self._clock() + pause >= until:
                    raise
                self._sleep(pause)
                wait *= 2
        raise AssertionError("the last try returns or raises")

    def _pieces(self, body: Mapping[str, Any], until: float) -> Iterator[str]:
        with closing(self._sent({**body, "stream": True}, until)) as sent:
            for data in _events(sent):
                if data == "[DONE]":
                    return
                words, last = piece(data, self._who)
                if words:
                    yield words
                if last:
                    return
        raise ServerUnavailable(f"{self._who} hung up in the middle of its answer")

    def _sent(self, body: Mapping[str, Any], until: float) -> Generator[bytes]:
        with (
            self._translated(),
            self._client(until).chat.completions.with_streaming_response.create(
                # As an extra: else the client walks through every picture to check its type.
                model=body["model"],
                messages=[],
                extra_body=body,
            ) as response,
        ):
            yield from self._timed(response.iter_bytes(), until)

    def _listed(self, until: float) -> Iterator[bytes]:
        with (
            self._translated(),
            self._client(until).models.with_streaming_response.list() as response,
        ):
            yield from self._timed(response.iter_bytes(), until)

    def _timed(self, pieces: Iterator[bytes], until: float) -> Iterator[bytes]:
        """Return the pieces until time is up: a read limit alone lets a server drip for ever."""
        size = 0
        for each in pieces:
            size += len(each)
            if size > _LONGEST:
                raise ModelUnavailable(f"{self._who} answered without end")
            if self._clock() >= until:
                raise ModelUnavailable(f"{self._who} took too long")
            yield each

    def _client(self, until: float) -> "OpenAI":
        import openai

        with self._lock:
            if self._opened is None:
                key = self._key.get_secret_value() if self._key else "EMPTY"
                # A redirect would carry the pictures to somewhere the user never named.
                http = openai.DefaultHttpxClient(
                    follow_redirects=False, trust_env=not self._address.here
                )
                self._opened = openai.OpenAI(
                    base_url=self._address.base_url, api_key=key, max_retries=0, http_client=http
                )
        left = until - self._clock()
        if left <= 0:
            raise ModelUnavailable(f"{self._who} took too long")
        return self._opened.with_options(
            timeout=openai.Timeout(left, connect=min(left, _CONNECT_S))
        )

    @contextmanager
    def _translated(self) -> Generator[None]:
        try:
            yield
        except ModelUnavailable:
            raise
        except Exception as error:  # what is not the server's doing goes on as it is
            what = told(error, self._who)
            if what is None:
                raise
            status = getattr(error, "status_code", None)
            if not isinstance(status, int):
                raise ServerUnavailable(what) from error
            refused = Refused(status, _said(error))
            # llama.cpp and Ollama say 500 to a picture that their model cannot see.
            if status in {408, 429} or (status >= 500 and not refused.lasting):
                raise ServerUnavailable(what, _after_s(error)) from error
            raise refused from error


def _events(pieces: Iterable[bytes]) -> Iterator[str]:
    """Return the data of server-sent events, each of one line, as every such server sends them."""
    pending = b""
    for each in pieces:
        *lines, pending = (pending + each).split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                yield line.removeprefix(b"data:").strip().decode(errors="replace")


def _begun(pieces: Iterator[str]) -> tuple[str, Iterator[str]]:
    return next(pieces, ""), pieces


def _jittered(wait_s: float) -> float:
    """Spread the retries of many conversations, so that they do not come back as one."""
    return wait_s * random.uniform(0.5, 1.0)


def _said(error: Exception) -> str:
    body = getattr(error, "body", None)
    text = body if isinstance(body, str) else json.dumps(body, default=str)
    return text[:10_000].casefold()


def _after_s(error: Exception) -> float | None:
    """Return what `Retry-After` says, in seconds or as a date; None when it says nothing."""
    response = getattr(error, "response", None)
    asked = cast("str | None", response.headers.get("retry-after") if response else None)
    if asked is None:
        return None
    try:
        seconds = float(asked)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(asked).timestamp() - time.time()
        except ValueError:
            return None
    return seconds if 0 <= seconds < 86_400 else None
