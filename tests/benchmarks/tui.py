"""Times the terminal app: first paint, first turn, a long history, and what watching costs.

Run it from the top of the repository: `python -m tests.benchmarks.tui [--runs 5] [--whole]`. The
first two start the app in a pseudo-terminal; the first turn (`--whole`) needs every model. The CPU
column tells what the wall clock would be with nothing else at work.
"""

import argparse
import asyncio
import fcntl
import json
import os
import pty
import select
import statistics
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from empathy_agent.tui.app import EmpathyApp
from empathy_agent.tui.picture import NOW, Scripted, ScriptedMoment, settle
from empathy_agent.tui.port import Past
from empathy_agent.tui.transcript import Exchange

__all__ = ["main"]

_START = [sys.executable, "tui.py", "--source", "none"]
_HISTORY = 100
"""Exchanges, of two messages each."""


def main(arguments: Sequence[str] = ()) -> list[dict[str, object]]:
    """Print the table, then a JSON object a row; return the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--whole", action="store_true", help="time a first turn with every model")
    options = parser.parse_args(arguments)
    runs: int = options.runs
    rows = [
        _row("first paint of tui.py", _first_paint, 1.0, runs),
        _row("open 200 messages", lambda: asyncio.run(_open_history()), 1.0, runs),
        _row("a second of watching", lambda: asyncio.run(_watch()), None, 1),
    ]
    if options.whole:
        rows.insert(1, _row("first turn, start to exit", _first_turn, 6.0, runs))
    print(f"{'what':<28} {'median s':>9} {'worst s':>9} {'CPU s':>7} {'goal s':>7}")
    for row in rows:
        goal = "" if row["goal_s"] is None else f"{row['goal_s']:7.1f}"
        print(
            f"{row['what']:<28} {row['median_s']:9.3f} {row['worst_s']:9.3f}"
            f" {row['cpu_s']:7.3f} {goal}"
        )
    for row in rows:
        print(json.dumps(row))
    return rows


class _Taken(NamedTuple):
    wall: float
    cpu: float


def _row(
    what: str, measure: Callable[[], _Taken], goal: float | None, runs: int
) -> dict[str, object]:
    taken = [measure() for _ in range(runs)]
    return {
        "what": what,
        "median_s": round(statistics.median(each.wall for each in taken), 3),
        "worst_s": round(max(each.wall for each in taken), 3),
        "cpu_s": round(statistics.median(each.cpu for each in taken), 3),
        "goal_s": goal,
        "runs": runs,
    }


def _first_paint() -> _Taken:
    with TemporaryDirectory() as home:
        return _time_in_terminal(home, "waking up", b"")


def _first_turn() -> _Taken:
    with TemporaryDirectory() as home:
        return _time_in_terminal(home, "waking up", b"I failed my exam\r\x11")


def _time_in_terminal(home: str, words: str, keys: bytes) -> _Taken:
    """Return the seconds until the words are painted, or, with keys, until the app has left."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    started = time.perf_counter()
    app = subprocess.Popen(
        _START,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm-256color", "EMPATHY_HOME": home},
    )
    os.close(theirs)
    screen = b""
    try:
        while words.encode() not in screen:
            screen += _read(ours)
            assert app.poll() is None, screen[-2000:].decode(errors="replace")
        cpu = _cpu_of(app.pid)
        if keys:
            os.write(ours, keys)
            while app.poll() is None:
                cpu = _cpu_of(app.pid) or cpu
                _read(ours)
            assert app.returncode == 0, f"the app left with {app.returncode}"
        return _Taken(time.perf_counter() - started, cpu)
    finally:
        app.kill()
        app.wait()
        os.close(ours)


def _cpu_of(process: int) -> float:
    stat = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def _read(terminal: int) -> bytes:
    ready, _, _ = select.select([terminal], [], [], 0.01)
    try:
        return os.read(terminal, 65536) if ready else b""
    except OSError:  # Linux says EIO when the other end is closed
        return b""


class _Long(Scripted):
    def past(self, n: int = 20) -> Sequence[Past]:
        text = "It was a long day, and there is *more* of it than I can tell you in one line. " * 3
        return [ScriptedMoment(text, text, NOW - 9 * i, f"{i // 10}") for i in range(_HISTORY)]


async def _open_history() -> _Taken:
    started, worked = time.perf_counter(), time.process_time()
    app = EmpathyApp(_Long, "Empathy Agent", "Support", False, clock=lambda: NOW, look_s=3600)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app)
        await pilot.pause()
        assert len(app.query(Exchange)) == _HISTORY
        return _Taken(time.perf_counter() - started, time.process_time() - worked)


async def _watch(seconds: float = 10) -> _Taken:
    """Time a second of live panel, the reading itself left out."""
    app = EmpathyApp(Scripted, "Empathy Agent", "Support", False)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app)
        await pilot.pause()
        started = time.process_time()
        await asyncio.sleep(seconds)
        return _Taken(1.0, (time.process_time() - started) / seconds)


if __name__ == "__main__":
    main(sys.argv[1:])
