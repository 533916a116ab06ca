"""The signal of one window: what the face showed frame by frame, and what that amounts to.

How frames become one distribution. The frames of a second are near copies of each other, so their
distributions are averaged (a linear pool), never multiplied: a product counts the same evidence
again with each frame and ends certain of anything. A plain average has two flaws, and the weights
mend them. It takes a frame of two seconds ago for as telling as the newest, so weights fall with
age. And it drowns what is brief, as most frames of any window are neutral, so an expressive frame
counts up to half as much again as a neutral one. That leans, it does not overrule: one neutral
second and a smile of 0.4 s still read as mainly neutral, and the smile is told as an event.

All functions are pure, over arrays of T frames; time is in seconds and never a count of frames, so
that 5 and 120 frames a second give the same answers.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from empathy_agent.affect import Emotion

__all__ = [
    "BLINKS",
    "EMOTIONS",
    "UNCERTAIN",
    "Track",
    "confidence",
    "frame_weights",
    "gap",
    "pool",
    "representative",
    "smooth",
    "through_blinks",
]

Floats = NDArray[np.float64]

EMOTIONS = tuple(Emotion)
"""The order of the eight columns."""
UNCERTAIN = 0.35
"""A reading whose likeliest emotion stays below this probability abstains.

On FER+ valid the expert is right about a quarter of such pictures, of which it has 1 in 90.
"""
BLINKS = ("AU43", "AU45", "AU46")
"""Eyes closed, blink, wink."""

_NEUTRAL = EMOTIONS.index(Emotion.NEUTRAL)
_OLDEST = 0.6
"""Weight of the window's first frame, the newest being 1."""
_EXPRESSIVE = 0.5
"""What a frame without any neutral in it counts more than a neutral one."""
_LONGEST_STAND_S = 0.2
"""Seconds a frame stands for at most: nothing is known of a longer gap."""
_TAU_S = 0.04
"""Time constant of the smoothing: a third of the shortest expression."""
_ROUND_EYES = ("AU5", "AU6", "AU7")
"""Units of the lids and what moves with them."""
_CLOSED = 0.2
"""The lids are shut when they are so much further closed than mostly."""
_BLINK_S = 0.4
"""Lids shut for longer are no blink (Stern et al., 1984)."""


@dataclass(frozen=True, eq=False)
class Track:
    """One face over the T frames in which it could be read."""

    times: Floats
    """[T] seconds from the start of the window, rising."""
    emotions: Floats
    """[T, 8] calibrated probabilities, in the order of `EMOTIONS`."""
    units: Floats
    """[T, A] intensities of action units, in [0, 1]."""
    names: tuple[str, ...]
    """FACS ids of the A units, such as `AU12`."""
    quality: Floats
    """[T] how well the face was seen, in [0, 1]."""

    def unit(self, name: str) -> Floats:
        """Return the [T] intensities of one action unit, or an empty array if it is not read."""
        return self.units[:, self.names.index(name)] if name in self.names else np.empty(0)


def smooth(values: Floats, times: Floats, tau: float = _TAU_S) -> Floats:
    """Smooth exponentially in time, each frame by those before it only.

    Args:
        values: [T, C]; rows that are distributions stay distributions.
        times: [T] seconds, rising at whatever rate.
        tau: seconds after which 63 % of a step has come through.
    """
    smoothed = np.array(values, np.float64)
    shares = 1 - np.exp(-np.maximum(np.diff(times), 0) / tau)
    for frame, share in enumerate(shares, 1):
        smoothed[frame] = smoothed[frame - 1] + share * (smoothed[frame] - smoothed[frame - 1])
    return smoothed


def through_blinks(track: Track) -> Track:
    """Hold emotions, and the units round the eyes, as they were while lids are shut for a blink.

    The expert sees a blink as tightened lids, too; nothing else changes.
    """
    shut = np.zeros(len(track.times), bool)
    for name in BLINKS:
        lids = track.unit(name)
        closed = lids >= np.median(lids) + _CLOSED if len(lids) else np.zeros(0, bool)
        for first, last in _runs(closed):
            ended = last + 1 < len(closed)
            if first and ended and track.times[last] - track.times[first] <= _BLINK_S:
                shut[first : last + 1] = True
    if not shut.any():
        return track
    frames = np.arange(len(shut))
    held = np.maximum.accumulate(np.where(shut, 0, frames))
    units = track.units.copy()
    round_eyes = [at for at, name in enumerate(track.names) if name in _ROUND_EYES]
    units[:, round_eyes] = units[held][:, round_eyes]
    return replace(track, emotions=track.emotions[held], units=units)


def frame_weights(track: Track) -> Floats:
    """Return what each frame counts, [T], summing to 1.

    The time it stands for, times its quality, its newness and its expressiveness.
    """
    age = track.times[-1] - track.times
    newness = 1 - (1 - _OLDEST) * age / max(float(age[0]), 1e-9)
    telling = 1 + _EXPRESSIVE * (1 - track.emotions[:, _NEUTRAL])
    weights = _stands_for(track.times) * newness * telling * np.maximum(track.quality, 1e-6)
    return weights / weights.sum()


def pool(values: Floats, weights: Floats) -> Floats:
    """Return the weighted average, [C], of the frames of [T, C]."""
    return weights @ values


def representative(track: Track, fused: Floats) -> int:
    """Return the frame that is most like the window as a whole, and well seen."""
    alike = 1 - 0.5 * np.abs(track.emotions - fused).sum(axis=1)
    return int(np.argmax(alike * (0.5 + 0.5 * track.quality)))


def confidence(fused: Floats, quality: float, share: float) -> float:
    """Return how far to trust the likeliest emotion, in [0, 1].

    Its calibrated probability, lowered where the face was seen badly or in few frames only.

    Args:
        fused: [8] probabilities of the window.
        quality: the weighted quality of the frames.
        share: of the window's frames, those in which the face could be read.
    """
    seen = min(1.0, share / 0.25)
    return float(np.clip(fused.max() * (0.5 + 0.5 * quality) * seen, 0, 1))


def gap(times: Floats) -> float:
    """Return the seconds between two frames from which on they no longer hang together."""
    steps = np.diff(times)
    return max(0.5, 3 * float(np.median(steps))) if len(steps) else 0.5


def _stands_for(times: Floats) -> Floats:
    """Return the seconds each frame stands for: half the way to either neighbour."""
    if len(times) == 1:
        return np.ones(1)
    halves = np.clip(np.diff(times), 1e-6, _LONGEST_STAND_S) / 2
    # The first and the last have one neighbour; the other side is taken to be alike.
    return np.concatenate(([halves[0]], halves)) + np.concatenate((halves, [halves[-1]]))


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return first and last index of every stretch of true."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return [(int(first), int(last) - 1) for first, last in edges.reshape(-1, 2)]
