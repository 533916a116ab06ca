# pyright: basic, reportMissingImports=false
"""Pictures, videos and cameras through PIL and OpenCV: bytes to frames, nothing kept."""

import logging
import os
import re
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from empathy_agent.errors import SetupError
from empathy_agent.perception.frames import LONGEST_SIDE, Frame, as_frame

__all__ = ["GRACE", "MAX_FPS", "Capture", "list_pictures", "open_camera", "play"]

logger = logging.getLogger(__name__)

MAX_FPS = 15.0
"""Frames a second that are kept: a micro-expression of 0.2 s still has three."""
GRACE = 0.9
"""Of a period; so that jitter does not cost every second frame at 30 a second."""

PICTURES = frozenset(
    ".avif .bmp .gif .jfif .jpeg .jpg .pgm .png .ppm .tif .tiff .webp".split()  # noqa: SIM905
)
TELETEXT = (float(int.from_bytes(b"PAL\x08", "little")), 0.0)
"""Pixel format and codec by which ffmpeg draws arbitrary bytes as characters."""


class Capture(Protocol):
    """An open camera."""

    def read(self) -> tuple[bool, object]:
        """Wait for the next picture; false when the device is gone. Three channels are RGB."""
        ...

    def release(self) -> None:
        """Let go of the device."""
        ...


class _Camera:
    def __init__(self, number: int) -> None:
        self._cv2 = _opencv()
        self._capture = self._cv2.VideoCapture(number)
        if not self._capture.isOpened():
            self._capture.release()
            raise SetupError(
                f"camera {number} did not open; is another program using it? "
                "try --source demo or --source none"
            )

    def read(self) -> tuple[bool, object]:
        ok, picture = self._capture.read()
        return ok, _rgb(self._cv2, picture) if ok else None

    def release(self) -> None:
        self._capture.release()


def open_camera(number: int) -> Capture:
    """Open the camera of this number.

    Raises:
        SetupError: It is not there, or another program holds it.
    """
    return _Camera(number)


def list_pictures(folder: Path) -> list[Path]:
    """Return the pictures of a folder by name, with `2.png` before `10.png`.

    Raises:
        SetupError: It cannot be listed, or holds no picture.
    """
    try:
        names = [each for each in folder.iterdir() if each.suffix.lower() in PICTURES]
    except OSError as error:
        raise SetupError(f"{str(folder)!r} cannot be listed: {error.strerror}") from error
    found = [each for each in names if each.is_file() and not each.name.startswith(".")]
    if not found:
        raise SetupError(f"{str(folder)!r} holds no pictures (.jpg, .png, .webp, ...)")
    return sorted(found, key=_natural)


def play(path: Path) -> Iterator[Frame]:
    """Decode a picture (one frame), an animation or a video, at most 15 frames a second.

    Args:
        path: A file; its content says what it is, not its name.

    Yields:
        Frames, timed from the first.

    Raises:
        SetupError: On the first step: it is missing, empty, or nothing in it can be decoded.
    """
    _check(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(path)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise SetupError(f"{str(path)!r} is too large a picture") from error
    except (OSError, ValueError, SyntaxError):
        yield from _film(path)
        return
    with image:
        yield from _thinned(_animation(image, path))


def _check(path: Path) -> None:
    try:
        if path.is_dir():
            raise SetupError(f"{str(path)!r} is a folder; name a picture or a video in it")
        if not path.exists():
            raise SetupError(f"{str(path)!r}: there is no such file")
        if not path.is_file():
            raise SetupError(f"{str(path)!r} is no file; write a camera as 'camera:0'")
        if not path.stat().st_size:
            raise SetupError(f"{str(path)!r} is empty")
        with path.open("rb"):
            pass
    except OSError as error:
        raise SetupError(f"{str(path)!r} cannot be read: {error.strerror}") from error


def _animation(image: Image.Image, path: Path) -> Iterator[tuple[float, Callable[[], object]]]:
    # JPEG decodes several times faster when it need not decode every pixel of a huge picture.
    image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    at = 0.0
    pages = 1 if image.format in {"TIFF", "MPO", "ICO"} else getattr(image, "n_frames", 1)
    try:
        for _, page in zip(range(pages), ImageSequence.Iterator(image), strict=False):
            page.load()
            yield at, page.copy
            at += max(float(page.info.get("duration", 0)), 20.0) / 1000
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        if not at:
            raise SetupError(f"{str(path)!r} is a damaged picture: {error}") from error
        logger.warning("%s is damaged; its first %.1f s were read", path.name, at)


def _film(path: Path) -> Iterator[Frame]:
    # ffmpeg would draw text as teletype, and follow the addresses in a playlist.
    if path.suffix.lower() in PICTURES or _is_text(path):
        raise SetupError(f"{str(path)!r} is no picture or video, or a damaged one")
    cv2 = _opencv()
    capture = cv2.VideoCapture(str(path.resolve()), cv2.CAP_FFMPEG)
    try:
        none = True
        drawn = (capture.get(cv2.CAP_PROP_CODEC_PIXEL_FORMAT), capture.get(cv2.CAP_PROP_FOURCC))
        for frame in () if drawn == TELETEXT else _thinned(_steps(cv2, capture)):
            none = False
            yield frame
        if none:
            raise SetupError(f"{str(path)!r} is no video that can be decoded, or a damaged one")
    finally:
        capture.release()


def _steps(cv2: ModuleType, capture) -> Iterator[tuple[float, Callable[[], object]]]:
    rate = capture.get(cv2.CAP_PROP_FPS)
    period = 1 / rate if 0.1 <= rate <= 1000 else 1 / 25
    at, number = -1.0, 0
    while capture.grab():
        stamp = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        # Some containers carry no time stamps, or broken ones; then frames are evenly spaced.
        at = stamp if at < stamp < at + 60 else max(at, 0.0) + (period if number else 0)
        number += 1
        yield at, lambda: _retrieved(cv2, capture)


def _retrieved(cv2: ModuleType, capture) -> NDArray[np.uint8] | None:
    ok, picture = capture.retrieve()
    return _rgb(cv2, picture) if ok else None


def _rgb(cv2: ModuleType, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    # Several times faster than the general way of `as_frame`, which counts for 4K at 15 a second.
    scale = LONGEST_SIDE / max(picture.shape[:2])
    if scale < 1:
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)


def _thinned(steps: Iterator[tuple[float, Callable[[], object]]]) -> Iterator[Frame]:
    """Decode only the frames that are kept."""
    due, start = 0.0, None
    for stamp, picture in steps:
        start = stamp if start is None else start
        at = stamp - start
        if at < due:
            continue
        pixels = picture()
        if pixels is None:
            continue
        due = at + GRACE / MAX_FPS
        yield as_frame(pixels, at)


def _natural(path: Path) -> list[tuple[bool, int, str]]:
    parts = re.split(r"(\d+)", path.name.lower())
    return [(part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts]


def _is_text(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(4096)
    if b"\0" in start:
        return False
    try:
        start[:-4].decode()
    except UnicodeDecodeError:
        return False
    return True


@cache
def _opencv() -> ModuleType:
    # ffmpeg inside OpenCV reads its log level from here and nowhere else; -8 is "quiet".
    os.putenv("OPENCV_FFMPEG_LOGLEVEL", "-8")
    import cv2

    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    return cv2
