"""Chat models that do what they should not, each on the whole graph, in threads and in a loop."""

import asyncio
import json
import re
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGenerationChunk, ChatResult

from empathy_agent.agent.graph import build_graph
from empathy_agent.agent.voice import MOST_ROUNDS
from empathy_agent.context import Context
from empathy_agent.errors import SetupError
from tests.fakes import agent, parts

Piece = str | AIMessageChunk | Exception | float
"""Text, a chunk, an error that is raised, or seconds of silence."""
SAID = "I failed my exam"
SECRET = "zanzibar"


class Bad(BaseChatModel):
    """Streams what it is told to, the same every time."""

    says: Callable[[], Iterator[Piece]]
    offered: list[int] = []
    """How many tools each call of it was offered."""

    @property
    def _llm_type(self) -> str:
        return "bad"

    def bind_tools(self, tools: Any, **more: Any) -> Any:
        return self.bind(tools=list(tools), **more)

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        raise NotImplementedError

    def _stream(
        self, messages: list[BaseMessage], *_: Any, **more: Any
    ) -> Iterator[ChatGenerationChunk]:
        self.offered.append(len(more.get("tools") or ()))
        for piece in self.says():
            if isinstance(piece, Exception):
                raise piece
            if isinstance(piece, (str, AIMessageChunk)):
                yield chunk(piece)
            else:
                time.sleep(piece)

    async def _astream(
        self, messages: list[BaseMessage], *_: Any, **more: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        self.offered.append(len(more.get("tools") or ()))
        for piece in self.says():
            if isinstance(piece, Exception):
                raise piece
            if isinstance(piece, (str, AIMessageChunk)):
                yield chunk(piece)
                await asyncio.sleep(0)
            else:
                await asyncio.sleep(piece)


def chunk(piece: str | AIMessageChunk) -> ChatGenerationChunk:
    message = AIMessageChunk(content=piece) if isinstance(piece, str) else piece
    return ChatGenerationChunk(message=message.model_copy())


def call(name: str, args: str, count: int = 1) -> AIMessageChunk:
    calls = [tool_call_chunk(name=name, args=args, id=f"c{at}", index=at) for at in range(count)]
    return AIMessageChunk(content="", tool_call_chunks=calls)


def always(*pieces: Piece) -> Callable[[], Iterator[Piece]]:
    return lambda: iter(pieces)


def forever(piece: Piece) -> Callable[[], Iterator[Piece]]:
    def say() -> Iterator[Piece]:
        while True:
            yield piece

    return say


def broken_json() -> Exception:
    try:
        json.loads('{"choices": [' + SECRET)
    except ValueError as error:
        return error
    raise AssertionError


@dataclass(frozen=True)
class Case:
    id: str
    says: Callable[[], Iterator[Piece]]
    note: str = ""
    """Of the stand-in; empty: the model's own words are the reply."""
    reply: str = ""
    """What the reply begins with."""
    limit_s: float = 60.0


CASES = [
    Case("nothing at all", always(), "nothing|no chat"),
    Case("empty pieces", always("", "", ""), "answered with nothing"),
    Case("blanks", always(" \n", "\t "), "answered with nothing"),
    Case("a thought and no word", always("<think>", "He is sad.", "</think>"), "with nothing"),
    Case("the user's lines alone", always("User: I am fine now.\n", "User: bye"), "with nothing"),
    Case("a loop of tools", always(call("recall_affect", '{"query": "x"}')), "with nothing"),
    Case("a tool of nobody", always(call("sing", "{}")), "with nothing"),
    Case("a tool without its words", always(call("recall_affect", "{}")), "with nothing"),
    Case("a hundred calls", always(call("crisis_lines", "{}", 100)), "with nothing"),
    Case("a call in broken JSON", always(call("recall_affect", '{"query": ')), "with nothing"),
    Case("a stream of broken JSON", always("I am ", broken_json()), "no JSON"),
    Case("hangs up", always("I hear ", ConnectionResetError()), "cannot be reached"),
    Case("fails", always(RuntimeError(SECRET)), r"the chat model failed \(RuntimeError\)"),
    Case("fails late", always("I hear you. ", KeyError(SECRET)), "failed"),
    Case("times out", always(TimeoutError()), "took too long"),
    Case("is silent", always(3.0), "took too long", limit_s=0.2),
    Case("stops in the middle", always("I hear you. ", 3.0), "took too long", limit_s=0.2),
    Case("empty pieces for ever", forever(""), "took too long", limit_s=0.2),
    Case("speaks as the user", always("I hear you.\nUser: thanks\nAI: you"), reply="I hear you."),
    Case("speaks as a human", always("I hear you.\n**Human:** thanks"), reply="I hear you."),
    Case("its own name", always("Assistant: I hear you."), reply="I hear you."),
    Case("marks of its template", always("I hear you.<|im_end|><|im_st", "art|>user"),
         reply="I hear you."),
    Case("never stops", forever("so it goes, " * 60), reply="so it goes, so it goes"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    assert not [each for each in threading.enumerate() if not each.daemon and "chat" in each.name]


def check(case: Case, reply: str, notes: list[str]) -> None:
    assert reply.strip()
    assert len(reply) < 7_000
    assert reply.startswith(case.reply)
    for never in ("User:", "Human:", "<|im", "Assistant:", SECRET):
        assert never not in reply
    if case.note:
        [note] = notes
        assert re.search(f"stood in: .*{case.note}", note)
        assert SECRET not in note
    else:
        assert not notes


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_person_gets_an_answer_all_the_same(case: Case) -> None:
    chat = Bad(says=case.says, offered=[])
    turn = agent(replace(parts(chat=chat), answer_s=case.limit_s)).turn(SAID)
    check(case, turn.reply, list(turn.notes))
    assert len(chat.offered) <= MOST_ROUNDS + 1
    assert len(turn.tools) <= 1 + 4 * MOST_ROUNDS


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
async def test_so_does_one_in_a_loop(case: Case) -> None:
    graph: Any = build_graph(
        replace(parts(chat=Bad(says=case.says, offered=[])), answer_s=case.limit_s)
    )
    given = {"messages": [HumanMessage(SAID)]}
    state = await graph.ainvoke(given, context=Context(user_id="ana"))
    check(case, state["reply"], state["notes"])


def test_what_the_user_can_mend_is_told() -> None:
    chat = Bad(says=always(SetupError("no such model; name another")), offered=[])
    with pytest.raises(SetupError, match="name another"):
        agent(parts(chat=chat)).turn(SAID)


def test_a_crisis_needs_no_chat_model() -> None:
    for says in (always(3.0), always(RuntimeError()), forever("")):
        made = replace(parts(chat=Bad(says=says, offered=[])), sentence_s=0.1)
        turn = agent(made, country="US").turn("I am going to kill myself tonight")
        assert turn.route == "hold"
        assert "988" in turn.reply
