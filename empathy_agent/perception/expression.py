# pyright: basic, reportMissingImports=false
"""What one face shows: eight emotions, action units, where the head points, and how good it is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from empathy_agent.affect import Abstention, Pose
from empathy_agent.models.onnx import OnnxNet
from empathy_agent.perception.faces import Face, Pixels

__all__ = ["UNITS", "ExpressionModel", "FrameAffect", "Quality"]

UNITS = (
    "AU1", "AU2", "AU4", "AU7", "AU10", "AU12", "AU14", "AU15", "AU16", "AU17", "AU18", "AU20",
    "AU22", "AU24", "AU26", "AU28", "AU45",
)  # fmt: skip
"""The FACS action units that the net reads, in the order of its answer."""


@dataclass(frozen=True)
class Quality:
    """How well a face can be seen."""

    sharpness: float
    """Fine detail against contrast; below about 0.05 is a blur."""
    light: float
    """Mean brightness of the face, in [0, 1]."""
    contrast: float
    """Standard deviation of its brightness, in [0, 1]."""
    size: float
    """Side in pixels of the face in the frame."""
    occlusion: float
    """Share of the face that seems covered, in [0, 1]; learnt on pasted patches, so a proxy."""


@dataclass(frozen=True, eq=False)
class FrameAffect:
    """What one face in one frame shows; always finite."""

    distribution: NDArray[np.float64]
    """[8] calibrated probabilities in the order of `Emotion`; sums to 1."""
    action_units: NDArray[np.float64]
    """[len(names)] intensities in [0, 1]."""
    names: tuple[str, ...]
    """FACS ids of `action_units`, such as `AU12`."""
    pose: Pose
    """Where the head points."""
    face_score: float
    """Probability that the crop is a face at all."""
    quality: Quality
    """How well it can be seen."""
    why_not: Abstention | None
    """Why the frame should not be read; null when it may be."""


class ExpressionModel:
    """Reads a face with the small net `expression-1`; many threads may share one."""

    name = "expression-1"

    def __init__(self) -> None:
        self._net = OnnxNet(self.name)

    def warm(self) -> None:
        """Load the net now."""
        self._net.warm()

    def read(self, pixels: Pixels, face: Face) -> FrameAffect:
        """Return what one face shows."""
        return self.read_many([(pixels, face)])[0]

    def read_many(self, pairs: Sequence[tuple[Pixels, Face]]) -> list[FrameAffect]:
        """Return what each face shows, in one run of the net."""
        raise NotImplementedError
