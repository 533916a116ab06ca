# pyright: basic, reportMissingImports=false
"""Paints the drawn face: relief lit by a lamp, like a soft portrait photograph.

The face is a height map with colours, painted looking straight ahead, lit, and then turned by
moving its pixels over an ellipsoid.
"""

import math
import zlib
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from empathy_agent.perception.anatomy import Bump, Face
from empathy_agent.perception.features import folds_of, paint_features
from empathy_agent.perception.head import CENTRE, LEFT, TOP, Plate, backdrop_of, bell, plate_of
from empathy_agent.perception.person import Person

__all__ = ["paint"]

Grey = NDArray[Any]
"""float32"""
Bytes = NDArray[Any]
"""uint8"""
Turn = tuple[float, float, float]
"""Yaw, pitch and roll in degrees."""

JAW_FROM, JAW_TO = 1.02, 1.72
"""The jaw stretches the face between these heights."""
GLOSS = 12.0
"""How bright skin shines, of 255; the same on every skin, so it models dark skin most."""
NECK = 1.5
"""Height of the point the head turns about."""
GRAIN = 61
"""Positions a sensor's grain is seen in, each way."""


def paint(
    person: Person,
    face: Face,
    turn: Turn,
    light: float,
    size: tuple[int, int],
    colour: bool = True,
) -> Bytes:
    """Paint a portrait.

    Args:
        person: Who.
        face: What the face does.
        turn: Yaw, pitch and roll in degrees; signs as in `Pose`.
        light: 1 is a well-lit room, 0 is night.
        size: Width and height in pixels.
        colour: RGB, or grey.

    Returns:
        [height, width, 3] or [height, width].
    """
    width, height = size
    unit = min(0.205 * height, 0.3 * width)
    plate = plate_of(person, float(np.clip(unit, 24, 160)))
    lit, cover = _lit(person, plate, face, turn)
    canvas = backdrop_of(person, size, unit).copy()
    _place(canvas, plate, lit, cover, turn, unit)
    picture = _photographed(canvas, light, _grain_seed(person, turn, face))
    return picture if colour else cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)


def _lit(person: Person, plate: Plate, face: Face, turn: Turn) -> tuple[Bytes, Bytes]:
    relief, colours, cover = _with_jaw(plate, face.jaw_drop)
    folds = folds_of(plate, face)
    relief += _bells(plate, face.bumps)
    relief -= 0.05 * folds
    paint_features(colours, plate, person, face)
    direct, hollow = _shading(person, plate, relief, turn)
    shade = np.maximum(0.3 + 0.74 * direct - 2.2 * hollow, 0.02)
    colours *= (shade * (1 - 0.3 * folds) * (1 - _bells(plate, face.shadows)))[..., None]
    shine = np.square(np.square(np.square(np.square(direct))))
    colours += (GLOSS * shine)[..., None]
    return cv2.convertScaleAbs(colours), cover


def _bells(plate: Plate, bumps: tuple[Bump, ...]) -> Grey:
    xs = np.stack([bell(plate.x, bump.x, bump.wide) for bump in bumps], 0)
    ys = np.stack([bell(plate.y, bump.y, bump.tall) * np.float32(bump.height) for bump in bumps], 1)
    return ys @ xs


def _with_jaw(plate: Plate, drop: float) -> tuple[Grey, Grey, Bytes]:
    """Stretch the lower face by an open jaw."""
    if drop < 1e-3:
        return plate.relief.copy(), plate.colours.copy(), plate.cover
    y = plate.y
    span = JAW_TO - JAW_FROM
    source = np.where(
        y < JAW_FROM,
        y,
        np.where(y < JAW_TO + drop, JAW_FROM + (y - JAW_FROM) * span / (span + drop), y - drop),
    )
    rows = ((source - TOP) * plate.scale).astype(np.float32)
    map_y = np.repeat(rows[:, None], len(plate.x), 1)
    map_x = np.repeat(np.arange(len(plate.x), dtype=np.float32)[None], len(y), 0)

    def moved(layer):
        return cv2.remap(layer, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    return moved(plate.relief), moved(plate.colours), moved(plate.cover)


def _shading(person: Person, plate: Plate, relief: Grey, turn: Turn) -> tuple[Grey, Grey]:
    """Say how directly a lamp lights the relief, and how hollow it is."""
    slope_x = cv2.Sobel(relief, cv2.CV_32F, 1, 0, ksize=3, scale=plate.scale / 8)
    slope_y = cv2.Sobel(relief, cv2.CV_32F, 0, 1, ksize=3, scale=plate.scale / 8)
    lamp = np.array([person.light_x, -0.42, 0.85])
    lamp = _rotation(turn).T @ (lamp / np.linalg.norm(lamp))
    steep = 1 / np.sqrt(1 + slope_x * slope_x + slope_y * slope_y)
    direct = (
        np.float32(lamp[2]) - slope_x * np.float32(lamp[0]) - slope_y * np.float32(lamp[1])
    ) * steep
    np.maximum(direct, 0, out=direct)
    small = cv2.resize(relief, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    around = cv2.GaussianBlur(small, (0, 0), 0.17 * plate.scale / 4)
    around = cv2.resize(around, (relief.shape[1], relief.shape[0]), interpolation=cv2.INTER_LINEAR)
    return direct, np.clip(around - relief, -0.04, 0.12)


def _rotation(turn: Turn) -> Grey:
    yaw, pitch, roll = (math.radians(angle) for angle in turn)
    cy, sy, cp, sp, cr, sr = (
        math.cos(yaw),
        math.sin(yaw),
        math.cos(pitch),
        math.sin(pitch),
        math.cos(roll),
        math.sin(roll),
    )
    about_y = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


def _place(canvas: Bytes, plate: Plate, lit: Bytes, cover: Bytes, turn: Turn, unit: float) -> None:
    """Turn the head and lay it over the backdrop."""
    height, width = canvas.shape[:2]
    _, nod, lean = (abs(math.sin(math.radians(angle))) for angle in turn)
    # In quarters, so that a swaying head does not need new grids at every frame.
    reach = (1.25 + 3.0 * lean, 1.75 + 1.3 * nod, 2.2 + 0.6 * nod)
    side, up, down = (math.ceil(each * 4) / 4 for each in reach)
    cx, cy = width / 2, CENTRE * height
    x0, x1 = max(0, int(cx - side * unit)), min(width, math.ceil(cx + side * unit))
    y0, y1 = max(0, int(cy - up * unit)), min(height, math.ceil(cy + down * unit))
    # Two maps, as OpenCV 5.0.0 misreads a map of two channels for pictures of bytes.
    maps = _turned((x0 - cx, y0 - cy, x1 - cx, y1 - cy), unit, plate.scale, turn)
    moved = cv2.remap(lit, *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    alpha = cv2.remap(cover, *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    over = alpha.astype(np.float32) * np.float32(1 / 255)
    canvas[y0:y1, x0:x1] = cv2.blendLinear(moved, canvas[y0:y1, x0:x1], over, 1 - over)


def _turned(
    area: tuple[float, float, float, float], unit: float, scale: float, turn: Turn
) -> tuple[Grey, Grey]:
    """Say for each pixel of an area which pixel of the plate it shows, by a coarse grid."""
    x0, y0, x1, y1 = area
    step = 6
    gx, gy = np.meshgrid(
        np.arange(x0, x1 + step, step, dtype=np.float32) / unit,
        np.arange(y0, y1 + step, step, dtype=np.float32) / unit,
    )
    yaw, pitch, roll = turn
    tilt = _rotation((0, 0, roll)).T.astype(np.float32)
    ux, uy = tilt[0, 0] * gx + tilt[0, 1] * (gy - NECK), tilt[1, 0] * gx + tilt[1, 1] * (gy - NECK)
    outline = (ux / 1.2) ** 2 + ((uy + NECK - 0.1) / 2.1) ** 2
    depth = _depth(ux, uy + NECK, outline)
    back = _rotation((yaw, pitch, 0)).T.astype(np.float32)
    px = back[0, 0] * ux + back[0, 1] * uy + back[0, 2] * depth
    py = back[1, 0] * ux + back[1, 1] * uy + back[1, 2] * depth + NECK
    # Beyond the head's outline lies nothing, or a turned head would show its edge twice.
    px += ux * np.clip(5 * (outline - 1), 0, 2)
    fine = _fine(round(x1 - x0), round(y1 - y0), step)
    return (
        cv2.remap((px - LEFT) * scale, *fine, cv2.INTER_LINEAR),
        cv2.remap((py - TOP) * scale, *fine, cv2.INTER_LINEAR),
    )


@lru_cache(maxsize=8)
def _fine(width: int, height: int, step: int) -> tuple[Grey, Grey]:
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return x / step, y / step


def _depth(x: Grey, y: Grey, outline: Grey) -> Grey:
    """Say how far each point of the head lies before the axis it turns about."""
    ball = 1.1 * np.sqrt(np.clip(1 - outline, 0, 1))
    nose = 0.42 * np.exp(-((x / 0.3) ** 2) - ((y - 0.5) / 0.33) ** 2)
    return (ball + nose).astype(np.float32)


def _grain_seed(person: Person, turn: Turn, face: Face) -> int:
    told = np.concatenate(
        [np.array(turn, np.float32), face.mouth.upper_in.ravel(), face.eyes[0].upper.ravel()]
    )
    return zlib.crc32(told.astype(np.float32).tobytes()) ^ person.seed


@lru_cache(maxsize=4)
def _grain(height: int, width: int) -> tuple[Bytes, Bytes]:
    """What to add and what to take away; larger than the picture, to be shifted about."""
    rng = np.random.default_rng(11)
    rough = rng.standard_normal((height + GRAIN, width + GRAIN)).astype(np.float32)
    grey = np.repeat(np.rint(cv2.GaussianBlur(rough, (0, 0), 0.6) * 4)[..., None], 3, 2)
    return np.clip(grey, 0, 255).astype(np.uint8), np.clip(-grey, 0, 255).astype(np.uint8)


def _photographed(canvas: Bytes, light: float, seed: int) -> Bytes:
    """Blur as a lens does, expose, and add a sensor's grain."""
    height, width = canvas.shape[:2]
    soft = cv2.GaussianBlur(canvas, (3, 3), 0.7)
    if light != 1:
        soft = cv2.convertScaleAbs(soft, alpha=max(light, 0.0))
    more, less = _grain(height, width)
    y, x = seed % GRAIN, seed // GRAIN % GRAIN
    there = (slice(y, y + height), slice(x, x + width))
    return cv2.subtract(cv2.add(soft, more[there]), less[there])
