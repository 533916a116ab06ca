# pyright: basic, reportMissingImports=false
"""Write a learnt net as ONNX, measure it as it will run, and say so in its card."""

import logging
import time
import warnings
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from empathy_agent.models.onnx import OnnxNet
from empathy_agent.perception.expression import UNITS, softmax
from empathy_agent.perception.faces import FaceFinder
from empathy_agent.perception.framing import Face, alignment, overlap
from empathy_agent.training.augment import plain, spoil
from empathy_agent.training.checksums import record
from empathy_agent.training.corpus import TEACHER, Samples
from empathy_agent.training.nets import ExpressionNet, FacesNet
from empathy_agent.training.scenes import Portrait, backdrop, faceless
from empathy_agent.training.score import Scores, score, temperature

__all__ = ["measure_expression", "measure_faces", "publish_expression", "publish_faces"]

_log = logging.getLogger(__name__)


class _Ready(torch.nn.Module):
    """A learnt net with the units of its answers as they are told."""

    def __init__(self, net: ExpressionNet, divisor: float) -> None:
        super().__init__()
        self.net = net
        self.divisor = divisor
        self.told = [list(TEACHER).index(name) for name in UNITS]

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        emotion, units, rest = self.net(x)
        told = torch.cat([rest[:, :3] * 30, torch.sigmoid(rest[:, 3:])], 1)
        return emotion / self.divisor, torch.sigmoid(units[:, self.told]), told


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

    _halve(file)


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


def publish_expression(
    net: ExpressionNet, valid: Samples, photos: Samples, out: Path, plan: Any
) -> Scores:
    """Write expression-1.onnx with its temperature inside, its card and checksum.

    Args:
        net: The learnt net.
        valid: FER+ pictures that are in no way in the training set.
        photos: Photos of people who are not in the training set.
        out: Where to.
        plan: How it was learnt, for the card.
    """
    from empathy_agent.training.cards import expression_card

    file = out / "expression-1.onnx"
    crops = np.stack([plain(each) for each in valid])
    truth = np.stack([each.emotion for each in valid]).argmax(1)
    with torch.no_grad():
        logits = net.eval()(torch.from_numpy(crops[:, None].astype(np.float32)))[0].numpy()
    raw = score(softmax(logits), truth)
    divisor = temperature(logits, truth)
    _export(_Ready(net, divisor), torch.zeros(2, 1, 48, 48), file, {0: "faces"})
    record(out, file.name)
    figures = measure_expression(OnnxNet("expression-1", out), valid, photos)
    figures |= {"temperature": divisor, "ece_before": raw.ece, "bytes": file.stat().st_size}
    _log.info("%s", figures)
    (out / "expression-1.md").write_text(expression_card(figures, plan), encoding="utf-8")
    return figures["upright"]


def _run(net: OnnxNet, crops: NDArray[np.uint8]) -> tuple[NDArray[np.float32], ...]:
    parts = [
        net.run(crops[at : at + 128, None].astype(np.float32)) for at in range(0, len(crops), 128)
    ]
    return tuple(np.concatenate(each) for each in zip(*parts, strict=True))


def _both(net: OnnxNet, crops: NDArray[np.uint8]) -> tuple[NDArray[Any], ...]:
    """Read crops and their mirror images, as at run time."""
    one, other = _run(net, crops), _run(net, np.ascontiguousarray(crops[:, :, ::-1]))
    rest = other[2] * np.array([-1, 1, -1, 1, 1], np.float32)
    return (
        (softmax(one[0]) + softmax(other[0])) / 2,
        (one[1] + other[1]) / 2,
        (one[2] + rest) / 2,
    )


def measure_expression(net: OnnxNet, valid: Samples, photos: Samples) -> dict[str, Any]:
    """Measure a written net: emotions on FER+ valid, units and pose on held-out people."""
    truth = np.stack([each.emotion for each in valid]).argmax(1)
    crops = np.stack([plain(each) for each in valid])
    rng = np.random.default_rng(0)
    whole = np.stack([each.picture for each in valid])
    figures: dict[str, Any] = {
        "upright": score(_both(net, crops)[0], truth),
        "uncut": score(_both(net, whole)[0], truth),
        "spoilt": score(_both(net, np.stack([spoil(each, rng) for each in crops]))[0], truth),
    }
    for name, samples in (("valid", valid), ("photos", photos)):
        figures[name] = _taught(net, [each for each in samples if each.taught])
    told = [each for each in photos if each.trust > 0]
    odds = _both(net, np.stack([plain(each) for each in told]))[0]
    labels = np.stack([each.emotion for each in told]).argmax(1)
    figures["photo_labels"] = score(odds, labels)
    figures["one_crop_ms"] = _milliseconds(lambda: net.run(crops[:1, None].astype(np.float32)))
    return figures


def _taught(net: OnnxNet, samples: Samples) -> dict[str, Any]:
    """Compare units and pose with the teacher's."""
    _, units, rest = _both(net, np.stack([plain(each) for each in samples]))
    columns = [list(TEACHER).index(name) for name in UNITS]
    wanted = np.stack([each.units for each in samples])[:, columns]
    pose = np.stack([each.pose for each in samples]).astype(np.float64)
    matrices = [alignment(each.points) for each in samples if each.points is not None]
    turns = np.degrees([np.arctan2(each[1, 0], each[0, 0]) for each in matrices])
    pose[:, 2] += turns
    return {
        "n": len(samples),
        "units": {name: _agreement(units[:, i], wanted[:, i]) for i, name in enumerate(UNITS)},
        "units_mae": float(np.abs(units - wanted).mean()),
        "pose_mae": [float(each) for each in np.abs(rest[:, :3] - pose).mean(0)],
        "face": float((rest[:, 3] > 0.5).mean()),
    }


def _agreement(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Return Pearson's r; 0 where one of the two never moves."""
    if min(float(one.std()), float(other.std())) < 1e-9:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def _milliseconds(act: Any, times: int = 60) -> float:
    """Return the median processor time of this thread, which other work does not distort."""
    act()
    took: list[float] = []
    for _ in range(times):
        began = time.thread_time()
        act()
        took.append(time.thread_time() - began)
    return float(np.median(took)) * 1000


def publish_faces(
    net: FacesNet, aside: list[Portrait], valid: list[Portrait], out: Path, plan: Any
) -> dict[str, float]:
    """Write faces-1.onnx, its card and checksum.

    Args:
        net: The learnt net.
        aside: Photos of people who are not in the training set.
        valid: Pictures that a face fills, not in the training set.
        out: Where to.
        plan: How it was learnt, for the card.
    """
    from empathy_agent.training.cards import faces_card

    file = out / "faces-1.onnx"
    _export(_Shown(net), torch.zeros(1, 1, 256, 320), file, {2: "height", 3: "width"})
    record(out, file.name)
    finder = FaceFinder(net=OnnxNet("faces-1", out))
    figures = measure_faces(finder, aside, valid) | {"bytes": float(file.stat().st_size)}
    _log.info("%s", figures)
    (out / "faces-1.md").write_text(faces_card(figures, plan), encoding="utf-8")
    return figures


def measure_faces(
    finder: FaceFinder, aside: list[Portrait], valid: list[Portrait], most: int = 871
) -> dict[str, float]:
    """Measure the finder as it runs: on photos, on far faces, on tight crops, on no face."""
    rng = np.random.default_rng(0)
    aside, valid = aside[:most], valid[:most]
    figures = {"photos": float(len(aside)), "crops": float(len(valid))}
    figures |= _found(finder, [(each.picture, each.box, each.points) for each in aside], "photo")
    figures |= _found(finder, [_far(each, rng) for each in aside], "far")
    enlarged = [(*_enlarged(each, 5),) for each in valid]
    figures |= _found(finder, enlarged, "tight")
    blank = [faceless(each, rng) for each in aside]
    figures["painted_over_false"] = float(np.mean([len(finder.find(each)) for each in blank]))
    empty = [backdrop(rng, 320) for _ in range(300)]
    figures["backdrop_false"] = float(np.mean([len(finder.find(each)) for each in empty]))
    frame = np.asarray(cv2.resize(aside[0].picture, (640, 480)), np.uint8)
    figures["frame_ms"] = _milliseconds(lambda: finder.find(frame), 40)
    return figures


def _enlarged(each: Portrait, by: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    size = (each.picture.shape[1] * by, each.picture.shape[0] * by)
    picture = cv2.resize(each.picture, size, interpolation=cv2.INTER_CUBIC)
    return picture, each.box * by, each.points * by


def _far(
    each: Portrait, rng: np.random.Generator
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Put a photo into a corner of a 640 x 480 frame, so that its face is 30 to 70 pixels."""
    frame = cv2.resize(backdrop(rng, 480), (640, 480))
    zoom = float(rng.uniform(30, 70)) / float(np.sqrt(np.prod(each.box[2:] - each.box[:2])))
    small = cv2.resize(each.picture, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
    x = int(rng.integers(0, 640 - small.shape[1]))
    y = int(rng.integers(0, 480 - small.shape[0]))
    frame[y : y + small.shape[0], x : x + small.shape[1]] = small
    shift = np.array([x, y], np.float32)
    return frame, each.box * zoom + np.tile(shift, 2), each.points * zoom + shift


def _found(finder: FaceFinder, scenes: list[Any], name: str) -> dict[str, float]:
    hits, close, wrong, misses = 0, 0, 0, []
    for picture, box, points in scenes:
        faces: list[Face] = finder.find(picture)
        boxes = np.array([face.box for face in faces], np.float32).reshape(-1, 4)
        shares = overlap(np.asarray(box, np.float32), boxes) if len(faces) else np.zeros(0)
        wrong += int((shares < 0.3).sum())
        if len(faces) and shares.max() >= 0.3:
            close += 1
            hits += int(shares.max() >= 0.5)
            apart = np.linalg.norm(faces[int(shares.argmax())].landmarks - points, axis=1).mean()
            misses.append(apart / max(1e-3, float(np.linalg.norm(points[1] - points[0]))))
    total = max(1, len(scenes))
    return {
        f"{name}_recall": hits / total,
        f"{name}_recall_loose": close / total,
        f"{name}_false": wrong / total,
        f"{name}_landmarks": float(np.mean(misses)) if misses else 1.0,
    }
