"""Stretches of one feeling, and sessions, told by what was remembered of them; pure.

An episode runs: condition, felt state, expression, regulation, effect (Gross, 2015, Psychological
Inquiry 26, has the order): what was said when it set in, how it felt, the words at its height, what
was answered, how it went on. Words in it are the user's own. Where too little was felt to tell,
there is no episode and no number.
"""

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby

from empathy_agent.affect import Emotion, RiskLevel
from empathy_agent.memory.history import CLEAR_SHIFT
from empathy_agent.memory.patterns import subjects
from empathy_agent.memory.record import Episode, Moment, Outcome, Summary

__all__ = ["by_session", "episodes", "summary"]

MIN_MOMENTS = 2
"""Moments of one feeling in a row before they are an episode: one reading alone may be wrong."""
PLAIN = 0.5
"""Confidence from which one moment alone is, if it was felt strongly as well."""
STRONG = 0.6
"""Valence or arousal, either way, that is strong."""
PAUSE_S = 2 * 3600.0
"""A silence after which a feeling is not taken to be the same stretch."""
MIN_SUMMED = 3
"""Moments with something in them before a session is worth a summary."""
MIN_THIRD = 2
"""Felt moments on each end before it is told how a session began and ended."""
_QUOTES = 3
"""Moments whose words stand in a summary."""
_SHORT = 160
"""Characters of one moment in a summary."""


def episodes(moments: Sequence[Moment]) -> list[Episode]:
    """Return the episodes of one session, oldest first.

    Args:
        moments: Of one person and session, in any order.
    """
    told = sorted(moments, key=lambda each: each.at)
    found: list[Episode] = []
    for stretch in _stretches(told):
        if _is_episode(stretch):
            after = [each for each in told if each.at > stretch[-1].at]
            found.append(_episode(stretch, after))
    return found


def _stretches(told: Sequence[Moment]) -> Iterable[list[Moment]]:
    """Cut where a feeling changes; a moment without one, or one neutral moment, ends nothing."""
    stretch: list[Moment] = []
    waiting: list[Moment] = []
    for each in told:
        if not _is_felt(each):
            waiting.append(each)
            continue
        near = stretch and each.at - (waiting or stretch)[-1].at < PAUSE_S
        same = near and each.emotion == stretch[-1].emotion and len(waiting) <= 1
        if not same and stretch:
            yield stretch
        stretch = [*stretch, *waiting, each] if same else [each]
        waiting = []
    if stretch:
        yield stretch


def _is_felt(moment: Moment) -> bool:
    return moment.emotion not in (None, Emotion.NEUTRAL) and moment.valence is not None


def _is_episode(stretch: Sequence[Moment]) -> bool:
    felt = [each for each in stretch if _is_felt(each)]
    if len(felt) >= MIN_MOMENTS:
        return True
    return any(each.confidence >= PLAIN and _strength(each) >= STRONG for each in felt)


def _strength(moment: Moment) -> float:
    return max(abs(moment.valence or 0.0), abs(moment.arousal or 0.0))


def _episode(stretch: Sequence[Moment], after: Sequence[Moment]) -> Episode:
    felt = [each for each in stretch if _is_felt(each)]
    peak = max(felt, key=lambda each: (_strength(each), each.confidence))
    middle = statistics.median(each.valence for each in felt if each.valence is not None)
    arousals = [each.arousal for each in felt if each.arousal is not None]
    later = [each.valence for each in after if each.valence is not None]
    later_valence = statistics.median(later) if later else None
    return Episode(
        id=f"{stretch[0].id}-episode",
        session=stretch[0].session,
        at=stretch[0].at,
        said=stretch[0].said,
        emotion=felt[0].emotion,
        valence=middle,
        arousal=statistics.median(arousals) if arousals else None,
        confidence=statistics.median(each.confidence for each in felt),
        risk=_highest_risk(stretch),
        sources=tuple(each.id for each in (*stretch, *after[:1])),
        until=stretch[-1].at,
        moments=len(stretch),
        peak=peak.said,
        peak_valence=peak.valence or 0.0,
        strategies=tuple(dict.fromkeys(each.strategy for each in stretch if each.strategy)),
        outcome=_outcome(middle, later_valence),
        after=after[0].said if after else "",
        after_valence=later_valence,
    )


def _outcome(during: float, later: float | None) -> Outcome:
    if later is None:
        return "open"
    if abs(later - during) < CLEAR_SHIFT:
        return "unchanged"
    return "lighter" if later > during else "heavier"


def _highest_risk(moments: Iterable[Moment]) -> str:
    known = RiskLevel.__members__
    return max(
        (known.get(each.risk, RiskLevel.none) for each in moments), default=RiskLevel.none
    ).name


def summary(moments: Sequence[Moment]) -> Summary | None:
    """Return what a session was, or None where too little was said to tell.

    Args:
        moments: Of one person and session, in any order.
    """
    told = sorted(moments, key=lambda each: each.at)
    if sum(_says_something(each) for each in told) < MIN_SUMMED:
        return None
    felt = [each.valence for each in told if each.valence is not None]
    third = max(MIN_THIRD, len(felt) // 3)
    ends = len(felt) >= 2 * third
    quoted = sorted(sorted(told, key=_weight, reverse=True)[:_QUOTES], key=lambda each: each.at)
    return Summary(
        id=f"{told[0].id}-summary",
        session=told[0].session,
        at=told[0].at,
        said=" … ".join(_short(each.said) for each in quoted if each.said),
        emotion=_usual(told),
        valence=statistics.median(felt) if felt else None,
        confidence=statistics.median(each.confidence for each in told),
        risk=_highest_risk(told),
        sources=tuple(each.id for each in told),
        until=told[-1].at,
        moments=len(told),
        felt=len(felt),
        began=statistics.median(felt[:third]) if ends else None,
        ended=statistics.median(felt[-third:]) if ends else None,
        topics=_topics(told),
        strategies=_most_often(each.strategy for each in told),
    )


def _says_something(moment: Moment) -> bool:
    # Kept without words, a moment that was read says something too.
    return len(re.findall(r"\w+", moment.said)) >= 3 or (not moment.said and _is_felt(moment))


def _weight(moment: Moment) -> tuple[int, float, float]:
    risk = RiskLevel.__members__.get(moment.risk, RiskLevel.none)
    return int(risk), _strength(moment) * moment.confidence if _is_felt(moment) else 0.0, -moment.at


def _short(said: str) -> str:
    line = " ".join(said.split())
    return line if len(line) <= _SHORT else f"{line[: _SHORT - 1]}…"


def _usual(told: Sequence[Moment]) -> Emotion | None:
    """Return the feeling of more moments than any other; null where two were as frequent."""
    counted = Counter(each.emotion for each in told if _is_felt(each)).most_common(2)
    if not counted or (len(counted) == 2 and counted[0][1] == counted[1][1]):
        return None
    return counted[0][0]


def _topics(told: Sequence[Moment]) -> tuple[str, ...]:
    counted = Counter(word for each in told for word in subjects(each.said))
    return tuple(word for word, n in counted.most_common(5) if n > 1)


def _most_often(strategies: Iterable[str]) -> tuple[str, ...]:
    counted = Counter(each for each in strategies if each)
    return tuple(name for name, _ in counted.most_common())


def by_session(moments: Iterable[Moment]) -> list[list[Moment]]:
    """Return moments by their session, the session that began first first."""
    told = sorted(moments, key=lambda each: (each.session, each.at))
    grouped = [list(each) for _, each in groupby(told, key=lambda each: each.session)]
    return sorted(grouped, key=lambda each: each[0].at)
