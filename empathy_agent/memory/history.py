"""How someone usually feels, and which way it is going; nothing before there is enough."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from empathy_agent.memory.record import Moment

__all__ = ["History", "history"]

MIN_MOMENTS = 5
MIN_SESSIONS = 2
MIN_TREND_SESSIONS = 3
TREND_SESSIONS = 6
"""How many sessions back a trend looks."""
PRESENT_S = 3600.0
"""A session that was alive this lately is the present one, not the past."""
MAD_TO_SIGMA = 1.4826
"""Makes a median absolute deviation comparable to a standard deviation (normal data)."""
LEAST_SPREAD = 0.15
"""Nobody is taken to be steadier than this: readings are not that exact."""
CLEAR_SHIFT = 0.2
"""The least difference in valence that is worth a word."""
CLEAR_TREND = 0.25
"""The least change in valence over the whole stretch that is worth a word."""


@dataclass(frozen=True)
class History:
    """What the remembered moments say about someone's usual feeling, with what it rests on."""

    baseline_valence: float | None
    """Median valence of the past sessions, in [-1, 1]; None before there is enough."""
    shift: str | None
    """The present against the baseline: "heavier than usual", "as usual"; None: cannot tell."""
    trend: str | None
    """Over the last sessions: "getting lighter", "getting heavier", "steady"; None: cannot tell."""
    rests_on: int
    """Past moments with a valence."""
    sessions: int
    """Past sessions with a valence."""


def history(moments: Sequence[Moment], now: float, present_valence: float | None = None) -> History:
    """Describe the present feeling against a person's own past.

    The session of the newest moment counts as the present one when it was alive within the last
    hour: it is left out of the baseline, and stands for the present when no valence is given.

    Args:
        moments: In any order; those without a valence say nothing here.
        now: Seconds since the epoch.
        present_valence: In [-1, 1], of the turn at hand.
    """
    sessions = _by_session(moments)
    present = _present_session(moments, now)
    past = {name: values for name, values in sessions.items() if name != present}
    pooled = [value for values in past.values() for value in values]
    if present_valence is None and present in sessions:
        present_valence = statistics.median(sessions[present])
    enough = len(pooled) >= MIN_MOMENTS and len(past) >= MIN_SESSIONS
    baseline = statistics.median(pooled) if enough else None
    middles = [statistics.median(values) for values in past.values()]
    return History(
        baseline_valence=baseline,
        shift=_shift(pooled, baseline, present_valence),
        trend=_trend(middles if present_valence is None else [*middles, present_valence])
        if enough
        else None,
        rests_on=len(pooled),
        sessions=len(past),
    )


def _by_session(moments: Sequence[Moment]) -> dict[str, list[float]]:
    sessions: dict[str, list[float]] = {}
    for moment in sorted(moments, key=lambda each: each.at):
        if moment.valence is not None:
            sessions.setdefault(moment.session, []).append(moment.valence)
    return sessions


def _present_session(moments: Sequence[Moment], now: float) -> str | None:
    newest = max(moments, key=lambda each: each.at, default=None)
    return newest.session if newest is not None and now - newest.at < PRESENT_S else None


def _shift(pooled: list[float], baseline: float | None, present: float | None) -> str | None:
    if baseline is None or present is None:
        return None
    spread = MAD_TO_SIGMA * statistics.median(abs(value - baseline) for value in pooled)
    change = present - baseline
    sigmas = abs(change) / max(spread, LEAST_SPREAD)
    if abs(change) < CLEAR_SHIFT or sigmas < 1:
        return "as usual"
    much = "much " if sigmas >= 3 else ""
    return f"{much}{'lighter' if change > 0 else 'heavier'} than usual"


def _trend(middles: list[float]) -> str | None:
    latest = middles[-TREND_SESSIONS:]
    if len(latest) < MIN_TREND_SESSIONS:
        return None
    # Theil-Sen: one odd session cannot turn the slope.
    slope = statistics.median(
        (later - earlier) / (j - i)
        for (i, earlier), (j, later) in combinations(enumerate(latest), 2)
    )
    change = slope * (len(latest) - 1)
    if abs(change) < CLEAR_TREND:
        return "steady"
    return "getting lighter" if change > 0 else "getting heavier"
