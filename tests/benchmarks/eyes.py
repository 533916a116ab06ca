# pyright: basic, reportMissingImports=false
"""What the eyes find and read, and how fast, beside the stages of other libraries.

Run: `python -m tests.benchmarks.eyes [--data FOLDER] [--runs 60]`, where FOLDER is the labelled
data (default: EMPATHY_DATA, or `../shared/data` beside the repository). Times are of one thread's
processor, all in this one run. Nets of other libraries are built here to their published shape and
run with weights by chance, which cost as much as learnt ones; a row that says "quoted" was not run.
"""

import argparse
import os
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import torch
from torch import nn

from empathy_agent.affect import Emotion
from empathy_agent.benchmarks.run import render, run_bench
from empathy_agent.errors import SetupError
from empathy_agent.perception.avatar import draw, expression_of
from empathy_agent.perception.expression import ExpressionModel
from empathy_agent.perception.faces import FaceFinder
from empathy_agent.perception.framing import Face, overlap
from empathy_agent.training.scenes import Portrait, load_portraits

__all__ = ["main"]

QUOTED = (
    ("Haar as `fer` calls it (OpenCV 4)", 64.9),
    ("Keras `predict` of mini-XCEPTION as `fer` calls it", 46.5),
    ("YuNet by cv2.FaceDetectorYN, 640 x 480", 11.3),
    ("MediaPipe FaceLandmarker, own threads", 6.5),
)
"""Stages of others that cannot run here, as measured on another two-core AMD EPYC, in ms."""


def main(arguments: Sequence[str] = ()) -> None:
    """Print the three tables."""
    default = Path(__file__).parents[3] / "shared" / "data"
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("EMPATHY_DATA", default)))
    parser.add_argument("--runs", type=int, default=60)
    chosen = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    _stages(chosen.runs)
    try:
        _, aside = load_portraits(chosen.data / "faces")
        _found(aside)
        print(render(run_bench("ferplus", chosen.data, tell=lambda _: None)))
    except SetupError as error:
        print(f"left out: {error}")


def _stages(runs: int) -> None:
    finder, expression = FaceFinder(), ExpressionModel()
    frame = draw(expression_of(Emotion.HAPPINESS), (640, 480))
    (face,) = finder.find(frame)
    rows = [
        ("ours: find in 640 x 480", lambda: finder.find(frame)),
        ("ours: look near a known face", lambda: finder.near(frame, face)),
        ("ours: read (twice, once mirrored)", lambda: expression.read(frame, face)),
        ("ours: find and read", lambda: expression.read(frame, finder.find(frame)[0])),
        ("ours: tracked frame", lambda: expression.read(frame, finder.near(frame, face) or face)),
        *((f"net of {name}", _peer(net, side)) for name, net, side in _peers()),
    ]
    print(f"{'one thread, ms of processor':48}{'median':>8}{'p95':>8}")
    for name, act in rows:
        took = _times(act, runs)
        print(f"{name:48}{np.median(took):>8.2f}{np.percentile(took, 95):>8.2f}")
    for name, took in QUOTED:
        print(f"{'quoted: ' + name:60}{took:>8.1f}")
    print()


def _times(act: Callable[[], object], runs: int) -> list[float]:
    act()
    took: list[float] = []
    for _ in range(runs):
        began = time.thread_time()
        act()
        took.append(1000 * (time.thread_time() - began))
    return took


def _found(aside: list[Portrait]) -> None:
    """Print what the finder finds of photos of people it never saw, ever smaller."""
    finder = FaceFinder()
    print(f"{len(aside)} photos of people held out (a tenth, by name): recall at IoU 0.5, of 0.98;")
    print("false faces a picture, of 0.02 at most (faces in the background are not labelled)")
    for name, scale in (("full", 1.0), ("half", 0.5), ("quarter", 0.25)):
        hits, wrong, sizes = 0, 0, []
        for each in aside:
            small = cv2.resize(each.picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            box = each.box * scale
            shares = _shares(box, finder.find(np.asarray(small, np.uint8)))
            hits += bool(shares.max(initial=0) >= 0.5)
            wrong += int((shares < 0.3).sum())
            sizes.append(float(np.sqrt(np.prod(box[2:] - box[:2]))))
        n = len(aside)
        side = f"faces of {np.median(sizes):.0f} px"
        print(f"{name:10}{side:18}recall {hits / n:.3f}   false {wrong / n:.3f}")
    print()


def _shares(box: np.ndarray, found: list[Face]) -> np.ndarray:
    boxes = np.array([face.box for face in found], np.float32).reshape(-1, 4)
    return overlap(box.astype(np.float32), boxes)


def _peer(net: nn.Module, side: int) -> Callable[[], object]:
    """Run a net as it would run in ONNX Runtime on one thread."""
    import onnxruntime

    with TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        file = Path(folder) / "net.onnx"
        sample = (torch.zeros(1, 1, side, side),)
        torch.onnx.export(net.eval(), sample, str(file), dynamo=False, input_names=["x"])
        weights = file.read_bytes()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(weights, options)
    picture = np.random.default_rng(0).random((1, 1, side, side), np.float32)
    return lambda: session.run(None, {"x": picture})


def _peers() -> list[tuple[str, nn.Module, int]]:
    return [
        ("fer: mini-XCEPTION 64, 0.06 M", _Xception(), 64),
        ("DeepFace emotion: CNN 48, 1.49 M", _deepface(), 48),
        ("FER+ by Microsoft: VGG13 64, 8.7 M", _vgg13(), 64),
    ]


class _Xception(nn.Module):
    """Mini-XCEPTION (Arriaga et al., 2017)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(*_conv(1, 8), *_conv(8, 8))
        self.wide = nn.ModuleList(self._separable(wide) for wide in (8, 16, 32, 64))
        self.past = nn.ModuleList(nn.Conv2d(wide, 2 * wide, 1, 2) for wide in (8, 16, 32, 64))
        self.last = nn.Conv2d(128, 7, 3, 1, 1)

    @staticmethod
    def _separable(wide: int) -> nn.Module:
        def one(to: int, out: int) -> list[nn.Module]:
            return [
                nn.Conv2d(to, to, 3, 1, 1, groups=to, bias=False),
                nn.Conv2d(to, out, 1, bias=False),
                nn.BatchNorm2d(out),
            ]

        pool = nn.MaxPool2d(3, 2, 1)
        return nn.Sequential(*one(wide, 2 * wide), nn.ReLU(), *one(2 * wide, 2 * wide), pool)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem(x)
        for wide, past in zip(self.wide, self.past, strict=True):
            x = wide(x) + past(x)
        return self.last(x).mean((2, 3)).softmax(1)


def _conv(wide: int, to: int, size: int = 3, pad: int = 1) -> list[nn.Module]:
    return [nn.Conv2d(wide, to, size, 1, pad), nn.ReLU()]


def _deepface() -> nn.Module:
    return nn.Sequential(
        *_conv(1, 64, 5, 0), nn.MaxPool2d(5, 2),
        *_conv(64, 64, 3, 0), *_conv(64, 64, 3, 0), nn.AvgPool2d(3, 2),
        *_conv(64, 128, 3, 0), *_conv(128, 128, 3, 0), nn.AvgPool2d(3, 2), nn.Flatten(),
        nn.Linear(128, 1024), nn.ReLU(), nn.Linear(1024, 1024), nn.ReLU(), nn.Linear(1024, 7),
    )  # fmt: skip


def _vgg13() -> nn.Module:
    layers: list[nn.Module] = []
    wide = 1
    for to, times in ((64, 2), (128, 2), (256, 3), (256, 3)):
        for _ in range(times):
            layers += _conv(wide, to)
            wide = to
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(
        *layers, nn.Flatten(), nn.Linear(4096, 1024), nn.ReLU(), nn.Linear(1024, 1024), nn.ReLU(),
        nn.Linear(1024, 8),
    )  # fmt: skip


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
