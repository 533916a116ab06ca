"""A second opinion: a vision model asked about the key frames, weighed against the expert.

The two are combined by a log-linear pool, `p ∝ expert^(1-w) · vision^w`, as they look with
different eyes: what one of them all but rules out stays unlikely. The expert has seen every frame
and is calibrated, a vision model has seen a few and is not, hence `w < 1/2`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from empathy_agent.errors import ReadingError
from empathy_agent.models.vision import VisionModel
from empathy_agent.perception.track import EMOTIONS
from empathy_agent.prompts import fill, prompt_hash

__all__ = ["VISION_WEIGHT", "Box", "Opinion", "ask", "combine", "crop", "whole"]

Floats = NDArray[np.float64]
Pixels = NDArray[np.uint8]
Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 of a face, in pixels of its picture."""

VISION_WEIGHT = 0.4
"""What a vision model counts against the expert's 1 - w."""

_PROMPT = "see/emotion.md"
_MARGIN = 0.3
"""Of the box's longer side, shown around the face on each side."""
_FACE_SIDE = 384
_WHOLE_SIDE = 640
_FLOOR = 1e-4
"""No opinion rules an emotion out for good."""


@dataclass(frozen=True, eq=False)
class Opinion:
    """What a vision model made of the key frames."""

    distribution: Floats
    """[8], in the order of `EMOTIONS`."""
    prompt: str
    """Hash of the prompt file."""


def ask(model: VisionModel, views: Sequence[Image.Image]) -> Opinion:
    """Let a vision model score the eight emotions.

    Raises:
        ModelUnavailable: it did not answer.
        ReadingError: it answered nonsense.
    """
    options = [emotion.value for emotion in EMOTIONS]
    scores = model.score(views, fill(_PROMPT, options=", ".join(options)), options)
    return Opinion(_softmax(scores), prompt_hash(_PROMPT))


def combine(expert: Floats, vision: Floats, weight: float = VISION_WEIGHT) -> Floats:
    """Return the log-linear pool, [8], of two distributions."""
    logs = (1 - weight) * np.log(np.maximum(expert, _FLOOR))
    logs += weight * np.log(np.maximum(vision, _FLOOR))
    pooled = np.exp(logs - logs.max())
    return pooled / pooled.sum()


def crop(pixels: Pixels, box: Box) -> Image.Image | None:
    """Return the face and a little around it, or None if the box holds no pixel."""
    x0, y0, x1, y1 = box
    half = (0.5 + _MARGIN) * max(x1 - x0, y1 - y0)
    middle_x, middle_y = (x0 + x1) / 2, (y0 + y1) / 2
    height, width = pixels.shape[:2]
    left, right = (int(np.clip(middle_x + side, 0, width)) for side in (-half, half))
    top, bottom = (int(np.clip(middle_y + side, 0, height)) for side in (-half, half))
    if right <= left or bottom <= top:
        return None
    return _picture(pixels[top:bottom, left:right], _FACE_SIDE)


def whole(pixels: Pixels) -> Image.Image:
    """Return the whole frame, for posture and scene."""
    return _picture(pixels, _WHOLE_SIDE)


def _picture(pixels: Pixels, longest: int) -> Image.Image:
    picture = Image.fromarray(np.ascontiguousarray(pixels)).convert("RGB")
    picture.thumbnail((longest, longest))
    return picture


def _softmax(scores: Sequence[float]) -> Floats:
    logs = np.asarray(scores, np.float64)
    if logs.shape != (len(EMOTIONS),) or not np.isfinite(logs).all():
        raise ReadingError(f"a vision model gave {len(scores)} scores that are no likelihoods")
    likely = np.exp(logs - logs.max())
    return likely / likely.sum()
