"""What a face did, in plain words: the narrative of a window, and cues of what it shows.

Words name what can be seen ("the inner brows rose"), not what it may mean; the few looks that have
a name of their own ("a smile") are told by it. The action units are those of the Facial Action
Coding System (Ekman, Friesen and Hager, 2002).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from empathy_agent.affect import Emotion
from empathy_agent.perception.events import Episode

__all__ = ["SHOWN", "cues_of", "narrate"]

SHOWN = 0.35
"""From this intensity on, an action unit is plain to see."""

_MOST_CLAUSES = 4
_MOST_CUES = 6
_BRIEF_S = 0.5
_TOGETHER_S = 0.15
"""What begins within so many seconds is told as one."""
_OFTEN = 3


class _Unit(NamedTuple):
    cue: str
    rose: str
    fell: str


_UNITS: dict[str, _Unit] = {
    "AU1": _Unit("inner brows raised", "the inner brows rose", "the inner brows sank"),
    "AU2": _Unit("outer brows raised", "the outer brows rose", "the outer brows sank"),
    "AU4": _Unit("brows drawn together", "the brows drew together", "the brows eased apart"),
    "AU5": _Unit("upper lids raised", "the eyes widened", "the eyes narrowed again"),
    "AU6": _Unit("cheeks raised", "the cheeks rose", "the cheeks sank"),
    "AU7": _Unit("eyelids tightened", "the eyelids tightened", "the eyelids eased"),
    "AU9": _Unit("nose wrinkled", "the nose wrinkled", "the nose smoothed"),
    "AU10": _Unit("upper lip raised", "the upper lip rose", "the upper lip sank"),
    "AU12": _Unit("lip corners pulled up", "the lip corners rose", "the lip corners sank"),
    "AU14": _Unit("lip corners tightened", "the lip corners tightened", "the lip corners eased"),
    "AU15": _Unit("lip corners pulled down", "the lip corners dropped", "the lip corners eased"),
    "AU16": _Unit("lower lip pulled down", "the lower lip dropped", "the lower lip rose"),
    "AU17": _Unit("chin raised", "the chin rose", "the chin eased"),
    "AU18": _Unit("lips puckered", "the lips puckered", "the lips eased"),
    "AU20": _Unit("lips stretched", "the lips stretched", "the lips eased"),
    "AU22": _Unit("lips funnelled", "the lips pushed forward", "the lips eased"),
    "AU23": _Unit("lips tightened", "the lips tightened", "the lips eased"),
    "AU24": _Unit("lips pressed together", "the lips pressed together", "the lips eased"),
    "AU25": _Unit("lips parted", "the lips parted", "the lips closed"),
    "AU26": _Unit("jaw dropped", "the jaw dropped", "the jaw closed"),
    "AU27": _Unit("mouth wide open", "the mouth opened wide", "the mouth closed"),
    "AU28": _Unit("lips rolled in", "the lips rolled in", "the lips came out again"),
    "AU29": _Unit("jaw pushed forward", "the jaw pushed forward", "the jaw went back"),
    "AU30": _Unit("jaw moved sideways", "the jaw moved sideways", "the jaw went back"),
    "AU33": _Unit("cheeks puffed", "the cheeks puffed", "the cheeks sank"),
    "AU34": _Unit("cheeks puffed", "the cheeks puffed", "the cheeks sank"),
    "AU43": _Unit("eyes closed", "the eyes closed", "the eyes opened"),
}

_LOOKS = {
    Emotion.HAPPINESS: "smile",
    Emotion.SURPRISE: "look of surprise",
    Emotion.SADNESS: "look of sadness",
    Emotion.ANGER: "look of anger",
    Emotion.DISGUST: "look of disgust",
    Emotion.FEAR: "look of fear",
    Emotion.CONTEMPT: "look of contempt",
}

_PART_OF = {
    Emotion.HAPPINESS: {"AU6", "AU7", "AU12", "AU25"},
    Emotion.SURPRISE: {"AU1", "AU2", "AU5", "AU25", "AU26", "AU27"},
    Emotion.SADNESS: {"AU1", "AU4", "AU15", "AU17"},
    Emotion.ANGER: {"AU4", "AU5", "AU7", "AU23", "AU24"},
    Emotion.DISGUST: {"AU4", "AU7", "AU9", "AU10", "AU15", "AU16", "AU17", "AU25"},
    Emotion.FEAR: {"AU1", "AU2", "AU4", "AU5", "AU7", "AU20", "AU25", "AU26"},
    Emotion.CONTEMPT: {"AU12", "AU14"},
}
"""The units that a look is made of (EMFACS), so that it is not told twice."""


def narrate(episodes: Sequence[Episode]) -> str:
    """Say what changed, in order of time; nothing did when there are no episodes."""
    told = _not_twice(episodes)
    often = Counter(each.what for each in told)
    clauses: list[tuple[float, str]] = []
    for episode in sorted(told, key=lambda each: -each.rise):
        clause = _clause(episode, often[episode.what])
        if clause and clause not in (each for _, each in clauses) and len(clauses) < _MOST_CLAUSES:
            clauses.append((episode.start, clause))
    return _joined(sorted(clauses)) or "the face stayed still"


def cues_of(units: Mapping[str, float], least: float = SHOWN) -> tuple[str, ...]:
    """Name the action units that are plain to see, the strongest first.

    Args:
        units: FACS id to intensity, in [0, 1].
        least: the intensity from which on a unit is named.
    """
    strongest = sorted(units, key=lambda name: -units[name])
    shown = [_UNITS[name].cue for name in strongest if name in _UNITS and units[name] >= least]
    return tuple(dict.fromkeys(shown))[:_MOST_CUES]


def _not_twice(episodes: Sequence[Episode]) -> list[Episode]:
    """Leave out the movements that a look told at the same time is made of."""
    looks = [each for each in episodes if each.what in _LOOKS]
    return [
        each
        for each in episodes
        if not any(
            each.what in _PART_OF[Emotion(look.what)]
            and each.start < look.end
            and look.start < each.end
            for look in looks
        )
    ]


def _clause(episode: Episode, times: int) -> str:
    if episode.what in _LOOKS:
        return _look(episode, _LOOKS[Emotion(episode.what)], times)
    if episode.what not in _UNITS:
        return ""
    unit = _UNITS[episode.what]
    if times >= _OFTEN:
        return f"{unit.rose} again and again"
    if episode.begins and episode.ends:
        return f"{unit.rose} for {_seconds(episode)}"
    if episode.ends:
        return unit.fell
    return f"{unit.rose} and stayed so" if episode.begins else ""


def _look(episode: Episode, look: str, times: int) -> str:
    if times >= _OFTEN:
        return f"a {look} again and again"
    if episode.begins and episode.ends:
        brief = episode.length <= _BRIEF_S
        return f"a brief {look}" if brief else f"a {look} for {_seconds(episode)}"
    if episode.ends:
        return f"a {look} faded"
    return f"a {look} that stayed" if episode.begins else ""


def _seconds(episode: Episode) -> str:
    return f"{max(episode.length, 0.1):.1f} s"


def _joined(clauses: Sequence[tuple[float, str]]) -> str:
    told = ""
    since = 0.0
    for start, clause in clauses:
        if not told:
            told = clause
        else:
            told += f" and {clause}" if start - since <= _TOGETHER_S else f", then {clause}"
        since = start
    return told
