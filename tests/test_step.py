"""Nodes in threads: the furthest goes first, and what fails is told to whoever waits."""

import threading
from typing import Any, TypedDict

import pytest
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from empathy_agent.agent.step import Line, Step
from empathy_agent.context import Context


class State(TypedDict):
    said: str


class Busy:
    """A line of one thread, which is kept busy until it is let go."""

    def __init__(self) -> None:
        self.line, self.done = Line(1), list[str]()
        self._began, self._gate = threading.Event(), threading.Event()
        self._first = self.line.submit(0, self._wait)
        assert self._began.wait(30)

    def _wait(self) -> None:
        self._began.set()
        self._gate.wait(30)

    def add(self, rank: int, name: str) -> Any:
        return self.line.submit(rank, lambda: self.done.append(name))

    def let_go(self) -> None:
        self._gate.set()
        self._first.result(timeout=30)


def test_the_furthest_goes_first_and_equals_in_their_order() -> None:
    busy = Busy()
    order = [(0, "read"), (0, "read too"), (2, "keep"), (1, "answer"), (2, "keep too")]
    told = [busy.add(rank, name) for rank, name in order]
    busy.let_go()
    for each in told:
        each.result(timeout=30)
    assert busy.done == ["keep", "keep too", "answer", "read", "read too"]


def test_what_nobody_waits_for_any_more_is_not_done() -> None:
    busy = Busy()
    assert busy.add(1, "gone").cancel()
    last = busy.add(0, "last")
    busy.let_go()
    last.result(timeout=30)
    assert busy.done == ["last"]


def greet(state: Any, runtime: Runtime[Context], config: Any) -> dict[str, Any]:
    if not state["said"]:
        raise ValueError("nothing was said")
    place = threading.current_thread().name.split("_")[0]
    return {"said": f"{runtime.context.user_id} in {place}"}


async def agreet(state: Any, runtime: Runtime[Context], config: Any) -> dict[str, Any]:
    return {"said": f"{runtime.context.user_id} beside"}


def graph_of(step: Step) -> Any:
    builder: Any = StateGraph(State, context_schema=Context)
    builder.add_node("greet", step)
    builder.add_edge(START, "greet")
    builder.add_edge("greet", END)
    return builder.compile()


@pytest.mark.parametrize("waits", [False, True])
async def test_a_step_is_done_here_or_in_a_thread(waits: bool) -> None:
    graph, me = graph_of(Step(greet, 0, waits=waits)), Context(user_id="ana")
    assert graph.invoke({"said": "hello"}, context=me)["said"].startswith("ana in ")
    assert (await graph.ainvoke({"said": "hello"}, context=me))["said"] == "ana in turns"
    for wrong in (graph.invoke, None):
        with pytest.raises(ValueError, match="nothing was said"):
            _ = wrong({"said": ""}) if wrong else await graph.ainvoke({"said": ""})


async def test_a_step_with_a_way_of_its_own_takes_no_thread() -> None:
    graph, me = graph_of(Step(greet, 0, beside=agreet)), Context(user_id="ana")
    assert (await graph.ainvoke({"said": "hello"}, context=me))["said"] == "ana beside"
