"""One turn of the embedded voice, from messages to words or to a tool call."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from pydantic import ValidationError

from empathy_agent.affect import Appraisal, RecalledNote
from empathy_agent.models.listener.echo import echo, quotable
from empathy_agent.models.listener.hear import hear, plain
from empathy_agent.models.listener.moves import avoided
from empathy_agent.models.listener.plan import Plan, plan
from empathy_agent.models.listener.recollection import in_words
from empathy_agent.models.listener.reply import Scene, compose
from empathy_agent.models.listener.wording import SETTINGS, families, wordings

__all__ = ["Call", "Spoken", "answer", "warm"]

_OWN_TOOLS = ("hand_over", "crisis_lines", "recall_affect", "look_up_order", "open_ticket")
_LOOK = "perceive_emotion"
_LONGEST_SUMMARY = 600
_MOST_QUOTED = 300


@dataclass(frozen=True)
class Spoken:
    """Words."""

    text: str
    strategy: str
    wordings: tuple[str, ...]


@dataclass(frozen=True)
class Call:
    """A tool to be called before anything is said."""

    tool: str
    args: dict[str, str]
    strategy: str
    wordings: tuple[str, ...] = ()

    def args_json(self) -> str:
        """Return the arguments as JSON."""
        return json.dumps(self.args, ensure_ascii=False)


def warm() -> None:
    """Read every wording, so that the first reply is as fast as the next."""
    for setting in SETTINGS:
        for family in families(setting):
            wordings(setting, family)


def answer(messages: Sequence[BaseMessage], tools: Collection[str]) -> Spoken | Call:
    """Return what to say, or the tool to call first.

    Args:
        messages: the conversation; the last system message may carry the appraisal.
        tools: names of the bound tools.
    """
    scene = _scene(messages)
    result = _last_result(messages)
    if result is not None:
        return _instead(result, scene, tools) or _say(*_after(result, scene))
    scene = replace(scene, human="hand_over" in tools)
    planned = plan(scene.appraisal)
    return _call(planned, scene, tools) or _say(planned, scene)


def _say(planned: Plan, scene: Scene) -> Spoken:
    reply = compose(planned, scene)
    return Spoken(reply.text, reply.strategy, reply.wordings)


def _scene(messages: Sequence[BaseMessage]) -> Scene:
    said = [each.text for each in messages if isinstance(each, HumanMessage)]
    replies = [each for each in messages if isinstance(each, AIMessage)]
    appraisal = _appraisal(messages)
    if appraisal is None:
        appraisal = _bare(said, replies)
    else:
        appraisal = appraisal.model_copy(
            update={"used": _in_order((*appraisal.used, *_told(replies, "wordings")))}
        )
    return Scene(
        appraisal=appraisal,
        earlier=tuple(said[:-1]),
        spoken=tuple(each.text for each in replies if each.text),
        sight=_sight(messages),
    )


def _appraisal(messages: Sequence[BaseMessage]) -> Appraisal | None:
    for message in reversed(messages):
        if isinstance(message, SystemMessage):
            told = message.additional_kwargs.get("appraisal")
            try:
                return Appraisal.model_validate(told) if told else None
            except ValidationError:
                return None
    return None


def _bare(said: Sequence[str], replies: Sequence[AIMessage]) -> Appraisal:
    """Return an appraisal of words alone, for an app that sends none."""
    return Appraisal(
        said=said[-1] if said else "",
        persona="mental_health_support",
        setting="support",
        turn=max(1, len(said)),
        feeling=None,
        emotion=None,
        intensity="clear",
        valence=None,
        arousal=None,
        confidence=0.0,
        tried=tuple(
            str(each.response_metadata["strategy"])
            for each in replies
            if each.text and "strategy" in each.response_metadata
        ),
        used=_in_order(_told(replies, "wordings")),
    )


def _told(replies: Sequence[AIMessage], name: str) -> tuple[str, ...]:
    return tuple(str(one) for each in replies for one in each.response_metadata.get(name, ()))


def _in_order(ids: Sequence[str]) -> tuple[str, ...]:
    """Return ids without repeats; those without four parts, such as a hold's, are kept apart."""
    return tuple(dict.fromkeys(each for each in ids if each.count(".") >= 3))


def _this_turn(messages: Sequence[BaseMessage]) -> Sequence[BaseMessage]:
    last = max((i for i, each in enumerate(messages) if isinstance(each, HumanMessage)), default=0)
    return messages[last:]


def _sight(messages: Sequence[BaseMessage]) -> Mapping[str, object] | None:
    """Return this turn's reading, which only a question about what was seen may draw on."""
    for message in reversed(_this_turn(messages)):
        if isinstance(message, ToolMessage) and message.name == _LOOK:
            found = _json(message.text)
            return cast("dict[str, object]", found) if isinstance(found, dict) else None
    return None


def _last_result(messages: Sequence[BaseMessage]) -> ToolMessage | None:
    for message in reversed(_this_turn(messages)):
        if isinstance(message, ToolMessage) and message.name in _OWN_TOOLS:
            return message
    return None


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return None


def _call(planned: Plan, scene: Scene, tools: Collection[str]) -> Call | None:
    heard = hear(scene.appraisal.said, scene.appraisal.setting)
    if planned.strategy == "hand_over" and "hand_over" in tools:
        args = {"reason": planned.reason, "summary": _summary(scene)}
        return Call("hand_over", args, "hand_over")
    wants_lines = heard.act == "wants_lines" or planned.moves == ("safe_yes",)
    if wants_lines and "crisis_lines" in tools:
        return Call("crisis_lines", _country(scene.appraisal.said), "information")
    if planned.moves[:1] == ("noted",) and heard.number and "look_up_order" in tools:
        return Call("look_up_order", {"number": heard.number}, "solve")
    if heard.act == "asks_memory" and "recall_affect" in tools:
        return Call("recall_affect", {"query": scene.appraisal.said[:_MOST_QUOTED]}, "about_me")
    return None


def _instead(result: ToolMessage, scene: Scene, tools: Collection[str]) -> Call | None:
    """Return the case that is opened when a colleague was wanted and nobody is free."""
    told = _object(result)
    if result.name != "hand_over" or told.get("accepted") is True or "open_ticket" not in tools:
        return None
    if scene.appraisal.setting != "service":
        return None
    about = hear(scene.appraisal.said, "service").about or _last_about(scene)
    args = {"subject": about or "needs a colleague", "summary": _summary(scene)}
    return Call("open_ticket", args, "hand_over")


def _last_about(scene: Scene) -> str | None:
    found = (hear(said, "service").about for said in reversed(scene.earlier[-3:]))
    return next((about for about in found if about), None)


def _country(said: str) -> dict[str, str]:
    named = re.search(r"\b(?:in|for|from) ((?:the )?[A-Z]\w+(?: [A-Z]\w+)?)", said)
    return {"country": named.group(1)} if named else {}


def _summary(scene: Scene) -> str:
    """Return what a human needs to know, in a few lines."""
    lines = [f"They wrote: {_clip(said)}" for said in (*scene.earlier[-3:], scene.appraisal.said)]
    if scene.appraisal.feeling:
        lines.append(f"They seem {scene.appraisal.feeling}; that is a guess.")
    if scene.appraisal.tried:
        lines.append(f"So far: {', '.join(scene.appraisal.tried[-6:])}.")
    return "\n".join(lines)[:_LONGEST_SUMMARY]


def _clip(said: str) -> str:
    line = " ".join("".join(c if c.isprintable() else " " for c in said).split())
    return line if len(line) <= 160 else f"{line[:159]}…"


def _after(result: ToolMessage, scene: Scene) -> tuple[Plan, Scene]:
    """Return how a tool's result is worded."""
    failed = result.status == "error"
    if result.name == "hand_over":
        return _after_asking(result, scene)
    if result.name == "look_up_order":
        return _after_order(result, scene)
    if result.name == "open_ticket":
        ticket = str(_object(result).get("ticket") or "")
        if not ticket:
            return Plan("hand_over", "nobody is free", ("human_busy",)), scene
        with_ticket = replace(scene, extra={"ticket": ticket})
        return Plan("hand_over", "a case was opened", ("ticket",)), with_ticket
    if result.name == "crisis_lines":
        if failed or not result.text.strip():
            return Plan("information", "the table could not be read", ("lines_none",)), scene
        with_lines = replace(scene, extra={"lines": result.text.strip()})
        return Plan("information", "helplines, word for word", ("lines",)), with_lines
    return _after_recall(result, scene)


def _after_order(result: ToolMessage, scene: Scene) -> tuple[Plan, Scene]:
    told = _object(result)
    if told.get("done") is True:
        extra = {name: str(told.get(name) or "") for name in ("number", "item", "status")}
        return Plan("solve", "found the order", ("order", "offer")), replace(scene, extra=extra)
    if "no order" in str(told.get("why")):
        return Plan("clarify", "there is no such order", ("order_none",)), scene
    return Plan("solve", "orders cannot be looked up now", ("noted", "offer")), scene


def _object(result: ToolMessage) -> dict[str, object]:
    told = _json(result.text)
    return cast("dict[str, object]", told) if isinstance(told, dict) else {}


def _after_asking(result: ToolMessage, scene: Scene) -> tuple[Plan, Scene]:
    answer = _object(result)
    note = _clip(str(answer.get("note") or ""))
    if answer.get("accepted") is True:
        extra = {"note": note} if note else {}
        return Plan("hand_over", "a human joins", ("human_joins",)), replace(scene, extra=extra)
    return Plan("hand_over", "nobody is free", ("human_busy",)), scene


def _after_recall(result: ToolMessage, scene: Scene) -> tuple[Plan, Scene]:
    told = _json(result.text)
    if not isinstance(told, list):
        return Plan("about_me", "the memory cannot be read", ("memory_failed",)), scene
    found = _notes(cast("list[object]", told))
    if _ABOUT_ALL.search(plain(scene.appraisal.said)):
        every = (*scene.appraisal.recalled, *found)
        # Whoever asks for one thing gets it; what they shun is only not brought up unasked.
        open_to = [note for note in every if not avoided(scene.appraisal, note.said)]
        several = in_words(open_to, scene.earlier)
        if several:
            with_all = replace(scene, extra={"Memories": several})
            return Plan("about_me", "all that is remembered", ("memory_several",)), with_all
    for note in _of_what_was_asked(found, scene):
        clause, quote = echo(note.said), quotable(note.said)
        if clause or quote:
            extra = {"when": note.when, "When": note.when[:1].upper() + note.when[1:]}
            extra |= {"past": clause} if clause else {"quote": quote or ""}
            return (
                Plan("about_me", "remembered", ("memory_found",)),
                replace(scene, extra=extra, groups=("found",)),
            )
    return Plan("about_me", "nothing remembered", ("memory_none",)), scene


_ASKED = re.compile(
    r"\b(?:remember|know|recall|tell you|told you|said) (?:anything |something )?(?:about|of) "
    r"(?:my |the )?"
    r"(?P<what>[^\W\d_]{3,})"
)


def _of_what_was_asked(found: list[RecalledNote], scene: Scene) -> list[RecalledNote]:
    """Leave out what does not hold the name or the matter that was asked about."""
    asked = _ASKED.search(plain(scene.appraisal.said))
    if asked is None or asked["what"] in {
        "this",
        "that",
        "him",
        "her",
        "them",
        "what",
        "yesterday",
    }:
        return found
    return [note for note in found if asked["what"] in note.said.lower()]


_ABOUT_ALL = re.compile(
    r"\b(?:remember|know|recall|kept|keep)\b.{0,12}\b(?:of|about|from) (?:me|us)\b|"
    r"\bwhat (?:else )?(?:do|can) you remember\b(?! (?:when|that|how|(?:about|of) "
    r"(?!me\b|us\b)))|\bwhat have i told you\b|"
    r"\bwhat else (?:do|can) you (?:know|remember)\b(?! (?:about|of))|"
    r"\b(?:remember|know) me\b"
)


def _notes(told: list[object]) -> list[RecalledNote]:
    """Return what the tool gave and can be read, as notes."""
    found: list[RecalledNote] = []
    for each in told:
        try:
            given = cast("dict[str, object]", each)
            found.append(RecalledNote.model_validate({"why": "", **given}))
        except (ValidationError, TypeError):
            continue
    return [note for note in found if note.when]
