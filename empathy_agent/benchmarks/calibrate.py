"""Fits the temperature of a vision model on a labelled set, and keeps it for later readings."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from empathy_agent.affect import Emotion
from empathy_agent.benchmarks import metrics
from empathy_agent.benchmarks.datasets import load
from empathy_agent.benchmarks.run import Eyes, Tell, Watch, opened, spread
from empathy_agent.benchmarks.task import Example
from empathy_agent.errors import SetupError
from empathy_agent.perception.debias import Scores
from empathy_agent.perception.fitted import fit, write_fitted
from empathy_agent.perception.frames import Window
from empathy_agent.settings import Settings

__all__ = ["LEAST", "Calibrated", "calibrate"]

LEAST = 50
"""Faces below which nothing is fitted."""


@dataclass(frozen=True)
class Calibrated:
    """What came of a calibration; measured on the pictures it was fitted on."""

    task: str
    model: str
    n: int
    """How many faces it was fitted on."""
    without_face: int
    """How many pictures were left out, as no face could be read in them."""
    unreadable: int
    """How many files could not be decoded."""
    temperature: float
    prior: float
    """How much of the content-free prior is divided out."""
    nll: tuple[float, float]
    """Mean negative log-likelihood of the labels, before and after."""
    ece: tuple[float, float]
    """Expected calibration error over 15 bins, before and after."""
    accuracy: tuple[float, float]
    uar: tuple[float, float]
    kept: str
    """The file it was kept in."""

    def to_json(self) -> str:
        """Return it as one JSON object on one line."""
        return json.dumps(asdict(self))

    def render(self) -> str:
        """Return it as a compact table for people."""
        rows = {"NLL": self.nll, "ECE": self.ece, "accuracy": self.accuracy, "UAR": self.uar}
        return "\n".join(
            [
                f"{self.model} on {self.task}: {self.n} faces, {self.without_face} without a face "
                f"that can be read, {self.unreadable} unreadable",
                f"temperature {self.temperature:.2f}, prior {self.prior:.2f}; kept in {self.kept}",
                f"{'':<10}{'before':>8}{'after':>8}   the model alone, on these very pictures",
                *(f"{name:<10}{row[0]:>8.3f}{row[1]:>8.3f}" for name, row in rows.items()),
            ]
        )


def calibrate(
    task: str,
    data: Path,
    *,
    settings: Settings,
    split: str = "valid",
    limit: int | None = None,
    tell: Tell,
    watch: Watch | None = None,
) -> Calibrated:
    """Ask the vision model of the settings about a labelled set, fit, and keep what was fitted.

    Raises:
        SetupError: no vision model is named, the task has no faces, or there are too few.
        ModelUnavailable: the model did not answer.
        ReadingError: it answered nonsense.
    """
    loaded = load(task, data, split)
    eyes = Eyes(settings, framed=loaded.framed)
    second = eyes.second
    if second is None or task == "text":
        raise SetupError(
            "--calibrate fits a vision model on labelled faces: name one with --vision, and a task "
            "of pictures"
        )
    answers = _asked(eyes, spread(loaded.examples, limit), watch or _silent)
    if len(answers.scores) < LEAST:
        raise SetupError(
            f"{len(answers.scores)} faces are too few to fit a temperature; give {LEAST} or more"
        )
    logs, priors = (
        np.array([getattr(each, name) for each in answers.scores]) for name in ("logs", "prior")
    )
    truth = np.array(answers.truth)
    found = fit(logs, priors, truth, prior=bool(second.debias.prior)).model_copy(
        update={"prompt": second.prompt, "debias": str(second.debias), "task": loaded.name}
    )
    tell(f"{second.model.name}: {len(truth)} faces asked about")
    before = np.array([each.distribution(second.debias.prior, 1.0) for each in answers.scores])
    after = np.array([each.distribution(found.prior, found.temperature) for each in answers.scores])
    pairs = {
        name: (measure(before, truth), measure(after, truth)) for name, measure in _MEASURES.items()
    }
    return Calibrated(
        task=loaded.name,
        model=second.model.name,
        n=len(truth),
        without_face=answers.without_face,
        unreadable=answers.unreadable,
        temperature=found.temperature,
        prior=found.prior,
        nll=found.nll,
        ece=pairs["ece"],
        accuracy=pairs["accuracy"],
        uar=pairs["uar"],
        kept=str(write_fitted(settings.home, second.model.name, found)),
    )


@dataclass
class _Answers:
    scores: list[Scores] = field(default_factory=list[Scores])
    truth: list[int] = field(default_factory=list[int])
    without_face: int = 0
    unreadable: int = 0


def _asked(eyes: Eyes, examples: Sequence[Example], watch: Watch) -> _Answers:
    eyes.warm()
    answers = _Answers()
    for number, example in enumerate(examples):
        watch(number, len(examples))
        window = opened(example)
        if not isinstance(window, Window) or not isinstance(example.truth, Emotion):
            answers.unreadable += 1
            continue
        opinion = eyes.opinion(window)
        if opinion is None:
            answers.without_face += 1
            continue
        answers.scores.append(opinion.scores)
        answers.truth.append(list(Emotion).index(example.truth))
    watch(len(examples), len(examples))
    return answers


def _silent(done: int, of: int) -> None:
    """Tell nobody."""


def _of_confusion(
    measure: Callable[[NDArray[np.int64]], NDArray[np.float64]],
) -> Callable[[NDArray[np.float64], NDArray[np.intp]], float]:
    def of(odds: NDArray[np.float64], truth: NDArray[np.intp]) -> float:
        return round(float(measure(metrics.confusion(truth, odds.argmax(1), len(Emotion)))), 4)

    return of


_MEASURES: dict[str, Callable[[NDArray[np.float64], NDArray[np.intp]], float]] = {
    "accuracy": _of_confusion(metrics.accuracy),
    "uar": _of_confusion(metrics.uar),
    "ece": lambda odds, truth: round(metrics.calibration_error(odds, truth), 4),
}
