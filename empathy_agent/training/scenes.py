# pyright: basic, reportMissingImports=false
"""Scenes made by chance from portraits: faces of every size, several at once, or none."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from empathy_agent.training.augment import spoil
from empathy_agent.training.corpus import Samples, held_out, load_arrays, photo

__all__ = [
    "Portrait",
    "Scene",
    "backdrop",
    "box_of",
    "faceless",
    "load_portraits",
    "scene",
    "tight",
]

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

_BOX: Floats = np.array([-1.055, -1.046, 1.06, 1.60], np.float32)
"""The finder's box from the middle of the eyes, in distances from eyes to mouth: the mean over
the photos, whose boxes are YuNet's."""


@dataclass(frozen=True, eq=False)
class Portrait:
    """One picture with one known face."""

    picture: Pixels
    """[height, width] grey."""
    box: Floats
    """[4] x0, y0, x1, y1 in its pixels."""
    points: Floats
    """[5, 2] landmarks in its pixels."""
    tight: bool = False
    """The face fills the whole picture."""


@dataclass(frozen=True, eq=False)
class Scene:
    """What the finder looks at, and what it should find."""

    picture: Pixels
    """[side, side] grey."""
    boxes: Floats
    """[N, 4] x0, y0, x1, y1 in pixels."""
    points: Floats
    """[N, 5, 2] landmarks in pixels."""


def box_of(points: Floats) -> Floats:
    """Return the box that a finder would draw round five landmarks."""
    eyes = points[:2].mean(0)
    reach = np.linalg.norm(points[3:].mean(0) - eyes)
    return (np.tile(eyes, 2) + reach * _BOX).astype(np.float32)


def load_portraits(folder: Path) -> tuple[list[Portrait], list[Portrait]]:
    """Read the photos with exactly one face, as (to learn from, held out by person)."""
    data = load_arrays(folder / "photos_train.npz")
    faces = data["faces"].astype(np.float32)
    owner = faces[:, 0].astype(int)
    alone = np.bincount(owner, minlength=len(data["names"])) == 1
    learn: list[Portrait] = []
    measure: list[Portrait] = []
    for row, i in zip(faces, owner, strict=True):
        if alone[i]:
            box = np.concatenate([row[1:3], row[1:3] + row[3:5]]).astype(np.float32)
            portrait = Portrait(photo(data, i), box, row[5:15].reshape(5, 2))
            (measure if held_out(str(data["names"][i])) else learn).append(portrait)
    return learn, measure


def tight(samples: Samples) -> list[Portrait]:
    """Turn pictures that a face fills into portraits, where its landmarks are known."""
    return [
        Portrait(each.picture, box_of(each.points), each.points, tight=True)
        for each in samples
        if each.points is not None
    ]


def faceless(portrait: Portrait, rng: np.random.Generator) -> Pixels:
    """Return the picture with its face painted over by what lies round it, or by a patch."""
    x0, y0, x1, y1 = portrait.box
    middle = (int((x0 + x1) / 2), int((y0 + y1) / 2))
    mask = np.zeros_like(portrait.picture)
    half = (max(2, int((x1 - x0) * 0.62)), max(2, int((y1 - y0) * 0.62)))
    cv2.ellipse(mask, middle, half, 0, 0, 360, 255, -1)
    fill = np.full_like(portrait.picture, rng.integers(30, 220))
    if rng.random() < 0.7:
        border = portrait.picture[mask == 0]
        values = border if border.size > 9 else portrait.picture.ravel()
        grain = rng.choice(values, portrait.picture.shape)
        fill = cv2.GaussianBlur(grain, (0, 0), float(rng.uniform(0.8, 9)))
    return np.where(mask > 0, fill, portrait.picture)


def backdrop(rng: np.random.Generator, side: int) -> Pixels:
    """Return a picture of nothing: flat, graded, noisy, striped, with shapes or with letters."""
    kind = int(rng.integers(0, 7))
    base = np.full((side, side), float(rng.integers(0, 256)), np.float32)
    ramp = np.linspace(-1, 1, side, dtype=np.float32)
    base += (rng.normal(0, 50) * ramp)[None, :] + (rng.normal(0, 50) * ramp)[:, None]
    if kind == 1:
        small = rng.normal(128, 60, (int(rng.integers(3, side)),) * 2).astype(np.float32)
        base = cv2.resize(small, (side, side), interpolation=cv2.INTER_CUBIC)
    if kind == 2:
        base += 50 * np.sin(ramp * float(rng.uniform(5, 120)) + rng.uniform(0, 6))[None, :]
    if kind == 6:
        cell = int(rng.integers(3, 40))
        squares = (np.arange(side)[:, None] // cell + np.arange(side)[None, :] // cell) % 2
        base += float(rng.normal(0, 80)) * squares
    picture = np.clip(base, 0, 255).astype(np.uint8)
    for _ in range(int(np.exp(rng.uniform(0.7, 3.6))) if 3 <= kind < 6 else 0):
        _mark(picture, rng, letters=kind == 5)
    return picture


def _mark(picture: Pixels, rng: np.random.Generator, letters: bool) -> None:
    side = picture.shape[0]
    x, y, long, wide = (int(each) for each in rng.integers(0, side, 4))
    shade, thick = int(rng.integers(0, 256)), int(rng.choice([-1, 1, 2, 5]))
    if letters:
        word = "".join(chr(int(each)) for each in rng.integers(40, 122, 6))
        cv2.putText(picture, word, (x, y), 0, float(rng.uniform(0.3, 3)), shade, max(1, thick))
    elif rng.random() < 0.5:
        cv2.ellipse(picture, (x, y), (long // 3 + 1, wide // 3 + 1), 0, 0, 360, shade, thick)
    else:
        cv2.rectangle(picture, (x, y), (x + long // 2, y + wide // 2), shade, thick)


def _turned(box: Floats, matrix: Floats) -> Floats:
    """Move a box by a similarity; it bounds the turned ellipse of the face."""
    middle = matrix[:, :2] @ ((box[:2] + box[2:]) / 2) + matrix[:, 2]
    squares = (matrix[:, :2] ** 2) @ ((box[2:] - box[:2]) ** 2)
    half = np.sqrt(squares) / 2
    return np.concatenate([middle - half, middle + half]).astype(np.float32)


def _lay(
    canvas: Pixels, portrait: Portrait, cell: tuple[int, int, int, int], rng: np.random.Generator
) -> tuple[Pixels, Floats, Floats]:
    """Paste a portrait so that its face lies in a cell (x0, y0, x1, y1) of the canvas."""
    x0, y0, x1, y1 = cell
    room = min(x1 - x0, y1 - y0)
    size = float(np.sqrt(np.prod(portrait.box[2:] - portrait.box[:2])))
    most = 0.9 * room
    wanted = float(np.exp(rng.uniform(np.log(min(16.0, most / 2)), np.log(most))))
    if portrait.tight and rng.random() < 0.6:
        wanted = room * float(rng.uniform(0.75, 1.0))
    zoom, turn = wanted / size, np.radians(np.clip(rng.normal(0, 12), -35, 35))
    cos, sin = np.cos(turn) * zoom, np.sin(turn) * zoom
    spare = max(0.0, (room - wanted) / 2 + 0.12 * wanted)
    goal = np.array([(x0 + x1) / 2, (y0 + y1) / 2]) + rng.uniform(-1, 1, 2) * spare
    matrix = np.array([[cos, -sin, 0], [sin, cos, 0]], np.float32)
    matrix[:, 2] = goal - matrix[:, :2] @ ((portrait.box[:2] + portrait.box[2:]) / 2)
    extent, how = canvas.shape[::-1], cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR
    source = portrait.picture
    if zoom < 0.5:
        source = cv2.GaussianBlur(source, (0, 0), 0.4 / zoom)
    edge = cv2.BORDER_REPLICATE if rng.random() < 0.5 else cv2.BORDER_CONSTANT
    pasted = cv2.warpAffine(source, matrix, extent, flags=how, borderMode=edge)
    inside = np.zeros_like(canvas)
    inside[y0:y1, x0:x1] = 255
    if edge == cv2.BORDER_CONSTANT:
        whole = cv2.warpAffine(np.full_like(source, 255), matrix, extent)
        inside &= np.asarray(whole, np.uint8)
    points = portrait.points @ matrix[:, :2].T + matrix[:, 2]
    return np.where(inside > 0, pasted, canvas), _turned(portrait.box, matrix), points


def _hide(picture: Pixels, box: Floats, rng: np.random.Generator) -> Pixels:
    """Draw something over a corner of a face."""
    x0, y0, x1, y1 = box
    at = (int(rng.choice([x0, x1])), int(rng.uniform(y0, y1)))
    half = (max(1, int((x1 - x0) * rng.uniform(0.1, 0.4))), max(1, int((y1 - y0) * 0.25)))
    shade, turn = int(rng.integers(0, 256)), float(rng.uniform(0, 180))
    picture = np.ascontiguousarray(picture)
    cv2.ellipse(picture, at, half, turn, 0, 360, shade, -1)
    return picture


def scene(portraits: list[Portrait], rng: np.random.Generator, side: int = 192) -> Scene:
    """Make a picture by chance: 45 % with one face, a quarter with several, the rest with none."""
    kind = rng.random()
    canvas = backdrop(rng, side)
    if rng.random() < 0.5:
        behind = faceless(portraits[int(rng.integers(len(portraits)))], rng)
        low = int(rng.integers(0, max(1, behind.shape[0] // 2)))
        canvas = np.asarray(cv2.resize(behind[low:], (side, side)), np.uint8)
    boxes: list[Floats] = []
    points: list[Floats] = []
    grid = 1 if kind < 0.45 else int(rng.integers(2, 4))
    step = side // grid
    for cell in range(grid * grid if kind < 0.7 else 0):
        if grid > 1 and rng.random() < 0.4:
            continue
        x, y = cell % grid * step, cell // grid * step
        portrait = portraits[int(rng.integers(len(portraits)))]
        canvas, box, marks = _lay(canvas, portrait, (x, y, x + step, y + step), rng)
        if rng.random() < 0.2:
            canvas = _hide(canvas, box, rng)
        boxes.append(box)
        points.append(marks)
    all_boxes = np.array(boxes, np.float32).reshape(-1, 4)
    all_points = np.array(points, np.float32).reshape(-1, 5, 2)
    if rng.random() < 0.5:
        canvas = np.ascontiguousarray(canvas[:, ::-1])
        all_boxes = np.stack(
            [side - all_boxes[:, 2], all_boxes[:, 1], side - all_boxes[:, 0], all_boxes[:, 3]], 1
        )
        all_points = all_points[:, [1, 0, 2, 4, 3]] * [-1, 1] + [side, 0]
    return Scene(spoil(canvas, rng), all_boxes, all_points.astype(np.float32))
