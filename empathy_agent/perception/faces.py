# pyright: basic, reportMissingImports=false
"""Where the faces are: finding them in a frame, following one, and cutting it out upright."""

from dataclasses import dataclass, replace
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from empathy_agent.models.onnx import OnnxNet

__all__ = [
    "CROP",
    "REFERENCE",
    "Face",
    "FaceFinder",
    "FaceTracker",
    "Finder",
    "Tracked",
    "alignment",
    "crop",
    "decode",
    "grey",
    "overlap",
    "suppress",
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


@dataclass(frozen=True)
class Tracked:
    """What following found in one frame."""

    faces: int
    """How many faces are in the frame, as far as the last full search knows."""
    user: Face | None
    """The largest, steadiest face; null when there is none."""


class Finder(Protocol):
    """Whatever finds faces."""

    def find(self, pixels: Pixels) -> list[Face]:
        """Return the faces of a frame, biggest first."""
        ...


def grey(pixels: Pixels) -> Pixels:
    """Return a frame in grey, [height, width]."""
    if pixels.ndim == 2:
        return np.ascontiguousarray(pixels)
    return cv2.cvtColor(np.ascontiguousarray(pixels[:, :, :3]), cv2.COLOR_RGB2GRAY)


def alignment(landmarks: Floats, side: int = CROP) -> Floats:
    """Return the [2, 3] map from the frame to an upright crop framed as in FER2013.

    The least-squares similarity between the five landmarks and `REFERENCE` (Umeyama, 1991),
    in closed form over complex numbers; degenerate landmarks give a finite map.
    """
    points = np.nan_to_num(np.asarray(landmarks, np.float64), posinf=0.0, neginf=0.0)
    here, there = points - points.mean(0), REFERENCE * side
    centre = there.mean(0)
    source = here[:, 0] + 1j * here[:, 1]
    target = (there - centre) @ np.array([1, 1j])
    spread = float((np.abs(source) ** 2).sum())
    turn = (np.conj(source) @ target) / spread if spread > 1e-6 else 1.0 + 0j
    matrix = np.array([[turn.real, -turn.imag], [turn.imag, turn.real]])
    shift = centre - matrix @ points.mean(0)
    return np.concatenate([matrix, shift[:, None]], axis=1).astype(np.float32)


def crop(pixels: Pixels, face: Face, side: int = CROP) -> Pixels:
    """Return the face upright in grey, [side, side], framed as in FER2013.

    A face much larger than the crop is averaged down first, so that no detail turns to noise.
    """
    picture, matrix = grey(pixels), alignment(face.landmarks, side)
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if scale < 0.5:
        factor = max(scale * 1.5, 1 / max(picture.shape))
        size = [max(1, round(each * factor)) for each in picture.shape[::-1]]
        ratio = np.array(size) / picture.shape[::-1]
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        matrix = alignment(face.landmarks * ratio.astype(np.float32), side)
    return cv2.warpAffine(
        picture, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def overlap(box: Floats, boxes: Floats) -> Floats:
    """Return the intersection over union of one box with each of `boxes` [N, 4]."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    both = np.prod(np.clip(high - low, 0, None), axis=1)
    area = np.prod(np.clip(boxes[:, 2:] - boxes[:, :2], 0, None), axis=1)
    own = np.prod(np.clip(box[2:] - box[:2], 0, None))
    return both / np.maximum(area + own - both, 1e-6)


def suppress(boxes: Floats, scores: Floats, limit: float = 0.35) -> list[int]:
    """Return which boxes to keep, best first: none overlaps a better one by more than `limit`."""
    left, kept = list(np.argsort(-scores, kind="stable")), []
    while left:
        best = int(left.pop(0))
        kept.append(best)
        if left:
            left = [
                each for each, one in zip(left, overlap(boxes[best], boxes[left])) if one < limit
            ]
    return kept


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


def _moved(face: Face, scale: float, x: float, y: float) -> Face:
    x0, y0, x1, y1 = (each * scale for each in face.box)
    landmarks = face.landmarks * np.float32(scale) + np.array([x, y], np.float32)
    return replace(face, box=(x0 + x, y0 + y, x1 + x, y1 + y), landmarks=landmarks)


class FaceFinder:
    """Finds every face of a frame with the small net `faces-1`."""

    def __init__(self, threshold: float = 0.5, side: int = 320) -> None:
        self.threshold = threshold
        """The least probability of a face."""
        self.side = side
        """Longest side in pixels to which a frame is scaled."""
        self._net = OnnxNet("faces-1")

    def warm(self) -> None:
        """Load the net now."""
        self._net.warm()

    def find(self, pixels: Pixels) -> list[Face]:
        """Return the faces of a whole frame, in its pixels, biggest first."""
        picture = grey(pixels)
        found = self._search(picture, self.side)
        if not found and max(picture.shape) > self.side:
            found = self._search(picture, 2 * self.side)
        return sorted(found, key=lambda face: -face.size)

    def near(self, pixels: Pixels, face: Face, side: int = 128) -> Face | None:
        """Return the face in a square around an earlier one; cheaper than a whole search."""
        raise NotImplementedError

    def _search(self, picture: Pixels, side: int) -> list[Face]:
        scale = side / max(picture.shape)
        height, width = (max(1, round(each * scale)) for each in picture.shape)
        small = cv2.resize(
            picture,
            (width, height),
            interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR,
        )
        padded = cv2.copyMakeBorder(
            small, 0, -height % 32, 0, -width % 32, cv2.BORDER_CONSTANT, value=0
        )
        heat, shape = self._net.run(padded[None, None].astype(np.float32))
        return [
            _moved(face, 1 / scale, 0.0, 0.0)
            for face in decode(heat[0, 0], shape[0], self.threshold)
        ]


class FaceTracker:
    """Follows the user's face from frame to frame; one for each source, not shared."""

    def __init__(self, finder: Finder, every: int = 5) -> None:
        self._finder = finder
        self._every = every

    def follow(self, pixels: Pixels) -> Tracked:
        """Return how many faces there are, and the user's."""
        faces = self._finder.find(pixels)
        return Tracked(len(faces), faces[0] if faces else None)
