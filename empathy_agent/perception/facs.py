"""What is known of each action unit: its words, and from where on it is plain to see.

The units are those of the Facial Action Coding System (Ekman, Friesen and Hager, 2002). Their
intensities are the expert's, and differ much in range: resting brows reach 0.5 at times, a
stretched lip hardly 0.2. So each has its own `shown`, fitted to the expert that ships by
`empathy-agent train units`; those that it does not read have 0.35.
"""

from collections.abc import Mapping
from typing import NamedTuple

from empathy_agent.perception.shown import SHOWN

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


FACS: Mapping[str, Unit] = {
    "AU1": Unit("inner brows raised", "the inner brows rose", "the inner brows sank"),
    "AU2": Unit("outer brows raised", "the outer brows rose", "the outer brows sank"),
    "AU4": Unit("brows drawn together", "the brows drew together", "the brows eased apart"),
    "AU5": Unit("upper lids raised", "the eyes widened", "the eyes narrowed again"),
    "AU6": Unit("cheeks raised", "the cheeks rose", "the cheeks sank"),
    "AU7": Unit("eyelids tightened", "the eyelids tightened", "the eyelids eased"),
    "AU9": Unit("nose wrinkled", "the nose wrinkled", "the nose smoothed"),
    "AU10": Unit("upper lip raised", "the upper lip rose", "the upper lip sank"),
    "AU12": Unit("lip corners pulled up", "the lip corners rose", "the lip corners sank"),
    "AU14": Unit("lip corners tightened", "the lip corners tightened", "the lip corners eased"),
    "AU15": Unit("lip corners pulled down", "the lip corners dropped", "the lip corners eased"),
    "AU16": Unit("lower lip pulled down", "the lower lip dropped", "the lower lip rose"),
    "AU17": Unit("chin raised", "the chin rose", "the chin eased"),
    "AU18": Unit("lips puckered", "the lips puckered", "the lips eased"),
    "AU20": Unit("lips stretched", "the lips stretched", "the lips eased"),
    "AU22": Unit("lips funnelled", "the lips pushed forward", "the lips eased"),
    "AU23": Unit("lips tightened", "the lips tightened", "the lips eased"),
    "AU24": Unit("lips pressed together", "the lips pressed together", "the lips eased"),
    "AU25": Unit("lips parted", "the lips parted", "the lips closed"),
    "AU26": Unit("jaw dropped", "the jaw dropped", "the jaw closed"),
    "AU27": Unit("mouth wide open", "the mouth opened wide", "the mouth closed"),
    "AU28": Unit("lips rolled in", "the lips rolled in", "the lips came out again"),
    "AU34": Unit("cheeks puffed", "the cheeks puffed", "the cheeks sank"),
    "AU43": Unit("eyes closed", "the eyes closed", "the eyes opened"),
}


def shown(name: str) -> float:
    """Return the intensity from which on a unit is plain to see."""
    return SHOWN.get(name, _SHOWN)
