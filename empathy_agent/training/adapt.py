# pyright: basic, reportMissingImports=false
"""Low-rank changes of MiniLM's upper layers, and the heads on top, trained together in torch.

The lower layers are frozen and run once. Products are in bfloat16 where the processor has them, so
that an epoch over 90,000 texts takes about nine minutes of one core.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from empathy_agent.models.embedder import SHARED
from empathy_agent.models.layers import HEADS, Layer
from empathy_agent.models.minilm import DEPTH, Encoder
from empathy_agent.models.wordnet import LABELS, MATRICES
from empathy_agent.perception.surface import BUCKETS

__all__ = ["Adapted", "Alone", "Examples", "Recipe", "fit", "lower", "scores", "start_from"]

_OUTPUTS = len(LABELS) + 3
_EMPTY = BUCKETS
"""Stands where a text has fewer features than others of its batch."""

Report = Callable[[str], None]


@dataclass(frozen=True)
class Recipe:
    """How to train; the defaults made the weights that ship."""

    rank: int = 32
    epochs: float = 1.0
    batch: int = 64
    rate: float = 1.5e-3
    """Of the low-rank changes."""
    head_rate: float = 1e-3
    bag_rate: float = 1e-2
    rare: float = 0.25
    """A label counts the odds against it, to this power."""
    drop: float = 0.1
    """The share of what a layer adds that is left out at random."""
    averaged: float = 0.25
    """The share of the steps, the last ones, whose mean is what remains (Izmailov et al., 2018)."""
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Examples:
    """N texts with their labels."""

    pieces: list[list[int]]
    """Ids of word pieces."""
    features: list[list[int]]
    """Hashed surface features."""
    labels: NDArray[np.float32]
    """[N, 28] of 0 and 1; NaN where a text has none."""
    dimensions: NDArray[np.float32]
    """[N, 4] valence, arousal, dominance and sentiment, standardised; NaN where a text has none."""


def start_from(value: int) -> None:
    """Fix what torch draws: the weights that nets begin with, and what they leave out."""
    torch.manual_seed(value)


def _ragged(rows: Sequence[Sequence[int]], empty: int) -> Tensor:
    width = max(1, *map(len, rows))
    return torch.tensor([[*row, *[empty] * (width - len(row))] for row in rows])


def _run(
    states: Tensor, mask: Tensor, layer: dict[str, Tensor], low: Any = None, drop: float = 0.0
) -> Tensor:
    """Run one layer over [B, T, 384], as `models/layers.py` does."""

    def product(x: Tensor, name: str) -> Tensor:
        changed = low[name](x) if low is not None else 0
        return x @ layer[name] + layer[f"{name}_bias"] + changed

    def norm(x: Tensor, name: str) -> Tensor:
        gain, shift = layer[f"{name}_gain"], layer[f"{name}_shift"]
        return functional.layer_norm(x.float(), (x.shape[-1],), gain, shift, 1e-12)

    batch, count, width = states.shape
    parts = product(states, "mix").view(batch, count, 3, HEADS, width // HEADS)
    queries, keys, values = parts.permute(2, 0, 3, 1, 4)
    attended = functional.scaled_dot_product_attention(queries, keys, values, attn_mask=mask)
    attended = attended.transpose(1, 2).reshape(batch, count, width)
    added = functional.dropout(product(attended, "out"), drop)
    states = norm(states + added, "out")
    fed = product(functional.gelu(product(states, "wide")), "back")
    return norm(states + functional.dropout(fed, drop), "back")


def _tensors(layer: Layer) -> dict[str, Tensor]:
    # Biases and norms stay float32; they cost nothing.
    half = {name: torch.from_numpy(getattr(layer, name)).bfloat16() for name in MATRICES}
    return {name: torch.from_numpy(value) for name, value in vars(layer).items()} | half


def _batches(lengths: NDArray[np.int64], size: int, rng: np.random.Generator) -> Iterator[Any]:
    """Give batches of texts of about the same length, in random order."""
    order = np.argsort(lengths + rng.uniform(0, 3, len(lengths)), kind="stable")
    starts = rng.permutation(np.arange(0, len(order), size))
    for start in starts:
        yield order[start : start + size]


def lower(
    encoder: Encoder,
    pieces: Sequence[list[int]],
    report: Report,
    means: NDArray[np.float32] | None = None,
) -> list[Any]:
    """Return the [T, 384] states of each text after the shared layers, in half precision.

    Args:
        encoder: the model.
        pieces: ids of the word pieces of each text.
        report: is told how it goes.
        means: [N, 4, 384] to fill with the means over the pieces, as `States.means` has them.
    """
    layers = [_tensors(layer) for layer in encoder.layers(range(SHARED))]
    order = np.argsort([len(each) for each in pieces], kind="stable")
    states: list[Any] = [None] * len(pieces)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        for start in range(0, len(order), 64):
            rows = order[start : start + 64]
            starts = [torch.from_numpy(encoder.start(pieces[row])) for row in rows]
            x, mask = _padded(starts)
            weights = mask[:, 0, 0, :, None].float()
            each = [x]
            for layer in layers:
                x = _run(x, mask, layer)
                each.append(x)
            if means is not None:
                sums = [(one.float() * weights).sum(1) for one in each]
                means[rows] = (torch.stack(sums, 1) / weights.sum(1)[:, None]).numpy()
            for row, given in zip(rows, x.half().numpy(), strict=True):
                states[row] = given[: len(pieces[row])].copy()
            if start % 12_800 == 0:
                report(f"shared layers: {start} of {len(order)} texts")
    return states


def _padded(states: Sequence[Any]) -> tuple[Tensor, Tensor]:
    """Return [B, T, 384] and a mask [B, 1, 1, T] that is true at pieces."""
    tensors = [torch.tensor(np.asarray(each), dtype=torch.float32) for each in states]
    padded = nn.utils.rnn.pad_sequence(tensors, batch_first=True)
    lengths = torch.tensor([len(each) for each in tensors])
    return padded, (torch.arange(padded.shape[1]) < lengths[:, None])[:, None, None, :]


class _Low(nn.Module):
    def __init__(self, inputs: int, outputs: int, rank: int) -> None:
        super().__init__()
        self.down = nn.Parameter(torch.randn(inputs, rank) * inputs**-0.5)
        self.up = nn.Parameter(torch.zeros(rank, outputs))

    def forward(self, x: Tensor) -> Tensor:
        return (x @ self.down) @ self.up


def _low(matrix: NDArray[Any], rank: int) -> _Low:
    inputs, outputs = matrix.shape
    return _Low(inputs, outputs, rank)


class Alone(nn.Module):
    """The bag of hashed words by itself."""

    def __init__(self, prior: NDArray[np.float32]) -> None:
        """Build, starting from how frequent each label is."""
        super().__init__()
        self.rows = nn.EmbeddingBag(BUCKETS + 1, _OUTPUTS, mode="sum", padding_idx=_EMPTY)
        nn.init.zeros_(self.rows.weight)
        self.bias = nn.Parameter(torch.zeros(_OUTPUTS))
        with torch.no_grad():
            self.bias[: len(LABELS)] = torch.from_numpy(np.log(prior / (1 - prior)))

    def forward(self, features: Tensor, states: Sequence[Any]) -> Tensor:
        """Return [B, 31] raw scores; the states are not looked at."""
        del states
        if self.training:  # a word that is sometimes missing cannot be the only sign
            features = features.masked_fill(torch.rand(features.shape) < 0.2, _EMPTY)
        counts = (features != _EMPTY).sum(1, keepdim=True) + 1
        return self.rows(features) / counts.sqrt() + self.bias

    def groups(self, recipe: Recipe) -> list[dict[str, Any]]:
        """Return the parameters with their learning rates."""
        return [{"params": list(self.parameters()), "lr": recipe.bag_rate, "weight_decay": 1e-3}]


class Adapted(nn.Module):
    """Upper layers with low-rank changes, a head, and a bag of words beside it.

    A last output, the sentiment that raters gave to other texts, helps to learn valence and is not
    exported.
    """

    def __init__(self, encoder: Encoder, prior: NDArray[np.float32], recipe: Recipe) -> None:
        """Build, changing nothing yet."""
        super().__init__()
        self._drop = recipe.drop
        upper = encoder.layers(range(SHARED, DEPTH))
        self._layers = [_tensors(layer) for layer in upper]
        self.changes = nn.ModuleList(
            nn.ModuleDict({n: _low(getattr(layer, n), recipe.rank) for n in MATRICES})
            for layer in upper
        )
        self.skip = nn.Linear(len(upper) * 384, _OUTPUTS, bias=False)
        nn.init.zeros_(self.skip.weight)
        self.inner = nn.Linear(2 * 384, 256)
        self.outer = nn.Linear(256, _OUTPUTS)
        nn.init.normal_(self.outer.weight, std=0.02)
        nn.init.zeros_(self.outer.bias)
        self.sentiment = nn.Linear(256 + len(upper) * 384, 1)
        self.bag = Alone(prior)

    def forward(self, features: Tensor, states: Sequence[Any]) -> Tensor:
        """Return [B, 32] raw scores, the last one of the sentiment."""
        drop = self._drop if self.training else 0.0
        x, mask = _padded(states)
        weights = mask[:, 0, 0, :, None].float()
        below = (x * weights).sum(1) / weights.sum(1)
        means: list[Tensor] = []
        with torch.autocast("cpu", torch.bfloat16):
            for layer, low in zip(self._layers, self.changes, strict=True):
                x = _run(x, mask, layer, low, drop)
                means.append((x.float() * weights).sum(1) / weights.sum(1))
        peaks = x.float().masked_fill(weights == 0, -1e4).amax(1)
        pooled = functional.dropout(torch.cat([means[-1], below], 1), 0.1, self.training)
        hidden = functional.dropout(functional.gelu(self.inner(pooled)), 0.2, self.training)
        beside = functional.dropout(torch.cat([*means[:-1], peaks], 1), 0.2, self.training)
        scores = self.outer(hidden) + self.skip(beside) + self.bag(features, states)
        return torch.cat([scores, self.sentiment(torch.cat([hidden, beside], 1))], 1)

    def groups(self, recipe: Recipe) -> list[dict[str, Any]]:
        """Return the parameters with their learning rates."""
        nets = (self.inner, self.outer, self.skip, self.sentiment)
        head = [part for net in nets for part in net.parameters()]
        return [
            {"params": list(self.changes.parameters()), "lr": recipe.rate, "weight_decay": 0.01},
            {"params": head, "lr": recipe.head_rate, "weight_decay": 0.01},
            {"params": list(self.bag.parameters()), "lr": recipe.bag_rate, "weight_decay": 1e-3},
        ]


def _loss(raw: Tensor, labels: Tensor, dimensions: Tensor, weight: Tensor) -> Tensor:
    labelled, rated = ~labels[:, 0].isnan(), ~dimensions.isnan()
    loss = raw.new_zeros(())
    if labelled.any():
        logits = raw[labelled, : len(LABELS)]
        each = functional.binary_cross_entropy_with_logits(
            logits, labels[labelled], pos_weight=weight, reduction="sum"
        )
        loss = loss + each / 4
    said = raw[:, len(LABELS) :]  # the bag alone says nothing of sentiment
    errors = (said - dimensions.nan_to_num()[:, : said.shape[1]]) ** 2
    loss = loss + (errors * rated[:, : said.shape[1]]).sum() / 1.5
    return loss / len(raw)


def fit(
    net: Adapted | Alone,
    examples: Examples,
    states: Sequence[Any],
    recipe: Recipe,
    report: Report,
    *,
    prior: NDArray[np.float32],
) -> None:
    """Train a net in place.

    Args:
        net: what to train.
        examples: its texts.
        states: of `lower`, one a text; not looked at by `Alone`.
        recipe: how.
        report: is told how it goes.
        prior: [28] how frequent each label is.
    """
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    weight = torch.from_numpy(((1 - prior) / prior) ** recipe.rare).float()
    labels, dimensions = torch.from_numpy(examples.labels), torch.from_numpy(examples.dimensions)
    groups = net.groups(recipe)
    rates = [group["lr"] for group in groups]
    optimiser = torch.optim.AdamW(groups)
    lengths = np.array([len(each) for each in examples.pieces])
    steps = int(recipe.epochs * (len(lengths) / recipe.batch))
    net.train()
    mean = _Mean(net)
    step, told = 0, 0.0
    while step < steps:
        for rows in _batches(lengths, recipe.batch, rng):
            if step >= steps:
                break
            share = min(1.0, step / (0.05 * steps)) * (1 - step / steps) + 0.02
            for group, rate in zip(groups, rates, strict=True):
                group["lr"] = rate * share
            features = _ragged([examples.features[row] for row in rows], _EMPTY)
            raw = net(features, [states[row] for row in rows])
            loss = _loss(raw, labels[rows], dimensions[rows], weight)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(groups[0]["params"], 1.0)
            optimiser.step()
            step, told = step + 1, 0.98 * told + 0.02 * loss.item()
            if step > (1 - recipe.averaged) * steps and step % 10 == 0:
                mean.add()
            if step % 100 == 0:
                report(f"step {step} of {steps}: loss {told / (1 - 0.98**step):.4f}")
    mean.put()


class _Mean:
    """The mean of what a net's parameters were at some steps."""

    def __init__(self, net: nn.Module) -> None:
        self._parameters = list(net.parameters())
        self._sums = [torch.zeros_like(each) for each in self._parameters]
        self._count = 0

    def add(self) -> None:
        self._count += 1
        for total, each in zip(self._sums, self._parameters, strict=True):
            total += each.detach()

    def put(self) -> None:
        """Set the net to the mean, if there is one."""
        for total, each in zip(self._sums, self._parameters, strict=True):
            if self._count:
                each.data.copy_(total / self._count)


def scores(
    net: Adapted | Alone, features: Sequence[Sequence[int]], states: Sequence[Any]
) -> NDArray[np.float32]:
    """Return [N, 31] raw scores."""
    net.eval()
    order = np.argsort([len(each) for each in states], kind="stable")
    result = np.empty((len(order), _OUTPUTS), np.float32)
    with torch.inference_mode():
        for start in range(0, len(order), 128):
            rows = order[start : start + 128]
            chosen = _ragged([features[row] for row in rows], _EMPTY)
            result[rows] = net(chosen, [states[row] for row in rows])[:, :_OUTPUTS].numpy()
    return result
