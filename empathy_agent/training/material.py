"""Texts that teach the risk screen and texts that test it: one format, read here.

A line that begins with `==` gives `kind/level` of those below it, one a line; `none` and `low`
have no kind, and a third part `other` says that somebody else is at risk. `#` begins a comment, and
` ¶ ` ends a paragraph.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from empathy_agent.affect import RiskLevel
from empathy_agent.errors import SetupError

__all__ = ["FOLDER", "Labelled", "read_material"]

FOLDER = Path(__file__).parent / "material"
"""The texts written for this project; not part of an installed package."""
_HEADING = "=="
_PARAGRAPH = " ¶ "


@dataclass(frozen=True)
class Labelled:
    """A text and how urgent it is."""

    text: str
    level: RiskLevel
    kind: str = "none"
    about: str = "self"
    source: str = ""
    """Name of its file."""


def read_material(*files: Path) -> Iterator[Labelled]:
    """Yield every text of these files.

    Raises:
        SetupError: a file is missing, or a text stands below no heading that is known.
    """
    for file in files:
        heading: tuple[str, RiskLevel, str] | None = None
        for number, line in enumerate(_lines(file), 1):
            if line.startswith(_HEADING):
                heading = _heading(line.removeprefix(_HEADING).strip(), file, number)
            elif line.strip() and not line.startswith("#"):
                if heading is None:
                    raise SetupError(f"{file.name}:{number}: write '== kind/level' above the texts")
                kind, level, about = heading
                text = line.strip().replace(_PARAGRAPH, "\n\n")
                yield Labelled(text, level, kind, about, file.stem)


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise SetupError(
            f"no material at {str(file)!r}; it is in the source of empathy-agent, not the package"
        ) from error


def _heading(text: str, file: Path, number: int) -> tuple[str, RiskLevel, str]:
    names = [each.name for each in RiskLevel]
    *before, last = text.split("/")
    about = "self"
    if last == "other" and before:
        *before, last = before
        about = "other"
    if last not in names or len(before) > 1:
        known = ", ".join(names)
        raise SetupError(f"{file.name}:{number}: {text!r} is not kind/level; levels are {known}")
    return before[0] if before else "none", RiskLevel[last], about
