"""What happened between the pictures a vision model is shown, in words, in order of time.

A model given few frames misses what is brief, and one given many attends to none. So key frames
stay pictures, and what lies between them comes as text, alternating with them (the idea of
multi-stage context enrichment, arXiv 2604.15280). The expert's words are free, as it has read every
frame; the model's own cost one question a gap, about four frames in it.

Both tell movements alone. An emotion named here would be the expert's opinion in the model's
mouth, and would count twice where the two are pooled.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from PIL.Image import Image

from empathy_agent.errors import ReadingError
from empathy_agent.models.vision import VIEW, VisionModel
from empathy_agent.perception.facs import FACS
from empathy_agent.perception.guarded import movement_of
from empathy_agent.perception.look import Look
from empathy_agent.perception.narrative import narrate
from empathy_agent.perception.reading import Digest
from empathy_agent.perception.track import EMOTIONS
from empathy_agent.perception.views import View, crop
from empathy_agent.prompts import fill

__all__ = ["PROMPT", "Between", "by_expert", "by_model", "gaps_of", "pictures_told"]

Between = Literal["none", "expert", "vlm"]
"""Who tells what happened between key frames: nobody, the expert, or the vision model itself."""
PROMPT = "see/between.md"
"""Asks the model for it."""

_FRAMES = 4
"""Frames of one gap that the model is shown."""
_FEWEST = 2
"""Fewer in-between frames show no change."""
_SIDE = 160
"""Longest side in pixels of an in-between frame."""
_TOKENS = 40
_STILL = 8
"""Fewer frames without an episode do not tell a still face from a moving one."""

Gap = tuple[int, int]


def gaps_of(views: Sequence[View]) -> list[Gap]:
    """Return the shots of each face shown and of the next one, in order of time."""
    shots = [view.shot for view in views if view.shot is not None]
    return list(zip(shots, shots[1:], strict=False))


def by_expert(seen: Digest, gap: Gap) -> str:
    """Return what moved between two shots; empty where that is not known."""
    start, end = (float(seen.track.times[shot]) for shot in gap)
    during = [each for each in seen.episodes if each.start < end and start < each.end]
    moved = [each for each in during if each.what in FACS]
    if moved:
        return narrate(moved)
    unexplained = any(each.what in EMOTIONS for each in during)
    return "" if unexplained or gap[1] - gap[0] < _STILL else narrate(())


def by_model(model: VisionModel, look: Look, seen: Digest, gap: Gap) -> str:
    """Return what moved between two shots, in the model's words; the expert's where it has none.

    Raises:
        ModelUnavailable: it did not answer.
    """
    pictures = _in_between(look, gap)
    if len(pictures) < _FEWEST:
        return by_expert(seen, gap)
    start, end = (float(seen.track.times[shot]) for shot in gap)
    prompt = fill(
        PROMPT,
        seconds=f"{max(end - start, 0.1):.1f}",
        pictures=" ".join([VIEW] * len(pictures)),
    )
    try:
        return movement_of(model.answer(pictures, prompt, _TOKENS)) or by_expert(seen, gap)
    except ReadingError:
        return by_expert(seen, gap)


def pictures_told(views: Sequence[View], between: Sequence[str] = ()) -> str:
    """Return the lines of a prompt that hold the pictures, with what happened between the faces.

    Args:
        views: in the order in which a model is given them.
        between: for each face but the last, what happened until the next; empty: not told.
    """
    waiting = list(between)
    lines: list[str] = []
    faces = sum(view.shot is not None for view in views)
    for view in views:
        when = f"{view.at:.1f} s, " if faces > 1 and view.what != "the whole picture" else ""
        if view.shot is not None and lines and waiting:
            told = waiting.pop(0)
            lines += [f"Meanwhile: {told}."] if told else []
        lines.append(f"{when}{view.what}: {VIEW}")
    return "\n".join(lines)


def _in_between(look: Look, gap: Gap) -> list[Image]:
    places = np.linspace(gap[0], gap[1], _FRAMES + 2)[1:-1]
    chosen = sorted({int(round(each)) for each in places} - set(gap))
    faces = [crop(look.shots[at].frame.pixels, look.shots[at].face.box) for at in chosen]
    found = [face for face in faces if face is not None]
    for face in found:
        face.thumbnail((_SIDE, _SIDE))
    return found
