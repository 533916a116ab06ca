"""`eval`: run scripted scenarios."""

import argparse
from pathlib import Path

from empathy_agent.cli.common import Add, say

__all__ = ["add"]


def add(commands: Add) -> None:
    """Add the command."""
    evals = commands("eval", _run, "run scripted scenarios; exit 1 when a check fails")
    evals.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    evals.add_argument("-n", type=int, default=2, help="scenarios at a time")
    evals.add_argument("--repeat", type=int, default=1, metavar="K")
    evals.add_argument("--seed", type=int, default=0)
    evals.add_argument("--chat", default="scripted", help="who talks")
    evals.add_argument(
        "--vision",
        default="embedded",
        metavar="V",
        help="who looks besides the expert where a scenario does not say: hf:REPOSITORY_OR_FOLDER, "
        "openai:BASE_URL#MODEL, or embedded: nobody",
    )
    for report in ("jsonl", "junit", "markdown"):
        evals.add_argument(f"--{report}", type=Path, metavar="FILE")


def _run(arguments: argparse.Namespace) -> int:
    from empathy_agent.evals.report import write_reports
    from empathy_agent.evals.run import evaluate

    report = evaluate(
        arguments.paths,
        at_once=arguments.n,
        repeat=arguments.repeat,
        seed=arguments.seed,
        chat=arguments.chat,
        vision=arguments.vision,
        tell=say,
    )
    write_reports(report, jsonl=arguments.jsonl, junit=arguments.junit, markdown=arguments.markdown)
    print(report.summary())
    return 0 if report.passed else 1
