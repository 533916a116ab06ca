"""`memory`: what is kept about a user."""

import argparse
from datetime import datetime
from pathlib import Path

from empathy_agent.cli.common import Add, add_memory, settings_of
from empathy_agent.errors import SetupError

__all__ = ["add"]

_ACTS = ("list", "stats", "timeline", "export", "import", "forget", "repair")
_KINDS = ("moment", "episode", "summary", "fact")


def add(commands: Add) -> None:
    """Add the command."""
    memory = commands("memory", _run, "show, export, import or erase what is kept about a user")
    memory.add_argument("act", choices=_ACTS)
    memory.add_argument("--user", help="whose; needed for all but repair")
    memory.add_argument("--kind", choices=_KINDS, help="with list: only such records")
    memory.add_argument("--session", help="with forget: only this session")
    memory.add_argument("--moment", metavar="ID", help="with forget: only this moment")
    memory.add_argument("--since", type=_time, metavar="DATE", help="with forget: only from then")
    memory.add_argument("--until", type=_time, metavar="DATE", help="with forget: only before then")
    memory.add_argument("--yes", action="store_true", help="with forget: do not ask")
    memory.add_argument(
        "--file", type=Path, help="with timeline: an SVG or PNG; with import: what export wrote"
    )
    memory.add_argument("--json", action="store_true")
    add_memory(memory)


def _time(text: str) -> float:
    try:
        return datetime.fromisoformat(text).astimezone().timestamp()
    except (ValueError, OverflowError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date such as 2026-11-30") from error


def _run(arguments: argparse.Namespace) -> int:
    from empathy_agent.kept import ACTS, Asked
    from empathy_agent.memory import Part

    if arguments.user is None and arguments.act != "repair":
        raise SetupError(f"name whose memory you mean: memory {arguments.act} --user NAME")
    part = Part(arguments.session, arguments.moment, arguments.since, arguments.until)
    asked = Asked(
        arguments.user or "",
        part,
        as_json=arguments.json,
        sure=arguments.yes,
        file=arguments.file,
        kind=arguments.kind,
    )
    return ACTS[arguments.act](settings_of(arguments), asked)
