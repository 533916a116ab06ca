"""What stays of a conversation when its messages have left the window: pure code, no model.

A thread keeps its last messages. Of those that go, a gist stays that does not grow: what the person
came with, what they plainly stated (people, names, plans, by the rules of `memory/facts.py`), what
we said that we would do, what the tools of a case have done, and the highest risk so far. It works
without a memory, and a model is told it beside the messages that are left.
"""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, cast

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, RemoveMessage

from empathy_agent.affect import RiskLevel
from empathy_agent.agent.state import LONGEST
from empathy_agent.errors import SetupError
from empathy_agent.memory import Fact, Moment
from empathy_agent.memory.facts import settle
from empathy_agent.memory.record import from_metadata, tidy, to_metadata
from empathy_agent.prompts import fill, quoted
from empathy_agent.tools.cases import reported

__all__ = ["WINDOW", "Gist", "leaving", "trimmed"]

WINDOW = 40
"""Messages that a thread keeps."""
_OPENED = 240
_SAID = 160
"""Characters of a sentence that is kept."""
_FACTS = 16
_PROMISES = 6
_DONE = 8
_PROMISE = re.compile(
    r"\b(?:I will|I'll|I shall|we will|we'll|I am going to|I'm going to|let us|let's|next time"
    r"|remind you|come back to|you (?:said|told me) (?:that )?you (?:will|would|are going to))\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")


@dataclass(frozen=True)
class Gist:
    """What is still known of messages that are gone; all of it bounded."""

    turns: int = 0
    """The user's messages that are gone."""
    opened: str = ""
    """What the user came with."""
    facts: tuple[Mapping[str, Any], ...] = ()
    """`Fact`s as flat JSON, oldest first."""
    promised: tuple[str, ...] = ()
    """Sentences of ours about what we, or both, would do."""
    done: tuple[str, ...] = ()
    """What the tools of a case reported, word for word."""
    risk: str = "none"
    """The highest of the conversation."""
    risk_turn: int = 0
    """The turn it was in."""

    @classmethod
    def read(cls, told: Mapping[str, Any] | None) -> "Gist":
        """Read it from a state; null is the empty one."""
        told = told or {}
        return cls(
            turns=int(told.get("turns", 0)),
            opened=str(told.get("opened", "")),
            facts=tuple(told.get("facts", ())),
            promised=tuple(told.get("promised", ())),
            done=tuple(told.get("done", ())),
            risk=str(told.get("risk", "none")),
            risk_turn=int(told.get("risk_turn", 0)),
        )

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON for a state."""
        lists: dict[str, Any] = {
            "facts": list(self.facts),
            "promised": list(self.promised),
            "done": list(self.done),
        }
        return {**asdict(self), **lists}

    def at_risk(self, level: str, turn: int) -> "Gist":
        """Return it with this turn's risk in mind."""
        if RiskLevel[level] <= RiskLevel[self.risk]:
            return self
        return replace(self, risk=level, risk_turn=turn)

    def with_gone(self, gone: Sequence[AnyMessage], now: float) -> "Gist":
        """Return it with messages taken in that leave the window.

        Args:
            gone: whole turns, oldest first.
            now: seconds since the epoch, for days such as "on Friday".
        """
        gist = self
        for turn in _turns(gone):
            gist = gist._with_turn(turn, now)
        return gist

    def _with_turn(self, turn: Sequence[AnyMessage], now: float) -> "Gist":
        said = " ".join(str(turn[0].text).split())[:LONGEST]
        ours = " ".join(str(each.text) for each in turn if isinstance(each, AIMessage))
        promised = [s.strip()[:_SAID] for s in _SENTENCE.findall(ours) if _PROMISE.search(s)]
        told = reported([turn[0], *turn[1:]])
        return replace(
            self,
            turns=self.turns + 1,
            opened=self.opened or said[:_OPENED],
            facts=_stated(self.facts, said, now),
            promised=_last([*self.promised, *promised], _PROMISES),
            done=_last([*self.done, *([told[: 2 * _SAID]] if told else [])], _DONE),
        )

    def words(self) -> str:
        """Return it as a part of a system prompt; empty when nothing has left the window."""
        if not self.turns:
            return ""
        lines = [f"- They came with {quoted(self.opened, _OPENED)}."]
        lines += [f"- They told you {quoted(str(each['said']), _SAID)}." for each in self.facts]
        lines += [f"- You said {quoted(each, _SAID)}. Keep to it." for each in self.promised]
        lines += [f"- Done, and still true: {quoted(each, 2 * _SAID)}." for each in self.done]
        if RiskLevel[self.risk] >= RiskLevel.moderate:
            lines.append(f"- Message {self.risk_turn} showed a {self.risk} risk. Stay watchful.")
        return fill("respond/window.md", turns=self.turns, gist="\n".join(lines))


def leaving(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    """Return the messages that the window has no room for: whole turns, with calls and results."""
    cut = max(0, len(messages) - WINDOW)
    while 0 < cut < len(messages) and not isinstance(messages[cut], HumanMessage):
        cut += 1
    return list(messages[:cut])


def trimmed(messages: Sequence[AnyMessage]) -> list[AnyMessage | RemoveMessage]:
    """Return what changes in a thread's messages: those that go, and long ones made short."""
    gone = leaving(messages)
    long = [
        message.model_copy(update={"content": f"{message.text[:LONGEST]}…"})
        for message in messages[len(gone) :]
        if isinstance(message, HumanMessage) and len(message.text) > LONGEST
    ]
    return [*(RemoveMessage(id=str(message.id)) for message in gone), *long]


def _turns(messages: Sequence[AnyMessage]) -> list[list[AnyMessage]]:
    turns: list[list[AnyMessage]] = []
    for message in messages:
        if isinstance(message, HumanMessage):
            turns.append([])
        if turns:
            turns[-1].append(message)
    return turns


def _stated(
    known: Sequence[Mapping[str, Any]], said: str, now: float
) -> tuple[Mapping[str, Any], ...]:
    """Return facts after one more message, the newest last."""
    facts = {fact.id: fact for fact in map(_fact, known) if fact is not None}
    moment = Moment(uuid.uuid4().hex, "window", now, said=said)
    for fact in settle(moment, list(facts.values())):
        facts[fact.id] = fact
    holds = [fact for fact in facts.values() if fact.superseded_by is None]
    return tuple(_flat(fact) for fact in holds[-_FACTS:])


def _flat(fact: Fact) -> dict[str, Any]:
    short = tidy(replace(fact, said=fact.said[:_SAID]))
    told = {name: value for name, value in to_metadata(short).items() if value is not None}
    return {"id": fact.id, **told}


def _fact(told: Mapping[str, Any]) -> Fact | None:
    rest = {name: value for name, value in told.items() if name != "id"}
    try:
        return cast("Fact", from_metadata(str(told["id"]), rest))
    except (SetupError, KeyError):  # of another version: the conversation goes on without it
        return None


def _last(told: Sequence[str], most: int) -> tuple[str, ...]:
    """Return the last different ones."""
    return tuple(list(dict.fromkeys(reversed(told)))[:most][::-1])
