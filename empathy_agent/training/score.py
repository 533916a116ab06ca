"""How good eight-way guesses are: accuracy, recall of each class, calibration."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from empathy_agent.affect import Emotion

__all__ = ["Scores", "score", "temperature"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Scores:
    """Scores of one model on one set."""

    n: int
    """How many pictures."""
    accuracy: float
    uar: float
    """Unweighted average recall over the classes that occur."""
    macro_f1: float
    ece: float
    """Expected calibration error over 15 bins of confidence."""
    recall: dict[str, float]
    """Of each class that occurs."""

    def told(self) -> dict[str, object]:
        """Return the scores as plain values, rounded for a report."""
        rounded = {name: round(each, 4) for name, each in self.recall.items()}
        told: dict[str, object] = {"n": self.n, "recall": rounded}
        for name in ("accuracy", "uar", "macro_f1", "ece"):
            told[name] = round(float(getattr(self, name)), 4)
        return told


def score(probabilities: NDArray[np.floating], truth: NDArray[np.integer]) -> Scores:
    """Score probabilities [N, 8] against classes [N]."""
    guess, sure = probabilities.argmax(1), probabilities.max(1)
    right = guess == truth
    recalls: dict[str, float] = {}
    measures: list[float] = []
    for index, emotion in enumerate(Emotion):
        here, said = truth == index, guess == index
        if here.any():
            hit = float((here & said).sum())
            recalls[str(emotion)] = hit / float(here.sum())
            measures.append(2 * hit / float(here.sum() + said.sum()))
    bins = np.clip((sure * 15).astype(int), 0, 14)
    gaps = [
        abs(float(sure[bins == each].mean()) - float(right[bins == each].mean()))
        * float((bins == each).mean())
        for each in range(15)
        if (bins == each).any()
    ]
    return Scores(
        n=len(truth),
        accuracy=float(right.mean()),
        uar=float(np.mean(list(recalls.values()))),
        macro_f1=float(np.mean(measures)),
        ece=float(sum(gaps)),
        recall=recalls,
    )


def temperature(logits: NDArray[np.floating], truth: NDArray[np.integer]) -> float:
    """Return the divisor of logits under which classes are likeliest (Guo et al., 2017)."""
    grid = [float(each) for each in np.geomspace(0.3, 4, 120)]

    def loss(divisor: float) -> float:
        scaled = logits.astype(np.float64) / divisor
        scaled = scaled - scaled.max(1, keepdims=True)
        total = np.log(np.exp(scaled).sum(1))
        return float((total - scaled[np.arange(len(truth)), truth]).mean())

    return min(grid, key=loss)
