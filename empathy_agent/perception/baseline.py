"""A person's own resting face: learnt while they rest, and taken off what is read later.

Some faces look sad or cross at rest. The resting face is a running mean of what the expert reads
while a face is well seen, still, and shows nothing that no resting face shows: a smile, an open
mouth, or any emotion plainly. It is used once thirty seconds were seen: expressions last half a
second to four (Ekman, 2003), so thirty seconds are no single one held, and the expert's errors with
pose and light average out. Later rests move it slowly (ten minutes count at most), each by a
bounded step; a face that rests differently for long wears it out, and learning begins anew.

What it corrects. A face like the resting one is read as resting: what it shows of an emotion beyond
a usual neutral face goes to neutral. A face that has moved away from it keeps its reading, but for
emotions of the resting face that have weakened: a smile under brows that always slant is a smile.
An emotion that grows is never taken away. Action units lose what they show at rest beyond the
usual. A real feeling that looks just like the resting face cannot be told from it; the words can.

What the user sets right counts too: each "I'm not angry" makes anger in this face a little less
likely from then on, at rest or not, up to a bound that a plain expression still passes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from empathy_agent.affect import Emotion
from empathy_agent.perception.facs import shown
from empathy_agent.perception.track import BLINKS, EMOTIONS, Track

__all__ = [
    "ENOUGH_S",
    "MOST_DOUBT",
    "Baseline",
    "OwnFace",
    "as_note",
    "corrected",
    "doubted",
    "from_note",
    "learn",
]

Floats = NDArray[np.float64]

ENOUGH_S = 30.0
"""Seconds at rest after which a baseline is used."""

MOST_DOUBT = 1.5
"""What corrections take off an emotion's log odds at most: 0.9 is then still read as 0.67."""
_DOUBT = 0.5
"""What one correction takes off."""
_MOST_S = 600.0
"""Seconds at rest that count at most."""
_WELL_SEEN = 0.6
"""Quality of a frame from which is learnt."""
_LEAST_S = 0.8
"""Seconds of a window from which is learnt at all."""
_GAP_S = 0.5
"""Seconds after which frames no longer follow on those before."""
_STILL = 0.06
"""Standard deviation of action units up to which a face is still."""
_NEVER_REST = (Emotion.HAPPINESS, Emotion.SURPRISE, Emotion.FEAR, Emotion.DISGUST)
"""Looks that are no resting face; misread ones look sad, cross, scornful or neutral."""
_LITTLE = 0.3
"""Of those looks, and of an open or smiling mouth, a resting face shows less."""
_PLAIN = 0.7
"""A face that shows any other emotion likelier than this is not taken for a resting one, however
long: whoever is plainly sad for a minute must not be read as neutral after it."""
_OPEN = ("AU12", "AU25", "AU26", "AU27")
_USUAL = 0.05
"""What a neutral face is usually read as having of another emotion, at most."""
_STEP = 0.25
"""A window moves the mean by no more than if it were so far away, once there is one."""
_SAME, _MOVED = 0.1, 0.22
"""Root mean square of the differences of action units, in what makes each plain to see, up to which
a face is the resting one, and from which on it has moved. Turning, tilting and light make up to 0.1
of drawn faces; half-strength expressions 0.1 to 0.4, full ones 0.2 to 0.8."""
_GROWN = (0.7, 2.0)
"""Rise of an emotion's log probability from which on, and at which, it alone has moved the face."""
_FELL = 0.2
"""Fall of one at which what is left of it is the resting face's."""
_NEUTRAL = EMOTIONS.index(Emotion.NEUTRAL)


@dataclass(frozen=True, eq=False)
class Baseline:
    """How a face is when at rest, as far as it was seen."""

    seconds: float
    """How long it was seen at rest, up to ten minutes."""
    emotions: Floats
    """[8] mean probabilities, in the order of `EMOTIONS`."""
    units: Floats
    """[A] mean intensities of action units."""
    names: tuple[str, ...]
    """FACS ids of the units."""
    doubts: Floats = field(default_factory=lambda: np.zeros(len(EMOTIONS)))
    """[8] what the user's corrections take off each emotion's log odds, at most `MOST_DOUBT`."""

    @property
    def ready(self) -> bool:
        """Whether enough was seen to correct by it."""
        return self.seconds >= ENOUGH_S


@dataclass
class OwnFace:
    """A user's resting face while it is learnt; one a user."""

    baseline: Baseline | None = None
    """Null as long as nothing was seen."""
    learnt: float = 0.0
    """Seconds learnt since it was last kept."""

    waiting: Track | None = None
    """Frames too few to learn from yet, less than a second of them."""

    def see(self, track: Track) -> None:
        """Learn from newly read frames, if with those just before they show a face at rest."""
        track = _after(self.waiting, track)
        self.waiting = track if _span(track) < _LEAST_S else None
        after = learn(self.baseline, track)
        if after is not self.baseline:
            self.baseline = after
            self.learnt += _span(track)


def learn(baseline: Baseline | None, track: Track) -> Baseline | None:
    """Return the baseline after some more frames; the same where they do not show a face at rest.

    Args:
        baseline: as far as known.
        track: frames as the expert read them, not corrected.
    """
    found = _resting(track)
    if found is None:
        return baseline
    emotions, units = found
    seconds = _span(track)
    if baseline is None:
        return Baseline(seconds, emotions, units, track.names)
    if baseline.names != track.names:  # another expert sees differently
        return Baseline(seconds, emotions, units, track.names, baseline.doubts)
    settled = baseline.seconds >= ENOUGH_S / 2
    if settled and _distance(units[None], baseline)[0] > _MOVED:
        worn = baseline.seconds - seconds
        if worn >= ENOUGH_S / 2:
            return replace(baseline, seconds=worn)
        return Baseline(seconds, emotions, units, track.names, baseline.doubts)
    share = seconds / (baseline.seconds + seconds)
    step = _STEP if settled else 1.0
    moved = baseline.emotions + share * np.clip(emotions - baseline.emotions, -step, step)
    return Baseline(
        min(_MOST_S, baseline.seconds + seconds),
        moved / moved.sum(),
        baseline.units + share * np.clip(units - baseline.units, -step, step),
        track.names,
        baseline.doubts,
    )


def doubted(baseline: Baseline | None, denied: Emotion) -> Baseline:
    """Return a baseline after the user said that they do not feel what their face was read as.

    Args:
        baseline: as far as known; null where nothing was seen at rest yet.
        denied: what was read and is not so; neutral cannot be denied.
    """
    if baseline is None:
        rest = (np.arange(len(EMOTIONS)) == _NEUTRAL).astype(np.float64)
        baseline = Baseline(0.0, rest, np.zeros(0), ())
    doubts = baseline.doubts.copy()
    if denied is not Emotion.NEUTRAL:
        at = EMOTIONS.index(denied)
        doubts[at] = min(MOST_DOUBT, doubts[at] + _DOUBT)
    return replace(baseline, doubts=doubts)


def corrected(track: Track, baseline: Baseline | None) -> Track:
    """Return a track as it reads against the person's own resting face.

    Nothing changes without a baseline; of one that has not seen enough, or another expert's, only
    what the user set right counts.
    """
    if baseline is not None and baseline.doubts.any():
        weighed = track.emotions * np.exp(-baseline.doubts)
        left = weighed.sum(1, keepdims=True)
        track = replace(track, emotions=weighed / np.maximum(left, 1e-9))
    if baseline is None or not baseline.ready or baseline.names != track.names:
        return track
    excess = np.maximum(0.0, baseline.units - 0.5 * _plain(track.names))
    units = np.clip((track.units - excess) / np.maximum(1 - excess, 1e-6), 0, 1)
    return replace(track, emotions=_emotions(track, baseline), units=units)


def _emotions(track: Track, baseline: Baseline) -> Floats:
    rest = np.maximum(baseline.emotions, 1e-3)
    grown = np.log(np.maximum(track.emotions, 1e-3)) - np.log(rest)
    others = np.arange(len(EMOTIONS)) != _NEUTRAL
    at_rest = _fades(_distance(track.units, baseline), _SAME, _MOVED)
    at_rest = at_rest * _fades(grown[:, others].max(1), *_GROWN)
    explained = np.maximum(at_rest[:, None], np.clip(-grown / _FELL, 0, 1))
    taken = track.emotions * explained * np.maximum(0.0, 1 - _USUAL / rest) * others
    left = track.emotions - taken
    left[:, _NEUTRAL] += at_rest * taken.sum(1)
    return left / np.maximum(left.sum(1, keepdims=True), 1e-9)


def _fades(values: Floats, whole: float, gone: float) -> Floats:
    return np.clip((gone - values) / (gone - whole), 0, 1)


def _distance(units: Floats, baseline: Baseline) -> Floats:
    """Return [T]: how far units are from the resting face, in what is plain to see; no lids."""
    counted = np.array([name not in BLINKS for name in baseline.names], bool)
    if not counted.any():
        return np.zeros(len(units))
    apart = (units - baseline.units) / _plain(baseline.names)
    return np.sqrt((apart[:, counted] ** 2).mean(1))


def _plain(names: tuple[str, ...]) -> Floats:
    return np.array([max(shown(name), 0.25) for name in names])


def _resting(track: Track) -> tuple[Floats, Floats] | None:
    """Return the mean emotions and units of a well-seen face at rest; null where there is none."""
    seen = np.asarray(track.quality >= _WELL_SEEN)
    if len(seen) < 4 or seen.mean() < 0.8 or _span(track) < _LEAST_S:
        return None
    emotions, units = np.median(track.emotions[seen], 0), np.median(track.units[seen], 0)
    still = [at for at, name in enumerate(track.names) if name not in BLINKS]
    if still and track.units[seen][:, still].std(0).max() > _STILL:
        return None
    if sum(emotions[EMOTIONS.index(each)] for each in _NEVER_REST) >= _LITTLE:
        return None
    if np.delete(emotions, _NEUTRAL).max() >= _PLAIN:
        return None
    if any(units[at] >= _LITTLE for at, name in enumerate(track.names) if name in _OPEN):
        return None
    return emotions / emotions.sum(), units


def _after(before: Track | None, track: Track) -> Track:
    """Return frames with those they follow on, if they do."""
    if before is None or before.names != track.names or not len(track.times):
        return track
    if not 0 < track.times[0] - before.times[-1] <= _GAP_S:
        return track
    return Track(
        np.concatenate([before.times, track.times]),
        np.concatenate([before.emotions, track.emotions]),
        np.concatenate([before.units, track.units]),
        track.names,
        np.concatenate([before.quality, track.quality]),
    )


def _span(track: Track) -> float:
    return float(track.times[-1] - track.times[0]) if len(track.times) else 0.0


def as_note(baseline: Baseline) -> dict[str, Any]:
    """Return a baseline as plain numbers, to be kept."""
    doubts = bool(baseline.doubts.any())
    return {
        "seconds": round(baseline.seconds, 2),
        "emotions": [round(float(each), 5) for each in baseline.emotions],
        "units": [round(float(each), 5) for each in baseline.units],
        "names": list(baseline.names),
        **({"doubts": [round(float(each), 3) for each in baseline.doubts]} if doubts else {}),
    }


def from_note(note: Mapping[str, Any] | None) -> Baseline | None:
    """Return what `as_note` told of; null for none, or one that cannot be made sense of."""
    try:
        found = note or {}
        baseline = Baseline(
            float(found["seconds"]),
            np.array(found["emotions"], np.float64),
            np.array(found["units"], np.float64),
            tuple(map(str, found["names"])),
            np.array(found.get("doubts", np.zeros(len(EMOTIONS))), np.float64),
        )
    except (KeyError, TypeError, ValueError):
        return None
    eight = (len(EMOTIONS),)
    shapes = (baseline.emotions.shape, baseline.units.shape, baseline.doubts.shape)
    doubts = baseline.doubts.ravel() / MOST_DOUBT
    numbers = np.concatenate([baseline.emotions.ravel(), baseline.units.ravel(), doubts])
    if shapes != (eight, (len(baseline.names),), eight) or not 0 <= baseline.seconds <= _MOST_S:
        return None
    inside = bool(np.isfinite(numbers).all() and (numbers >= 0).all() and (numbers <= 1).all())
    return baseline if inside and baseline.emotions.sum() > 0 else None
