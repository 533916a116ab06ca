"""Many conversations at once: 200 turns through `ainvoke`, with a chat model that takes 2 s.

Run it with `python -m tests.benchmarks.crowd`. Every conversation has a user of its own, who is
known from one turn before; the second turn of each is measured. The clock starts when all are
asked and stops when the last is answered.
"""

import argparse
import asyncio
import json
import resource
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langgraph.checkpoint.memory import InMemorySaver

from empathy_agent.agent.graph import Graph, build_graph
from empathy_agent.app import open_parts
from empathy_agent.context import Context
from empathy_agent.settings import Settings

__all__ = ["SlowChat", "main", "talk"]

_SAID = [
    "I failed my exam and I cannot face my parents",
    "my sister called me yesterday and it helped a little",
    "work has been a lot lately",
    "I slept badly again",
    "I am still worried about tomorrow",
]
_ANSWER = "That sounds hard. What weighs on you most?"


class SlowChat(BaseChatModel):
    """Says the same after some seconds, as a busy server does."""

    seconds: float = 2.0
    """Before the first word."""

    @property
    def _llm_type(self) -> str:
        return "slow"

    def bind_tools(self, tools: Any, **_: Any) -> Any:
        """Take tools, and call none."""
        return self

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        time.sleep(self.seconds)
        return ChatResult(generations=[ChatGeneration(message=AIMessage(_ANSWER))])

    def _stream(
        self, messages: list[BaseMessage], *_: Any, **__: Any
    ) -> Iterator[ChatGenerationChunk]:
        time.sleep(self.seconds)
        yield from _chunks()

    async def _astream(
        self, messages: list[BaseMessage], *_: Any, **__: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        await asyncio.sleep(self.seconds)
        for chunk in _chunks():
            yield chunk


def _chunks() -> Iterator[ChatGenerationChunk]:
    *words, last = _ANSWER.split()
    for word in words:
        yield ChatGenerationChunk(message=AIMessageChunk(content=f"{word} "))
    yield ChatGenerationChunk(message=AIMessageChunk(content=last, chunk_position="last"))


def main() -> list[dict[str, object]]:
    """Print the table; return it as rows."""
    parser = argparse.ArgumentParser()
    parser.add_argument("-n", type=int, default=200, help="conversations")
    parser.add_argument("--seconds", type=float, default=2.0, help="that the chat model takes")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        chat = SlowChat(seconds=0.0)
        parts = open_parts(Settings(home=Path(home)), chat=chat)
        graph = build_graph(parts, InMemorySaver())
        asyncio.run(talk(graph, asked.n, "first"))
        chat.seconds = asked.seconds
        one, one_cpu = asyncio.run(talk(graph, 1, "alone"))
        many, many_cpu = asyncio.run(talk(graph, asked.n, "second"))
        parts.memory.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows: list[dict[str, object]] = [
        {"what": "1 conversation, s", "value": round(one, 2), "cpu": round(one_cpu, 3)},
        {"what": f"{asked.n} conversations, s", "value": round(many, 2), "goal": 4.0},
        {"what": "ratio to one", "value": round(many / one, 2), "goal": 2.0},
        {"what": "CPU a turn, ms", "value": round(1000 * many_cpu / asked.n, 1)},
        {"what": "peak resident MB", "value": round(peak), "goal": 1500},
    ]
    for row in rows:
        print(json.dumps(row))
    return rows


async def talk(graph: Graph, count: int, said: str) -> tuple[float, float]:
    """Run one turn of each conversation; return the seconds and the CPU seconds it took."""
    before, cpu = time.perf_counter(), time.process_time()
    states = await asyncio.gather(*(_turn(graph, each, said) for each in range(count)))
    took = time.perf_counter() - before, time.process_time() - cpu
    assert all(state["reply"] and not state["notes"] for state in states)
    return took


async def _turn(graph: Graph, each: int, said: str) -> Any:
    text = f"{_SAID[each % len(_SAID)]} ({said} {each})"
    given: Any = {"messages": [HumanMessage(text)]}
    return await graph.ainvoke(
        given,
        {"configurable": {"thread_id": f"t{each}"}},
        context=Context(user_id=f"user {each}"),
        durability="exit",
    )


if __name__ == "__main__":
    main()
