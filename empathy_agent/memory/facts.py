"""Facts that the user plainly stated: found in one message, and settled with what was known.

No language model has a part in it: only what a pattern knows word for word is kept. What a newer
statement contradicts stays in the history, superseded, and is not recalled.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from empathy_agent.affect import RiskLevel
from empathy_agent.memory.clause import clauses
from empathy_agent.memory.fact_rules import RULES, Stated
from empathy_agent.memory.fact_words import PARTNERS
from empathy_agent.memory.plan_rules import PLAN_RULES
from empathy_agent.memory.record import Fact, Moment
from empathy_agent.memory.taste_rules import TASTE_RULES

__all__ = ["settle", "stated"]

_RULES = (*RULES, *PLAN_RULES, *TASTE_RULES)
_MOST = 12
"""Facts of one message at most."""


def stated(said: str, now: float) -> list[Stated]:
    """Return what a message plainly states, in the order of topics; nothing most of the time.

    Args:
        said: The user's message.
        now: Seconds since the epoch, for days such as "on Friday".
    """
    found: dict[tuple[str, str, bool], Stated] = {}
    for clause in clauses(said, now):
        rules = [rule for signs, rule in _RULES if any(sign in clause.low for sign in signs)]
        for rule in rules:
            for each in rule(clause):
                if not _told_already(each, found.values()):
                    found[each.topic, each.about, each.act == "new"] = each
    return list(found.values())[:_MOST]


def _told_already(each: Stated, found: Iterable[Stated]) -> bool:
    """Say whether a plan is another's in more words: "having dinner" and "dinner"."""
    return each.topic == "plan" and any(
        other.topic == "plan" and other.span == each.span and other.about in each.about
        for other in found
        if other.about != each.about
    )


def settle(moment: Moment, known: Sequence[Fact]) -> list[Fact]:
    """Return the facts to be kept after a moment: new ones, and old ones that it changes.

    Args:
        moment: What was just said.
        known: All facts of the user that hold.
    """
    # Nobody is to be asked next week how it went with what they said in danger.
    if RiskLevel.__members__.get(moment.risk, RiskLevel.none) >= RiskLevel.moderate:
        return []
    holds = {each.id: each for each in known if each.superseded_by is None}
    changed: dict[str, Fact] = {}
    for number, each in enumerate(stated(moment.said, moment.at)):
        alike = _nearest([fact for fact in holds.values() if _is_about(fact, each)], each)
        if each.act == "followed":
            news = [replace(fact, followed=True) for fact in alike]
        elif each.act == "ends":
            news = [replace(fact, superseded_by=moment.id) for fact in alike]
        else:
            news = _replaced(_fact(moment, each, number), alike)
        for fact in news:
            changed[fact.id] = holds[fact.id] = fact
        holds = {id: fact for id, fact in holds.items() if fact.superseded_by is None}
    return list(changed.values())


def _nearest(alike: Sequence[Fact], each: Stated) -> Sequence[Fact]:
    """Return whose plan is meant: "my exam" is not my daughter's, "the exam" may be."""
    if each.topic != "plan":
        return alike
    owned = [fact for fact in alike if _owner(fact.about) == _owner(each.about)]
    return owned if owned or each.act == "new" else alike


def _owner(about: str) -> str:
    """Return "daughter" of "daughter's exam"; empty for a plan of one's own."""
    whose, of, _ = about.partition("' " if "s' " in about else "'s ")
    return whose if of else ""


def _replaced(new: Fact, alike: Sequence[Fact]) -> list[Fact]:
    same = (new.value.lower(), new.starts)
    if any((fact.value.lower(), fact.starts) == same for fact in alike):
        return []
    return [*(replace(fact, superseded_by=new.id) for fact in alike), new]


def _fact(moment: Moment, each: Stated, number: int) -> Fact:
    return Fact(
        id=f"{moment.id}-fact-{number}",
        session=moment.session,
        at=moment.at,
        said=" ".join(moment.said.split())[:400],
        sources=(moment.id,),
        topic=each.topic,
        about=each.about,
        value=each.value,
        starts=each.span.since if each.span else None,
        until=each.span.until if each.span else None,
        yearly=each.yearly,
    )


def _is_about(fact: Fact, each: Stated) -> bool:
    """Say whether a statement is about the same as a fact that is known."""
    if fact.topic != each.topic:
        return {fact.topic, each.topic} == {"likes", "dislikes"} and fact.about == each.about
    if each.topic == "plan":
        return _same_event(fact.about, each.about)
    if each.act == "ends" and each.about == "partner":
        return fact.about in PARTNERS
    if each.value == "died":
        return fact.about == each.about or fact.about.startswith(f"{each.about} ")
    return fact.about == each.about


def _same_event(one: str, other: str) -> bool:
    """Say whether two names mean one event: "exam" and "chemistry exam", not two kinds of exam."""
    first, second = (
        frozenset(re.findall(r"\w+", each.removeprefix(_owner(each)))) - _EMPTY
        for each in (one, other)
    )
    heads = one.split()[-1:] == other.split()[-1:]
    return heads and (first <= second or second <= first)


_EMPTY = frozenset({"my", "our", "the", "a", "an", "s", "job"})
