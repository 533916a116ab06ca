# pyright: basic, reportMissingImports=false
"""The six transformer layers of all-MiniLM-L6-v2, in numpy: pure functions over arrays.

A BERT encoder (Devlin et al., 2019): word, position and segment embeddings, then layers of
self-attention with 12 heads and of a feed-forward net with GELU, each with a residual and a norm.
Shapes: T word pieces of one text, 384 wide. All arrays are float32 and never written to.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "DEPTH",
    "HEADS",
    "WIDTH",
    "Encoder",
    "Layer",
    "Low",
    "attend",
    "ends",
    "gelu",
    "one_thread",
    "run",
]

Floats = NDArray[np.floating[Any]]

WIDTH = 384
"""Numbers a vector has."""
DEPTH = 6
"""Layers."""
HEADS = 12
"""Attention heads a layer."""
_PIECES = 128
"""Word pieces read of a text, the first and last included: what the model was trained on."""
_CHARACTERS = 4_000
"""Read of either end of a very long text, before it is cut into pieces."""
_EPSILON = np.float32(1e-12)
_products = threading.RLock()


@dataclass(frozen=True, eq=False)
class Low:
    """A change of one weight matrix as a product of two narrow ones (Hu et al., 2021)."""

    down: Floats
    """[inputs, rank]."""
    up: Floats
    """[rank, outputs]."""


@dataclass(frozen=True, eq=False)
class Layer:
    """One transformer layer; matrices are [inputs, outputs]."""

    mix: Floats
    """[384, 3 x 384] queries, keys and values."""
    mix_bias: Floats
    out: Floats
    """[384, 384] after attention."""
    out_bias: Floats
    out_gain: Floats
    out_shift: Floats
    wide: Floats
    """[384, 1536] into the feed-forward net."""
    wide_bias: Floats
    back: Floats
    """[1536, 384] out of it."""
    back_bias: Floats
    back_gain: Floats
    back_shift: Floats

    def plus(self, changes: Mapping[str, Low]) -> "Layer":
        """Return this layer with low-rank changes added to the matrices they name."""
        changed = {name: getattr(self, name) + low.down @ low.up for name, low in changes.items()}
        return replace(self, **changed)


class Encoder:
    """The whole model, loaded from its folder; safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        """Load `tokenizer.json` and `model.safetensors`.

        Args:
            folder: of the model, as sentence-transformers lays it out.
        """
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        weights = load_file(folder / "model.safetensors")
        self._words = weights["embeddings.word_embeddings.weight"]
        # Every text is one segment, so its embedding is a part of the position's.
        self._places = (
            weights["embeddings.position_embeddings.weight"]
            + weights["embeddings.token_type_embeddings.weight"][0]
        )
        self._gain = weights["embeddings.LayerNorm.weight"]
        self._shift = weights["embeddings.LayerNorm.bias"]
        self.layers = tuple(_layer(weights, index) for index in range(DEPTH))
        """Lowest first."""

    def pieces(self, text: str) -> list[int]:
        """Return the ids of the word pieces of a text; of a long one, those of both ends."""
        first, *inner, last = self._tokenizer.encode(ends(text)).ids
        half = (_PIECES - 2) // 2
        if len(inner) > 2 * half:
            inner = inner[:half] + inner[-half:]
        return [first, *inner, last]

    def start(self, pieces: list[int]) -> Floats:
        """Return the [T, 384] states below the first layer."""
        states = self._words[pieces] + self._places[: len(pieces)]
        return _norm(states, self._gain, self._shift)


def ends(text: str) -> str:
    """Return a text as it is read: a very long one without its middle."""
    if len(text) > 2 * _CHARACTERS:
        text = f"{text[:_CHARACTERS]} {text[-_CHARACTERS:]}"
    return text.encode("utf-8", "replace").decode("utf-8")  # lone surrogates have no bytes


def run(states: Floats, layer: Layer, starts: Sequence[int] | NDArray[np.int64] = (0,)) -> Floats:
    """Return the [T, 384] states after one layer.

    Args:
        states: of one text, or of several, one after the other: nothing is padded.
        layer: the layer.
        starts: where each text begins.
    """
    mixed = states @ layer.mix + layer.mix_bias
    texts = np.split(mixed, starts[1:]) if len(starts) > 1 else [mixed]
    attended = np.concatenate([attend(text) for text in texts]) @ layer.out + layer.out_bias
    states = _norm(states + attended, layer.out_gain, layer.out_shift)
    fed = gelu(states @ layer.wide + layer.wide_bias) @ layer.back + layer.back_bias
    return _norm(states + fed, layer.back_gain, layer.back_shift)


def attend(mixed: Floats) -> Floats:
    """Return what every piece takes from all pieces: [T, 3 x 384] to [T, 384]."""
    count = len(mixed)
    parts = mixed.reshape(count, 3, HEADS, WIDTH // HEADS).transpose(1, 2, 0, 3)
    queries, keys, values = parts
    scores = queries @ keys.transpose(0, 2, 1) * np.float32((WIDTH // HEADS) ** -0.5)
    shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares /= shares.sum(axis=-1, keepdims=True)
    return (shares @ values).transpose(1, 0, 2).reshape(count, WIDTH)


def _norm(states: Floats, gain: Floats, shift: Floats) -> Floats:
    centred = states - states.mean(axis=-1, keepdims=True)
    spread = np.einsum("ij,ij->i", centred, centred)[:, None] / np.float32(states.shape[-1])
    centred /= np.sqrt(spread + _EPSILON)
    centred *= gain
    centred += shift
    return centred


@contextmanager
def one_thread() -> Iterator[None]:
    """Hold numpy's matrix products to one thread; whoever else wants the same waits."""
    with _products:
        blas = _blas()
        if blas is None:
            yield
        else:
            with blas.limit(limits=1):
                yield


@cache
def _blas() -> Any:
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:  # it comes with scikit-learn; slower under load without it, and as right
        return None
    return ThreadpoolController().select(user_api="blas")


def gelu(x: Floats) -> Floats:
    """Return x times the normal distribution function, its erf by Abramowitz & Stegun 7.1.26.

    Wrong by 1.5e-7 at most, which is below what float32 resolves; numpy has no erf.
    """
    scaled = np.abs(x)
    scaled *= np.float32(0.5**0.5)
    t = scaled * np.float32(0.3275911)
    t += 1
    np.reciprocal(t, out=t)
    tail = t * np.float32(1.061405429)
    for factor in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        tail += np.float32(factor)
        tail *= t
    np.square(scaled, out=scaled)
    np.negative(scaled, out=scaled)
    tail *= np.exp(scaled, out=scaled)
    np.subtract(1, tail, out=tail)
    np.copysign(tail, x, out=tail)
    tail += 1
    tail *= x
    tail *= np.float32(0.5)
    return tail


def _layer(weights: Mapping[str, Floats], index: int) -> Layer:
    prefix = f"encoder.layer.{index}."

    def matrix(name: str) -> Floats:
        return np.ascontiguousarray(weights[f"{prefix}{name}.weight"].T)

    def vector(name: str, kind: str = "bias") -> Floats:
        return weights[f"{prefix}{name}.{kind}"]

    parts = [f"attention.self.{name}" for name in ("query", "key", "value")]
    return Layer(
        mix=np.concatenate([matrix(part) for part in parts], axis=1),
        mix_bias=np.concatenate([vector(part) for part in parts]),
        out=matrix("attention.output.dense"),
        out_bias=vector("attention.output.dense"),
        out_gain=vector("attention.output.LayerNorm", "weight"),
        out_shift=vector("attention.output.LayerNorm"),
        wide=matrix("intermediate.dense"),
        wide_bias=vector("intermediate.dense"),
        back=matrix("output.dense"),
        back_bias=vector("output.dense"),
        back_gain=vector("output.LayerNorm", "weight"),
        back_shift=vector("output.LayerNorm"),
    )
