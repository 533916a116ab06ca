"""`bench`: measure the eyes or the word reader on a labelled set."""

import argparse
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from empathy_agent.cli.common import Add, add_common, say, settings_of

if TYPE_CHECKING:
    from empathy_agent.benchmarks.run import Watch
    from empathy_agent.settings import Settings

__all__ = ["add"]


def add(commands: Add) -> None:
    """Add the command."""
    bench = commands("bench", _run, "measure the eyes or the word reader on a labelled set")
    bench.add_argument("task", metavar="TASK", help="ferplus, folder, csv or text")
    bench.add_argument("--data", type=Path, required=True, metavar="PATH")
    bench.add_argument("--split", default="valid", help="of ferplus, or of texts that name it")
    bench.add_argument("--limit", type=int, metavar="N", help="only so many, spread evenly")
    bench.add_argument(
        "--picture",
        type=Path,
        metavar="FILE",
        help="draw the confusion matrix and the risk-coverage curve: .png, .svg, ...",
    )
    bench.add_argument(
        "--calibrate",
        action="store_true",
        help="fit the temperature of the vision model on this set, and keep it",
    )
    bench.add_argument("--json", action="store_true")
    add_common(bench)


def _run(arguments: argparse.Namespace) -> int:
    settings = settings_of(arguments)
    if arguments.calibrate:
        return _calibrate(settings, arguments)
    from empathy_agent.benchmarks import picture
    from empathy_agent.benchmarks.run import render, run_bench

    if arguments.picture is not None:
        picture.check(arguments.picture)
    with _bar() as watch:
        came = run_bench(
            arguments.task,
            arguments.data,
            split=arguments.split,
            settings=settings,
            limit=arguments.limit,
            tell=say,
            watch=watch,
        )
    print(came.to_json() if arguments.json else render(came))
    if arguments.picture is not None:
        picture.save(came, arguments.picture)
        say(f"drawn: {arguments.picture}")
    return 0


def _calibrate(settings: "Settings", arguments: argparse.Namespace) -> int:
    from empathy_agent.benchmarks.calibrate import calibrate

    with _bar() as watch:
        came = calibrate(
            arguments.task,
            arguments.data,
            split=arguments.split,
            settings=settings,
            limit=arguments.limit,
            tell=say,
            watch=watch,
        )
    print(came.to_json() if arguments.json else came.render())
    return 0


@contextmanager
def _bar() -> "Generator[Watch | None]":
    """Open a progress bar on a terminal; elsewhere lines are told instead."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (BarColumn(bar_width=None), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("bench", total=None)
        yield lambda done, of: progress.update(bar, completed=done, total=of)
