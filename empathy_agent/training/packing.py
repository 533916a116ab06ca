# pyright: basic, reportMissingImports=false
"""A trained word net as arrays, and back; the mean of several runs, and several nets in one."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from empathy_agent.models.embedder import SHARED
from empathy_agent.models.wordnet import MATRICES, SCALE
from empathy_agent.training.adapt import Adapted, Alone

__all__ = ["export", "joined", "mean_of", "restore"]

Arrays = dict[str, NDArray[Any]]


def restore(arrays: Mapping[str, NDArray[Any]], alone: Alone, whole: Adapted) -> None:
    """Set both nets to what `export` gave; what an older export lacks stays as it is."""
    import torch

    def put(tensor: Any, name: str, *, turned: bool = False) -> None:
        if name in arrays:
            value = torch.from_numpy(np.asarray(arrays[name], np.float32))
            tensor.data.copy_(value.T if turned else value)

    for name, bag in (("alone", alone), ("bag", whole.bag)):
        rows = arrays[f"{name}.rows"].astype(np.float32) * arrays[f"{name}.scale"]
        bag.rows.weight.data[:-1] = torch.from_numpy(rows.astype(np.float32))
        put(bag.bias, f"{name}.bias_row")
    put(whole.inner.weight, "head.in", turned=True)
    put(whole.inner.bias, "head.in_bias")
    put(whole.outer.weight, "head.out", turned=True)
    put(whole.outer.bias, "head.out_bias")
    put(whole.skip.weight, "head.skip", turned=True)
    named: Any = whole.changes
    for depth, changes in enumerate(named, SHARED):
        for name in MATRICES:
            put(changes[name].down, f"layer{depth}.{name}.down")
            put(changes[name].up, f"layer{depth}.{name}.up")


def export(alone: Alone, whole: Adapted) -> Arrays:
    """Return the weights of both nets, as small as they can be without a loss that is measured."""
    return _bag("alone", alone) | _bag("bag", whole.bag) | _net(whole)


def _bag(name: str, bag: Alone) -> Arrays:
    rows = bag.rows.weight.detach().numpy()[:-1]
    scale = np.maximum(np.abs(rows).max(axis=0), 1e-6) / 127
    return {
        f"{name}.rows": np.round(rows / scale).astype(np.int8),
        f"{name}.scale": scale,
        f"{name}.bias_row": bag.bias.detach().numpy().copy(),
    }


def _net(net: Adapted) -> Arrays:
    arrays: Arrays = {
        "head.in": net.inner.weight.detach().numpy().T,
        "head.in_bias": net.inner.bias.detach().numpy(),
        "head.out": net.outer.weight.detach().numpy().T,
        "head.out_bias": net.outer.bias.detach().numpy(),
        "head.skip": net.skip.weight.detach().numpy().T,
    }
    named: Any = net.changes
    for depth, changes in enumerate(named, SHARED):
        for name in MATRICES:
            arrays[f"layer{depth}.{name}.down"] = changes[name].down.detach().numpy()
            arrays[f"layer{depth}.{name}.up"] = changes[name].up.detach().numpy()
    return {name: value.astype(np.float16) for name, value in arrays.items()}


def mean_of(ends: Sequence[Arrays]) -> dict[str, NDArray[np.float32]]:
    """Return the mean of what runs from one start exported (Wortsman et al., 2022).

    They differ in the order and the noise of their texts alone, so that the mean lies in the same
    valley, and errs less than either.
    """
    names = [name for name in ends[0] if not name.endswith((".rows", ".scale"))]
    mean = {name: _mean([each[name] for each in ends]) for name in names}
    for bag in ("alone", "bag"):
        rows = [each[f"{bag}.rows"].astype(np.float32) * each[f"{bag}.scale"] for each in ends]
        mean[f"{bag}.rows"], mean[f"{bag}.scale"] = _mean(rows), np.ones(1, np.float32)
    return mean


def _mean(values: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
    return np.stack([each.astype(np.float32) for each in values]).mean(axis=0)


def joined(nets: Sequence[Arrays]) -> Arrays:
    """Return the arrays of several nets as one file has them, the low-rank changes in eight bits.

    What stands alone and what all share is that of the first.
    """
    shared = {name: value for name, value in nets[0].items() if _is_shared(name)}
    return shared | {
        f"net{index}.{name}": value
        for index, net in enumerate(nets)
        for name, value in _in_eight_bits(net).items()
        if not _is_shared(name)
    }


def _is_shared(name: str) -> bool:
    return name.startswith(("alone.", "eight."))


def _in_eight_bits(net: Arrays) -> Arrays:
    small = dict(net)
    for name, value in net.items():
        if name.endswith((".down", ".up")):
            axis = 0 if name.endswith(".down") else 1  # one scale for each of the narrow side
            wide = value.astype(np.float32)
            scale = np.maximum(np.abs(wide).max(axis=axis, keepdims=True), 1e-12) / 127
            small[name] = np.round(wide / scale).astype(np.int8)
            small[f"{name}{SCALE}"] = scale.astype(np.float32)
    return small
