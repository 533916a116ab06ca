"""One function a node: state in, the changed part out. The voice's node is in `voice.py`."""

import uuid
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import (
    AIMessage,
    AnyMessage,
    HumanMessage,
    RemoveMessage,
    ToolMessage,
)
from langchain_core.runnables import RunnableConfig
from langgraph.prebuilt import ToolNode
from langgraph.runtime import Runtime
from langgraph.types import Command

from empathy_agent.affect import AffectReading, Emotion, RecalledNote, RiskLevel
from empathy_agent.agent.appraisal import appraise
from empathy_agent.agent.parts import Parts
from empathy_agent.agent.pictures import take_pictures
from empathy_agent.agent.state import LONGEST, Turn
from empathy_agent.context import Context, heard
from empathy_agent.errors import EmpathyError, SetupError
from empathy_agent.memory import Moment, history
from empathy_agent.models.listener.plan import plan
from empathy_agent.prompts import fill
from empathy_agent.safety.guard import guard as check
from empathy_agent.safety.hold import hold as hold_words
from empathy_agent.safety.screen import Risk, screen
from empathy_agent.tools.cases import reported
from empathy_agent.tools.hand_over import request_human
from empathy_agent.tools.recall_affect import as_note

__all__ = ["HOLD_FROM", "WINDOW", "Nodes", "thread_of", "tools_called"]

HOLD_FROM = RiskLevel.moderate
"""From this level on, reviewed words answer, not the persona."""
WINDOW = 40
"""Messages a thread keeps; the moments before live in memory."""
_PAST = 200
"""Moments that baseline and trend rest on. They are read once a thread: what came before it does
not change while it runs, and a long session must not push its own past out of sight."""


def thread_of(config: RunnableConfig) -> str:
    """Return the thread's id, which is also the session of its moments."""
    return str(config.get("configurable", {}).get("thread_id") or "no-thread")


class Nodes:
    """The nodes of the graph, around the parts they use."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._eyes = ToolNode(parts.tools()[:1])

    def perceive(
        self, state: Turn, runtime: Runtime[Context], config: RunnableConfig
    ) -> dict[str, Any]:
        """Call `perceive_emotion`, as a model would, and let call and result stand in messages."""
        messages = state.get("messages")
        if not messages or not isinstance(messages[-1], HumanMessage):
            raise SetupError("a turn starts with a user's message; add one to `messages`")
        bare, pictures = take_pictures(messages[-1], self._parts.frames)
        reference = pictures or state.get("frames")
        call = AIMessage(
            "",
            tool_calls=[
                {
                    "name": "perceive_emotion",
                    "args": {},
                    "id": uuid.uuid4().hex,
                    "type": "tool_call",
                }
            ],
        )
        seen: list[Command[Any]] = self._eyes.invoke(
            {
                **state,
                "messages": [*messages[:-1], bare, call],
                "frames": reference,
            },
            config,
        )
        found: dict[str, Any] = seen[0].update  # pyright: ignore[reportAssignmentType]
        return {
            "messages": [bare, call, *found["messages"]],
            "reading": found["reading"],
            "frames": reference,
            "turn": state.get("turn", 0) + 1,
            "recalled": [],
            "shift": None,
            "trend": None,
            "rounds": 0,
            "breaches": [],
            "notes": [] if found["reading"] else [str(found["messages"][0].content)],
        }

    def recall(
        self, state: Turn, runtime: Runtime[Context], config: RunnableConfig
    ) -> dict[str, Any]:
        """Find earlier moments that bear on this one, and the user's own baseline."""
        now, user = self._parts.clock(), runtime.context.user_id
        reading = state["reading"]
        try:
            found = self._parts.memory.recall(
                user,
                heard(state["messages"])[-1],
                now=now,
                session_not=thread_of(config),
                emotion=Emotion(reading["emotion"]) if reading and reading["emotion"] else None,
            )
            past = state.get("past")
            if past is None:
                past = _rows(self._parts.memory.recent(user, _PAST))
        except EmpathyError as error:
            return {"notes": [*state["notes"], f"memory cannot be read: {error}"]}
        valence = reading["valence"] if reading else None
        told = history(_moments(past), now, present_valence=valence)
        return {
            "past": past,
            "recalled": [as_note(each, now).model_dump(mode="json") for each in found],
            "shift": told.shift,
            "trend": told.trend,
        }

    def appraise(self, state: Turn, runtime: Runtime[Context]) -> dict[str, Any]:
        """Screen what was said, and say in plain words what this turn means."""
        said = heard(state["messages"])
        risk = screen(said[-1], context=said[:-1])
        reading = state["reading"]
        appraisal = appraise(
            said[-1],
            AffectReading.model_validate(reading) if reading else None,
            risk,
            persona=self._parts.persona(runtime.context.persona),
            turn=state.get("turn", 1),
            recalled=[RecalledNote.model_validate(each) for each in state["recalled"]],
            shift=state["shift"],
            trend=state["trend"],
            tried=state.get("tried", []),
            used=state.get("used", []),
        )
        return {
            "risk": _risk_as_json(risk),
            "appraisal": appraisal.model_dump(mode="json"),
            "strategy": plan(appraisal).strategy,
            "route": "hold" if risk.level >= HOLD_FROM else "respond",
        }

    def hold(self, state: Turn, runtime: Runtime[Context]) -> dict[str, Any]:
        """Answer a crisis with reviewed words and real helplines; no model is asked."""
        used = state.get("used", [])
        held = hold_words(
            _risk_of(state["risk"]),
            runtime.context.country,
            said=state["appraisal"]["said"],
            told=used,
            setting=state["appraisal"]["setting"],
        )
        runtime.stream_writer({"delta": held.text})
        return {
            "messages": [AIMessage(held.text, response_metadata={"strategy": "hold"})],
            "strategy": "hold",
            "used": [*used, *held.wordings],
        }

    def guard(self, state: Turn) -> dict[str, Any]:
        """Check the whole reply once more, whoever wrote it."""
        last = state["messages"][-1]
        facts = reported(state["messages"])
        checked = check(str(last.text), state["appraisal"]["setting"], facts)
        changed: dict[str, Any] = {
            "reply": checked.text,
            "breaches": [*state["breaches"], *checked.breaches],
            "tried": [*state.get("tried", []), state["strategy"]],
        }
        if checked.text != last.text:
            changed["messages"] = [last.model_copy(update={"content": checked.text})]
        return changed

    def remember(
        self, state: Turn, runtime: Runtime[Context], config: RunnableConfig
    ) -> dict[str, Any]:
        """Keep the moment, and let go of messages the window has no room for."""
        reading = state["reading"] or {}
        if state["appraisal"].get("corrected"):
            reading = state["appraisal"]
        moment = Moment(
            id=_new_id(),
            session=thread_of(config),
            at=self._parts.clock(),
            said=state["appraisal"]["said"],
            reply=state["reply"],
            emotion=Emotion(reading["emotion"]) if reading.get("emotion") else None,
            valence=reading.get("valence"),
            arousal=reading.get("arousal"),
            confidence=reading.get("confidence", 0.0),
            risk=state["risk"]["level"],
            strategy=state["strategy"],
            persona=state["appraisal"]["persona"],
        )
        changed: dict[str, Any] = {"messages": _trim(state["messages"]), "frames": None}
        try:
            self._parts.memory.remember(runtime.context.user_id, moment)
        except EmpathyError as error:
            changed["notes"] = [*state["notes"], f"this turn was not remembered: {error}"]
        return changed

    def escalate(self, state: Turn, runtime: Runtime[Context]) -> dict[str, Any]:
        """Ask a human to join. It runs after `remember`, so that a held reply is never lost."""
        risk = state["risk"]
        answer = request_human(
            f"risk: {risk['level']} ({', '.join(risk['signals'])})",
            fill(
                "respond/hand_over.md",
                persona=self._parts.persona(runtime.context.persona).title,
                risk=risk["level"],
                said=state["appraisal"]["said"],
                reply=state["reply"],
            ),
        )
        words = fill(
            "respond/human_joins.md" if answer["accepted"] else "respond/human_busy.md",
            note=answer["note"],
        )
        runtime.stream_writer({"delta": "\n\n" + words})
        return {
            "messages": [AIMessage(words)],
            "reply": f"{state['reply']}\n\n{words}",
            "human_asked_at": risk["level"],
        }

    def needs_human(self, state: Turn, runtime: Runtime[Context]) -> bool:
        """Say whether the persona wants a human at this risk, and has not asked for one yet."""
        if not runtime.context.human:
            return False
        wanted = self._parts.persona(runtime.context.persona).escalation.human_at
        level, asked = RiskLevel[state["risk"]["level"]], state.get("human_asked_at")
        if wanted is None or level < RiskLevel[wanted]:
            return False
        return asked is None or level > RiskLevel[asked]


def _new_id() -> str:
    return uuid.uuid4().hex


def _rows(moments: Sequence[Moment]) -> list[tuple[str, float, float]]:
    """Return `(session, at, valence)` of the moments that have a valence, as plain JSON."""
    return [(each.session, each.at, each.valence) for each in moments if each.valence is not None]


def _moments(rows: Sequence[tuple[str, float, float]]) -> list[Moment]:
    return [Moment(_new_id(), name, at, said="", valence=value) for name, at, value in rows]


def _risk_as_json(risk: Risk) -> dict[str, Any]:
    return {
        "level": risk.level.name,
        "score": risk.score,
        "signals": list(risk.signals),
        "about": risk.about,
        "kind": risk.kind,
    }


def _risk_of(told: dict[str, Any]) -> Risk:
    return Risk(
        level=RiskLevel[told["level"]],
        score=told["score"],
        signals=tuple(told["signals"]),
        about=told["about"],
        kind=told["kind"],
    )


def _trim(messages: Sequence[AnyMessage]) -> list[AnyMessage | RemoveMessage]:
    """Cut to the window at a user's message, so that no tool result loses its call."""
    cut = max(0, len(messages) - WINDOW)
    while cut < len(messages) and cut and not isinstance(messages[cut], HumanMessage):
        cut += 1
    gone: list[AnyMessage | RemoveMessage] = [
        RemoveMessage(id=str(message.id)) for message in messages[:cut]
    ]
    long = [
        message.model_copy(update={"content": f"{message.text[:LONGEST]}…"})
        for message in messages[cut:]
        if isinstance(message, HumanMessage) and len(message.text) > LONGEST
    ]
    return gone + long


def tools_called(messages: Sequence[AnyMessage]) -> tuple[str, ...]:
    """Return the names of the tools that ran since the user's last message."""
    names: list[str] = []
    for message in reversed(messages):
        if isinstance(message, HumanMessage):
            break
        if isinstance(message, ToolMessage):
            names.append(str(message.name))
    return tuple(reversed(names))
