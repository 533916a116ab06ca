"""The order of what is recalled: pure, the same for every memory.

A record's score is its meaning × recency × a little importance, affect among it; how fast it fades
depends on its kind. Below a least similarity nothing is recalled, however recent, and of two that
are alike the second counts less. A fact that was superseded is never recalled.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from empathy_agent.affect import Emotion, RiskLevel
from empathy_agent.memory.contract import Recalled
from empathy_agent.memory.recall import DUPLICATE, Ask, Candidate, is_small_talk
from empathy_agent.memory.record import Episode, Fact, Moment, Record, Summary
from empathy_agent.memory.when import ago

__all__ = ["LONGEST_QUOTE", "rank", "within"]

LEAST_SIMILARITY = 0.35
"""Cosine below which two texts have nothing to do with each other.

Of random pairs of first-person sentences (GoEmotions, MiniLM) 99 % lie below 0.33, and 99.9 %
below 0.49.
"""
CLOSE_SIMILARITY = 0.5
"""Cosine from which they are about the same thing."""
ALIKE_COSTS = 0.5
"""What a record loses that is just like one already chosen (maximal marginal relevance, Carbonell
& Goldstein, 1998); one that has nothing to do with it loses nothing."""
NOTE_TOKENS = 12
"""What a recalled record costs in a prompt beside its words."""
LONGEST_QUOTE = 300
"""Characters of one record that are ever quoted."""
IN_SPAN = 1.25
"""Worth of a moment of the time that a statement mentions."""


@dataclass(frozen=True)
class _Fading:
    half_life_s: float
    old_worth: float
    """What recency leaves of a very old one: one about the same thing still counts."""
    weight: float
    """How much it counts beside other kinds."""


_FADING: dict[type[Record], _Fading] = {
    Moment: _Fading(30 * 86400.0, 0.4, 1.0),
    Episode: _Fading(60 * 86400.0, 0.4, 1.05),
    Summary: _Fading(45 * 86400.0, 0.3, 0.85),
    # What holds does not fade: a newer statement supersedes it.
    Fact: _Fading(365 * 86400.0, 0.8, 1.05),
}
_HEAVIEST = 1.05
_FELT_VALENCE = {
    Emotion.HAPPINESS: 0.7,
    Emotion.SURPRISE: 0.1,
    Emotion.SADNESS: -0.6,
    Emotion.ANGER: -0.6,
    Emotion.DISGUST: -0.5,
    Emotion.FEAR: -0.6,
    Emotion.CONTEMPT: -0.4,
}
"""About where an emotion lies (Russell & Mehrabian, 1977), for likeness to another."""


_WEIGHED = 48
"""Of the best, how many are weighed against each other."""


@dataclass(frozen=True, eq=False)
class _Scored:
    score: float
    recalled: Recalled
    candidate: Candidate


def rank(
    candidates: Sequence[Candidate],
    query: NDArray[np.float32],
    ask: Ask,
    *,
    now: float,
    k: int,
    emotion: Emotion | None = None,
) -> list[Recalled]:
    """Return up to `k` of the candidates, best first, without near duplicates.

    Args:
        candidates: In any order; those that `ask` does not admit are dropped.
        query: The query's vector, [n], unit length.
        ask: What the query asks.
        now: Seconds since the epoch.
        k: How many at most.
        emotion: What is felt now.
    """
    if not candidates:
        return []
    scored: list[_Scored] = []
    for each, likeness in zip(candidates, _likeness(candidates, query), strict=True):
        near = ask.anything or likeness >= LEAST_SIMILARITY
        if not near or not ask.admits(each.record) or not _is_worth(each.record, ask):
            continue
        alike = _felt_alike(each.record, emotion)
        score = round(_score(each.record, likeness, ask, now, alike), 4)
        why = _why(each.record, likeness, ask, now, alike)
        scored.append(_Scored(score, Recalled(each.record, score, why), each))
    scored.sort(key=lambda each: (-each.score, -each.recalled.record.at, each.recalled.record.id))
    best = scored[:_WEIGHED]
    chosen = _overview(scored, k) if ask.anything and ask.since is None else _diverse(best, k)
    return [each.recalled for each in sorted(chosen, key=lambda each: -each.score)]


def _likeness(candidates: Sequence[Candidate], query: NDArray[np.float32]) -> list[float]:
    return (np.stack([each.vector for each in candidates]) @ query).tolist()


def _is_worth(record: Record, ask: Ask) -> bool:
    if isinstance(record, Fact):
        # How to speak to them is known in every turn, and need not be recalled for one.
        manner = record.topic in {"name", "preference"}
        return record.superseded_by is None and (ask.anything or not manner)
    return not is_small_talk(record.said)


def _felt_alike(record: Record, emotion: Emotion | None) -> float:
    """Return how alike it was felt, in [0, 1]: 1 for the same feeling, at most 0.5 for another."""
    felt = _FELT_VALENCE.get(emotion) if emotion else None
    if felt is None:
        return 0.0
    if record.emotion == emotion:
        return 1.0
    return 0.0 if record.valence is None else 0.5 * max(0.0, 1 - abs(record.valence - felt))


def _score(record: Record, likeness: float, ask: Ask, now: float, alike: float) -> float:
    fading = _FADING[type(record)]
    age = max(0.0, now - record.ends)
    recency = fading.old_worth + (1 - fading.old_worth) * 0.5 ** (age / fading.half_life_s)
    risk = RiskLevel.__members__.get(record.risk, RiskLevel.none)
    importance = 1 + 0.15 * risk / RiskLevel.imminent + 0.1 * alike
    importance += 0.1 * abs(record.arousal or 0.0) * record.confidence
    preferred = ask.prefers is not None and ask.prefers.since <= record.at < ask.prefers.until
    meaning = 0.5 if ask.anything else likeness
    worth = meaning * recency * importance / 1.35 * fading.weight / _HEAVIEST
    return worth * (IN_SPAN if preferred else 1) / IN_SPAN


_TOLD = {"episode": "a stretch like this", "summary": "a conversation about it"}


def _why(record: Record, likeness: float, ask: Ask, now: float, alike: float) -> str:
    when = ago(now - record.at)
    if ask.anything:
        if ask.since is not None or ask.until is not None:
            return f"from the time you asked about, {when}"
        return f"you told me {when}" if isinstance(record, Fact) else f"it mattered, {when}"
    if isinstance(record, Fact):
        return f"you told me {when}"
    told = _TOLD.get(record.kind, "about the same thing")
    if likeness >= CLOSE_SIMILARITY:
        felt = ", and you felt similar" if alike == 1 else ""
        return f"{told}{felt}, {when}"
    return f"you felt similar {when}" if alike == 1 else f"about something close to it, {when}"


def _diverse(scored: Sequence[_Scored], k: int, chosen: Sequence[_Scored] = ()) -> list[_Scored]:
    """Return up to `k`, those chosen already among them; who is like one of them counts less."""
    found = list(chosen)[:k]
    if not scored:
        return found
    vectors = np.stack([each.candidate.vector for each in scored])
    worth = np.array([each.score for each in scored])
    nearest = np.zeros(len(scored), dtype=np.float32)
    left = np.ones(len(scored), dtype=np.bool_)
    for each in found:
        nearest = np.maximum(nearest, vectors @ each.candidate.vector)
        left &= [not _same(one, each, near) for one, near in zip(scored, nearest, strict=True)]
    while left.any() and len(found) < k:
        best = int(np.where(left, worth * (1 - ALIKE_COSTS * nearest), -1).argmax())
        alike = vectors @ vectors[best]
        nearest = np.maximum(nearest, alike)
        left &= [
            not _same(one, scored[best], near) for one, near in zip(scored, alike, strict=True)
        ]
        left[best] = False
        found.append(scored[best])
    return found


def _same(one: _Scored, other: _Scored, likeness: float) -> bool:
    mine, theirs = one.candidate.record, other.candidate.record
    if isinstance(mine, Fact) and isinstance(theirs, Fact):
        return (mine.topic, mine.about) == (theirs.topic, theirs.about)
    if _is_part_of(mine, theirs) or _is_part_of(theirs, mine):
        return True
    return likeness >= DUPLICATE or (mine.said != "" and mine.said == theirs.said)


def _is_part_of(one: Record, whole: Record) -> bool:
    """Say whether a stretch of time was made from the same moments as another record."""
    stretch = isinstance(whole, Episode | Summary) and not isinstance(one, Fact)
    return stretch and not {one.id, *one.origins}.isdisjoint(whole.origins)


def _overview(scored: Sequence[_Scored], k: int) -> list[_Scored]:
    """Return up to half facts, then what mattered, each another matter; facts where that is all."""
    facts = [each for each in scored if isinstance(each.candidate.record, Fact)]
    others = [each for each in scored if not isinstance(each.candidate.record, Fact)]
    found = _diverse(others[:_WEIGHED], k, _diverse(facts[:_WEIGHED], k // 2))
    return _diverse([each for each in facts if each not in found][:_WEIGHED], k, found)


def within(found: Sequence[Recalled], tokens: int) -> list[Recalled]:
    """Return the best of what was recalled that a budget has room for, in the same order.

    Args:
        found: Best first.
        tokens: Of a prompt, counted as four bytes each.
    """
    kept: list[Recalled] = []
    for each in found:
        cost = NOTE_TOKENS + len(each.record.said[:LONGEST_QUOTE].encode()) // 4
        if cost <= tokens:
            kept.append(each)
            tokens -= cost
    return kept
