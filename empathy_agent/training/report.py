# pyright: basic, reportMissingImports=false
"""Write a learnt net as ONNX, measure it as it will run, and say so in its card."""

import logging
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from empathy_agent.benchmarks.metrics import Guessed, guessed, risk_coverage
from empathy_agent.benchmarks.task import SHARES
from empathy_agent.models.onnx import OnnxNet
from empathy_agent.perception.expression import UNITS
from empathy_agent.perception.faces import FaceFinder
from empathy_agent.perception.framing import Face, alignment, overlap
from empathy_agent.training.augment import plain, spoil
from empathy_agent.training.calibrate import crossed, fit, softmax
from empathy_agent.training.checksums import record
from empathy_agent.training.corpus import TEACHER, Samples
from empathy_agent.training.export import write_expression, write_faces
from empathy_agent.training.nets import ExpressionNet, FacesNet
from empathy_agent.training.scenes import Portrait, backdrop, faceless

__all__ = [
    "logits_of",
    "measure_expression",
    "measure_faces",
    "publish_expression",
    "publish_faces",
    "truth_of",
]

_log = logging.getLogger(__name__)


def publish_expression(
    net: ExpressionNet, valid: Samples, photos: Samples, out: Path, plan: Any
) -> Guessed:
    """Write expression-1.onnx with its calibration inside, its card and checksum.

    Args:
        net: The learnt net.
        valid: FER+ pictures that are in no way in the training set.
        photos: Photos of people who are not in the training set.
        out: Where to.
        plan: How it was learnt, for the card.
    """
    from empathy_agent.training.cards import expression_card

    file, told = out / "expression-1.onnx", [each for each in valid if each.sure]
    framed = (np.stack([each.picture for each in told]), np.stack([*map(plain, told)]))
    views = np.mean(
        [[logits_of(net, each) for each in (crops, crops[:, :, ::-1])] for crops in framed], axis=0
    )
    truth, prior = truth_of(told), np.stack([each.emotion for each in valid]).mean(0)
    calibration = fit(views, truth, prior)
    rng = np.random.default_rng(0)
    ranges = [spoil(plain(each), rng) for each in (valid[:768] + photos[:256])]
    write_expression(net, calibration, np.stack(ranges), file)
    record(out, file.name)
    figures = measure_expression(OnnxNet("expression-1", out), told, photos)
    figures |= {
        "divisor": calibration.divisor,
        "strength": calibration.strength,
        "lift": calibration.lift,
        "as_learnt": guessed(softmax(views).mean(0), truth),
        "crossed": guessed(crossed(views, truth, prior), truth),
        "rounded": guessed(calibration.odds(views), truth),
        "bytes": file.stat().st_size,
    }
    _log.info("%s", figures)
    (out / "expression-1.md").write_text(expression_card(figures, plan), encoding="utf-8")
    return figures["upright"]


def truth_of(samples: Samples) -> NDArray[np.int64]:
    """Return the class that most people saw in each sample."""
    return np.stack([each.emotion for each in samples]).argmax(1)


@torch.no_grad()
def logits_of(net: ExpressionNet, crops: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the emotion logits [N, 8] of crops [N, side, side], uncalibrated."""
    net.eval()
    parts = np.split(crops[:, None].astype(np.float32), range(256, len(crops), 256))
    said = [net(torch.from_numpy(np.ascontiguousarray(each)))[0] for each in parts]
    return torch.cat(said).numpy().astype(np.float64)


def _run(net: OnnxNet, crops: NDArray[np.uint8]) -> tuple[NDArray[np.float32], ...]:
    parts = [
        net.run(crops[at : at + 128, None].astype(np.float32)) for at in range(0, len(crops), 128)
    ]
    return tuple(np.concatenate(each) for each in zip(*parts, strict=True))


def _both(net: OnnxNet, crops: NDArray[np.uint8]) -> tuple[NDArray[np.float64], ...]:
    """Read crops and their mirror images, as at run time."""
    one, other = (
        [each.astype(np.float64) for each in _run(net, np.ascontiguousarray(view))]
        for view in (crops, crops[:, :, ::-1])
    )
    rest = other[2] * np.array([-1, 1, -1, 1, 1])
    return (
        (softmax(one[0]) + softmax(other[0])) / 2,
        (one[1] + other[1]) / 2,
        (one[2] + rest) / 2,
    )


def measure_expression(net: OnnxNet, valid: Samples, photos: Samples) -> dict[str, Any]:
    """Measure a written net: emotions on FER+ valid, units and pose on held-out people.

    Args:
        net: as it will run.
        valid: FER+ pictures on whose emotion people agreed.
        photos: of people held out.
    """
    truth, rng = truth_of(valid), np.random.default_rng(0)
    crops = np.stack([plain(each) for each in valid])
    whole = np.stack([each.picture for each in valid])
    upright, uncut = _both(net, crops)[0], _both(net, whole)[0]
    framed = np.sqrt(upright * uncut)
    figures: dict[str, Any] = {
        "upright": guessed(upright, truth),
        "uncut": guessed(uncut, truth),
        "framed": guessed(framed / framed.sum(1, keepdims=True), truth),
        "spoilt": guessed(_both(net, np.stack([spoil(each, rng) for each in crops]))[0], truth),
        "coverage": risk_coverage(upright.max(1), upright.argmax(1) == truth, SHARES),
    }
    for name, samples in (("valid", valid), ("photos", photos)):
        figures[name] = _taught(net, [each for each in samples if each.taught])
    told = [each for each in photos if each.trust > 0]
    crops = np.stack([plain(each) for each in told])
    labels = truth_of(told)
    figures["photo_labels"] = guessed(_both(net, crops)[0], labels)
    figures["photo_spoilt"] = guessed(
        _both(net, np.stack([spoil(each, rng) for each in crops]))[0], labels
    )
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
    write_faces(net, file)
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
