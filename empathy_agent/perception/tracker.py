# pyright: basic, reportMissingImports=false
"""Who is who from frame to frame, and which of them is the user.

People are told apart by where they were and by a crude look at them: the colours of a face in
sixteen patches and its greys in a hundred and forty-four. That tells two people who cross from each
other, and knows somebody who was away for a moment. It is no recognition: it forgets whoever was
away for a minute, and all of it with the source.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from empathy_agent.perception.faces import Finder
from empathy_agent.perception.framing import Face, Pixels, matched, moved, overlap, upright

__all__ = ["FaceTracker", "Tracked"]

Floats = NDArray[np.float32]

AWAY_S = 60.0
"""Seconds after which somebody who left is forgotten."""

_RATE = 15.0
"""Frames a second, where nobody says when a frame was taken."""
_HELD_S = 1.0
"""Seconds for which a face is expected where steady motion would have brought it."""
_STEADY_S = 0.1
"""Seconds over which a speed is averaged."""
_SEARCH_S = 0.15
"""Seconds between two searches of the whole frame where nothing asks for one sooner."""
_CROWD_S = 0.06
"""Seconds between two of them while people are close to each other."""
_SURELY = 3
"""Searches without a face after which nobody is there."""
_MOST = 8
"""People who are kept in mind."""
_OVERLAP = 0.2
"""A face belongs to somebody expected there from so much overlap on."""
_ALIKE = 0.0
"""A face that turns up elsewhere is somebody who left from so much likeness on.

Of drawn people who turn, tilt, pull faces and move out of the light, 3 in 4 pairs of looks at the
same one lie above, and 1 in 14 pairs of two.
"""
_COLOURS = 8.0
"""What a difference of colours counts against one of greys."""
_BESIDE = 1.6
"""Faces nearer than so many of their sizes may be taken for each other."""


@dataclass(frozen=True)
class Tracked:
    """What following found in one frame."""

    faces: int
    """How many faces are in the frame, as far as the last full search knows."""
    user: Face | None
    """The largest, steadiest face; null when there is none."""
    who: int = 0
    """Which person the user is: 1, 2, …, the same after a moment away; 0 when there is none."""
    fresh: bool = True
    """The face was found by a search of the whole frame."""


@dataclass(frozen=True, eq=False)
class _Person:
    who: int
    face: Face
    since: float
    """Seconds, when first seen."""
    at: float
    """Seconds, when last seen."""
    speed: tuple[float, float] = (0.0, 0.0)
    """Pixels a second."""
    looks: Floats | None = None
    """What they look like, slowly averaged; null where nothing could be seen."""

    def expected(self, at: float) -> Face:
        """Return their face where steady motion would have brought it."""
        ahead = max(0.0, min(at - self.at, _HELD_S))
        return moved(self.face, 1.0, self.speed[0] * ahead, self.speed[1] * ahead)

    def seen(self, face: Face, at: float, looks: Floats | None = None) -> "_Person":
        """Return them after another frame; large leaps are not motion."""
        since = max(at - self.at, 1e-3)
        steps = (_middle(face) - _middle(self.face)) / since
        share, most = 1 - np.exp(-since / _STEADY_S), 7.5 * face.size
        speed = np.clip((1 - share) * np.array(self.speed) + share * steps, -most, most)
        if looks is not None and self.looks is not None and looks.shape == self.looks.shape:
            looks = (0.8 * self.looks + 0.2 * looks).astype(np.float32)
        return replace(
            self,
            face=face,
            at=at,
            speed=(float(speed[0]), float(speed[1])),
            looks=self.looks if looks is None else looks,
        )


class FaceTracker:
    """Follows the user's face from frame to frame; one for each source, not shared.

    The whole frame is searched at first, then every `every`-th frame (of a fast camera, a little
    less often), whenever the face is not where it was, and more often while somebody else is close
    to it; in between, only the square round where it should be. The user stays the user until
    another face was half as large again for `patience` seconds, or until the user was missing for
    as long: a stranger who walks past, also between user and camera, does not take over.
    """

    def __init__(self, finder: Finder, every: int = 5, patience: float = 1.0) -> None:
        self._finder = finder
        self._every = every
        self._patience = patience
        self._people: dict[int, _Person] = {}
        self._user = 0
        self._named = 0
        self._age = 0
        self._faces = 0
        self._doubted: float | None = None
        self._empty = 0
        self._at = -np.inf
        self._searched = -np.inf

    def follow(self, pixels: Pixels, at: float | None = None) -> Tracked:
        """Return how many faces there are in the next frame, and the user's.

        Args:
            pixels: the frame.
            at: seconds on the source's clock; left out, a fifteenth after the last frame.
        """
        now = self._now(at)
        if self._empty >= _SURELY and 0 <= now - self._searched < _SEARCH_S:
            return Tracked(0, None)
        user = self._people.get(self._user)
        if self._steady(user, now) and user is not None:
            face = self._finder.near(pixels, user.expected(now))
            if face is not None:
                self._age += 1
                self._people[user.who] = user.seen(face, now)
                return Tracked(max(1, self._faces), face, user.who, fresh=False)
        return self._search(pixels, now)

    def _now(self, at: float | None) -> float:
        if at is None or not np.isfinite(at):
            at = self._at + 1 / _RATE if np.isfinite(self._at) else 0.0
        self._at = at
        return at

    def _steady(self, user: _Person | None, now: float) -> bool:
        """Say whether the user can be looked for where they were."""
        if user is None or self._doubted is not None or not 0 <= now - user.at <= _HELD_S:
            return False
        since = now - self._searched
        if self._crowded(user, now):
            return since < _CROWD_S
        return self._age + 1 < self._every or since < _SEARCH_S

    def _crowded(self, user: _Person, now: float) -> bool:
        """Say whether somebody else is where the user is looked for."""
        here = user.expected(now)
        reach = _BESIDE * here.size
        return any(
            np.abs(_middle(each.expected(now)) - _middle(here)).max() < reach
            for each in self._people.values()
            if each.who != user.who and now - each.at < _HELD_S
        )

    def _search(self, pixels: Pixels, now: float) -> Tracked:
        faces = self._finder.find(pixels)
        self._age, self._faces, self._searched = 0, len(faces), now
        self._empty = 0 if faces else self._empty + 1
        found = self._named_faces(pixels, faces, now)
        self._choose(found, now)
        user = found.get(self._user)
        return Tracked(len(faces), user, self._user if user is not None else 0)

    def _choose(self, found: dict[int, Face], now: float) -> None:
        """Decide who is the user from now on."""
        largest = max(found, key=lambda who: found[who].size, default=0)
        here = found.get(self._user)
        if here is not None and found[largest].size <= 1.5 * here.size:
            self._doubted = None
            return
        if self._doubted is None or now < self._doubted:
            self._doubted = now
        # Somebody never seen before, alone, is the user who moved fast.
        leapt = here is None and len(found) == 1 and self._people[largest].since == now
        known = self._user in self._people
        if not known or leapt or now - self._doubted >= self._patience:
            self._doubted, self._user = None, largest

    def _named_faces(self, pixels: Pixels, faces: Sequence[Face], now: float) -> dict[int, Face]:
        """Return the faces of a frame by who they are, and keep them in mind."""
        faces = faces[:_MOST]
        looks = [looks_of(pixels, face) for face in faces]
        self._people = {
            who: each for who, each in self._people.items() if 0 <= now - each.at <= AWAY_S
        }
        named = _same_place(self._people.values(), faces, looks, now)
        left = [each for who, each in self._people.items() if who not in named]
        for number, face in enumerate(faces):
            if number not in named.values():
                who = _likeliest(left, face, looks[number])
                left = [each for each in left if each.who != who]
                named[who or self._new()] = number
        for who, number in named.items():
            known = self._people.get(who)
            self._people[who] = (
                known.seen(faces[number], now, looks[number])
                if known is not None
                else _Person(who, faces[number], now, now, looks=looks[number])
            )
        latest = sorted(self._people.values(), key=lambda each: -each.at)[:_MOST]
        self._people = {each.who: each for each in latest}
        return {who: faces[number] for who, number in named.items()}

    def _new(self) -> int:
        self._named += 1
        return self._named


def looks_of(pixels: Pixels, face: Face) -> Floats | None:
    """Return what a face looks like, roughly: [144] greys, and [48] colours of a colour frame."""
    greys = cv2.resize(upright(pixels, face, 24)[0], (12, 12), interpolation=cv2.INTER_AREA)
    flat = greys.astype(np.float64).ravel() - greys.mean()
    length = float(np.linalg.norm(flat))
    if length < 1.0:
        return None
    rough = (flat / length).astype(np.float32)
    if pixels.ndim < 3 or pixels.shape[2] < 3:
        return rough
    height, width = pixels.shape[:2]
    x0, y0, x1, y1 = np.clip(face.box, 0, [width, height] * 2).astype(int)
    part = pixels[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1), :3]
    if not part.size:
        return rough
    patches = cv2.resize(np.ascontiguousarray(part), (4, 4), interpolation=cv2.INTER_AREA)
    colours = patches.reshape(-1, 3).astype(np.float32)
    shares = colours / np.maximum(colours.sum(1, keepdims=True), 1) - np.float32(1 / 3)
    return np.concatenate([rough, shares.ravel()])


def alike(one: Floats | None, other: Floats | None) -> float | None:
    """Return how alike two looks are, at most 1; null where that cannot be known."""
    if one is None or other is None or one.shape != other.shape:
        return None
    greys = float(one[:144] @ other[:144])
    return greys - _COLOURS * float(np.linalg.norm(one[144:] - other[144:]))


def _same_place(
    people: Iterable[_Person],
    faces: Sequence[Face],
    looks: Sequence[Floats | None],
    now: float,
) -> dict[int, int]:
    """Match people to the faces where they should be; of several, by their looks."""
    pairs: list[tuple[float, int, int]] = []
    boxes = np.array([face.box for face in faces], np.float32).reshape(-1, 4)
    for person in people:
        if now - person.at > _HELD_S or not faces:
            continue
        shares = overlap(np.array(person.expected(now).box, np.float32), boxes)
        for number in np.flatnonzero(shares >= _OVERLAP).tolist():
            likeness = alike(person.looks, looks[number]) or 0.0
            pairs.append((float(shares[number]) + 0.5 * likeness, person.who, number))
    named: dict[int, int] = {}
    for _, who, number in sorted(pairs, reverse=True):
        if who not in named and number not in named.values():
            named[who] = number
    return named


def _likeliest(people: Sequence[_Person], face: Face, looks: Floats | None) -> int:
    """Return who of those that are missing has turned up again; 0: nobody we know."""
    best, most = 0, _ALIKE
    for person in people:
        likeness = alike(person.looks, looks)
        if likeness is None:  # nothing to go by but the place
            likeness = 0.0 if matched(person.face, [face]) is not None else -np.inf
        if likeness > most:
            best, most = person.who, likeness
    return best


def _middle(face: Face) -> NDArray[np.float64]:
    x0, y0, x1, y1 = face.box
    return np.array([(x0 + x1) / 2, (y0 + y1) / 2])
