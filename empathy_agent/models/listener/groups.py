"""Which groups of wordings fit a turn: its topic, feeling, tense, and who is in it."""

import re
from collections.abc import Mapping

from empathy_agent.affect import Appraisal
from empathy_agent.models.listener.echo import echo, thing
from empathy_agent.models.listener.hear import Heard, hear, plain
from empathy_agent.models.listener.lexicon import words
from empathy_agent.models.listener.moves import due, family
from empathy_agent.models.listener.people import names_somebody
from empathy_agent.models.listener.slots import (
    LOOKS_BACK,
    Scene,
    feeling_said,
    felt_group,
    is_doing,
    name_of,
    person_of,
)

__all__ = ["groups_of"]

_HARDLY_ANY = 3
"""Words with which a message has hardly said anything yet."""


def groups_of(scene: Scene, heard: Heard) -> tuple[str, ...]:
    """Return every group of wordings that fits this turn, the most particular first."""
    setting = scene.appraisal.setting
    offered = _last_offer(scene.appraisal)
    if heard.act == "yes" and offered:
        return () if offered == "any" else (offered,)
    about = _about(scene, heard)
    felt = felt_group(scene, heard)
    gone = heard.act == "asks_mind" and any(
        hear(said, setting).about == "loss" for said in scene.earlier
    )
    short = _short(scene, heard)
    tense = _tense(scene.appraisal.said)
    named = (
        *scene.groups,
        *short,
        _plan_group(scene.appraisal),
        "named" if name_of(scene, heard) and heard.act in _BY_NAME else None,
        *((heard.language, "other") if heard.language else ()),
        "loss" if gone else None,
        "night" if "night" in scene.appraisal.said.lower() else None,
        about,
        felt,
        _sight_group(scene.sight),
        "known" if scene.appraisal.recalled else "new",
        "tone" if feeling_said(scene, heard) else None,
        "meant" if heard.meant else None,
        "sorry" if _SORRY.search(plain(scene.appraisal.said)) else None,
        "refusing" if _REFUSES.search(plain(scene.appraisal.said)) else None,
        "telling" if _TELLS.search(plain(scene.appraisal.said)) else None,
        "ahead" if tense == "ahead" else None,
        "person" if about != "loss" and _is_of_a_person(scene, heard) else None,
        "decision" if about is None and _DECIDES.search(plain(scene.appraisal.said)) else None,
        "somebody" if _involves_somebody(scene, heard) else None,
        tense,
        "notes" if scene.earlier else None,
        "topic" if about or thing(scene.appraisal.said) or _had_topic(scene) else None,
    )
    return tuple(each for each in named if each)


def _is_of_a_person(scene: Scene, heard: Heard) -> bool:
    """Say whether a question about the person fits: they were just named, or are asked about."""
    named = names_somebody(plain(scene.appraisal.said)) or heard.act is not None
    return named and scene.appraisal.setting == "support" and person_of(scene) is not None


_CLOSE = frozenset({"partner", "family", "friends"})
_AT_ODDS = re.compile(
    r"\b(?:he|she|they|my \w+|my \w+ \w+) (?:\w+ )?(?:says?|said|thinks?|told|wants?|won't|doesn't|"
    r"didn't|never|always|keeps?|ignor\w+|hates?|blames?|lied|lies|yell\w*|shout\w*|refuses?|left)\b|"
    r"\b(?:argu\w+|fight\w*|fought|row|trust|between us|(?:with|to) (?:him|her|them))\b"
)
"""Somebody close is not only mentioned: there is something between the two."""
_BY_NAME = frozenset({"greeting", "goodbye", "asks_own_name"})
_DECIDES = re.compile(
    r"\b(?:should (?:i|we) (?!do\b|feel\b|be\b)\w|"
    r"(?:would|is) (?:it|that|\w+ing\b)[^?]* (?:stupid|smart|wise|wrong|better|worth|late|mistake|"
    r"idea)\b)"
)
"""Asks whether to do one particular thing."""
_TELLS = re.compile(r"\bhow (?:do|can|should|could|would) i (?:ever |best )?(?:tell|break)\b")
_REFUSES = re.compile(r"\b(?:do|can|should|could|would) i (?:ever )?(?:say no|refuse|turn)\b")
_SORRY = re.compile(
    r"\b(?:do|can|should|could|would) i (?:ever |best )?(?:apologi[sz]e|say sorry)\b"
)
_THEM = re.compile(r"\b(?:he|him|his|she|her|they|them)\b")


def _involves_somebody(scene: Scene, heard: Heard) -> bool:
    """Say whether somebody else has a part in what advice is asked for."""
    if heard.act != "asks_advice":
        return False
    text = plain(scene.appraisal.said)
    if not _is_bare(text):
        return names_somebody(text) or _THEM.search(text) is not None
    return any(_AT_ODDS.search(plain(each)) for each in scene.earlier[-1:])


_BARE = words(
    """
    what should shall can could do does did would i we me my it this that these things about with to
    and but so then now next ok okay please any give some advice ideas idea tips help how deal
    handle cope fix stop you think suggest recommend if
    were is are was am the a an all in on here there
    even possibly just him her them he she they don't know not no have need want else situation such
    people other others helps works
    """
)


def _is_bare(said: str) -> bool:
    """Say whether a question for advice names no matter of its own: "what should I do?"."""
    return not set(re.findall(r"[a-z']+", plain(said))) - _BARE


def _plan_group(appraisal: Appraisal) -> str | None:
    """Return how a plan whose day has come is said: `noun` or `doing`."""
    note = due(appraisal)
    if note is None or not note.value:
        return None
    return "doing" if is_doing(note.value) else "noun"


_PAST = re.compile(
    r"\b(?:was|were|did|had|went|said|told|got|came|saw|made|gave|left|took|broke|lost|met|found|felt|"
    r"thought|knew|heard|kept|sat|ran|wrote|ate|slept|[a-z]{2,}ed)\b"
)
_FUTURE = re.compile(
    r"\b(?:will|'ll|going to|gonna|tomorrow|tonight|next (?:week|month|year|time)|soon|"
    r"in (?:\w+) (?:days|weeks|months)|"
    r"on (?:monday|tuesday|wednesday|thursday|friday|saturday|sunday))\b"
)


def _tense(said: str) -> str:
    """Return `ahead`, `past` or `present`: what a message mainly speaks of."""
    text = plain(said)
    if _FUTURE.search(text):
        return "ahead"
    return "past" if _PAST.search(text) else "present"


def _about(scene: Scene, heard: Heard) -> str | None:
    """Return what is being talked about, from this message or the last few."""
    about = heard.about
    if heard.act == "asks_advice" and not _is_bare(scene.appraisal.said):
        # "Should I look for something new?" is not about the wife of two messages ago.
        return about
    follows = not thing(scene.appraisal.said) and not echo(scene.appraisal.said)
    if follows or felt_group(scene, heard) not in {None, "joy"} or heard.act:
        for said in reversed(scene.earlier[-LOOKS_BACK:]):
            of_it = hear(said, scene.appraisal.setting).about
            mentioned = of_it in _CLOSE and heard.act == "asks_advice"
            if not mentioned or _AT_ODDS.search(plain(said)):
                about = about or of_it
    return about


def _had_topic(scene: Scene) -> bool:
    setting = scene.appraisal.setting
    return any(hear(said, setting).words > _HARDLY_ANY for said in scene.earlier[-LOOKS_BACK:])


def _short(scene: Scene, heard: Heard) -> tuple[str, ...]:
    """Return which step of the help for somebody without words is due."""
    if heard.act != "unsure":
        return ()
    met = sum(family(used) == "brief_unsure" for used in scene.appraisal.used)
    return ("topic",) if _had_topic(scene) else (f"step{met}",)


def _last_offer(appraisal: Appraisal) -> str | None:
    """Return what the last offer was about, so that its steps are the ones that were offered."""
    if not appraisal.used or appraisal.used[-1].count(".") < 3:
        return None
    _, of, group, *_ = appraisal.used[-1].split(".")
    return group if of.startswith("offer") else None


def _sight_group(sight: Mapping[str, object] | None) -> str:
    if sight is None:
        return "unknown"
    return "seen" if sight.get("frames") else "unseen"
