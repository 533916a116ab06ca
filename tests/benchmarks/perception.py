"""Times the eyes on a drawn face, 640x480: a new face, a tracked frame, video, and a camera.

The camera's share of one core is what the process works on a film of 30 frames a second, watched by
a live panel that looks twice a second, for each second of it. Nothing waits for a clock, so that a
busy machine stretches the time on the wall alone.

Run it from the top of the repository: `python -m tests.benchmarks.perception [--runs 100]`.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence

import numpy as np

from empathy_agent.affect import Emotion
from empathy_agent.perception.avatar import script
from empathy_agent.perception.expression import ExpressionModel
from empathy_agent.perception.faces import FaceFinder
from empathy_agent.perception.frames import Frame, Window
from empathy_agent.perception.perceiver import Perceiver
from empathy_agent.perception.tracker import FaceTracker

__all__ = ["main"]

_GOALS = {"find and read a new face": 6.0, "read a tracked frame": 3.0}


def main(arguments: Sequence[str] = ()) -> list[dict[str, object]]:
    """Print the table, then a JSON object a row; return the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    runs: int = parser.parse_args(arguments).runs
    window = script([(Emotion.NEUTRAL, 0.5, 0.0), (Emotion.HAPPINESS, 0.5, 0.8)], fps=15)
    frames, live = window.frames, _forth_and_back(window.frames, runs)
    finder, expression = FaceFinder(), ExpressionModel()
    perceiver = Perceiver(finder=finder, expression=expression)
    perceiver.warm()
    tracker = FaceTracker(finder)

    def find_and_read(number: int) -> None:
        pixels = frames[number % len(frames)].pixels
        expression.read(pixels, finder.find(pixels)[0])

    def follow_and_read(number: int) -> None:
        user = tracker.follow(live[number].pixels).user
        if user is None:
            raise RuntimeError("the tracker lost a drawn face, so these are no timings of it")
        expression.read_many([(live[number].pixels, user)], mirrored=False)

    empty = np.full_like(frames[0].pixels, 90)
    rows = [
        _row("find and read a new face", find_and_read, runs),
        _row("read a tracked frame", follow_and_read, runs),
        _row("search an empty frame", lambda _: finder.find(empty), runs),
        _row("perceive 1 s, 15 frames", lambda _: perceiver.perceive(window), runs // 4),
        _row("perceive 1 s, frozen", _still(perceiver, window), runs // 4),
    ]
    print(f"{'ms, 640x480':28}{'n':>6}{'median':>9}{'p95':>9}{'of CPU':>9}{'goal':>7}")
    for row in rows:
        told = (row[each] for each in ("median", "p95", "cpu"))
        print(
            f"{row['what']:28}{row['n']:>6}{''.join(f'{each:>9}' for each in told)}{row['goal']:>7}"
        )
    rows += [_camera(perceiver, frames, "a face"), _camera(perceiver, [Frame(0, empty)], "nobody")]
    for row in rows[-2:]:
        print(f"{row['what']:34}{row['core']:>8.1%} of one core{row['goal']:>17.0%}")
    for row in rows:
        print(json.dumps(row))
    return rows


class _Feed:
    """Stands for a camera, whose windows follow each other."""


def _camera(
    perceiver: Perceiver, frames: Sequence[Frame], shown: str, seconds: int = 10, fps: int = 30
) -> dict[str, object]:
    """Watch a camera as a live panel does, and return the share of a core it takes."""
    feed = _Feed()
    # Two pictures running that are the same would be read once.
    film = [
        Frame(at / fps, each.pixels ^ np.uint8(at % 2))
        for at, each in enumerate(_forth_and_back(frames, seconds * fps))
    ]
    worked = 0.0
    for end in range(fps // 2, len(film) + 1, fps // 2):
        window = Window(tuple(film[max(0, end - fps) : end]), source=feed)
        busy = time.process_time()
        perceiver.glance(window)
        worked += time.process_time() - busy
    return {
        "what": f"camera, {fps} frames/s, {shown}",
        "n": len(film),
        "core": round(worked / seconds, 4),
        "goal": 0.15,
    }


def _forth_and_back(frames: Sequence[Frame], count: int) -> list[Frame]:
    """Return a steady film of any length, without a jump for a tracker to lose the face at."""
    there_and_back = [*frames, *reversed(frames[1:-1])]
    return [there_and_back[number % len(there_and_back)] for number in range(count)]


def _still(perceiver: Perceiver, window: Window) -> Callable[[int], object]:
    first = window.frames[0].pixels
    frozen = Window(tuple(Frame(at / 13, first) for at in range(15)))
    return lambda _: perceiver.perceive(frozen)


def _row(what: str, act: Callable[[int], object], runs: int) -> dict[str, object]:
    """Time an act; beside the time on the wall, that of the CPU, which a busy machine leaves."""
    took: list[float] = []
    worked: list[float] = []
    for number in range(max(1, runs)):
        began, busy = time.perf_counter(), time.process_time()
        act(number)
        took.append(1000 * (time.perf_counter() - began))
        worked.append(1000 * (time.process_time() - busy))
    return {
        "what": what,
        "n": len(took),
        "median": round(float(np.median(took)), 2),
        "p95": round(float(np.percentile(took, 95)), 2),
        "cpu": round(float(np.median(worked)), 2),
        "goal": _GOALS.get(what, "-"),
    }


if __name__ == "__main__":
    main(sys.argv[1:])
