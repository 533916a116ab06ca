"""`memory`: what is kept about a user."""

import argparse
from pathlib import Path

from empathy_agent.cli.common import Add, settings_of

__all__ = ["add"]


def add(commands: Add) -> None:
    """Add the command."""
    memory = commands("memory", _run, "list, count, export or erase what is kept about a user")
    memory.add_argument("act", choices=["list", "stats", "export", "forget"])
    memory.add_argument("--user", required=True)
    memory.add_argument("--session", help="with forget: only this session")
    memory.add_argument("--yes", action="store_true", help="with forget: do not ask")
    memory.add_argument("--json", action="store_true")
    memory.add_argument("--home", type=Path)


def _run(arguments: argparse.Namespace) -> int:
    from empathy_agent.kept import ACTS, Asked

    settings = settings_of(arguments)
    asked = Asked(arguments.user, arguments.session, as_json=arguments.json, sure=arguments.yes)
    return ACTS[arguments.act](settings, asked)
