"""A score as a picture: the confusion matrix, and accuracy against coverage; SVG or any bitmap."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from empathy_agent.affect import Emotion
from empathy_agent.benchmarks.task import Score
from empathy_agent.errors import SetupError, near

__all__ = ["KINDS", "check", "save", "shapes"]

KINDS = (".png", ".svg", ".jpg", ".webp")
"""Endings of a picture's name that can be written."""

_CELL, _LEFT, _TOP = 62, 104, 84
_SIDE = _CELL * len(Emotion)
_SIZE = (_LEFT + _SIDE + 360, _TOP + _SIDE + 54)
_INK, _PALE, _LINE, _PAPER = "#1c2733", "#66727f", "#1f5fa8", "#ffffff"


@dataclass(frozen=True)
class Box:
    """A filled rectangle."""

    at: tuple[float, float, float, float]
    """x0, y0, x1, y1 in pixels."""
    fill: str
    """`#rrggbb`."""


@dataclass(frozen=True)
class Line:
    """A line through points."""

    points: tuple[tuple[float, float], ...]
    """x, y in pixels."""
    ink: str
    """`#rrggbb`."""
    width: int = 1


@dataclass(frozen=True)
class Words:
    """One line of text."""

    at: tuple[float, float]
    """x, y in pixels of its middle in height, and of its end that `anchor` names."""
    text: str
    ink: str = _INK
    size: int = 13
    """Height in pixels."""
    anchor: str = "middle"
    """`start`, `middle` or `end`."""


Shape = Box | Line | Words


def check(file: Path) -> None:
    """See that a picture can be written under this name, before anything is measured.

    Raises:
        SetupError: Its ending is unknown, or its folder is not there.
    """
    if file.suffix.lower() not in KINDS:
        raise SetupError(f"no picture {file.name!r}{near(file.suffix.lower(), KINDS)}")
    if file.is_dir() or not file.parent.is_dir():
        raise SetupError(f"no place for a picture {str(file)!r}: give a file in a folder that is")


def save(score: Score, file: Path) -> None:
    """Write the picture of a score.

    Raises:
        SetupError: The score has no confusion matrix, or the file cannot be written.
    """
    check(file)
    if not score.confusion:
        raise SetupError(f"{score.task} gave no confusion matrix, so there is nothing to draw")
    drawn = shapes(score)
    try:
        if file.suffix.lower() == ".svg":
            file.write_text(_svg(drawn), encoding="utf-8")
        else:
            _bitmap(drawn, file)
    except OSError as error:
        raise SetupError(f"{str(file)!r} cannot be written: {error.strerror or error}") from error


def shapes(score: Score) -> list[Shape]:
    """Return what to draw, from back to front, on a canvas of `_SIZE`."""
    told = (
        f"accuracy {score.accuracy or 0:.3f}   UAR {score.uar or 0:.3f}   "
        f"macro-F1 {score.macro_f1 or 0:.3f}   ECE {score.ece or 0:.3f}   "
        f"{score.scored} scored, {sum(score.abstained.values())} abstained, "
        f"{score.unreadable} unreadable"
    )
    return [
        Box((0, 0, *_SIZE), _PAPER),
        Words((20, 24), f"{score.task}: truth by row, guess by column", size=17, anchor="start"),
        Words((20, 48), told, _PALE, anchor="start"),
        *_matrix(score.confusion),
        *_curve(score.risk_coverage),
    ]


def _matrix(counts: Sequence[Sequence[int]]) -> list[Shape]:
    drawn: list[Shape] = []
    for at, emotion in enumerate(Emotion):
        middle = (at + 0.5) * _CELL
        drawn.append(Words((_LEFT - 8, _TOP + middle), str(emotion), anchor="end"))
        drawn.append(Words((_LEFT + middle, _TOP + _SIDE + 14), str(emotion)[:8]))
        total = sum(counts[at])
        for column, count in enumerate(counts[at]):
            share = count / total if total else 0.0
            x, y = _LEFT + column * _CELL, _TOP + at * _CELL
            ink = _PAPER if share > 0.55 else _INK
            drawn.append(Box((x, y, x + _CELL - 1, y + _CELL - 1), _shade(share)))
            drawn.append(Words((x + _CELL / 2, y + _CELL / 2 - 8), f"{share:.0%}", ink))
            drawn.append(Words((x + _CELL / 2, y + _CELL / 2 + 9), str(count), ink, 11))
    return drawn


def _shade(share: float) -> str:
    """Return a blue, the darker the larger a share in [0, 1] is."""
    pale, deep = (236, 241, 247), (16, 66, 128)
    mixed = (round(p + (d - p) * share**0.7) for p, d in zip(pale, deep, strict=True))
    return "#" + "".join(f"{each:02x}" for each in mixed)


def _curve(points: Sequence[tuple[float, float]]) -> list[Shape]:
    """Draw accuracy against the share that is answered, surest first."""
    x0, y0, wide, high = _LEFT + _SIDE + 74, _TOP + 24, 250, 250
    low = math.floor(10 * min([0.5, *(1 - risk for _, risk in points)])) / 10

    def place(share: float, right: float) -> tuple[float, float]:
        return x0 + share * wide, y0 + high - (right - low) / (1 - low) * high

    drawn: list[Shape] = [
        Words((x0, _TOP + 6), "accuracy of the surest share of the scored", anchor="start")
    ]
    for tick in range(6):
        right = low + (1 - low) * tick / 5
        drawn.append(Line((place(0, right), place(1, right)), "#d7dde3"))
        drawn.append(Words((x0 - 8, place(0, right)[1]), f"{right:.2f}", _PALE, 11, "end"))
        drawn.append(Words((place(tick / 5, low)[0], y0 + high + 14), f"{tick / 5:.0%}", _PALE, 11))
    if len(points) > 1:
        line = tuple(place(share, 1 - risk) for share, risk in points)
        drawn.append(Line(line, _LINE, 2))
    return drawn


def _svg(drawn: Sequence[Shape]) -> str:
    body = "\n".join(_element(each) for each in drawn)
    wide, high = _SIZE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" '
        f'viewBox="0 0 {wide} {high}" font-family="Helvetica, Arial, sans-serif">\n{body}\n</svg>\n'
    )


def _element(shape: Shape) -> str:
    match shape:
        case Box((x0, y0, x1, y1), fill):
            return (
                f'<rect x="{x0:g}" y="{y0:g}" width="{x1 - x0:g}" height="{y1 - y0:g}" '
                f'fill="{fill}"/>'
            )
        case Line(points, ink, width):
            through = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            return (
                f'<polyline points="{through}" fill="none" stroke="{ink}" stroke-width="{width}"/>'
            )
        case Words((x, y), text, ink, size, anchor):
            return (
                f'<text x="{x:g}" y="{y:g}" fill="{ink}" font-size="{size}" '
                f'text-anchor="{anchor}" dominant-baseline="central">{escape(text)}</text>'
            )


def _bitmap(drawn: Sequence[Shape], file: Path) -> None:
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", _SIZE, _PAPER)
    brush = ImageDraw.Draw(image)
    anchors = {"start": "lm", "middle": "mm", "end": "rm"}
    for shape in drawn:
        match shape:
            case Box(at, fill):
                brush.rectangle(at, fill)
            case Line(points, ink, width):
                brush.line(points, ink, width, joint="curve")
            case Words(at, text, ink, size, anchor):
                brush.text(at, text, ink, ImageFont.load_default(size), anchors[anchor])
    image.save(file)
