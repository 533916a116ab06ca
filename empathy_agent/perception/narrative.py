"""What a face did, in plain words: the narrative of a window, and cues of what it shows.

Words name what can be seen ("the inner brows rose"), not what it may mean; the few looks that have
a name of their own ("a smile") are told by it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from empathy_agent.affect import Emotion
from empathy_agent.perception.events import Episode
from empathy_agent.perception.facs import FACS, shown

__all__ = ["cues_of", "narrate"]

_MOST_CLAUSES = 4
_MOST_CUES = 6
_BRIEF_S = 0.5
_TOGETHER_S = 0.15
"""What begins within so many seconds is told as one."""
_OFTEN = 3


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
    Emotion.HAPPINESS: {"AU6", "AU7", "AU10", "AU12", "AU16", "AU20", "AU25", "AU26"},
    Emotion.SURPRISE: {"AU1", "AU2", "AU5", "AU16", "AU25", "AU26", "AU27"},
    Emotion.SADNESS: {"AU1", "AU4", "AU15", "AU17"},
    Emotion.ANGER: {"AU4", "AU5", "AU7", "AU23", "AU24"},
    Emotion.DISGUST: {"AU4", "AU7", "AU9", "AU10", "AU15", "AU16", "AU17", "AU25"},
    Emotion.FEAR: {"AU1", "AU2", "AU4", "AU5", "AU7", "AU20", "AU25", "AU26"},
    Emotion.CONTEMPT: {"AU12", "AU14"},
}
"""The units that a look is made of (EMFACS), so that it is not told twice; with those of the lips
that go along in the expert's eyes when the mouth is open."""


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


def cues_of(units: Mapping[str, float]) -> tuple[str, ...]:
    """Name the action units that are plain to see, those furthest above the usual first.

    Args:
        units: FACS id to intensity, in [0, 1].
    """
    above = {name: units[name] - shown(name) for name in units if name in FACS}
    clear = sorted((name for name in above if above[name] >= 0), key=lambda name: -above[name])
    return tuple(dict.fromkeys(FACS[name].cue for name in clear))[:_MOST_CUES]


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
    if episode.what not in FACS:
        return ""
    unit = FACS[episode.what]
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
