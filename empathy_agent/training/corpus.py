# pyright: basic, reportMissingImports=false
"""The pictures of faces to learn from, with people's votes and a teacher's readings.

Nothing of the data is kept in this project: the folder is given at the command line.
"""

import zlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from empathy_agent.affect import Emotion
from empathy_agent.benchmarks.datasets import majority
from empathy_agent.errors import SetupError

__all__ = [
    "TEACHER",
    "Sample",
    "Samples",
    "five",
    "held_out",
    "load_arrays",
    "load_fer",
    "load_photos",
    "pose_of",
    "soft_votes",
    "units_of",
]

Floats = NDArray[np.float32]

TEACHER: dict[str, tuple[str, ...]] = {
    "AU1": ("browInnerUp",),
    "AU2": ("browOuterUpLeft", "browOuterUpRight"),
    "AU4": ("browDownLeft", "browDownRight"),
    "AU7": ("eyeSquintLeft", "eyeSquintRight"),
    "AU10": ("mouthUpperUpLeft", "mouthUpperUpRight"),
    "AU12": ("mouthSmileLeft", "mouthSmileRight"),
    "AU14": ("mouthDimpleLeft", "mouthDimpleRight"),
    "AU15": ("mouthFrownLeft", "mouthFrownRight"),
    "AU16": ("mouthLowerDownLeft", "mouthLowerDownRight"),
    "AU17": ("mouthShrugLower",),
    "AU18": ("mouthPucker",),
    "AU20": ("mouthStretchLeft", "mouthStretchRight"),
    "AU22": ("mouthFunnel",),
    "AU24": ("mouthPressLeft", "mouthPressRight"),
    "AU26": ("jawOpen",),
    "AU28": ("mouthRollLower", "mouthRollUpper"),
    "AU45": ("eyeBlinkLeft", "eyeBlinkRight"),
}
"""FACS unit to the teacher's blendshapes whose mean stands for it. AU5, AU6 and AU9 are left out:
the teacher's eyeWide, cheekSquint and noseSneer hardly move."""


@dataclass(frozen=True, eq=False)
class Sample:
    """One picture of one face, or of none, and what is known about it."""

    picture: NDArray[np.uint8]
    """[height, width] grey."""
    points: Floats | None
    """[5, 2] landmarks in pixels of the picture; null when unknown."""
    framed: bool
    """The whole picture is a face framed as in FER2013, so it may be used uncut."""
    emotion: Floats
    """[8] distribution."""
    trust: float
    """Weight of `emotion`; 0 when nobody said."""
    units: Floats
    """[units] intensities."""
    pose: Floats
    """[3] yaw, pitch, roll in degrees."""
    taught: bool
    """`units` and `pose` are known."""
    face: bool = True
    """It is a face."""
    sure: bool = True
    """One emotion alone has most votes, so the picture may be scored against it."""


Samples = list[Sample]


def load_arrays(path: Path) -> dict[str, NDArray[np.generic]]:
    """Read every array of an npz file.

    Raises:
        SetupError: The file is missing or is no npz.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError) as error:
        raise SetupError(
            f"no training data at {str(path)!r}; give its folder with --data"
        ) from error


def soft_votes(votes: NDArray[np.uint8]) -> tuple[Floats, NDArray[np.bool_], NDArray[np.bool_]]:
    """Clean FER+ votes by its own recipe: single votes are noise.

    Returns:
        The distribution [N, 8]; which pictures have an emotion as majority; and which are, by
        most people, no face.
    """
    counts = votes.astype(np.float32)
    counts[counts < 2] = 0
    clear = (counts.max(1) > 0) & (counts.argmax(1) < 8)
    emotions = counts[:, :8]
    total = emotions.sum(1, keepdims=True)
    soft = np.where(total > 0, emotions / np.maximum(total, 1), 1 / 8)
    return soft.astype(np.float32), clear, votes[:, 9] >= 5


def five(landmarks: NDArray[np.generic]) -> Floats:
    """Turn the stored mesh points [N, 24, 2] into five landmarks [N, 5, 2], in their order."""
    points = landmarks.astype(np.float32)
    right, left = points[:, 1:3].mean(1), points[:, 3:5].mean(1)
    return np.stack([right, left, points[:, 0], points[:, 5], points[:, 6]], 1)


def pose_of(matrices: NDArray[np.generic]) -> Floats:
    """Turn facial transformations [N, 4, 4] into yaw, pitch, roll in degrees, as `Pose` has them.

    The teacher's camera has x to the right, y up, and looks along -z.
    """
    turn = matrices.astype(np.float32)
    yaw = np.arctan2(-turn[:, 0, 2], turn[:, 2, 2])
    pitch = np.arcsin(np.clip(turn[:, 1, 2], -1, 1))
    roll = -np.arctan2(turn[:, 1, 0], turn[:, 0, 0])
    return np.degrees(np.stack([yaw, pitch, roll], 1)).astype(np.float32)


def units_of(scores: NDArray[np.generic], names: NDArray[np.generic]) -> Floats:
    """Turn blendshape scores [N, 52] into action units [N, len(TEACHER)]."""
    index = {str(name): at for at, name in enumerate(names)}
    columns = [[index[each] for each in shapes] for shapes in TEACHER.values()]
    values = scores.astype(np.float32)
    return np.clip(np.stack([values[:, each].mean(1) for each in columns], 1), 0, 1)


def load_fer(folder: Path, split: str, unlike: Path | None = None) -> tuple[Samples, Samples]:
    """Read one split of FER+.

    Args:
        folder: Where the npz files are.
        split: `"train"` or `"valid"`.
        unlike: Another split's npz; pictures identical to one of its are dropped.

    Returns:
        Pictures whose majority is an emotion, and pictures that are no face.
    """
    data = load_arrays(folder / f"ferplus_{split}.npz")
    read = load_arrays(folder / f"ferplus_{split}_face.npz")
    images = data["images"].astype(np.uint8)
    votes = data["votes"].astype(np.uint8)
    soft, clear, nothing = soft_votes(votes)
    unsure = np.logical_or.reduce(list(majority(votes)[1].values()))
    fresh = np.ones(len(images), bool)
    if unlike is not None:
        seen = {each.tobytes() for each in load_arrays(unlike)["images"]}
        fresh = np.array([each.tobytes() not in seen for each in images])
    units, pose = units_of(read["blend"], read["names"]), pose_of(read["pose"])
    side = np.float32(images.shape[1])
    points, known = five(read["lm"]) * side, read["ok"].astype(bool)

    def sample(i: int, face: bool) -> Sample:
        return Sample(
            images[i],
            points[i] if known[i] else None,
            framed=True,
            emotion=soft[i],
            trust=float(face),
            units=np.nan_to_num(units[i]),
            pose=np.nan_to_num(pose[i]),
            taught=bool(known[i]) and face,
            face=face,
            sure=not unsure[i],
        )

    kept = [sample(int(i), True) for i in np.flatnonzero(clear & fresh & ~nothing)]
    return kept, [sample(int(i), False) for i in np.flatnonzero(nothing & fresh & ~known)]


def held_out(name: str, share: int = 10) -> bool:
    """Say whether a photo is kept for measuring: one in `share`, by its person's name."""
    person = name.rsplit("_", 1)[0]
    return zlib.crc32(person.encode()) % share == 0


def load_photos(folder: Path, trust: float = 0.3) -> tuple[Samples, Samples]:
    """Read the photos with exactly one face, as (to learn from, held out by person).

    The one emotion label of each is noisy: it gets 0.85 of the distribution, and `trust`.
    """
    data = load_arrays(folder / "photos_train.npz")
    read = load_arrays(folder / "photos_train_face.npz")
    units, pose = units_of(read["blend"], read["names"]), pose_of(read["pose"])
    faces = data["faces"].astype(np.float32)
    owner = faces[:, 0].astype(int)
    alone = np.bincount(owner, minlength=len(data["names"])) == 1
    order = [str(each) for each in Emotion]
    learn: Samples = []
    measure: Samples = []
    for row, i in zip(faces, owner, strict=True):
        if not alone[i]:
            continue
        label = str(data["emotion"][i])
        soft = np.full(8, 0.15 / 8, np.float32)
        if label in order:
            soft[order.index(label)] += 0.85
        sample = Sample(
            photo(data, i),
            row[5:15].reshape(5, 2),
            framed=False,
            emotion=soft / soft.sum(),
            trust=trust if label in order else 0.0,
            units=np.nan_to_num(units[i]),
            pose=np.nan_to_num(pose[i]),
            taught=bool(read["ok"][i]),
        )
        (measure if held_out(str(data["names"][i])) else learn).append(sample)
    return learn, measure


def photo(data: dict[str, NDArray[np.generic]], i: int) -> NDArray[np.uint8]:
    """Decode one of the photos in grey."""
    start, end = int(data["offsets"][i]), int(data["offsets"][i + 1])
    picture = cv2.imdecode(data["jpeg"][start:end].astype(np.uint8), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise SetupError(f"photo {i} of the training data cannot be decoded")
    return picture.astype(np.uint8)
