"""Probabilities that are right as often as they say: a divisor of logits, and two shifts.

The divisor is a temperature (Guo et al., 2017). The shifts adjust logits after training (Menon et
al., 2021) with one strength among the five common emotions, as weighing up the rare in training
costs the most common more than it should, and another for the three rare ones, all alike, as each
alone is too rare in the data to fit anything on.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from empathy_agent.benchmarks.metrics import Guessed, guessed

__all__ = ["Calibration", "crossed", "fit", "softmax", "temperature"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

COMMON = 5
"""How many of the emotions count as common."""
SHIFTS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
"""Strengths that are tried among the common."""
LIFTS = (0.0, 0.2, 0.4, 0.6)
"""Lifts that are tried of the rare."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """What turns a net's logits into probabilities."""

    divisor: float
    """Temperature; below 1 where the net says too little."""
    strength: float
    """How far the logits are moved towards the most common emotions."""
    lift: float
    """How far those of rare emotions are moved up."""
    bias: Floats
    """[8] added to the divided logits."""

    def odds(self, views: Floats) -> Floats:
        """Return the mean probabilities [N, 8] of several views' logits [views, N, 8]."""
        return softmax(views / self.divisor + self.bias).mean(0)


def softmax(logits: Floats) -> Floats:
    """Return probabilities over the last axis."""
    odds = np.exp(logits - logits.max(-1, keepdims=True))
    return odds / odds.sum(-1, keepdims=True)


def temperature(logits: Floats, truth: Indices, bias: Floats | float = 0.0) -> float:
    """Return the divisor of logits [..., N, 8] under which classes [N] are likeliest.

    Args:
        logits: of one view, or of several whose probabilities are averaged.
        truth: the classes.
        bias: added to the divided logits.
    """
    views = np.atleast_3d(logits.T).T.astype(np.float64)
    rows = np.arange(len(truth))

    def loss(divisor: float) -> float:
        odds = softmax(views / divisor + bias).mean(0)
        return -float(np.log(odds[rows, truth] + 1e-12).mean())

    return min((float(each) for each in np.geomspace(0.3, 4, 40)), key=loss)


def fit(views: Floats, truth: Indices, prior: Floats) -> Calibration:
    """Choose the shifts under which accuracy, UAR and macro-F1 together are best, and the divisor.

    Args:
        views: [views, N, 8] logits.
        truth: [N] classes.
        prior: [8] how often each emotion occurs in training.
    """
    tried = [_shifted(views, truth, prior, strength, lift) for strength in SHIFTS for lift in LIFTS]
    return max(tried, key=lambda each: _worth(guessed(each.odds(views), truth)))


def crossed(views: Floats, truth: Indices, prior: Floats, seed: int = 0) -> Floats:
    """Return probabilities [N, 8] of each half, calibrated on the other: an honest estimate."""
    order = np.random.default_rng(seed).permutation(len(truth))
    odds = np.zeros(views.shape[1:])
    for learn, told in ((order[::2], order[1::2]), (order[1::2], order[::2])):
        odds[told] = fit(views[:, learn], truth[learn], prior).odds(views[:, told])
    return odds


def _shifted(
    views: Floats, truth: Indices, prior: Floats, strength: float, lift: float
) -> Calibration:
    share = np.log(prior / prior.sum() + 1e-6)
    least = np.sort(share)[-COMMON]
    bias = strength * (np.maximum(share, least) - least) + lift * (share < least)
    return Calibration(temperature(views, truth, bias), strength, lift, bias)


def _worth(came: Guessed) -> float:
    return came.accuracy + came.uar + came.macro_f1
