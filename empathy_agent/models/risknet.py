"""The net that reads risk from words, in numpy; trained by `training/risk.py`.

Two parts, added up. A small net with a hidden layer reads what MiniLM made of a text after every
one of its layers: the lower ones know the words, the upper ones what they are about, and each alone
tells less. A linear layer reads the wording (`ngrams.py`), which a mean over a text blurs. A text
must stand apart both from harmless texts made to be mistaken and, while it is as short as a
comment, from everyday comments: one output says the latter, and the odds of each level are no
better than either allows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from empathy_agent.models.arrays import shipped_arrays
from empathy_agent.models.ngrams import Runs, runs_of

__all__ = [
    "COMMENT",
    "KINDS",
    "LEVELS",
    "WEIGHTS",
    "WINDOW",
    "RiskNet",
    "RiskScores",
    "both",
    "chances",
    "inputs",
    "is_long",
]

LEVELS = ("low", "moderate", "high", "imminent")
"""What the first outputs say: at least this level."""
KINDS = (
    "suicide",
    "self_harm",
    "violence",
    "abuse",
    "minor",
    "medical",
    "eating",
    "psychosis",
)
"""What the next outputs say; of the last two, one says that somebody else is at risk, and one that
the text is urgent rather than an everyday comment."""
WEIGHTS = "risk-1.npz"
"""The file among the weights."""
WINDOW = 2
"""Row of the bounds that holds for a window; 0 and 1 are those of a short text and a long one."""
COMMENT = 30
"""Words of the longest everyday comment that the net was taught with."""
_SCALE = 10.0
"""Brings the parts of a vector of length 1 near to 1, where one penalty suits all weights."""


@dataclass(frozen=True, eq=False)
class RiskScores:
    """What the net says of one text, as probabilities."""

    levels: NDArray[np.floating[Any]]
    """[4] of at least each of `LEVELS`; never rising."""
    kinds: NDArray[np.floating[Any]]
    """[8] in the order of `KINDS`; they need not sum to 1."""
    other: float
    """That somebody else is at risk."""
    reached: int
    """How many of `LEVELS` the text counts as, from the lowest on."""


class RiskNet:
    """The trained arrays, ready to run; safe to share between threads."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Unpack.

        Args:
            arrays: as `training/risk.py` exports them: `inner` [2688, 256], `inner_bias` and
                `outer` [256, 14] of the hidden layer; `runs` [131072, 14] with `scale` [14] of the
                wording, and `rarity` [131072] of each run; `bias` [14]; `bounds` [3, 4], the
                probability from which a short text, a long one, and a window of a long one count
                as at least each of `LEVELS`.
        """
        self._inner = arrays["inner"].astype(np.float32)
        self._inner_bias = arrays["inner_bias"].astype(np.float32)
        self._outer = arrays["outer"].astype(np.float32)
        self._bias = arrays["bias"].astype(np.float32)
        self._runs, self._scale = arrays["runs"], arrays["scale"].astype(np.float32)
        self._rarity = arrays["rarity"].astype(np.float32)
        self._bounds = arrays["bounds"].astype(np.float32)

    @classmethod
    def load(cls) -> "RiskNet":
        """Load the weights that ship with the package.

        Raises:
            SetupError: They are missing or damaged.
        """
        return cls(shipped_arrays(WEIGHTS, "empathy-agent train risk"))

    def read(self, means: NDArray[np.float32], text: str, *, window: bool = False) -> RiskScores:
        """Return the scores of one text.

        Args:
            means: [7, 384] of `MiniLM.means`.
            text: itself.
            window: whether it is cut out of a longer one.
        """
        units = np.maximum(inputs(means) @ self._inner + self._inner_bias, 0)
        odds = units @ self._outer + self._bias + self._wording(runs_of(text))
        count, long = len(LEVELS), is_long(text)
        levels = odds[:count] if long else both(odds[:count], odds[-1:])
        levels = np.minimum.accumulate(chances(levels))
        kinds = chances(odds[count:-1])
        bounds = self._bounds[WINDOW if window else int(long)]
        return RiskScores(levels, kinds[:-1], float(kinds[-1]), _reached(levels, bounds))

    def _wording(self, runs: Runs) -> NDArray[np.float32]:
        buckets, numbers = runs.weighed(self._rarity)
        return (numbers @ self._runs[buckets].astype(np.float32)) * self._scale


def _reached(levels: NDArray[np.floating[Any]], bounds: NDArray[np.float32]) -> int:
    # A text that is no moderate risk is no high one, whatever its bound.
    short_of = levels < bounds
    return int(short_of.argmax()) if short_of.any() else len(LEVELS)


def is_long(text: str) -> bool:
    """Say whether a text is longer than an everyday comment."""
    return len(text.split(None, COMMENT)) > COMMENT


def both(risky: NDArray[Any], uncommon: NDArray[Any]) -> NDArray[np.floating[Any]]:
    """Return log odds no better than either: the inverse odds are added."""
    return -np.logaddexp(-risky, -uncommon)


def chances(odds: NDArray[Any]) -> NDArray[np.floating[Any]]:
    """Return the probabilities of log odds."""
    return 1 / (1 + np.exp(-np.clip(odds, -30, 30)))


def inputs(means: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the [2688] numbers that the net takes, of `MiniLM.means` [7, 384]."""
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    return (means * (_SCALE / lengths)).ravel().astype(np.float32, copy=False)
