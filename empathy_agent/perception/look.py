"""Every frame of a window, looked at: where the user's face is, and what it shows in each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from empathy_agent.affect import Abstention
from empathy_agent.perception.frames import Frame
from empathy_agent.perception.track import Track

if TYPE_CHECKING:
    from empathy_agent.perception.expression import FrameAffect
    from empathy_agent.perception.framing import Face
    from empathy_agent.perception.tracker import Tracked

__all__ = ["FROZEN_S", "Expert", "Follower", "Look", "Shot", "look_at", "quality_of"]

Pixels = NDArray[np.uint8]

FROZEN_S = 1.0
"""A picture that stays the same for longer than so many seconds is no live one."""

_AT_ONCE = 16
"""Faces read in one run of the net, so that a long window needs no more memory."""
_SHARP = 0.1
"""Sharpness from which on more of it tells no more."""
_SIDE = 48.0
"""Pixels of a face from which on more of them tell no more: what the net reads."""


class Expert(Protocol):
    """Reads faces, such as `ExpressionModel`."""

    name: str

    def read_many(self, pairs: "Sequence[tuple[Pixels, Face]]") -> "list[FrameAffect]":
        """Return what each face shows in its frame."""
        ...


class Follower(Protocol):
    """Follows the user's face from frame to frame, such as `FaceTracker`."""

    def follow(self, pixels: Pixels, at: float | None = None) -> "Tracked":
        """Return how many faces there are in a frame taken at `at` seconds, and the user's."""
        ...


@dataclass(frozen=True, eq=False)
class Shot:
    """One frame in which the user's face can be read."""

    frame: Frame
    face: "Face"
    affect: "FrameAffect"


@dataclass(frozen=True, eq=False)
class Look:
    """What looking at every frame of a window gave."""

    frames: int
    """How many were looked at."""
    faces: int
    """The most faces in one of them."""
    shots: tuple[Shot, ...]
    """Oldest first."""
    reasons: tuple[Abstention, ...]
    """For each frame whose face could not be read, why."""
    started: float
    """Seconds at the window's first frame."""
    frozen: bool
    """All frames are one and the same picture, for too long to be a person."""

    def why_not(self) -> Abstention:
        """Return the commonest reason for having no shots."""
        counts = {each: self.reasons.count(each) for each in self.reasons}
        return max(counts, key=lambda each: counts[each], default=Abstention.NO_FACE)

    def track(self) -> Track:
        """Return the shots as a signal; there must be one at least."""
        affects = [shot.affect for shot in self.shots]
        return Track(
            times=np.array([shot.frame.at - self.started for shot in self.shots]),
            emotions=np.array([affect.distribution for affect in affects], np.float64),
            units=np.array([affect.action_units for affect in affects], np.float64),
            names=affects[0].names,
            quality=np.array([quality_of(affect) for affect in affects]),
        )


def look_at(frames: Sequence[Frame], follower: Follower, expert: Expert) -> Look:
    """Find and read the user's face in every frame; a picture seen twice is read once."""
    again = _repeats(frames)
    faces = 0
    found: list[tuple[int, Face]] = []
    for number, frame in enumerate(frames):
        if not again[number]:
            tracked = follower.follow(frame.pixels, frame.at)
            faces = max(faces, tracked.faces)
            if tracked.user is not None:
                found.append((number, tracked.user))
    shots: list[Shot] = []
    reasons: list[Abstention] = []
    for number, face, affect in _read(frames, found, expert):
        copies = [number, *_copies(number, again)]
        if affect.why_not is None:
            shots += [Shot(frames[each], face, affect) for each in copies]
        else:
            reasons += [affect.why_not] * len(copies)
    span = frames[-1].at - frames[0].at
    frozen = all(again[1:]) and span > FROZEN_S
    return Look(len(frames), faces, tuple(shots), tuple(reasons), frames[0].at, frozen)


def quality_of(affect: "FrameAffect") -> float:
    """Return how well a face can be read, in [0, 1]: sharp, large, uncovered, facing us."""
    seen = affect.quality
    facing = np.cos(np.radians(affect.pose.yaw)) * np.cos(np.radians(affect.pose.pitch))
    parts = (
        seen.sharpness / _SHARP,
        seen.size / _SIDE,
        1 - seen.occlusion,
        float(facing),
        affect.face_score,
    )
    return float(np.prod(np.clip(parts, 0, 1)))


def _read(
    frames: Sequence[Frame], found: "Sequence[tuple[int, Face]]", expert: Expert
) -> "Iterator[tuple[int, Face, FrameAffect]]":
    for start in range(0, len(found), _AT_ONCE):
        some = found[start : start + _AT_ONCE]
        affects = expert.read_many([(frames[number].pixels, face) for number, face in some])
        for (number, face), affect in zip(some, affects, strict=True):
            yield number, face, affect


def _repeats(frames: Sequence[Frame]) -> list[bool]:
    """Say of each frame whether it is the very picture before it."""
    pairs = zip(frames, frames[1:], strict=False)
    return [False, *(_same(before.pixels, after.pixels) for before, after in pairs)]


def _same(one: Pixels, other: Pixels) -> bool:
    # A sample tells most pictures apart, at a hundredth of the cost.
    sample = (slice(None, None, 13), slice(None, None, 13))
    return np.array_equal(one[sample], other[sample]) and np.array_equal(one, other)


def _copies(number: int, again: Sequence[bool]) -> Iterator[int]:
    for later in range(number + 1, len(again)):
        if not again[later]:
            return
        yield later
