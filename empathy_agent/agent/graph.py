# pyright: basic, reportArgumentType=false, reportCallIssue=false
"""The graph. This file is its diagram.

```text
START -> perceive -> recall -> appraise --(risk >= moderate)--> hold ----+
                                  |                                      v
                                  +--> respond <--> use_tools    guard -> remember -> END
                                          |                        ^         |
                                          +------------------------+         +-(persona wants
                                                                                a human)-> escalate
```

The risk path is an edge, never a prompt: no persona, model or message can skip it.
"""

from dataclasses import replace
from typing import Any, Literal

from langchain_core.messages import AIMessage
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.prebuilt import ToolNode
from langgraph.runtime import Runtime

from empathy_agent.agent.hook import Alarm, OnRisk
from empathy_agent.agent.nodes import Nodes
from empathy_agent.agent.parts import Parts
from empathy_agent.agent.state import Input, Turn
from empathy_agent.agent.step import Step
from empathy_agent.agent.voice import Voice
from empathy_agent.context import Context

__all__ = ["Graph", "build_graph"]

Graph = CompiledStateGraph[Turn, Context, Input, Turn]


def build_graph(
    parts: Parts,
    checkpointer: BaseCheckpointSaver[Any] | None = None,
    *,
    on_risk: OnRisk | None = None,
) -> Graph:
    """Return the compiled agent.

    Args:
        parts: eyes, memory and voice; nothing is loaded before the first turn.
        checkpointer: where threads are kept. Needed to resume after `hand_over` has asked a
            human; leave it out under a LangGraph server or inside a parent graph, which bring
            their own.
        on_risk: is called, in another thread, when somebody is in danger, beside what
            `parts.alarm` tells already.
    """
    if on_risk is not None:
        parts = replace(parts, alarm=(parts.alarm or Alarm()).beside(on_risk))
    nodes, tools = Nodes(parts), parts.tools()
    voice = Voice(parts, tools)
    builder = StateGraph(Turn, context_schema=Context, input_schema=Input)

    builder.add_node("perceive", Step(nodes.perceive, 0))
    builder.add_node("recall", Step(nodes.recall, 1))
    builder.add_node("appraise", Step(nodes.appraise, 2))
    builder.add_node("hold", Step(nodes.hold, 3, waits=True))
    builder.add_node("respond", Step(voice.respond, 3, beside=voice.arespond))
    builder.add_node("use_tools", ToolNode(tools, handle_tool_errors=_tell_the_model))
    builder.add_node("guard", Step(nodes.guard, 4))
    builder.add_node("remember", Step(nodes.remember, 5))
    builder.add_node("escalate", Step(nodes.escalate, 6, waits=True))

    builder.add_edge(START, "perceive")
    builder.add_edge("perceive", "recall")
    builder.add_edge("recall", "appraise")
    builder.add_conditional_edges("appraise", _route, ["hold", "respond"])
    builder.add_edge("hold", "guard")
    builder.add_conditional_edges("respond", _has_spoken, ["use_tools", "guard"])
    builder.add_edge("use_tools", "respond")
    builder.add_edge("guard", "remember")

    def human(state: Turn, runtime: Runtime[Context]) -> Literal["escalate", "__end__"]:
        return "escalate" if nodes.needs_human(state, runtime) else "__end__"

    builder.add_conditional_edges("remember", human, ["escalate", END])
    builder.add_edge("escalate", END)
    return builder.compile(checkpointer=checkpointer, name="empathy_agent")


def _route(state: Turn) -> str:
    return state["route"]


def _has_spoken(state: Turn) -> Literal["use_tools", "guard"]:
    last = state["messages"][-1]
    return "use_tools" if isinstance(last, AIMessage) and last.tool_calls else "guard"


def _tell_the_model(error: Exception) -> str:
    return f"The tool failed: {error}"
