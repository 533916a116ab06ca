"""The policy of support: explore, comfort, act, and what comes before a stage is due."""

import re
from collections.abc import Mapping

from empathy_agent.affect import Appraisal
from empathy_agent.models.listener.cues import LOW
from empathy_agent.models.listener.hear import Heard, hear, plain
from empathy_agent.models.listener.moves import (
    HELPING_SKILLS,
    Plan,
    due_plan,
    families_used,
    group_of,
    is_light_so_far,
    is_mourning,
    is_same,
    is_sore,
    related,
)
from empathy_agent.models.listener.themes import Theme, theme_in

__all__ = ["support"]

_EARLY = 3
"""Helping skills before which what was told another day is still brought up."""
_BRIEF = 11
"""Up to so many words a message is answered with one thing."""
_NEWS = re.compile(
    r"\b(?:passed|won(?!')|promot\w+|accepted|engaged|graduat\w+|cancer[- ]free|"
    r"finished (?:my |the )?(?:\w+ )?(?:chemo\w*|treatment|radio\w*|degree|thesis|"
    r"dissertation|phd|exams|marathon|rehab)|(?:he|she|they) said yes|"
    r"(?:gave|offered|given) me (?:a |the )?(?:pay )?(?:raise|rise|job|promotion|place)|"
    r"got (?:the (?:job|part|place|offer|promotion|scholarship|grant|visa)|a (?:job|place|"
    r"promotion|new job|raise)|"
    r"my (?:degree|visa|licen[cs]e)|in(?:to)?\b(?! (?:a |the )?(?:fight|trouble|argument|"
    r"row))|promoted|engaged|married|an? offer)|(?:great|good|best|"
    r"amazing|wonderful) news|"
    r"best day|(?:he|she|it|they)(?:'s|'re| is| are) (?:back|home|safe|found|alive)(?=[!.]|$)|"
    r"i(?:'m| am| was) (?:\w+ )?(?:over the moon|thrilled)|"
    r"finally (?:did|made|finished|managed|got))\b"
)
"""News that wants to be cheered, rather than something pleasant in passing."""
_STAGES: tuple[Plan, ...] = (
    Plan("reflection", "explore: how it feels", ("reflect", "ask")),
    Plan("restatement", "explore: what happened", ("restate", "ask")),
    Plan("affirmation", "comfort: what is hard is allowed to be hard", ("comfort", "ask")),
    Plan("question", "comfort: who and what carries them", ("reflect", "ask_support")),
    Plan("suggestion", "act: offer one small step", ("comfort", "offer")),
    Plan("reflection", "explore: how it feels now", ("reflect",)),
    Plan("affirmation", "comfort: stay with it", ("comfort", "ask")),
    Plan("restatement", "explore: say it back", ("restate", "ask_deeper")),
    Plan("self_care", "act: something for right now", ("reflect", "offer_care")),
    Plan("question", "explore: go on asking", ("restate", "ask")),
    Plan("information", "act: something that holds for many", ("inform", "ask_deeper")),
    Plan("affirmation", "comfort: no more than that", ("comfort",)),
)
_TALK_TO = re.compile(r"\b(?:talk|speak|chat) (?:to|with)\b|\b(?:start|begin)\b")
_REPORTS = re.compile(
    r"\bi (?:have |just |finally |really )?(?:told|went|saw|spoke|met|wrote|got|did|had|"
    r"said|[a-z]+ed)\b"
)
"""Tells how something went on, so that it need not be asked."""
_OF_OTHERS = re.compile(
    r"\b(?P<but>but )?(?:he|she|they|everyone|everybody|others|people) (?:\w+ )?"
    r"(?:passed|won(?!')|got|"
    r"graduated|promoted)\b"
)
_EFFORT = re.compile(
    r"\bi(?:'m| am|'ve| have)? (?:still |really |always |also )?(?:tr(?:y|ied|"
    r"ying)(?! to (?:call|sleep|kill))|"
    r"manag(?:e|ed) to|kept going|reali[sz]ed?|learn(?:ed|t)|forced? myself|made myself|"
    r"work(?:ed|ing) on)\b"
)
"""What they did about it, or have understood."""
_SURE = 0.7
"""From here on a reading alone, with nothing low in the words, is answered as a feeling."""
_ACTING = frozenset({"suggestion", "self_care", "information"})
_INFORMED = frozenset({"sleep", "worry", "loss", "breakup", "panic", "tired"})
"""What there is something general to say about."""
_REPEATS_FROM = 5
"""From this stage on the stages come round again."""
_ANSWERS: Mapping[str | None, Plan] = {
    "asks_normal": Plan("information", "asked whether it is normal", ("normal",)),
    "asks_future": Plan("information", "asked whether it will pass", ("future",)),
    "asks_why_self": Plan("question", "asked why they are so", ("why_self",)),
    "asks_why_me": Plan("reflection", "asked why it has to be so", ("why_me",)),
    "asks_mind": Plan("question", "asked what somebody else thinks", ("mind",)),
    "asks_sense": Plan("affirmation", "asked whether it makes sense", ("sense",)),
    "asks_opinion": Plan("question", "asked for an opinion", ("about_opinion",)),
    "asks_practice": Plan("suggestion", "wants to try it out here", ("practice",)),
    "asks_wording": Plan("suggestion", "asked for words", ("wording",)),
    "intends": Plan("affirmation", "says what they will do", ("intent",)),
}


def support(appraisal: Appraisal, heard: Heard) -> Plan:
    """Return the next helping skill of support."""
    done = [skill for skill in appraisal.tried if skill in HELPING_SKILLS["support"]]
    return (
        _answer(appraisal, heard, done)
        or _joy(appraisal, heard)
        or _bearing(appraisal, heard, done)
        or _staged(appraisal, heard, done)
    )


def _answer(appraisal: Appraisal, heard: Heard, done: list[str]) -> Plan | None:
    """Return the answer to a question, or to what they say they will do."""
    theme = theme_in(
        plain(appraisal.said), "support", appraisal.used, mourning=is_mourning(appraisal)
    )
    if heard.act == "asks_normal" and theme is not None and theme.skill == "information":
        return _told(theme)
    if heard.act == "asks_wording" and _TALK_TO.search(plain(appraisal.said)):
        return Plan("suggestion", "asked how to begin", ("wording",), ("first_words",))
    if heard.act in _ANSWERS and not (heard.act == "asks_sense" and heard.words > _LONG_QUESTION):
        return _ANSWERS[heard.act]
    if heard.act == "asks_advice":
        if not done:
            return Plan("question", "asked for advice: explore first", ("stuck", "ask_tried"))
        return Plan("suggestion", "asked for advice", ("stuck", "offer"))
    return None


_LONG_QUESTION = 25
"""A longer message tells something; "does that make sense?" is only its end."""


def _joy(appraisal: Appraisal, heard: Heard) -> Plan | None:
    if appraisal.tried[-1:] == ("celebration",) and _are_happy_tears(plain(appraisal.said)):
        return Plan("celebration", "tears of joy", ("happy_tears",))
    if group_of(appraisal, heard) != "joy" or heard.tone == "low" or heard.question:
        return None
    if _OF_OTHERS.search(plain(appraisal.said)) or _is_bitter(appraisal):
        return None
    if heard.tone == "glad" and _NEWS.search(plain(appraisal.said)):
        followed = "celebration" in appraisal.tried[-1:]
        moves = ("celebrate_more",) if followed else ("celebrate", "celebrate_ask")
        return Plan("celebration", "good news: share the joy", moves)
    return None


def _are_happy_tears(text: str) -> bool:
    """Say whether tears are the only sad word in what follows good news."""
    low = {found.group() for found in LOW.finditer(text)}
    return bool(low) and low <= {"cried", "cry", "crying", "tears"}


def _bearing(appraisal: Appraisal, heard: Heard, done: list[str]) -> Plan | None:
    """Return what this message asks for in particular, before any stage is due."""
    if appraisal.conflict and "conflict" not in families_used(appraisal):
        return Plan("reflection", "face and words differ", ("reflect", "conflict"))
    followed = _follow_up(appraisal, heard, done)
    if followed is not None:
        return followed
    light = is_light_so_far(appraisal) and heard.tone not in {"low", "dim"} and not heard.felt
    theme = _theme(appraisal, heard, light=light)
    against = _against_usual(appraisal, heard, done)
    if against is not None:
        first = ("theme",) if theme is not None else ("reflect",)
        named = (against, *((theme.name,) if theme is not None else ()))
        return Plan("reflection", f"sounds {against} against usual", (*first, "shift"), named)
    if theme is not None:
        return _told(theme)
    if _EFFORT.search(plain(appraisal.said)) and "affirmation" not in appraisal.tried[-2:]:
        return Plan("affirmation", "tells of an effort", ("affirm", "ask_more"))
    if heard.question:
        return Plan("question", "asked what cannot be known here", ("unknown",))
    return _pleasant(appraisal, heard, light=light)


def _pleasant(appraisal: Appraisal, heard: Heard, *, light: bool) -> Plan | None:
    """Return the warmth that something pleasant is met with, where it is pleasant for them."""
    text = plain(appraisal.said)
    if _is_bitter(appraisal):
        return Plan("question", "another's good news, after a sore thing", ("follow", "ask_more"))
    glad = group_of(appraisal, heard) == "joy" or (light and heard.pleasant)
    theirs = _OF_OTHERS.search(text)
    # "He says it is lovely, but he has to" ends elsewhere than it begins.
    last = hear(text.rpartition(" but ")[2], "support")
    turns = " but " in text and not (last.pleasant or last.tone == "glad")
    if not glad or turns or (theirs and (theirs["but"] or is_sore(appraisal))):
        return None
    return Plan("affirmation", "something pleasant", ("warm", "warm_ask"))


_THEIR_NEWS = re.compile(
    r"\bmy (?:\w+ ){1,2}(?:has |just |finally )*(?:passed|won(?!')|got|graduated|promoted)\b"
)


def _is_bitter(appraisal: Appraisal) -> bool:
    """Say whether somebody else's good news comes after something sore of their own."""
    told = (hear(each, "support").tone for each in appraisal.noted)
    return _THEIR_NEWS.search(plain(appraisal.said)) is not None and "low" in told


def _against_usual(appraisal: Appraisal, heard: Heard, done: list[str]) -> str | None:
    """Return how this sounds against other times, once a session and not in its first words."""
    if not 1 <= len(done) <= _SHIFT_BEFORE or "shift" in families_used(appraisal):
        return None
    shift = appraisal.shift or ""
    if heard.tone == "low" and "heavier" in shift:
        return "trend" if appraisal.trend == "getting heavier" else "heavier"
    if heard.tone == "glad" and "lighter" in shift:
        return "lighter"
    return None


_SHIFT_BEFORE = 6


def _theme(appraisal: Appraisal, heard: Heard, *, light: bool) -> Theme | None:
    """Return what in particular is told; in a long message, not how the telling began."""
    heavy = heard.words > _LONG_QUESTION and heard.tone == "low"
    mood = "light" if light else "heavy" if heavy else None
    return theme_in(
        plain(appraisal.said), "support", appraisal.used, mood=mood, mourning=is_mourning(appraisal)
    )


def _told(theme: Theme) -> Plan:
    moves = ("theme", "theme_ask") if theme.ask else ("theme",)
    if theme.skill == "reflection":
        tinge = () if theme.light else ("tinge",)
        moves = ("say_back", "theme", *tinge, *moves[1:])
    return Plan(theme.skill, f"told of: {theme.name}", moves, (theme.name,))


def _follow_up(appraisal: Appraisal, heard: Heard, done: list[str]) -> Plan | None:
    """Return the question about what was told before, once a session and early in it."""
    came = due_plan(appraisal)
    if came is not None and len(done) < _EARLY and heard.tone != "low":
        return Plan("question", "asks after what was to come", ("follow", came))
    note = related(appraisal)
    if note is None or len(done) >= _EARLY or families_used(appraisal) & {"recall", "recall_same"}:
        return None
    reason = "follows up on what was remembered"
    if is_same(note.said, appraisal.said):
        return Plan("reflection", reason, ("reflect", "recall_same"))
    if families_used(appraisal) & {"plan_came", "plan_today"} or _REPORTS.search(
        plain(appraisal.said)
    ):
        return None
    moves = ("recall",) if heard.words <= _BRIEF else ("reflect", "recall")
    return Plan("reflection", reason, moves)


def _staged(appraisal: Appraisal, heard: Heard, done: list[str]) -> Plan:
    """Return the stage that is due, never the same skill twice in a row."""
    felt = heard.felt or heard.tone == "low" or appraisal.confidence >= _SURE
    if group_of(appraisal, heard) is None or not felt:
        return _followed(appraisal, heard, done)
    due = len(done)
    if due >= len(_STAGES):
        due = _REPEATS_FROM + due % (len(_STAGES) - _REPEATS_FROM)
    stage = _STAGES[due]
    last = appraisal.tried[-1:]
    unfit = set[str]() if heard.about in _INFORMED else {"information"}
    if _wants_no_advice(appraisal):
        unfit |= _ACTING
    while stage.strategy in {*last, *unfit}:
        due = due + 1 if due + 1 < len(_STAGES) else _REPEATS_FROM
        stage = _STAGES[due]
    return stage


def _followed(appraisal: Appraisal, heard: Heard, done: list[str]) -> Plan:
    """Return what follows a message with nothing felt in it: keep up, and ask."""
    if not done:
        return Plan("question", "nothing certain about the feeling yet", ("follow", "ask_more"))
    if heard.words <= _DETAIL or _NAMES.search(plain(appraisal.said)):
        return Plan("restatement", "a detail: there is nothing to ask about it", ("follow",))
    if appraisal.tried[-1:] == ("question",):
        return Plan("restatement", "follows along", ("follow", "ask_more"))
    return Plan("question", "follows along", ("follow", "ask_more"))


_DETAIL = 3
"""Words with which a message only adds to what was told."""
_NAMES = re.compile(r"\bname(?:'s| is|d) \w+|\b(?:is|are|was) called\b")


def _wants_no_advice(appraisal: Appraisal) -> bool:
    return any(".no_advice." in used or ".less." in used for used in appraisal.used)
