"""A chat server on this machine that speaks the OpenAI protocol over real HTTP, for tests.

```python
with serving(Says("I hear you."), Fails(429)) as server:
    open_chat(server.name).invoke("hello")
    server.asked[0]["messages"]
```

Answers are given in order; the last one is repeated.
"""

import json
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar


@dataclass(frozen=True)
class Says:
    """Words, streamed one by one when a stream is asked for."""

    text: str
    after_s: float = 0.0


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


@dataclass(frozen=True)
class BreaksOff:
    """A stream that ends in the middle of its JSON."""

    text: str = "I was"


Answer = Says | Calls | Fails | BreaksOff


@dataclass
class Server:
    """What was asked, and where to ask."""

    url: str
    asked: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """The body of every request, in order."""
    keys: list[str] = field(default_factory=list[str])
    """The `Authorization` header of every request."""

    @property
    def name(self) -> str:
        """What `open_chat` takes."""
        return f"openai:{self.url}#test-model"


def _message(answer: Says | Calls) -> dict[str, Any]:
    if isinstance(answer, Says):
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


def _deltas(answer: Says | Calls) -> Iterator[dict[str, Any]]:
    if isinstance(answer, Calls):
        message = _message(answer)
        yield {"role": "assistant", "tool_calls": [{"index": 0, **message["tool_calls"][0]}]}
        return
    yield {"role": "assistant", "content": ""}
    for i, word in enumerate(answer.text.split(" ")):
        yield {"content": word if i == 0 else f" {word}"}


class _Handler(BaseHTTPRequestHandler):
    server_state: ClassVar[Server]
    answers: ClassVar[list[Answer]]
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        state = self.server_state
        answer = self.answers[min(len(state.asked), len(self.answers) - 1)]
        state.asked.append(body)
        state.keys.append(str(self.headers["Authorization"]))
        time.sleep(answer.after_s if isinstance(answer, Says) else 0)
        if isinstance(answer, Fails):
            self._send(answer.status, answer.content_type, answer.body)
        elif isinstance(answer, BreaksOff) or body.get("stream"):
            self._stream(answer)
        else:
            reason = "stop" if isinstance(answer, Says) else "tool_calls"
            choice = {"message": _message(answer), "finish_reason": reason}
            whole = _envelope("chat.completion", choice)
            self._send(200, "application/json", json.dumps(whole))

    def _send(self, status: int, content_type: str, body: str) -> None:
        told = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(told)))
        self.send_header("Retry-After", "0")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(told)
        self.close_connection = True

    def _stream(self, answer: Says | Calls | BreaksOff) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        if isinstance(answer, BreaksOff):
            self._event(_envelope("chat.completion.chunk", {"delta": {"content": answer.text}}))
            self.wfile.write(b'data: {"id": "chatcmpl-1", "choices": [{"del\n\n')
            return
        for delta in _deltas(answer):
            self._event(_envelope("chat.completion.chunk", {"delta": delta}))
        reason = "stop" if isinstance(answer, Says) else "tool_calls"
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
def serving(*answers: Answer) -> Generator[Server]:
    """Serve these answers until the block ends."""
    state = Server("")
    handler = type("Handler", (_Handler,), {"server_state": state, "answers": list(answers)})
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
