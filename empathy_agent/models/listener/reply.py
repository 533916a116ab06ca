"""From a plan to words: slots from the user's own words, one line a move, nothing said twice."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from empathy_agent.affect import Appraisal
from empathy_agent.models.listener.echo import echo, is_plural, thing
from empathy_agent.models.listener.hear import Heard, feeling_group, hear
from empathy_agent.models.listener.plan import HELPING_SKILLS, Plan, group_of, is_same, related
from empathy_agent.models.listener.wording import Wording, choose, families, wordings

__all__ = ["Reply", "Scene", "compose"]

_LOOKS_BACK = 3
"""How many earlier messages still say what the conversation is about."""
_LONG = 110
"""Words from which a message is answered as a long one."""
_FEEL = {
    "sorry": "full of regret", "mad": "angry", "pissed": "angry", "blue": "low", "in love": None,
    "fond": None, "longing": None, "dismissive": None, "disgusted": None, "amused": None,
    "grieving": "full of grief", "panicky": "panicked", "good": None, "great": None, "better": None,
    "nothing": "numb",
}  # fmt: skip
"""How a feeling is said after "you feel"; null: not at all."""


@dataclass(frozen=True)
class Reply:
    """What is said."""

    text: str
    strategy: str
    wordings: tuple[str, ...]


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


def compose(plan: Plan, scene: Scene) -> Reply:
    """Return the reply; deterministic for the same conversation."""
    appraisal = scene.appraisal
    heard = hear(appraisal.said, appraisal.setting)
    plan = _suited(plan, scene, heard)
    slots = _slots(scene, heard)
    groups = _groups(scene, heard)
    spent = set(appraisal.used)
    seed = _seed(scene)
    echo_first = not _echoed_last(appraisal)
    chosen: list[Wording] = []
    said: list[str] = []
    for move in plan.moves:
        line = choose(
            appraisal.setting,
            move,
            groups=groups,
            intensity=appraisal.intensity,
            slots=slots,
            spent=spent | _heard_before(scene, move, slots),
            seed=seed,
            echo=echo_first,
        )
        if line is not None:
            said.append(line.fill(slots))
            chosen.append(line)
            slots = _without(slots, line)
    if not chosen:
        return _presence(scene, plan, seed)
    return Reply(" ".join(said), plan.strategy, tuple(each.id for each in chosen))


def _suited(plan: Plan, scene: Scene, heard: Heard) -> Plan:
    """Return the plan as this message wants it: said twice, very long, or with nothing to echo."""
    setting = scene.appraisal.setting
    moves = plan.moves
    if not scene.human and setting == "service":
        instead = ("solve",) if "noted" in moves else ()
        moves = (*(move for move in moves if move != "offer"), *instead)
    if _wants_less(scene.appraisal) and len(moves) > 1:
        moves = tuple(move for move in moves if not move.startswith("ask")) or moves
    if plan.strategy not in HELPING_SKILLS[setting] or heard.act:
        return replace(plan, moves=moves)
    say_back = "restatement" if setting == "support" else "acknowledge"
    if scene.earlier and is_same(scene.earlier[-1], scene.appraisal.said) and heard.words > 2:
        return Plan(say_back, "said the same again", ("again", *moves[1:]))
    if heard.words > _LONG and len(moves) > 1:
        return Plan(say_back, "wrote a great deal", ("long", moves[-1]))
    if moves[:1] == ("restate",) and not echo(scene.appraisal.said) and _group(scene, heard):
        return Plan("reflection", plan.reason, ("reflect", *moves[1:]))
    return replace(plan, moves=moves)


def _wants_less(appraisal: Appraisal) -> bool:
    """Say whether they have lately asked for fewer questions."""
    return any(".less." in used for used in appraisal.used[-5:])


def _slots(scene: Scene, heard: Heard) -> dict[str, str]:
    slots = dict(scene.extra)
    told = echo(scene.appraisal.said)
    if told and not any(told in spoken.lower() for spoken in scene.spoken):
        _add(slots, "echo", told)
    about = thing(scene.appraisal.said) or _last_thing(scene)
    if about:
        _add(slots, "thing", about)
        slots["is"] = "are" if is_plural(about) else "is"
    feeling = _feeling(scene, heard)
    if feeling and (heard.denied or feeling not in (told or "")):
        _add(slots, "feeling", feeling)
    found = {"number": heard.number, "denied": heard.denied, "cues": _cues(scene.sight)}
    slots.update({name: value for name, value in found.items() if value})
    return {**_remembered(scene.appraisal), **slots}


def _remembered(appraisal: Appraisal) -> dict[str, str]:
    note = related(appraisal)
    if note is None:
        return {}
    slots: dict[str, str] = {}
    _add(slots, "when", note.when)
    told = {"past": echo(note.said), "matter": thing(note.said)}
    return {**slots, **{name: value for name, value in told.items() if value}}


def _add(slots: dict[str, str], name: str, value: str) -> None:
    slots[name] = value
    slots[name.capitalize()] = value[0].upper() + value[1:]


def _last_thing(scene: Scene) -> str | None:
    for said in reversed(scene.earlier[-_LOOKS_BACK:]):
        found = thing(said)
        if found:
            return found
    return None


def _feeling(scene: Scene, heard: Heard) -> str | None:
    """Return the word to guess with: the user's own, else the reading's when it fits the group."""
    if heard.felt:
        return _FEEL.get(heard.felt, heard.felt)
    word = scene.appraisal.feeling
    group = feeling_group(word)
    if group is None or group != _group(scene, heard) or scene.appraisal.confidence < 0.4:
        return None
    return _FEEL.get(word or "", word)


def _group(scene: Scene, heard: Heard) -> str | None:
    """Return the group of feelings, unless the user has lately said that it is not so."""
    group = group_of(scene.appraisal, heard)
    if heard.felt or group is None:
        return group
    for said in (*scene.earlier[-2 * _LOOKS_BACK :], scene.appraisal.said):
        denied = hear(said, scene.appraisal.setting).denied
        if denied and feeling_group(denied) == group:
            return None
    return group


def _groups(scene: Scene, heard: Heard) -> tuple[str, ...]:
    setting = scene.appraisal.setting
    offered = _last_offer(scene.appraisal)
    if heard.act == "yes" and offered:
        return () if offered == "any" else (offered,)
    about = heard.about
    follows = not thing(scene.appraisal.said) and not echo(scene.appraisal.said)
    if follows or _group(scene, heard) not in {None, "joy"}:
        for said in reversed(scene.earlier[-_LOOKS_BACK:]):
            about = about or hear(said, setting).about
    named = (
        *scene.groups,
        *((heard.language, "other") if heard.language else ()),
        about,
        _group(scene, heard),
        _sight_group(scene.sight),
        "known" if scene.appraisal.recalled else "new",
        "tone" if _feeling(scene, heard) else None,
    )
    return tuple(each for each in named if each)


def _last_offer(appraisal: Appraisal) -> str | None:
    """Return what the last offer was about, so that its steps are the ones that were offered."""
    if not appraisal.used or appraisal.used[-1].count(".") < 3:
        return None
    _, family, group, *_ = appraisal.used[-1].split(".")
    return group if family.startswith("offer") else None


def _sight_group(sight: Mapping[str, object] | None) -> str:
    if sight is None:
        return "unknown"
    return "seen" if sight.get("frames") else "unseen"


def _cues(sight: Mapping[str, object] | None) -> str | None:
    if sight is None or not sight.get("frames") or sight.get("abstained"):
        return None
    cues = sight.get("cues")
    if isinstance(cues, list) and cues:
        return ", ".join(str(cue) for cue in cast("list[object]", cues)[:3])
    told = sight.get("narrative")
    return str(told).rstrip(". ") or None


def _without(slots: dict[str, str], line: Wording) -> dict[str, str]:
    """Drop what was just played back, so that one reply says it once."""
    gone = {name.lower() for name in line.slots}
    if "echo" in gone:
        gone |= {"thing"}
    return {name: value for name, value in slots.items() if name.lower() not in gone}


def _echoed_last(appraisal: Appraisal) -> bool:
    """Say whether the last reply played the user's words back: not every reply should."""
    recent = {each for each in appraisal.used[-2:] if each.count(".") >= 3}
    named = {each.split(".")[1] for each in recent} & set(families(appraisal.setting))
    return any(
        each.echoes()
        for family in named
        for each in wordings(appraisal.setting, family)
        if each.id in recent
    )


def _heard_before(scene: Scene, move: str, slots: Mapping[str, str]) -> set[str]:
    """Return the lines of a family that stand in an earlier reply, whoever kept count of ids."""
    whole = "\n".join(scene.spoken)
    return {
        each.id
        for each in wordings(scene.appraisal.setting, move)
        if whole and each.slots <= set(slots) and each.fill(slots) in whole
    }


def _presence(scene: Scene, plan: Plan, seed: str) -> Reply:
    """Say that we are there; the line that was spoken longest ago, when all were."""
    setting = scene.appraisal.setting
    used = list(scene.appraisal.used)
    line = choose(
        setting, "presence", groups=(), intensity="clear", slots=(), spent=set(used), seed=seed
    )
    if line is None:
        known = wordings(setting, "presence")
        line = min(
            known,
            key=lambda each: len(used) - 1 - used[::-1].index(each.id) if each.id in used else -1,
        )
    return Reply(line.text, plan.strategy, (line.id,))


def _seed(scene: Scene) -> str:
    told = "\n".join((*scene.earlier, scene.appraisal.said))
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()
