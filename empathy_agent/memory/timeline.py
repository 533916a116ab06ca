"""How somebody felt over time, as text for a terminal and as a drawing (SVG); pure.

Time is cut into as many stretches as there are columns. Each column shows the middle valence of
its stretch and the span between its lowest and highest: one dot would hide a bad evening in a good
week. Stretches in which nothing was said stay empty; nothing is drawn between them.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import escape

from empathy_agent.affect import RiskLevel
from empathy_agent.memory.history import history
from empathy_agent.memory.patterns import Turn, patterns
from empathy_agent.memory.record import Moment

__all__ = ["Column", "columns", "day_of", "draw_svg", "draw_text"]

_ROWS = 9
"""Lines of the terminal plot: valence from 1 down to -1."""


@dataclass(frozen=True)
class Column:
    """One stretch of time."""

    since: float
    """Seconds since the epoch."""
    until: float
    moments: int
    middle: float | None
    """Median valence in [-1, 1]; null when nothing was felt or said."""
    low: float | None
    high: float | None
    risk: RiskLevel
    """The highest of the stretch."""


def columns(moments: Sequence[Moment], n: int) -> list[Column]:
    """Cut the time from the first moment to the last into `n` stretches.

    Args:
        moments: Of one person, in any order.
        n: At least 1; fewer come back when all lies within seconds.
    """
    if not moments:
        return []
    first, last = min(each.at for each in moments), max(each.at for each in moments)
    n = max(1, min(n, math.ceil(last - first)))
    width = max(1.0, (last - first) / n)
    stretches: list[list[Moment]] = [[] for _ in range(n)]
    for each in moments:
        stretches[min(n - 1, int((each.at - first) / width))].append(each)
    return [
        _column(stretch, first + at * width, first + (at + 1) * width)
        for at, stretch in enumerate(stretches)
    ]


def _column(stretch: Sequence[Moment], since: float, until: float) -> Column:
    felt = [each.valence for each in stretch if each.valence is not None]
    return Column(
        since,
        until,
        len(stretch),
        statistics.median(felt) if felt else None,
        min(felt, default=None),
        max(felt, default=None),
        max((_risk(each) for each in stretch), default=RiskLevel.none),
    )


def _risk(moment: Moment) -> RiskLevel:
    known = moment.risk in RiskLevel.__members__
    return RiskLevel[moment.risk] if known else RiskLevel.none


def draw_text(moments: Sequence[Moment], now: float, width: int = 72) -> str:
    """Return a plot for a terminal.

    Args:
        moments: Of one person, in any order.
        now: Seconds since the epoch.
        width: Of the plot, in characters.
    """
    cut = columns(moments, max(8, width - 7))
    if not any(each.middle is not None for each in cut):
        return "nothing was felt that could be drawn"
    told = history(moments, now)
    lines = [_line(cut, row, told.baseline_valence) for row in range(_ROWS)]
    if any(each.risk >= RiskLevel.moderate for each in cut):
        lines.append("  risk " + "".join("!" if each.risk >= 2 else " " for each in cut).rstrip())
    lines.append(f"       {_dates(cut)}")
    lines.append(_legend(cut, told.baseline_valence))
    return "\n".join(lines)


def _row_of(valence: float) -> int:
    return round((1 - valence) / 2 * (_ROWS - 1))


def _line(cut: Sequence[Column], row: int, baseline: float | None) -> str:
    label = {0: "light", _ROWS // 2: "0", _ROWS - 1: "heavy"}.get(row, "")
    usual = "┄" if baseline is not None and _row_of(baseline) == row else " "
    return f"{label:>6} " + "".join(_cell(each, row, usual) for each in cut).rstrip()


def _cell(column: Column, row: int, usual: str) -> str:
    if column.middle is None or column.low is None or column.high is None:
        return usual
    if _row_of(column.middle) == row:
        return "●"
    return "│" if _row_of(column.high) <= row <= _row_of(column.low) else usual


def _dates(cut: Sequence[Column]) -> str:
    first, last = day_of(cut[0].since), day_of(cut[-1].until)
    return first if len(cut) < 24 else first + last.rjust(len(cut) - len(first))


def day_of(at: float) -> str:
    """Return the day of a time, in the local calendar."""
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d")


def _legend(cut: Sequence[Column], baseline: float | None) -> str:
    signs = ["● middle", "│ from lowest to highest"]
    if baseline is not None:
        signs.append(f"┄ usual ({baseline:+.2f})")
    if any(each.risk >= RiskLevel.moderate for each in cut):
        signs.append("! risk")
    return f"       {', '.join(signs)}; a guess, each of them"


_WIDE, _HIGH, _LEFT, _TOP = 860, 300, 60, 34
_PLOT_WIDE, _PLOT_HIGH = _WIDE - _LEFT - 20, _HIGH - _TOP - 46


def draw_svg(moments: Sequence[Moment], now: float, title: str = "How it felt") -> str:
    """Return a drawing with a title, a description for screen readers, and no script.

    Args:
        moments: Of one person, in any order.
        now: Seconds since the epoch.
        title: Stands above; nothing that was said is in the drawing.
    """
    cut = columns(moments, 80)
    told, repeats = history(moments, now), patterns(moments)
    parts = [*_frame(title, len(moments), repeats.turns), *_axis(cut)]
    if told.baseline_valence is not None:
        y = _y(told.baseline_valence)
        parts.append(_rule(y, "#5b7f95", "6 5") + _label(_LEFT + 4, y - 4, "usual", "#5b7f95"))
    parts += [_bar(each, at, len(cut)) for at, each in enumerate(cut) if each.middle is not None]
    parts += [_turn(each, cut) for each in repeats.turns]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _frame(title: str, n: int, turns: Sequence[Turn]) -> list[str]:
    changed = "".join(f" It changed around {day_of(each.at)}." for each in turns)
    described = f"Valence over time, from heavy to light, of {n} moments.{changed}"
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {_HIGH}" role="img" '
        'font-family="system-ui, sans-serif">',
        f"<title>{escape(title)}</title><desc>{escape(described)}</desc>",
        f'<rect width="{_WIDE}" height="{_HIGH}" fill="#fbfaf7"/>',
        f'<text x="{_LEFT}" y="22" font-size="15" fill="#222">{escape(title)}</text>',
    ]


def _axis(cut: Sequence[Column]) -> list[str]:
    parts = [_rule(_y(valence), "#ddd8cc", "0") for valence in (1.0, 0.5, 0.0, -0.5, -1.0)]
    parts += [
        _label(8, _y(valence) + 4, word, "#777")
        for valence, word in ((1.0, "light"), (0.0, "0"), (-1.0, "heavy"))
    ]
    if cut:
        parts.append(_label(_LEFT, _HIGH - 24, day_of(cut[0].since), "#777"))
        parts.append(_label(_LEFT + _PLOT_WIDE - 70, _HIGH - 24, day_of(cut[-1].until), "#777"))
    note = "Each dot is the middle of its stretch of time; each is a guess from face and words."
    return [*parts, _label(_LEFT, _HIGH - 7, note, "#777")]


def _y(valence: float) -> float:
    return round(_TOP + (1 - valence) / 2 * _PLOT_HIGH, 1)


def _x(at: float, n: int) -> float:
    return round(_LEFT + (at + 0.5) / max(1, n) * _PLOT_WIDE, 1)


def _rule(y: float, colour: str, dashes: str) -> str:
    return (
        f'<line x1="{_LEFT}" x2="{_LEFT + _PLOT_WIDE}" y1="{y}" y2="{y}" stroke="{colour}" '
        f'stroke-dasharray="{dashes}"/>'
    )


def _label(x: float, y: float, words: str, colour: str) -> str:
    return f'<text x="{x}" y="{y}" font-size="11" fill="{colour}">{escape(words)}</text>'


def _bar(column: Column, at: int, n: int) -> str:
    assert column.middle is not None and column.low is not None and column.high is not None
    x, risky = _x(at, n), column.risk >= RiskLevel.moderate
    colour = "#b3541e" if risky else "#2f6f62"
    told = f"{day_of(column.since)}: {column.middle:+.2f}, {column.moments} moments"
    told += f", risk {column.risk.name}" if risky else ""
    return (
        f"<g><title>{escape(told)}</title>"
        f'<line x1="{x}" x2="{x}" y1="{_y(column.high)}" y2="{_y(column.low)}" '
        f'stroke="{colour}" stroke-opacity="0.35" stroke-width="3"/>'
        f'<circle cx="{x}" cy="{_y(column.middle)}" r="3.4" fill="{colour}"/></g>'
    )


def _turn(turn: Turn, cut: Sequence[Column]) -> str:
    first, last = cut[0].since, cut[-1].until
    x = round(_LEFT + (turn.at - first) / max(1.0, last - first) * _PLOT_WIDE, 1)
    label = _label(x + 4, _TOP + 10, f"changed {day_of(turn.at)}", "#8a4f7d")
    return (
        f'<line x1="{x}" x2="{x}" y1="{_TOP}" y2="{_TOP + _PLOT_HIGH}" stroke="#8a4f7d" '
        f'stroke-dasharray="2 4"/>{label}'
    )
