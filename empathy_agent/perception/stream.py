"""The signal of a live source, folded as it comes: constant memory, for hours, at any rate.

Of a source only the last half minute is kept. Every second of its clock the functions of
`events.py` look at that, and an episode is told once it has been over for a moment: whole, once,
and alike however the frames were cut into windows. What lasts longer than the half minute becomes
how the face is now, and is no episode any more.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from empathy_agent.perception.events import Episode, find_episodes
from empathy_agent.perception.track import Track

__all__ = ["CONTEXT_S", "SETTLED_S", "Stream", "episodes_now", "fold"]

CONTEXT_S = 30.0
"""Seconds of the signal that are kept, and that an episode stands out from."""
SETTLED_S = 0.5
"""Seconds an episode has to be over before it is told: the longest micro-expression."""

_STEP_S = 1.0
_MOST = 4096
"""Frames kept at most; a camera of more than 130 a second has a shorter context."""
_BACK_S = 1.0
"""A clock that goes back by more is that of a source begun anew."""


@dataclass(frozen=True, eq=False)
class Stream:
    """What is known of a source so far."""

    track: Track | None = None
    """The last half minute; times are those of the source's clock."""
    due: float = -math.inf
    """When episodes are looked for next, on that clock."""
    told: Mapping[str, float] = field(default_factory=dict[str, float])
    """For each emotion or action unit, when its last episode that was told ended."""


def fold(stream: Stream, chunk: Track) -> tuple[Stream, tuple[Episode, ...]]:
    """Take in some frames.

    Args:
        stream: what is known so far.
        chunk: the next frames, any number of them, by the source's clock. Frames that are not
            finite, or not later than those before, are left out.

    Returns:
        What is known now, and the episodes that are over since, as they were found so, by that
        clock; their `apex` counts from the first frame kept.
    """
    chunk = _clean(chunk)
    last = _last(stream)
    if len(chunk.times) and chunk.times[0] < last - _BACK_S:
        stream, last = Stream(), -math.inf
    if stream.track is not None and stream.track.names != chunk.names:
        stream = Stream()
    chunk = _only(chunk, np.asarray(chunk.times > last))
    told: list[Episode] = []
    while len(chunk.times):
        if stream.due == -math.inf:
            stream = replace(stream, due=(chunk.times[0] // _STEP_S + 1) * _STEP_S)
        before = np.asarray(chunk.times < stream.due)
        stream = replace(stream, track=_joined(stream.track, _only(chunk, before)))
        chunk = _only(chunk, ~before)
        if len(chunk.times):
            stream, over = _told(stream)
            told += over
            # A long gap has nothing to look at in it.
            steps = max(1.0, math.ceil((chunk.times[0] - stream.due) / _STEP_S))
            stream = replace(stream, due=stream.due + steps * _STEP_S)
            if chunk.times[0] >= stream.due:
                stream = replace(stream, due=stream.due + _STEP_S)
    return stream, tuple(told)


def episodes_now(stream: Stream) -> tuple[Episode, ...]:
    """Return all episodes of the last half minute as they stand, told or still going on."""
    return () if stream.track is None else _episodes(stream.track)


def _told(stream: Stream) -> tuple[Stream, list[Episode]]:
    """Look for episodes that are over, at the instant `due`."""
    told = dict(stream.told)
    over: list[Episode] = []
    for each in episodes_now(stream):
        settled = each.begins and each.ends and each.end <= stream.due - SETTLED_S
        if settled and each.start >= told.get(each.what, -math.inf):
            told[each.what] = each.end
            over.append(each)
    return replace(stream, told=told), over


def _episodes(track: Track) -> tuple[Episode, ...]:
    first = float(track.times[0]) if len(track.times) else 0.0
    return tuple(
        replace(
            each,
            start=each.start + first,
            held_from=each.held_from + first,
            held_to=each.held_to + first,
            end=each.end + first,
        )
        for each in find_episodes(replace(track, times=track.times - first))
    )


def _last(stream: Stream) -> float:
    track = stream.track
    return float(track.times[-1]) if track is not None and len(track.times) else -math.inf


def _clean(chunk: Track) -> Track:
    rows = np.column_stack([chunk.times, chunk.emotions, chunk.units, chunk.quality])
    finite = _only(chunk, np.asarray(np.isfinite(rows).all(1)))
    latest = np.maximum.accumulate(np.concatenate(([-np.inf], finite.times)))[:-1]
    return _only(finite, np.asarray(finite.times > latest))


def _only(track: Track, which: NDArray[np.bool_]) -> Track:
    return replace(
        track,
        times=track.times[which],
        emotions=track.emotions[which],
        units=track.units[which],
        quality=track.quality[which],
    )


def _joined(kept: Track | None, new: Track) -> Track:
    if kept is None:
        return new
    if not len(new.times):
        return kept
    joined = replace(
        kept,
        times=np.concatenate([kept.times, new.times]),
        emotions=np.concatenate([kept.emotions, new.emotions]),
        units=np.concatenate([kept.units, new.units]),
        quality=np.concatenate([kept.quality, new.quality]),
    )
    recent = np.asarray(joined.times >= joined.times[-1] - CONTEXT_S)
    recent[:-_MOST] = False
    return joined if recent.all() else _only(joined, recent)
