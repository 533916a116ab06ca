"""What the face did within a window: episodes, the events told of them, and key frames.

An *episode* is one stretch in which an emotion or an action unit stands out from what this face
shows otherwise in this window. It opens when the smoothed signal has risen far enough above the
window's own quiet level, and closes when less than half of that is left (hysteresis), so that a
signal trembling at a threshold is one episode or none. Far enough is never less than a fixed rise,
and more where the signal is noisy, so that noise has no episodes. An emotion must be borne out by
the face: unless its rise is overwhelming, some action unit must have moved with it, as an expert's
opinion of a still face drifts with light and pose. A short and whole one is a
micro-expression; of others, onset, apex and offset are told as far as the window holds them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from empathy_agent.affect import Emotion, Event
from empathy_agent.perception.facs import shown
from empathy_agent.perception.track import BLINKS, EMOTIONS, Track, gap, smooth, through_blinks

__all__ = ["MICRO_S", "Episode", "as_events", "find_episodes", "key_frames"]

Floats = NDArray[np.float64]

MICRO_S = (0.1, 0.5)
"""Seconds a micro-expression lasts (Yan et al., 2013)."""

_SILENT = (*BLINKS, *(f"AU{number}" for number in range(61, 70)))
"""Lids and gaze move all the time and mean no emotion."""
_QUIET_SHARE = 0.1
"""The quiet level of a signal is what a tenth of the window stays below."""
_RISE_EMOTION = 0.3
"""An emotion stands out when its probability rises by so much."""
_RISE_UNIT = 0.6
"""An action unit stands out when it rises by this share of what makes it plain to see."""
_NOISES = 6.5
"""A rise of so many standard deviations of the noise is none of it."""
_OVERWHELMING = 0.75
"""A rise of an emotion that needs no action unit to bear it out; the expert reads few of them."""
_MOVED = 0.45
"""An action unit has moved when it differs by this share of what makes it plain to see."""
_HELD = 0.9
"""The apex is the time a signal stays above this share of its rise."""
_MOST = 12
"""Events told of one window; the strongest are kept."""
_APART_S = 0.1
"""Key frames nearer than this show the same."""


@dataclass(frozen=True)
class Episode:
    """One stretch in which a signal stood out; times in seconds from the window's start."""

    what: str
    """An emotion, or a FACS action unit."""
    start: float
    held_from: float
    """It has nearly reached its height."""
    held_to: float
    """It begins to fade."""
    end: float
    apex: int
    """Index of the frame at its height."""
    peak: float
    """The signal at its height, in [0, 1]."""
    rise: float
    """The height above the quiet level."""
    begins: bool
    """The window shows how it began."""
    ends: bool
    """The window shows how it ended."""

    @property
    def length(self) -> float:
        """Seconds from start to end, as far as the window shows them."""
        return self.end - self.start

    @property
    def micro(self) -> bool:
        """Whether it is a micro-expression: whole, and over within half a second."""
        return self.begins and self.ends and MICRO_S[0] <= self.length <= MICRO_S[1]


@dataclass(frozen=True, eq=False)
class _Signal:
    what: str
    times: Floats
    """[T] seconds."""
    together: NDArray[np.bool_]
    """[T - 1] whether a frame hangs together with the next."""
    raw: Floats
    """[T] as read."""
    smooth: Floats
    """[T] smoothed."""
    quiet: float
    high: float
    """An episode reaches this level."""

    @property
    def low(self) -> float:
        """An episode lasts as long as the signal stays above this level."""
        return (self.quiet + self.high) / 2


def find_episodes(track: Track) -> tuple[Episode, ...]:
    """Return every episode of emotions and action units, in order of time.

    Two frames at least are needed to see one, as a single frame may always be noise; blinks and
    the direction of gaze are left out.
    """
    if len(track.times) < 4:
        return ()
    found = [episode for signal in _moving(track) for episode in _of_signal(signal)]
    borne_out = [each for each in found if each.what in track.names or _borne_out(track, each)]
    return tuple(sorted(borne_out, key=lambda each: (each.start, -each.rise)))


def as_events(episodes: Iterable[Episode]) -> tuple[Event, ...]:
    """Tell the strongest episodes as events, in order of time."""
    kept: list[Event] = []
    for episode in sorted(episodes, key=lambda each: -each.rise):
        events = _told(episode)
        if len(kept) + len(events) <= _MOST:
            kept += events
    return tuple(sorted(kept, key=lambda event: event.start_ms))


def key_frames(
    track: Track, episodes: Iterable[Episode], typical: int, k: int = 3
) -> tuple[int, ...]:
    """Return at most `k` frames worth a closer look, in order of time.

    Args:
        track: what the face showed.
        episodes: of this track.
        typical: the frame that represents the window; always among them.
        k: at least 1.
    """
    chosen = [typical]
    for episode in sorted(episodes, key=lambda each: -each.rise):
        if len(chosen) >= k:
            break
        nearest = np.abs(track.times[chosen] - track.times[episode.apex]).min()
        if nearest >= _APART_S:
            chosen.append(episode.apex)
    return tuple(sorted(chosen))


def _told(episode: Episode) -> list[Event]:
    if episode.micro:
        return [_event("micro_expression", episode, episode.start, episode.end)]
    events = [_event("apex", episode, episode.held_from, episode.held_to)]
    if episode.begins:
        events.append(_event("onset", episode, episode.start, episode.held_from))
    if episode.ends:
        events.append(_event("offset", episode, episode.held_to, episode.end))
    return events


def _event(kind: str, episode: Episode, start: float, end: float) -> Event:
    return Event.model_validate(
        {
            "kind": kind,
            "what": episode.what,
            "start_ms": round(1000 * start),
            "length_ms": round(1000 * max(end - start, 0)),
            "peak": round(episode.peak, 3),
        }
    )


def _moving(track: Track) -> Iterator[_Signal]:
    """Yield the signals that rise far enough at all, which most of the time few do."""
    names, raw, least = _signals(track)
    quiet = np.quantile(raw, _QUIET_SHARE, axis=0)
    high = quiet + np.maximum(least, _NOISES * _noise(raw))
    # Smoothing never rises above what it smooths, so that still columns need none.
    columns = np.flatnonzero(raw.max(axis=0) >= high)
    if not columns.size:
        return
    smoothed = smooth(raw[:, columns], track.times)
    together = np.diff(track.times) <= gap(track.times)
    for place, column in enumerate(columns):
        yield _Signal(
            names[column],
            track.times,
            together,
            raw[:, column],
            smoothed[:, place],
            float(quiet[column]),
            float(high[column]),
        )


def _signals(track: Track) -> tuple[list[str], Floats, Floats]:
    """Return the names of all that may have episodes, [T, C] signals, [C] least rises."""
    emotions = [column for column, each in enumerate(EMOTIONS) if each != Emotion.NEUTRAL]
    units = [column for column, name in enumerate(track.names) if name not in _SILENT]
    names = [*(EMOTIONS[each].value for each in emotions), *(track.names[each] for each in units)]
    open_eyed = through_blinks(track)
    least = np.array([_RISE_EMOTION] * len(emotions) + [_rise(track.names[u]) for u in units])
    return (
        names,
        np.concatenate((open_eyed.emotions[:, emotions], open_eyed.units[:, units]), axis=1),
        least,
    )


def _rise(unit: str) -> float:
    return float(np.clip(_RISE_UNIT * shown(unit), 0.15, 0.4))


def _borne_out(track: Track, episode: Episode) -> bool:
    """Say whether the face moved with an emotion; true where that cannot be known."""
    units = [column for column, name in enumerate(track.names) if name not in _SILENT]
    during = (track.times >= episode.held_from) & (track.times <= episode.held_to)
    apart = (track.times < episode.start) | (track.times > episode.end)
    if episode.rise >= _OVERWHELMING or not units or not during.any() or not apart.any():
        return True
    values = track.units[:, units]
    moved = np.abs(np.median(values[during], axis=0) - np.median(values[apart], axis=0))
    plain = np.array([max(shown(track.names[column]), 0.25) for column in units])
    return bool((moved >= _MOVED * plain).any())


def _noise(raw: Floats) -> Floats:
    """Estimate the [C] standard deviations of the noise from the steps between frames.

    Three quarters of the steps are taken to be noise: an expression moves in few of them.
    """
    return np.quantile(np.abs(np.diff(raw, axis=0)), 0.75, axis=0) / (1.150 * 2**0.5)


def _of_signal(signal: _Signal) -> Iterator[Episode]:
    for first, last in _stretches(signal):
        backed = np.count_nonzero(signal.raw[first : last + 1] > signal.low) > 1
        if backed and signal.smooth[first : last + 1].max() >= signal.high:
            episode = _episode(signal, first, last)
            if episode.length >= MICRO_S[0] or not (episode.begins and episode.ends):
                yield episode


def _stretches(signal: _Signal) -> list[tuple[int, int]]:
    """Return first and last frame of every stretch above the low level; a gap ends one."""
    above = signal.smooth > signal.low
    joined = above[1:] & above[:-1] & signal.together
    starts = np.flatnonzero(above & ~np.concatenate(([False], joined)))
    ends = np.flatnonzero(above & ~np.concatenate((joined, [False])))
    return [(int(first), int(last)) for first, last in zip(starts, ends, strict=True)]


def _episode(signal: _Signal, first: int, last: int) -> Episode:
    values = signal.smooth[first : last + 1]
    peak = float(values.max())
    held = signal.quiet + _HELD * (peak - signal.quiet)
    high = first + np.flatnonzero(values >= held)
    reached, left = int(high[0]), int(high[-1])
    begins = first > 0 and bool(signal.together[first - 1])
    ends = last + 1 < len(signal.times) and bool(signal.together[last])
    start, end = float(signal.times[first]), float(signal.times[last])
    return Episode(
        what=signal.what,
        start=_crossing(signal, first - 1, signal.low) if begins else start,
        held_from=_crossing(signal, reached - 1, held) if begins or reached > first else start,
        held_to=float(signal.times[left]),
        end=_crossing(signal, last, signal.low) if ends else end,
        apex=first + int(values.argmax()),
        peak=peak,
        rise=peak - signal.quiet,
        begins=begins,
        ends=ends,
    )


def _crossing(signal: _Signal, before: int, level: float) -> float:
    """Return when the signal crosses a level between a frame and the next."""
    low, high = signal.smooth[before], signal.smooth[before + 1]
    share = (level - low) / (high - low) if high != low else 0.0
    early, late = signal.times[before], signal.times[before + 1]
    return float(early + np.clip(share, 0, 1) * (late - early))
