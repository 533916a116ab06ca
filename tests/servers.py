"""A server on this machine that speaks the OpenAI protocol over real HTTP, for tests.

```python
with serving(Says("I hear you."), Fails(429)) as server:
    open_chat(server.name).invoke("hello")
    server.asked[0]["messages"]
```

Answers are given in order; the last one is repeated. In place of an answer may stand a function
that looks at the request and returns one.
"""

import json
import math
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar


@dataclass(frozen=True)
class Says:
    """Words, streamed one by one when a stream is asked for."""

    text: str
    after_s: float = 0.0
    each_s: float = 0.0
    """Before each word of a stream."""


@dataclass(frozen=True)
class Calls:
    """A tool call."""

    tool: str
    args: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Fails:
    """An answer that is no chat."""

    status: int
    body: str = '{"error": {"message": "no", "type": "test"}}'
    content_type: str = "application/json"
    retry_after: str | None = "0"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Likely:
    """Words with the likelihood of each token, and of those that could have stood in its place."""

    places: Sequence[dict[str, float]]
    """The likelihoods of tokens, one dictionary a place; the likeliest are said."""
    top: bool = True
    """Whether the likeliest tokens are told when they are asked for."""

    @property
    def text(self) -> str:
        """What is said."""
        return "".join(max(place, key=lambda token: place[token]) for place in self.places)

    def told(self, top: int) -> list[dict[str, Any]]:
        """Return the `content` of `logprobs`."""
        places: list[dict[str, Any]] = []
        for place in self.places:
            best = sorted(place, key=lambda token: -place[token])[:top]
            listed = [{"token": each, "logprob": math.log(place[each])} for each in best]
            places.append({**listed[0], "top_logprobs": listed if self.top else []})
        return places


@dataclass(frozen=True)
class BreaksOff:
    """A stream that ends in the middle of its JSON."""

    text: str = "I was"


@dataclass(frozen=True)
class HangsUp:
    """A stream that ends before its last event, or a body that is cut in the middle."""

    text: str = "I was"


@dataclass(frozen=True)
class Drips:
    """Blanks before an answer, one by one, as some proxies send to keep a line alive."""

    every_s: float
    times: int


Answer = Says | Calls | Fails | Likely | BreaksOff | HangsUp | Drips
Plays = Answer | Callable[[dict[str, Any]], Answer]


@dataclass
class Server:
    """What was asked, and where to ask."""

    url: str
    asked: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """The body of every request, in order."""
    keys: list[str] = field(default_factory=list[str])
    """The `Authorization` header of every request."""
    looked: list[str] = field(default_factory=list[str])
    """The path of every GET."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def name(self) -> str:
        """What `open_chat` takes."""
        return f"openai:{self.url}#test-model"


def _message(answer: Says | Calls | Likely) -> dict[str, Any]:
    if isinstance(answer, (Says, Likely)):
        return {"role": "assistant", "content": answer.text}
    function = {"name": answer.tool, "arguments": json.dumps(answer.args)}
    call = {"id": "call_1", "type": "function", "function": function}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


def _envelope(kind: str, choice: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": kind,
        "created": 0,
        "model": "test-model",
        "choices": [{"index": 0, **choice}],
    }


def _deltas(answer: Says | Calls | Likely) -> Iterator[dict[str, Any]]:
    if isinstance(answer, Calls):
        message = _message(answer)
        yield {"role": "assistant", "tool_calls": [{"index": 0, **message["tool_calls"][0]}]}
        return
    yield {"role": "assistant", "content": ""}
    for i, word in enumerate(answer.text.split(" ")):
        yield {"content": word if i == 0 else f" {word}"}


class _Handler(BaseHTTPRequestHandler):
    server_state: ClassVar[Server]
    answers: ClassVar[list[Plays]]
    models: ClassVar[Sequence[str] | None]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server_state.looked.append(self.path)
        if self.models is None or not self.path.endswith("/models"):
            self._fail(Fails(404, '{"detail": "Not Found"}'))
            return
        listed = [{"id": name, "object": "model", "owned_by": "test"} for name in self.models]
        self._send(200, "application/json", json.dumps({"object": "list", "data": listed}))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        state = self.server_state
        with state.lock:
            answer = self.answers[min(len(state.asked), len(self.answers) - 1)]
            state.asked.append(body)
            state.keys.append(str(self.headers["Authorization"]))
        if callable(answer):
            answer = answer(body)
        time.sleep(answer.after_s if isinstance(answer, Says) else 0)
        if isinstance(answer, Fails):
            self._fail(answer)
        elif isinstance(answer, Drips):
            self._drip(answer)
        elif isinstance(answer, HangsUp) and not body.get("stream"):
            self._send(200, "application/json", '{"id": "chatcmpl-1", "choi', cut=True)
        elif isinstance(answer, (BreaksOff, HangsUp)) or body.get("stream"):
            self._stream(answer)
        else:
            self._whole(answer, body)

    def _whole(self, answer: Says | Calls | Likely, body: dict[str, Any]) -> None:
        reason = "tool_calls" if isinstance(answer, Calls) else "stop"
        choice: dict[str, Any] = {"message": _message(answer), "finish_reason": reason}
        if body.get("logprobs"):
            told = isinstance(answer, Likely)
            choice["logprobs"] = {"content": answer.told(body["top_logprobs"])} if told else None
        self._send(200, "application/json", json.dumps(_envelope("chat.completion", choice)))

    def _fail(self, answer: Fails) -> None:
        headers = list(answer.headers)
        if answer.retry_after is not None:
            headers.append(("Retry-After", answer.retry_after))
        self._send(answer.status, answer.content_type, answer.body, headers)

    def _send(
        self,
        status: int,
        content_type: str,
        body: str,
        headers: Sequence[tuple[str, str]] = (),
        *,
        cut: bool = False,
    ) -> None:
        told = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(told) + 100 * cut))
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(told)
        self.close_connection = True

    def _drip(self, answer: Drips) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        for _ in range(answer.times):
            self.wfile.write(b" ")
            self.wfile.flush()
            time.sleep(answer.every_s)

    def _stream(self, answer: Says | Calls | Likely | BreaksOff | HangsUp) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        if isinstance(answer, (BreaksOff, HangsUp)):
            if answer.text:
                self._event(_envelope("chat.completion.chunk", {"delta": {"content": answer.text}}))
            if isinstance(answer, BreaksOff):
                self.wfile.write(b'data: {"id": "chatcmpl-1", "choices": [{"del\n\n')
            return
        for delta in _deltas(answer):
            time.sleep(answer.each_s if isinstance(answer, Says) else 0)
            self._event(_envelope("chat.completion.chunk", {"delta": delta}))
        reason = "tool_calls" if isinstance(answer, Calls) else "stop"
        self._event(_envelope("chat.completion.chunk", {"delta": {}, "finish_reason": reason}))
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, told: dict[str, Any]) -> None:
        self.wfile.write(f"data: {json.dumps(told)}\n\n".encode())
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        pass


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that hung up."""


@contextmanager
def serving(*answers: Plays, models: Sequence[str] | None = ("test-model",)) -> Generator[Server]:
    """Serve these answers, and a list of these models, until the block ends."""
    state = Server("")
    played = {"server_state": state, "answers": list(answers), "models": models}
    handler = type("Handler", (_Handler,), played)
    httpd = _Quiet(("127.0.0.1", 0), handler)
    state.url = f"http://127.0.0.1:{httpd.server_address[1]}/v1"
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield state
    finally:
        httpd.shutdown()
        thread.join()
        httpd.server_close()
