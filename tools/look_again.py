"""`look_again`: a question about what the camera saw in this turn."""

from typing import Any

from langchain_core.tools import BaseTool, tool
from langgraph.prebuilt import ToolRuntime

from empathy_agent.affect import AffectReading
from empathy_agent.context import Context
from empathy_agent.errors import EmpathyError
from empathy_agent.perception.perceiver import Perceiver
from empathy_agent.perception.store import FrameStore

__all__ = ["create_look_again"]

_LONGEST = 6
"""Events of the expert that are told, at most."""


def create_look_again(perceiver: Perceiver, frames: FrameStore) -> BaseTool:
    """Return the tool, bound to its eyes and to where the frames wait."""

    @tool
    def look_again(question: str, runtime: ToolRuntime[Context, dict[str, Any]]) -> str:
        """Ask about what the camera saw while the user was speaking, as it happened in time.

        The answer is a guess from a few pictures: never state it to the user as a fact.

        Args:
            question: what to look for, such as "what changed after they read the letter?"; who
                the user is, and their age, gender, race, looks or health, is never answered.
            runtime: given by the graph.
        """
        if not runtime.context.consent:
            return "Nobody looked: the user has not agreed to the camera."
        if not question.strip():
            return "Nobody looked: the question is empty."
        waiting = runtime.state.get("frames")
        window = frames.clip(waiting) if waiting else None
        if window is None or not window.frames:
            return "There are no pictures of this moment: no camera was used, or they are gone."
        try:
            told = perceiver.answer(window, question)
        except EmpathyError as error:
            return f"The pictures could not be asked: {error}. {_expert_says(runtime.state)}"
        if told is None:
            return "No face could be read in the pictures of this moment."
        return (
            told or f"The pictures gave no answer that may be told. {_expert_says(runtime.state)}"
        )

    return look_again


def _expert_says(state: dict[str, Any]) -> str:
    """Return what the reading of this turn tells of the face over time."""
    if not state.get("reading"):
        return "The face was not read either."
    reading = AffectReading.model_validate(state["reading"])
    events = [
        f"{each.what} {each.kind.replace('_', ' ')} at {each.start_ms / 1000:.1f} s"
        for each in reading.events[:_LONGEST]
    ]
    words = "; ".join(each for each in (reading.narrative, ", ".join(events)) if each)
    return f"What the face did, frame by frame: {words}." if words else "Nothing stood out."
