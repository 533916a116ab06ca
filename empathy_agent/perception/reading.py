"""From a look at a window to the reading of the face: pure, and in two steps.

`digest` makes of the frames a signal, its episodes and its key frames; a vision model may then be
asked about those; `tell` makes of all that an `AffectReading`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from empathy_agent.affect import Abstention, AffectReading, Event, Pose
from empathy_agent.perception.baseline import corrected
from empathy_agent.perception.events import Episode, as_events, find_episodes, key_frames
from empathy_agent.perception.frames import Window
from empathy_agent.perception.fusion import circumplex
from empathy_agent.perception.look import Look
from empathy_agent.perception.narrative import cues_of, narrate
from empathy_agent.perception.opinion import Opinion, combine, weight_of
from empathy_agent.perception.track import (
    EMOTIONS,
    UNCERTAIN,
    Track,
    confidence,
    frame_weights,
    pool,
    representative,
    through_blinks,
)

__all__ = ["Digest", "absent", "digest", "pose_of", "tell", "units_of"]

Floats = NDArray[np.float64]

_FROZEN = 0.5
"""What is left of the confidence when the picture stands still."""
_TELLING = 8
"""Fewer frames without an episode do not tell a still face from a moving one."""


@dataclass(frozen=True, eq=False)
class Digest:
    """What the frames of one window amount to."""

    track: Track
    weights: Floats
    """[T] what each shot counts."""
    fused: Floats
    """[8] what the expert makes of them together."""
    episodes: tuple[Episode, ...]
    typical: int
    """The shot that represents the window."""
    keys: tuple[int, ...]
    """The shots worth a closer look, oldest first."""


def digest(look: Look) -> Digest:
    """Fuse the shots of a look, of which there must be one at least."""
    track = corrected(look.track(), look.rest)
    open_eyed = through_blinks(track)
    weights = frame_weights(open_eyed)
    fused = pool(open_eyed.emotions, weights)
    episodes = find_episodes(track) if look.episodes is None else look.episodes
    episodes = () if look.frozen else episodes
    typical = representative(open_eyed, fused)
    keys = key_frames(track, episodes, typical)
    return Digest(track, weights, fused / fused.sum(), episodes, typical, keys)


def absent(window: Window, why: Abstention, model: str = "none", frames: int = 0) -> AffectReading:
    """Return the reading of a face that was not read, with its reason."""
    return AffectReading(
        at=window.at,
        span=max(window.span, 0.0),
        frames=frames,
        faces=0,
        emotion=None,
        distribution=None,
        valence=None,
        arousal=None,
        confidence=0,
        abstained=why,
        model=model,
        took_ms=0,
    )


def tell(
    window: Window,
    look: Look,
    seen: Digest,
    *,
    model: str,
    opinion: Opinion | None = None,
    notes: tuple[str, ...] = (),
) -> AffectReading:
    """Return the reading of the face.

    Args:
        window: the frames looked at.
        look: at them.
        seen: the digest of the look.
        model: names of the models that read it.
        opinion: of a vision model, if one was asked and answered.
        notes: what to tell besides the cues of the face.
    """
    fused = _pooled(seen.fused, opinion) if opinion else seen.fused
    units = units_of(seen)
    told = absent(window, Abstention.UNCERTAIN, model, look.frames).model_copy(
        update={
            "faces": look.faces,
            "action_units": units,
            "pose": pose_of(look, seen),
            "events": _events(look, seen),
            "narrative": _narrative(look, seen),
            "cues": (*cues_of(units), *_second(seen, opinion), *_told(look), *notes),
            "prompt": opinion.prompt if opinion else None,
        }
    )
    if fused.max() < UNCERTAIN:
        return told
    distribution = dict(zip(EMOTIONS, fused.tolist(), strict=True))
    valence, arousal = circumplex(distribution)
    sure = confidence(fused, _quality(seen), len(look.shots) / look.frames)
    return told.model_copy(
        update={
            "abstained": None,
            "emotion": EMOTIONS[int(fused.argmax())],
            "distribution": distribution,
            "valence": valence,
            "arousal": arousal,
            "confidence": sure * (_FROZEN if look.frozen or look.doubtful else 1.0),
        }
    )


def _quality(seen: Digest) -> float:
    """Return the weighted quality of the shots, in [0, 1]."""
    return float(seen.weights @ seen.track.quality)


def units_of(seen: Digest) -> dict[str, float]:
    """Return the FACS ids of the action units and their intensities over the window."""
    pooled = np.clip(pool(seen.track.units, seen.weights), 0, 1)
    return {
        name: round(float(value), 3) for name, value in zip(seen.track.names, pooled, strict=True)
    }


def pose_of(look: Look, seen: Digest) -> Pose:
    """Return where the head pointed over the window."""
    poses = [shot.affect.pose for shot in look.shots]
    angles = np.array([(pose.yaw, pose.pitch, pose.roll) for pose in poses])
    yaw, pitch, roll = (round(float(angle), 1) for angle in pool(angles, seen.weights))
    return Pose(yaw=yaw, pitch=pitch, roll=roll)


def _events(look: Look, seen: Digest) -> tuple[Event, ...]:
    if look.frozen:
        return ()
    return as_events(seen.episodes) if look.events is None else look.events


def _told(look: Look) -> tuple[str, ...]:
    """Return what was noticed besides the face, and whose resting face it was read against."""
    rest = look.rest
    if rest is None or not rest.ready:
        return look.notes
    return (*look.notes, f"read against their resting face of {rest.seconds:.0f} s")


def _narrative(look: Look, seen: Digest) -> str:
    if look.frozen:
        return "the picture did not change"
    return narrate(seen.episodes) if seen.episodes or len(look.shots) >= _TELLING else ""


def _pooled(expert: Floats, opinion: Opinion) -> Floats:
    weight = weight_of(expert, opinion.distribution, calibrated=opinion.calibrated)
    return combine(expert, opinion.distribution, weight * opinion.worth)


def _second(seen: Digest, opinion: Opinion | None) -> tuple[str, ...]:
    """Return what the vision model saw, and where it disagrees."""
    if opinion is None:
        return ()
    told = list(opinion.description.seen) if opinion.description else []
    if opinion.description and opinion.description.felt:
        told.append(f"in the vision model's words: {', '.join(opinion.description.felt)}")
    likeliest = opinion.ranked[0][0]
    if likeliest is not EMOTIONS[int(seen.fused.argmax())]:
        told.append(f"to the vision model it looks like {likeliest}")
    elif opinion.description and opinion.description.agrees is False:
        told.append("the vision model doubts what the expert saw")
    return tuple(told)
