"""The voice's node: shape the request, one call, read the answer, sentence by sentence.

Written once: `_request` and `_Reply` are pure, and `respond` and `arespond` differ only in how
they wait. Tokens leave through LangGraph's `custom` stream *after* the guard has passed their
sentence; the raw tokens of the model are kept out of the `messages` stream, because a caller
there would see what the guard takes back.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    AnyMessage,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
    message_chunk_to_message,
)
from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.tools import BaseTool
from langgraph.runtime import Runtime

from empathy_agent.affect import Appraisal
from empathy_agent.agent.parts import Parts
from empathy_agent.agent.patience import ain_time, in_time, whatever_it_does
from empathy_agent.agent.state import LONGEST, Turn
from empathy_agent.agent.window import Gist
from empathy_agent.context import Context
from empathy_agent.errors import ModelUnavailable
from empathy_agent.models.listener.voice import ScriptedListener
from empathy_agent.models.speech import OwnWords
from empathy_agent.personas import Persona, instruct
from empathy_agent.safety.guard import SentenceGuard
from empathy_agent.tools.cases import reported

__all__ = ["MOST_ROUNDS", "Voice"]

MOST_ROUNDS = 3
"""How often the model may call tools in one turn before it has to speak."""
_MOST_CALLS = 4
"""Tools that it may call at a time."""


@dataclass
class _Reply:
    """What has been said so far, with the guard standing before it."""

    guard: SentenceGuard
    own: OwnWords = field(default_factory=OwnWords)
    whole: AIMessageChunk | None = None
    passed: list[str] = field(default_factory=list[str])

    def add(self, chunk: AIMessageChunk) -> str:
        """Take a chunk in; return the text that may leave now."""
        self.whole = chunk if self.whole is None else self.whole + chunk
        return self._pass(self.guard.feed(self.own.feed(str(chunk.text))))

    def end(self) -> str:
        """Return the text that was still held back."""
        return self._pass(self.guard.feed(self.own.flush()) + self.guard.flush())

    def start_over(self) -> None:
        """Let another voice go on; what was already shown stays part of the reply."""
        self.whole = None
        self.own = OwnWords()
        self.guard.flush()
        self.passed = ["".join(self.passed).strip(), " "]

    def _pass(self, text: str) -> str:
        self.passed.append(text)
        return text

    def message(self, *, may_call: bool) -> AIMessage | None:
        """Return what was said after the guard, or null when it was nothing at all.

        Args:
            may_call: whether tools were offered; calls of others are left out.
        """
        if self.whole is None:
            return None
        message = message_chunk_to_message(self.whole)
        assert isinstance(message, AIMessage)
        text = "".join(self.passed).strip()
        calls = message.tool_calls[:_MOST_CALLS] if may_call else []
        if not text and not calls:
            return None
        # A server's own form of the calls may lie beside them, and would be sent back to it.
        beside = {key: told for key, told in message.additional_kwargs.items() if "call" not in key}
        kept = {"content": text, "tool_calls": calls, "invalid_tool_calls": []}
        return message.model_copy(update={**kept, "additional_kwargs": beside})


class Voice:
    """The `respond` node, sync and async, around a chat model and its stand-in."""

    def __init__(self, parts: Parts, tools: Sequence[BaseTool]) -> None:
        self._parts = parts
        self._tools = list(tools)
        self._stand_in = ScriptedListener()
        self._able_ones: dict[int, Runnable[Any, Any]] = {}

    def respond(
        self, state: Turn, runtime: Runtime[Context], config: RunnableConfig
    ) -> dict[str, Any]:
        """Let the persona answer."""
        messages, reply = self._request(state, runtime)
        write = runtime.stream_writer
        try:
            with whatever_it_does():
                for chunk in self._stream(self._parts.chat, messages, state):
                    _send(write, reply.add(chunk))
                    if reply.own.ended:
                        break
            _send(write, reply.end())
            return self._answer(state, reply)
        except ModelUnavailable as error:
            failed = str(error)
        reply.start_over()
        for chunk in self._stream(self._stand_in, messages, state):
            _send(write, reply.add(chunk))
        _send(write, reply.end())
        return self._answer(state, reply, failed)

    async def arespond(
        self, state: Turn, runtime: Runtime[Context], config: RunnableConfig
    ) -> dict[str, Any]:
        """Let the persona answer, for a server."""
        messages, reply = self._request(state, runtime)
        write = runtime.stream_writer
        try:
            with whatever_it_does():
                async for chunk in self._astream(self._parts.chat, messages, state):
                    _send(write, reply.add(chunk))
                    if reply.own.ended:
                        break
            _send(write, reply.end())
            return self._answer(state, reply)
        except ModelUnavailable as error:
            failed = str(error)
        reply.start_over()
        async for chunk in self._astream(self._stand_in, messages, state):
            _send(write, reply.add(chunk))
        _send(write, reply.end())
        return self._answer(state, reply, failed)

    def _request(self, state: Turn, runtime: Runtime[Context]) -> tuple[list[BaseMessage], _Reply]:
        persona = self._parts.persona(runtime.context.persona)
        appraisal = Appraisal.model_validate(state["appraisal"])
        gist = Gist.read(state.get("gist")).words()
        messages = shape(persona, appraisal, state["strategy"], state["messages"], gist)
        return messages, _Reply(SentenceGuard(persona.setting, reported(state["messages"])))

    def _stream(
        self, chat: BaseChatModel, messages: list[BaseMessage], state: Turn
    ) -> Iterator[AIMessageChunk]:
        if isinstance(chat, ScriptedListener):
            return self._able(chat, state).stream(messages, _QUIET)
        return in_time(
            lambda: self._able(chat, state).stream(messages, _QUIET), self._parts.answer_s
        )

    def _astream(
        self, chat: BaseChatModel, messages: list[BaseMessage], state: Turn
    ) -> AsyncIterator[AIMessageChunk]:
        return ain_time(self._able(chat, state).astream(messages, _QUIET), self._parts.answer_s)

    def _able(self, chat: BaseChatModel, state: Turn) -> Runnable[Any, Any]:
        if state["rounds"] >= MOST_ROUNDS:
            return chat
        if id(chat) not in self._able_ones:  # describing the tools takes as long as a reading
            try:
                self._able_ones[id(chat)] = chat.bind_tools(self._tools)
            except NotImplementedError:
                self._able_ones[id(chat)] = chat
        return self._able_ones[id(chat)]

    def _answer(self, state: Turn, reply: _Reply, failed: str | None = None) -> dict[str, Any]:
        message = reply.message(may_call=state["rounds"] < MOST_ROUNDS)
        if message is None:
            raise ModelUnavailable("the chat model answered with nothing")
        told = message.response_metadata
        changed: dict[str, Any] = {
            "messages": [message],
            "rounds": state["rounds"] + 1,
            "breaches": [*state["breaches"], *reply.guard.breaches],
            "used": [*state.get("used", []), *told.get("wordings", [])],
            "strategy": told.get("strategy") or state["strategy"],
        }
        if failed is not None:
            changed["notes"] = [*state["notes"], f"the embedded voice stood in: {failed}"]
        return changed


_QUIET: RunnableConfig = {"tags": ["nostream"]}


def _send(write: Any, text: str) -> None:
    if text:
        write({"delta": text})


def shape(
    persona: Persona,
    appraisal: Appraisal,
    strategy: str,
    messages: Sequence[AnyMessage],
    gist: str = "",
) -> list[BaseMessage]:
    """Return what the chat model is asked: who it is, what this turn means, what was said.

    The appraisal also travels as data beside the system prompt, where the embedded voice reads it.
    Readings of earlier turns are left out: they cost a model hundreds of tokens each and are
    already in the appraisal as baseline and trend.
    """
    told = instruct(persona, appraisal, strategy)
    system = SystemMessage(
        f"{told}\n\n{gist}".strip(),
        additional_kwargs={"appraisal": appraisal.model_dump(mode="json")},
    )
    last = max(i for i, message in enumerate(messages) if isinstance(message, HumanMessage))
    earlier = [message for message in messages[:last] if not _is_look(message)]
    return [system, *(_clip(message) for message in [*earlier, *messages[last:]])]


def _is_look(message: AnyMessage) -> bool:
    if isinstance(message, AIMessage):
        return any(call["name"] == "perceive_emotion" for call in message.tool_calls)
    return isinstance(message, ToolMessage) and message.name == "perceive_emotion"


def _clip(message: AnyMessage) -> AnyMessage:
    if isinstance(message, HumanMessage) and len(message.text) > LONGEST:
        return message.model_copy(update={"content": f"{message.text[:LONGEST]}…"})
    return message
