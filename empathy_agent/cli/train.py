"""`train`: make the embedded weights again."""

import argparse

from empathy_agent.cli.common import Add

__all__ = ["add"]


def add(commands: Add) -> None:
    """Add the command."""
    train = commands("train", _run, "make the embedded weights again, from labelled data")
    train.add_argument("what", choices=["expression", "faces", "guard", "risk", "units", "words"])
    train.add_argument("options", nargs=argparse.REMAINDER, help="such as --data FOLDER")


def _run(arguments: argparse.Namespace) -> int:
    from importlib import import_module

    import_module(f"empathy_agent.training.{arguments.what}").main(arguments.options)
    return 0
