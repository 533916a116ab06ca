"""Measures what the eyes and the word reader are worth on a labelled set."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from empathy_agent.affect import Emotion
from empathy_agent.app import open_eyes, read_words
from empathy_agent.benchmarks.datasets import load
from empathy_agent.benchmarks.framed import TwoWays, WholePicture
from empathy_agent.benchmarks.task import DIMENSIONS, Answer, Example, Score, Task, Truth, score
from empathy_agent.errors import SetupError
from empathy_agent.models.embedder import open_embedder
from empathy_agent.perception.asking import SecondOpinion
from empathy_agent.perception.frames import Window
from empathy_agent.perception.opinion import Opinion
from empathy_agent.perception.words import WordReader
from empathy_agent.settings import Settings

__all__ = [
    "Ears",
    "Eyes",
    "Reader",
    "Tell",
    "Watch",
    "measure",
    "opened",
    "render",
    "run_bench",
    "spread",
]

Tell = Callable[[str], None]
Watch = Callable[[int, int], None]
"""Is told after each item how many are done, and of how many."""

_EVERY_S = 5.0
_TITLES = {"accuracy": "accuracy (WAR)", "uar": "UAR", "macro_f1": "macro-F1"}


class Reader(Protocol):
    """Reads what an example gives; whatever it must load, it loads in `warm`."""

    def warm(self) -> None:
        """Load everything now."""
        ...

    def read(self, given: Window | str) -> Answer:
        """Return what one example shows or says."""
        ...


class Eyes:
    """Reads pictures, as the agent does."""

    def __init__(self, settings: Settings | None = None, *, framed: bool = False) -> None:
        """Build without loading.

        Args:
            settings: who looks besides the expert, and how; its own words are not asked for.
            framed: each picture is one face, framed as in FER2013: see `framed`.

        Raises:
            SetupError: There is no such vision model.
        """
        finder, expression = (WholePicture(), TwoWays()) if framed else (None, None)
        silent = (settings or Settings()).model_copy(update={"vision_describe": False})
        self._perceiver = open_eyes(silent, finder=finder, expression=expression)

    @property
    def second(self) -> SecondOpinion | None:
        """The vision model that is asked besides, and how; null where there is none."""
        return self._perceiver.second

    def opinion(self, window: Window) -> Opinion | None:
        """Return what the vision model alone makes of a picture; null without a face."""
        return self._perceiver.opinion(window)

    def warm(self) -> None:
        """Load every model now."""
        self._perceiver.warm()

    def read(self, given: Window | str) -> Answer:
        """Return the eight probabilities of a face, or why there are none."""
        assert isinstance(given, Window)
        seen = self._perceiver.perceive(given)
        if seen.distribution is None:
            return Answer(None, seen.model, str(seen.abstained))
        return Answer(np.array([seen.distribution[each] for each in Emotion]), seen.model)


class Ears:
    """Reads texts, as the agent does."""

    def __init__(self, settings: Settings | None = None, *, rated: bool = False) -> None:
        """Build without loading.

        Args:
            settings: who reads; the embedded net, if left out.
            rated: answer valence, arousal and dominance rather than the eight emotions.

        Raises:
            SetupError: there is no such reader.
        """
        embedder = open_embedder()
        self._words = read_words(settings, embedder) if settings else WordReader(embedder)
        self._rated = rated

    def warm(self) -> None:
        """Load the models now."""
        self._words.warm()

    def read(self, given: Window | str) -> Answer:
        """Return what a text says, or that there are no words in it."""
        assert isinstance(given, str)
        said = self._words.read(given)
        if said.distribution is None:
            return Answer(None, said.model, "no_words")
        if self._rated:
            return Answer(np.array([getattr(said, name) for name in DIMENSIONS]), said.model)
        return Answer(np.array([said.distribution[each] for each in Emotion]), said.model)


def run_bench(
    task: str,
    data: Path,
    *,
    split: str = "valid",
    settings: Settings | None = None,
    limit: int | None = None,
    tell: Tell,
    watch: Watch | None = None,
) -> Score:
    """Measure the shipped models, as they read anything else, on a labelled set.

    Args:
        task: `ferplus`, `folder`, `csv` or `text`.
        data: the files; see `datasets.load`.
        split: of `ferplus`.
        settings: who looks besides the expert, and how; who reads texts.
        limit: read no more than so many, evenly spread over the set.
        tell: is told how far it got, every few seconds.
        watch: is told of every item, as a progress bar wants it; `tell` then is not.

    Raises:
        SetupError: The task, the data or a model is not there.
    """
    if limit is not None and limit < 1:
        raise SetupError(f"a limit of {limit} leaves nothing to read; give 1 or more")
    loaded = load(task, data, split)
    reader: Reader = (
        Ears(settings, rated=loaded.rated)
        if task == "text"
        else Eyes(settings, framed=loaded.framed)
    )
    return measure(loaded, reader, limit=limit, tell=tell, watch=watch)


def measure(
    task: Task, reader: Reader, *, limit: int | None = None, tell: Tell, watch: Watch | None = None
) -> Score:
    """Let a reader read a task, and score what it answers."""
    examples = spread(task.examples, limit)
    reader.warm()
    watch = watch or _lines(task.name, len(examples), tell)
    spent: list[tuple[float, float]] = []
    pairs: list[tuple[Truth, Answer]] = []
    for number, example in enumerate(examples):
        watch(number, len(examples))
        given = opened(example)
        if given is not None:
            started, used = time.perf_counter(), time.process_time()
            pairs.append((example.truth, reader.read(given)))
            took = time.perf_counter() - started, time.process_time() - used
            spent.append((1000 * took[0], 1000 * took[1]))
    watch(len(examples), len(examples))
    return score(task, len(examples), pairs, spent)


def _lines(name: str, total: int, tell: Tell) -> Watch:
    """Return a watch that tells in lines, at first and then every few seconds."""
    tell(f"{name}: {total} to read")
    said = time.monotonic()

    def watch(done: int, of: int) -> None:
        nonlocal said
        if done < of and time.monotonic() - said > _EVERY_S:
            tell(f"{name}: {done} of {of}")
            said = time.monotonic()

    return watch


def render(came: Score) -> str:
    """Return the score as a compact table for people."""
    lines = [f"{came.task}: {came.n} to read, {came.scored} scored, {came.unreadable} unreadable"]
    for title, counts in (("abstained", came.abstained), ("left out", came.dropped)):
        told = ", ".join(f"{n} {why.replace('_', ' ')}" for why, n in counts.items() if n)
        lines.append(f"{title:<10} {told or 'none'}")
    readers = ", ".join(f"{model} ({n})" for model, n in came.models.items())
    lines.append(f"{'read by':<10} {readers or 'nobody'}")
    figures = {"accuracy": came.accuracy, "uar": came.uar, "macro_f1": came.macro_f1}
    for name, value in {**({} if came.pearson else figures), **came.pearson}.items():
        lines.append(
            f"{_TITLES.get(name, f'r {name}'):<20}{_told(value)}{_between(came.intervals, name)}"
        )
    if came.confusion:
        lines.append(f"{'ECE, 15 bins':<20}{_told(came.ece)}{_between(came.intervals, 'ece')}")
        shares = ", ".join(f"{float(at):.0%} {_told(right)}" for at, right in came.coverage.items())
        lines += [f"{'accuracy of surest':<20}{shares or '-'}", "", *_matrix(came)]
    wall = f"{_told(came.ms_median, 1)} ms median, {_told(came.ms_p95, 1)} ms p95"
    return "\n".join([*lines, f"one takes {wall}; {_told(came.cpu_ms_median, 1)} ms of processor"])


def spread(examples: Sequence[Example], limit: int | None) -> Sequence[Example]:
    """Return at most so many, evenly spread, as sets are often sorted by their label."""
    if limit is None or limit >= len(examples):
        return examples
    return [examples[at * len(examples) // limit] for at in range(limit)]


def opened(example: Example) -> Window | str | None:
    """Return what an example gives; None when it cannot be decoded."""
    if isinstance(example.give, str):
        return example.give
    try:
        return example.give()
    except SetupError:
        return None


def _told(value: float | None, digits: int = 3) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _between(intervals: Mapping[str, tuple[float, float]], name: str) -> str:
    if name not in intervals:
        return ""
    low, high = intervals[name]
    return f"  95 % in {low:.3f} to {high:.3f}"


def _matrix(came: Score) -> list[str]:
    """Return a row a class: its recall and interval, then how often it was taken for each."""
    short = "".join(f"{each[:6]:>8}" for each in Emotion)
    rows = [f"{'truth, guess':<13}{'recall':>6}{'95 % in':>14}{short}"]
    for emotion, counts in zip(Emotion, came.confusion, strict=True):
        cells = "".join(f"{count:>8}" for count in counts)
        low, high = came.recall_intervals.get(emotion, (None, None))
        between = "-" if low is None else f"{low:.2f} to {high:.2f}"
        rows.append(f"{emotion:<13}{_told(came.recall.get(emotion)):>6}{between:>14}{cells}")
    return [*rows, ""]
