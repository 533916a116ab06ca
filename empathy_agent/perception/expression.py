# pyright: basic, reportMissingImports=false
"""What one face shows: eight emotions, action units, where the head points, and how good it is."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from empathy_agent.affect import Abstention, Pose
from empathy_agent.models.onnx import OnnxNet
from empathy_agent.perception.framing import Face, Pixels, upright

__all__ = ["UNITS", "ExpressionModel", "FrameAffect", "Quality", "doubt", "quality", "softmax"]

UNITS = (
    "AU1", "AU2", "AU4", "AU7", "AU10", "AU12", "AU15", "AU16", "AU17", "AU18", "AU20",
    "AU22", "AU24", "AU26", "AU28", "AU45",
)  # fmt: skip
"""The FACS action units that the net reads, in the order of its answer."""


# Each limit lies where accuracy on FER+ valid, spoilt on purpose, falls to 0.6 to 0.7.
DARK = 0.03
"""Mean brightness below which nothing is read."""
FLAT = 0.012
"""Contrast below which nothing is read."""
SMALL = 12.0
"""Side in pixels of a face below which nothing is read."""
BLURRED = 0.02
"""Sharpness below which nothing is read."""
AWAY = (55.0, 40.0)
"""Degrees of yaw and of pitch beyond which the face is turned away."""
COVERED = 0.25
"""Share of the face that may be covered."""
DOUBTFUL = 0.4
"""The least probability of being a face at all."""


@dataclass(frozen=True)
class Quality:
    """How well a face can be seen."""

    sharpness: float
    """Fine detail against contrast; below `BLURRED` nothing is read."""
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

    def __init__(self, *, net: OnnxNet | None = None) -> None:
        self._net = net or OnnxNet(self.name)

    def warm(self) -> None:
        """Load the net now.

        Raises:
            SetupError: Its weights are missing or damaged.
        """
        self._net.warm()

    def read(self, pixels: Pixels, face: Face) -> FrameAffect:
        """Return what one face shows."""
        return self.read_many([(pixels, face)])[0]

    def read_many(
        self, pairs: Sequence[tuple[Pixels, Face]], *, mirrored: bool = True
    ) -> list[FrameAffect]:
        """Return what each face shows, in one run of the net.

        Args:
            pairs: Each frame, and the face in it.
            mirrored: Read the mirror image as well, and tell the mean of both, which differ by
                chance alone, as the net has no reason to prefer a side. It doubles the cost, and
                is for faces seen once: over the frames of a film, smoothing and pooling average
                such chance away already.
        """
        if not pairs:
            return []
        stood = [upright(pixels, face) for pixels, face in pairs]
        crops = np.stack([picture for picture, _ in stood])
        some = np.concatenate([crops, crops[:, :, ::-1]]) if mirrored else crops
        logits, units, rest = (
            np.nan_to_num(each) for each in self._net.run(some[:, None].astype(np.float32))
        )
        odds, half = softmax(logits), len(crops)
        if mirrored:
            rest[half:, [0, 2]] *= -1
            odds, units, rest = ((each[:half] + each[half:]) / 2 for each in (odds, units, rest))
        return [
            _affect(picture, turned, face.size, odds[i], units[i], rest[i])
            for i, ((picture, turned), (_, face)) in enumerate(zip(stood, pairs, strict=True))
        ]


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the probabilities of each row of logits."""
    scaled = np.clip(logits.astype(np.float64), -60, 60)
    odds = np.exp(scaled - scaled.max(1, keepdims=True))
    return odds / odds.sum(1, keepdims=True)


def quality(picture: Pixels, size: float, covered: float) -> Quality:
    """Measure how well a face can be seen.

    Args:
        picture: The upright crop, [side, side] grey.
        size: Side of the face in pixels of the frame.
        covered: Share of it that the net takes to be covered.
    """
    contrast = float(picture.std())
    edges = float(cv2.Laplacian(picture, cv2.CV_32F).std())
    return Quality(
        sharpness=edges / (contrast + 4.0) / 4.0,
        light=float(picture.mean()) / 255,
        contrast=contrast / 255,
        size=size,
        occlusion=covered,
    )


def doubt(seen: Quality, pose: Pose, face_score: float) -> Abstention | None:
    """Return why a face should not be read; null when it may be."""
    reasons = (
        (seen.light < DARK or (seen.light < 0.2 and seen.contrast < FLAT), Abstention.DARK),
        (seen.size < SMALL or seen.sharpness < BLURRED, Abstention.BLURRED),
        (abs(pose.yaw) > AWAY[0] or abs(pose.pitch) > AWAY[1], Abstention.TURNED_AWAY),
        (seen.occlusion > COVERED, Abstention.OCCLUDED),
        (face_score < DOUBTFUL or seen.contrast < FLAT, Abstention.UNCERTAIN),
    )
    return next((reason for wrong, reason in reasons if wrong), None)


def _affect(
    picture: Pixels,
    turned: float,
    size: float,
    odds: NDArray[np.float64],
    units: NDArray[np.float32],
    rest: NDArray[np.float32],
) -> FrameAffect:
    roll = (float(rest[2]) - turned + 180) % 360 - 180
    pose = Pose(yaw=float(rest[0]), pitch=float(rest[1]), roll=roll)
    seen = quality(picture, size, float(rest[4]))
    return FrameAffect(
        distribution=odds / odds.sum(),
        action_units=np.clip(units, 0, 1).astype(np.float64),
        names=UNITS,
        pose=pose,
        face_score=float(rest[3]),
        quality=seen,
        why_not=doubt(seen, pose, float(rest[3])),
    )
