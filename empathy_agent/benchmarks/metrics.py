"""How good guesses are: pure functions over arrays, each named by its usual definition.

Most take counts [..., classes, classes], rows by truth and columns by guess, so that a thousand
resampled confusion matrices are measured at once. What is not defined, such as the accuracy of
nothing, is NaN.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Guessed",
    "accuracy",
    "calibration_error",
    "calibration_interval",
    "confusion",
    "f1s",
    "guessed",
    "interval",
    "macro_f1",
    "pearson",
    "pearson_interval",
    "recalls",
    "risk_coverage",
    "uar",
]

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

RESAMPLES = 1000


@dataclass(frozen=True, eq=False)
class Guessed:
    """How good the guesses for one set are."""

    counts: Counts
    """[classes, classes], rows by truth and columns by guess."""
    accuracy: float
    """Also called weighted average recall (WAR)."""
    uar: float
    """Unweighted average recall over the classes that occur."""
    macro_f1: float
    ece: float
    """Expected calibration error over 15 bins."""

    @property
    def n(self) -> int:
        """How many items."""
        return int(self.counts.sum())


def guessed(probabilities: Floats, truth: Indices) -> Guessed:
    """Score probabilities [N, classes] against classes [N]."""
    counts = confusion(truth, probabilities.argmax(1), probabilities.shape[1])
    return Guessed(
        counts=counts,
        accuracy=float(accuracy(counts)),
        uar=float(uar(counts)),
        macro_f1=float(macro_f1(counts)),
        ece=calibration_error(probabilities, truth),
    )


def confusion(truth: Indices, guess: Indices, classes: int) -> Counts:
    """Count how often each class [N] was guessed to be each other: [classes, classes]."""
    cells = np.bincount(truth * classes + guess, minlength=classes**2)
    return cells.reshape(classes, classes).astype(np.int64)


def accuracy(counts: Counts) -> Floats:
    """Return the share of guesses that are right: accuracy, or weighted average recall (WAR)."""
    return _share(_hits(counts).sum(-1), counts.sum((-2, -1)))


def recalls(counts: Counts) -> Floats:
    """Return of each class [..., classes] the share that was found; NaN where it never occurs."""
    return _share(_hits(counts), counts.sum(-1))


def uar(counts: Counts) -> Floats:
    """Return the unweighted average recall: the mean over the classes that occur."""
    return _mean(recalls(counts))


def f1s(counts: Counts) -> Floats:
    """Return the F1 of each class: 2 hits / (occurrences + guesses); NaN where it never occurs."""
    occurs = counts.sum(-1)
    scores = _share(2 * _hits(counts), occurs + counts.sum(-2))
    return np.where(occurs > 0, scores, np.nan)


def macro_f1(counts: Counts) -> Floats:
    """Return the mean F1 over the classes that occur.

    A class that is guessed but never occurs lowers the others' recall, and is no class of its own.
    """
    return _mean(f1s(counts))


def calibration_error(probabilities: Floats, truth: Indices, bins: int = 15) -> float:
    """Return the expected calibration error (Guo et al., 2017).

    The gap between the likeliest class's probability and how often it is right, in bins of equal
    width, weighted by how many items fall into each.

    Args:
        probabilities: [N, classes].
        truth: [N] classes.
        bins: how many.
    """
    if not len(truth):
        return math.nan
    sure, right = probabilities.max(1), probabilities.argmax(1) == truth
    where = np.clip((sure * bins).astype(np.int64), 0, bins - 1)
    gaps = np.bincount(where, sure - right, bins)
    return float(np.abs(gaps).sum() / len(truth))


def calibration_interval(
    probabilities: Floats, truth: Indices, resamples: int = RESAMPLES, seed: int = 0
) -> tuple[float, float]:
    """Return the 95 % bootstrap percentile interval of `calibration_error` over items.

    Resampling adds noise to every bin, so that of a well calibrated model the interval lies above
    the error itself.
    """
    if not len(truth):
        return math.nan, math.nan
    rng = np.random.default_rng(seed)
    draws = (rng.integers(len(truth), size=len(truth)) for _ in range(resamples))
    found = np.array([calibration_error(probabilities[each], truth[each]) for each in draws])
    return _middle(found)


def risk_coverage(sure: Floats, right: NDArray[np.bool_], shares: Sequence[float]) -> list[float]:
    """Return the accuracy over the surest share of the items, for each share.

    One minus it is the risk at that coverage (El-Yaniv and Wiener, 2010). Items that are equally
    sure keep their order.
    """
    if not len(right):
        return [math.nan for _ in shares]
    surest = right[np.argsort(-sure, kind="stable")]
    return [float(surest[: max(1, round(share * len(right)))].mean()) for share in shares]


def pearson(one: Floats, other: Floats) -> float:
    """Return Pearson's correlation r; NaN for fewer than two items, or a side that never varies."""
    if len(one) < 2 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return math.nan
    x, y = one - one.mean(), other - other.mean()
    return float(np.clip(x @ y / np.sqrt((x @ x) * (y @ y)), -1, 1))


def interval(
    counts: Counts,
    measure: Callable[[Counts], Floats],
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the 95 % bootstrap percentile interval of a measure of one confusion matrix.

    Drawing N items with replacement is drawing N times from the cells of the matrix, so no item is
    needed. A class that a resample misses does not count in it.
    """
    n = int(counts.sum())
    if n == 0:
        return math.nan, math.nan
    drawn = np.random.default_rng(seed).multinomial(n, counts.ravel() / n, size=resamples)
    return _middle(measure(drawn.reshape(resamples, *counts.shape)))


def pearson_interval(
    one: Floats, other: Floats, resamples: int = RESAMPLES, seed: int = 0
) -> tuple[float, float]:
    """Return the 95 % bootstrap percentile interval of Pearson's r over pairs."""
    if math.isnan(pearson(one, other)):
        return math.nan, math.nan
    rng = np.random.default_rng(seed)
    draws = (rng.integers(len(one), size=len(one)) for _ in range(resamples))
    found = np.array([pearson(one[draw], other[draw]) for draw in draws])
    return _middle(found[~np.isnan(found)])


def _hits(counts: Counts) -> Counts:
    return np.diagonal(counts, axis1=-2, axis2=-1)


def _share(part: Counts | Floats, whole: Counts) -> Floats:
    nothing = np.full(np.shape(whole), np.nan)
    return np.divide(part, whole, out=nothing, where=np.greater(whole, 0))


def _mean(values: Floats) -> Floats:
    known = ~np.isnan(values)
    return _share(np.where(known, values, 0.0).sum(-1), known.sum(-1))


def _middle(values: Floats) -> tuple[float, float]:
    if np.isnan(values).all():
        return math.nan, math.nan
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)
