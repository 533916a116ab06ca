"""How this sounds against how somebody usually sounds, on such a day where that is known."""

from collections.abc import Sequence
from datetime import datetime

from empathy_agent.memory import Moment, history

__all__ = ["against_usual"]

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def against_usual(
    past: Sequence[Moment], now: float, present: float | None
) -> tuple[str | None, str | None]:
    """Return the shift and the trend, in words.

    Somebody whose Mondays are heavy is compared with their Mondays: "heavier than usual for a
    Monday", or "heavier than usual, but not for a Monday".

    Args:
        past: earlier moments, in any order.
        now: seconds since the epoch.
        present: valence of this turn, in [-1, 1].
    """
    told = history(past, now, present_valence=present)
    day = _weekday(now)
    same = [each for each in past if _weekday(each.at) == day]
    on_day = history(same, now, present_valence=present).shift
    if told.shift is None or on_day is None:
        return told.shift, told.trend
    named = f"for a {_DAYS[day]}"
    if on_day != "as usual":
        return f"{on_day} {named}", told.trend
    if told.shift != "as usual":
        return f"{told.shift}, but not {named}", told.trend
    return told.shift, told.trend


def _weekday(at: float) -> int:
    return datetime.fromtimestamp(at).astimezone().weekday()
