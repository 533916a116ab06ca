"""One function a node: state in, the changed part out. The voice's node is in `voice.py`."""

import uuid
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import (
    AIMessage,
    AnyMessage,
    HumanMessage,
    ToolCall,
    ToolMessage,
)
from langchain_core.runnables import RunnableConfig
from langgraph.prebuilt import ToolRuntime
from langgraph.runtime import Runtime
from langgraph.types import Command

from empathy_agent.affect import AffectReading, Emotion, RecalledNote
from empathy_agent.agent.appraisal import appraise
from empathy_agent.agent.crisis import Crisis, thread_of
from empathy_agent.agent.memories import recollect, to_keep
from empathy_agent.agent.parts import Parts
from empathy_agent.agent.pictures import take_pictures
from empathy_agent.agent.state import Turn
from empathy_agent.agent.usual import against_usual
from empathy_agent.agent.window import Gist, leaving, trimmed
from empathy_agent.context import Context, heard
from empathy_agent.errors import EmpathyError, SetupError
from empathy_agent.memory import Moment
from empathy_agent.models.listener.plan import plan
from empathy_agent.models.listener.recollection import note_down
from empathy_agent.safety.guard import guard as check
from empathy_agent.safety.screen import screen
from empathy_agent.tools.cases import reported
from empathy_agent.tools.recall_affect import as_note

__all__ = ["Nodes", "tools_called"]

_TRIED = 60
_USED = 400
"""Strategies and wordings that a thread remembers: a long one costs no more than a short one."""
_PAST = 200
"""Moments that baseline and trend rest on. They are read once a thread: what came before it does
not change while it runs, and a long session must not push its own past out of sight."""


class Nodes:
    """The nodes of the graph, around the parts they use."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._crisis = Crisis(parts)
        self.needs_human = self._crisis.needs_human
        """Say whether a human is to be asked."""
        self._eyes = parts.tools()[0]

    def perceive(
        self, state: Turn, runtime: Runtime[Context], config: RunnableConfig
    ) -> dict[str, Any]:
        """Call `perceive_emotion`, as a model would, and let call and result stand in messages."""
        messages = state.get("messages")
        if not messages or not isinstance(messages[-1], HumanMessage):
            raise SetupError("a turn starts with a user's message; add one to `messages`")
        bare, pictures = take_pictures(messages[-1], self._parts.frames)
        reference = pictures or state.get("frames")
        asked = ToolCall(name="perceive_emotion", args={}, id=uuid.uuid4().hex, type="tool_call")
        call = AIMessage("", tool_calls=[asked])
        given: dict[str, Any] = {**state, "messages": [*messages[:-1], bare], "frames": reference}
        # As a ToolNode does, which would start a thread for it in every turn.
        inside = ToolRuntime(
            state=given,
            context=runtime.context,
            config=config,
            stream_writer=runtime.stream_writer,
            tool_call_id=asked["id"],
            store=runtime.store,
        )
        seen: Command[Any] = self._eyes.invoke({**asked, "args": {"runtime": inside}}, config)
        found: dict[str, Any] = seen.update  # pyright: ignore[reportAssignmentType]
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
            recollection = recollect(
                self._parts.memory,
                user,
                heard(state["messages"])[-1],
                now=now,
                thread=thread_of(config),
                turn=state.get("turn", 1),
                emotion=Emotion(reading["emotion"]) if reading and reading["emotion"] else None,
                tokens=self._parts.recall_tokens,
            )
            past = state.get("past")
            if past is None:
                past = _rows(self._parts.memory.recent(user, _PAST))
            stands = self._crisis.recall(state, runtime)
        except EmpathyError as error:
            return {"notes": [*state["notes"], f"memory cannot be read: {error}"]}
        valence = reading["valence"] if reading else None
        shift, trend = against_usual(_moments(past), now, valence)
        return {
            "past": past,
            "recalled": [as_note(each, now).model_dump(mode="json") for each in recollection.found],
            "known": recollection.known,
            "shift": shift,
            "trend": trend,
            **stands,
        }

    def appraise(
        self, state: Turn, runtime: Runtime[Context], config: RunnableConfig
    ) -> dict[str, Any]:
        """Screen what was said, and say in plain words what this turn means."""
        said = heard(state["messages"])
        screened = screen(said[-1], context=said[:-1])
        risk, changed = self._crisis.assess(state, runtime, config, screened)
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
            known=state.get("known"),
            noted=state.get("noted", []),
        )
        return {
            "appraisal": appraisal.model_dump(mode="json"),
            "strategy": plan(appraisal).strategy,
            "noted": note_down(appraisal.noted, said[-1], appraisal.setting),
            **changed,
        }

    def hold(
        self, state: Turn, runtime: Runtime[Context], config: RunnableConfig
    ) -> dict[str, Any]:
        """Answer with reviewed words."""
        return self._crisis.hold(state, runtime)

    def escalate(
        self, state: Turn, runtime: Runtime[Context], config: RunnableConfig
    ) -> dict[str, Any]:
        """Ask a human to join."""
        return self._crisis.escalate(state, runtime)

    def guard(
        self, state: Turn, runtime: Runtime[Context], config: RunnableConfig
    ) -> dict[str, Any]:
        """Check the whole reply once more, whoever wrote it."""
        last = state["messages"][-1]
        facts = reported(state["messages"])
        checked = check(str(last.text), state["appraisal"]["setting"], facts)
        changed: dict[str, Any] = {
            "reply": checked.text,
            "breaches": [*state["breaches"], *checked.breaches],
            "tried": [*state.get("tried", []), state["strategy"]][-_TRIED:],
            "used": state.get("used", [])[-_USED:],
            **self._crisis.asked_by(state, checked.text),
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
            if reading.get("faces") and runtime.context.consent:
                self._parts.resting.doubt(runtime.context.user_id, Emotion(reading["emotion"]))
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
        user, notes = runtime.context.user_id, state["notes"]
        try:
            first = state.get("turn", 1) == 1
            memory = self._parts.memory
            memory.remember(user, *to_keep(memory, user, moment, first=first))
        except EmpathyError as error:
            notes = [*notes, f"this turn was not remembered: {error}"]
        return {
            "messages": trimmed(state["messages"]),
            "gist": self._gist(state),
            "frames": None,
            "notes": [*notes, *self._crisis.keep(state, user, thread_of(config))],
        }

    def _gist(self, state: Turn) -> dict[str, Any]:
        """Return what stays of the conversation, with what leaves the window now."""
        gist = Gist.read(state.get("gist")).at_risk(state["risk"]["level"], state.get("turn", 1))
        return gist.with_gone(leaving(state["messages"]), self._parts.clock()).as_json()


def _new_id() -> str:
    return uuid.uuid4().hex


def _rows(moments: Sequence[Moment]) -> list[tuple[str, float, float]]:
    """Return `(session, at, valence)` of the moments that have a valence, as plain JSON."""
    return [(each.session, each.at, each.valence) for each in moments if each.valence is not None]


def _moments(rows: Sequence[tuple[str, float, float]]) -> list[Moment]:
    return [Moment(_new_id(), name, at, said="", valence=value) for name, at, value in rows]


def tools_called(messages: Sequence[AnyMessage]) -> tuple[str, ...]:
    """Return the names of the tools that ran since the user's last message."""
    names: list[str] = []
    for message in reversed(messages):
        if isinstance(message, HumanMessage):
            break
        if isinstance(message, ToolMessage):
            names.append(str(message.name))
    return tuple(reversed(names))
