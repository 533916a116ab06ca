"""The timeline as a picture (PNG), of the same columns as the drawing; pure."""

from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from empathy_agent.affect import RiskLevel
from empathy_agent.memory.history import history
from empathy_agent.memory.patterns import Turn, patterns
from empathy_agent.memory.record import Moment
from empathy_agent.memory.timeline import Column, columns, day_of

__all__ = ["draw_png"]

_WIDE, _HIGH, _LEFT, _TOP = 1720, 600, 130, 80
_PLOT_WIDE, _PLOT_HIGH = _WIDE - _LEFT - 40, _HIGH - _TOP - 100
_PAPER, _INK, _PALE, _GRID = "#fbfaf7", "#222222", "#777777", "#ddd8cc"
_USUAL, _FELT, _RISKY, _CHANGED = "#5b7f95", "#2f6f62", "#b3541e", "#8a4f7d"
_FELT_PALE, _RISKY_PALE = "#b5cac3", "#e2c1ae"
_LARGE, _SMALL = ImageFont.load_default(30), ImageFont.load_default(22)


def draw_png(moments: Sequence[Moment], now: float, title: str = "How it felt") -> bytes:
    """Return a picture, 1720 × 600; nothing that was said is in it.

    Args:
        moments: Of one person, in any order.
        now: Seconds since the epoch.
        title: Stands above.
    """
    picture = Image.new("RGB", (_WIDE, _HIGH), _PAPER)
    draw = ImageDraw.Draw(picture)
    cut, told, repeats = columns(moments, 80), history(moments, now), patterns(moments)
    draw.text((_LEFT, 24), title, _INK, _LARGE)
    _axis(draw, cut)
    if told.baseline_valence is not None:
        y = _y(told.baseline_valence)
        _dashes(draw, (_LEFT, y), (_LEFT + _PLOT_WIDE, y), _USUAL)
        draw.text((_LEFT + 8, y - 28), "usual", _USUAL, _SMALL)
    for at, column in enumerate(cut):
        _bar(draw, column, _x(at, len(cut)))
    for turn in repeats.turns:
        _turn(draw, turn, cut)
    out = BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _y(valence: float) -> float:
    return _TOP + (1 - valence) / 2 * _PLOT_HIGH


def _x(at: int, n: int) -> float:
    return _LEFT + (at + 0.5) / max(1, n) * _PLOT_WIDE


def _axis(draw: ImageDraw.ImageDraw, cut: Sequence[Column]) -> None:
    for valence in (1.0, 0.5, 0.0, -0.5, -1.0):
        draw.line(((_LEFT, _y(valence)), (_LEFT + _PLOT_WIDE, _y(valence))), _GRID, 2)
    for valence, word in ((1.0, "light"), (0.0, "0"), (-1.0, "heavy")):
        draw.text((16, _y(valence) - 14), word, _PALE, _SMALL)
    if cut:
        draw.text((_LEFT, _HIGH - 80), day_of(cut[0].since), _PALE, _SMALL)
        last = day_of(cut[-1].until)
        draw.text((_LEFT + _PLOT_WIDE - 130, _HIGH - 80), last, _PALE, _SMALL)
    else:
        draw.text((_LEFT + 20, _y(0.0) - 40), "nothing is kept yet", _PALE, _SMALL)
    note = "Each dot is the middle of its stretch of time; each is a guess from face and words."
    draw.text((_LEFT, _HIGH - 42), note, _PALE, _SMALL)


def _bar(draw: ImageDraw.ImageDraw, column: Column, x: float) -> None:
    if column.middle is None or column.low is None or column.high is None:
        return
    risky = column.risk >= RiskLevel.moderate
    colour, pale = (_RISKY, _RISKY_PALE) if risky else (_FELT, _FELT_PALE)
    draw.line(((x, _y(column.high)), (x, _y(column.low))), pale, 5)
    y = _y(column.middle)
    draw.ellipse((x - 7, y - 7, x + 7, y + 7), colour)


def _turn(draw: ImageDraw.ImageDraw, turn: Turn, cut: Sequence[Column]) -> None:
    first, last = cut[0].since, cut[-1].until
    x = _LEFT + (turn.at - first) / max(1.0, last - first) * _PLOT_WIDE
    _dashes(draw, (x, _TOP), (x, _TOP + _PLOT_HIGH), _CHANGED)
    draw.text((x + 8, _TOP + 4), f"changed {day_of(turn.at)}", _CHANGED, _SMALL)


def _dashes(
    draw: ImageDraw.ImageDraw, start: tuple[float, float], end: tuple[float, float], colour: str
) -> None:
    steps = int(max(abs(end[0] - start[0]), abs(end[1] - start[1])) // 20)
    for step in range(steps):
        ends = [
            (start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part)
            for part in (step / steps, (step + 0.6) / steps)
        ]
        draw.line(ends, colour, 3)
