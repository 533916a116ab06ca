# pyright: basic, reportMissingImports=false
"""all-MiniLM-L6-v2 around its layers, in numpy: word pieces, embeddings, batches.

A BERT encoder (Devlin et al., 2019): word, position and segment embeddings, then layers of
self-attention with 12 heads and of a feed-forward net with GELU, each with a residual and a norm
(`models/layers.py` runs those). All arrays are float32 and never written to.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from empathy_agent.models.layers import WIDTH, Layer, read_layers

__all__ = ["DEPTH", "WIDTH", "Batch", "Encoder", "batch", "ends", "gelu", "one_thread"]

Floats = NDArray[np.floating[Any]]

DEPTH = 6
"""Layers."""
_PIECES = 128
"""Word pieces read of a text, the first and last included: what the model was trained on."""
_CHARACTERS = 4_000
"""Read of either end of a very long text, before it is cut into pieces."""
_EPSILON = np.float32(1e-12)
_products = threading.RLock()


class Batch(NamedTuple):
    """B texts, the shorter ones padded to T pieces."""

    states: Floats
    """[B, T, 384]."""
    shares: Floats
    """[B, 1, T] one over the number of a text's pieces, and 0 at its padding."""


class Encoder:
    """What turns texts into the states below the first layer; safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        """Load `tokenizer.json`, and the embeddings of `model.safetensors`.

        Args:
            folder: of the model, as sentence-transformers lays it out.
        """
        from safetensors import safe_open
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._file = folder / "model.safetensors"
        with safe_open(self._file, "numpy") as weights:
            self._words = weights.get_tensor("embeddings.word_embeddings.weight")
            # Every text is one segment, so its embedding is a part of the position's.
            self._places = (
                weights.get_tensor("embeddings.position_embeddings.weight")
                + weights.get_tensor("embeddings.token_type_embeddings.weight")[0]
            )
            self._gain = weights.get_tensor("embeddings.LayerNorm.weight")
            self._shift = weights.get_tensor("embeddings.LayerNorm.bias")

    def layers(self, which: range = range(DEPTH)) -> tuple[Layer, ...]:
        """Read layers from the disk, lowest first; they are not kept."""
        from safetensors import safe_open

        with safe_open(self._file, "numpy") as weights:
            prefixes = tuple(f"encoder.layer.{index}." for index in which)
            names = [name for name in weights.keys() if name.startswith(prefixes)]  # noqa: SIM118
            return read_layers({name: weights.get_tensor(name) for name in names}, which)

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


def batch(texts: Sequence[Floats]) -> Batch:
    """Return texts of [T, 384] states as one batch."""
    if len(texts) == 1:  # the usual one, without a copy
        [states] = texts
        return Batch(states[None], np.full((1, 1, len(states)), 1 / len(states), np.float32))
    width = max(map(len, texts))
    padded = Batch(
        np.zeros((len(texts), width, WIDTH), np.float32),
        np.zeros((len(texts), 1, width), np.float32),
    )
    for states, shares, text in zip(padded.states, padded.shares, texts, strict=True):
        states[: len(text)] = text
        shares[0, : len(text)] = 1 / len(text)
    return padded


def ends(text: str) -> str:
    """Return a text as it is read: a very long one without its middle."""
    if len(text) > 2 * _CHARACTERS:
        text = f"{text[:_CHARACTERS]} {text[-_CHARACTERS:]}"
    return text.encode("utf-8", "replace").decode("utf-8")  # lone surrogates have no bytes


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
