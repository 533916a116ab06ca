"""Who the drawn person is: somebody who does not exist, made up from a seed."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

__all__ = ["Colour", "Person", "person_of"]

Colour = tuple[float, float, float]
"""Red, green, blue in [0, 255]."""

SKINS: tuple[Colour, ...] = (
    (236, 196, 170),
    (224, 178, 148),
    (206, 156, 122),
    (188, 138, 106),
    (164, 114, 84),
    (132, 92, 70),
)
HAIRS: tuple[Colour, ...] = (
    (38, 28, 24),
    (62, 42, 30),
    (96, 66, 42),
    (150, 112, 66),
    (120, 118, 116),
    (30, 28, 30),
)


@dataclass(frozen=True)
class Person:
    """Somebody who does not exist: proportions and colours."""

    skin: Colour
    hair: Colour
    lips: Colour
    iris: Colour
    shirt: Colour
    wall: Colour
    jaw: float
    """How square the jaw is."""
    spacing: float
    """From the middle of the face to a pupil."""
    eye: float
    """Size of the eyes, 1 on average; likewise below."""
    nose: float
    mouth: float
    lip: float
    brow: float
    hairline: float
    """Height of the forehead's end; negative is up."""
    long_hair: bool
    stubble: float
    """0 to 1."""
    light_x: float
    """Where the light comes from; negative is left."""
    seed: int


@lru_cache(maxsize=64)
def person_of(seed: int) -> Person:
    """Make up the person of this seed; 0 is the one of the demo."""
    rng = np.random.default_rng([seed, 7])
    skin = SKINS[int(rng.integers(len(SKINS)))] if seed else SKINS[1]
    hair = HAIRS[int(rng.integers(len(HAIRS)))] if seed else HAIRS[1]
    red, green, blue = skin

    def around(middle: float, spread: float) -> float:
        return middle + spread * float(rng.uniform(-1, 1)) * (1 if seed else 0.3)

    tone = around(0.66, 0.05)
    shirt = tuple(float(each) for each in rng.uniform(40, 170, 3))
    wall = around(150, 55)
    return Person(
        skin=skin,
        hair=hair,
        lips=(red * 0.86, green * tone, blue * tone * 1.04),
        iris=(70, 52, 40) if rng.uniform() < 0.7 else (80, 96, 104),
        shirt=(shirt[0], shirt[1], shirt[2]),
        wall=(wall, wall * 1.02, wall * 1.05),
        jaw=around(2.4, 0.4),
        spacing=around(0.46, 0.025),
        eye=around(1.0, 0.1),
        nose=around(1.0, 0.12),
        mouth=around(1.0, 0.1),
        lip=around(1.0, 0.25),
        brow=around(1.0, 0.25),
        hairline=around(-0.98, 0.1),
        long_hair=bool(rng.uniform() < 0.45),
        stubble=float(max(0.0, rng.uniform(-1, 0.8))) if seed else 0.0,
        light_x=around(-0.1, 0.35),
        seed=seed,
    )
