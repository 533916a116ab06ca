"""The policy of service: acknowledge, clarify, solve, confirm, hand over; and what cools."""

import re
from collections.abc import Mapping

from empathy_agent.affect import Appraisal
from empathy_agent.models.listener.hear import Heard, plain
from empathy_agent.models.listener.moves import HELPING_SKILLS, Plan, families_used, group_of
from empathy_agent.models.listener.themes import theme_in

__all__ = ["heat", "service"]

_ANSWERS: Mapping[str | None, Plan] = {
    "asks_promise": Plan("solve", "asked for what is not ours to promise", ("promise", "offer")),
    "asks_advice": Plan("solve", "asked what to do", ("solve", "offer")),
}
_NEEDS_NUMBER = frozenset({"delivery", "refund", "damaged", "charge", "booking"})
_BARELY = 2
"""Words with which nothing is told: "great"."""
_AT_ONCE = frozenset({"praises", "bereaved"})
"""Themes that are met in the first message as well."""
_ASKS_FIRST = re.compile(
    r"^(?:hi|hello|hey)?[ ,!.]*(?:(?:do|are) you (?:sell|have|offer|ship|deliver|accept|take|open)|"
    r"what|when|where|which|how)\b"
)
"""Wants to know something, and has no case yet."""
_RAISED = re.compile(r"!{2,}|\?{2,}|[!?]{3,}")
_HARSH = re.compile(
    r"\b(?:ridiculous|unacceptable|outrageous|disgrace\w*|pathetic|useless|joke|scam|liars?|thieves|"
    r"furious|fed up|sick of|had enough|worst|incompetent|rip[- ]?off|never again|"
    r"nobody cares|angry)\b"
)
_ABUSIVE = re.compile(
    r"\b(?:fuck\w*|shit\w*|idiots?|morons?|stupid|shut up|bastards?|crap|damn|assholes?|"
    r"arseholes?)\b"
)


def heat(appraisal: Appraisal, heard: Heard) -> int:
    """Return how angry a customer seems: 0 calm, 1 annoyed, 2 angry, 3 abusive.

    Words and punctuation count before a reading, since anger on a face may be at anything.
    """
    text = plain(appraisal.said)
    letters = [c for c in appraisal.said if c.isalpha()]
    shouted = len(letters) > 12 and sum(c.isupper() for c in letters) > 0.6 * len(letters)
    if _ABUSIVE.search(text):
        return 3
    level = sum((shouted, bool(_RAISED.search(appraisal.said)), bool(_HARSH.search(text))))
    if group_of(appraisal, heard) == "anger":
        level += 1 if appraisal.intensity == "slight" else 2
    return min(level, 2)


def service(appraisal: Appraisal, heard: Heard) -> Plan:
    """Return the next helping skill of service."""
    done = [skill for skill in appraisal.tried if skill in HELPING_SKILLS["service"]]
    level = heat(appraisal, heard)
    return (
        _wishes(appraisal, heard)
        or _escalated(appraisal, done, level)
        or _particular(appraisal, heard, level)
        or _ANSWERS.get(heard.act)
        or _staged(appraisal, heard, done, level)
    )


def _wishes(appraisal: Appraisal, heard: Heard) -> Plan | None:
    """Return what follows good news, or a number that was missing."""
    if group_of(appraisal, heard) == "joy" and not heard.question and heard.tone != "low":
        if heard.words <= _BARELY and appraisal.tried:
            return Plan("confirm", "a word of agreement", ("brief_ack",))
        return Plan("confirm", "something went well", ("glad",))
    if heard.phone:
        return Plan("confirm", "gave a number to call", ("theme",), ("prefers_contact",))
    if heard.number:
        return Plan("solve", "gave the number that was missing", ("noted", "offer"))
    return None


def _escalated(appraisal: Appraisal, done: list[str], level: int) -> Plan | None:
    """Return the hand-over that is due when it gets hot, or goes round in circles."""
    if "hand_over" in appraisal.tried:
        return None
    if level == 3 and done:
        return Plan("hand_over", "is beside themselves: a person, now", ("human_none",))
    if (len(done) >= 3 and level >= 2) or len(done) >= 8:
        return Plan("hand_over", "did not get solved here", ("human_none",))
    return None


def _particular(appraisal: Appraisal, heard: Heard, level: int) -> Plan | None:
    """Return what this message asks for in particular, cooled down first where it is hot."""
    theme = theme_in(plain(appraisal.said), "service", appraisal.used)
    asks = heard.question and heard.about is None and _ASKS_FIRST.search(plain(appraisal.said))
    first_word = not (appraisal.tried or asks) or heard.act in _ANSWERS and theme is None
    if theme is not None and theme.name in _AT_ONCE:
        return Plan(theme.skill, f"told of: {theme.name}", ("theme",), (theme.name,))
    if _praises(appraisal):
        move = "unknown" if heard.question else "more"
        return Plan("acknowledge", "adds to the praise", (move,))
    if theme is not None and not first_word:
        moves = ("cool", "theme") if level >= 2 and theme.skill != "apologise" else ("theme",)
        return Plan(theme.skill, f"told of: {theme.name}", moves, (theme.name, *_how_hot(level)))
    if heard.question and not first_word:
        moves = ("cool", "unknown") if level >= 2 else ("unknown",)
        return Plan("solve", "asked what cannot be seen from here", moves, _how_hot(level))
    return None


def _praises(appraisal: Appraisal) -> bool:
    """Say whether this goes on with a praise; a reading of anger counts for nothing in it."""
    text = plain(appraisal.said)
    harsh = _HARSH.search(text) or _ABUSIVE.search(text)
    return not harsh and any(".praises." in used for used in appraisal.used[-2:])


def _how_hot(level: int) -> tuple[str, ...]:
    return ("very",) if level >= 2 else ()


def _staged(appraisal: Appraisal, heard: Heard, done: list[str], level: int) -> Plan:
    """Return the stage that is due."""
    said = families_used(appraisal)
    if not done:
        return _first(heard, level)
    if "solve" not in done and said & {"ask_number", "ask_detail"}:
        return Plan("solve", "the problem is clear enough", ("solve", "offer"))
    if level >= 2:
        return Plan("acknowledge", "hot: be short", ("cool", "more"), _how_hot(level))
    if "solve" in done and "confirm" not in done[-3:]:
        return Plan("confirm", "says back what was understood", ("confirm",))
    if "solve" in done:
        return Plan("acknowledge", "adds something", ("more",))
    return Plan("clarify", "something is still missing", ("ack", "ask_detail"))


def _first(heard: Heard, level: int) -> Plan:
    ask = "ask_number" if heard.about in _NEEDS_NUMBER else "ask_detail"
    if level:
        return Plan("apologise", "upset: one apology, then one question", ("sorry", ask))
    if heard.about is None and heard.tone is None:
        return Plan("clarify", "not clear yet what is needed", ("ask_open",))
    return Plan("acknowledge", "say what went wrong, then one question", ("ack", ask))
