"""Frames and windows of them: the only form in which pixels travel, and never to disk."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from empathy_agent.errors import SetupError

__all__ = ["LONGEST_SIDE", "Frame", "Window", "as_frame", "in_time"]

LONGEST_SIDE = 1920
"""Pixels; a larger picture is scaled down, as no reading gets better beyond it."""

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture, and when it was seen."""

    at: float
    """Seconds since the source opened."""
    pixels: Pixels
    """C-contiguous: [height, width, 3] RGB or [height, width] grey."""


@dataclass(frozen=True)
class Window:
    """What a source saw lately; oldest frame first."""

    frames: tuple[Frame, ...]
    lost: bool = False
    """The device is gone now; the frames, if any, are from before."""
    source: object | None = field(default=None, compare=False, repr=False)
    """What the windows of one live source have in common; what is known of it lives as long."""

    @property
    def at(self) -> float:
        """Seconds since the source opened, at the newest frame; 0 for an empty window."""
        return self.frames[-1].at if self.frames else 0.0

    @property
    def span(self) -> float:
        """Seconds from the oldest frame to the newest."""
        return self.frames[-1].at - self.frames[0].at if self.frames else 0.0


def in_time(window: Window) -> Window:
    """Return a window whose times are finite and do not go back: its own, or a fifteenth apart."""
    times = [frame.at for frame in window.frames]
    rising = all(one <= other for one, other in zip(times, times[1:], strict=False))
    if rising and all(map(math.isfinite, times)):
        return window
    first = next((at for at in times if math.isfinite(at)), 0.0)
    frames = (Frame(first + at / 15, each.pixels) for at, each in enumerate(window.frames))
    return replace(window, frames=tuple(frames))


def as_frame(pixels: object, at: float = 0.0) -> Frame:
    """Make a frame of whatever a camera, a decoder, PIL or numpy calls a picture.

    Three channels are taken as RGB, alpha is laid over white, a first axis of 1, 3 or 4 as
    channels; floats lie in [0, 1] or [0, 255], integers beyond 255 in 16 bits, and NaN is black.
    The pixels are copied, so that a camera may reuse its buffer.

    Args:
        pixels: A PIL image, an array, or anything numpy can read as one; a frame is kept.
        at: Seconds since the source opened.

    Raises:
        SetupError: It is no picture.
    """
    if isinstance(pixels, Frame):
        return pixels
    array = _of_image(pixels) if isinstance(pixels, Image.Image) else _of_array(pixels)
    return Frame(at, _shrunk(_flattened(_as_bytes(_channels_last(array)))))


def _of_image(image: Image.Image) -> NDArray[np.generic]:
    try:
        upright = ImageOps.exif_transpose(image)
        if upright.mode in {"P", "PA", "CMYK", "YCbCr", "LAB", "HSV", "La", "RGBa", "RGBX", "1"}:
            transparent = upright.mode in {"PA", "La", "RGBa"} or "transparency" in upright.info
            upright = upright.convert("RGBA" if transparent else "RGB")
        return np.asarray(upright)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise SetupError(f"this picture cannot be decoded: {error}") from error


def _of_array(pixels: object) -> NDArray[np.generic]:
    convert = cast("Callable[[object], NDArray[np.generic]]", np.asarray)
    try:
        array = convert(pixels)
    except (TypeError, ValueError, RuntimeError) as error:
        raise SetupError(f"a {type(pixels).__name__} is no picture: {error}") from error
    if array.dtype.kind not in "buif":
        raise SetupError(
            f"a {type(pixels).__name__} is no picture; give an array, a PIL image or a frame"
        )
    return array


def _channels_last(array: NDArray[np.generic]) -> NDArray[np.generic]:
    if array.ndim == 4 and array.shape[0] == 1:
        array = array[0]
    if array.ndim == 3 and array.shape[2] not in {1, 2, 3, 4} and array.shape[0] in {1, 3, 4}:
        array = np.moveaxis(array, 0, 2)
    flat = array.ndim == 2
    deep = array.ndim == 3 and array.shape[2] in {1, 2, 3, 4}
    if not (flat or deep) or array.size == 0:
        shape = "x".join(str(side) for side in array.shape) or "a single number"
        raise SetupError(f"{shape} is no picture; give height x width, or height x width x 3")
    return array


def _as_bytes(array: NDArray[np.generic]) -> Pixels:
    kind = array.dtype.kind
    if array.dtype == np.uint8:
        return np.array(array, np.uint8, order="C")
    if kind == "b":
        return array.astype(np.uint8) * np.uint8(255)
    if kind == "f":
        values = np.nan_to_num(array.astype(np.float32), nan=0.0, posinf=255.0, neginf=0.0)
        scale = 255.0 if values.max() <= 1 else 1.0
        return np.rint(np.clip(values * scale, 0, 255)).astype(np.uint8)
    wide = np.clip(array.astype(np.int64), 0, 65535)
    return (wide if wide.max() <= 255 else wide // 257).astype(np.uint8)


def _flattened(pixels: Pixels) -> Pixels:
    """Lay alpha over white, and drop a channel axis that says nothing."""
    if pixels.ndim == 2 or pixels.shape[2] == 3:
        return pixels
    if pixels.shape[2] == 1:
        return np.ascontiguousarray(pixels[:, :, 0])
    colour, alpha = pixels[:, :, :-1].astype(np.uint16), pixels[:, :, -1:].astype(np.uint16)
    over = ((colour * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
    return np.ascontiguousarray(over[:, :, 0] if over.shape[2] == 1 else over)


def _shrunk(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    longest = max(height, width)
    if longest <= LONGEST_SIDE:
        return pixels
    scale = LONGEST_SIDE / longest
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    return np.array(small, np.uint8, order="C")
