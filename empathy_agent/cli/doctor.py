"""`doctor`: what works here, and what to do about the rest."""

import argparse
import json
from pathlib import Path

from empathy_agent.cli.common import Add, settings_of

__all__ = ["add"]


def add(commands: Add) -> None:
    """Add the command."""
    doctor = commands("doctor", _run, "say what works here, and what to do about the rest")
    doctor.add_argument("--json", action="store_true")
    doctor.add_argument("--vision", metavar="V", help="try this vision model")
    doctor.add_argument("--chat", metavar="C", help="try this chat model")
    doctor.add_argument("--home", type=Path, help="the folder of the memory")


def _run(arguments: argparse.Namespace) -> int:
    from empathy_agent.doctor import examine

    found = examine(settings_of(arguments))
    for each in found:
        if arguments.json:
            print(
                json.dumps({"name": each.name, "ok": each.ok, "told": each.told, "fix": each.fix})
            )
        else:
            print(f"{'ok ' if each.ok else '-- '} {each.name}: {each.told}")
            if each.fix:
                print(f"       {each.fix}")
    return 0 if all(each.ok or not each.needed for each in found) else 1
