# pyright: basic, reportMissingImports=false
"""What does not move in a portrait: the head at rest, hair, neck and wall; painted once a size."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from empathy_agent.perception.person import Person

__all__ = ["CENTRE", "LEFT", "TOP", "Plate", "backdrop_of", "bell", "plate_of"]

Grey = NDArray[Any]
"""float32"""
Bytes = NDArray[Any]
"""uint8"""

LEFT, TOP, RIGHT, BOTTOM = -1.35, -1.75, 1.35, 2.2
"""What of the face's plane is painted, in half face widths."""
CENTRE = 0.45
"""Where the middle between the eyes lies, from the top of the picture."""
CROWN = 1.52
"""From the middle of the head to the top of the skull."""


@dataclass(frozen=True)
class Plate:
    """A person's face at rest, at one size."""

    scale: float
    """Pixels per half face width."""
    x: Grey
    """[width]"""
    y: Grey
    """[height]"""
    relief: Grey
    """[height, width], in half face widths."""
    colours: Grey
    """[height, width, 3], 0 to 255."""
    cover: Bytes
    """[height, width], 255 where the head is."""
    strands: Grey
    """[height, width] texture of hair, about -1 to 1."""


@lru_cache(maxsize=8)
def plate_of(person: Person, scale: float) -> Plate:
    """Paint the head at rest; `scale` is in pixels per half face width."""
    x, y = _axes(scale)
    grid_x, grid_y = np.meshgrid(x, y)
    half = _half_width(person, y)[:, None]
    shape = grid_x.shape
    relief = _dome(person, grid_x, y)
    relief = (relief + _still_bumps(person, x, y)).astype(np.float32)
    head = _edge(half - np.abs(grid_x), scale, 1.5)
    mottle = _noise(person, shape, (0.05 * scale, 0.05 * scale), 1)
    pores = _noise(person, shape, (0.8, 0.8), 2)
    skin = np.array(person.skin, np.float32)
    colours = np.empty((*shape, 3), np.float32)
    colours[:] = skin
    colours *= (1 + 0.018 * mottle + 0.012 * pores)[..., None]
    _blush(colours, person, x, y)
    strands = _noise(person, shape, (0.9, 0.1 * scale), 3)
    ears, ear_shade = _ears(grid_x, grid_y, scale)
    colours *= (1 - 0.3 * ear_shade * (1 - head))[..., None]
    hair, hair_relief = _hair(person, grid_x, grid_y, half, scale)
    tint = np.array(person.hair, np.float32)[None, None] * (1 + 0.22 * strands)[..., None]
    colours += (np.clip(tint, 0, 255) - colours) * hair[..., None]
    relief += hair * (hair_relief + 0.012 * strands)
    cover = np.maximum(np.maximum(head, ears), hair)
    return Plate(scale, x, y, relief, colours, (cover * 255).astype(np.uint8), strands)


@lru_cache(maxsize=8)
def backdrop_of(person: Person, size: tuple[int, int], unit: float) -> Bytes:
    """Paint what is behind the face: a wall, shoulders, the neck, long hair."""
    width, height = size
    x = (np.arange(width, dtype=np.float32) - width / 2) / unit
    y = (np.arange(height, dtype=np.float32) - CENTRE * height) / unit
    grid_x, grid_y = np.meshgrid(x, y)
    wall = 1 + 0.12 * grid_x * np.sign(person.light_x or 1) * -0.4 - 0.05 * grid_y
    canvas = np.array(person.wall, np.float32) * wall[..., None]
    if person.long_hair:
        crown = np.sqrt(np.clip(1 - (np.minimum(grid_y, 0) / 1.35) ** 2, 0, 1)) - 0.05
        sides = (1.1 + 0.1 * np.sin(np.maximum(grid_y, 0) * 1.3)) * crown - np.abs(grid_x)
        cover = _edge(np.minimum(sides, 2.6 - grid_y), unit, 4)
        tint = np.array(person.hair, np.float32) * 0.7
        canvas += (tint - canvas) * cover[..., None]
    flare = 0.1 * np.clip(grid_y - 1.4, 0, 2) ** 2 - 0.25 * np.clip(1.2 - grid_y, 0, 3)
    neck = _edge(0.56 + flare - np.abs(grid_x), unit, 2)
    round_ = np.sqrt(np.clip(1 - (grid_x / 0.75) ** 2, 0.05, 1))
    under_chin = 0.45 + 0.4 * np.clip((grid_y - 1.55) / 0.9, 0, 1)
    skin = np.array(person.skin, np.float32) * (round_ * under_chin)[..., None]
    canvas += (skin - canvas) * neck[..., None]
    top = (
        2.25
        + 0.28 * np.abs(grid_x) ** 1.6 * 0.5
        - 0.22 * np.exp(-((np.abs(grid_x) - 0.75) ** 2) / 0.1)
    )
    cloth = _edge(grid_y - top, unit, 2) * _edge(2.5 - np.abs(grid_x), unit, 2)
    fabric = np.array(person.shirt, np.float32) * (0.95 - 0.1 * np.abs(grid_x))[..., None]
    canvas += (fabric - canvas) * cloth[..., None]
    return cv2.GaussianBlur(
        np.clip(canvas, 0, 255).astype(np.uint8), (0, 0), max(unit * 0.012, 0.3)
    )


def _axes(scale: float) -> tuple[Grey, Grey]:
    x = np.arange(LEFT, RIGHT, 1 / scale, dtype=np.float32)
    y = np.arange(TOP, BOTTOM, 1 / scale, dtype=np.float32)
    return x, y


def _half_width(person: Person, y: Grey) -> Grey:
    """Half the width of the head at each height."""
    up = np.clip((0.1 - y) / CROWN, 0, 1)
    skull = (1 - up**2.4) ** (1 / 2.2)
    down = np.clip((y - 0.1) / 1.57, 0, 1)
    jaw = (1 - down**person.jaw) ** (1 / 2.15)
    outside = (y < 0.1 - CROWN) | (y > 1.67)
    return np.where(outside, -0.2, np.where(y < 0.1, skull, jaw)).astype(np.float32)


def _noise(person: Person, shape: tuple[int, int], sigma: tuple[float, float], salt: int) -> Grey:
    rng = np.random.default_rng([person.seed, salt])
    rough = rng.standard_normal(shape).astype(np.float32)
    soft = cv2.GaussianBlur(rough, (0, 0), sigmaX=sigma[0], sigmaY=sigma[1])
    return soft / max(float(soft.std()), 1e-6)


def _edge(distance: Grey, scale: float, soft: float = 1.0) -> Grey:
    """Turn a signed distance (inside positive, half face widths) into a cover of 0 to 1."""
    return np.clip(distance * scale / soft + 0.5, 0, 1)


def _dome(person: Person, x: Grey, y: Grey) -> Grey:
    """Round the head, without features; smooth beyond its outline too."""
    half = np.maximum(_half_width(person, np.clip(y, -1.25, 1.6)), 0.3)[:, None]
    across = np.clip(np.abs(x) / half, 0, 1)
    rise = np.clip(-(y - 0.1) / 1.75, 0, 1) ** 2.2
    fall = np.clip((y - 0.1) / 1.63, 0, 1) ** 3
    deep = np.sqrt(1 - np.minimum(rise + fall, 0.97))[:, None]
    return 0.95 * deep * np.sqrt(1 - 0.95 * across**2.5)


def bell(axis: Grey, middle: float, spread: float) -> Grey:
    """Return a bell curve along one axis, 1 at its middle."""
    return np.exp(-(((axis - middle) / spread) ** 2)).astype(np.float32)


def _still_bumps(person: Person, x: Grey, y: Grey) -> Grey:
    n, e = person.nose, person.spacing
    table = [
        (0, 0.02, 0.12, 0.22, 0.09),
        (0, 0.28, 0.13, 0.2, 0.13 * n),
        (0, 0.52, 0.14 * n, 0.13, 0.2 * n),
        (0, 0.73, 0.24, 0.06, -0.05),
        (0, 0.86, 0.3, 0.18, 0.045),
        (0, 1.24, 0.22, 0.07, -0.05),
        (0, -0.25, 0.14, 0.12, 0.02),
        (0, -0.7, 0.6, 0.3, 0.03),
    ]
    for side in (-1, 1):
        table += [
            (side * 0.19 * n, 0.58, 0.085, 0.08, 0.12 * n),
            (side * (e - 0.06), -0.03, 0.24, 0.14, -0.12),
            (side * 0.42, -0.27, 0.28, 0.09, 0.05),
            (side * 0.62, 0.36, 0.2, 0.16, 0.05),
            (side * 0.72, 0.95, 0.2, 0.3, -0.03),
        ]
    rows = np.array(table, np.float32)
    ys = np.stack([bell(y, row[1], row[3]) * row[4] for row in rows], 1)
    xs = np.stack([bell(x, row[0], row[2]) for row in rows], 0)
    return ys @ xs


def _blush(colours: Grey, person: Person, x: Grey, y: Grey) -> None:
    def add(spot: tuple[float, float, float, float], factor: Sequence[float]) -> None:
        weight = bell(y, spot[1], spot[3])[:, None] * bell(x, spot[0], spot[2])[None]
        colours[:] *= 1 + weight[..., None] * np.array(factor, np.float32)

    for side in (-1, 1):
        add((side * 0.56, 0.5, 0.26, 0.2), (0.02, -0.07, -0.06))
        add((side * person.spacing, 0.02, 0.3, 0.17), (-0.12, -0.15, -0.13))
    add((0, 0.55, 0.16, 0.12), (0.02, -0.05, -0.04))
    if person.stubble:
        shade = -0.3 * person.stubble
        add((0, 1.45, 0.62, 0.28), (shade, shade, 0.8 * shade))
        add((0, 0.82, 0.36, 0.09), (0.8 * shade, 0.8 * shade, 0.6 * shade))


def _ears(x: Grey, y: Grey, scale: float) -> tuple[Grey, Grey]:
    distance = 1 - np.sqrt(((np.abs(x) - 0.99) / 0.13) ** 2 + ((y - 0.2) / 0.3) ** 2)
    inner = 1 - np.sqrt(((np.abs(x) - 1.04) / 0.06) ** 2 + ((y - 0.17) / 0.18) ** 2)
    return _edge(0.13 * distance, scale, 1.5), np.clip(inner * 3, 0, 1)


def _hair(person: Person, x: Grey, y: Grey, half: Grey, scale: float) -> tuple[Grey, Grey]:
    """Cover the skull above the hairline and the temples; return cover and thickness."""
    volume = 0.12 if person.long_hair else 0.08
    outside = _half_width(person, 0.1 + (y - 0.1) / (1 + 0.8 * volume)) + volume - np.abs(x)
    sweep = 0.12 * np.sin(2.1 * x + person.seed) * (1 if person.seed % 3 else 0.4)
    line = person.hairline + 0.42 * np.abs(x) ** 2.2 + sweep
    temple = np.clip((np.abs(x) - 0.8) * 6, 0, 1) * (0.75 if person.long_hair else 0.45)
    above = line + 1.2 * temple - y
    cover = np.minimum(_edge(outside, scale, 2.5), _edge(above, scale, 0.07 * scale))
    low = 2.4 if person.long_hair else 0.35
    cover *= np.clip((low - y) * 5, 0, 1)
    return cover.astype(np.float32), (0.1 * np.clip(above * 4, 0, 1)).astype(np.float32)
