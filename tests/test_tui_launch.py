"""The app in a terminal of its own: what is left on it when the app has gone."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

START = """
import sys, time
from empathy_agent.errors import SetupError
from empathy_agent.tui import run
from empathy_agent.tui.picture import Scripted

class Stuck(Scripted):
    def stream(self, text):
        time.sleep(60)
        yield from ()

    def close(self):
        print("closed")

def refuse():
    raise SetupError("no persona 'x'; did you mean 'y'?")

def dawdle():
    time.sleep(60)
    return Scripted()

error = run({build}, "Empathy Agent", "Support", False)
if isinstance(error, SetupError):
    print(f"error: {{error}}", file=sys.stderr)
    sys.exit(2)
if error is not None:
    raise error
"""


@dataclass(frozen=True)
class Run:
    code: int | None
    screen: str


class Terminal:
    """A pseudo-terminal with the app in it."""

    def __init__(self, build: str) -> None:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self._ours = ours
        self._app = subprocess.Popen(
            [sys.executable, "-c", START.format(build=build)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, "TERM": "xterm-256color"},
        )
        os.close(theirs)
        self.screen = ""

    def until(self, words: str, seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while words not in self.screen and time.monotonic() < end:
            self._read()
        assert words in self.screen

    def press(self, keys: bytes) -> None:
        os.write(self._ours, keys)

    def end(self, seconds: float = 20) -> Run:
        end = time.monotonic() + seconds
        while self._app.poll() is None and time.monotonic() < end:
            self._read()
        code = self._app.poll()
        while self._read():
            pass
        return Run(code, self.screen)

    def close(self) -> None:
        self._app.kill()
        self._app.wait(5)
        os.close(self._ours)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._ours], [], [], 0.1)
        try:
            got = os.read(self._ours, 65536) if ready else b""
        except OSError:  # Linux says EIO when the other end is closed
            return False
        self.screen += got.decode(errors="replace")
        return bool(got)


Start = Callable[[str], Terminal]


@pytest.fixture
def terminal() -> Iterator[Start]:
    opened: list[Terminal] = []

    def start(build: str) -> Terminal:
        opened.append(Terminal(build))
        return opened[-1]

    yield start
    for each in opened:
        each.close()


def test_an_agent_that_cannot_be_built_leaves_one_line(
    terminal: Callable[[str], Terminal],
):
    run = terminal("refuse").end()
    assert run.code == 2
    left = run.screen.rpartition("\x1b[?1049l")[2]
    assert "error: no persona 'x'; did you mean 'y'?" in left
    assert "Traceback" not in left


def test_leaving_while_the_agent_is_being_built_is_at_once(terminal: Start):
    app = terminal("dawdle")
    app.until("waking up")
    app.press(b"\x11")
    assert app.end().code == 0


def test_a_turn_that_is_stuck_is_waited_for_until_the_user_leaves_twice(terminal: Start):
    app = terminal("Stuck")
    app.until("I am an AI")
    app.press(b"hello\r\x11")
    app.until("leaving once")
    app.press(b"\x11")
    run = app.end()
    assert run.code == 130
    assert "Traceback" not in run.screen


def test_leaving_gives_camera_and_memory_back(terminal: Start):
    app = terminal("Stuck")
    app.until("I am an AI")
    app.press(b"\x11")
    run = app.end()
    assert run.code == 0
    assert "closed" in run.screen.rpartition("\x1b[?1049l")[2]
