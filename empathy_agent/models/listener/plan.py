"""Which helping skill comes next: a policy that can be read from top to bottom.

What comes before any helping skill stands here: a risk, a question to the agent itself, an answer
to our own question, a correction, a message of hardly any words. After that, `support` follows the
helping skills of ESConv (Liu et al., 2021) in their stages: explore, comfort, act; and `service`
acknowledges, clarifies, solves, confirms and hands over.
"""

import re
from collections.abc import Mapping

from empathy_agent.affect import Appraisal
from empathy_agent.models.listener.hear import Heard, feeling_group, hear, plain
from empathy_agent.models.listener.moves import (
    HELPING_SKILLS,
    Plan,
    due_plan,
    emotion_group,
    family,
    group_of,
    is_same,
    last_family,
    related,
)
from empathy_agent.models.listener.service import service
from empathy_agent.models.listener.support import support
from empathy_agent.models.listener.themes import theme_in

__all__ = ["HELPING_SKILLS", "Plan", "group_of", "is_same", "plan", "related"]

_ANSWERS: Mapping[str | None, Plan] = {
    "asks_ai": Plan("about_me", "asked whether this is a machine", ("about_ai",)),
    "asks_name": Plan("about_me", "asked for its name", ("about_name",)),
    "asks_leave": Plan("question", "asks leave to ask", ("ask_away",)),
    "asks_own_name": Plan("about_me", "asked for their own name", ("own_name",)),
    "asks_maker": Plan("about_me", "asked who made it", ("about_maker",)),
    "asks_model": Plan("about_me", "asked how it works", ("about_model",)),
    "asks_life": Plan("about_me", "asked about its life", ("about_life",)),
    "asks_love": Plan("about_me", "asked whether it loves", ("about_love",)),
    "asks_verdict": Plan("about_me", "asked for a verdict", ("about_verdict",)),
    "asks_compare": Plan("about_me", "asked to be compared with people", ("about_compare",)),
    "asks_therapist": Plan("about_me", "asked whether this is therapy", ("about_therapy",)),
    "asks_feelings": Plan("about_me", "asked whether it feels", ("about_feelings",)),
    "asks_seen": Plan("about_me", "asked what was seen", ("about_seen",)),
    "asks_sight": Plan("about_me", "asked whether it sees", ("about_sight",)),
    "asks_privacy": Plan("about_me", "asked about privacy", ("about_privacy",)),
    "asks_kept": Plan("about_me", "asked what is kept", ("about_privacy",)),
    "asks_secret": Plan("about_me", "asked who will know", ("secret",)),
    "asks_delete": Plan("about_me", "asked to be forgotten", ("about_delete",)),
    "asks_memory": Plan("about_me", "asked what is remembered", ("about_memory",)),
    "asks_help_kind": Plan("about_me", "asked what it can do", ("about_help",)),
    "asks_why": Plan("about_me", "asked why it asked", ("about_why",)),
    "doubts_us": Plan("about_me", "doubts that a machine can know", ("doubted",)),
    "asks_how_are_you": Plan("greeting", "asked how it is", ("how_are_you",)),
    "asks_summary": Plan("restatement", "asked what was understood", ("summary",)),
    "asks_repeat": Plan("restatement", "asked to hear it again", ("repeat",)),
    "asks_meaning": Plan("restatement", "did not understand us", ("meaning",)),
    "asks_topic": Plan("question", "asked what to talk about", ("topic",)),
    "asks_joke": Plan("self_care", "asked for something light", ("joke",)),
    "asks_outside": Plan("boundary", "asked about the world outside", ("outside",)),
    "asks_act": Plan("boundary", "asked for something only people can do", ("cannot_act",)),
    "asks_medicine": Plan("boundary", "asked about a medicine", ("medicine",)),
    "asks_diagnosis": Plan("boundary", "asked for a diagnosis", ("diagnosis",)),
    "wants_human": Plan("hand_over", "asked for a human", ("human_none",)),
    "wants_lines": Plan("information", "asked for a helpline", ("lines_none",)),
    "wants_brief": Plan("correction", "wants short answers", ("brief_wish",)),
    "wants_less": Plan("correction", "wants less of what was done", ("less",)),
    "complains_of_us": Plan("correction", "is unhappy with the agent", ("accused",)),
    "corrects": Plan("correction", "says that it was understood wrongly", ("corrected",)),
    "goodbye": Plan("goodbye", "says goodbye", ("bye",)),
    "thanks": Plan("thanks", "says thanks", ("thanked",)),
}
_SHORT = 6
"""Words with which one answers that English is fine."""
_UNDERWAY = 2
"""Replies after which an "ok" at the desk does not call for the details once more."""
_NAMED_IN = 9
"""Words up to which a message that says a name does little else."""
_NOT_AT_A_DESK = frozenset({"asks_act", "asks_outside", "asks_topic", "asks_why", "asks_love"})
"""Questions that mean something else to a customer, such as "can you send a new one?"."""
_SAFETY_ANSWERS: Mapping[str | None, Plan] = {
    "yes": Plan("question", "said yes to the question about safety", ("safe_yes",)),
    "no": Plan("question", "said no to the question about safety", ("safe_no",)),
    "unsure": Plan("question", "did not say yes or no about safety", ("safe_unsure",)),
}
_ASKED_HOW = frozenset(
    {
        "greet", "how_are_you", "recall", "recall_same", "memory_found", "thanked", "check_in",
        "safe_no", "safe_yes", "safe_unsure", "plan_came", "plan_today", "shift",
    }
)  # fmt: skip
"""Families that end in "how is it now?", so that "better" is an answer and no news."""
_LEAD = (
    r"^(?:(?:yes|yeah|oh|well|no|a bit|a little|bit|much|so|it's|it is|it was|it went|i'm|"
    r"i am|i feel|"
    r"feeling|actually|today|honestly|thanks|thank you|things are|slightly|somewhat|getting|doing|"
    r"pretty|quite|really|rather|very|i think|i guess|still|even|kind of)[ ,.!]+)*"
)
_BETTER = re.compile(
    _LEAD + r"(?:better|good|great|well|ok|okay|fine|easier|calmer|lighter|improving|not (?:so|"
    r"too|that) bad)\b"
)
_WENT = re.compile(r"^(?:\w+[ ,]+){0,3}?(?:it|that|everything) (?:went|was)\b|^went\b")
"""Tells of an event that is over, and not of how they are now."""
_WORSE = re.compile(
    _LEAD + r"(?:worse|bad|badly|awful|terrible|horrible|the same|same|not (?:so |very |too |"
    r"really |that )?"
    r"(?:good|great|better|well)|no better|no change|hard|rough)\b"
)


def plan(appraisal: Appraisal) -> Plan:
    """Return the next helping skill for a turn."""
    heard = hear(appraisal.said, appraisal.setting)
    return (
        _answer(appraisal, heard)
        or _small(appraisal, heard)
        or (support if appraisal.setting == "support" else service)(appraisal, heard)
    )


def _answer(appraisal: Appraisal, heard: Heard) -> Plan | None:
    """Return what comes before any helping skill."""
    if heard.act in {"wants_human", "wants_lines"}:
        return _ANSWERS[heard.act]
    return (
        _safety(appraisal, heard)
        or _after_question(appraisal, heard)
        or _direct(appraisal, heard)
        or _irony(appraisal, heard)
    )


def _safety(appraisal: Appraisal, heard: Heard) -> Plan | None:
    """Return the direct question that a risk asks for, or what follows its answer."""
    if _checked_in(appraisal) and heard.act in _SAFETY_ANSWERS:
        return _SAFETY_ANSWERS[heard.act]
    if appraisal.risk == "none" or (appraisal.risk == "low" and _checked_lately(appraisal)):
        return None
    return Plan("question", f"risk is {appraisal.risk}: ask directly", ("heavy", "check_in"))


def _checked_in(appraisal: Appraisal) -> bool:
    return last_family(appraisal) == "check_in"


def _checked_lately(appraisal: Appraisal) -> bool:
    return "check_in" in {family(used) for used in appraisal.used[-6:]}


def _after_question(appraisal: Appraisal, heard: Heard) -> Plan | None:
    """Return what follows an answer to "how is it now?": "better" is no news to be celebrated."""
    if last_family(appraisal) not in _ASKED_HOW or heard.act not in {None, "fine"}:
        return None
    text = plain(appraisal.said)
    worse = _WORSE.match(text) is not None
    if not worse and (_BETTER.match(text) is None or heard.tone == "low"):
        return None
    if _checked_in(appraisal):
        first = "update_worse" if worse else "update_better"
        return Plan("question", "did not answer the question about safety", (first, "check_again"))
    if appraisal.setting == "service":
        return None
    if worse:
        reason = "says that it is no better"
        return Plan("reflection", reason, ("update_worse", "update_worse_ask"))
    of_a_plan = last_family(appraisal) in {"plan_came", "plan_today"}
    went = ("went",) if of_a_plan and _WENT.match(text) else ()
    return Plan("affirmation", "says that it is better", ("update_better", "update_ask"), went)


def _noticed(heard: Heard, *, first: bool) -> Plan | None:
    """Return what a language, a card number or a name asks for."""
    if heard.language:
        return Plan("information", "written in another language", ("language",))
    if heard.card:
        return Plan("boundary", "a card number was written", ("card",))
    if heard.name and heard.act is None and heard.words <= _NAMED_IN:
        moves = ("named_self", "greet") if first else ("named_self",)
        return Plan("greeting", "says their name", moves)
    return None


def _direct(appraisal: Appraisal, heard: Heard) -> Plan | None:
    """Return the answer to what was asked of the agent, or said about it."""
    noticed = _noticed(heard, first=appraisal.turn <= 1)
    if noticed is not None:
        return noticed
    if heard.act == "asks_help_kind" and heard.outside:
        return _ANSWERS["asks_outside"]
    if appraisal.setting == "service" and heard.act in _NOT_AT_A_DESK:
        return None
    if heard.act in _ANSWERS and not (heard.act == "thanks" and heard.sarcastic):
        return _ANSWERS[heard.act]
    return _denial(appraisal, heard)


def _denial(appraisal: Appraisal, heard: Heard) -> Plan | None:
    """Return what follows when they say what they do not feel."""
    if heard.denied and feeling_group(heard.denied) != "joy" and heard.words <= 14:
        if _was_read(appraisal, heard.denied):
            return Plan("correction", "corrects a reading", ("corrected",))
        if appraisal.setting == "support":
            return Plan("reflection", "says what it is not", ("denied",))
    return None


def _was_read(appraisal: Appraisal, denied: str) -> bool:
    """Say whether we have taken them to feel what they say they do not."""
    if appraisal.corrected or any(".tinge." in used for used in appraisal.used[-6:]):
        return True
    read = feeling_group(appraisal.feeling) or emotion_group(appraisal.emotion)
    return read is not None and read == feeling_group(denied)


def _irony(appraisal: Appraisal, heard: Heard) -> Plan | None:
    if not heard.sarcastic:
        return None
    if appraisal.setting == "support":
        return Plan("reflection", "says it with irony", ("sarcasm",))
    return Plan("apologise", "says it with irony", ("sorry", "ask_detail"))


def _small(appraisal: Appraisal, heard: Heard) -> Plan | None:
    """Return the answer to a message that holds hardly any words."""
    if heard.act == "greeting":
        return _greeting(appraisal)
    if last_family(appraisal) == "language" and heard.act is None and heard.words <= _SHORT:
        return Plan("greeting", "goes on in English", ("greet",))
    if heard.act in {"yes", "no"} and last_family(appraisal).startswith("offer"):
        return _after_offer(appraisal, heard.act)
    if heard.act == "yes" and appraisal.setting == "service" and len(appraisal.tried) > _UNDERWAY:
        return Plan("question", "an okay to what was said", ("brief_ack",))
    if heard.act in {"yes", "no", "unsure", "fine", "ack"}:
        reason = f"answers with little: {heard.act}"
        more = ("ask_more",) if heard.act in {"yes", "no"} else ()
        return Plan("question", reason, (f"brief_{heard.act}", *more))
    if heard.words == 0 and not (heard.number or heard.phone):
        shown = "signs" if heard.signs else "wordless"
        return Plan("question", "no words in it", (shown,))
    return _one_word(appraisal, heard)


def _greeting(appraisal: Appraisal) -> Plan:
    """Return how a hello is met: with a plan whose day has come, with what was told, or simply."""
    if appraisal.turn > _AT_FIRST:
        return Plan("greeting", "says hello", ("greet",))
    # What somebody told a companion is not what the desk opens with.
    came = due_plan(appraisal) if appraisal.setting == "support" else None
    if came is not None:
        reason = "asks after what was to come"
        return Plan("greeting", reason, ("hello", came), ("named",) if appraisal.called else ())
    note = related(appraisal)
    if note is not None:
        glad = hear(note.said, appraisal.setting).tone == "glad"
        return Plan("greeting", "says hello", ("recall",), ("glad",) if glad else ())
    return Plan("greeting", "says hello", ("greet",))


_AT_FIRST = 2
"""Turns in which a hello opens the conversation."""


def _one_word(appraisal: Appraisal, heard: Heard) -> Plan | None:
    if heard.words > 2 or heard.felt or heard.number or heard.phone or heard.about or heard.act:
        return None
    if heard.tone == "glad" or heard.question:
        return None
    if theme_in(plain(appraisal.said), appraisal.setting, appraisal.used):
        return None
    return Plan("question", "one or two words", ("brief_word",))


def _after_offer(appraisal: Appraisal, act: str) -> Plan:
    if appraisal.setting == "service":
        if act == "yes":
            return Plan("hand_over", "took the offer of a colleague", ("human_none",))
        return Plan("confirm", "declined the offer of a colleague", ("declined",))
    if act == "yes":
        return Plan("suggestion", "took the offer", ("steps",))
    return Plan("affirmation", "declined the offer", ("declined",))
