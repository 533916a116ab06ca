"""Every frame of a window, looked at: where the user's face is, and what it shows in each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from empathy_agent.affect import Abstention, Event
from empathy_agent.perception.baseline import Baseline
from empathy_agent.perception.events import Episode
from empathy_agent.perception.frames import Frame
from empathy_agent.perception.track import Track

if TYPE_CHECKING:
    from empathy_agent.perception.expression import FrameAffect
    from empathy_agent.perception.framing import Face
    from empathy_agent.perception.tracker import Tracked

__all__ = [
    "FROZEN_S",
    "Expert",
    "Follower",
    "Look",
    "Read",
    "Shot",
    "gathered",
    "look_at",
    "quality_of",
    "read_all",
]

Pixels = NDArray[np.uint8]

FROZEN_S = 1.0
"""A picture that stays the same for longer than so many seconds is no live one."""

_AT_ONCE = 16
"""Faces read in one run of the net, so that a long window needs no more memory."""
_FEW = 3
"""Up to so many faces are read in the mirror too; over more, chance averages out by itself."""
_SHARP = 0.1
"""Sharpness from which on more of it tells no more."""
_SIDE = 48.0
"""Pixels of a face from which on more of them tell no more: what the net reads."""


class Expert(Protocol):
    """Reads faces, such as `ExpressionModel`."""

    name: str

    def read_many(
        self, pairs: "Sequence[tuple[Pixels, Face]]", *, mirrored: bool = True
    ) -> "list[FrameAffect]":
        """Return what each face shows in its frame; by the mirror image too, if wanted."""
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
    episodes: tuple[Episode, ...] | None = None
    """Of a source that was watched before; null: this window is all there is."""
    events: tuple[Event, ...] | None = None
    """Of such a source, those that fall to this window."""
    notes: tuple[str, ...] = ()
    """What else was noticed, in words."""
    doubtful: bool = False
    """The face may be a picture of one."""
    rest: Baseline | None = None
    """How this person's face is at rest, where that is known."""

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


def look_at(
    frames: Sequence[Frame],
    follower: Follower,
    expert: Expert,
    known: "Mapping[float, Read] | None" = None,
) -> Look:
    """Find and read the user's face in every frame; a picture seen twice is read once.

    Args:
        frames: one at least, oldest first.
        follower: that has followed the source so far.
        expert: reads the faces.
        known: what was read before, by the time of the frame; it is not read again.
    """
    return gathered(frames, read_all(frames, follower, expert, known or {}))


@dataclass(frozen=True, eq=False)
class Read:
    """What looking at one frame gave."""

    faces: int
    """How many faces are in it."""
    who: int
    """Which person the user is, as far as the follower can tell."""
    face: "Face | None"
    """Theirs."""
    affect: "FrameAffect | None"
    """What it shows."""


def read_all(
    frames: Sequence[Frame], follower: Follower, expert: Expert, known: Mapping[float, Read]
) -> list[Read]:
    """Return what each frame gives; those known, and repeated ones, cost nothing."""
    again = _repeats(frames)
    seen: dict[int, Tracked] = {}
    for number, frame in enumerate(frames):
        if frame.at not in known and not again[number]:
            seen[number] = follower.follow(frame.pixels, frame.at)
    found = [(number, each.user) for number, each in seen.items() if each.user is not None]
    affects = dict(_read(frames, found, expert))
    reads: list[Read] = []
    for number, frame in enumerate(frames):
        if frame.at in known:
            reads.append(known[frame.at])
        elif again[number]:
            reads.append(reads[-1])
        else:
            each = seen[number]
            reads.append(Read(each.faces, each.who, each.user, affects.get(number)))
    return reads


def gathered(frames: Sequence[Frame], reads: Sequence[Read]) -> Look:
    """Return the look that reading each frame amounts to: of who is the user at its end."""
    who = next((each.who for each in reversed(reads) if each.affect is not None), 0)
    shots: list[Shot] = []
    reasons: list[Abstention] = []
    for frame, each in zip(frames, reads, strict=True):
        if each.face is None or each.affect is None or each.who != who:
            continue
        if each.affect.why_not is None:
            shots.append(Shot(frame, each.face, each.affect))
        else:
            reasons.append(each.affect.why_not)
    span = frames[-1].at - frames[0].at
    frozen = all(_repeats(frames)[1:]) and span > FROZEN_S
    faces = max(each.faces for each in reads)
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
) -> "Iterator[tuple[int, FrameAffect]]":
    few = len(found) <= _FEW
    for start in range(0, len(found), _AT_ONCE):
        some = found[start : start + _AT_ONCE]
        pairs = [(frames[number].pixels, face) for number, face in some]
        affects = expert.read_many(pairs, mirrored=few)
        yield from zip((number for number, _ in some), affects, strict=True)


def _repeats(frames: Sequence[Frame]) -> list[bool]:
    """Say of each frame whether it is the very picture before it."""
    pairs = zip(frames, frames[1:], strict=False)
    return [False, *(_same(before.pixels, after.pixels) for before, after in pairs)]


def _same(one: Pixels, other: Pixels) -> bool:
    # A sample tells most pictures apart, at a hundredth of the cost.
    sample = (slice(None, None, 13), slice(None, None, 13))
    return np.array_equal(one[sample], other[sample]) and np.array_equal(one, other)
