"""What the commands share: arguments, settings, the texts on stdin, words on stderr."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from empathy_agent.errors import SetupError

if TYPE_CHECKING:
    from empathy_agent.settings import Settings

__all__ = ["Add", "Run", "add_common", "pictures_go_to", "say", "settings_of", "texts"]

Run = Callable[[argparse.Namespace], int]
"""A command: parsed arguments to an exit code."""


class Add(Protocol):
    """Adds a command, and returns the parser of its arguments."""

    def __call__(self, name: str, run: Run, text: str) -> argparse.ArgumentParser:
        """Name it, say what runs, and what its help says."""
        ...


def add_common(command: argparse.ArgumentParser) -> None:
    """Add the arguments of every command that opens a model."""
    command.add_argument(
        "--vision",
        metavar="V",
        help="who looks besides the expert: hf:REPOSITORY_OR_FOLDER, openai:BASE_URL#MODEL, "
        "or embedded: nobody",
    )
    command.add_argument(
        "--between",
        dest="vision_between",
        choices=["none", "expert", "vlm"],
        help="who tells the vision model what happened between key frames",
    )
    command.add_argument(
        "--debias",
        dest="vision_debias",
        metavar="HOW",
        help="habits of it to take away: auto, none, or prior,order,order=8,yes-no,pairwise",
    )
    command.add_argument(
        "--faces", metavar="F", help="who finds faces: embedded, or yunet:PATH of an onnx file"
    )
    command.add_argument(
        "--words",
        metavar="W",
        help="who reads what was said: embedded, hf:REPOSITORY_OR_FOLDER of a text-classification "
        "model, or chat: the chat model",
    )
    add_memory(command)


def add_memory(command: argparse.ArgumentParser) -> None:
    """Add where the memory is."""
    command.add_argument("--home", type=Path, help="the folder of the memory")
    command.add_argument(
        "--memory", metavar="URL", help="a Chroma server that keeps it instead: http://HOST:PORT"
    )


def settings_of(arguments: argparse.Namespace) -> "Settings":
    """Return the settings with what was said on the command line on top."""
    from pydantic import ValidationError

    from empathy_agent.settings import Settings, prepare_environment

    prepare_environment()
    said = {
        name: value
        for name, value in vars(arguments).items()
        if name in Settings.model_fields and value not in (None, False)
    }
    try:
        return Settings(**said)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise SetupError(f"setting {name!r}: {first['msg']}") from error


def pictures_go_to(settings: "Settings") -> str | None:
    """Return the server that pictures are sent to; null when they stay on this machine.

    Raises:
        SetupError: there is no such vision model.
    """
    from urllib.parse import urlsplit

    from empathy_agent.models.vision import open_vision

    vision = open_vision(settings.vision, api_key=settings.vision_api_key)
    if vision is None or not vision.remote:
        return None
    return urlsplit(settings.vision.partition(":")[2]).hostname or vision.name


def texts() -> Iterator[tuple[dict[str, Any], str, list[str]]]:
    """Yield `(id, text, context)` of every line of stdin, plain or JSON."""
    for number, line in enumerate(sys.stdin, 1):
        line = line.rstrip("\n")
        if not line.lstrip().startswith("{"):
            yield {}, line, []
            continue
        try:
            given: Any = json.loads(line)
        except ValueError:
            yield {}, line, []  # somebody's words may begin with a brace
            continue
        text, context = given.get("text"), given.get("context", [])
        if not isinstance(text, str) or not isinstance(context, list):
            raise SetupError(
                f'line {number}: expected {{"text": "…", "context": ["…"]}}, with text a string'
            )
        yield {"id": given["id"]} if "id" in given else {}, text, [str(each) for each in context]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def say(text: str) -> None:
    """Write a line about the results to stderr."""
    print(text, file=sys.stderr, flush=True)
