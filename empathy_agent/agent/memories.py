"""What a turn draws from the memory, and what it leaves there; the nodes only pass it on."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from empathy_agent.affect import Emotion
from empathy_agent.memory import Fact, Memory, Moment, Recalled, Record
from empathy_agent.memory.episodes import by_session, episodes, summary
from empathy_agent.memory.facts import settle
from empathy_agent.memory.known import due, followed_up, known
from empathy_agent.memory.rank import within
from empathy_agent.memory.recall import asks_for_anything

__all__ = ["Recollection", "recollect", "to_keep"]

_RECALLED = 4
_OVERVIEW = 8
"""Records that are recalled when the user asks what is remembered."""
_FOLLOWED_TURNS = 3
"""Turns of a conversation in which what was planned may come up; later it would break in."""
_PAST = 200
"""Moments among which the last session is looked for."""


@dataclass(frozen=True)
class Recollection:
    """What is remembered for one turn."""

    found: Sequence[Recalled]
    """What is due first, then what bears on the turn, best first."""
    known: dict[str, Any]
    """How the user wants to be spoken to: the fields of `Known` as JSON."""


def recollect(
    memory: Memory,
    user: str,
    query: str,
    *,
    now: float,
    thread: str,
    turn: int,
    emotion: Emotion | None,
    tokens: int,
) -> Recollection:
    """Return what bears on a turn, within a budget.

    Args:
        memory: Of everybody; only this user's is looked at.
        user: Whose.
        query: What the user says.
        now: Seconds since the epoch.
        thread: This conversation, which needs no recalling.
        turn: 1 for its first message.
        emotion: What is felt now.
        tokens: What may be recalled at most, in tokens of a prompt.
    """
    facts = memory.records(user, Fact)
    found = memory.recall(
        user,
        query,
        now=now,
        k=_OVERVIEW if asks_for_anything(query) else _RECALLED,
        session_not=thread,
        emotion=emotion,
    )
    waiting = [
        each
        for each in (due(facts, now) if turn <= _FOLLOWED_TURNS else ())
        if each.record.session != thread
    ]
    first = {each.record.id for each in waiting}
    found = [*waiting, *(each for each in found if each.record.id not in first)]
    told = asdict(known(facts))
    return Recollection(within(found, tokens), {**told, "wishes": list(told["wishes"])})


def to_keep(memory: Memory, user: str, moment: Moment, *, first: bool) -> list[Record]:
    """Return all that is kept after a turn: its moment, and what follows from it.

    Args:
        memory: Of everybody; only this user's is looked at.
        user: Whose.
        moment: The turn.
        first: It begins a conversation, so that the one before is over and can be told.
    """
    facts = memory.records(user, Fact)
    adopted = [
        replace(each, sources=(moment.id,))
        for each in facts
        if not each.sources and each.session == moment.session
    ]
    changed = {each.id: each for each in adopted}
    holding = [changed.get(each.id, each) for each in facts]
    for each in settle(moment, holding):
        changed[each.id] = each
    asked = [changed.get(each.id, each) for each in facts]
    for each in followed_up(asked, moment.said, moment.reply, moment.at):
        changed[each.id] = each
    closed = _closed(memory, user, moment.session) if first else []
    return [moment, *changed.values(), *closed]


def _closed(memory: Memory, user: str, thread: str) -> list[Record]:
    """Return the summary and the episodes of the session before this one."""
    past = [each for each in memory.recent(user, _PAST) if each.session != thread]
    if not past:
        return []
    last = max(by_session(past), key=lambda each: each[-1].at)
    told = summary(last)
    return [*episodes(last), *([told] if told else [])]
