"""`perceive_emotion`: read the user's face and words of this moment."""

from typing import Any

from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool, tool
from langgraph.prebuilt import ToolRuntime
from langgraph.types import Command

from empathy_agent.context import Context, heard
from empathy_agent.errors import EmpathyError
from empathy_agent.perception.perceiver import Perceiver
from empathy_agent.perception.store import FrameStore
from empathy_agent.tools.resting_faces import RestingFaces

__all__ = ["create_perceive_emotion"]


def create_perceive_emotion(
    perceiver: Perceiver, frames: FrameStore, resting: RestingFaces | None = None
) -> BaseTool:
    """Return the tool, bound to its eyes, to where the frames wait, and to users' resting faces."""

    @tool
    def perceive_emotion(runtime: ToolRuntime[Context, dict[str, Any]]) -> Command[Any]:
        """Read how the user seems to feel right now, from the camera (if allowed) and words.

        The result is a reading with probabilities, confidence, and the reason when the face
        could not be read. It is uncertain: never state it to the user as a fact.
        """
        said = heard(runtime.state["messages"])
        waiting = runtime.state.get("frames")
        window = frames.get(waiting) if waiting else None
        user, own = runtime.context.user_id, None
        if resting is not None and window is not None and runtime.context.consent:
            own = resting.of(user)
        try:
            reading = perceiver.perceive(
                window,
                said[-1] if said else "",
                context=said[-7:-1],
                consent=runtime.context.consent,
                session=_session(runtime),
                own=own,
            )
        except EmpathyError as error:
            return _told(runtime, None, f"Nothing could be read: {error}", failed=True)
        if resting is not None and own is not None:
            resting.keep(user)
        return _told(runtime, reading.model_dump(mode="json"), reading.model_dump_json())

    return perceive_emotion


def _session(runtime: ToolRuntime[Context, dict[str, Any]]) -> str:
    """Return whose conversation this is; without a thread, no two turns are of one."""
    thread = runtime.config.get("configurable", {}).get("thread_id")
    return f"{runtime.context.user_id}/{thread or runtime.tool_call_id}"


def _told(
    runtime: ToolRuntime[Context, dict[str, Any]],
    reading: dict[str, Any] | None,
    text: str,
    *,
    failed: bool = False,
) -> Command[Any]:
    message = ToolMessage(
        text,
        name="perceive_emotion",
        tool_call_id=runtime.tool_call_id,
        status="error" if failed else "success",
    )
    return Command(update={"reading": reading, "messages": [message]})
