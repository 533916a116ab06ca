"""What a plan is, and what of a turn it is made from."""

import re
from dataclasses import dataclass

from empathy_agent.affect import Appraisal, Emotion, RecalledNote
from empathy_agent.models.listener.echo import thing
from empathy_agent.models.listener.hear import Heard, feeling_group, hear

__all__ = [
    "HELPING_SKILLS",
    "Plan",
    "due",
    "due_plan",
    "avoided",
    "emotion_group",
    "families_used",
    "family",
    "group_of",
    "is_light_so_far",
    "is_mourning",
    "is_sore",
    "is_same",
    "last_family",
    "related",
]

HELPING_SKILLS = {
    "support": (
        "question", "restatement", "reflection", "affirmation", "suggestion", "information",
        "self_care",
    ),
    "service": ("acknowledge", "apologise", "clarify", "solve", "hand_over", "confirm"),
}  # fmt: skip

_OF_EMOTION = {
    Emotion.SADNESS: "sadness",
    Emotion.FEAR: "fear",
    Emotion.ANGER: "anger",
    Emotion.DISGUST: "anger",
    Emotion.CONTEMPT: "anger",
    Emotion.HAPPINESS: "joy",
    Emotion.SURPRISE: "confusion",
}
_LEAST_SURE = 0.45
"""Below this a reading colours nothing."""


_SURE_OF_JOY = 0.6


@dataclass(frozen=True)
class Plan:
    """What to do in this turn, and why."""

    strategy: str
    """A helping skill, such as `reflection`, or an answer, such as `about_me`."""
    reason: str
    """In a few words, for traces."""
    moves: tuple[str, ...]
    """The families of wordings that are said, in order."""
    groups: tuple[str, ...] = ()
    """Groups of wordings that are tried before all others, such as a theme."""


def family(used: str) -> str:
    """Return the family of an id; ids of other speakers, such as a hold's, have none."""
    return used.split(".")[1] if used.count(".") >= 3 else ""


def last_family(appraisal: Appraisal) -> str:
    """Return the family of the line spoken last; empty before there is one."""
    return family(appraisal.used[-1]) if appraisal.used else ""


def families_used(appraisal: Appraisal) -> set[str]:
    """Return the families of every line spoken so far."""
    return {family(used) for used in appraisal.used}


def emotion_group(emotion: Emotion | None) -> str | None:
    """Return the group of feelings of a reading; null for neutral."""
    return _OF_EMOTION.get(emotion) if emotion else None


def group_of(appraisal: Appraisal, heard: Heard) -> str | None:
    """Return the group of feelings to answer to: the user's own word first, then the reading.

    Words that sound low are never answered as joy, and glad words never as sorrow, whatever the
    reading says.
    """
    own = feeling_group(heard.felt) or heard.signs
    if own:
        return own
    read = feeling_group(appraisal.feeling) or emotion_group(appraisal.emotion)
    if appraisal.confidence < _LEAST_SURE or _is_polite(appraisal):
        read = None
    if heard.tone == "low" and read in {"joy", None}:
        return "anger" if appraisal.setting == "service" and heard.sarcastic else "sadness"
    if heard.tone == "glad":
        return "joy"
    return None if read == "joy" and not _is_light(appraisal, heard) else read


def _is_polite(appraisal: Appraisal) -> bool:
    """Say whether a reading rests on the "sorry" that a message begins with."""
    return appraisal.feeling == "sorry" and _SORRY.match(appraisal.said) is not None


_SORRY = re.compile(
    r"\W*(?:oh,? |i'm |i am )?(?:sorry|apologies)\b[,.!]* (?!for |about |i\b)", re.IGNORECASE
)


def _is_light(appraisal: Appraisal, heard: Heard) -> bool:
    """Say whether a reading of joy may be believed: it is sure, and nothing in the talk is sore."""
    light = heard.tone is None and heard.pleasant and not is_sore(appraisal)
    return light and appraisal.confidence >= _SURE_OF_JOY


def is_sore(appraisal: Appraisal) -> bool:
    """Say whether something that hurts was being told just now."""
    hurt = {"sarcasm", "reflect", "comfort"}
    return any(family(used) in hurt for used in appraisal.used[-6:])


def is_mourning(appraisal: Appraisal) -> bool:
    """Say whether a death was spoken of, now, earlier, or in what was remembered."""
    told = (appraisal.said, *appraisal.noted, *(note.said for note in appraisal.recalled))
    return any(hear(each, appraisal.setting).about == "loss" for each in told) or any(
        ".loss." in used for used in appraisal.used
    )


def is_light_so_far(appraisal: Appraisal) -> bool:
    """Say whether something good was being told just now."""
    return "celebration" in appraisal.tried[-3:]


def related(appraisal: Appraisal) -> RecalledNote | None:
    """Return the remembered moment that this message is about, if any.

    A greeting is about whatever was told last; anything else only about the same matter, because
    nobody wants to hear of their lost key while they tell of a death.
    """
    heard = hear(appraisal.said, appraisal.setting)
    for note in appraisal.recalled:
        if note.kind == "fact" or avoided(appraisal, note.said):
            continue
        then = hear(note.said, appraisal.setting)
        if then.act is not None:
            continue
        if is_same(note.said, appraisal.said):
            return note
        if heard.act == "greeting":
            if then.name is None and then.tone in {"low", "glad"}:
                return note
            continue
        same_matter = heard.about is not None and heard.about == then.about
        same_thing = thing(appraisal.said) is not None and thing(appraisal.said) == thing(note.said)
        if same_matter or same_thing:
            return note
    return None


_AVOID = re.compile(r"\b(?:about|mention\w*|bring\w* up) (?P<what>[^.,;!]{2,40})")


def avoided(appraisal: Appraisal, told: str) -> bool:
    """Say whether something remembered touches what they have asked us not to speak of."""
    words = {word[:6] for word in re.findall(r"[a-z]{4,}", told.lower())}
    shunned = (_AVOID.search(wish.lower()) for wish in appraisal.wishes)
    return any(
        words & {word[:6] for word in re.findall(r"[a-z]{4,}", found["what"])}
        for found in shunned
        if found
    )


def due(appraisal: Appraisal) -> RecalledNote | None:
    """Return the plan whose day has come and of which this message does not tell itself."""
    told = set(re.findall(r"[a-z]{4,}", appraisal.said.lower()))
    for note in appraisal.recalled:
        if note.kind != "fact" or note.due is None or note.topic == "day" or not note.value:
            continue
        if not told & set(re.findall(r"[a-z]{4,}", note.value.lower())):
            return note
    return None


def due_plan(appraisal: Appraisal) -> str | None:
    """Return the family that asks after such a plan; null when there is none, or it was asked."""
    note = due(appraisal)
    if note is None or families_used(appraisal) & {"plan_came", "plan_today"}:
        return None
    return "plan_came" if note.due == "passed" else "plan_today"


def is_same(one: str, other: str) -> bool:
    """Say whether two messages are the same but for case and spaces."""
    return one.casefold().split() == other.casefold().split()
