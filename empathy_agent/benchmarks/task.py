"""What a benchmark is, what a model answers to it, and what comes of both."""

import json
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from empathy_agent.affect import Emotion
from empathy_agent.benchmarks import metrics
from empathy_agent.perception.frames import Window

__all__ = [
    "CURVE",
    "DIMENSIONS",
    "SHARES",
    "Answer",
    "Example",
    "Score",
    "Task",
    "Truth",
    "score",
]

DIMENSIONS = ("valence", "arousal", "dominance")
SHARES = (1.0, 0.9, 0.8, 0.7, 0.5)
"""The coverages at which accuracy is told."""
CURVE = tuple(at / 20 for at in range(1, 21))
"""The coverages of the points of the risk-coverage curve."""

_MEASURES = {"accuracy": metrics.accuracy, "uar": metrics.uar, "macro_f1": metrics.macro_f1}

Interval = tuple[float, float]
Truth = Emotion | tuple[float, float, float]
"""An emotion, or valence, arousal and dominance on any scale."""


@dataclass(frozen=True)
class Example:
    """One thing to read, and what people said about it."""

    give: Callable[[], Window] | str
    """A text, or what opens a picture; raises `SetupError` when it cannot be read."""
    truth: Truth


@dataclass(frozen=True)
class Task:
    """A labelled set."""

    name: str
    examples: tuple[Example, ...]
    dropped: Mapping[str, int] = field(default_factory=dict[str, int])
    """How many have no label to score against, by reason."""
    framed: bool = False
    """Each picture is one face, framed as in FER2013: none is searched for."""

    @property
    def rated(self) -> bool:
        """Whether the truth is valence, arousal and dominance."""
        return any(not isinstance(each.truth, Emotion) for each in self.examples[:1])


@dataclass(frozen=True, eq=False)
class Answer:
    """What a model read in one example."""

    values: NDArray[np.float64] | None
    """[8] probabilities, or [3] valence, arousal and dominance; None: it abstained."""
    model: str
    """Who read it."""
    why: str = ""
    """Why it abstained."""


@dataclass(frozen=True)
class Score:
    """What came of a benchmark; what is not defined is None, and never zero."""

    task: str
    n: int
    """How many were to be read: scored, abstained and unreadable."""
    scored: int
    abstained: Mapping[str, int]
    """How many got no reading, by reason; neither wrong nor neutral."""
    unreadable: int
    """How many files could not be decoded."""
    dropped: Mapping[str, int]
    """How many were left out beforehand, by reason; not in `n`."""
    models: Mapping[str, int]
    """How many of the scored each model read: a server that went away shows here."""
    accuracy: float | None = None
    """Of the scored, as is everything below; also called weighted average recall."""
    uar: float | None = None
    """Unweighted average recall over the classes that occur."""
    macro_f1: float | None = None
    recall: Mapping[str, float] = field(default_factory=dict[str, float])
    """Of each class that occurs."""
    confusion: tuple[tuple[int, ...], ...] = ()
    """[8][8] counts in the order of `Emotion`: rows by truth, columns by guess."""
    ece: float | None = None
    """Expected calibration error over 15 bins."""
    coverage: Mapping[str, float] = field(default_factory=dict[str, float])
    """Accuracy over the surest share of the scored, as in `"0.9"`."""
    risk_coverage: tuple[tuple[float, float], ...] = ()
    """Points of the curve: share of the scored, the surest first, and how much of it is wrong."""
    pearson: Mapping[str, float | None] = field(default_factory=dict[str, float | None])
    """Correlation of each dimension of a text."""
    intervals: Mapping[str, Interval] = field(default_factory=dict[str, Interval])
    """95 % bootstrap intervals of accuracy, uar, macro_f1 and ece, or of each dimension."""
    recall_intervals: Mapping[str, Interval] = field(default_factory=dict[str, Interval])
    """95 % bootstrap interval of the recall of each class that occurs."""
    ms_median: float | None = None
    """Milliseconds to read one, decoding left out."""
    ms_p95: float | None = None
    cpu_ms_median: float | None = None
    """Of them spent computing; less than the median where the machine is busy."""

    def to_json(self) -> str:
        """Return the score as one JSON object on one line, rounded to four digits."""
        return json.dumps(_rounded(asdict(self)))


def score(
    task: Task, n: int, pairs: Sequence[tuple[Truth, Answer]], spent: Sequence[tuple[float, float]]
) -> Score:
    """Score what was answered.

    Args:
        task: of which the examples are.
        n: how many examples there were; those beyond `pairs` could not be decoded.
        pairs: truth and answer of each example that could.
        spent: milliseconds each answer took: on the wall, and of processor time.
    """
    read = [(truth, each.values) for truth, each in pairs if each.values is not None]
    truths = [truth for truth, _ in read]
    values = np.array([each for _, each in read], np.float64)
    abstained = Counter(each.why for _, each in pairs if each.values is None)
    wall, cpu = [each for each, _ in spent], [each for _, each in spent]
    counted = Score(
        task=task.name,
        n=n,
        scored=len(read),
        abstained=dict(abstained.most_common()),
        unreadable=n - len(pairs),
        dropped=task.dropped,
        models=dict(Counter(each.model for _, each in pairs if each.values is not None)),
        ms_median=float(np.median(wall)) if spent else None,
        ms_p95=float(np.percentile(wall, 95)) if spent else None,
        cpu_ms_median=float(np.median(cpu)) if spent else None,
    )
    if not read:
        return counted
    return _dimensions(counted, truths, values) if task.rated else _eight(counted, truths, values)


def _eight(counted: Score, truths: Sequence[Truth], odds: NDArray[np.float64]) -> Score:
    order = {emotion: at for at, emotion in enumerate(Emotion)}
    truth = np.array([order[each] for each in truths if isinstance(each, Emotion)])
    came = metrics.guessed(odds, truth)
    counts, found = came.counts, metrics.recalls(came.counts)
    sure, right = odds.max(1), odds.argmax(1) == truth
    points = metrics.risk_coverage(sure, right, SHARES)
    curve = metrics.risk_coverage(sure, right, CURVE)
    occurs = {str(each): at for each, at in order.items() if counts[at].any()}
    return replace(
        counted,
        accuracy=came.accuracy,
        uar=came.uar,
        macro_f1=came.macro_f1,
        recall={name: float(found[at]) for name, at in occurs.items()},
        confusion=tuple(tuple(row) for row in counts.tolist()),
        ece=came.ece,
        coverage={str(share): each for share, each in zip(SHARES, points, strict=True)},
        risk_coverage=tuple((at, 1 - each) for at, each in zip(CURVE, curve, strict=True)),
        intervals={name: metrics.interval(counts, each) for name, each in _MEASURES.items()}
        | {"ece": metrics.calibration_interval(odds, truth)},
        recall_intervals={name: _recall_interval(counts, at) for name, at in occurs.items()},
    )


def _recall_interval(counts: NDArray[np.int64], at: int) -> Interval:
    return metrics.interval(counts, lambda drawn: metrics.recalls(drawn)[..., at])


def _dimensions(counted: Score, truths: Sequence[Truth], read: NDArray[np.float64]) -> Score:
    truth = np.array(truths, np.float64)
    pearson: dict[str, float | None] = {}
    intervals: dict[str, Interval] = {}
    for at, name in enumerate(DIMENSIONS):
        r = metrics.pearson(truth[:, at], read[:, at])
        pearson[name] = None if math.isnan(r) else r
        if not math.isnan(r):
            intervals[name] = metrics.pearson_interval(truth[:, at], read[:, at])
    return replace(counted, pearson=pearson, intervals=intervals)


def _rounded(value: object) -> object:
    match value:
        case float():
            return None if math.isnan(value) else round(value, 4)
        case dict():
            return {str(key): _rounded(each) for key, each in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        case list() | tuple():
            return [_rounded(each) for each in value]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        case _:
            return value
