"""One live source, watched over its windows: each frame is read once, each event told once.

Tracking, smoothing and events go on from window to window. Only numbers are kept of what was seen,
and no longer than the source is open; pixels stay with the windows.
"""

from dataclasses import replace

import numpy as np

from empathy_agent.affect import Event
from empathy_agent.perception.events import MICRO_S, Episode, as_events
from empathy_agent.perception.frames import Window
from empathy_agent.perception.look import (
    Expert,
    Follower,
    Look,
    Read,
    gathered,
    read_all,
)
from empathy_agent.perception.stream import Stream, episodes_now, fold
from empathy_agent.perception.track import BLINKS, Track

__all__ = ["PICTURE_S", "Watch"]

PICTURE_S = 20.0
"""Seconds a face may stay without blinking or moving before that is told.

People at a screen blink every nine seconds or so (Patel et al., 1991).
"""

_KEPT_S = 8.0
"""Seconds for which is known what a frame gave: longer than any window asked for."""
_BLINK = 0.25
"""What a unit of the lids rises by in a blink, at least."""
_ALIVE = 0.05
"""Standard deviation of some action unit that a living face has over that time, at least."""


class Watch:
    """What is known of one source so far; not for two threads at once."""

    def __init__(self, follower: Follower, expert: Expert) -> None:
        self._follower = follower
        self._expert = expert
        self._begin()

    def _begin(self) -> None:
        self._known: dict[float, Read] = {}
        self._who = 0
        self._stream = Stream()
        self._told: list[tuple[float, Episode]] = []
        self._latest = -np.inf

    def look(self, window: Window) -> tuple[Look, Track | None]:
        """Look at a window, of which earlier ones may have shown a part.

        Returns:
            The look, and of it the frames that were not read before; null when there are none.
        """
        frames = window.frames
        if frames[-1].at < self._latest - _KEPT_S:
            self._begin()  # the source has begun anew
        reads = read_all(frames, self._follower, self._expert, self._known)
        fresh = [each for each in frames if each.at not in self._known and each.at > self._latest]
        self._known.update((frame.at, read) for frame, read in zip(frames, reads, strict=True))
        self._latest = max(self._latest, frames[-1].at)
        self._known = {at: read for at, read in self._known.items() if self._latest - _KEPT_S <= at}
        look = gathered(frames, reads)
        new = self._folded(look, {each.at for each in fresh})
        return self._in_context(look), new

    def _folded(self, look: Look, fresh: set[float]) -> Track | None:
        """Take the frames that are new into the stream, and return them."""
        who = next((self._known[shot.frame.at].who for shot in look.shots), self._who)
        if who != self._who:
            self._who, self._stream, self._told = who, Stream(), []
        shots = [shot for shot in look.shots if shot.frame.at in fresh]
        if not shots:
            return None
        new = replace(look, shots=tuple(shots), started=0.0).track()
        self._stream, over = fold(self._stream, new)
        self._told += [(self._latest, each) for each in over]
        self._told = [each for each in self._told if each[0] >= self._latest - _KEPT_S]
        return new

    def _in_context(self, look: Look) -> Look:
        """Return a look with what its source has shown before in mind."""
        start, end = look.started, self._latest
        going_on = episodes_now(self._stream)
        shown = [each for each in going_on if each.start <= end and each.end >= start]
        episodes = [_within(each, look) for each in shown]
        over = [each for at, each in self._told if at >= start]
        begun = [each for each in shown if _lasts(each) and each.start >= start - MICRO_S[1]]
        events = [
            event
            for event in as_events([_since(start, each) for each in (*over, *begun)])
            if event.kind in {"micro_expression", "offset"} or _reaches(event)
        ]
        picture = self._no_sign_of_life()
        notes = (f"no blink and no movement for {picture:.0f} s, as in a picture held up",)
        return replace(
            look,
            episodes=tuple(episodes),
            events=tuple(events),
            notes=notes if picture else (),
            doubtful=bool(picture),
        )

    def _no_sign_of_life(self) -> float:
        """Return for how many seconds the face has not lived; 0 while it has, or none can tell."""
        track = self._stream.track
        if track is None or not len(track.times):
            return 0.0
        recent = np.asarray(track.times >= track.times[-1] - PICTURE_S - 0.5)
        times, units = track.times[recent], track.units[recent]
        lids = [at for at, name in enumerate(track.names) if name in BLINKS]
        seen = float(times[-1] - times[0])
        gaps = np.diff(times).max(initial=0.0)
        if seen < PICTURE_S or gaps > 1.0 or not lids:
            return 0.0
        blinked = np.ptp(units[:, lids], axis=0).max() >= _BLINK
        return 0.0 if blinked or units.std(0).max() >= _ALIVE else seen


def _lasts(each: Episode) -> bool:
    """Say whether it goes on, and is no brief one: that is told once it is over."""
    return each.begins and not each.ends and each.length > MICRO_S[1]


def _reaches(event: Event) -> bool:
    """Say whether an event lasts into the window, so that no earlier one has told it."""
    return event.start_ms + event.length_ms >= 0


def _since(start: float, each: Episode) -> Episode:
    """Return an episode by a clock that begins at `start`."""
    return replace(
        each,
        start=each.start - start,
        held_from=each.held_from - start,
        held_to=each.held_to - start,
        end=each.end - start,
    )


def _within(each: Episode, look: Look) -> Episode:
    """Return an episode by the window's clock and shots."""
    shifted = _since(look.started, each)
    times = np.array([shot.frame.at - look.started for shot in look.shots])
    height = (shifted.held_from + shifted.held_to) / 2
    return replace(shifted, apex=int(np.abs(times - height).argmin()) if len(times) else 0)
