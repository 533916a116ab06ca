"""`hand_over`: ask a human to take over. The run stops until somebody answers."""

from typing import Any

from langchain_core.tools import BaseTool, tool
from langgraph.prebuilt import ToolRuntime
from langgraph.types import interrupt

from empathy_agent.context import Context

__all__ = ["create_hand_over", "request_human"]


def request_human(reason: str, summary: str) -> dict[str, Any]:
    """Interrupt the run and return the human's answer.

    Args:
        reason: why a human is asked for.
        summary: what the human needs to know, in a few lines.

    Returns:
        `{"accepted": bool, "note": str}`, whatever the app resumed with.
    """
    answer: object = interrupt({"kind": "hand_over", "reason": reason, "summary": summary})
    told: dict[str, Any] = answer if isinstance(answer, dict) else {}  # pyright: ignore[reportUnknownVariableType]
    return {"accepted": told.get("accepted") is True, "note": str(told.get("note") or "")}


def create_hand_over() -> BaseTool:
    """Return the tool."""

    @tool
    def hand_over(
        reason: str, summary: str, runtime: ToolRuntime[Context, dict[str, Any]]
    ) -> dict[str, Any]:
        """Ask a human colleague to take over this conversation.

        Args:
            reason: why, in a few words.
            summary: what the colleague needs to know, in a few lines.
            runtime: given by the graph.
        """
        if not runtime.context.human:
            return {"accepted": False, "note": "nobody is connected here"}
        return request_human(reason, summary)

    return hand_over
