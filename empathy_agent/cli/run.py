"""Runs one command."""

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from empathy_agent.cli import bench, chat, doctor, evaluate, memory, perceive, screen, train, words
from empathy_agent.cli.common import Run, say
from empathy_agent.errors import EmpathyError

__all__ = ["main"]

_ABOUT = "Agents that notice how a person feels and answer accordingly."
_COMMANDS = (chat, perceive, screen, words, evaluate, bench, memory, train, doctor)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    arguments = _parser().parse_args(argv)
    try:
        return arguments.command(arguments)
    except EmpathyError as error:
        say(f"empathy-agent: {' '.join(str(error).split())}")
        return 2
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        return 130


class _Parser(argparse.ArgumentParser):
    """A parser that says in one line what was wrong."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="empathy-agent", description=_ABOUT, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=_version())
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)

    def add(name: str, run: Run, text: str) -> _Parser:
        command: _Parser = commands.add_parser(name, help=text, description=text)
        command.set_defaults(command=run)
        return command

    for each in _COMMANDS:
        each.add(add)
    return parser


def _version() -> str:
    from importlib.metadata import version

    return f"empathy-agent {version('empathy-agent')}"
