# pyright: basic, reportMissingImports=false
"""Write the graph of a transformer's layers without their weights: a few kilobytes of ONNX.

`models/layers.py` gives it weights when it is opened: those of the sentence vectors, or the same
with what `training/words.py` learnt added. Run it with `python -m empathy_agent.training.graph`; it
needs the extra `train`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from empathy_agent.models.layers import BLOCK, GRAPH, HEADS, SHAPES, WIDTH
from empathy_agent.training.checksums import record, report

__all__ = ["build", "main"]

_OPSET = 20
"""The first with Gelu."""
_FAR = np.float32(-1e9)
"""Added to what a piece would take from padding."""


class _Graph:
    """Nodes and constants as they are written down."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def node(self, kind: str, inputs: Sequence[str], name: str, **options: Any) -> str:
        from onnx import helper

        self.nodes.append(helper.make_node(kind, list(inputs), [name], **options))
        return name

    def constant(self, name: str, value: Any) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def later(self, name: str, shape: Sequence[int]) -> str:
        """Name a weight whose values are given when the graph is opened."""
        from onnx import TensorProto

        tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=shape)
        tensor.data_location = TensorProto.EXTERNAL
        size = 4 * int(np.prod(shape))
        for key, value in (("location", "given"), ("offset", "0"), ("length", str(size))):
            entry = tensor.external_data.add()
            entry.key, entry.value = key, value
        self.constants.append(tensor)
        return name


def build() -> bytes:
    """Return the graph: `states` [B, T, 384] and `shares` [B, 1, T] in, two outputs.

    `shares` is one over the number of pieces at each piece, and zero at padding. `out` [B, T, 384]
    are the states after the last layer, `means` [B, 3, 384] the means over the pieces after each.
    """
    from onnx import TensorProto, helper

    graph = _Graph()
    for name, value in (
        ("heads", np.array([0, 0, 3, HEADS, WIDTH // HEADS])),
        ("flat", np.array([0, 0, WIDTH])),
        ("scale", np.float32((WIDTH // HEADS) ** -0.5)),
        ("zero", np.float32(0)),
        ("far", _FAR),
        ("one", np.array([1])),
        *((f"part{part}", np.int64(part)) for part in range(3)),
    ):
        graph.constant(name, value)
    empty = graph.node("Equal", ["shares", "zero"], "empty")
    mask = graph.node("Where", [empty, "far", "zero"], "mask_flat")
    mask = graph.node("Unsqueeze", [mask, "one"], "mask")
    states, means = "states", []
    for depth in range(BLOCK):
        states = _layer(graph, states, mask, f"{depth}.")
        means.append(graph.node("MatMul", ["shares", states], f"{depth}.mean"))
    graph.node("Concat", means, "means", axis=1)
    graph.node("Identity", [states], "out")

    def tensor(name: str, *shape: str | int) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))

    whole = helper.make_graph(
        graph.nodes,
        "layers",
        [tensor("states", "B", "T", WIDTH), tensor("shares", "B", 1, "T")],
        [tensor("out", "B", "T", WIDTH), tensor("means", "B", BLOCK, WIDTH)],
        graph.constants,
    )
    opset = helper.make_opsetid("", _OPSET)
    return helper.make_model(whole, opset_imports=[opset], ir_version=9).SerializeToString()


def _layer(graph: _Graph, states: str, mask: str, prefix: str) -> str:
    for name, shape in SHAPES.items():
        graph.later(f"{prefix}{name}", shape)

    def node(kind: str, inputs: Sequence[str], name: str, **options: Any) -> str:
        return graph.node(kind, inputs, f"{prefix}{name}", **options)

    def product(x: str, name: str) -> str:
        raw = node("MatMul", [x, f"{prefix}{name}"], f"{name}_product")
        return node("Add", [raw, f"{prefix}{name}_bias"], f"{name}_sum")

    def norm(x: str, y: str, name: str) -> str:
        both = node("Add", [x, y], f"{name}_both")
        gains = [f"{prefix}{name}_gain", f"{prefix}{name}_shift"]
        return node("LayerNormalization", [both, *gains], f"{name}_norm", epsilon=1e-12, axis=-1)

    parts = node("Reshape", [product(states, "mix"), "heads"], "parts")
    turned: list[str] = []
    for part, order in enumerate(([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3])):
        taken = node("Gather", [parts, f"part{part}"], f"taken{part}", axis=2)
        turned.append(node("Transpose", [taken], f"turned{part}", perm=order))
    queries, keys, values = turned
    scores = node("Mul", [node("MatMul", [queries, keys], "scores"), "scale"], "scaled")
    shares = node("Softmax", [node("Add", [scores, mask], "masked")], "attention", axis=-1)
    mixed = node("MatMul", [shares, values], "mixed")
    mixed = node("Transpose", [mixed], "restored", perm=[0, 2, 1, 3])
    states = norm(states, product(node("Reshape", [mixed, "flat"], "joined"), "out"), "out")
    fed = node("Gelu", [product(states, "wide")], "gelu")
    return norm(states, product(fed, "back"), "back")


def main() -> None:
    """Write the graph beside the weights, with its checksum."""
    folder = Path(__file__).parents[1] / "models" / "weights"
    (folder / f"{GRAPH}.onnx").write_bytes(build())
    record(folder, f"{GRAPH}.onnx")
    report(f"wrote {folder / GRAPH}.onnx")


if __name__ == "__main__":
    main()
