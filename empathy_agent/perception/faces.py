# pyright: basic, reportMissingImports=false
"""Where the faces are: finding them in a frame, or near to where one was."""

from typing import Protocol

import cv2
import numpy as np

from empathy_agent.models.onnx import OnnxNet
from empathy_agent.perception.framing import (
    Face,
    Pixels,
    decode,
    grey,
    matched,
    moved,
    suppress,
)

__all__ = ["Face", "FaceFinder", "Finder", "Pixels"]


_DIM = (8, 70)
"""Brightness of the lightest hundredth of a frame, between which it is lit up."""
_REFINED = 3
"""How many faces of a frame are looked at from nearer, at most."""
_SMALL = 45
"""Pixels of a face, as the net sees it, below which a nearer look pays."""


_REACH = 2.1
"""Side of the square that is searched for a face where it was, in sides of the face."""
_NEAR = 128
"""Pixels to which that square is scaled."""


class Finder(Protocol):
    """Whatever finds faces, such as `FaceFinder`."""

    def find(self, pixels: Pixels) -> list[Face]:
        """Return the faces of a whole frame, biggest first."""
        ...

    def near(self, pixels: Pixels, face: Face) -> Face | None:
        """Return the face that is now where one was; cheaper than a whole search."""
        ...


def lit(picture: Pixels) -> Pixels:
    """Return a dim grey frame lit up, and any other as it is; black has nothing to light up."""
    step = max(1, max(picture.shape) // 80)
    sample = picture[::step, ::step].ravel()
    ninety_nine = int(0.99 * (sample.size - 1))
    lightest = float(np.partition(sample, ninety_nine)[ninety_nine])
    if not _DIM[0] < lightest < _DIM[1]:
        return picture
    return np.clip(picture * np.float32(170 / lightest), 0, 255).astype(np.uint8)


class FaceFinder:
    """Finds every face of a frame with the small net `faces-1`; many threads may share one."""

    def __init__(
        self, threshold: float = 0.5, side: int = 320, *, net: OnnxNet | None = None
    ) -> None:
        self.threshold = threshold
        """The least probability of a face."""
        self.side = side
        """Longest side in pixels to which a frame is scaled."""
        self._net = net or OnnxNet("faces-1")

    def warm(self) -> None:
        """Load the net now.

        Raises:
            SetupError: Its weights are missing or damaged.
        """
        self._net.warm()

    def find(self, pixels: Pixels) -> list[Face]:
        """Return the faces of a whole frame, in its pixels, biggest first.

        Twice: at `side` for most faces, and at a third of it for faces that fill the frame. A
        frame with none and with detail to spare is looked at once more, twice as large; a dim
        one is lit up first, so that a face in the dark is known to be one.
        """
        picture = lit(grey(pixels))
        found = self._search(picture, self.side) + self._search(picture, 0.36 * self.side)
        if not found and max(picture.shape) >= 1.5 * self.side:
            found = self._search(picture, 2 * self.side)
        boxes = np.array([face.box for face in found], np.float32).reshape(-1, 4)
        scores = np.array([face.score for face in found], np.float32)
        faces = sorted((found[i] for i in suppress(boxes, scores)), key=lambda face: -face.size)
        return [self._refined(picture, face) for face in faces[:_REFINED]] + faces[_REFINED:]

    def near(self, pixels: Pixels, face: Face) -> Face | None:
        """Return the face that is now where one was: a search of the square round it only.

        The square is scaled to what the net takes without padding. On held-out photos, moved by
        up to 0.4 of the face, it finds as many faces and places landmarks as well as a square
        2.6 times as large as the face at 160 pixels, which the net pads to twice the cells.

        Args:
            pixels: The frame.
            face: Where it was, or is thought to be.
        """
        x0, y0, x1, y1 = face.box
        half = max(8.0, _REACH / 2 * face.size)
        middle = np.array([(x0 + x1) / 2, (y0 + y1) / 2])
        if not np.isfinite([*middle, half]).all():
            return None
        limit = np.array(pixels.shape[1::-1])
        low = np.clip(middle - half, 0, limit - 1).astype(int)
        high = np.clip(middle + half, low + 1, limit).astype(int)
        part = lit(grey(pixels[low[1] : high[1], low[0] : high[0]]))
        found = [
            moved(each, 1.0, float(low[0]), float(low[1]))
            for each in self._search(part, min(_NEAR * max(part.shape) / (2 * half), _NEAR))
        ]
        return matched(face, found)

    def _refined(self, picture: Pixels, face: Face) -> Face:
        """Return a small face once more, from nearer: its landmarks are twice as exact."""
        small = face.size * self.side / max(picture.shape) < _SMALL
        return (self.near(picture, face) or face) if small else face

    def _search(self, picture: Pixels, side: float) -> list[Face]:
        scale = side / max(picture.shape)
        height, width = (max(1, round(each * scale)) for each in picture.shape)
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        small = cv2.resize(picture, (width, height), interpolation=how)
        padded = np.zeros((1, 1, -(-height // 64) * 64, -(-width // 64) * 64), np.float32)
        padded[0, 0, :height, :width] = small
        heat, shape = self._net.run(padded)
        found = decode(heat[0, 0], shape[0], self.threshold)
        return [moved(face, 1 / scale, 0.0, 0.0) for face in found]
