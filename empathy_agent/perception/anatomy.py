"""Where the features of a drawn face are: from action units to contours, folds and bulges.

Lengths are in half face widths (about 68 mm); the origin lies between the eyes, x points to the
right of the picture, y down and z towards the viewer. Rest positions follow adult averages of
Farkas, Anthropometry of the Head and Face (1994); what moves where follows the FACS manual
(Ekman, Friesen and Hager, 2002).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from empathy_agent.perception.person import Person

__all__ = ["SIDES", "Bump", "Eye", "Face", "Mouth", "Stroke", "face_of"]

Points = NDArray[np.float32]
"""[n, 2], x and y."""
SIDES = (-1, 1)
"""Left and right of the picture; the left of the picture is the person's right."""


@dataclass(frozen=True)
class Stroke:
    """A fold of the skin."""

    points: Points
    depth: float
    """0 to 1."""
    width: float


@dataclass(frozen=True)
class Bump:
    """A soft bulge of the skin, a dent where `height` is negative."""

    x: float
    y: float
    wide: float
    tall: float
    height: float


@dataclass(frozen=True)
class Eye:
    """One eye."""

    upper: Points
    """The upper lid's edge, from the nose outwards."""
    lower: Points
    crease: Points
    iris: tuple[float, float]
    radius: float
    open: float
    """0 is shut."""


@dataclass(frozen=True)
class Mouth:
    """The lips, each edge from left to right."""

    upper_out: Points
    upper_in: Points
    lower_in: Points
    lower_out: Points
    gap: float
    """Between the lips, at the middle."""
    upper_teeth: float
    """Height of what shows of them."""
    lower_teeth: float


@dataclass(frozen=True)
class Face:
    """All that moves."""

    brows: tuple[Points, Points]
    """Closed outlines."""
    eyes: tuple[Eye, Eye]
    mouth: Mouth
    strokes: tuple[Stroke, ...]
    bumps: tuple[Bump, ...]
    shadows: tuple[Bump, ...]
    """Where the skin lies in shade; the height is how dark, 0 to 1."""
    nostril_y: float
    jaw_drop: float


class _Units:
    """Action units of one side: `AU12` counts for both, `AU12L` and `AU12R` for the person's."""

    def __init__(self, units: Mapping[str, float], side: int = 0) -> None:
        self._units = units
        self._ends = {-1: "R", 1: "L"}.get(side, "")

    def __getitem__(self, number: int) -> float:
        whole = self._units.get(f"AU{number}", 0.0)
        if self._ends:
            return max(whole, self._units.get(f"AU{number}{self._ends}", 0.0))
        parts = [self._units.get(f"AU{number}{end}", 0.0) for end in "LR"]
        return max(whole, sum(parts) / 2)


def face_of(person: Person, action_units: Mapping[str, float]) -> Face:
    """Place the features of a person whose face does this.

    Args:
        person: Whose face.
        action_units: FACS id (`AU12`, or `AU12L` and `AU12R` for one side) to [0, 1].
    """
    both = _Units(action_units)
    left, right = (_Units(action_units, side) for side in SIDES)
    drop = max(0.3 * both[26], 0.45 * both[27])
    mouth = _mouth(person, both, left, right, drop)
    strokes: list[Stroke] = []
    bumps: list[Bump] = []
    shadows = _middle_shadows(both)
    for side, units in zip(SIDES, (left, right), strict=True):
        strokes += _side_strokes(person, side, units, mouth)
        bumps += _side_bumps(person, side, units, mouth)
        shadows += _side_shadows(side, units, mouth)
    strokes += _middle_strokes(person, both, mouth)
    bumps += _middle_bumps(both, mouth)
    return Face(
        brows=(_brow(person, -1, left), _brow(person, 1, right)),
        eyes=(_eye(person, -1, left), _eye(person, 1, right)),
        mouth=mouth,
        strokes=tuple(strokes),
        bumps=tuple(bumps),
        shadows=tuple(shadows),
        nostril_y=0.655 - 0.035 * both[9] - 0.015 * both[10],
        jaw_drop=drop,
    )


def _curve(*points: tuple[float, float], n: int = 16) -> Points:
    """Run a smooth line through a few points (Catmull-Rom)."""
    given = np.array([points[0], *points, points[-1]], np.float32)
    steps = np.linspace(0, len(points) - 1 - 1e-4, n, dtype=np.float32)
    at = steps.astype(int)
    t = (steps - at)[:, None]
    a, b, c, d = (given[at + k] for k in range(4))
    line = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    return line.astype(np.float32)


def _mirrored(points: Points, side: int) -> Points:
    return points * np.array([side, 1], np.float32)


def _brow(person: Person, side: int, units: _Units) -> Points:
    up1, up2, down, nose = units[1], units[2], units[4], units[9]
    together = 0.075 * down + 0.04 * nose
    # Raised and drawn together at once, brows do not come down: fear and grief.
    down *= 1 - 0.65 * up1
    inner = (0.18 - together, -0.255 - 0.15 * up1 + 0.16 * down + 0.17 * nose)
    middle = (0.36 - 0.6 * together, -0.297 - 0.08 * up1 - 0.07 * up2 + 0.125 * down + 0.14 * nose)
    peak = (0.57 - 0.2 * together, -0.317 - 0.135 * up2 + 0.02 * up1 + 0.05 * down + 0.07 * nose)
    outer = (0.78, -0.235 - 0.11 * up2 + 0.04 * up1 + 0.02 * down + 0.05 * nose)
    line = _curve(inner, middle, peak, outer)
    half = (
        0.047
        * person.brow
        * np.interp(
            np.linspace(0, 1, len(line)), [0, 0.1, 0.45, 0.8, 1], [0.75, 1.05, 1.1, 0.7, 0.2]
        )
    )
    offset = np.stack([np.zeros_like(half), half], 1).astype(np.float32)
    return _mirrored(np.concatenate([line - offset, (line + offset)[::-1]]), side)


def _eye(person: Person, side: int, units: _Units) -> Eye:
    t = np.linspace(-1, 1, 17, dtype=np.float32)
    x = person.spacing + 0.225 * person.eye * t
    tilt = 0.012 - 0.022 * t - 0.02 * units[1] * (1 - t) / 2 + 0.02 * units[15] * (1 + t) / 2
    arch = (1 - t * t) ** 0.72
    up = 0.093 + 0.072 * units[5] - 0.02 * units[7] - 0.018 * units[6] - 0.014 * units[4]
    low = 0.056 + 0.015 * units[5] - 0.034 * units[7] - 0.028 * units[6] - 0.03 * units[9]
    up = max(up - 0.012 * units[9], 0.02) * person.eye
    low = max(low, 0.012) * person.eye
    shut = max(units[43], units[45])
    up, low = up * (1 - shut) - 0.75 * low * shut, low
    # The lids' highest point lies towards the nose, as it does in people.
    upper = np.stack([x, tilt - up * arch * (1 - 0.12 * t)], 1)
    lower = np.stack([x, tilt + low * arch * (1 + 0.12 * t)], 1)
    fold = 0.055 - 0.025 * units[4] + 0.012 * units[5]
    crease = np.stack([x, tilt - (max(up, 0.03) + fold) * arch**0.8 - 0.012], 1)
    return Eye(
        upper=_mirrored(upper, side),
        lower=_mirrored(lower, side),
        crease=_mirrored(crease, side),
        iris=(side * person.spacing, -0.014 * person.eye),
        radius=0.088 * person.eye,
        open=max(0.0, up + low),
    )


def _corner(person: Person, units: _Units, drop: float) -> tuple[float, float]:
    """Place one corner of the mouth, unmirrored."""
    out = 0.37 * person.mouth
    out += 0.13 * units[12] + 0.11 * units[20] + 0.03 * units[14] - 0.02 * units[15]
    out -= 0.05 * units[23] + 0.02 * units[24] + 0.03 * units[17] + 0.3 * drop * (1 - units[12])
    y = 1.0 - 0.16 * units[12] + 0.13 * units[15] + 0.03 * units[20] - 0.035 * units[14]
    return out, y + 0.42 * drop


def _mouth(person: Person, both: _Units, left: _Units, right: _Units, drop: float) -> Mouth:
    t = np.linspace(-1, 1, 25, dtype=np.float32)
    (xl, yl), (xr, yr) = _corner(person, left, drop), _corner(person, right, drop)
    x = np.where(t < 0, xl, xr) * t
    corner = np.where(t < 0, yl, yr)
    press = max(both[23], both[24])
    raised = 0.075 * both[10] + 0.03 * both[9]
    middle = 1.0 - 0.6 * raised - 0.045 * both[17] - 0.08 * both[12] + 0.1 * drop
    parted = (0.09 + 0.1 * both[12] + 0.06 * both[10]) * max(both[25], both[26], both[27])
    above = parted * 0.35 + 0.4 * raised * both[25]
    below = parted * 0.65 + 0.85 * drop + 0.06 * both[16] * max(both[25], 0.3)
    sneer = max(both[10], 0.6 * both[9])
    bow = np.abs(t) ** (1.7 + sneer)
    line = middle * (1 - bow) + corner * bow
    square = max(both[20], 1.4 * both[10], 1.4 * both[16], both[23] * both[25])
    lens = (1 - np.abs(t) ** (2.0 + 1.2 * square)) ** 0.8
    upper_in = line - above * lens - 0.016 * both[10] * (np.abs(t) < 0.8)
    lower_in = line + below * lens
    thin = (1 - 0.15 * both[12]) * (1 - 0.62 * press) * (1 - 0.2 * both[20])
    cupid = (
        1 - 0.2 * np.exp(-((t / 0.13) ** 2)) + 0.12 * np.exp(-(((np.abs(t) - 0.28) / 0.17) ** 2))
    )
    hill = np.clip(1 - np.abs(t) ** (2.2 + 1.5 * sneer), 0, 1)
    top = 0.105 * person.lip * thin * (1 + 0.15 * both[10]) * cupid * hill + 0.008
    bottom = 0.14 * person.lip * thin * (1 + 0.15 * both[17]) * (1 - np.abs(t) ** 2.6) + 0.008
    gap = above + below
    grin = max(both[12], 0.5 * both[20], 0.5 * both[10])
    return Mouth(
        upper_out=np.stack([x, upper_in - top], 1).astype(np.float32),
        upper_in=np.stack([x, upper_in], 1).astype(np.float32),
        lower_in=np.stack([x, lower_in], 1).astype(np.float32),
        lower_out=np.stack([x, lower_in + bottom], 1).astype(np.float32),
        gap=gap,
        upper_teeth=min(gap, 0.02 + 0.13 * grin),
        lower_teeth=min(max(gap - 0.1, 0.0), 0.08 * max(both[16], both[20], 0.6 * both[27])),
    )


def _side_strokes(person: Person, side: int, units: _Units, mouth: Mouth) -> list[Stroke]:
    corner = mouth.upper_in[0 if side < 0 else -1]
    x, y = abs(float(corner[0])), float(corner[1])
    pull = max(units[12], 0.8 * units[9], units[10], 0.5 * units[20])
    lift = 0.05 * units[9] + 0.04 * units[10]
    found: list[tuple[Points, float, float]] = [
        (
            _curve(
                (0.25, 0.53 - lift),
                (0.35 + 0.04 * pull, 0.64 - lift),
                (0.42 + 0.05 * pull, 0.76 - 0.5 * lift),
            ),
            0.16 + 0.8 * pull,
            0.035,
        ),
        (
            _curve(
                (0.42 + 0.05 * pull, 0.76 - 0.5 * lift),
                (max(0.46, x + 0.07), 0.88 - 0.04 * units[12]),
                (max(0.46, x + 0.1), y + 0.02 - 0.06 * units[12] + 0.08 * units[15]),
            ),
            0.1 + max(0.8 * units[12], 0.3 * pull),
            0.035,
        ),
        (_curve((0.17, 0.49 - lift), (0.26, 0.56 - lift), (0.22, 0.66 - lift)), 0.45, 0.03),
        (_curve((x + 0.01, y - 0.02), (x + 0.035, y + 0.03)), 0.4, 0.04),
    ]
    bag = 0.1 + 0.5 * max(units[6], units[7])
    e = person.spacing
    found.append((_curve((e - 0.18, 0.1), (e, 0.15), (e + 0.17, 0.11)), bag, 0.025))
    if units[6] > 0.05:
        found += [
            (_curve((e + 0.27, dy), (e + 0.42, dy + 0.6 * dy - 0.01)), 0.5 * units[6], 0.018)
            for dy in (-0.05, 0.02, 0.09)
        ]
    if units[15] > 0.05:
        found.append((_curve((x + 0.02, y), (x + 0.07, y + 0.14)), 0.8 * units[15], 0.04))
    if units[14] > 0.05:
        found.append(
            (_curve((x + 0.06, y - 0.1), (x + 0.1, y), (x + 0.06, y + 0.1)), 0.9 * units[14], 0.04)
        )
    if units[20] > 0.05:
        found.append((_curve((x + 0.1, y - 0.12), (x + 0.14, y + 0.1)), 0.5 * units[20], 0.035))
    if units[9] > 0.05:
        found += [
            (_curve((0.1, dy), (0.2, dy + 0.07)), 0.7 * units[9], 0.022)
            for dy in (0.08, 0.17, 0.26)
        ]
    return [Stroke(_mirrored(points, side), depth, width) for points, depth, width in found]


def _middle_strokes(person: Person, both: _Units, mouth: Mouth) -> list[Stroke]:
    found: list[Stroke] = []
    frown = max(both[4], 0.5 * both[9])
    if frown > 0.05:
        found += [
            Stroke(_curve((s * 0.065, -0.4), (s * 0.055, -0.17)), 0.9 * frown, 0.03) for s in SIDES
        ]
    if both[9] > 0.05:
        found += [
            Stroke(_curve((-0.1, y + 0.015), (0, y), (0.1, y + 0.015)), 0.6 * both[9], 0.022)
            for y in (-0.1, -0.03)
        ]
    reach = 0.3 + 0.4 * both[2]
    raised = max(both[1], both[2]) * (1 - 0.4 * both[4])
    if raised > 0.05:
        found += [
            Stroke(
                _curve(
                    (-reach, y),
                    (-reach / 2, y - 0.03),
                    (0, y + 0.012),
                    (reach / 2, y - 0.03),
                    (reach, y),
                ),
                depth * raised,
                0.025,
            )
            for y, depth in ((-0.62, 0.3), (-0.74, 0.25))
        ]
    low = float(mouth.lower_out[12, 1])
    found.append(
        Stroke(
            _curve((-0.17, low + 0.07), (0, low + 0.09), (0.17, low + 0.07)),
            0.3 + 0.4 * both[17],
            0.06,
        )
    )
    found.append(Stroke(_curve((0, 0.73), (0, 0.86 - 0.03 * both[10])), 0.18, 0.07))
    return found


def _side_bumps(person: Person, side: int, units: _Units, mouth: Mouth) -> list[Bump]:
    cheek = max(units[6], 0.8 * units[12])
    lift = 0.08 * cheek
    return [
        Bump(side * 0.53, 0.45 - lift, 0.24, 0.2, 0.045 + 0.075 * cheek),
        Bump(side * 0.3, 0.5, 0.12, 0.14, 0.04 * max(units[9], units[10])),
        Bump(side * 0.2, -0.2, 0.12, 0.08, 0.06 * units[4]),
        Bump(side * 0.22, -0.06, 0.11, 0.07, -0.06 * max(units[4], 0.7 * units[9])),
        Bump(side * person.spacing, -0.04, 0.22, 0.1, 0.03 - 0.02 * units[5]),
        Bump(side * 0.62, 1.15, 0.16, 0.3, -0.03 * units[27]),
    ]


def _middle_bumps(both: _Units, mouth: Mouth) -> list[Bump]:
    top, bottom = float(mouth.upper_out[12, 1]), float(mouth.lower_out[12, 1])
    upper_in, lower_in = float(mouth.upper_in[12, 1]), float(mouth.lower_in[12, 1])
    return [
        Bump(0, (top + upper_in) / 2, 0.26, 0.06, 0.035),
        Bump(0, (bottom + lower_in) / 2, 0.24, 0.07, 0.05),
        Bump(0, bottom + 0.25 - 0.04 * both[17], 0.2, 0.16, 0.05 + 0.05 * both[17]),
    ]


def _side_shadows(side: int, units: _Units, mouth: Mouth) -> list[Bump]:
    corner = mouth.upper_in[0 if side < 0 else -1]
    x, y = abs(float(corner[0])), float(corner[1])
    pull = max(units[12], 0.9 * units[9], 0.9 * units[10])
    frown = max(units[4], 0.6 * units[9])
    return [
        Bump(side * 0.38, 0.73, 0.12, 0.17, 0.34 * pull),
        Bump(side * (x + 0.07), y - 0.05, 0.09, 0.11, 0.3 * max(units[12], 0.6 * units[15])),
        Bump(side * (x + 0.09), y, 0.07, 0.12, 0.3 * max(units[14], 0.7 * units[20])),
        Bump(side * 0.22, -0.08, 0.12, 0.09, 0.32 * frown),
        Bump(side * 0.5, 1.0, 0.13, 0.28, 0.14 * max(units[26], units[27])),
    ]


def _middle_shadows(both: _Units) -> list[Bump]:
    frown = max(both[4], 0.6 * both[9])
    return [Bump(0, -0.19, 0.12, 0.13, 0.3 * frown), Bump(0, 0.05, 0.13, 0.2, 0.2 * both[9])]
