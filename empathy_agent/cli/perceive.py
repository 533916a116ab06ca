"""`perceive`: read pictures, videos or a camera, one reading a source."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from empathy_agent.cli.common import Add, add_common, pictures_go_to, say, settings_of
from empathy_agent.errors import SetupError

if TYPE_CHECKING:
    from empathy_agent.perception.perceiver import Perceiver

__all__ = ["add"]


def add(commands: Add) -> None:
    """Add the command."""
    see = commands("perceive", _run, "read pictures, videos or a camera: one reading a source")
    see.add_argument("sources", nargs="+", metavar="SOURCE")
    see.add_argument("--text", default="", help="what was said meanwhile")
    see.add_argument("--consent", action="store_true", help="yes to being read by a camera")
    see.add_argument("--json", action="store_true")
    add_common(see)


def _run(arguments: argparse.Namespace) -> int:
    settings = settings_of(arguments)
    from empathy_agent.app import open_perceiver

    perceiver = open_perceiver(settings)
    goes_to = pictures_go_to(settings)
    if goes_to:
        say(f"pictures leave this machine: they are sent to {goes_to}")
    failed = 0
    for source in arguments.sources:
        try:
            for name, line in _readings(perceiver, source, arguments):
                print(line if arguments.json else f"{name}: {line}", flush=True)
        except SetupError as error:
            say(f"empathy-agent: {' '.join(str(error).split())}")
            failed += 1
    return 2 if failed else 0


def _readings(
    perceiver: "Perceiver", source: str, arguments: argparse.Namespace
) -> Iterator[tuple[str, str]]:
    from empathy_agent.perception.sources import list_pictures, read_window

    if source.split(":")[0] in {"camera", "demo"}:
        windows: list[tuple[str, Any]] = [(source, _live(source, consent=arguments.consent))]
    elif Path(source).is_dir():
        windows = [(str(path), path) for path in list_pictures(Path(source))]
    else:
        windows = [(source, Path(source))]
    for name, each in windows:
        try:
            window = read_window(each) if isinstance(each, Path) else each
        except SetupError as error:
            if len(windows) == 1:
                raise
            say(f"empathy-agent: {error}")
            continue
        if len(windows) > 1 or len(arguments.sources) > 1:
            say(f"reading {name}") if arguments.json else None
        reading = perceiver.perceive(window, arguments.text)
        yield name, reading.model_dump_json() if arguments.json else _describe(reading)


def _live(source: str, *, consent: bool) -> Any:
    import time

    from empathy_agent.perception.sources import open_source

    if source.startswith("camera") and not consent:
        raise SetupError("a camera is read only with the person's yes; add --consent")
    opened = open_source(source)
    try:
        time.sleep(2.0)
        return opened.recent(2.0)
    finally:
        opened.close()


def _describe(reading: Any) -> str:
    """Return a reading in one line of plain, hedged words."""
    if reading.emotion is None:
        return f"no reading ({reading.abstained})"
    parts = [
        f"perhaps {reading.emotion} ({reading.confidence:.0%} sure)",
        f"valence {reading.valence:+.2f}",
        f"arousal {reading.arousal:+.2f}",
        f"{_count(reading.frames, 'frame')}, {_count(reading.faces, 'face')}",
    ]
    if reading.abstained:
        parts.append(f"face not read: {reading.abstained}")
    return ", ".join(part for part in (*parts, reading.narrative, reading.conflict) if part)


def _count(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"
