"""From a plan to words: one line a move, at most one question, nothing said twice."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from empathy_agent.affect import Appraisal
from empathy_agent.models.listener.echo import echo
from empathy_agent.models.listener.groups import groups_of
from empathy_agent.models.listener.hear import Heard, hear
from empathy_agent.models.listener.moves import HELPING_SKILLS, Plan, family, is_same
from empathy_agent.models.listener.slots import (
    LOOKS_BACK,
    Scene,
    felt_group,
    slots_of,
)
from empathy_agent.models.listener.wording import Wording, choose, families, wordings

__all__ = ["Reply", "Scene", "compose"]

_LONG = 60
"""Words from which a message is answered as a long one."""
_QUESTIONS_IN_A_ROW = 2
"""After so many replies that end in a question, one leaves room instead."""
_INSTEAD = {
    "theme": "follow",
    "theme_ask": "ask_more",
    "update_worse_ask": "ask_more",
    "celebrate_ask": "warm_ask",
}
"""What is asked where a family has no line left."""
_LONG_REPLY = 42
"""Words after which no question is added."""
_SURE = 0.6
"""From here on a feeling that was read may be named in passing."""
_NEEDS_NEXT = frozenset({"heavy", "hello", "named_self"}) | {
    f"update_{how}" for how in ("better", "worse")
}
"""Families that only lead up to the next."""
_OF_NOW = ("comfort", "inform")
_NOW_AND_THEN = 9
"""Lines after which a feeling may be named in passing again."""
_ASKS = ("ask", "ask_more", "ask_deeper", "ask_support", "theme_ask", "warm_ask", "update_ask")


@dataclass(frozen=True)
class Reply:
    """What is said."""

    text: str
    strategy: str
    wordings: tuple[str, ...]


def compose(plan: Plan, scene: Scene) -> Reply:
    """Return the reply; deterministic for the same conversation."""
    heard = hear(scene.appraisal.said, scene.appraisal.setting)
    plan = _suited(plan, scene, heard)
    slots = slots_of(scene, heard)
    groups = (*plan.groups, *groups_of(scene, heard))
    seed = _seed(scene)
    chosen: list[Wording] = []
    said: list[str] = []
    for move in plan.moves:
        if _is_too_much(move, said, scene, slots):
            continue
        line = _line(move, scene, groups, slots, seed)
        if line is not None:
            said.append(line.fill(slots))
            chosen.append(line)
            slots = _without(slots, line)
    if not chosen:
        return _presence(scene, plan, seed)
    return Reply(" ".join(said), plan.strategy, tuple(each.id for each in chosen))


def _is_too_much(move: str, said: list[str], scene: Scene, slots: Mapping[str, str]) -> bool:
    """Say whether a move is better left out: a second question, an echo right after the last."""
    if move == "say_back":
        return "echo" not in slots or _echoed_last(scene.appraisal)
    if move == "tinge":
        return not _may_tinge(scene)
    whole = " ".join(said)
    return move in _ASKS and ("?" in whole or len(whole.split()) > _LONG_REPLY)


def _of_now(groups: tuple[str, ...], scene: Scene) -> tuple[str, ...]:
    """Leave out the topic of an earlier message, for lines that only fit what was just said."""
    setting = scene.appraisal.setting
    now = hear(scene.appraisal.said, setting).about
    stale = {hear(said, setting).about for said in scene.earlier[-LOOKS_BACK:]} - {now}
    return tuple(each for each in groups if each not in stale)


def _may_tinge(scene: Scene) -> bool:
    """Say whether a feeling that was read may be named in passing."""
    appraisal = scene.appraisal
    if appraisal.confidence < _SURE or hear(appraisal.said, appraisal.setting).tone is None:
        return False
    return not any(family(used) == "tinge" for used in appraisal.used[-_NOW_AND_THEN:])


def _line(
    move: str, scene: Scene, groups: tuple[str, ...], slots: Mapping[str, str], seed: str
) -> Wording | None:
    """Return the line for a move, or for what stands in where it has none left."""
    appraisal = scene.appraisal
    for each in (move, _INSTEAD.get(move)):
        if each is None:
            continue
        line = choose(
            appraisal.setting,
            each,
            groups=_of_now(groups, scene) if each in _OF_NOW else groups,
            intensity=appraisal.intensity,
            slots=slots,
            spent={*appraisal.used, *_heard_before(scene, each, slots)},
            seed=seed,
            echo=not _echoed_last(appraisal),
        )
        if line is not None:
            return line
    return None


def _suited(plan: Plan, scene: Scene, heard: Heard) -> Plan:
    """Return the plan as this message wants it: said twice, very long, or with nothing to echo."""
    setting = scene.appraisal.setting
    moves = _fewer_asks(_with_offers(plan.moves, scene), scene)
    if scene.appraisal.brief:
        moves = _shorter(moves)
    plan = replace(plan, moves=moves)
    if plan.strategy not in HELPING_SKILLS[setting] or heard.act:
        return plan
    say_back = "restatement" if setting == "support" else "acknowledge"
    if scene.earlier and is_same(scene.earlier[-1], scene.appraisal.said) and heard.words > 2:
        return Plan(say_back, "said the same again", ("again", *plan.moves[1:]))
    if heard.words > _LONG and len(plan.moves) > 1:
        rest = ("theme", plan.moves[-1]) if "theme" in plan.moves else plan.moves[-1:]
        return Plan(say_back, "wrote a great deal", ("long", *rest), plan.groups)
    if plan.moves[:1] == ("restate",) and not echo(scene.appraisal.said):
        first = "reflect" if felt_group(scene, heard) else "follow"
        return replace(plan, moves=(first, *plan.moves[1:]))
    return plan


def _with_offers(moves: tuple[str, ...], scene: Scene) -> tuple[str, ...]:
    """Leave out the offer of a colleague where there is none, or nobody was free."""
    if scene.appraisal.setting != "service":
        return moves
    if not scene.human:
        instead = ("solve",) if "noted" in moves else ()
        return (*(move for move in moves if move != "offer"), *instead)
    if "hand_over" in scene.appraisal.tried:
        return tuple("kept" if move == "offer" else move for move in moves)
    return moves


def _fewer_asks(moves: tuple[str, ...], scene: Scene) -> tuple[str, ...]:
    """Leave room after several questions, or where they have asked for fewer."""
    if len(moves) < 2 or moves[-1] not in _ASKS:
        return moves
    lately = [reply.rstrip().endswith("?") for reply in scene.spoken[-_QUESTIONS_IN_A_ROW:]]
    enough = len(lately) == _QUESTIONS_IN_A_ROW and all(lately)
    if _wants_less(scene.appraisal) or (enough and not moves[0].startswith("brief_")):
        return moves[:-1]
    return moves


def _shorter(moves: tuple[str, ...]) -> tuple[str, ...]:
    """Return one move, and what it cannot do without, for somebody who likes it short."""
    kept = tuple(move for move in moves if move not in {"say_back", "tinge", *_ASKS})
    return kept[:1] if kept[:1] and kept[0] not in _NEEDS_NEXT else kept or moves[:1]


def _wants_less(appraisal: Appraisal) -> bool:
    """Say whether they have lately asked for fewer questions."""
    return any(".less." in used for used in appraisal.used[-5:])


def _without(slots: dict[str, str], line: Wording) -> dict[str, str]:
    """Drop what was just played back, so that one reply says it once."""
    gone = {name.lower() for name in line.slots} - {"they", "them", "their"}
    if "echo" in gone:
        gone |= {"thing"}
    return {name: value for name, value in slots.items() if name.lower() not in gone}


def _echoed_last(appraisal: Appraisal) -> bool:
    """Say whether the last reply played the user's words back: not every reply should."""
    recent = {each for each in appraisal.used[-4:] if each.count(".") >= 3}
    named = {each.split(".")[1] for each in recent} & set(families(appraisal.setting))
    return any(
        each.echoes()
        for of in named
        for each in wordings(appraisal.setting, of)
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
