# pyright: basic, reportMissingImports=false
"""Where the limits of quality belong: accuracy as pictures are spoilt on purpose, step by step.

Run as `python -m empathy_agent.training.limits --data FOLDER [--card FILE]`. The limits themselves
stand in `perception.expression`; this says what accuracy is on each side of them.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from empathy_agent.perception.expression import ExpressionModel, FrameAffect
from empathy_agent.perception.framing import REFERENCE, Face
from empathy_agent.training.cards import with_section
from empathy_agent.training.corpus import Samples, load_fer

__all__ = ["WAYS", "Step", "Way", "main", "measure", "render"]

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Way:
    """One way to spoil a picture."""

    name: str
    measure: str
    """The field of `Quality` that should tell."""
    strengths: tuple[float, ...]
    spoil: Callable[[Pixels, float], Pixels]


@dataclass(frozen=True)
class Step:
    """What pictures spoilt so much were worth."""

    way: str
    measured: float
    """Median of what `Quality` says."""
    accuracy: float
    """Of all, read against doubt."""
    kept: float
    """Share that is read all the same."""
    accuracy_kept: float
    """Of those; NaN where none is."""


def _darker(picture: Pixels, strength: float) -> Pixels:
    dark = np.random.default_rng(0).normal(picture * strength, 1.5)
    return np.clip(dark, 0, 255).astype(np.uint8)


def _flatter(picture: Pixels, strength: float) -> Pixels:
    return (picture.mean() + (picture - picture.mean()) * strength).clip(0, 255).astype(np.uint8)


def _smaller(picture: Pixels, strength: float) -> Pixels:
    side = (int(strength), int(strength))
    return np.asarray(cv2.resize(picture, side, interpolation=cv2.INTER_AREA), np.uint8)


def _blurred(picture: Pixels, strength: float) -> Pixels:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), strength), np.uint8)


def _covered(picture: Pixels, strength: float) -> Pixels:
    spoilt = picture.copy()
    spoilt[round(len(picture) * (1 - strength)) :] = int(picture.mean())
    return spoilt


WAYS = (
    Way("darker", "light", (0.5, 0.2, 0.1, 0.05, 0.03), _darker),
    Way("flatter", "contrast", (0.5, 0.2, 0.1, 0.06, 0.04), _flatter),
    Way("smaller", "size", (32, 24, 16, 12, 8), _smaller),
    Way("blurred", "sharpness", (1.0, 1.5, 2.0, 3.0, 4.0), _blurred),
    Way("covered from below", "occlusion", (0.1, 0.2, 0.3, 0.4, 0.5), _covered),
)


def measure(samples: Samples, ways: Sequence[Way] = WAYS) -> list[Step]:
    """Read pictures as they are, then spoilt in each way, ever more."""
    model = ExpressionModel()
    truth = np.stack([each.emotion for each in samples]).argmax(1)
    pictures = [each.picture for each in samples]
    steps = [_step("as it is", "sharpness", _read(model, pictures), truth)]
    for way in ways:
        for strength in way.strengths:
            read = _read(model, [way.spoil(each, strength) for each in pictures])
            steps.append(_step(way.name, way.measure, read, truth))
    return steps


def _read(model: ExpressionModel, pictures: Sequence[Pixels]) -> list[FrameAffect]:
    pairs = [(each, _whole(each.shape[0])) for each in pictures]
    parts = [model.read_many(pairs[at : at + 64]) for at in range(0, len(pairs), 64)]
    return [each for part in parts for each in part]


def _whole(side: int) -> Face:
    return Face((0.0, 0.0, float(side), float(side)), (REFERENCE * side).astype(np.float32), 1.0)


def _step(way: str, name: str, read: list[FrameAffect], truth: NDArray[np.int64]) -> Step:
    right = np.array([each.distribution.argmax() for each in read]) == truth
    kept = np.array([each.why_not is None for each in read])
    return Step(
        way=way,
        measured=float(np.median([getattr(each.quality, name) for each in read])),
        accuracy=float(right.mean()),
        kept=float(kept.mean()),
        accuracy_kept=float(right[kept].mean()) if kept.any() else float("nan"),
    )


def render(steps: Sequence[Step], n: int) -> str:
    """Return the table as Markdown."""
    head = "spoilt | measured | accuracy of all | share read | accuracy of those"
    lines = [f"| {head} |", "| --- " * 5 + "|"]
    for each in steps:
        told = "-" if np.isnan(each.accuracy_kept) else f"{each.accuracy_kept:.3f}"
        cells = f"{each.measured:.3f} | {each.accuracy:.3f} | {each.kept:.2f} | {told}"
        lines.append(f"| {each.way} | {cells} |")
    words = (
        f"{n} pictures of FER+ valid, whole, as they are and spoilt step by step. `measured` is",
        "the median of what the reading's quality says of it: sharpness, light, contrast, size in",
        "pixels or covered share.",
    )
    return "\n".join((*words, "", *lines))


def main(arguments: list[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="empathy_agent.training.limits", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that has faces/")
    parser.add_argument("--card", type=Path, help="card into which the table goes")
    parser.add_argument("--limit", type=int, default=600, help="of how many pictures")
    chosen = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    folder = chosen.data / "faces"
    valid, _ = load_fer(folder, "valid", unlike=folder / "ferplus_train.npz")
    samples = [each for each in valid if each.sure][: chosen.limit]
    table = render(measure(samples), len(samples))
    sys.stdout.write(table + "\n")
    if chosen.card is not None:
        card = chosen.card.read_text(encoding="utf-8")
        chosen.card.write_text(with_section(card, "Quality", table), encoding="utf-8")


if __name__ == "__main__":
    main()
