"""What the `$names` of a wording stand for in this turn: the user's own words, turned round."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from empathy_agent.affect import Appraisal
from empathy_agent.models.listener.echo import echo, is_plural, thing, things
from empathy_agent.models.listener.hear import Heard, feeling_group, hear, plain
from empathy_agent.models.listener.moves import due, group_of, related
from empathy_agent.models.listener.people import Person, person_in

__all__ = [
    "LOOKS_BACK",
    "Scene",
    "feeling_said",
    "felt_group",
    "is_doing",
    "name_of",
    "person_of",
    "planned",
    "slots_of",
]

LOOKS_BACK = 3
"""How many earlier messages still say what the conversation is about."""
_REPEATED = re.compile(r"^(?:(?:I said this|Of course\. It was|Once more): )+")
_DOING = re.compile(
    r"(?:[\w-]+ ){0,2}?\w+ing (?:the|a|an|my|our|his|her|their|me|us|to|into|with|for|from|at|in|"
    r"on|out|over|back|away|off|up|home|here|abroad|school|therapy|uni|university|college|nursery|"
    r"kindergarten|daycare|work|chemo|treatment|rehab)\b"
)
"""A gerund with what it is done to: "seeing the doctor", "daughter starting school"; and not
"driving test"."""
_DONE_BY_THEM = re.compile(rf"(?=\w+ing\b){_DOING.pattern}")
"""The user does it themselves, so that no "your" stands before it."""
_FEWEST_THINGS, _MOST_THINGS = 3, 4
"""So many matters of one message are named together."""
_MOST_NOTES = 5
_FEEL = {
    "sorry": "full of regret", "mad": "angry", "pissed": "angry", "blue": "low", "in love": None,
    "fond": None, "longing": None, "dismissive": None, "disgusted": None, "amused": None,
    "grieving": "full of grief", "panicky": "panicked", "good": None, "great": None, "better": None,
    "nothing": "numb", "disgusting": "ashamed", "surprised": None,
}  # fmt: skip
"""How a feeling is said after "you feel"; null: not at all."""


@dataclass(frozen=True)
class Scene:
    """What a reply may draw on."""

    appraisal: Appraisal
    earlier: tuple[str, ...] = ()
    """The user's messages before this one, oldest first."""
    spoken: tuple[str, ...] = ()
    """What was answered to them."""
    sight: Mapping[str, object] | None = None
    """What the camera gave this turn, as the reading's JSON; null when nothing is known of it."""
    extra: Mapping[str, str] = field(default_factory=dict[str, str])
    """Further slots, such as what a tool returned."""
    human: bool = True
    """Whether a human could be asked for."""
    groups: tuple[str, ...] = ()
    """Further groups of wordings, tried first."""


def slots_of(scene: Scene, heard: Heard) -> dict[str, str]:
    """Return every slot that can be filled in this turn."""
    said = scene.appraisal.said
    slots: dict[str, str] = {}
    told = echo(said)
    if told and not any(told in spoken.lower() for spoken in scene.spoken):
        _add(slots, "echo", told)
    about = thing(said) or _last_thing(scene)
    if about:
        _add(slots, "thing", about)
        slots["is"] = "are" if is_plural(about) else "is"
    several = things(said)[:_MOST_THINGS]
    if len(several) >= _FEWEST_THINGS:
        _add(slots, "several", f"{', '.join(several[:-1])} and {several[-1]}")
    feeling = feeling_said(scene, heard)
    if feeling and (heard.denied or feeling not in (told or "")):
        _add(slots, "feeling", feeling)
    person = person_of(scene)
    if person is not None:
        slots.update(person.slots())
    _add_notes(slots, scene)
    if heard.meant:
        _add(slots, "meant", heard.meant)
    found = {
        "number": heard.number,
        "denied": heard.denied,
        "cues": _cues(scene.sight),
        "name": name_of(scene, heard),
        "last": _REPEATED.sub("", scene.spoken[-1]) if scene.spoken else None,
    }
    slots.update({name: value for name, value in found.items() if value})
    return {**_remembered(scene.appraisal), **slots, **scene.extra}


def name_of(scene: Scene, heard: Heard) -> str | None:
    """Return the name they like: as just said, said earlier today, or remembered."""
    told = (hear(said, scene.appraisal.setting).name for said in reversed(scene.earlier))
    return heard.name or next((name for name in told if name), scene.appraisal.called)


def person_of(scene: Scene) -> Person | None:
    """Return who this message speaks of."""
    return person_in(plain(scene.appraisal.said), [plain(each) for each in scene.earlier])


def _add(slots: dict[str, str], name: str, value: str) -> None:
    slots[name] = value
    slots[name.capitalize()] = value[0].upper() + value[1:]


def _last_thing(scene: Scene) -> str | None:
    for said in reversed(scene.earlier[-LOOKS_BACK:]):
        found = thing(said)
        if found:
            return found
    return None


def _add_notes(slots: dict[str, str], scene: Scene) -> None:
    """Add what was told so far, as one sentence: how it began, numbers, and the latest."""
    told = scene.appraisal.noted or tuple(each for each in map(echo, scene.earlier) if each)
    numbers = [each for each in told[2:] if each.startswith("the number is")]
    later = [each for each in told[2:] if each not in numbers]
    kept = [*told[:2], *numbers[-1:], *later[-(_MOST_NOTES - 2) :]]
    if kept:
        joined = kept[0] if len(kept) == 1 else f"{'; '.join(kept[:-1])}; and {kept[-1]}"
        _add(slots, "notes", joined)


def _remembered(appraisal: Appraisal) -> dict[str, str]:
    coming = _planned(appraisal)
    note = related(appraisal)
    if note is None:
        return coming
    slots: dict[str, str] = {}
    _add(slots, "when", note.when)
    told = {"past": echo(note.said), "matter": thing(note.said)}
    return {**slots, **{name: value for name, value in told.items() if value}, **coming}


def _planned(appraisal: Appraisal) -> dict[str, str]:
    """Return what was to come: "your chemistry exam", or "seeing the doctor"."""
    slots: dict[str, str] = {}
    note = due(appraisal)
    if note is None or not note.value:
        return slots
    _add(slots, "plan", planned(note.value))
    _add(slots, "when", note.when)
    return slots


def planned(value: str) -> str:
    """Return a plan as it was stated, said to the one who stated it."""
    turned = " ".join({"my": "your", "our": "your"}.get(word, word) for word in value.split())
    if _DONE_BY_THEM.match(value) or turned.split()[0] in {"your", "the", "a", "an"}:
        return turned
    return f"your {turned}"


def is_doing(value: str) -> bool:
    """Say whether a plan is something one does, such as "seeing the doctor"."""
    return _DOING.match(value) is not None


def feeling_said(scene: Scene, heard: Heard) -> str | None:
    """Return the word to guess with: the user's own, else the reading's when it fits the group."""
    if heard.felt:
        return _FEEL.get(heard.felt, heard.felt)
    word = scene.appraisal.feeling
    group = feeling_group(word)
    if group is None or group != felt_group(scene, heard) or scene.appraisal.confidence < 0.5:
        return None
    return _FEEL.get(word or "", word)


def felt_group(scene: Scene, heard: Heard) -> str | None:
    """Return the group of feelings, unless the user has lately said that it is not so."""
    group = group_of(scene.appraisal, heard)
    if heard.felt or group is None:
        return group
    for said in (*scene.earlier[-2 * LOOKS_BACK :], scene.appraisal.said):
        denied = hear(said, scene.appraisal.setting).denied
        if denied and feeling_group(denied) == group:
            return None
    return group


def _cues(sight: Mapping[str, object] | None) -> str | None:
    if sight is None or not sight.get("frames") or sight.get("abstained"):
        return None
    cues = sight.get("cues")
    if isinstance(cues, list) and cues:
        return ", ".join(str(cue) for cue in cast("list[object]", cues)[:3])
    told = sight.get("narrative")
    return str(told).rstrip(". ") or None
