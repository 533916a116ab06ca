"""`words`: the affect of texts from stdin."""

import argparse
import json

from empathy_agent.affect import TextAffect
from empathy_agent.cli.common import Add, settings_of, texts

__all__ = ["add"]


def add(commands: Add) -> None:
    """Add the command."""
    words = commands("words", _run, "read the affect of texts from stdin, a line each")
    words.add_argument(
        "--words",
        metavar="W",
        help="who reads them: embedded, hf:REPOSITORY_OR_FOLDER of a text-classification model, "
        "or chat: the model of --chat",
    )
    words.add_argument("--chat", metavar="C", help="hf:… or openai:BASE_URL#MODEL")
    words.add_argument("--json", action="store_true")


def _run(arguments: argparse.Namespace) -> int:
    settings = settings_of(arguments)
    from empathy_agent.app import read_words
    from empathy_agent.models.embedder import open_embedder

    reader = read_words(settings, open_embedder())
    for given, text, context in texts():
        affect = reader.read(text, context)
        if arguments.json:
            print(json.dumps({**given, **affect.model_dump(mode="json")}), flush=True)
        else:
            print(_line(affect), flush=True)
    return 0


def _line(affect: TextAffect) -> str:
    felt = affect.emotion or "nothing to read"
    holds = ", ".join(affect.semeval.holds) if affect.semeval else ""
    told = f"{felt}\tvalence {affect.valence:+.2f}\tarousal {affect.arousal:+.2f}"
    return f"{told}\t{holds}" if holds else told
