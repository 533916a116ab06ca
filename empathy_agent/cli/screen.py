"""`screen`: the risk of texts from stdin."""

import argparse
import json

from empathy_agent.cli.common import Add, texts

__all__ = ["add"]


def add(commands: Add) -> None:
    """Add the command."""
    screen = commands("screen", _run, "screen texts from stdin for risk, a line each")
    screen.add_argument("--json", action="store_true")


def _run(arguments: argparse.Namespace) -> int:
    from empathy_agent.safety.screen import screen

    for given, text, context in texts():
        risk = screen(text, context=context)
        if arguments.json:
            told = {"risk": risk.level.name, "score": risk.score, "signals": list(risk.signals)}
            print(json.dumps({**given, **told}), flush=True)
        else:
            chance = "" if risk.chance is None else f"\t{risk.chance:.2f}"
            print(f"{risk.level.name}\t{', '.join(risk.signals)}{chance}", flush=True)
    return 0
