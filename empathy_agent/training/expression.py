# pyright: basic, reportMissingImports=false
"""Teach the expression net.

Run as `python -m empathy_agent.training.expression --data FOLDER --out FOLDER`.

Emotions from people's votes (FER+), action units and head pose from a teacher (MediaPipe), covered
and absent faces from what augmentation pasted and cut. One epoch is one reproducible pass: chance
depends on the seed and the epoch alone, so a run that was stopped goes on where it was.
"""

import copy
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from empathy_agent.benchmarks.metrics import Guessed
from empathy_agent.training.augment import Example, example
from empathy_agent.training.corpus import TEACHER, Sample, Samples, load_fer, load_photos
from empathy_agent.training.loop import follow, options, rate, resume, running, save
from empathy_agent.training.nets import ExpressionNet

__all__ = ["Plan", "main", "predict", "repeated", "train", "train_expression"]

_log = logging.getLogger(__name__)

CPU = torch.device("cpu")


@dataclass(frozen=True)
class Plan:
    """How long and how hard to learn."""

    epochs: int = 54
    batch: int = 128
    rate: float = 2.5e-3
    """Peak learning rate."""
    tau: float = 0.5
    """Strength of logit adjustment for rare emotions (Menon et al., 2021); 0 for none."""
    nothing: float = 0.05
    """Share of examples that are no face."""
    photos: int = 4000
    """How many photos to mix into an epoch."""
    rare: int = 4
    """How often at most a picture of a rare emotion is seen in an epoch."""
    seed: int = 1
    widths: tuple[int, int, int] = (32, 96, 256)
    """Channels of the net's three stages."""


def repeated(samples: Samples, most: int) -> Samples:
    """Repeat framed pictures by the root of how rare their majority is, up to `most` times."""
    framed = [each for each in samples if each.framed]
    majority = [int(each.emotion.argmax()) for each in framed]
    counts = np.bincount(majority, minlength=8)
    times = np.clip(np.sqrt(counts.max() / np.maximum(counts, 1) / 3).round(), 1, most)
    extra = [
        each
        for each, which in zip(framed, majority, strict=True)
        for _ in range(int(times[which]) - 1)
    ]
    return samples + extra


def _batches(
    samples: Samples, blanks: Samples, plan: Plan, epoch: int
) -> Iterator[list[tuple[Sample, Example]]]:
    rng = np.random.default_rng([plan.seed, epoch])
    framed = [i for i, each in enumerate(samples) if each.framed]
    loose = [i for i, each in enumerate(samples) if not each.framed]
    few = rng.choice(loose, min(plan.photos, len(loose)), replace=False) if loose else []
    order = rng.permutation(np.array([*framed, *few], dtype=int))
    backgrounds = [samples[i] for i in loose] + blanks * 5
    for start in range(0, len(order), plan.batch):
        batch: list[tuple[Sample, Example]] = []
        for i in order[start : start + plan.batch]:
            face = not backgrounds or rng.random() >= plan.nothing
            sample = samples[i] if face else backgrounds[int(rng.integers(len(backgrounds)))]
            batch.append((sample, example(sample, rng, face=face)))
        yield batch


def _tensors(batch: list[tuple[Sample, Example]]) -> dict[str, torch.Tensor]:
    face = np.array([each.face for _, each in batch], np.float32)
    columns = {
        "crop": np.stack([each.crop for _, each in batch])[:, None].astype(np.float32),
        "emotion": np.stack([each.emotion for each, _ in batch]),
        "trust": np.array([each.trust for each, _ in batch], np.float32) * face,
        "units": np.stack([each.units for each, _ in batch]),
        "pose": np.stack([each.pose for _, each in batch]) / 30,
        "taught": np.array([each.taught for each, _ in batch], np.float32) * face,
        "face": face,
        "covered": np.array([each.covered for _, each in batch], np.float32),
    }
    return {name: torch.from_numpy(np.ascontiguousarray(each)) for name, each in columns.items()}


def _loss(
    said: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
    true: dict[str, torch.Tensor],
    prior: torch.Tensor,
) -> torch.Tensor:
    emotion, units, rest = (each.float() for each in said)
    guess = functional.log_softmax(emotion + prior, 1)
    felt = -(true["emotion"] * guess).sum(1) * true["trust"]
    moved = functional.binary_cross_entropy_with_logits(units, true["units"], reduction="none")
    turned = functional.smooth_l1_loss(rest[:, :3], true["pose"], reduction="none", beta=0.2)
    taught = (2 * moved.mean(1) + turned.mean(1)) * true["taught"]
    face = functional.binary_cross_entropy_with_logits(rest[:, 3], true["face"], reduction="none")
    hidden = functional.binary_cross_entropy_with_logits(
        rest[:, 4], true["covered"], reduction="none"
    )
    return (felt + taught + 0.5 * face + 0.5 * hidden * true["face"]).mean()


def _prior(samples: Samples, tau: float) -> torch.Tensor:
    total = sum((each.emotion * each.trust for each in samples), np.zeros(8, np.float32))
    share = (total + 1e-3) / (total + 1e-3).sum()
    return torch.from_numpy((tau * np.log(share)).astype(np.float32))


def train(
    samples: Samples,
    blanks: Samples,
    plan: Plan,
    keep: Path | None = None,
    device: torch.device = CPU,
) -> ExpressionNet:
    """Learn from samples, and return the average of the weights over the run's last steps.

    Args:
        samples: Pictures of faces.
        blanks: Pictures of none.
        plan: How long and how hard.
        keep: A checkpoint file, written after every epoch; a run goes on from it.
        device: Where to learn.
    """
    torch.manual_seed(plan.seed)
    samples = repeated(samples, plan.rare)
    net = ExpressionNet(len(TEACHER), plan.widths).to(device)
    net.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    mean = copy.deepcopy(net)
    optimiser = torch.optim.AdamW(net.parameters(), lr=plan.rate, weight_decay=0.05)
    first = resume(keep, net, mean, optimiser)
    prior = _prior(samples, plan.tau).to(device)
    for epoch in range(first, plan.epochs):
        began, losses = time.monotonic(), []
        for at, batch in enumerate(_batches(samples, blanks, plan, epoch)):
            done = (epoch + at * plan.batch / max(1, _passed(samples, plan))) / plan.epochs
            for group in optimiser.param_groups:
                group["lr"] = rate(min(done, 1.0), plan.rate)
            true = {name: each.to(device) for name, each in _tensors(batch).items()}
            with torch.autocast(device.type, torch.bfloat16):
                said = net(true["crop"].to(memory_format=torch.channels_last))
            loss = _loss(said, true, prior)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
            optimiser.step()
            follow(mean, net, 0.998 if epoch else 0.98)
            losses.append(float(loss.detach()))
        if keep is not None:
            save(keep, epoch + 1, net, mean, optimiser)
        took = time.monotonic() - began
        _log.info("epoch %d: loss %.4f, %.0f s", epoch + 1, float(np.mean(losses)), took)
    return mean.eval()


def _passed(samples: Samples, plan: Plan) -> int:
    framed = sum(each.framed for each in samples)
    return framed + min(plan.photos, len(samples) - framed)


@torch.no_grad()
def predict(net: ExpressionNet, crops: NDArray[np.uint8]) -> tuple[NDArray[np.float32], ...]:
    """Return emotion logits, unit logits and the rest for crops [N, side, side]."""
    net.eval()
    parts = [
        net(torch.from_numpy(crops[at : at + 256, None].astype(np.float32)))
        for at in range(0, len(crops), 256)
    ]
    return tuple(torch.cat(each).numpy() for each in zip(*parts, strict=True))


def train_expression(
    data: Path, out: Path, plan: Plan, keep: Path | None = None, device: torch.device = CPU
) -> Guessed:
    """Learn from a data folder, and write expression-1.onnx, its card and checksum.

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
    samples, blanks = load_fer(folder, "train")
    photos, aside = load_photos(folder)
    valid, _ = load_fer(folder, "valid", unlike=folder / "ferplus_train.npz")
    _log.info("%d votes, %d photos, %d blanks", len(samples), len(photos), len(blanks))
    net = train(samples + photos, blanks, plan, keep, device).cpu()
    from empathy_agent.training.report import publish_expression

    return publish_expression(net, valid, aside, out, plan)


def main(arguments: list[str] | None = None) -> None:
    """Run from the command line."""
    about = "Teach the expression net, and write it with its card."
    parser = options("empathy-agent train expression", about, Plan.epochs, Plan.seed)
    chosen = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    plan = Plan(epochs=chosen.epochs, seed=chosen.seed)
    with running(chosen) as device:
        came = train_expression(chosen.data, chosen.out, plan, chosen.keep, device)
        _log.info("accuracy %.4f, UAR %.4f, macro-F1 %.4f", came.accuracy, came.uar, came.macro_f1)


if __name__ == "__main__":
    main()
