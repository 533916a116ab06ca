"""From which probability on the risk net speaks up: chosen on texts that it did not learn from.

A long text is read as a whole and in windows, and may be mistaken by either, so the two bounds are
chosen together: of all pairs that mistake as few harmless texts, the one that finds the most.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from empathy_agent.models.risknet import LEVELS, WINDOW, both, chances

__all__ = ["Judged", "bounds", "levels_of", "told"]

_FALSE = {"moderate": 0.003, "high": 0.0008, "imminent": 0.0004}
"""Share of everyday comments, besides those that a rule flags, that may reach a level."""
_FALSE_WRITTEN = {"moderate": 0.06, "high": 0.012, "imminent": 0.006}
"""The same of written harmless texts by writers not learnt from, which were made to be mistaken."""
_LEAST, _MOST = 0.4, 0.9995
"""No bound is lower, or higher."""
_SHARES = tuple(step / 20 for step in range(2, 21))
"""Tried: how much of what may be mistaken of long texts, the whole of a text may mistake."""

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Judged:
    """What nets that learnt from other writers say of N texts of ours and their M windows."""

    whole: Floats
    """[N, 4] probabilities of at least each level."""
    wanted: Flags
    """[N, 13]; the first columns say which are at least each level."""
    long: Flags
    """[N] whether each is longer than an everyday comment."""
    cut: Floats
    """[M, 4] of the windows."""
    owners: NDArray[np.int64]
    """[M] which text each window is of."""

    @property
    def peaks(self) -> Floats:
        """[N, 4], the greatest of the windows of each text; 0 where it has none."""
        peaks = np.zeros_like(self.whole)
        np.maximum.at(peaks, self.owners, self.cut)
        return peaks


def levels_of(odds: Floats, long: Flags) -> Floats:
    """Return [N, 4] probabilities of at least each level, of [N, 14] log odds."""
    levels = odds[:, : len(LEVELS)]
    levels = np.where(long[:, None], levels, both(levels, odds[:, -1:]))
    return np.minimum.accumulate(chances(levels), axis=1).astype(np.float32)


def bounds(judged: Judged, comments: Floats) -> Floats:
    """Return [3, 4], the probability from which a text counts as each level.

    The rows are those of a short text, a long one, and a window of a long one.

    Args:
        judged: texts of ours.
        comments: [K, 4] probabilities of everyday comments.
    """
    chosen = np.full((3, len(LEVELS)), 0.5, np.float32)
    harmless, peaks = ~judged.wanted[:, 1], judged.peaks
    for column, level in enumerate(LEVELS[1:], 1):
        share, whole = _FALSE_WRITTEN[level], judged.whole[:, column]
        short = float(np.quantile(whole[harmless & ~judged.long], 1 - share))
        usual = float(np.quantile(comments[:, column], 1 - _FALSE[level]))
        rows = judged.long
        pair = _pair(whole[rows], peaks[rows, column], judged.wanted[rows], column, share)
        chosen[:, column] = np.clip([max(short, usual), *pair], _LEAST, _MOST)
    return chosen


def _pair(
    whole: Floats, peaks: Floats, wanted: Flags, column: int, share: float
) -> tuple[float, float]:
    """Return the bounds of long texts as a whole and of their windows."""
    harmless, truth = ~wanted[:, 1], wanted[:, column]
    may = int(share * harmless.sum())
    best, most = (_MOST, _MOST), -1.0
    for part in _SHARES:
        first = float(np.quantile(whole[harmless], 1 - part * share))
        over: Flags = whole >= first
        left = may - int((over & harmless).sum())
        others = np.sort(peaks[harmless & ~over])[::-1]
        if left < 0 or left >= len(others):
            continue
        second = float(np.nextafter(others[left], np.float32(2)))
        found = float((over | (peaks >= second))[truth].mean())
        if found > most:
            best, most = (first, second), found
    return best


def told(judged: Judged, chosen: Floats) -> str:
    """Return what the bounds find and what they mistake, of writers not learnt from."""
    lines = [f"{len(judged.whole)} texts, each by a net that learnt from other writers alone:"]
    over = _reached(judged, chosen)
    for column, level in enumerate(LEVELS[1:], 1):
        truth, rest = judged.wanted[:, column], ~judged.wanted[:, 1]
        here = over[:, column]
        limits = ", ".join(f"{limit:.3f}" for limit in chosen[:, column])
        lines.append(
            f"{level} or higher: bounds {limits}; found {here[truth].mean():.3f} of {truth.sum()}"
            f" (long ones {here[truth & judged.long].mean():.3f}),"
            f" mistaken {here[rest].mean():.4f} of {rest.sum()} harmless ones"
        )
    return "\n".join(lines)


def _reached(judged: Judged, chosen: Floats) -> Flags:
    """Return [N, 4], whether each text counts as at least each level."""
    whole = judged.whole >= chosen[judged.long.astype(int)]
    return np.minimum.accumulate(whole, axis=1) | np.minimum.accumulate(
        judged.peaks >= chosen[WINDOW], axis=1
    )
