# pyright: basic, reportMissingImports=false
"""The net that reads affect from words, in numpy; trained by `training/words.py`.

Two nets of one shape share the lower three layers with the sentence vectors, run the upper three
again with low-rank changes of their own, and put a small head on the means over the pieces. Beside
each stands a bag of hashed words, which knows what the vectors blur, and for valence, arousal and
dominance a linear map of the lower layers. What they say is averaged, which is right more often
than either. A bag trained to stand alone reads where there are no layers.
"""

import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from empathy_agent.models.arrays import shipped_arrays
from empathy_agent.models.embedder import SHARED, States
from empathy_agent.models.layers import Block, Low
from empathy_agent.models.minilm import DEPTH, Batch, Encoder, batch, gelu, one_thread

__all__ = [
    "LABELS",
    "MATRICES",
    "SCALE",
    "WEIGHTS",
    "WordNet",
    "WordScores",
    "bag_of",
    "unpacked",
]

LABELS: tuple[str, ...] = (
    "admiration",
    "amusement",
    "anger",
    "annoyance",
    "approval",
    "caring",
    "confusion",
    "curiosity",
    "desire",
    "disappointment",
    "disapproval",
    "disgust",
    "embarrassment",
    "excitement",
    "fear",
    "gratitude",
    "grief",
    "joy",
    "love",
    "nervousness",
    "optimism",
    "pride",
    "realization",
    "relief",
    "remorse",
    "sadness",
    "surprise",
    "neutral",
)
"""The 27 emotions of GoEmotions (Demszky et al., 2020) and neutral, in its order."""
MATRICES = ("mix", "out", "wide", "back")
"""Matrices of a layer that have a low-rank change."""
WEIGHTS = "words-1.npz"
"""The file among the weights."""
SCALE = ".scale8"
"""Ends the name of what an array in eight bits is to be multiplied by."""
_NET = re.compile(r"net\d+\.")

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class WordScores:
    """What the net says of one text."""

    labels: Floats
    """[28] calibrated probabilities, in the order of `LABELS`; multi-label, no sum."""
    eight: Floats
    """[8] calibrated probabilities, in the order of `Emotion`; they sum to 1."""
    dimensions: Floats
    """[3] valence, arousal and dominance on EmoBank's scale, mapped to [-1, 1]."""


class WordNet:
    """The trained nets, ready to run; safe to share between threads."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Unpack.

        Args:
            arrays: as `training/words.py` exports them.
        """
        self._nets = [_Net(each) for each in unpacked(arrays)]

    @classmethod
    def load(cls) -> "WordNet":
        """Load the weights that ship with the package.

        Raises:
            SetupError: They are missing or damaged.
        """
        return cls(shipped_arrays(WEIGHTS, "empathy-agent train words"))

    def read(
        self, features: Sequence[Sequence[int]], states: Sequence[States], encoder: Encoder
    ) -> list[WordScores]:
        """Return the scores of texts, in one pass: the mean of what the nets say.

        Args:
            features: hashed surface features of each.
            states: what MiniLM's shared layers made of each.
            encoder: MiniLM's, whose other layers are changed.
        """
        together = batch([each.pieces for each in states])
        below = np.stack([each.means for each in states])
        said = [net.read(features, together, below, encoder) for net in self._nets]
        return [_mean(opinions) for opinions in zip(*said, strict=True)]

    def read_alone(self, features: Sequence[Sequence[int]]) -> list[WordScores]:
        """Return the scores of texts by their hashed surface features alone."""
        return self._nets[0].read_alone(features)


def unpacked(arrays: Mapping[str, NDArray[Any]]) -> list[dict[str, NDArray[Any]]]:
    """Return the arrays of each net: those named `net0.` and so on, and those that all share."""
    shared = {name: value for name, value in arrays.items() if not _NET.match(name)}
    prefixes = sorted({found[0] for found in map(_NET.match, arrays) if found}) or [""]
    return [
        shared
        | {
            name.removeprefix(prefix): _plain(arrays, name)
            for name in arrays
            if name.startswith(prefix) and not name.endswith(SCALE)
        }
        for prefix in prefixes
    ]


def _plain(arrays: Mapping[str, NDArray[Any]], name: str) -> NDArray[Any]:
    scale = arrays.get(f"{name}{SCALE}")
    return arrays[name] if scale is None else arrays[name].astype(np.float32) * scale


def _mean(said: Sequence[WordScores]) -> WordScores:
    def over(values: Iterable[Floats]) -> Floats:
        return np.mean(np.stack(list(values)), axis=0)

    return WordScores(
        over(each.labels for each in said),
        over(each.eight for each in said),
        over(each.dimensions for each in said),
    )


class _Net:
    """One of them."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._arrays = {
            name: value if value.dtype == np.int8 else value.astype(np.float32)
            for name, value in arrays.items()
        }
        self._block: Block | None = None
        self._lock = threading.Lock()

    def read(
        self, features: Sequence[Sequence[int]], texts: Batch, below: Floats, encoder: Encoder
    ) -> list[WordScores]:
        """Return the scores of texts, whose [N, 4, 384] means of the shared layers are `below`."""
        out, means = self._changed(encoder).run(*texts)
        at_pieces = texts.shares.transpose(0, 2, 1) > 0
        peaks = out.max(axis=1, where=at_pieces, initial=-np.inf)
        with one_thread():
            raw = self._head(means, peaks, below)
        return [
            self._scores(one + bag_of(self._arrays, "bag", each), "whole")
            for one, each in zip(raw, features, strict=True)
        ]

    def read_alone(self, features: Sequence[Sequence[int]]) -> list[WordScores]:
        return [self._scores(bag_of(self._arrays, "alone", each), "alone") for each in features]

    def _head(self, means: Floats, peaks: Floats, below: Floats) -> Floats:
        """Return [N, 31] raw scores.

        Args:
            means: [N, 3, 384] after each upper layer.
            peaks: [N, 384], the largest of the pieces after the last one.
            below: [N, 4, 384] means of the shared layers.
        """
        arrays = self._arrays
        pooled = np.concatenate([means[:, -1], below[:, SHARED]], axis=1)
        hidden = gelu(pooled @ arrays["head.in"] + arrays["head.in_bias"])
        raw = hidden @ arrays["head.out"] + arrays["head.out_bias"]
        lower_means = means[:, :-1].reshape(len(means), -1)
        raw += np.concatenate([lower_means, peaks], axis=1) @ arrays["head.skip"]
        lower = below.reshape(len(below), -1)
        raw[:, 28:] += lower @ arrays["low.weights"] + arrays["low.offset"]
        return raw

    def _changed(self, encoder: Encoder) -> Block:
        with self._lock:
            if self._block is None:
                self._block = Block(
                    [
                        layer.plus({name: self._low(depth, name) for name in MATRICES})
                        for depth, layer in enumerate(encoder.layers(range(SHARED, DEPTH)), SHARED)
                    ]
                )
            return self._block

    def _low(self, depth: int, name: str) -> Low:
        prefix = f"layer{depth}.{name}"
        return Low(self._arrays[f"{prefix}.down"], self._arrays[f"{prefix}.up"])

    def _scores(self, raw: Floats, kind: str) -> WordScores:
        """Calibrate [31] raw scores: Platt's sigmoid a label, a tempered share an emotion."""
        slope, offset = self._arrays[f"{kind}.slope"], self._arrays[f"{kind}.offset"]
        labels = 1 / (1 + np.exp(-np.clip(raw[:28] * slope + offset, -30, 30)))
        # The table says what share of a label each emotion has; the rest is fitted.
        evidence = np.log(labels @ self._arrays["eight.table"] + 1e-4)
        logits = evidence * self._arrays[f"{kind}.power"] + self._arrays[f"{kind}.bias"]
        shares = np.exp(logits - logits.max())
        centre, spread = self._arrays["dimensions.centre"], self._arrays["dimensions.spread"]
        dimensions = np.clip(raw[28:] * spread + centre, -1, 1)
        return WordScores(labels, shares / shares.sum(), dimensions)


def bag_of(arrays: Mapping[str, NDArray[Any]], name: str, features: Sequence[int]) -> Floats:
    """Return the [31] sum of what each feature says, over the root of how many there are."""
    rows = arrays[f"{name}.rows"][list(features)].astype(np.float32)
    return (
        rows.sum(axis=0) * arrays[f"{name}.scale"] / np.sqrt(len(features) + 1)
        + arrays[f"{name}.bias_row"]
    )
