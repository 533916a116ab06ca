# pyright: basic, reportMissingImports=false
"""Teach the face finder: `python -m empathy_agent.training.faces --data FOLDER --out FOLDER`.

Boxes and landmarks of photos are YuNet's, those of tight crops follow MediaPipe's landmarks: a
teacher's, not people's. Scenes are made by chance from the portraits, see `scenes`.
"""

import copy
import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from empathy_agent.perception.framing import STRIDE
from empathy_agent.training.corpus import load_fer
from empathy_agent.training.loop import follow, options, rate, resume, running, save
from empathy_agent.training.nets import FacesNet
from empathy_agent.training.scenes import Portrait, Scene, load_portraits, scene, tight

__all__ = ["Plan", "main", "targets", "train", "train_faces"]

_log = logging.getLogger(__name__)

Floats = NDArray[np.float32]

CPU = torch.device("cpu")


@dataclass(frozen=True)
class Plan:
    """How long and how hard to learn."""

    epochs: int = 24
    batch: int = 48
    scenes: int = 6400
    """How many scenes make an epoch."""
    side: int = 192
    """Side of a scene in pixels."""
    tight: int = 4000
    """How many pictures that a face fills to learn from, beside the photos."""
    rate: float = 3e-3
    """Peak learning rate."""
    seed: int = 1


def targets(seen: Scene) -> tuple[Floats, Floats, Floats]:
    """Return what the net should answer for a scene.

    Returns:
        Heat [h, w] with a bump for each face; shapes [14, h, w]; and how much each cell's shape
        counts [h, w].
    """
    cells = seen.picture.shape[0] // STRIDE
    heat, weight = np.zeros((cells, cells), np.float32), np.zeros((cells, cells), np.float32)
    shape = np.zeros((14, cells, cells), np.float32)
    rows, columns = np.mgrid[:cells, :cells].astype(np.float32)
    areas = np.prod(seen.boxes[:, 2:] - seen.boxes[:, :2], axis=1)
    for i in np.argsort(-areas):
        low, high = seen.boxes[i, :2] / STRIDE, seen.boxes[i, 2:] / STRIDE
        (x, y), size = (low + high) / 2, np.maximum(high - low, 0.5)
        if not (0 <= x < cells and 0 <= y < cells):
            continue
        spread = max(0.55, 0.11 * float(np.sqrt(size.prod())))
        far = ((columns - np.floor(x)) ** 2 + (rows - np.floor(y)) ** 2) / (2 * spread**2)
        bump = np.exp(-far)
        mine = (bump > 0.3) & (bump >= weight)
        heat, weight = np.maximum(heat, bump), np.where(mine, bump, weight)
        marks = (seen.points[i] / STRIDE - [x, y]) / size
        values = [x - columns, y - rows, *np.log(size), *marks.ravel()]
        for channel, value in enumerate(values):
            shape[channel] = np.where(mine, value, shape[channel])
    return heat, shape, weight


def _loss(
    said: tuple[torch.Tensor, torch.Tensor], true: tuple[torch.Tensor, torch.Tensor, torch.Tensor]
) -> torch.Tensor:
    logits, shape = said[0].float()[:, 0], said[1].float()
    heat, wanted, weight = true
    odds = torch.sigmoid(logits)
    hit = (heat > 0.999).float()
    positive = -functional.logsigmoid(logits) * (1 - odds) ** 2 * hit
    negative = -functional.logsigmoid(-logits) * odds**2 * (1 - heat) ** 4 * (1 - hit)
    faces = hit.sum().clamp(min=1)
    far = functional.smooth_l1_loss(shape, wanted, reduction="none", beta=0.1)
    parts = 0.5 * far[:, :2].sum(1) + far[:, 2:4].sum(1) + far[:, 4:].sum(1)
    return (positive + negative).sum() / faces + (parts * weight).sum() / weight.sum().clamp(min=1)


def train(
    portraits: list[Portrait], plan: Plan, keep: Path | None = None, device: torch.device = CPU
) -> FacesNet:
    """Learn from portraits, and return the average of the weights over the run's last steps.

    Args:
        portraits: Pictures with one known face each.
        plan: How long and how hard.
        keep: A checkpoint file, written after every epoch; a run goes on from it.
        device: Where to learn.
    """
    torch.manual_seed(plan.seed)
    net = FacesNet().to(device)
    net.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    mean = copy.deepcopy(net)
    optimiser = torch.optim.AdamW(net.parameters(), lr=plan.rate, weight_decay=0.01)
    first = resume(keep, net, mean, optimiser)
    steps = max(1, plan.scenes // plan.batch)
    for epoch in range(first, plan.epochs):
        rng = np.random.default_rng([plan.seed, epoch])
        began, losses = time.monotonic(), []
        for step in range(steps):
            for group in optimiser.param_groups:
                group["lr"] = rate((epoch + step / steps) / plan.epochs, plan.rate)
            seen = [scene(portraits, rng, plan.side) for _ in range(plan.batch)]
            loss = _step(net, optimiser, seen, device)
            follow(mean, net, 0.998 if epoch else 0.98)
            losses.append(loss)
        if keep is not None:
            save(keep, epoch + 1, net, mean, optimiser)
        took = time.monotonic() - began
        _log.info("epoch %d: loss %.4f, %.0f s", epoch + 1, float(np.mean(losses)), took)
    return mean.eval()


def _step(net: FacesNet, optimiser: Any, seen: list[Scene], device: torch.device) -> float:
    pictures = torch.from_numpy(np.stack([each.picture for each in seen])[:, None]).to(device)
    answers = [targets(each) for each in seen]
    heat, shape, weight = (
        torch.from_numpy(np.stack(each)).to(device) for each in zip(*answers, strict=True)
    )
    with torch.autocast(device.type, torch.bfloat16):
        said = net(pictures.float().to(memory_format=torch.channels_last))
    loss = _loss(said, (heat, shape, weight))
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
    optimiser.step()
    return float(loss.detach())


def train_faces(
    data: Path, out: Path, plan: Plan, keep: Path | None = None, device: torch.device = CPU
) -> dict[str, float]:
    """Learn from a data folder, and write faces-1.onnx, its card and checksum.

    Args:
        data: The folder that has `faces/`.
        out: Where the weights go.
        plan: How long and how hard.
        keep: A checkpoint file to write, and to go on from.
        device: Where to learn.

    Raises:
        SetupError: The data is missing.
    """
    folder = data / "faces"
    photos, aside = load_portraits(folder)
    crops = tight(load_fer(folder, "train")[0])[: plan.tight]
    _log.info("%d photos, %d tight crops", len(photos), len(crops))
    net = train(photos + crops, plan, keep, device).cpu()
    from empathy_agent.training.report import publish_faces

    valid = tight(load_fer(folder, "valid", unlike=folder / "ferplus_train.npz")[0])
    return publish_faces(net, aside, valid, out, plan)


def main(arguments: list[str] | None = None) -> None:
    """Run from the command line."""
    about = "Teach the face finder, and write it with its card."
    parser = options("empathy-agent train faces", about, Plan.epochs, Plan.seed)
    chosen = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    plan = Plan(epochs=chosen.epochs, seed=chosen.seed)
    with running(chosen) as device:
        _log.info("%s", train_faces(chosen.data, chosen.out, plan, chosen.keep, device))


if __name__ == "__main__":
    main()
