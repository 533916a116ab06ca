# pyright: basic, reportMissingImports=false
"""What cameras, people and imperfect boxes do to a face: changes that depend on a seed alone."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from empathy_agent.perception.framing import CROP, alignment
from empathy_agent.training.corpus import Sample

__all__ = ["Example", "cover", "example", "plain", "spoil", "wander"]

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Example:
    """One crop as the net sees it, and its answer."""

    crop: Pixels
    """[side, side] grey."""
    pose: Floats
    """[3] yaw, pitch, roll in degrees, in this crop."""
    covered: float
    """Share of the face under a pasted patch."""
    face: bool
    """It is a face."""


def wander(rng: np.random.Generator, side: int = CROP) -> Floats:
    """Return a [3, 3] chance turn, zoom, stretch and shift about the middle of a crop."""
    turn = np.radians(np.clip(rng.normal(0, 9), -25, 25))
    zoom = float(np.exp(np.clip(rng.normal(0, 0.09), -0.25, 0.25)))
    stretch = float(np.exp(rng.normal(0, 0.04)))
    shift = np.clip(rng.normal(0, 0.035, 2), -0.1, 0.1) * side
    cos, sin, middle = np.cos(turn) * zoom, np.sin(turn) * zoom, (side - 1) / 2
    matrix = np.eye(3, dtype=np.float32)
    matrix[:2, :2] = np.array([[cos, -sin], [sin, cos]]) @ np.diag([stretch, 1 / stretch])
    matrix[:2, 2] = middle - matrix[:2, :2] @ [middle, middle] + shift
    return matrix


def cover(crop: Pixels, rng: np.random.Generator) -> tuple[Pixels, float]:
    """Paste a patch over part of a crop; also return the share of the face it hides."""
    side = crop.shape[0]
    mask = np.zeros_like(crop)
    middle = (int(rng.integers(0, side)), int(rng.integers(0, side)))
    size = (int(rng.integers(side // 10, side // 3)), int(rng.integers(side // 10, side // 3)))
    if rng.random() < 0.5:
        low = (middle[0] - size[0], middle[1] - size[1])
        cv2.rectangle(mask, low, (middle[0] + size[0], middle[1] + size[1]), 255, -1)
    else:
        cv2.ellipse(mask, middle, size, float(rng.integers(0, 180)), 0, 360, 255, -1)
    kind = rng.random()
    if kind < 0.4:
        patch = np.full_like(crop, rng.integers(0, 256))
    elif kind < 0.7:
        patch = np.roll(crop, int(rng.integers(side // 3, side)), axis=int(rng.integers(0, 2)))
    else:
        patch = np.clip(rng.normal(rng.integers(40, 215), 30, crop.shape), 0, 255).astype(np.uint8)
    inner = slice(side // 6, side - side // 8), slice(side // 6, side - side // 6)
    return np.where(mask > 0, patch, crop), float((mask[inner] > 0).mean())


def _light(crop: Pixels, rng: np.random.Generator) -> Pixels:
    values = crop.astype(np.float32) / 255
    values = np.power(values, np.float32(np.exp(rng.normal(0, 0.3))))
    values = (values - values.mean()) * np.float32(np.exp(rng.normal(0, 0.25))) + values.mean()
    values += np.float32(rng.normal(0, 0.12))
    if rng.random() < 0.25:
        ramp = np.linspace(-1, 1, crop.shape[0], dtype=np.float32)
        across, down = rng.normal(0, 0.25, 2).astype(np.float32)
        values *= np.clip(1 + across * ramp[None, :] + down * ramp[:, None], 0.2, 2)
    return np.clip(values * 255, 0, 255).astype(np.uint8)


def _coarse(crop: Pixels, rng: np.random.Generator) -> Pixels:
    side = crop.shape[0]
    small = int(rng.integers(side // 3, side))
    ways = [cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_AREA, cv2.INTER_NEAREST]
    shrunk = cv2.resize(crop, (small, small), interpolation=cv2.INTER_AREA)
    grown = cv2.resize(shrunk, (side, side), interpolation=ways[int(rng.integers(0, 4))])
    return np.asarray(grown, np.uint8)


def _blur(crop: Pixels, rng: np.random.Generator) -> Pixels:
    if rng.random() < 0.6:
        return np.asarray(cv2.GaussianBlur(crop, (0, 0), float(rng.uniform(0.4, 1.6))), np.uint8)
    length = int(rng.integers(2, 6))
    kernel = np.full((1, length), 1 / length, np.float32)
    return np.asarray(cv2.filter2D(crop, -1, kernel if rng.random() < 0.5 else kernel.T), np.uint8)


def _jpeg(crop: Pixels, rng: np.random.Generator) -> Pixels:
    done, data = cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 85))])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8) if done else crop


def _noise(crop: Pixels, rng: np.random.Generator) -> Pixels:
    noise = rng.standard_normal(crop.shape, dtype=np.float32) * np.float32(rng.uniform(2, 14))
    return np.clip(crop + noise, 0, 255).astype(np.uint8)


def spoil(crop: Pixels, rng: np.random.Generator) -> Pixels:
    """Return a crop as a worse camera would have given it."""
    steps = ((_light, 0.75), (_coarse, 0.25), (_blur, 0.2), (_noise, 0.25), (_jpeg, 0.25))
    for change, chance in steps:
        if rng.random() < chance:
            crop = change(crop, rng)
    return crop


def plain(sample: Sample, side: int = CROP) -> Pixels:
    """Return a sample's crop unchanged: cut out upright, or whole where that is not known."""
    upright = cv2.warpAffine(
        sample.picture, _base(sample, True)[:2], (side, side), borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(upright, np.uint8)


def _base(sample: Sample, upright: bool) -> Floats:
    matrix = np.eye(3, dtype=np.float32)
    if sample.points is not None and (upright or not sample.framed):
        matrix[:2] = alignment(sample.points)
    return matrix


def _elsewhere(sample: Sample, rng: np.random.Generator, side: int = CROP) -> Floats:
    """Return a map that cuts a square out of a picture, well beside its face or deep inside it."""
    height, width = sample.picture.shape
    matrix = np.eye(3, dtype=np.float32)
    if sample.points is None:
        return matrix
    middle = sample.points.mean(0)
    reach = float(np.linalg.norm(sample.points[1] - sample.points[0])) * 2.8
    for _ in range(8):
        size = float(rng.uniform(0.15, 0.6)) * max(height, width)
        centre = rng.uniform([0, 0], [width, height])
        if np.abs(centre - middle).max() > 0.35 * (reach + size) or size < 0.3 * reach:
            break
    turn, zoom = rng.uniform(0, 2 * np.pi), side / size
    cos, sin = np.cos(turn) * zoom, np.sin(turn) * zoom
    matrix[:2, :2] = [[cos, -sin], [sin, cos]]
    matrix[:2, 2] = side / 2 - matrix[:2, :2] @ centre
    return matrix


def example(
    sample: Sample, rng: np.random.Generator, *, face: bool = True, side: int = CROP
) -> Example:
    """Cut a sample out with every kind of chance change.

    Args:
        sample: The picture and what is known about it.
        rng: The source of chance.
        face: Whether to cut out the face; else a part of the picture that is none.
        side: Side of the crop in pixels.
    """
    face = face and sample.face
    base = _base(sample, bool(rng.random() < 0.6)) if face else _elsewhere(sample, rng, side)
    matrix = wander(rng, side) @ base
    edge = cv2.BORDER_REPLICATE if rng.random() < 0.7 else cv2.BORDER_CONSTANT
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    how = cv2.INTER_LINEAR if scale < 1.2 or rng.random() < 0.6 else cv2.INTER_CUBIC
    made = cv2.warpAffine(sample.picture, matrix[:2], (side, side), flags=how, borderMode=edge)
    crop = np.asarray(made, np.uint8)
    turn = np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0]))
    pose = (sample.pose + np.array([0, 0, turn])).astype(np.float32)
    if rng.random() < 0.5:
        crop, pose = crop[:, ::-1], pose * np.array([-1, 1, -1], np.float32)
    crop, covered = cover(crop, rng) if rng.random() < 0.25 else (crop, 0.0)
    return Example(spoil(np.ascontiguousarray(crop), rng), pose, covered, face)
