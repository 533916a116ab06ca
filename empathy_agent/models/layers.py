# pyright: basic, reportMissingImports=false
"""Three transformer layers at a time, in ONNX Runtime on one thread; the weights are given.

The graph (`training/graph.py` writes it) holds no weights, so that the sentence vectors and the
reader of words, which runs the same layers with changes of its own, share six kilobytes and not
ninety megabytes. Against numpy's products and our own GELU it takes .6 of the time for a message
and .35 for many, and several threads can run it at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from empathy_agent.models.onnx import checked, session

__all__ = ["BLOCK", "GRAPH", "HEADS", "SHAPES", "WIDTH", "Block", "Layer", "Low", "read_layers"]

Floats = NDArray[np.floating[Any]]

WIDTH = 384
"""Numbers a vector has."""
HEADS = 12
"""Attention heads a layer."""
BLOCK = 3
"""Layers of a block."""
GRAPH = "layers-1"
"""The file among the weights, without its ending."""
SHAPES: Mapping[str, tuple[int, ...]] = {
    "mix": (WIDTH, 3 * WIDTH),
    "mix_bias": (3 * WIDTH,),
    "out": (WIDTH, WIDTH),
    "out_bias": (WIDTH,),
    "out_gain": (WIDTH,),
    "out_shift": (WIDTH,),
    "wide": (WIDTH, 4 * WIDTH),
    "wide_bias": (4 * WIDTH,),
    "back": (4 * WIDTH, WIDTH),
    "back_bias": (WIDTH,),
    "back_gain": (WIDTH,),
    "back_shift": (WIDTH,),
}
"""Of the weights of a layer, by the fields of `Layer`."""


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


class Block:
    """Three layers with their weights, ready to run; safe to share between threads."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        """Open the graph with these weights, which it copies.

        Args:
            layers: `BLOCK` of them, lowest first.

        Raises:
            SetupError: the graph is missing or damaged.
        """
        given = {
            f"{depth}.{field.name}": np.ascontiguousarray(getattr(layer, field.name), np.float32)
            for depth, layer in enumerate(layers)
            for field in fields(layer)
        }
        self._session: Any = session(_graph(), given)

    def run(self, states: Floats, shares: Floats) -> tuple[Floats, Floats]:
        """Return the [B, T, 384] states after the last layer, and [B, 3, 384] means after each.

        Args:
            states: [B, T, 384] of B texts, the shorter ones padded.
            shares: [B, 1, T] one over the number of a text's pieces, and 0 at its padding.
        """
        out, means = self._session.run(None, {"states": states, "shares": shares})
        return out, means


@cache
def _graph() -> bytes:
    return checked(GRAPH)


def read_layers(weights: Mapping[str, Floats], which: range) -> tuple[Layer, ...]:
    """Return layers of a BERT encoder as Hugging Face names its tensors (Devlin et al., 2019)."""
    return tuple(_layer(weights, f"encoder.layer.{index}.") for index in which)


def _layer(weights: Mapping[str, Floats], prefix: str) -> Layer:
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
