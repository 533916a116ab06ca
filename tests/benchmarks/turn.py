"""A whole turn, text and camera: everything but a chat model's own time.

Run it with `python -m tests.benchmarks.turn`. The frames of one second of 15 fps 640x480 video are
buffered before the clock starts.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from empathy_agent.affect import Emotion
from empathy_agent.agent.agent import Agent
from empathy_agent.app import open_agent
from empathy_agent.perception.avatar import script
from empathy_agent.perception.frames import Window
from empathy_agent.settings import Settings

__all__ = ["main"]

_SAID = [
    "I failed my exam and I cannot face my parents",
    "I do not know what to do",
    "my sister called me yesterday and it helped a little",
    "work has been a lot lately",
    "I slept badly again",
    "what would you do?",
    "maybe I will talk to my teacher",
    "I am still worried about tomorrow",
]
_FIRST_REPLY = """
import sys, time
started = float(sys.argv[1])
from empathy_agent.app import open_agent
from empathy_agent.settings import Settings
agent = open_agent(Settings(user="a"))
agent.turn("hello, I had a long day")
print(time.time() - started)
agent.close()
"""
_IMPORT = "import time; t = time.perf_counter(); import empathy_agent; print(time.perf_counter()-t)"


def main() -> list[dict[str, object]]:
    """Print the table; return it as rows."""
    with tempfile.TemporaryDirectory() as home:
        agent = open_agent(Settings(home=Path(home), user="bench", consent=True))
        agent.warm()
        window = script([(Emotion.NEUTRAL, 0.4, 0.0), (Emotion.SADNESS, 0.6, 0.8)], fps=15)
        rows = [
            _row("turn, text only", [_turn(agent, i, None) for i in range(60)], 40),
            _row("turn, 1 s of video", [_turn(agent, i, window) for i in range(60)], 250, 400),
        ]
        agent.close()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows.append({"what": "peak resident MB", "value": round(peak), "goal": 1200})
    first = [_child(_FIRST_REPLY, str(time.time())) for _ in range(3)]
    rows.append({"what": "first reply after start, s", "value": round(min(first), 2), "goal": 6})
    imported = [1000 * _child(_IMPORT) for _ in range(5)]
    median = round(float(np.median(imported)), 1)
    rows.append({"what": "import empathy_agent, ms", "value": median, "goal": 60})
    for row in rows:
        print(json.dumps(row))
    return rows


def _turn(agent: Agent, i: int, window: Window | None) -> float:
    started = time.perf_counter()
    agent.turn(f"{_SAID[i % len(_SAID)]} ({i})", window)
    return 1000 * (time.perf_counter() - started)


def _row(what: str, took: list[float], goal: int, goal_p95: int | None = None) -> dict[str, object]:
    warm = took[5:]
    row: dict[str, object] = {
        "what": f"{what}, ms",
        "median": round(float(np.median(warm)), 1),
        "p95": round(float(np.percentile(warm, 95)), 1),
        "goal": goal,
    }
    return row if goal_p95 is None else {**row, "goal_p95": goal_p95}


def _child(code: str, *arguments: str) -> float:
    command = [sys.executable, "-c", code, *arguments]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


if __name__ == "__main__":
    main()
