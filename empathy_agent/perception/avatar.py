"""A drawn person whose face does what it is told: for demos, tests and scripted scenarios.

No photograph and no camera is needed, and what is drawn is known exactly: a pure function from
FACS action units, head pose and light to a picture.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from empathy_agent.affect import Emotion
from empathy_agent.errors import SetupError, near
from empathy_agent.perception.anatomy import face_of
from empathy_agent.perception.frames import Frame, Window
from empathy_agent.perception.person import person_of

__all__ = [
    "ACTION_UNITS",
    "PROTOTYPES",
    "Expression",
    "Part",
    "demonstration",
    "draw",
    "expression_of",
    "micro",
    "perform",
    "script",
]

ACTION_UNITS: tuple[str, ...] = tuple(
    f"AU{number}{side}"
    for number in (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 16, 17, 20, 23, 24, 25, 26, 27, 43, 45)
    for side in ("", "L", "R")
)
"""What the face can do; `L` and `R` are the person's own left and right."""

PROTOTYPES: Mapping[Emotion, Mapping[str, float]] = {
    Emotion.NEUTRAL: {},
    Emotion.HAPPINESS: {"AU6": 0.9, "AU12": 1.0, "AU25": 0.9},
    Emotion.SADNESS: {"AU1": 1.0, "AU4": 0.7, "AU15": 1.0, "AU17": 0.7, "AU43": 0.35},
    Emotion.SURPRISE: {"AU1": 0.9, "AU2": 1.0, "AU5": 0.9, "AU26": 1.0},
    Emotion.FEAR: {
        **{"AU1": 1.0, "AU2": 0.4, "AU4": 0.3, "AU5": 1.0},
        **{"AU16": 0.5, "AU20": 1.0, "AU25": 1.0, "AU26": 0.9},
    },
    Emotion.ANGER: {
        **{"AU4": 1.0, "AU5": 0.2, "AU7": 0.8, "AU10": 1.0, "AU16": 0.8},
        **{"AU23": 0.8, "AU25": 1.0, "AU27": 0.75},
    },
    Emotion.DISGUST: {
        **{"AU7": 0.8, "AU9": 1.0, "AU10": 1.0, "AU15": 1.0, "AU16": 0.4},
        **{"AU17": 0.9, "AU25": 0.6, "AU26": 0.45, "AU43": 0.4},
    },
    Emotion.CONTEMPT: {"AU4": 0.4, "AU12R": 0.9, "AU14R": 1.0},
}
"""Action units of each emotion at full strength, after EMFACS (Friesen and Ekman, 1983)."""

Part = tuple[Emotion, float, float]
"""An emotion, for how many seconds, how intense from 0 to 1."""

EASE_S = 0.5
"""Longest onset or offset of an expression."""
BLINK_EVERY_S = 4.0
BLINK_S = 0.24

DEMO: tuple[Part, ...] = (
    (Emotion.NEUTRAL, 6.0, 0.0),
    (Emotion.HAPPINESS, 2.5, 0.45),
    (Emotion.NEUTRAL, 4.0, 0.0),
    (Emotion.SADNESS, 7.0, 0.8),
    (Emotion.NEUTRAL, 4.0, 0.0),
    (Emotion.SURPRISE, 1.5, 0.7),
    (Emotion.NEUTRAL, 3.0, 0.0),
    (Emotion.HAPPINESS, 4.0, 0.9),
)


@dataclass(frozen=True)
class Expression:
    """What a face does at one moment."""

    action_units: Mapping[str, float] = field(default_factory=dict[str, float])
    """FACS id, one of `ACTION_UNITS`, to intensity in [0, 1]."""
    yaw: float = 0.0
    """Degrees; positive turns the head to the left of the picture. Drawn well up to 35."""
    pitch: float = 0.0
    """Degrees; positive looks up. Drawn well up to 25."""
    roll: float = 0.0
    """Degrees; positive tilts the head clockwise in the picture."""
    light: float = 1.0
    """1 is a well-lit room, 0 is night, 2 washes out."""

    def __post_init__(self) -> None:
        for unit, intensity in self.action_units.items():
            if unit not in ACTION_UNITS:
                raise SetupError(f"no action unit {unit!r} to draw{near(unit, ACTION_UNITS)}")
            if not 0 <= intensity <= 1:
                raise SetupError(f"{unit} is {intensity}; an intensity lies in [0, 1]")
        if not all(map(math.isfinite, (self.yaw, self.pitch, self.roll, self.light))):
            raise SetupError("yaw, pitch, roll and light are finite numbers")


def draw(
    expression: Expression,
    size: tuple[int, int] = (640, 480),
    colour: bool = True,
    seed: int = 0,
) -> NDArray[np.uint8]:
    """Draw a person.

    Args:
        expression: What the face does.
        size: Width and height in pixels.
        colour: RGB, or grey.
        seed: Another seed is another person, who resembles nobody on purpose.

    Returns:
        [height, width, 3], or [height, width]; the same pixels for the same arguments.
    """
    # The painting loads cv2, which nothing that only speaks of expressions needs.
    from empathy_agent.perception.portrait import paint

    if min(size) < 1:
        raise SetupError(f"a picture of {size[0]}x{size[1]} pixels cannot be drawn")
    person = person_of(seed)
    face = face_of(person, expression.action_units)
    turn = (expression.yaw, expression.pitch, expression.roll)
    return paint(person, face, turn, expression.light, size, colour)


def expression_of(emotion: Emotion, intensity: float = 0.8) -> Expression:
    """Return the prototype of an emotion, looking into the camera.

    Args:
        emotion: Which.
        intensity: 0 is a face at rest, 1 the full prototype.
    """
    return Expression(_units(emotion, intensity))


def script(
    parts: Sequence[Part],
    fps: float = 15,
    size: tuple[int, int] = (640, 480),
    seed: int = 0,
    colour: bool = True,
) -> Window:
    """Film a person going through some emotions, one after another.

    Args:
        parts: At least one; the first is there from the start, the others ease in.
        fps: Frames a second.
        size: Width and height in pixels.
        seed: Who, and when they blink and move.
        colour: RGB, or grey.
    """
    at = perform(parts, seed)
    count = max(1, round(sum(seconds for _, seconds, _ in parts) * fps))
    times = [number / fps for number in range(count)]
    return Window(tuple(Frame(time, draw(at(time), size, colour, seed)) for time in times))


def perform(
    parts: Sequence[Part], seed: int = 0, loop: bool = False
) -> Callable[[float], Expression]:
    """Play a script: return a pure function from seconds to the expression at that time.

    Args:
        parts: As for `script`.
        seed: When the person blinks, and how the head sways.
        loop: Begin again at the end, rather than stay in the last part.
    """
    _check(parts)
    starts = np.cumsum([0.0, *(seconds for _, seconds, _ in parts)])
    units = [_units(emotion, intensity) for emotion, _, intensity in parts]

    def at(time: float) -> Expression:
        now = time % float(starts[-1]) if loop else time
        index = int(np.clip(np.searchsorted(starts, now, "right") - 1, 0, len(parts) - 1))
        shown = dict(units[index])
        if loop or index:
            # A brief part is reached and left quickly, or it would never be seen at its height.
            ease = min(EASE_S, 0.4 * parts[index][1], 0.4 * parts[index - 1][1])
            shown = _mixed(units[index - 1], shown, (now - float(starts[index])) / ease)
        shown["AU45"] = max(shown.get("AU45", 0.0), _blink(time, seed))
        sway = [
            math.sin(time * rate + seed + phase) for rate, phase in ((0.9, 0), (1.3, 2), (0.7, 4))
        ]
        return Expression(shown, yaw=3.0 * sway[0], pitch=1.5 * sway[1], roll=1.5 * sway[2])

    return at


def micro(
    part: Part,
    at: float,
    emotion: Emotion = Emotion.HAPPINESS,
    seconds: float = 0.3,
    intensity: float = 0.7,
) -> list[Part]:
    """Interrupt a part by a micro-expression, such as a smile of 0.3 s in a sad stretch.

    Args:
        part: What is interrupted.
        at: When, in seconds from its start.
        emotion: What flashes up.
        seconds: For how long.
        intensity: How intense, 0 to 1.
    """
    held, length, strength = part
    if not 0 < at < at + seconds < length:
        raise SetupError(f"a micro-expression of {seconds} s at {at} s is not within {length} s")
    rest = length - at - seconds
    return [(held, at, strength), (emotion, seconds, intensity), (held, rest, strength)]


def demonstration(emotion: Emotion | None = None) -> Callable[[float], Expression]:
    """Return what the source `demo` plays for ever: a little script, or one emotion."""
    return perform(DEMO if emotion is None else [(emotion, 10.0, 0.8)], loop=True)


def _check(parts: Sequence[Part]) -> None:
    if not parts:
        raise SetupError("a script has at least one part: an emotion, seconds and an intensity")
    for emotion, seconds, intensity in parts:
        if not (seconds > 0 and math.isfinite(seconds)):
            raise SetupError(f"{emotion} for {seconds} s: a part of a script takes some time")
        if not 0 <= intensity <= 1:
            raise SetupError(f"{emotion} at {intensity}: an intensity lies in [0, 1]")


def _units(emotion: Emotion, intensity: float) -> dict[str, float]:
    if not 0 <= intensity <= 1:
        raise SetupError(f"{emotion} at {intensity}: an intensity lies in [0, 1]")
    return {unit: most * intensity for unit, most in PROTOTYPES[emotion].items()}


def _mixed(
    before: Mapping[str, float], after: Mapping[str, float], done: float
) -> dict[str, float]:
    """Ease from one expression into another: slowly off, slowly in."""
    t = min(max(done, 0.0), 1.0)
    t = t * t * (3 - 2 * t)
    names = {**before, **after}
    return {name: before.get(name, 0.0) * (1 - t) + after.get(name, 0.0) * t for name in names}


def _blink(time: float, seed: int) -> float:
    """Say how far the eyes are closed: once every four seconds or so, never on a beat."""
    slot = math.floor(time / BLINK_EVERY_S)
    jitter = math.sin(12.9898 * slot + 78.233 * seed + 1) * 43758.5453 % 1
    since = time - BLINK_EVERY_S * slot - 0.4 - jitter * (BLINK_EVERY_S - 1)
    return max(0.0, 1 - abs(since / (BLINK_S / 2) - 1)) ** 0.5 if 0 < since < BLINK_S else 0.0
