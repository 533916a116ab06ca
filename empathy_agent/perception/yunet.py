# pyright: basic, reportMissingImports=false
"""A finder from a YuNet file (Wu, Peng and Yu, 2023), run by OpenCV: `yunet:PATH`.

For those who have one and want it; the embedded finder needs no file. Which frames are searched,
and who is who, stays with `tracker.py`.
"""

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from empathy_agent.errors import SetupError
from empathy_agent.perception.framing import Face, Pixels, matched, moved

__all__ = ["Detector", "YuNetFinder", "faces_of"]

_SIDE = 640
"""Longest side in pixels to which a frame is scaled down."""
_NEAR = 160
"""Pixels to which the square round a face is scaled."""
_REACH = 2.1
"""Side of that square, in sides of the face."""
_LEAST = 0.6
"""The least score of a face."""
_COLUMNS = 15
"""Of an answer: box (4), right eye, left eye, nose, right and left mouth corner (10), score."""


class Detector(Protocol):
    """What is used of `cv2.FaceDetectorYN`."""

    def setInputSize(self, input_size: tuple[int, int], /) -> None:
        """Say how wide and high the next pictures are."""
        ...

    def detect(self, image: Pixels, /) -> tuple[Any, Any]:
        """Return a code, and [N, 15] or null."""
        ...


class YuNetFinder:
    """Finds faces with a YuNet file; many threads may share one."""

    def __init__(self, path: Path, *, opened: Callable[[Path], Detector] | None = None) -> None:
        """Name the file; it is read at the first use.

        Args:
            path: An onnx file of YuNet.
            opened: Instead of OpenCV, for tests.

        Raises:
            SetupError: There is no such file.
        """
        if not path.is_file():
            raise SetupError(
                f"no YuNet file {str(path)!r}; give faces yunet:PATH the onnx file of a YuNet, "
                "or leave it out for the embedded finder"
            )
        self._path = path
        self._open = opened or _opened
        self._detector: Detector | None = None
        self._lock = Lock()

    def warm(self) -> None:
        """Read the file now.

        Raises:
            SetupError: It is no YuNet.
        """
        self._detect(np.zeros((64, 64, 3), np.uint8))

    def find(self, pixels: Pixels) -> list[Face]:
        """Return the faces of a whole frame, biggest first."""
        scale = min(1.0, _SIDE / max(pixels.shape[:2]))
        return sorted(self._search(pixels, scale), key=lambda face: -face.size)

    def near(self, pixels: Pixels, face: Face) -> Face | None:
        """Return the face that is now where one was: a search of the square round it only."""
        x0, y0, x1, y1 = face.box
        half = max(8.0, _REACH / 2 * face.size)
        middle = np.array([(x0 + x1) / 2, (y0 + y1) / 2])
        if not np.isfinite([*middle, half]).all():
            return None
        limit = np.array(pixels.shape[1::-1])
        low = np.clip(middle - half, 0, limit - 1).astype(int)
        high = np.clip(middle + half, low + 1, limit).astype(int)
        part = pixels[low[1] : high[1], low[0] : high[0]]
        found = self._search(part, min(1.0, _NEAR / (2 * half)))
        shifted = [moved(each, 1.0, float(low[0]), float(low[1])) for each in found]
        return matched(face, shifted)

    def _search(self, pixels: Pixels, scale: float) -> list[Face]:
        height, width = (max(1, round(side * scale)) for side in pixels.shape[:2])
        small = np.ascontiguousarray(pixels)
        if small.shape[:2] != (height, width):
            small = cv2.resize(small, (width, height), interpolation=cv2.INTER_AREA)
        code = cv2.COLOR_GRAY2BGR if small.ndim == 2 else cv2.COLOR_RGB2BGR
        found = faces_of(self._detect(np.asarray(cv2.cvtColor(small, code), np.uint8)))
        return [moved(face, 1 / scale, 0.0, 0.0) for face in found]

    def _detect(self, picture: Pixels) -> object:
        with self._lock:
            try:
                if self._detector is None:
                    self._detector = self._open(self._path)
                self._detector.setInputSize((picture.shape[1], picture.shape[0]))
                return self._detector.detect(picture)[1]
            except (cv2.error, SystemError) as error:
                self._detector = None
                raise SetupError(
                    f"{str(self._path)!r} is no YuNet file that this OpenCV can run; "
                    "download face_detection_yunet_2023mar.onnx of opencv_zoo, or leave faces out"
                ) from error


def faces_of(answer: object) -> list[Face]:
    """Return the faces of an answer [N, 15], in the picture's pixels; rows with NaN are left out.

    Raises:
        SetupError: It has another shape, so it is none of YuNet's.
    """
    if answer is None:
        return []
    rows: NDArray[np.float32] = np.asarray(answer, np.float32)
    if rows.ndim != 2 or rows.shape[1] != _COLUMNS:
        raise SetupError(f"a YuNet answers {_COLUMNS} numbers a face, not {rows.shape}")
    whole = rows[np.isfinite(rows).all(1) & (rows[:, 2:4] > 0).all(1)]
    return [
        Face(
            (float(x), float(y), float(x + width), float(y + height)),
            row[4:14].reshape(5, 2),
            float(np.clip(row[14], 0, 1)),
        )
        for row in whole
        for x, y, width, height in [row[:4]]
    ]


def _opened(path: Path) -> Detector:
    return cv2.FaceDetectorYN.create(str(path), "", (320, 320), _LEAST, 0.3, 50)
