# pyright: basic, reportArgumentType=false, reportCallIssue=false
"""Use ours as a subgraph: a help desk routes feelings to it and keeps facts to itself."""

from typing import Annotated, Literal

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from typing_extensions import TypedDict

from empathy_agent import build_graph
from empathy_agent.app import open_parts
from empathy_agent.context import Context


class Desk(TypedDict):
    """The parent's state; `messages` is what both graphs share."""

    messages: Annotated[list[AnyMessage], add_messages]


def opening_hours(state: Desk) -> dict[str, list[AnyMessage]]:
    """Answer the one fact this desk knows."""
    return {"messages": [AIMessage("We are open from 9 to 17, Monday to Friday.")]}


def route(state: Desk) -> Literal["opening_hours", "empathy"]:
    """Send facts one way and everything else to the agent."""
    return "opening_hours" if "open" in str(state["messages"][-1].text).lower() else "empathy"


builder = StateGraph(Desk, context_schema=Context)
builder.add_node("opening_hours", opening_hours)
builder.add_node("empathy", build_graph(open_parts()))
builder.add_conditional_edges(START, route, ["opening_hours", "empathy"])
builder.add_edge("opening_hours", END)
builder.add_edge("empathy", END)
desk = builder.compile()


if __name__ == "__main__":
    me = Context(user_id="desk-visitor", persona="customer_service")
    for text in ("When are you open?", "I have been waiting for an hour and I am fed up"):
        state = desk.invoke({"messages": [HumanMessage(text)]}, context=me)
        print(f"> {text}\n{state['messages'][-1].text}\n")
