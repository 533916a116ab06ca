# pyright: basic, reportMissingImports=false
"""Where the faces are: finding them in a frame, and following the user's from frame to frame."""

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from empathy_agent.models.onnx import OnnxNet
from empathy_agent.perception.framing import (
    Face,
    Pixels,
    alignment,
    crop,
    decode,
    grey,
    matched,
    moved,
    suppress,
)

__all__ = ["Face", "FaceFinder", "FaceTracker", "Finder", "Pixels", "Tracked", "alignment", "crop"]


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


@dataclass(frozen=True)
class Tracked:
    """What following found in one frame."""

    faces: int
    """How many faces are in the frame, as far as the last full search knows."""
    user: Face | None
    """The largest, steadiest face; null when there is none."""


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


class FaceTracker:
    """Follows the user's face from frame to frame; one for each source, not shared.

    The whole frame is searched at first, then every `every`-th frame and whenever the face is not
    where it was; in between, only the square round where it should be. The user stays the user
    until another face is half as large again in `patience` searches running, or until the user
    was missing in as many: a stranger who walks past does not take over.
    """

    def __init__(self, finder: Finder, every: int = 5, patience: int = 3) -> None:
        self._finder = finder
        self._every = every
        self._patience = patience
        self._user: Face | None = None
        self._drift = (0.0, 0.0)
        self._age = 0
        self._faces = 0
        self._doubts = 0

    def follow(self, pixels: Pixels) -> Tracked:
        """Return how many faces there are in the next frame, and the user's."""
        expected = self._expected()
        if expected is not None and self._age + 1 < self._every and self._doubts == 0:
            user = self._finder.near(pixels, expected)
            if user is not None:
                self._age += 1
                self._take(user)
                return Tracked(max(1, self._faces), user)
        return self._search(pixels, expected)

    def _expected(self) -> Face | None:
        """Return the user's face where steady motion would have brought it."""
        return None if self._user is None else moved(self._user, 1.0, *self._drift)

    def _search(self, pixels: Pixels, expected: Face | None) -> Tracked:
        faces = self._finder.find(pixels)
        self._age, self._faces = 0, len(faces)
        largest = max(faces, key=lambda face: face.size, default=None)
        same = None if expected is None else matched(expected, faces)
        if expected is None or largest is None or same is None:
            return self._without(largest, expected)
        self._doubts = self._doubts + 1 if largest.size > 1.5 * same.size else 0
        if self._doubts >= self._patience:
            self._doubts, self._user, same = 0, None, largest
        self._take(same)
        return Tracked(len(faces), same)

    def _without(self, largest: Face | None, expected: Face | None) -> Tracked:
        """Handle a frame in which the user's face is not where it should be."""
        self._doubts = self._doubts + 1 if expected is not None else 0
        self._drift = (0.0, 0.0)
        alone = largest is not None and self._faces == 1
        if expected is None or self._doubts >= self._patience or alone:
            self._doubts, self._user = 0, None
            if largest is not None:
                self._take(largest)
            return Tracked(self._faces, largest)
        return Tracked(self._faces, None)

    def _take(self, face: Face) -> None:
        """Make a face the user's, and learn how it moves; large leaps are not motion."""
        past, self._user = self._user, face
        if past is None:
            self._drift = (0.0, 0.0)
            return
        step = [(face.box[i] + face.box[i + 2] - past.box[i] - past.box[i + 2]) / 2 for i in (0, 1)]
        limit = 0.5 * face.size
        self._drift = (
            max(-limit, min(limit, 0.5 * (self._drift[0] + step[0]))),
            max(-limit, min(limit, 0.5 * (self._drift[1] + step[1]))),
        )
