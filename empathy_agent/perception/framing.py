# pyright: basic, reportMissingImports=false
"""What a face in a frame is, and the geometry of it: decoding, overlap, cutting it out upright."""

import cmath
import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = [
    "CROP",
    "REFERENCE",
    "STRIDE",
    "Face",
    "Pixels",
    "alignment",
    "crop",
    "decode",
    "grey",
    "matched",
    "moved",
    "overlap",
    "suppress",
    "upright",
]

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

CROP = 48
"""Side in pixels of the picture that the expression net reads."""

STRIDE = 8
"""Pixels of the net's input for each cell of its answer."""

REFERENCE: Floats = np.array(
    [[0.3226, 0.390], [0.6774, 0.390], [0.5, 0.611], [0.353, 0.768], [0.647, 0.768]], np.float32
)
"""Where the five landmarks lie in a face framed as in FER2013, as fractions of the picture: the
mean over its training images, made symmetric."""
_COMPLEX = np.array([1, 1j])
_CENTRE = complex(*REFERENCE.mean(0))
_SPREAD: list[complex] = ((REFERENCE - REFERENCE.mean(0)) @ _COMPLEX).tolist()
_MUCH_LARGER = 0.6
"""A crop of less than so many of its pixels for one of the frame's is averaged down first."""


@dataclass(frozen=True, eq=False)
class Face:
    """One face in a frame."""

    box: tuple[float, float, float, float]
    """x0, y0, x1, y1 in pixels of the frame; may reach beyond its edges."""
    landmarks: Floats
    """[5, 2] pixels: right eye, left eye, nose, right and left mouth corner (the person's)."""
    score: float
    """How sure the finder is, in [0, 1]."""

    @property
    def size(self) -> float:
        """Side in pixels of a square as large as the box."""
        x0, y0, x1, y1 = self.box
        return float(np.sqrt(max(0.0, x1 - x0) * max(0.0, y1 - y0)))


def grey(pixels: Pixels) -> Pixels:
    """Return a frame in grey, [height, width]."""
    if pixels.ndim == 3 and pixels.shape[2] >= 3:
        colour = pixels if pixels.shape[2] == 3 else np.ascontiguousarray(pixels[:, :, :3])
        return np.asarray(cv2.cvtColor(colour, cv2.COLOR_RGB2GRAY), np.uint8)
    return np.ascontiguousarray(pixels if pixels.ndim == 2 else pixels[:, :, 0])


def alignment(landmarks: Floats, side: int = CROP) -> Floats:
    """Return the [2, 3] map from the frame to an upright crop framed as in FER2013.

    The least-squares similarity between the five landmarks and `REFERENCE` (Umeyama, 1991),
    in closed form over complex numbers; degenerate landmarks give a finite map.
    """
    turn, shift = _similarity(landmarks, side)
    return _matrix(turn, shift)


def crop(pixels: Pixels, face: Face, side: int = CROP) -> Pixels:
    """Return the face upright in grey, [side, side], framed as in FER2013.

    A face much larger than the crop is averaged down first, so that no detail turns to noise.
    """
    return upright(pixels, face, side)[0]


def upright(pixels: Pixels, face: Face, side: int = CROP) -> tuple[Pixels, float]:
    """Return the same crop, and the degrees by which the face was turned to stand upright."""
    turn, shift = _similarity(face.landmarks, side)
    low, high = _shown(turn, shift, side, pixels.shape)
    part = grey(pixels[low[1] : high[1], low[0] : high[0]])
    matrix = _matrix(turn, shift + turn * complex(*low))
    if abs(turn) < _MUCH_LARGER:
        part, matrix = _reduced(part, matrix, abs(turn))
    stood = cv2.warpAffine(
        part, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(stood, np.uint8), math.degrees(cmath.phase(turn))


def _similarity(landmarks: Floats, side: int) -> tuple[complex, complex]:
    """Return turn and shift of `turn * z + shift`, from the frame to the crop."""
    points = np.nan_to_num(np.asarray(landmarks, np.float64), posinf=0.0, neginf=0.0)
    places: list[complex] = (points @ _COMPLEX).tolist()
    middle = sum(places) / len(places)
    source = [place - middle for place in places]
    spread = sum(abs(each) ** 2 for each in source)
    both = sum(each.conjugate() * there for each, there in zip(source, _SPREAD, strict=True))
    turn = side * both / spread if spread > 1e-6 else 1.0 + 0j
    return turn, side * _CENTRE - turn * middle


def _matrix(turn: complex, shift: complex) -> Floats:
    rows = [[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]]
    return np.array(rows, np.float32)


def _shown(
    turn: complex, shift: complex, side: int, shape: tuple[int, ...]
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the corners of the part of a frame that a crop shows."""
    places = (0, side, side * 1j, side * (1 + 1j))
    corners = [(place - shift) / (turn or 1e-9) for place in places]
    left, right = _reach([each.real for each in corners], shape[1])
    top, bottom = _reach([each.imag for each in corners], shape[0])
    return (left, top), (right, bottom)


def _reach(places: list[float], limit: int) -> tuple[int, int]:
    low = max(0, min(limit - 1, math.floor(max(-1e9, min(places))) - 2))
    return low, max(low + 1, min(limit, math.ceil(min(1e9, max(places))) + 2))


def _reduced(part: Pixels, matrix: Floats, scale: float) -> tuple[Pixels, Floats]:
    """Average a part down to little more than the crop needs, and the map with it."""
    height, width = part.shape
    size = max(1, round(width * scale * 1.25)), max(1, round(height * scale * 1.25))
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    ratio = np.array([width / size[0], height / size[1]], np.float32)
    shift = matrix[:, :2] @ ((ratio - 1) / 2)  # pixels are squares: their middles move
    turned = np.column_stack([matrix[:, :2] * ratio, matrix[:, 2] + shift])
    return np.asarray(small, np.uint8), turned.astype(np.float32)


def overlap(box: Floats, boxes: Floats) -> Floats:
    """Return the intersection over union of one box with each of `boxes` [N, 4]."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    both = np.prod(np.clip(high - low, 0, None), axis=1)
    area = np.prod(np.clip(boxes[:, 2:] - boxes[:, :2], 0, None), axis=1)
    own = np.prod(np.clip(box[2:] - box[:2], 0, None))
    return both / np.maximum(area + own - both, 1e-6)


def suppress(boxes: Floats, scores: Floats, limit: float = 0.35, inside: float = 0.7) -> list[int]:
    """Return which boxes to keep, best first.

    None overlaps a better one by more than `limit`, nor lies by more than a share `inside` of the
    smaller of the two within the other: part of a face is no second face.
    """
    left, kept = list(np.argsort(-scores, kind="stable")), []
    while left:
        best = int(left.pop(0))
        kept.append(best)
        if left:
            union, part = overlap(boxes[best], boxes[left]), _share(boxes[best], boxes[left])
            left = [left[i] for i in np.flatnonzero((union < limit) & (part < inside))]
    return kept


def _share(box: Floats, boxes: Floats) -> Floats:
    """Return the intersection over the smaller of one box and each of `boxes`."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    both = np.prod(np.clip(high - low, 0, None), axis=1)
    area = np.prod(np.clip(boxes[:, 2:] - boxes[:, :2], 0, None), axis=1)
    own = np.prod(np.clip(box[2:] - box[:2], 0, None))
    return both / np.maximum(np.minimum(area, own), 1e-6)


def decode(heat: Floats, shape: Floats, threshold: float) -> list[Face]:
    """Turn the net's answer into faces, in pixels of its input.

    Args:
        heat: [h, w] probability that a face is centred in a cell.
        shape: [14, h, w] centre within the cell (2), log of width and height in cells (2), and
            the landmarks from the centre as fractions of the box (10).
        threshold: The least probability of a face.
    """
    rows, columns = np.nonzero(heat >= threshold)
    if rows.size == 0:
        return []
    scores, values = heat[rows, columns], shape[:, rows, columns].T
    centre = (np.stack([columns, rows], 1) + values[:, :2]) * STRIDE
    size = np.exp(np.clip(values[:, 2:4], -4, 6)) * STRIDE
    boxes = np.concatenate([centre - size / 2, centre + size / 2], 1).astype(np.float32)
    points = centre[:, None] + values[:, 4:].reshape(-1, 5, 2) * size[:, None]
    return [
        Face(
            (float(boxes[i, 0]), float(boxes[i, 1]), float(boxes[i, 2]), float(boxes[i, 3])),
            points[i].astype(np.float32),
            float(scores[i]),
        )
        for i in suppress(boxes, scores)
    ]


def moved(face: Face, scale: float, x: float, y: float) -> Face:
    """Return a face scaled, then shifted by pixels."""
    x0, y0, x1, y1 = (each * scale for each in face.box)
    landmarks = face.landmarks * np.float32(scale) + np.array([x, y], np.float32)
    return replace(face, box=(x0 + x, y0 + y, x1 + x, y1 + y), landmarks=landmarks)


def matched(face: Face, found: list[Face], least: float = 0.2) -> Face | None:
    """Return the one of `found` that overlaps a face best, if by at least `least`."""
    if not found:
        return None
    boxes = np.array([each.box for each in found], np.float32)
    shares = overlap(np.array(face.box, np.float32), boxes)
    best = int(shares.argmax())
    return found[best] if shares[best] >= least else None
