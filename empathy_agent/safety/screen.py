"""How urgent what a person said is: rules that can be read, then a small net. No camera, no prompt.

The path of a message: one spelling (`normalise.py`), figures of speech struck out, every rule
looked for (`signals.yaml` and its neighbours), and what stands around a phrase weighed: a negation
right before it silences it, a story that is over or words of somebody else make it less urgent or
somebody else's. Neither a joke nor a story makes a wish to die harmless. Then the net judges the
message (`classifier.py`), which may raise its level and never lowers it, but for what a rule says
that asks it: six whose phrases are as often harmless ("blood everywhere"). Last, what adds up is
added up, in the message and over the last turns.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple

from empathy_agent.affect import RiskLevel
from empathy_agent.safety.classifier import Classifier, Judgement, shipped
from empathy_agent.safety.normalise import sentences
from empathy_agent.safety.rules import About, Combination, Kind, Match, Rule, Rulebook, rulebook
from empathy_agent.safety.tongue import ENGLISH, tongue_of

__all__ = ["SHIPPED", "About", "Kind", "Risk", "screen"]

_TURNS = 12
"""Earlier messages that still count."""
_MANY = 400
"""Sentences from which a text is read through the gate of the rulebook."""
_USUAL = 4_000
"""Characters of a message up to which what was found in it is remembered."""
_RECENT = 6
"""Earlier messages whose facets combine with those of the present one."""
_FADES = 4
"""Turns in which an earlier risk sinks by one level."""
_FRESH = 2
"""Turns in which it does not sink at all."""
_WEIGHTS = {RiskLevel.none: 0.35, RiskLevel.low: 1.0}
"""What a signal adds to a slow build-up; anything higher adds `_MOST`."""
_LOWERED = 0.4
"""What an urgent phrase adds that is over, staged or hyperbole."""
_MOST = 2.0
_ENOUGH = 2.0
"""Weight at which quiet signals of several turns together are a moderate risk."""
_ENOUGH_AT_ONCE = 1.7
"""The same for those of one message: a quiet wish to stop and two heavy feelings."""
_SOME = 1.0
"""Weight at which heavy but harmless signals together are a low one."""
_KEPT = 0.9
"""How much of a signal's weight is left a turn later."""
_DARK = 0.9
"""Weight of the net's doubts over the turns, each faded, that is a moderate risk."""
_AGREES = 0.1
"""Probability of the net below which a rule that asks it counts as low."""
_ABROAD = 0.8
"""Probability of the net from which it counts in a language that it did not learn."""
_DOUBT = 0.4
"""Probability from which a turn adds to that weight, by how much it is above."""
_FACETS = {"suicide": frozenset({"ideation"}), "self_harm": frozenset({"self_harm"})}
"""What the net's judgement tells, for combinations with rules."""


class _Shipped:
    """Stands for the classifier that ships, which is loaded when it is first needed."""


SHIPPED = _Shipped()
"""The classifier that ships; rules alone answer where its weights are missing."""


@dataclass(frozen=True)
class Risk:
    """How urgent it is, why, and whom it is about."""

    level: RiskLevel
    score: float
    """In [0, 1]; 0.2 a level, and more within a level the more signals there are."""
    signals: tuple[str, ...] = ()
    """Ids of the rules that matched, most urgent first; never the text. `classifier.KIND` is the
    net's judgement, `earlier.KIND` what earlier turns left, `together.*` what adds up."""
    about: About = "self"
    kind: Kind = "none"
    chance: float | None = None
    """The net's probability that the message by itself is a moderate risk or higher; null where
    rules alone answered."""


class _Hit(NamedTuple):
    id: str
    kind: Kind
    level: RiskLevel
    about: About
    facets: frozenset[str]
    figurative: bool
    """Beside a trivial cause: hyperbole, unless something else in the message is heavy."""
    doubtful: bool = False
    """Of a rule that asks the net."""

    def lowered(self) -> "_Hit":
        """Return it as what is asked about at most."""
        return self._replace(level=RiskLevel.low, facets=frozenset({"lowered"}))


class _Told(NamedTuple):
    rule: Rule
    match: Match
    sentence: str
    theirs: bool
    """It stands inside a phrase about somebody else."""


@dataclass
class _Reading:
    """What one message tells."""

    hits: dict[str, _Hit] = field(default_factory=dict[str, _Hit])
    denied: bool = False
    """A wish to die was spoken of and negated."""
    judged: Judgement | None = None
    """What the net says of it."""

    def add(self, hit: _Hit) -> None:
        """Keep the most urgent hit of each rule."""
        known = self.hits.get(hit.id)
        if known is None or hit.level > known.level:
            self.hits[hit.id] = hit

    def drop(self, facet: str) -> None:
        """Let go of the hits that tell this."""
        self.hits = {name: hit for name, hit in self.hits.items() if facet not in hit.facets}

    @property
    def level(self) -> RiskLevel:
        return max((hit.level for hit in self.hits.values()), default=RiskLevel.none)

    @property
    def facets(self) -> frozenset[str]:
        """What the message tells, for combinations."""
        told = frozenset[str]().union(*(hit.facets for hit in self.hits.values()))
        return told | {"denied"} if self.denied else told

    @property
    def weights(self) -> dict[str, float]:
        """How much each signal of the person's own adds to a slow build-up."""
        return {
            hit.id: _LOWERED if "lowered" in hit.facets else _WEIGHTS.get(hit.level, _MOST)
            for hit in self.hits.values()
            if hit.about == "self" and hit.kind in {"suicide", "self_harm"}
        }


def screen(
    text: str,
    context: Sequence[str] = (),
    *,
    rules: Rulebook | None = None,
    classifier: Classifier | _Shipped | None = SHIPPED,
) -> Risk:
    """Return how urgent a message is, with the user's earlier messages in mind.

    An earlier risk counts in full for two turns and sinks by one level every four; what the
    message itself says is never lowered. Quiet signals of the last turns add up.

    Args:
        text: what the user says now.
        context: what the user said before, oldest first.
        rules: for reviewers; null takes the shipped rules.
        classifier: null lets rules alone answer.
    """
    book = rules or rulebook()
    net = shipped() if isinstance(classifier, _Shipped) else classifier
    present = _read(text, book, net)
    earlier = [_read(each, book, net) for each in reversed(context[-_TURNS:])]
    _remember(present, earlier[:_RECENT], book.combinations)
    chance = present.judged.chance if present.judged else None
    return replace(_settled(present, earlier), chance=chance)


def _settled(present: _Reading, earlier: Sequence[_Reading]) -> Risk:
    """Return the greatest of what the message tells, what is left of earlier ones, and the sum."""
    found = sorted(present.hits.values(), key=lambda hit: -hit.level)
    risk = _risk(found)
    carried = max(
        (_faded(reading, age) for age, reading in enumerate(earlier, start=1)),
        key=lambda each: each.level,
        default=risk,
    )
    if carried.level > risk.level:
        risk = Risk(
            level=carried.level,
            score=carried.score,
            signals=(*_ids(found), f"earlier.{carried.kind}"),
            about=carried.about,
            kind=carried.kind,
        )
    if risk.level < RiskLevel.moderate:
        readings = [present, *earlier]
        if _built_up(readings) >= _ENOUGH or _darkened(readings) >= _DARK:
            return Risk(
                level=RiskLevel.moderate,
                score=_score(RiskLevel.moderate, 1),
                signals=(*_ids(found), "together.over_turns"),
                kind="suicide",
            )
    return risk


def _read(text: str, book: Rulebook, net: Classifier | None) -> _Reading:
    reading = _found(text, book)
    if net is not None:
        judged = net.judge(text)
        reading.judged = judged
        if judged.chance < _AGREES:
            _drop_doubtful(reading)
        if judged.level >= RiskLevel.moderate and _understood(judged, text):
            name, facets = f"classifier.{judged.kind}", _FACETS.get(judged.kind, frozenset())
            reading.add(
                _Hit(name, judged.kind, judged.level, judged.about, facets, figurative=False)
            )
    _add_up(reading, book.combinations)
    return reading


def _found(text: str, book: Rulebook) -> _Reading:
    """Return what the rules find in one message, free to be added to."""
    found = _remembered(text, book) if len(text) <= _USUAL else _look(text, book)
    return replace(found, hits=dict(found.hits))


def _look(text: str, book: Rulebook) -> _Reading:
    reading = _Reading()
    healed = False
    told: list[_Told] = []
    said = sentences(text)
    if len(said) > _MANY:
        said = [each for each in said if any(letters in each for letters in book.gate)]
    for sentence in said:
        candidates = [rule for rule in book.rules if rule.concerns(sentence)]
        healed = healed or bool(book.frames["recovered"].search(sentence))
        if not candidates:
            continue
        bare = book.harmless.sub("_", sentence)
        found = [(rule, match) for rule in candidates for match in rule.find(bare)]
        theirs = [match for rule, match in found if rule.about == "other" and rule.plain is False]
        told += [_Told(rule, match, bare, _inside(match, theirs)) for rule, match in found]
    for each in told:
        level = _weigh(each, book, healed=healed)
        if level is None:
            reading.denied = reading.denied or "ideation" in each.rule.facets
        else:
            reading.add(_hit(each, level, book))
    _lower_hyperbole(reading)
    return reading


_remembered = lru_cache(maxsize=256)(_look)
"""The earlier messages of a conversation come again every turn."""


def _inside(match: Match, others: Sequence[Match]) -> bool:
    return any(other.start <= match.core < other.end for other in others)


def _weigh(told: _Told, book: Rulebook, *, healed: bool) -> RiskLevel | None:
    """Return how urgent a phrase is where it stands; null when it is negated."""
    rule, match, sentence, _ = told
    frames = book.frames
    before = sentence[: match.core]
    if rule.negated and frames["negation"].search(before):
        return RiskLevel.low if frames["held_back"].search(before) else None
    if rule.level <= RiskLevel.low:
        return rule.level
    if rule.past and _is_over(match, sentence, book, healed=healed):
        return RiskLevel.low
    if frames["staged"].search(sentence[: match.start]):
        return RiskLevel.low
    if (rule.plain or rule.kind == "violence") and frames["playing"].search(sentence):
        return RiskLevel.low
    if "intent" in rule.facets and frames["laughing"].search(sentence):
        return RiskLevel.moderate
    return rule.level


def _is_over(match: Match, sentence: str, book: Rulebook, *, healed: bool) -> bool:
    frames = book.frames
    phrase = sentence[max(0, match.start - 25) : match.end]
    return bool(
        (healed or frames["past"].search(sentence))
        and frames["past_tense"].search(phrase)
        and not frames["present"].search(sentence)
    )


def _hit(told: _Told, level: RiskLevel, book: Rulebook) -> _Hit:
    rule, match, sentence, theirs = told
    frames = book.frames
    before = sentence[: match.start]
    reported = rule.about == "self" and bool(
        theirs or (frames["reported"].search(before) and not frames["not_reported"].search(before))
    )
    return _Hit(
        id=rule.id,
        kind=rule.kind,
        level=level,
        about="other" if reported else rule.about,
        facets=rule.facets if level >= rule.level else frozenset({"lowered"}),
        figurative=rule.plain and bool(frames["trivial"].search(sentence)),
        doubtful=rule.doubtful,
    )


def _lower_hyperbole(reading: _Reading) -> None:
    """Take "this homework makes me want to die" for what it is, when nothing else is heavy."""
    if any(hit.level and "fallback" not in hit.facets for hit in reading.hits.values()):
        reading.drop("fallback")
    urgent = [hit for hit in reading.hits.values() if hit.level >= RiskLevel.moderate]
    others = [
        hit
        for hit in reading.hits.values()
        if hit.level < RiskLevel.moderate and hit.id != "suicide.hyperbole"
    ]
    if urgent and not others and all(hit.figurative for hit in urgent):
        for hit in urgent:
            reading.hits[hit.id] = hit.lowered()


def _understood(judged: Judgement, text: str) -> bool:
    """Say whether the net, which learnt English alone, may speak of a text."""
    return judged.chance >= _ABROAD or tongue_of(text) in {None, ENGLISH}


def _drop_doubtful(reading: _Reading) -> None:
    """Take "blood everywhere" for the beetroot it is, where the net hears no risk at all."""
    for hit in list(reading.hits.values()):
        if hit.doubtful and hit.level >= RiskLevel.moderate:
            reading.hits[hit.id] = hit.lowered()


def _add_up(reading: _Reading, combinations: Iterable[Combination]) -> None:
    for row in combinations:
        if row.all <= reading.facets:
            reading.add(_combined(row))
    weight = sum(reading.weights.values())
    if weight >= _ENOUGH_AT_ONCE and reading.level < RiskLevel.moderate:
        reading.add(_together("together.low_signals", RiskLevel.moderate))
    elif weight >= _SOME and reading.level < RiskLevel.low:
        reading.add(_together("together.hints", RiskLevel.low))


def _remember(
    present: _Reading, earlier: Sequence[_Reading], combinations: Iterable[Combination]
) -> None:
    """Combine what the message tells with what the turns before told."""
    before = frozenset[str]().union(*(reading.facets for reading in earlier))
    for row in combinations:
        if row.all <= present.facets | before and row.all & present.facets - before:
            present.add(_combined(row))


def _combined(row: Combination) -> _Hit:
    return _Hit(row.id, row.kind, row.level, row.about, frozenset(), figurative=False)


def _together(name: str, level: RiskLevel) -> _Hit:
    return _Hit(name, "suicide", level, "self", frozenset(), figurative=False)


def _built_up(readings: Sequence[_Reading]) -> float:
    """Return how much the different signals of the last turns weigh, the present one first."""
    weights: dict[str, float] = {}
    for age, reading in enumerate(readings):
        for name, weight in reading.weights.items():
            weights[name] = max(weights.get(name, 0.0), min(weight, 1.0) * _KEPT**age)
    return sum(weights.values())


def _darkened(readings: Sequence[_Reading]) -> float:
    """Return how much the net's doubts of the last turns add up to, the present one first."""
    return sum(
        max(0.0, each.judged.chance - _DOUBT) * _KEPT**age
        for age, each in enumerate(readings)
        if each.judged and each.judged.about == "self" and each.judged.kind in _FACETS
    )


def _faded(reading: _Reading, age: int) -> Risk:
    """Return what is left of an earlier message's risk."""
    sunk = (age + _FADES - _FRESH - 1) // _FADES
    hits = [
        hit._replace(level=RiskLevel(max(0, hit.level - sunk))) for hit in reading.hits.values()
    ]
    return _risk(sorted(hits, key=lambda hit: -hit.level))


def _risk(hits: Sequence[_Hit]) -> Risk:
    """Return the risk of hits that are sorted, the most urgent first."""
    if not hits or hits[0].level == RiskLevel.none:
        return Risk(level=RiskLevel.none, score=round(min(0.15, 0.05 * len(hits)), 3))
    level = hits[0].level
    top = [hit for hit in hits if hit.level == level]
    own = [hit for hit in hits if hit.about == "self" and hit.level >= RiskLevel.moderate]
    return Risk(
        level=level,
        score=_score(level, len(hits)),
        signals=_ids(hits),
        about="self" if own or any(hit.about == "self" for hit in top) else "other",
        kind=top[0].kind,
    )


def _ids(hits: Sequence[_Hit]) -> tuple[str, ...]:
    if not any(hit.level for hit in hits):
        return ()
    return tuple(hit.id for hit in hits)


def _score(level: RiskLevel, signals: int) -> float:
    return round(0.2 * (level + min(0.95, 0.4 + 0.1 * signals)), 3)
