"""A second opinion: what a vision model made of the key frames, weighed against the expert.

The two are combined by a log-linear pool, `p ∝ expert^(1-w) · vision^w`, as they look with
different eyes: what one of them all but rules out stays unlikely. The expert has seen every frame
and is calibrated, a vision model has seen a few, hence it counts 0.4 to the expert's 0.6 where both
are as sure. Each counts by how sure it is besides, as face and words do (`fusion`): a flat opinion
says nothing, and a pool that let it count in full would make the expert unsure for no reason. A
model that was never calibrated does not gain by claiming to be sure: it may count less than 0.4,
and not more.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from empathy_agent.affect import Emotion
from empathy_agent.perception.debias import Scores
from empathy_agent.perception.guarded import Description
from empathy_agent.perception.track import EMOTIONS

__all__ = ["VISION_WEIGHT", "Opinion", "combine", "weight_of"]

Floats = NDArray[np.float64]

VISION_WEIGHT = 0.4
"""What a vision model counts against the expert's 1 - w, at equal sureness."""

_FLOOR = 1e-4
"""No opinion rules an emotion out for good."""


@dataclass(frozen=True, eq=False)
class Opinion:
    """What a vision model made of the key frames."""

    distribution: Floats
    """[8], in the order of `EMOTIONS`: without the model's habits, at its temperature."""
    prompt: str
    """Hash of the prompt files."""
    scores: Scores
    """What the distribution was made of."""
    calibrated: bool = False
    """Whether a temperature was fitted for this model and prompt."""
    description: Description | None = None
    """What it saw in its own words, where it was asked and its answer could be read."""
    worth: float = 1.0
    """What is left of its weight: less than 1 when it is about frames of some time ago."""

    @property
    def ranked(self) -> tuple[tuple[Emotion, float], ...]:
        """The emotions and their probabilities, likeliest first."""
        pairs = zip(EMOTIONS, self.distribution.tolist(), strict=True)
        return tuple(sorted(pairs, key=lambda pair: -pair[1]))


def weight_of(expert: Floats, vision: Floats, *, calibrated: bool) -> float:
    """Return what a vision model counts against the expert's 1 - w, in [0, 1]."""
    counted = VISION_WEIGHT * float(vision.max())
    weight = counted / (counted + (1 - VISION_WEIGHT) * float(expert.max()))
    return weight if calibrated else min(weight, VISION_WEIGHT)


def combine(expert: Floats, vision: Floats, weight: float = VISION_WEIGHT) -> Floats:
    """Return the log-linear pool, [8], of two distributions."""
    logs = (1 - weight) * np.log(np.maximum(expert, _FLOOR))
    logs += weight * np.log(np.maximum(vision, _FLOOR))
    pooled = np.exp(logs - logs.max())
    return pooled / pooled.sum()
