"""Pictures that one face fills, framed as in FER2013: none is searched for, each is read twice."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from empathy_agent.perception.expression import ExpressionModel, FrameAffect
from empathy_agent.perception.faces import FaceFinder
from empathy_agent.perception.framing import REFERENCE, Face, Pixels

__all__ = ["TwoWays", "WholePicture"]

_FILLS = 0.35
"""Side of a face, as a share of the picture's, from which it is the one that fills it."""


class WholePicture:
    """Takes each picture for one face, framed as in FER2013."""

    def find(self, pixels: Pixels) -> list[Face]:
        """Return the one face that fills the picture."""
        return [_whole(pixels)]

    def near(self, pixels: Pixels, face: Face) -> Face | None:
        """Return the same again."""
        return _whole(pixels)


class TwoWays:
    """Reads a face as the picture frames it and, where its landmarks are found, upright as well.

    The mean of both is told, as a frame by hand and landmarks err differently: the geometric one
    of the probabilities, which does not make two that agree less sure.
    """

    name = ExpressionModel.name

    def __init__(
        self, expression: ExpressionModel | None = None, finder: FaceFinder | None = None
    ) -> None:
        """Build without loading.

        Args:
            expression: instead of the embedded one.
            finder: instead of the embedded one.
        """
        self._expression = expression or ExpressionModel()
        self._finder = finder or FaceFinder()

    def warm(self) -> None:
        """Load both nets now."""
        self._expression.warm()
        self._finder.warm()

    def read_many(
        self, pairs: Sequence[tuple[Pixels, Face]], *, mirrored: bool = True
    ) -> list[FrameAffect]:
        """Return what each picture shows; always by its mirror image too."""
        return [self._read(pixels, face) for pixels, face in pairs]

    def _read(self, pixels: Pixels, face: Face) -> FrameAffect:
        fills = _FILLS * min(pixels.shape[:2])
        found = [each for each in self._finder.find(pixels)[:1] if each.size > fills]
        read = self._expression.read_many([(pixels, each) for each in (face, *found)])
        kept = [each for each in read if each.why_not is None]
        if len(kept) < 2:
            return (kept or read)[0]
        one, other = kept
        odds = np.sqrt(one.distribution * other.distribution)
        return replace(
            one,
            distribution=odds / odds.sum(),
            action_units=(one.action_units + other.action_units) / 2,
        )


def _whole(pixels: Pixels) -> Face:
    height, width = pixels.shape[:2]
    size = (width, height)
    return Face((0.0, 0.0, float(width), float(height)), (REFERENCE * size).astype("float32"), 1.0)
