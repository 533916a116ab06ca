"""The net that reads risk from words, in numpy; trained by `training/risk.py`.

One linear layer on what MiniLM made of a text after every one of its layers: the lower ones know
the words, the upper ones what they are about, and each alone tells less. A text must stand apart
both from harmless texts made to be mistaken and from everyday comments: one output says the latter,
and the odds of each level are no better than either allows.
"""

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from empathy_agent.errors import SetupError

__all__ = ["KINDS", "LEVELS", "WEIGHTS", "RiskNet", "RiskScores", "both", "chances", "inputs"]

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


class RiskNet:
    """The trained arrays, ready to run; safe to share between threads."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Unpack.

        Args:
            arrays: as `training/risk.py` exports them: `weights` [2688, 14], `bias` [14],
                `bounds` [4].
        """
        self._weights = arrays["weights"].astype(np.float32)
        self._bias = arrays["bias"].astype(np.float32)
        self.bounds: tuple[float, ...] = tuple(map(float, arrays["bounds"]))
        """Probabilities from which a text counts as at least each of `LEVELS`."""

    @classmethod
    def load(cls) -> "RiskNet":
        """Load the weights that ship with the package.

        Raises:
            SetupError: They are missing or damaged.
        """
        mend = "reinstall empathy-agent, or remake it with `empathy-agent train risk`"
        folder = files("empathy_agent.models.weights")
        try:
            data = folder.joinpath(WEIGHTS).read_bytes()
            known = json.loads(folder.joinpath("checksums.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise SetupError(f"the weights {WEIGHTS!r} are missing; {mend}") from error
        if hashlib.sha256(data).hexdigest() != known.get(WEIGHTS):
            raise SetupError(f"the weights {WEIGHTS!r} are damaged (wrong checksum); {mend}")
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return cls(dict(arrays))

    def read(self, means: NDArray[np.float32]) -> RiskScores:
        """Return the scores of one text.

        Args:
            means: [7, 384] of `MiniLM.means`.
        """
        odds = inputs(means) @ self._weights + self._bias
        count = len(LEVELS)
        levels = np.minimum.accumulate(chances(both(odds[:count], odds[-1:])))
        kinds = chances(odds[count:-1])
        return RiskScores(levels, kinds[:-1], float(kinds[-1]))


def both(risky: NDArray[Any], uncommon: NDArray[Any]) -> NDArray[np.floating[Any]]:
    """Return log odds no better than either: the inverse odds are added."""
    return -np.logaddexp(-risky, -uncommon)


def chances(odds: NDArray[Any]) -> NDArray[np.floating[Any]]:
    """Return the probabilities of log odds."""
    return 1 / (1 + np.exp(-np.clip(odds, -30, 30)))


def inputs(means: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the [2688] numbers that the linear layer takes, of `MiniLM.means` [7, 384]."""
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    return (means * (_SCALE / lengths)).ravel().astype(np.float32, copy=False)
