# pyright: basic, reportMissingImports=false
"""Paints eyes, brows, mouth, nostrils and folds onto the colours of a head."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from empathy_agent.perception.anatomy import Eye, Face, Mouth
from empathy_agent.perception.head import LEFT, TOP, Plate
from empathy_agent.perception.person import Person

__all__ = ["folds_of", "paint_features"]

Grey = NDArray[Any]
"""float32"""
Bytes = NDArray[Any]
"""uint8"""

SHIFT = 4
"""Bits of subpixel precision of a polygon's corners."""


def paint_features(colours: Grey, plate: Plate, person: Person, face: Face) -> None:
    """Paint all that a face has, in place; `colours` is [height, width, 3] like the plate's."""
    _paint_mouth(colours, plate, person, face.mouth)
    _paint_nostrils(colours, plate, person, face)
    for eye in face.eyes:
        _paint_eye(colours, plate, person, eye)
    for brow in face.brows:
        _paint_brow(colours, plate, person, brow)


def folds_of(plate: Plate, face: Face) -> Grey:
    """Draw every fold into one layer of 0 to 1."""
    layer = np.zeros((len(plate.y), len(plate.x)), np.uint8)
    for stroke in face.strokes:
        if stroke.depth < 0.03:
            continue
        thick = max(1, round(stroke.width * plate.scale))
        line = np.zeros_like(layer)
        cv2.polylines(
            line,
            [_corners(plate, stroke.points)],
            False,
            int(255 * min(stroke.depth, 1)),
            thick,
            cv2.LINE_AA,
            SHIFT,
        )
        np.maximum(layer, line, out=layer)
    soft = cv2.GaussianBlur(layer, (0, 0), max(0.022 * plate.scale, 0.4))
    return soft.astype(np.float32) / 255


def _corners(plate: Plate, points: Grey) -> NDArray[Any]:
    shifted = (points - (LEFT, TOP)) * (plate.scale * (1 << SHIFT))
    return np.rint(shifted).astype(np.int32)


@dataclass(frozen=True)
class Patch:
    """A soft-edged part of the plate."""

    where: tuple[slice, slice]
    cover: Grey
    """[height, width] of the part, 0 to 1."""


def _patch(plate: Plate, points: Grey, soft: float = 0.0) -> Patch:
    """Cover the inside of a polygon, its edge softened over some half face widths."""
    margin = 2 + int(3 * soft * plate.scale)
    pixels = (points - (LEFT, TOP)) * plate.scale
    x0, y0 = np.maximum(np.floor(pixels.min(0)).astype(int) - margin, 0)
    x1, y1 = np.ceil(pixels.max(0)).astype(int) + margin + 1
    where = (slice(y0, min(y1, len(plate.y))), slice(x0, min(x1, len(plate.x))))
    height, width = where[0].stop - y0, where[1].stop - x0
    mask = np.zeros((max(height, 1), max(width, 1)), np.uint8)
    corners = np.rint((pixels - (x0, y0)) * (1 << SHIFT)).astype(np.int32)
    cv2.fillPoly(mask, [corners], 255, cv2.LINE_AA, SHIFT)
    if soft * plate.scale > 0.3:
        mask = cv2.GaussianBlur(mask, (0, 0), soft * plate.scale)
    return Patch(where, mask.astype(np.float32) / 255)


def _blend(
    colours: Grey, patch: Patch, colour: Sequence[float] | Grey, strength: float = 1.0
) -> None:
    under = colours[patch.where]
    cover = patch.cover[: under.shape[0], : under.shape[1], None] * np.float32(strength)
    under += (np.array(colour, np.float32) - under) * cover


def _shade(colours: Grey, patch: Patch, strength: float) -> None:
    under = colours[patch.where]
    under *= 1 - strength * patch.cover[: under.shape[0], : under.shape[1], None]


def _paint_mouth(colours: Grey, plate: Plate, person: Person, mouth: Mouth) -> None:
    upper = np.concatenate([mouth.upper_out, mouth.upper_in[::-1]])
    lower = np.concatenate([mouth.lower_in, mouth.lower_out[::-1]])
    lips = np.array(person.lips, np.float32)
    _blend(colours, _patch(plate, upper, 0.012), 0.86 * lips, 0.92)
    _blend(colours, _patch(plate, lower, 0.014), 1.02 * lips, 0.85)
    seam = np.concatenate([mouth.upper_in - (0, 0.008), mouth.lower_in[::-1] + (0, 0.01)]).astype(
        np.float32
    )
    _blend(colours, _patch(plate, seam, 0.006), (58, 30, 28), 0.85)
    if mouth.gap < 0.02:
        return
    inside = np.concatenate([mouth.upper_in, mouth.lower_in[::-1]])
    hole = _patch(plate, inside, 0.005)
    _blend(colours, hole, (46, 22, 22), 1.0)
    _paint_teeth(colours, plate, mouth, hole)


def _paint_teeth(colours: Grey, plate: Plate, mouth: Mouth, hole: Patch) -> None:
    def band(edge: Grey, height: float) -> None:
        t = np.linspace(-1, 1, len(edge), dtype=np.float32)
        depth = height * np.sqrt(np.clip(1 - (t / 0.9) ** 4, 0, 1))
        far = edge + np.stack([np.zeros_like(depth), depth], 1)
        patch = _patch(plate, np.concatenate([edge, far[::-1]]).astype(np.float32), 0.006)
        full = np.zeros(colours.shape[:2], np.float32)
        full[patch.where] = patch.cover[: full[patch.where].shape[0], : full[patch.where].shape[1]]
        within = (
            full[hole.where] * hole.cover[: full[hole.where].shape[0], : full[hole.where].shape[1]]
        )
        _blend(colours, Patch(hole.where, within), (205, 197, 184), 0.95)

    if mouth.upper_teeth > 0.015:
        band(mouth.upper_in, mouth.upper_teeth)
    if mouth.lower_teeth > 0.015:
        band(mouth.lower_in, -mouth.lower_teeth)


def _ellipse(x: float, y: float, wide: float, tall: float) -> Grey:
    turn = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    return np.stack([x + wide * np.cos(turn), y + tall * np.sin(turn)], 1).astype(np.float32)


def _paint_nostrils(colours: Grey, plate: Plate, person: Person, face: Face) -> None:
    for side in (-1, 1):
        hole = _ellipse(side * 0.1 * person.nose, face.nostril_y, 0.055 * person.nose, 0.026)
        _shade(colours, _patch(plate, hole, 0.012), 0.72)


def _paint_eye(colours: Grey, plate: Plate, person: Person, eye: Eye) -> None:
    _shade(colours, _patch(plate, _ribbon(eye.crease, 0.012), 0.012), 0.35)
    opening = np.concatenate([eye.upper, eye.lower[::-1]])
    if eye.open > 0.015:
        ball = _patch(plate, opening, 0.004)
        _blend(colours, ball, (196, 189, 184), 0.95)
        _clipped(
            colours,
            plate,
            ball,
            _ellipse(*eye.iris, eye.radius, eye.radius),
            0.2 * np.array(person.iris),
        )
        _clipped(
            colours,
            plate,
            ball,
            _ellipse(*eye.iris, 0.82 * eye.radius, 0.82 * eye.radius),
            person.iris,
        )
        _clipped(
            colours,
            plate,
            ball,
            _ellipse(*eye.iris, 0.42 * eye.radius, 0.42 * eye.radius),
            (14, 12, 12),
        )
        x, y = eye.iris
        shadow = np.concatenate([eye.upper, (eye.upper + (0, 0.045))[::-1]]).astype(np.float32)
        _clipped(colours, plate, ball, shadow, (60, 48, 42), 0.45)
        _clipped(colours, plate, ball, _ellipse(x - 0.03, y - 0.035, 0.018, 0.018), (250, 250, 250))
    _blend(colours, _patch(plate, _ribbon(eye.upper, 0.017), 0.005), (34, 24, 20), 0.9)
    _blend(colours, _patch(plate, _ribbon(eye.lower, 0.007), 0.006), (70, 46, 38), 0.5)


def _clipped(
    colours: Grey,
    plate: Plate,
    ball: Patch,
    shape: Grey,
    colour: Sequence[float] | Grey,
    strength: float = 1.0,
) -> None:
    """Blend a shape where it lies within the eye's opening."""
    part = _patch(plate, shape, 0.006)
    rows = slice(
        max(part.where[0].start, ball.where[0].start), min(part.where[0].stop, ball.where[0].stop)
    )
    cols = slice(
        max(part.where[1].start, ball.where[1].start), min(part.where[1].stop, ball.where[1].stop)
    )
    if rows.start >= rows.stop or cols.start >= cols.stop:
        return

    def cut(patch: Patch) -> Grey:
        return patch.cover[
            rows.start - patch.where[0].start : rows.stop - patch.where[0].start,
            cols.start - patch.where[1].start : cols.stop - patch.where[1].start,
        ]

    _blend(colours, Patch((rows, cols), cut(part) * cut(ball)), colour, strength)


def _ribbon(line: Grey, half: float) -> Grey:
    """Thicken a line, tapering at its ends."""
    t = np.linspace(-1, 1, len(line))
    offset = np.stack([np.zeros(len(line)), half * np.sqrt(1 - 0.8 * t * t)], 1)
    return np.concatenate([line - offset, (line + offset)[::-1]]).astype(np.float32)


def _paint_brow(colours: Grey, plate: Plate, person: Person, brow: Grey) -> None:
    patch = _patch(plate, brow, 0.018)
    texture = plate.strands[patch.where]
    cover = patch.cover[: texture.shape[0], : texture.shape[1]] * np.clip(
        0.9 + 0.12 * texture, 0, 1
    )
    dark = np.minimum(
        np.array(person.hair, np.float32) * 0.62, 0.42 * np.array(person.skin, np.float32)
    )
    _blend(colours, Patch(patch.where, cover), dark, 0.92)
