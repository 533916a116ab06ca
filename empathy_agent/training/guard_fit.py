# pyright: basic, reportMissingImports=false
"""Fit the guard's second look in torch: low-rank changes of MiniLM's upper layers, and a head.

The lower layers are frozen and run once (`training/adapt.py`). A few thousand sentences are learnt
by heart in a few passes: the mean of the last steps is what remains, and labels are smoothed.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from empathy_agent.models.embedder import SHARED
from empathy_agent.models.minilm import DEPTH, WIDTH, Encoder
from empathy_agent.models.wordnet import MATRICES
from empathy_agent.safety.guard_net import KINDS
from empathy_agent.training.adapt import _low, _padded, _run, _tensors, start_from

__all__ = ["Judge", "Sentences", "arrays_of", "fit", "odds_of"]

_RANK = 16
_UNITS = 128
_EPOCHS = 5
_BATCH = 32
_RATE, _HEAD_RATE = 1.5e-3, 1e-3
_DROP = 0.1
_SMOOTHED = 0.05
_PLAIN = 1500
"""Plain sentences in a pass, others each time until all were read."""
_HARD = 600
"""Of these, in the last passes, those that look most like a breach."""
_HARD_FROM = 2
"""Passes before that."""
_AVERAGED = 0.75
"""Share of the steps after which the mean begins."""

Floats = NDArray[np.float32]
Report = Callable[[str], None]


class Sentences(NamedTuple):
    """Sentences as the shared layers left them."""

    states: Sequence[Any]
    """[T, 384] of each."""
    kinds: NDArray[np.int64]
    """0 where a sentence is fine, and 1 and on for the kinds."""


class Judge(nn.Module):
    """Upper layers with low-rank changes, and a head on the means and peaks of their states."""

    def __init__(self, encoder: Encoder) -> None:
        """Build, changing nothing yet."""
        super().__init__()
        upper = encoder.layers(range(SHARED, DEPTH))
        self._layers = [_tensors(layer) for layer in upper]
        self.changes = nn.ModuleList(
            nn.ModuleDict({name: _low(getattr(layer, name), _RANK) for name in MATRICES})
            for layer in upper
        )
        width, outputs = (len(upper) + 2) * WIDTH, len(KINDS) + 1
        self.inner = nn.Linear(width, _UNITS)
        self.outer = nn.Linear(_UNITS, outputs)
        self.skip = nn.Linear(width, outputs, bias=False)
        nn.init.normal_(self.outer.weight, std=0.02)
        nn.init.zeros_(self.outer.bias)
        nn.init.zeros_(self.skip.weight)

    def forward(self, states: Sequence[Any]) -> Tensor:
        """Return [B, 14] raw scores."""
        x, mask = _padded(states)
        weights = mask[:, 0, 0, :, None].float()
        pooled = [(x * weights).sum(1) / weights.sum(1)]
        with torch.autocast("cpu", torch.bfloat16):
            for layer, low in zip(self._layers, self.changes, strict=True):
                x = _run(x, mask, layer, low, _DROP if self.training else 0.0)
                pooled.append((x.float() * weights).sum(1) / weights.sum(1))
        pooled.append(x.float().masked_fill(weights == 0, -1e4).amax(1))
        given = functional.dropout(torch.cat(pooled, 1), 0.1, self.training)
        hidden = functional.dropout(functional.gelu(self.inner(given)), 0.3, self.training)
        return self.outer(hidden) + self.skip(given)


def fit(encoder: Encoder, written: Sentences, plain: Sequence[Any], report: Report) -> Judge:
    """Return a net that learnt from written sentences, and from plain ones that are all fine.

    Args:
        encoder: the model whose layers are changed.
        written: sentences with their kinds.
        plain: states of the others.
        report: is told how it goes.
    """
    start_from(0)
    rng = np.random.default_rng(0)
    net = Judge(encoder)
    states = [*written.states, *plain]
    kinds = torch.from_numpy(np.append(written.kinds, np.zeros(len(plain), np.int64)))
    count = len(written.states)
    per_pass = count + min(_PLAIN, len(plain))
    steps = _EPOCHS * -(-per_pass // _BATCH)
    head = [each for name, each in net.named_parameters() if not name.startswith("changes")]
    optimiser = torch.optim.AdamW(
        [{"params": list(net.changes.parameters())}, {"params": head}], weight_decay=0.01
    )
    ends: list[list[Tensor]] = []
    step, began = 0, time.monotonic()
    left = rng.permutation(len(plain))
    hard = np.empty(0, np.int64)
    for number in range(_EPOCHS):
        if number >= _HARD_FROM:
            hard = np.argsort(-odds_of(net, plain)[1])[:_HARD]
        many = min(_PLAIN, len(plain)) - len(hard)
        chosen, left = np.append(hard, left[:many]), np.roll(left, -many)
        net.train()
        for rows in _batches(np.append(np.arange(count), count + chosen), states, rng):
            share = min(1.0, step / (0.06 * steps)) * (1 - step / steps) + 0.01
            for group, rate in zip(optimiser.param_groups, (_RATE, _HEAD_RATE), strict=True):
                group["lr"] = rate * share
            raw = net([states[row] for row in rows])
            loss = functional.cross_entropy(raw, kinds[rows], label_smoothing=_SMOOTHED)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            step += 1
            if step > _AVERAGED * steps and step % 5 == 0:
                ends.append([each.detach().clone() for each in net.parameters()])
        took = time.monotonic() - began
        report(f"pass {number + 1} of {_EPOCHS}: loss {loss.item():.3f}, {took:.0f} s")
    for each, values in zip(net.parameters(), zip(*ends, strict=True), strict=True):
        each.data.copy_(torch.stack(values).mean(0))
    return net


def _batches(
    rows: NDArray[np.int64], states: Sequence[Any], rng: np.random.Generator
) -> list[NDArray[np.int64]]:
    """Return batches of sentences of about the same length, in random order."""
    lengths = np.array([len(states[row]) for row in rows]) + rng.uniform(0, 3, len(rows))
    ordered = rows[np.argsort(lengths, kind="stable")]
    starts = rng.permutation(np.arange(0, len(rows), _BATCH))
    return [ordered[start : start + _BATCH] for start in starts]


def odds_of(net: Judge, states: Sequence[Any]) -> tuple[Floats, Floats]:
    """Return [N, 13] log odds of each kind against a fine sentence, and [N] of any kind."""
    net.eval()
    order = np.argsort([len(each) for each in states], kind="stable")
    raw = np.empty((len(order), len(KINDS) + 1), np.float32)
    with torch.inference_mode():
        for start in range(0, len(order), 64):
            rows = order[start : start + 64]
            raw[rows] = net([states[row] for row in rows]).numpy()
    each = raw[:, 1:] - raw[:, :1]
    return each, np.logaddexp.reduce(each, axis=1)


def arrays_of(net: Judge) -> dict[str, NDArray[Any]]:
    """Return what `GuardNet` reads of the second look."""
    arrays = {
        "inner": net.inner.weight.detach().numpy().T,
        "inner_bias": net.inner.bias.detach().numpy(),
        "outer": net.outer.weight.detach().numpy().T,
        "bias": net.outer.bias.detach().numpy(),
        "skip": net.skip.weight.detach().numpy().T,
    }
    named: Any = net.changes
    for depth, changes in enumerate(named, SHARED):
        for name in MATRICES:
            arrays[f"layer{depth}.{name}.down"] = changes[name].down.detach().numpy()
            arrays[f"layer{depth}.{name}.up"] = changes[name].up.detach().numpy()
    return {name: value.astype(np.float16) for name, value in arrays.items()}
