"""`words`: the affect of texts from stdin."""

import argparse
import json

from empathy_agent.cli.common import Add, texts

__all__ = ["add"]


def add(commands: Add) -> None:
    """Add the command."""
    words = commands("words", _run, "read the affect of texts from stdin, a line each")
    words.add_argument("--json", action="store_true")


def _run(arguments: argparse.Namespace) -> int:
    from empathy_agent.settings import prepare_environment

    prepare_environment()
    from empathy_agent.models.embedder import open_embedder
    from empathy_agent.perception.words import WordReader

    reader = WordReader(open_embedder())
    for given, text, context in texts():
        affect = reader.read(text, context)
        if arguments.json:
            print(json.dumps({**given, **affect.model_dump(mode="json")}), flush=True)
        else:
            felt = affect.emotion or "nothing to read"
            print(f"{felt}\tvalence {affect.valence:+.2f}\tarousal {affect.arousal:+.2f}")
    return 0
