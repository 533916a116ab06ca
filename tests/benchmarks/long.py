"""A long conversation: what a turn costs and a checkpoint holds after 5, 200 and 500 turns.

Run it with `python -m tests.benchmarks.long`. CPU time is the whole process's, per turn, with the
embedded models and a memory on disk; sizes are what LangGraph's serializer writes.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from langchain_core.messages import HumanMessage
from langgraph.checkpoint.memory import InMemorySaver

from empathy_agent.agent.graph import build_graph
from empathy_agent.app import open_parts
from empathy_agent.context import Context
from empathy_agent.settings import Settings

__all__ = ["main"]

_SAID = [
    "my sister Anna called me yesterday and it helped a little",
    "work has been a lot lately",
    "I slept badly again",
    "I am still worried about tomorrow",
    "my exam is on Friday",
]
_CONFIG: Any = {"configurable": {"thread_id": "long"}}


def main() -> list[dict[str, object]]:
    """Print the table; return it as rows."""
    parser = argparse.ArgumentParser()
    parser.add_argument("-n", type=int, default=500, help="turns")
    turns = parser.parse_args().n
    took: list[float] = []
    sizes: dict[int, int] = {}
    with tempfile.TemporaryDirectory() as home:
        parts = open_parts(Settings(home=Path(home)))
        saver = InMemorySaver()
        graph: Any = build_graph(parts, saver)
        for at in range(1, turns + 1):
            given = {"messages": [HumanMessage(f"{_SAID[at % len(_SAID)]} ({at})")]}
            started = time.process_time()
            graph.invoke(given, _CONFIG, context=Context(user_id="long"), durability="exit")
            took.append(time.process_time() - started)
            if at in (5, 20, 200, turns):
                sizes[at] = _size(saver)
        parts.memory.close()
    early, late = sorted(took[4:14])[5], sorted(took[-10:])[5]
    rows: list[dict[str, object]] = [
        {"what": "CPU of turns 5 to 14, ms", "median": round(1000 * early, 1)},
        {"what": f"CPU of the last 10 of {turns}, ms", "median": round(1000 * late, 1)},
        {"what": "ratio", "value": round(late / early, 2), "goal": 1.2},
        *({"what": f"checkpoint after {at}, kB", "value": round(size / 1000)} | _goal(at)
          for at, size in sizes.items()),
    ]  # fmt: skip
    for row in rows:
        print(json.dumps(row))
    return rows


def _goal(at: int) -> dict[str, object]:
    return {"goal": 1000} if at >= 200 else {}


def _size(saver: InMemorySaver) -> int:
    found = saver.get_tuple(_CONFIG)
    assert found is not None
    values = found.checkpoint["channel_values"].values()
    return sum(len(saver.serde.dumps_typed(value)[1]) for value in values)


if __name__ == "__main__":
    main()
