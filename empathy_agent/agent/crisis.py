"""The nodes of a crisis, and what they keep: the protocol, the hook, the human.

No prompt can skip them: whether they run is decided by the screen and by what was answered to our
own direct questions, before any model is asked.
"""

from typing import Any

from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig
from langgraph.runtime import Runtime

from empathy_agent.affect import RiskLevel
from empathy_agent.agent.hook import RiskEvent
from empathy_agent.agent.parts import Parts
from empathy_agent.agent.sentence import empathic_sentence, may_have_one
from empathy_agent.agent.state import LONGEST, Turn
from empathy_agent.context import Context, heard
from empathy_agent.errors import EmpathyError
from empathy_agent.prompts import fill
from empathy_agent.safety.answers import question_in
from empathy_agent.safety.hold import follow_up, spoken_in
from empathy_agent.safety.hold import hold as hold_words
from empathy_agent.safety.protocol import Protocol, advance, resume, standing, told
from empathy_agent.safety.screen import Risk
from empathy_agent.safety.speech import Held
from empathy_agent.tools.hand_over import request_human

__all__ = ["HOLD_FROM", "Crisis", "as_json", "risk_of", "thread_of"]

HOLD_FROM = RiskLevel.moderate
"""From this level on, reviewed words answer, not the persona."""
_NOTE = "protocol"
"""The kind of note under which a user's memory keeps the protocol."""


def thread_of(config: RunnableConfig) -> str:
    """Return the thread's id, which is also the session of its moments."""
    return str(config.get("configurable", {}).get("thread_id") or "no-thread")


class Crisis:
    """What happens when somebody is at risk."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def recall(self, state: Turn, runtime: Runtime[Context]) -> dict[str, Any]:
        """Return what the last session left, at the beginning of a thread.

        Raises:
            EmpathyError: the memory cannot be read.
        """
        if "protocol" in state:
            return {}
        noted = self._parts.memory.noted(runtime.context.user_id, _NOTE)
        if noted is None:
            return {}
        return {"protocol": resume(Protocol.read(noted), self._parts.clock()).as_json()}

    def assess(
        self, state: Turn, runtime: Runtime[Context], config: RunnableConfig, screened: Risk
    ) -> tuple[Risk, dict[str, Any]]:
        """Weigh what was said against where the conversation stands, and tell the hook.

        Returns:
            The risk that counts, and what of the state changes: `risk`, `protocol`, `route`.
        """
        now, said = self._parts.clock(), heard(state["messages"])[-1]
        protocol = advance(Protocol.read(state.get("protocol")), screened, said, at=now)
        risk = standing(protocol, screened, now)
        held = risk.level >= HOLD_FROM or protocol.follow_up
        protocol, sent = self._alert(protocol, risk, runtime, config, said)
        return risk, {
            "risk": as_json(risk),
            "protocol": protocol.as_json(),
            "route": "hold" if held else "respond",
            "alerted": sent,
        }

    def _alert(
        self,
        protocol: Protocol,
        risk: Risk,
        runtime: Runtime[Context],
        config: RunnableConfig,
        said: str,
    ) -> tuple[Protocol, bool]:
        """Tell the app's hook of a level that this episode has not told yet."""
        alarm = self._parts.alarm
        if alarm is None or not alarm.is_due(risk.level, RiskLevel[protocol.alerted]):
            return protocol, False
        alarm.send(
            RiskEvent(
                level=risk.level.name,
                kind=risk.kind,
                about=risk.about,
                signals=risk.signals,
                user=runtime.context.user_id,
                session=thread_of(config),
                persona=self._parts.persona(runtime.context.persona).name,
                at=self._parts.clock(),
                said=said[:LONGEST] if alarm.text else None,
            )
        )
        return Protocol.read({**protocol.as_json(), "alerted": risk.level.name}), True

    def hold(self, state: Turn, runtime: Runtime[Context]) -> dict[str, Any]:
        """Answer with reviewed words and real helplines; a model may add one sentence before."""
        used, protocol = state.get("used", []), Protocol.read(state.get("protocol"))
        risk, setting = risk_of(state["risk"]), state["appraisal"]["setting"]
        if risk.level < HOLD_FROM:
            held = follow_up(told=used, tongue=spoken_in(protocol, runtime.context.country))
        else:
            held = hold_words(
                risk,
                runtime.context.country,
                said=state["appraisal"]["said"],
                told=used,
                setting=setting,
                protocol=protocol,
            )
        ours = spoken_in(protocol, runtime.context.country)
        sentence = None if ours else self._sentence(state, risk, held)
        text = f"{sentence} {held.text}" if sentence else held.text
        runtime.stream_writer({"delta": text})
        return {
            "messages": [AIMessage(text, response_metadata={"strategy": "hold"})],
            "strategy": "hold",
            "used": [*used, *held.wordings],
            "protocol": told(protocol, asked=held.asked, line=held.line).as_json(),
        }

    def _sentence(self, state: Turn, risk: Risk, held: Held) -> str | None:
        if risk.level < HOLD_FROM or not may_have_one(risk):
            return None
        spoken = [str(each.text) for each in state["messages"] if isinstance(each, AIMessage)]
        return empathic_sentence(
            self._parts.chat,
            state["appraisal"]["said"],
            state["appraisal"]["setting"],
            limit_s=self._parts.sentence_s,
            before=[*spoken, held.text],
        )

    def asked_by(self, state: Turn, reply: str) -> dict[str, Any]:
        """Return what changes when the persona itself has put a direct question."""
        question = question_in(reply) if state["route"] == "respond" else ""
        if not question:
            return {}
        return {"protocol": told(Protocol.read(state.get("protocol")), asked=question).as_json()}

    def keep(self, state: Turn, user: str, session: str) -> list[str]:
        """Keep the protocol across sessions, if there was a high risk; return what went wrong."""
        notes = self._parts.alarm.failures(session) if self._parts.alarm else []
        protocol = Protocol.read(state.get("protocol"))
        if protocol.last_level == "none" or state["route"] != "hold":
            return notes
        try:
            self._parts.memory.note(user, _NOTE, protocol.as_json())
        except EmpathyError as error:
            notes.append(f"where this conversation stands was not kept: {error}")
        return notes

    def escalate(self, state: Turn, runtime: Runtime[Context]) -> dict[str, Any]:
        """Ask a human to join. It runs after `remember`, so that a held reply is never lost."""
        risk = state["risk"]
        protocol = Protocol.read(state.get("protocol"))
        answer = request_human(
            f"risk: {risk['level']} ({', '.join(risk['signals'])})",
            fill(
                "respond/hand_over.md",
                persona=self._parts.persona(runtime.context.persona).title,
                risk=risk["level"],
                kind=risk["kind"],
                about="the user" if risk["about"] == "self" else "somebody the user knows",
                stands=_in_words(protocol),
                said=state["appraisal"]["said"][:LONGEST],
                reply=state["reply"],
            ),
        )
        words = fill(
            "respond/human_joins.md" if answer["accepted"] else "respond/human_busy.md",
            note=answer["note"],
        )
        runtime.stream_writer({"delta": "\n\n" + words})
        changed = {**protocol.as_json(), "handed_over": answer["accepted"]}
        return {
            "messages": [AIMessage(words)],
            "reply": f"{state['reply']}\n\n{words}",
            "human_asked_at": risk["level"],
            "protocol": changed,
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


def _in_words(protocol: Protocol) -> str:
    """Return what is known, for a human who takes over."""
    known = ", ".join(each.replace("=", ": ") for each in protocol.answers.split())
    return known or "nothing was answered yet"


def as_json(risk: Risk) -> dict[str, Any]:
    """Return a risk as the state holds it."""
    return {
        "level": risk.level.name,
        "score": risk.score,
        "signals": list(risk.signals),
        "about": risk.about,
        "kind": risk.kind,
    }


def risk_of(told: dict[str, Any]) -> Risk:
    """Return the risk that the state holds."""
    return Risk(
        level=RiskLevel[told["level"]],
        score=told["score"],
        signals=tuple(told["signals"]),
        about=told["about"],
        kind=told["kind"],
    )
