# pyright: basic, reportArgumentType=false
"""Embed the graph in an async web handler: many users at once, one set of models.

The handler is a plain coroutine, so that it fits any framework; here three people talk at once.
"""

import asyncio
from typing import Any

from langchain_core.messages import HumanMessage
from langgraph.checkpoint.memory import InMemorySaver

from empathy_agent import build_graph
from empathy_agent.app import open_parts
from empathy_agent.context import Context

graph = build_graph(open_parts(), InMemorySaver())


async def handle(request: dict[str, str]) -> dict[str, Any]:
    """Answer one message of one user: what a POST handler would do."""
    state = await graph.ainvoke(
        {"messages": [HumanMessage(request["text"])]},
        {"configurable": {"thread_id": request["thread"]}},
        context=Context(user_id=request["user"], country=request.get("country")),
        durability="exit",
    )
    return {"reply": state["reply"], "risk": state["risk"]["level"]}


async def main() -> None:
    """Answer three people side by side."""
    answers = await asyncio.gather(
        handle({"user": "ana", "thread": "a-1", "text": "I am nervous about my driving test"}),
        handle({"user": "ben", "thread": "b-1", "text": "We won the final!"}),
        handle({"user": "cem", "thread": "c-1", "text": "My cat is ill", "country": "DE"}),
    )
    for answer in answers:
        print(answer["risk"], "|", answer["reply"])


if __name__ == "__main__":
    asyncio.run(main())
