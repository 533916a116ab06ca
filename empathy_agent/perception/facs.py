"""What is known of each action unit: its words, and from where on it is plain to see.

The units are those of the Facial Action Coding System (Ekman, Friesen and Hager, 2002). Their
intensities are the expert's, and differ much in range: resting brows reach 0.5 at times, a
stretched lip hardly 0.2. So each has its own `shown`: what the expert's readings of 95 in 100
neutral faces of FER+ valid stay below, and no less than 0.15.
"""

from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["FACS", "Unit", "shown"]

_SHOWN = 0.35


class Unit(NamedTuple):
    """One action unit of the face."""

    cue: str
    """What is seen while it is there."""
    rose: str
    """What is seen when it comes."""
    fell: str
    """What is seen when it goes."""
    shown: float = _SHOWN
    """From this intensity on, it is plain to see."""


FACS: Mapping[str, Unit] = {
    "AU1": Unit("inner brows raised", "the inner brows rose", "the inner brows sank", 0.54),
    "AU2": Unit("outer brows raised", "the outer brows rose", "the outer brows sank", 0.5),
    "AU4": Unit("brows drawn together", "the brows drew together", "the brows eased apart", 0.4),
    "AU5": Unit("upper lids raised", "the eyes widened", "the eyes narrowed again"),
    "AU6": Unit("cheeks raised", "the cheeks rose", "the cheeks sank"),
    "AU7": Unit("eyelids tightened", "the eyelids tightened", "the eyelids eased", 0.47),
    "AU9": Unit("nose wrinkled", "the nose wrinkled", "the nose smoothed"),
    "AU10": Unit("upper lip raised", "the upper lip rose", "the upper lip sank", 0.15),
    "AU12": Unit("lip corners pulled up", "the lip corners rose", "the lip corners sank", 0.15),
    "AU14": Unit(
        "lip corners tightened", "the lip corners tightened", "the lip corners eased", 0.15
    ),
    "AU15": Unit(
        "lip corners pulled down", "the lip corners dropped", "the lip corners eased", 0.15
    ),
    "AU16": Unit("lower lip pulled down", "the lower lip dropped", "the lower lip rose", 0.15),
    "AU17": Unit("chin raised", "the chin rose", "the chin eased", 0.15),
    "AU18": Unit("lips puckered", "the lips puckered", "the lips eased", 0.47),
    "AU20": Unit("lips stretched", "the lips stretched", "the lips eased", 0.15),
    "AU22": Unit("lips funnelled", "the lips pushed forward", "the lips eased", 0.15),
    "AU23": Unit("lips tightened", "the lips tightened", "the lips eased"),
    "AU24": Unit("lips pressed together", "the lips pressed together", "the lips eased", 0.15),
    "AU25": Unit("lips parted", "the lips parted", "the lips closed"),
    "AU26": Unit("jaw dropped", "the jaw dropped", "the jaw closed", 0.15),
    "AU27": Unit("mouth wide open", "the mouth opened wide", "the mouth closed"),
    "AU28": Unit("lips rolled in", "the lips rolled in", "the lips came out again", 0.15),
    "AU34": Unit("cheeks puffed", "the cheeks puffed", "the cheeks sank"),
    "AU43": Unit("eyes closed", "the eyes closed", "the eyes opened"),
}


def shown(name: str) -> float:
    """Return the intensity from which on a unit is plain to see."""
    return FACS[name].shown if name in FACS else _SHOWN
