"""Where a conversation about a risk stands: what was asked, what was answered, what still holds.

The questions follow the C-SSRS screener (Posner et al., 2011: wish, thoughts, method, intent,
plan, behaviour), then means within reach, company and safety now; other kinds of risk have their
own. A bare "yes" to one of them raises the risk, whatever a screen of words would say. A "no"
lowers nothing that was said before; it only moves on. A risk that was high sinks when the person
has said that they are safe and quiet turns have followed, and not before.

Everything here is pure. A `Protocol` is flat JSON, so that a graph's state and a memory can hold
it; it holds no word of what was said.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self, cast

from empathy_agent.affect import RiskLevel
from empathy_agent.safety.answers import Answer, answer_to, country_in, facts_in, topic_of
from empathy_agent.safety.questions import OWN, RAISES, SIGNALS
from empathy_agent.safety.rules import About, Kind
from empathy_agent.safety.screen import Risk
from empathy_agent.safety.tongue import tongue_of

__all__ = ["DAY", "FOLLOW_UP", "GAP", "WATCH", "Protocol", "advance", "resume", "standing", "told"]

DAY = 86_400.0
"""Seconds."""
FOLLOW_UP = 7 * DAY
"""How long after a high risk a new session begins with asking how it is now: the week in which
a caring contact is due after a crisis."""
WATCH = 30 * DAY
"""How long after a high risk low signals are taken for moderate ones."""
GAP = 8 * 3600.0
"""Silence after which the same thread counts as a new session."""
_AGAIN = 8
"""Turns after which a question that was not answered may be put once more."""
_AT_MOST = 2
"""How often a question is put."""
_LINGERS = 5
"""Turns for which a moderate risk stands without a new sign."""
_IDLE = 6
"""Turns without risk after which what was asked may be asked anew."""

_SAFER = frozenset({("safe", "yes"), ("means", "no"), ("company", "yes"), ("called", "yes")})
"""What tells of safety."""
_THEM = re.compile(
    r"\b(?:he|she|they|him|her|them|his|their|él|ella|elle|il|lui|er|sie|ihm|ihr|ele|ela|lei)\b"
    r"|[他她]|वह|वो|هو|هي",
    re.IGNORECASE,
)
"""Somebody else is still spoken of."""


@dataclass(frozen=True)
class Protocol:
    """Where the conversation stands; the default: nothing has happened."""

    kind: Kind = "none"
    about: About = "self"
    peak: str = "none"
    """The highest level of this episode."""
    asked: str = ""
    """The questions put so far, oldest first, as `thoughts@3 safe@5`: what, and in which turn."""
    answers: str = ""
    """What was answered, as `thoughts=yes safe=no`; the last answer to each holds."""
    pending: str = ""
    """The question of our last message, which a bare answer is about."""
    answered: str = ""
    """What this turn's message answered, as `thoughts=yes`; empty when nothing."""
    raised: str = "none"
    """The level that this turn's answer stands for."""
    topic: str = ""
    """What this turn's message was about, as `burden`; empty when nothing we know."""
    streak: int = 0
    """Questions in a row that were not answered."""
    turns: int = 0
    """User's turns in this episode."""
    idle: int = 0
    """Turns in a row without any risk that counts; an episode that was not high ends with them."""
    since: int = 0
    """Turns since a sign of risk or an answer to one of our questions."""
    calm: int = 0
    """Quiet turns since the person said that they are safe, that turn included."""
    rose: bool = False
    """Whether this turn raised a level that stood before."""
    line_at: int = -1
    """The turn in which a helpline was last offered; -1: never."""
    handed_over: bool = False
    """Whether a human has said that they are coming."""
    alerted: str = "none"
    """The highest level of this episode that was told to the app's hook."""
    country: str = ""
    """Told by the person when we asked for it; empty when not."""
    tongue: str = ""
    """The language they last wrote in, as `safety.tongue` tells it; empty when unknown."""
    follow_up: bool = False
    """Whether the coming reply asks how it is since the last time."""
    last_level: str = "none"
    """The highest level of the last episode that was high, this one included."""
    last_at: float = 0.0
    """When it was, in seconds since the epoch."""
    seen_at: float = 0.0
    """When the person last wrote."""

    @classmethod
    def read(cls, told: Mapping[str, Any] | None) -> Self:
        """Return the protocol of `as_json`; what a newer or older version wrote is left out."""
        told = told or {}
        bare = cls()
        known = {
            each.name: told[each.name]
            for each in fields(cls)
            if type(told.get(each.name)) is type(getattr(bare, each.name))
        }
        return replace(bare, **known)

    def as_json(self) -> dict[str, Any]:
        """Return it flat: names to strings, numbers and truth values."""
        return asdict(self)

    def answer(self, question: str) -> Answer | None:
        """Return what was answered to a question."""
        return cast("Answer | None", _pairs(self.answers, "=").get(question))

    def may_ask(self, question: str) -> bool:
        """Say whether a question is still open, and not put too lately or too often."""
        if self.answer(question) is not None or self._is_moot(question):
            return False
        turns = [int(turn) for name, turn in _items(self.asked, "@") if name == question]
        return not turns or (len(turns) < _AT_MOST and self.turns - turns[-1] >= _AGAIN)

    def _is_moot(self, question: str) -> bool:
        """Say whether another answer has made a question needless, or has yet to make it fit."""
        thoughts = self.answer("thoughts")
        if question == "wish":
            return thoughts == "yes"
        return question in {"method", "plan", "intent"} and thoughts not in {"yes", "unsure"}

    @property
    def level(self) -> RiskLevel:
        """What stands of this episode: its peak, less what quiet turns in safety took off.

        A moderate one stands for some turns, or until the direct question is answered by no; one
        with thoughts of suicide stands until the person has said that they are safe.
        """
        peak = RiskLevel[self.peak]
        if peak < RiskLevel.high:
            denied = self.kind == "suicide" and self.answer("thoughts") == "no"
            wished = self.answer("thoughts") == "yes" and not self.calm
            stands = wished or (self.since < _LINGERS and not denied)
            return peak if peak == RiskLevel.moderate and stands else RiskLevel.none
        taken = peak if self._is_cleared() else (self.calm + 1) // 2
        left = RiskLevel(max(0, peak - taken))
        return left if left >= RiskLevel.moderate else RiskLevel.none

    def _is_cleared(self) -> bool:
        """Asked whether they think of suicide and whether they are safe: no, and yes."""
        return self.calm > 1 and self.answer("thoughts") == "no" and self.answer("plan") != "yes"

    @property
    def is_safe(self) -> bool:
        """Whether the person has said that they are safe, and nothing has happened since."""
        return self.answer("safe") == "yes"

    def watched(self, at: float) -> bool:
        """Say whether a high risk lies so short a time back that low signals count as moderate."""
        return RiskLevel[self.last_level] >= RiskLevel.high and 0 <= at - self.last_at <= WATCH


def resume(before: Protocol, at: float) -> Protocol:
    """Return the protocol of a new session: what was asked is forgotten, what was high is not.

    Args:
        before: as the last session left it.
        at: now, in seconds since the epoch.
    """
    was_high = RiskLevel[before.last_level] >= RiskLevel.high
    return Protocol(
        last_level=before.last_level,
        last_at=before.last_at,
        country=before.country,
        tongue=before.tongue,
        follow_up=was_high and 0 <= at - before.last_at <= FOLLOW_UP,
        seen_at=at,
    )


def advance(state: Protocol, risk: Risk, said: str, *, at: float = 0.0) -> Protocol:
    """Return where the conversation stands after a message of the user.

    Args:
        state: before it.
        risk: what the screen found in it.
        said: the message.
        at: when, in seconds since the epoch.
    """
    if state.seen_at and at - state.seen_at > GAP:
        state = resume(state, at)
    if _is_over(state):
        state = _closed(state)
    before = RiskLevel[state.peak]
    state = _heard(replace(state, turns=state.turns + 1, seen_at=max(at, 0.0)), risk, said)
    raised = _raised(state)
    if raised >= RiskLevel.high:
        state = replace(state, answers=_without(state.answers, "safe=yes"))
    level = max(risk.level, raised)
    if risk.level == RiskLevel.low and state.watched(at):
        level = max(level, RiskLevel.moderate)
    state = _placed(state, risk, raised)
    quiet = _is_quiet(risk, said) and not raised
    engaged = not quiet or state.answered or (state.about == "other" and _THEM.search(said))
    state = replace(
        state,
        raised=raised.name,
        peak=max(before, level).name,
        rose=RiskLevel.moderate <= before < level,
        since=0 if engaged else state.since + 1,
        calm=state.calm + 1 if quiet and state.is_safe else 0,
    )
    counts = max(level, state.level) >= RiskLevel.moderate
    state = replace(state, idle=0 if counts else state.idle + 1)
    if level >= RiskLevel.high:
        last = max(level, RiskLevel[state.last_level]) if state.watched(at) else level
        state = replace(state, last_level=last.name, last_at=at)
    return state


def standing(state: Protocol, risk: Risk, at: float = 0.0) -> Risk:
    """Return the risk that counts: the screen's, raised by what the protocol knows.

    Args:
        state: after `advance`.
        risk: what the screen found.
        at: when, in seconds since the epoch.
    """
    watched = risk.level == RiskLevel.low and state.watched(at)
    level, name = max(
        (RiskLevel[state.raised], f"answer.{state.answered.replace('=', '.')}"),
        (state.level, "protocol.stands"),
        (RiskLevel.moderate if watched else RiskLevel.none, "protocol.watch"),
        key=lambda each: each[0],
    )
    if level <= risk.level:
        return replace(risk, kind=state.kind, about="other") if _is_theirs(state, risk) else risk
    return Risk(
        level=level,
        score=round(0.2 * (level + 0.5), 3),
        signals=(name, *risk.signals),
        about=state.about,
        kind=state.kind if state.kind != "none" else "suicide",
    )


def told(state: Protocol, *, asked: str = "", line: bool = False) -> Protocol:
    """Return where it stands after our reply.

    Args:
        state: before it.
        asked: the question the reply ends in; empty when a bare answer would mean nothing.
        line: whether the reply offered a helpline.
    """
    return replace(
        state,
        pending=asked,
        asked=f"{state.asked} {asked}@{state.turns}".strip() if asked else state.asked,
        line_at=state.turns if line else state.line_at,
        follow_up=False,
    )


def _heard(state: Protocol, risk: Risk, said: str) -> Protocol:
    """Take in what the message answers, and what it and the screen's signals tell besides."""
    answers = _pairs(state.answers, "=")
    if not _is_quiet(risk, said):
        answers.pop("safe", None)
    for signal in risk.signals if risk.about == "self" else ():
        answers |= dict.fromkeys(SIGNALS.get(signal, ()), "yes")
    concerned = state.pending or max(RiskLevel[state.peak], risk.level) >= RiskLevel.moderate
    facts = facts_in(said) if concerned else {}
    if state.kind == "abuse" and "them_means" in facts:
        facts["weapon"] = facts.pop("them_means")
    answer = (facts.get(state.pending) or answer_to(said, state.pending)) if state.pending else None
    if answer and (state.pending == "safe" or not answer == "yes" == facts.get("safe")):
        facts = {state.pending: answer, **facts}
    answers |= facts
    pairs = [f"{question}={fact}" for question, fact in facts.items()]
    answered = max(pairs, key=lambda each: _raised(replace(state, answered=each)), default="")
    country = (country_in(said) or "") if state.turns > 1 and not state.country else ""
    missed = bool(state.pending) and not answered and not country
    again = country and state.pending and not answered  # which country is what we had asked too
    return replace(
        state,
        answers=" ".join(f"{name}={value}" for name, value in answers.items()),
        answered=answered,
        topic=topic_of(said) or "",
        pending="",
        asked=state.asked.rpartition(" ")[0] if again else state.asked,
        streak=state.streak + 1 if missed else 0,
        country=state.country or country,
        tongue=tongue_of(said, risk.signals) or state.tongue,
    )


def _raised(state: Protocol) -> RiskLevel:
    """Return the level that the answer of this turn stands for."""
    question, _, answer = state.answered.partition("=")
    level = RAISES.get(question, {}).get(cast(Answer, answer), RiskLevel.none)
    if question == "safe" and answer == "no" and RiskLevel[state.peak] >= RiskLevel.high:
        return RiskLevel.imminent
    if question == "means" and state.kind in {"self_harm", "eating"}:
        return min(level, RiskLevel.high)
    return level


def _placed(state: Protocol, risk: Risk, raised: RiskLevel) -> Protocol:
    """Return the state with kind and person of what is most urgent now."""
    kind = OWN.get(state.answered.partition("=")[0])
    if kind is not None and raised and raised >= risk.level:
        return replace(state, kind=kind, about="self")
    if _is_theirs(state, risk):
        return state
    if risk.level >= RiskLevel.moderate and (risk.level >= state.level or state.kind == "none"):
        return replace(state, kind=risk.kind, about=risk.about)
    return state


def _is_theirs(state: Protocol, risk: Risk) -> bool:
    """Say whether a danger that a classifier guesses is the worry spoken of before.

    To tell of a promise not to tell sounds like an abused child, unless a friend was at risk.
    """
    guessed = all(each.startswith(("classifier.", "earlier.")) for each in risk.signals)
    return state.about == "other" and state.topic == "sworn" and guessed


def _is_quiet(risk: Risk, said: str) -> bool:
    """Say whether the message had no sign of risk of its own that counts.

    A classifier may take "I put the pills away" for danger; where the message tells of safety by
    our own phrases, it is not heard alone.
    """
    old = ("earlier.", "together.over_turns")
    if _SAFER & facts_in(said).items():
        old += ("classifier.", "hint.")
    return risk.level <= RiskLevel.low or all(each.startswith(old) for each in risk.signals)


def _is_over(state: Protocol) -> bool:
    """Say whether the episode has ended: what was high has sunk, or what was less is long gone."""
    if RiskLevel[state.peak] >= RiskLevel.high:
        return not state.level
    return state.idle >= _IDLE


def _closed(state: Protocol) -> Protocol:
    """Return the state after an episode is over; the watch goes on."""
    return Protocol(
        turns=state.turns,
        line_at=state.line_at,
        country=state.country,
        tongue=state.tongue,
        last_level=state.last_level,
        last_at=state.last_at,
        seen_at=state.seen_at,
        pending=state.pending,
    )


def _items(text: str, mark: str) -> list[tuple[str, str]]:
    return [(name, value) for name, _, value in (each.partition(mark) for each in text.split())]


def _without(text: str, item: str) -> str:
    return " ".join(each for each in text.split() if each != item)


def _pairs(text: str, mark: str) -> dict[str, str]:
    return dict(_items(text, mark))
