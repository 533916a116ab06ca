"""Which helping skill comes next: a policy that can be read from top to bottom.

Support follows the helping skills of ESConv (Liu et al., 2021) in their stages: explore, comfort,
act. Service follows acknowledge, clarify, solve, confirm, hand over. In both, a risk, a question
to the agent itself, a correction or good news comes before any of that.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from empathy_agent.affect import Appraisal, Emotion, RecalledNote
from empathy_agent.models.listener.echo import thing
from empathy_agent.models.listener.hear import Heard, feeling_group, hear

__all__ = ["HELPING_SKILLS", "Plan", "group_of", "is_same", "plan", "related"]

HELPING_SKILLS = {
    "support": (
        "question", "restatement", "reflection", "affirmation", "suggestion", "information",
        "self_care",
    ),
    "service": ("acknowledge", "apologise", "clarify", "solve", "hand_over", "confirm"),
}  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """What to do in this turn, and why."""

    strategy: str
    """A helping skill, such as `reflection`, or an answer, such as `about_me`."""
    reason: str
    """In a few words, for traces."""
    moves: tuple[str, ...]
    """The families of wordings that are said, in order."""


_ANSWERS: Mapping[str | None, Plan] = {
    "asks_ai": Plan("about_me", "asked whether this is a machine", ("about_ai",)),
    "asks_therapist": Plan("about_me", "asked whether this is therapy", ("about_therapy",)),
    "asks_feelings": Plan("about_me", "asked whether it feels", ("about_feelings",)),
    "asks_seen": Plan("about_me", "asked what was seen", ("about_seen",)),
    "asks_sight": Plan("about_me", "asked whether it sees", ("about_sight",)),
    "asks_privacy": Plan("about_me", "asked about privacy", ("about_privacy",)),
    "asks_memory": Plan("about_me", "asked what is remembered", ("about_memory",)),
    "asks_help_kind": Plan("about_me", "asked what it can do", ("about_help",)),
    "asks_how_are_you": Plan("greeting", "asked how it is", ("how_are_you",)),
    "asks_medicine": Plan("boundary", "asked about a medicine", ("medicine",)),
    "asks_diagnosis": Plan("boundary", "asked for a diagnosis", ("diagnosis",)),
    "wants_human": Plan("hand_over", "asked for a human", ("human_none",)),
    "wants_lines": Plan("information", "asked for a helpline", ("lines_none",)),
    "wants_less": Plan("correction", "wants less of what was done", ("less",)),
    "complains_of_us": Plan("correction", "is unhappy with the agent", ("accused",)),
    "corrects": Plan("correction", "says that it was understood wrongly", ("corrected",)),
    "goodbye": Plan("goodbye", "says goodbye", ("bye",)),
    "thanks": Plan("thanks", "says thanks", ("thanked",)),
}
_SAFETY_ANSWERS: Mapping[str | None, Plan] = {
    "yes": Plan("question", "said yes to the question about safety", ("safe_yes",)),
    "no": Plan("question", "said no to the question about safety", ("safe_no",)),
    "unsure": Plan("question", "did not say yes or no about safety", ("safe_unsure",)),
}
_OF_EMOTION = {
    Emotion.SADNESS: "sadness",
    Emotion.FEAR: "fear",
    Emotion.ANGER: "anger",
    Emotion.DISGUST: "anger",
    Emotion.CONTEMPT: "anger",
    Emotion.HAPPINESS: "joy",
    Emotion.SURPRISE: "confusion",
}
_LEAST_SURE = 0.35
"""Below this a reading colours nothing."""
_BRIEF = 11
"""Up to so many words a message is answered with one thing."""


def group_of(appraisal: Appraisal, heard: Heard) -> str | None:
    """Return the group of feelings to answer to: the user's own word first, then the reading.

    Words that sound low are never answered as joy, and glad words never as sorrow, whatever the
    reading says.
    """
    own = feeling_group(heard.felt) or heard.signs
    if own:
        return own
    read = feeling_group(appraisal.feeling) or _OF_EMOTION.get(appraisal.emotion or Emotion.NEUTRAL)
    if appraisal.confidence < _LEAST_SURE:
        read = None
    if heard.tone == "low" and read in {"joy", None}:
        return "anger" if appraisal.setting == "service" and heard.sarcastic else "sadness"
    if heard.tone == "glad":
        return "joy"
    return read


def related(appraisal: Appraisal) -> RecalledNote | None:
    """Return the remembered moment that this message is about, if any.

    A greeting is about whatever was told last; anything else only about the same matter, because
    nobody wants to hear of their lost key while they tell of a death.
    """
    heard = hear(appraisal.said, appraisal.setting)
    for note in appraisal.recalled:
        then = hear(note.said, appraisal.setting)
        if then.act is not None:
            continue
        if heard.act == "greeting" or is_same(note.said, appraisal.said):
            return note
        same_matter = heard.about is not None and heard.about == then.about
        same_thing = thing(appraisal.said) is not None and thing(appraisal.said) == thing(note.said)
        if same_matter or same_thing:
            return note
    return None


def is_same(one: str, other: str) -> bool:
    """Say whether two messages are the same but for case and spaces."""
    return one.casefold().split() == other.casefold().split()


def plan(appraisal: Appraisal) -> Plan:
    """Return the next helping skill for a turn."""
    heard = hear(appraisal.said, appraisal.setting)
    return (
        _answer(appraisal, heard)
        or _small(appraisal, heard)
        or (_support if appraisal.setting == "support" else _service)(appraisal, heard)
    )


def _answer(appraisal: Appraisal, heard: Heard) -> Plan | None:
    """Return what comes before any helping skill."""
    if heard.act in {"wants_human", "wants_lines"}:
        return _ANSWERS[heard.act]
    return _safety(appraisal, heard) or _direct(appraisal, heard)


def _safety(appraisal: Appraisal, heard: Heard) -> Plan | None:
    """Return the direct question that a risk asks for, or what follows its answer."""
    if _checked_in(appraisal) and heard.act in _SAFETY_ANSWERS:
        return _SAFETY_ANSWERS[heard.act]
    if appraisal.risk == "none" or (appraisal.risk == "low" and _checked_lately(appraisal)):
        return None
    return Plan("question", f"risk is {appraisal.risk}: ask directly", ("heavy", "check_in"))


def _direct(appraisal: Appraisal, heard: Heard) -> Plan | None:
    """Return the answer to what was asked of the agent, or said about it."""
    if heard.language:
        return Plan("information", "written in another language", ("language",))
    if heard.card:
        return Plan("boundary", "a card number was written", ("card",))
    if heard.act in _ANSWERS and not (heard.act == "thanks" and heard.sarcastic):
        return _ANSWERS[heard.act]
    if heard.denied and feeling_group(heard.denied) != "joy" and heard.words <= 14:
        return Plan("correction", "corrects a reading", ("corrected",))
    if heard.sarcastic:
        first = ("sarcasm",) if appraisal.setting == "support" else ("sorry", "ask_detail")
        skill = "reflection" if appraisal.setting == "support" else "apologise"
        return Plan(skill, "says it with irony", first)
    return None


def _checked_in(appraisal: Appraisal) -> bool:
    return bool(appraisal.used) and _family(appraisal.used[-1]) == "check_in"


def _checked_lately(appraisal: Appraisal) -> bool:
    return "check_in" in {_family(used) for used in appraisal.used[-6:]}


def _small(appraisal: Appraisal, heard: Heard) -> Plan | None:
    """Return the answer to a message that holds hardly any words."""
    if heard.act == "greeting":
        moves = ("recall",) if appraisal.recalled and appraisal.turn <= 2 else ("greet",)
        return Plan("greeting", "says hello", moves)
    if heard.act in {"yes", "no"}:
        offered = _offered(appraisal)
        if offered:
            return _after_offer(appraisal, heard.act)
    if heard.act in {"yes", "no", "unsure", "fine"}:
        return Plan("question", f"answers with little: {heard.act}", (f"brief_{heard.act}",))
    if heard.words == 0 and not heard.number:
        family = "signs" if heard.signs else "wordless"
        return Plan("question", "no words in it", (family,))
    if heard.words <= 2 and heard.felt is None and not heard.number and heard.about is None:
        return Plan("question", "one or two words", ("brief_word",))
    return None


def _offered(appraisal: Appraisal) -> bool:
    """Say whether the last thing spoken was an offer."""
    return bool(appraisal.used) and _family(appraisal.used[-1]).startswith("offer")


def _family(used: str) -> str:
    """Return the family of an id; ids of other speakers, such as a hold's, have none."""
    return used.split(".")[1] if used.count(".") >= 3 else ""


def _after_offer(appraisal: Appraisal, act: str) -> Plan:
    if appraisal.setting == "service":
        if act == "yes":
            return Plan("hand_over", "took the offer of a colleague", ("human_none",))
        return Plan("confirm", "declined the offer of a colleague", ("declined",))
    if act == "yes":
        return Plan("suggestion", "took the offer", ("steps",))
    return Plan("affirmation", "declined the offer", ("declined",))


_STAGES: tuple[Plan, ...] = (
    Plan("reflection", "explore: how it feels", ("reflect", "ask")),
    Plan("restatement", "explore: what happened", ("restate", "ask")),
    Plan("affirmation", "comfort: what is hard is allowed to be hard", ("comfort", "ask")),
    Plan("question", "comfort: who and what carries them", ("reflect", "ask_support")),
    Plan("suggestion", "act: offer one small step", ("comfort", "offer")),
    Plan("reflection", "explore: how it feels now", ("reflect",)),
    Plan("affirmation", "comfort: name a strength", ("affirm", "ask_deeper")),
    Plan("restatement", "explore: say it back", ("restate", "ask_deeper")),
    Plan("self_care", "act: something for right now", ("reflect", "offer_care")),
    Plan("question", "explore: go on asking", ("restate", "ask")),
    Plan("information", "act: something that holds for many", ("inform", "ask_deeper")),
    Plan("affirmation", "comfort: stay with it", ("comfort",)),
)


_SUPPORT_ANSWERS: Mapping[str | None, Plan] = {
    "asks_normal": Plan("information", "asked whether it is normal", ("normal",)),
    "intends": Plan("affirmation", "says what they will do", ("intent",)),
    "trusts": Plan("affirmation", "tells what nobody knew", ("trusted",)),
}


def _support(appraisal: Appraisal, heard: Heard) -> Plan:
    group = group_of(appraisal, heard)
    done = [skill for skill in appraisal.tried if skill in HELPING_SKILLS["support"]]
    if heard.act in _SUPPORT_ANSWERS:
        return _SUPPORT_ANSWERS[heard.act]
    if heard.act == "asks_advice":
        if not done:
            return Plan("question", "asked for advice: explore first", ("stuck", "ask_tried"))
        return Plan("suggestion", "asked for advice", ("stuck", "offer"))
    if group == "joy" and (heard.tone == "glad" or heard.felt or appraisal.intensity != "slight"):
        followed = "celebration" in appraisal.tried[-1:]
        moves = ("celebrate_more",) if followed else ("celebrate", "celebrate_ask")
        return Plan("celebration", "good news: share the joy", moves)
    if appraisal.conflict and "conflict" not in _families(appraisal):
        return Plan("reflection", "face and words differ", ("reflect", "conflict"))
    followed = _follow_up(appraisal, heard, done)
    if followed is not None:
        return followed
    if group is None and heard.tone is None and not done:
        return Plan("question", "nothing certain about the feeling yet", ("restate", "ask"))
    return _staged(appraisal, done)


def _follow_up(appraisal: Appraisal, heard: Heard, done: list[str]) -> Plan | None:
    """Return the question about what was told before, once a session and early in it."""
    note = related(appraisal)
    if note is None or len(done) >= 3 or _families(appraisal) & {"recall", "recall_same"}:
        return None
    reason = "follows up on what was remembered"
    if is_same(note.said, appraisal.said):
        return Plan("reflection", reason, ("reflect", "recall_same"))
    moves = ("recall",) if heard.words <= _BRIEF else ("reflect", "recall")
    return Plan("reflection", reason, moves)


def _staged(appraisal: Appraisal, done: list[str]) -> Plan:
    """Return the stage that is due, never the same skill twice in a row."""
    due = len(done) if len(done) < len(_STAGES) else 5 + len(done) % (len(_STAGES) - 5)
    stage = _STAGES[due]
    if appraisal.tried and stage.strategy == appraisal.tried[-1]:
        stage = _STAGES[due + 1 if due + 1 < len(_STAGES) else 5]
    return stage


def _families(appraisal: Appraisal) -> set[str]:
    return {_family(used) for used in appraisal.used}


_SERVICE_ANSWERS: Mapping[str | None, Plan] = {
    "asks_promise": Plan("solve", "asked for what is not ours to promise", ("promise", "offer")),
    "asks_advice": Plan("solve", "asked what to do", ("solve", "offer")),
}


def _service(appraisal: Appraisal, heard: Heard) -> Plan:
    done = [skill for skill in appraisal.tried if skill in HELPING_SKILLS["service"]]
    group = group_of(appraisal, heard)
    said = _families(appraisal)
    if heard.act in _SERVICE_ANSWERS:
        return _SERVICE_ANSWERS[heard.act]
    if group == "joy":
        return Plan("confirm", "something went well", ("glad",))
    if heard.number:
        return Plan("solve", "gave the number that was missing", ("noted", "offer"))
    if _went_in_circles(appraisal, done, group):
        return Plan("hand_over", "did not get solved here", ("human_none",))
    if not done:
        return _first_service(heard, group)
    if "solve" not in done and ("ask_number" in said or "ask_detail" in said):
        return Plan("solve", "the problem is clear enough", ("solve", "offer"))
    if "solve" in done and done[-1] != "confirm":
        return Plan("confirm", "says back what was understood", ("confirm",))
    return Plan("clarify", "something is still missing", ("ack", "ask_detail"))


def _first_service(heard: Heard, group: str | None) -> Plan:
    ask = (
        "ask_number"
        if heard.about in {"delivery", "refund", "damaged", "charge", "booking"}
        else "ask_detail"
    )
    if group == "anger":
        return Plan("apologise", "upset: one apology, then one question", ("sorry", ask))
    if heard.about is None and heard.tone is None:
        return Plan("clarify", "not clear yet what is needed", ("ask_open",))
    return Plan("acknowledge", "say what went wrong, then one question", ("ack", ask))


def _went_in_circles(appraisal: Appraisal, done: list[str], group: str | None) -> bool:
    if "hand_over" in appraisal.tried:
        return False
    return len(done) >= 6 or (len(done) >= 3 and group == "anger")
