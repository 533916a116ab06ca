# pyright: basic, reportMissingImports=false
"""Learn risk from vectors by a small net with one hidden layer, in torch.

Mixed pairs of texts (mixup, Zhang et al., 2018), noise and dropout keep it from learning its few
thousand texts by heart: what counts is a writer that it never read.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Hidden", "hidden_odds", "learn_hidden"]

_WIDTH = 256
_EPOCHS = 16
_BATCH = 64
_RATE = 1e-3
_DECAY = 0.1
_NOISE = 0.3
_MIXED = 0.6
"""Both parameters of the beta distribution that pairs are mixed by."""
_LEAST = 0.03
"""No input is taken to spread less: a few hardly change, and would be blown up."""
_SHARES = (0.5, 2.0, 1.0, 0.7, *[0.3] * 8, 0.5, 1.0)
"""How much each output counts."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Hidden:
    """A layer of rectified units, and one linear layer on it."""

    inner: Floats
    """[inputs, 256]"""
    inner_bias: Floats
    outer: Floats
    """[256, outputs]"""
    outer_bias: Floats


def hidden_odds(learnt: Hidden, vectors: Floats) -> Floats:
    """Return [N, outputs] log odds."""
    units = np.maximum(vectors @ learnt.inner + learnt.inner_bias, 0)
    return units @ learnt.outer + learnt.outer_bias


def learn_hidden(given: Floats, wanted: NDArray[np.bool_], comments: Floats) -> Hidden:
    """Return a net for every output of `wanted`, and one that tells urgent texts from comments.

    Args:
        given: [N, inputs] of our texts.
        wanted: [N, outputs - 1] of these; the second column says which are urgent.
        comments: [M, inputs] of everyday ones, which only the last output learns from.
    """
    import torch
    from torch.nn import functional

    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    inputs, truth, counts = _examples(given, wanted, comments)
    centre, spread = given.mean(axis=0), np.maximum(given.std(axis=0), _LEAST)
    vectors = torch.from_numpy((inputs - centre) / spread)
    net = _net(inputs.shape[1], truth.shape[1])
    optimiser = torch.optim.AdamW(net.parameters(), lr=_RATE, weight_decay=_DECAY)
    steps = _EPOCHS * -(-len(inputs) // _BATCH)
    step = 0
    for _ in range(_EPOCHS):
        for rows in torch.from_numpy(rng.permutation(len(inputs))).split(_BATCH):
            optimiser.param_groups[0]["lr"] = _RATE * (1 - step / steps)
            other = rows[torch.from_numpy(rng.permutation(len(rows)))]
            share = torch.from_numpy(rng.beta(_MIXED, _MIXED, (len(rows), 1)).astype(np.float32))
            # Texts of ours and comments answer different questions, so each counts by its share.
            mixed = share * vectors[rows] + (1 - share) * vectors[other]
            raw = net(mixed + _NOISE * torch.randn_like(mixed))
            loss = torch.zeros(())
            for part, among in ((share, rows), (1 - share, other)):
                each = functional.binary_cross_entropy_with_logits(
                    raw, truth[among], reduction="none"
                )
                loss = loss + (part * counts[among] * each).sum() / len(rows)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            step += 1
    return _folded(net, centre, spread)


def _examples(
    given: Floats, wanted: NDArray[np.bool_], comments: Floats
) -> tuple[Floats, Any, Any]:
    """Return the inputs, the answers, and how much each answer counts."""
    import torch

    ours, outputs = len(given), wanted.shape[1] + 1
    truth = np.zeros((ours + len(comments), outputs), np.float32)
    truth[:ours, :-1], truth[:ours, -1] = wanted, wanted[:, 1]
    counts = np.zeros_like(truth)
    counts[:ours, :-1], counts[:ours, -1], counts[ours:, -1] = 1, wanted[:, 1], 1
    counts *= np.array(_SHARES[: outputs - 1] + _SHARES[-1:], np.float32)
    inputs = np.concatenate([given, comments])
    return inputs, torch.from_numpy(truth), torch.from_numpy(counts)


def _net(inputs: int, outputs: int) -> Any:
    from torch import nn

    return nn.Sequential(
        nn.Dropout(0.2),
        nn.Linear(inputs, _WIDTH),
        nn.ReLU(),
        nn.Dropout(0.4),
        nn.Linear(_WIDTH, outputs),
    )


def _folded(net: Any, centre: Floats, spread: Floats) -> Hidden:
    """Return the net's arrays, for vectors that are not standardised."""
    inner = net[1].weight.detach().numpy().T / spread[:, None]
    bias = net[1].bias.detach().numpy() - centre @ inner
    outer = net[4].weight.detach().numpy().T.copy()
    return Hidden(inner, bias, outer, net[4].bias.detach().numpy().copy())
