"""What a vision model is shown of a window: faces, details of one, and the scene, to a budget.

One picture does not do for all. A face is small in its frame and the model's patches are coarse, so
faces are cut out; brows, lids and lip corners carry most of an expression, so one face is shown
closer once more; and what a face means depends on where the person is and how they hold
themselves, so the whole frame is shown as well. Every pixel costs time, and so the pictures share a
budget: they are scaled down together, and where that would leave too little of them, the least
telling are left out.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from empathy_agent.affect import Emotion
from empathy_agent.perception.look import Look, Shot
from empathy_agent.perception.reading import Digest
from empathy_agent.perception.track import EMOTIONS

__all__ = ["PIXELS", "Box", "View", "choose_views", "crop", "eyes", "mouth", "whole"]

Pixels = NDArray[np.uint8]
Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 in pixels of a picture; may reach beyond its edges."""

PIXELS = 400_000
"""Pixels of all pictures together, when nothing else is said: near 500 patches of 28 x 28."""

_MARGIN = 0.3
"""Of the box's longer side, shown around the face on each side."""
_FACE_SIDE = 384
_DETAIL_SIDE = 320
_WHOLE_SIDE = 640
_LEAST_SIDE = 112
"""Longest side in pixels below which a picture is not scaled down by much: others are left out."""
_LEAST_SCALE = 0.7
"""What small pictures are scaled down to at most."""
_SMALLEST = 56
"""Shortest side in pixels: smaller pictures are scaled up, as some models refuse them."""
_CLOSE_ENOUGH = 32.0
"""Pixels between the eyes from which on a closer look shows more."""


@dataclass(frozen=True, eq=False)
class View:
    """One picture, and what it shows."""

    what: str
    """In words, such as `the face`."""
    at: float
    """Seconds from the start of the window."""
    picture: Image.Image
    shot: int | None = None
    """Which shot of the look the whole face was cut from; null for a detail and for the scene."""


def choose_views(look: Look, seen: Digest, pixels: int = PIXELS) -> tuple[View, ...]:
    """Return what to show of a look: key faces in order of time, details, the scene.

    Args:
        look: at a window; with a shot at least.
        seen: its digest, with its key frames.
        pixels: of all pictures together, at most; but the first picture is always shown, and no
            picture is scaled below what a model can be given.
    """
    telling = _most_telling(seen)
    first = seen.typical if seen.typical in seen.keys else telling
    ranked = [_face(look, seen, first), _scene(look, seen)]
    ranked += [_face(look, seen, key) for key in seen.keys if key != first]
    ranked += _details(look.shots[telling], float(seen.track.times[telling]))
    kept = _to_budget([view for view in ranked if view is not None], pixels)
    return tuple(sorted(kept, key=lambda view: (view.what == "the whole picture", view.at)))


def crop(pixels: Pixels, box: Box) -> Image.Image | None:
    """Return the face and a little around it, or None if the box holds no pixel."""
    x0, y0, x1, y1 = box
    half = (0.5 + _MARGIN) * max(x1 - x0, y1 - y0)
    middle = (x0 + x1) / 2, (y0 + y1) / 2
    return _cut(pixels, middle, (half, half), _FACE_SIDE)


def eyes(pixels: Pixels, landmarks: NDArray[np.float32]) -> Image.Image | None:
    """Return eyes and brows, or None if they lie outside the picture.

    Args:
        pixels: the frame.
        landmarks: [5, 2] both eyes, nose, both corners of the mouth, in its pixels.
    """
    apart, (x, y) = _apart(landmarks), landmarks[:2].mean(axis=0)
    return _cut(pixels, (float(x), float(y) - 0.2 * apart), (1.15 * apart, 0.6 * apart))


def mouth(pixels: Pixels, landmarks: NDArray[np.float32]) -> Image.Image | None:
    """Return the mouth with nose tip and chin, or None if it lies outside the picture."""
    apart, (x, y) = _apart(landmarks), landmarks[3:5].mean(axis=0)
    return _cut(pixels, (float(x), float(y)), (0.95 * apart, 0.65 * apart))


def whole(pixels: Pixels) -> Image.Image:
    """Return the whole frame, for posture and scene."""
    return _picture(pixels, _WHOLE_SIDE)


def _face(look: Look, seen: Digest, key: int) -> View | None:
    shot = look.shots[key]
    picture = crop(shot.frame.pixels, shot.face.box)
    at = float(seen.track.times[key])
    return None if picture is None else View("the face", at, picture, shot=key)


def _scene(look: Look, seen: Digest) -> View:
    pixels = look.shots[seen.typical].frame.pixels
    return View("the whole picture", float(seen.track.times[seen.typical]), whole(pixels))


def _details(shot: Shot, at: float) -> list[View | None]:
    points = shot.face.landmarks
    if not np.isfinite(points).all() or _apart(points) < _CLOSE_ENOUGH:
        return []
    cut = {"the eyes, closer": eyes, "the mouth, closer": mouth}
    found = {what: cutter(shot.frame.pixels, points) for what, cutter in cut.items()}
    return [None if picture is None else View(what, at, picture) for what, picture in found.items()]


def _most_telling(seen: Digest) -> int:
    """Return the key frame that is furthest from neutral, and well seen."""
    neutral = seen.track.emotions[:, EMOTIONS.index(Emotion.NEUTRAL)]
    return max(seen.keys, key=lambda key: (1 - neutral[key]) * (0.5 + seen.track.quality[key] / 2))


def _to_budget(ranked: Sequence[View], pixels: int) -> list[View]:
    """Scale pictures down together until they fit, and leave out the last when they get small."""
    kept = list(ranked)
    while True:
        scale = min(1.0, (max(pixels, 1) / _area(view.picture.size for view in kept)) ** 0.5)
        sizes = [_scaled(view.picture.size, scale) for view in kept]
        longest = min(max(view.picture.size) for view in kept)
        large = scale >= _LEAST_SCALE or scale * longest >= _LEAST_SIDE
        if len(kept) == 1 or (large and _area(sizes) <= pixels):
            pairs = zip(kept, sizes, strict=True)
            return [replace(view, picture=_resized(view.picture, size)) for view, size in pairs]
        kept.pop()


def _area(sizes: Iterable[tuple[int, int]]) -> int:
    return sum(width * height for width, height in sizes)


def _scaled(size: tuple[int, int], scale: float) -> tuple[int, int]:
    if min(size) * scale < _SMALLEST:
        scale = _SMALLEST / min(size)
        return (math.ceil(size[0] * scale), math.ceil(size[1] * scale))
    return (int(size[0] * scale), int(size[1] * scale))


def _resized(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    if picture.size == size:
        return picture
    return picture.resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0)


def _apart(landmarks: NDArray[np.float32]) -> float:
    """Return the pixels between the eyes."""
    return float(np.hypot(*(landmarks[1] - landmarks[0])))


def _cut(
    pixels: Pixels,
    middle: tuple[float, float],
    halves: tuple[float, float],
    longest: int = _DETAIL_SIDE,
) -> Image.Image | None:
    height, width = pixels.shape[:2]
    left, right = (int(np.clip(middle[0] + side, 0, width)) for side in (-halves[0], halves[0]))
    top, bottom = (int(np.clip(middle[1] + side, 0, height)) for side in (-halves[1], halves[1]))
    if right <= left or bottom <= top:
        return None
    return _picture(pixels[top:bottom, left:right], longest)


def _picture(pixels: Pixels, longest: int) -> Image.Image:
    picture = Image.fromarray(np.ascontiguousarray(pixels)).convert("RGB")
    picture.thumbnail((longest, longest))
    return picture
