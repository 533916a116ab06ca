"""`bench`: measure the eyes or the word reader on a labelled set."""

import argparse
from pathlib import Path

from empathy_agent.cli.common import Add, add_common, say, settings_of

__all__ = ["add"]


def add(commands: Add) -> None:
    """Add the command."""
    bench = commands("bench", _run, "measure the eyes or the word reader on a labelled set")
    bench.add_argument("task", metavar="TASK", help="ferplus, folder, csv or text")
    bench.add_argument("--data", type=Path, required=True, metavar="PATH")
    bench.add_argument("--split", default="valid", help="of ferplus")
    bench.add_argument("--limit", type=int, metavar="N", help="only so many, spread evenly")
    bench.add_argument("--json", action="store_true")
    add_common(bench)


def _run(arguments: argparse.Namespace) -> int:
    settings = settings_of(arguments)
    from empathy_agent.benchmarks.run import render, run_bench

    came = run_bench(
        arguments.task,
        arguments.data,
        split=arguments.split,
        vision=settings.vision,
        limit=arguments.limit,
        tell=say,
    )
    print(came.to_json() if arguments.json else render(came))
    return 0
