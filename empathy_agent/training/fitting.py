# pyright: basic, reportMissingImports=false
"""What is fitted after training the word net, on held-out texts: probabilities and ratings."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from empathy_agent.affect import Emotion
from empathy_agent.models.wordnet import LABELS
from empathy_agent.perception.words import EIGHT

__all__ = ["beside", "blended", "calibrate_labels", "calibrated", "table"]

Arrays = dict[str, NDArray[Any]]

_RIDGE = 0.4
"""Weight of the penalty of `beside`, a text; chosen on the held-out ratings."""


def table() -> NDArray[np.float32]:
    """Return [28, 8]: what share of each label each emotion has."""
    emotions = list(Emotion)
    shares = np.zeros((len(LABELS), len(emotions)), np.float32)
    for index, label in enumerate(LABELS):
        for emotion, share in EIGHT[label].items():
            shares[index, emotions.index(emotion)] = share
    return shares


def calibrate_labels(
    raw: NDArray[np.float32], truth: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return slope and offset [28] of Platt's sigmoid for each label.

    Args:
        raw: [N, 28] scores on texts that were not trained on.
        truth: [N, 28] of 0 and 1.
    """
    import torch

    scores_, labels = torch.from_numpy(raw), torch.from_numpy(truth)
    slope = torch.ones(raw.shape[1], requires_grad=True)
    offset = torch.zeros(raw.shape[1], requires_grad=True)
    optimiser = torch.optim.LBFGS([slope, offset], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> Any:
        optimiser.zero_grad()
        each = torch.nn.functional.binary_cross_entropy_with_logits(
            scores_ * slope + offset, labels, reduction="none"
        )
        # A label with twenty texts shall not leave its prior far behind.
        loss = each.sum() + 4 * ((slope - 1) ** 2).sum() + (offset**2).sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    return slope.detach().numpy(), offset.detach().numpy()


def calibrated(kind: str, raw: NDArray[np.float32], truth: NDArray[np.float32]) -> Arrays:
    """Fit the sigmoids, then the power and bias that make shares of emotions probabilities."""
    import torch

    labelled = ~np.isnan(truth[:, 0])
    raw, truth = raw[labelled, : len(LABELS)], truth[labelled]
    slope, offset = calibrate_labels(raw, truth)
    labels = 1 / (1 + np.exp(-(raw * slope + offset)))
    aims = truth @ table()
    goal = torch.from_numpy(aims / aims.sum(axis=1, keepdims=True))
    evidence = torch.from_numpy(np.log(labels @ table() + 1e-4))
    power = torch.ones((), requires_grad=True)
    bias = torch.zeros(len(Emotion), requires_grad=True)
    optimiser = torch.optim.LBFGS([power, bias], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> Any:
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(evidence * power + bias, goal)
        loss.backward()
        return loss

    optimiser.step(closure)
    return {
        f"{kind}.slope": slope,
        f"{kind}.offset": offset,
        f"{kind}.power": power.detach().numpy(),
        f"{kind}.bias": bias.detach().numpy(),
    }


def beside(means: NDArray[np.float32], rated: NDArray[np.float32]) -> tuple[Any, Any]:
    """Return weights [4 x 384, 3] and offset [3] of a ridge regression below the upper layers.

    It sees the words before they are mixed, which arousal and dominance hang on more than valence.

    Args:
        means: [N, 4, 384] of the shared layers.
        rated: [N, 3] standardised; NaN where a text has none.
    """
    known = ~np.isnan(rated[:, 0])
    seen = means[known].reshape(known.sum(), -1).astype(np.float64)
    centre, spread = seen.mean(axis=0), seen.std(axis=0) + 1e-6
    seen = (seen - centre) / spread
    towards = rated[known].astype(np.float64)
    inner = seen.T @ seen + _RIDGE * len(seen) * np.eye(seen.shape[1])
    weights = np.linalg.solve(inner, seen.T @ (towards - towards.mean(axis=0))) / spread[:, None]
    return weights, towards.mean(axis=0) - centre @ weights


def blended(
    net: NDArray[np.float32],
    more: NDArray[Any],
    truth: NDArray[np.float32],
    ridge: tuple[Any, Any],
    scale: tuple[Any, Any],
) -> Arrays:
    """Return the arrays that add the ridge regression to the net, on the scale of the truth.

    Args:
        net: [N, 3] of held-out texts.
        more: [N, 3] of the ridge regression.
        truth: [N, 3] standardised; NaN where a text has none.
        ridge: its weights and offset.
        scale: centre and spread of the ratings.
    """
    known = ~np.isnan(truth[:, 0])
    slopes, offsets = np.empty(3), np.empty(3)
    shares = np.empty(3)
    for column in range(3):
        pairs = np.stack([net[known, column], more[known, column], np.ones(known.sum())], axis=1)
        # Seven hundred texts choose two numbers; both stay above zero.
        found = np.linalg.lstsq(pairs, truth[known, column], rcond=None)[0]
        slopes[column] = max(found[0], 0.1)
        shares[column] = max(found[1], 0.0) / slopes[column]
        offsets[column] = found[2]
    weights, offset = ridge
    centre, spread = scale
    return {
        "low.weights": (weights * shares).astype(np.float16),
        "low.offset": (offset * shares).astype(np.float32),
        "dimensions.centre": (np.asarray(centre) + offsets * spread).astype(np.float32),
        "dimensions.spread": (np.asarray(spread) * slopes).astype(np.float32),
    }
