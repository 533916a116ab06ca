# pyright: basic, reportMissingImports=false
"""Learn risk from the wording of texts: logistic regressions on hashed runs of words, letters."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from empathy_agent.models.ngrams import BUCKETS, Runs

__all__ = ["Wording", "learn_wording", "packed", "wording_odds"]

_PENALTY = 4.0
"""Inverse strength of the quadratic penalty."""
_SEEN = (2, 3)
"""Texts that a run of words and one of letters must be in to count."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Wording:
    """What each run says."""

    rarity: Floats
    """[2 * BUCKETS] how much it counts: more the fewer texts it is in, 0 where it is in too few."""
    weights: Floats
    """[2 * BUCKETS, outputs]"""
    bias: Floats
    """[outputs]"""


def learn_wording(
    ours: Sequence[Runs], wanted: NDArray[np.bool_], comments: Sequence[Runs]
) -> Wording:
    """Return one logistic regression an output of `wanted`, and one beside everyday comments.

    Args:
        ours: of our texts.
        wanted: [N, outputs - 1] of these; the second column says which are urgent.
        comments: everyday ones; the last output tells urgent texts from them.
    """
    from scipy.sparse import vstack

    rarity = _rarity([*ours, *comments])
    given, common = _matrix(ours, rarity), _matrix(comments, rarity)
    fitted = [_fit(given, column) for column in wanted.T]
    urgent = given[np.flatnonzero(wanted[:, 1])]
    truth = np.arange(urgent.shape[0] + common.shape[0]) < urgent.shape[0]
    fitted.append(_fit(vstack([urgent, common]).tocsr(), truth))
    weights = np.stack([each for each, _ in fitted], axis=1).astype(np.float32)
    return Wording(rarity, weights, np.array([each for _, each in fitted], np.float32))


def wording_odds(learnt: Wording, texts: Sequence[Runs]) -> Floats:
    """Return [N, outputs] log odds."""
    return np.asarray(_matrix(texts, learnt.rarity) @ learnt.weights + learnt.bias, np.float32)


def packed(weights: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Return weights in whole numbers up to 127, and what one of each output is worth."""
    scale = np.abs(weights).max(axis=0) / 127
    return np.round(weights / scale).astype(np.int8), scale.astype(np.float32)


def _fit(given: Any, truth: NDArray[np.bool_]) -> tuple[NDArray[Any], float]:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=_PENALTY, max_iter=100, solver="liblinear", random_state=0)
    model.fit(given, truth)
    return np.ravel(model.coef_), float(np.ravel(model.intercept_)[0])


def _rarity(texts: Sequence[Runs]) -> Floats:
    """Return the inverse document frequency of each bucket, as scikit-learn smooths it."""
    seen = np.zeros(2 * BUCKETS)
    for text in texts:
        seen[text.words] += 1
        seen[text.letters] += 1
    rarity = np.log((1 + len(texts)) / (1 + seen)) + 1
    least = np.repeat(_SEEN, BUCKETS)
    return np.where(seen >= least, rarity, 0).astype(np.float32)


def _matrix(texts: Sequence[Runs], rarity: Floats) -> Any:
    from scipy.sparse import csr_matrix

    rows = [text.weighed(rarity) for text in texts]
    ends = np.cumsum([0, *(len(buckets) for buckets, _ in rows)])
    buckets = np.concatenate([np.zeros(0, np.int64), *(each for each, _ in rows)])
    numbers = np.concatenate([np.zeros(0, np.float32), *(each for _, each in rows)])
    return csr_matrix((numbers, buckets, ends), shape=(len(rows), 2 * BUCKETS))
