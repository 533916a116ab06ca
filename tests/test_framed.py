"""A picture that is cut to its face is read as framed and upright."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray

from empathy_agent.affect import Abstention, Emotion, Pose
from empathy_agent.benchmarks.framed import TwoWays, WholePicture
from empathy_agent.perception.expression import ExpressionModel, FrameAffect, Quality
from empathy_agent.perception.faces import FaceFinder
from empathy_agent.perception.framing import Face

NEUTRAL, HAPPINESS, SADNESS = Emotion.NEUTRAL, Emotion.HAPPINESS, Emotion.SADNESS


def odds(emotion: Emotion, sure: float = 0.79) -> NDArray[np.float64]:
    rest = (1 - sure) / 7
    return np.array([sure if each is emotion else rest for each in Emotion])


class Turned:
    """An expert that says happiness of a whole picture, and otherwise what it was told."""

    def __init__(self, upright: Emotion, why_not: Abstention | None = None) -> None:
        self.upright = upright
        self.why_not = why_not

    def warm(self) -> None:
        pass

    def read_many(self, pairs: Sequence[tuple[NDArray[np.uint8], Face]]) -> list[FrameAffect]:
        return [
            self.said(HAPPINESS if at == 0 else self.upright, None if at else self.why_not)
            for at in range(len(pairs))
        ]

    def said(self, emotion: Emotion, why_not: Abstention | None) -> FrameAffect:
        seen = Quality(1, 0.5, 0.3, 48, 0)
        pose = Pose(yaw=0, pitch=0, roll=0)
        return FrameAffect(odds(emotion), np.zeros(2), ("AU1", "AU2"), pose, 1, seen, why_not)


@dataclass
class Found:
    """A finder that finds one face of this side in pixels."""

    size: float

    def warm(self) -> None:
        pass

    def find(self, pixels: NDArray[np.uint8]) -> list[Face]:
        points = np.zeros((5, 2), np.float32)
        return [Face((0, 0, self.size, self.size), points, 1)]


FRAMED = np.zeros((48, 48), np.uint8)


def two_ways(expert: Turned, size: float = 40) -> FrameAffect:
    reader = TwoWays(cast("ExpressionModel", expert), cast("FaceFinder", Found(size)))
    return reader.read_many([(FRAMED, WholePicture().find(FRAMED)[0])])[0]


def test_a_framed_face_is_read_as_framed_and_upright() -> None:
    told = two_ways(Turned(SADNESS)).distribution
    assert told[1] == pytest.approx(told[3])
    assert told[1] > 4 * told[0]
    assert told.sum() == pytest.approx(1)
    assert two_ways(Turned(HAPPINESS)).distribution[1] == pytest.approx(0.79)


def test_a_small_face_within_a_framed_picture_is_somebody_elses() -> None:
    assert two_ways(Turned(SADNESS), size=10).distribution[1] == pytest.approx(0.79)


def test_a_framed_face_that_can_be_read_one_way_alone_is_read_that_way() -> None:
    told = two_ways(Turned(SADNESS, Abstention.BLURRED))
    assert told.why_not is None
    assert told.distribution[3] == pytest.approx(0.79)
