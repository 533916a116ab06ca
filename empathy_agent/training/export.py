# pyright: basic, reportMissingImports=false
"""Write a learnt net as ONNX: its answers in told units, its weights in few bits."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from empathy_agent.perception.expression import UNITS
from empathy_agent.training.calibrate import Calibration
from empathy_agent.training.corpus import TEACHER
from empathy_agent.training.nets import ExpressionNet, FacesNet

__all__ = ["write_expression", "write_faces"]

_EXACT = ("stem", "squeeze", "excite")
"""Parts of names of layers that are not rounded."""


def write_expression(
    net: ExpressionNet, calibration: Calibration, crops: NDArray[np.uint8], file: Path
) -> None:
    """Write the expression net with its calibration inside and its convolutions in 8 bits.

    Args:
        net: The learnt net.
        calibration: What makes its logits probabilities.
        crops: [N, side, side] pictures, from which the range of every layer is read.
        file: Where to.
    """
    with TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.onnx"
        _export(_Ready(net, calibration), torch.zeros(2, 1, 48, 48), whole, {0: "faces"})
        _quantise(whole, crops, file)


def write_faces(net: FacesNet, file: Path) -> None:
    """Write the finder with its large weights in 16 bits."""
    _export(_Shown(net), torch.zeros(1, 1, 256, 320), file, {2: "height", 3: "width"})
    _halve(file)


class _Ready(torch.nn.Module):
    """A learnt net with the units of its answers as they are told."""

    def __init__(self, net: ExpressionNet, calibration: Calibration) -> None:
        super().__init__()
        self.net = net
        self.divisor = calibration.divisor
        self.bias = torch.from_numpy(calibration.bias.astype(np.float32))
        self.told = [list(TEACHER).index(name) for name in UNITS]

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        emotion, units, rest = self.net(x)
        told = torch.cat([rest[:, :3] * 30, torch.sigmoid(rest[:, 3:])], 1)
        return emotion / self.divisor + self.bias, torch.sigmoid(units[:, self.told]), told


class _Shown(torch.nn.Module):
    """The finder with its heat as a probability."""

    def __init__(self, net: FacesNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        heat, shape = self.net(x)
        return torch.sigmoid(heat), shape


def _export(net: torch.nn.Module, sample: torch.Tensor, file: Path, free: dict[int, str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            net.eval(),
            (sample,),
            str(file),
            dynamo=False,
            input_names=["picture"],
            dynamic_axes={"picture": free},
            opset_version=17,
        )


def _halve(file: Path) -> None:
    """Store large weights in 16 bits; the runtime widens them once, when it loads the net."""
    import onnx
    from onnx import numpy_helper

    model = onnx.load(str(file))
    kept = []
    for weight in list(model.graph.initializer):
        values = numpy_helper.to_array(weight)
        if values.dtype != np.float32 or values.size < 512:
            kept.append(weight)
            continue
        kept.append(numpy_helper.from_array(values.astype(np.float16), f"{weight.name}.half"))
        widen = onnx.helper.make_node(
            "Cast", [f"{weight.name}.half"], [weight.name], to=onnx.TensorProto.FLOAT
        )
        model.graph.node.insert(0, widen)
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    onnx.checker.check_model(model)
    onnx.save(model, str(file))


def _quantise(whole: Path, crops: NDArray[np.uint8], file: Path) -> None:
    """Turn convolutions into 8 bits, channel by channel.

    Weights take seven of the bits, so that sums of products stay exact on processors whose 8-bit
    instructions saturate (AVX2 without VNNI). The first layer and the attention stay exact: that
    halves what rounding changes, and costs nothing.
    """
    import onnx
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    ready = whole.with_name("ready.onnx")
    quant_pre_process(str(whole), str(ready), skip_symbolic_shape=True)
    names = [node.name for node in onnx.load(str(ready)).graph.node]
    quantize_static(
        str(ready),
        str(file),
        _feeds(crops),
        quant_format=QuantFormat.QDQ,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,
        op_types_to_quantize=["Conv", "Add", "Relu"],
        nodes_to_exclude=[name for name in names if any(part in name for part in _EXACT)],
    )


def _feeds(crops: NDArray[np.uint8]) -> Any:
    from onnxruntime.quantization import CalibrationDataReader

    class Feeds(CalibrationDataReader):
        def __init__(self) -> None:
            self._left: Iterator[dict[str, NDArray[np.float32]]] = iter(
                [
                    {"picture": crops[at : at + 64, None].astype(np.float32)}
                    for at in range(0, len(crops), 64)
                ]
            )

        def get_next(self) -> dict[str, NDArray[np.float32]] | None:
            return next(self._left, None)

    return Feeds()
