# pyright: basic, reportMissingImports=false
"""The net that reads affect from words, in numpy; trained by `training/words.py`.

It shares the lower three layers with the sentence vectors, runs the upper three again with low-rank
changes of its own, and puts a small head on the means over the pieces. Beside them stands a bag of
hashed words, which knows what the vectors blur, and for valence, arousal and dominance a linear map
of the lower layers. A second bag, trained to stand alone, reads where there are no layers.
"""

import hashlib
import io
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from empathy_agent.errors import SetupError
from empathy_agent.models.embedder import SHARED, States
from empathy_agent.models.layers import Block, Low
from empathy_agent.models.minilm import DEPTH, Encoder, batch, gelu, one_thread
from empathy_agent.models.onnx import checksums

__all__ = ["LABELS", "MATRICES", "WEIGHTS", "WordNet", "WordScores", "bag_of"]

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
    """The trained arrays, ready to run; safe to share between threads."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Unpack.

        Args:
            arrays: as `training/words.py` exports them.
        """
        self._arrays = {
            name: value if value.dtype == np.int8 else value.astype(np.float32)
            for name, value in arrays.items()
        }
        self._block: Block | None = None
        self._lock = threading.Lock()

    @classmethod
    def load(cls) -> "WordNet":
        """Load the weights that ship with the package.

        Raises:
            SetupError: They are missing or damaged.
        """
        mend = "reinstall empathy-agent, or remake it with `python -m empathy_agent.training.words`"
        try:
            data = files("empathy_agent.models.weights").joinpath(WEIGHTS).read_bytes()
        except OSError as error:
            raise SetupError(f"the weights {WEIGHTS!r} are missing; {mend}") from error
        if hashlib.sha256(data).hexdigest() != checksums().get(WEIGHTS):
            raise SetupError(f"the weights {WEIGHTS!r} are damaged (wrong checksum); {mend}")
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return cls(dict(arrays))

    def read(
        self,
        features: Sequence[Sequence[int]],
        states: Sequence[States],
        encoder: Encoder,
    ) -> list[WordScores]:
        """Return the scores of texts, in one pass.

        Args:
            features: hashed surface features of each.
            states: what MiniLM's shared layers made of each.
            encoder: MiniLM's, whose other layers are changed.
        """
        together = batch([each.pieces for each in states])
        out, means = self._changed(encoder).run(*together)
        at_pieces = together.shares.transpose(0, 2, 1) > 0
        peaks = out.max(axis=1, where=at_pieces, initial=-np.inf)
        with one_thread():
            raw = self._head(means, peaks, np.stack([each.means for each in states]))
        return [
            self._scores(one + bag_of(self._arrays, "bag", each), "whole")
            for one, each in zip(raw, features, strict=True)
        ]

    def read_alone(self, features: Sequence[Sequence[int]]) -> list[WordScores]:
        """Return the scores of texts by their hashed surface features alone."""
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
