"""`recall_affect`: look up earlier moments of this user, and of nobody else."""

import json
import time
from collections.abc import Callable
from typing import Any

from langchain_core.tools import BaseTool, tool
from langgraph.prebuilt import ToolRuntime

from empathy_agent.affect import RecalledNote
from empathy_agent.context import Context
from empathy_agent.errors import EmpathyError
from empathy_agent.memory import Memory, Recalled
from empathy_agent.memory.when import ago

__all__ = ["as_note", "create_recall_affect"]


def as_note(found: Recalled, now: float) -> RecalledNote:
    """Return a remembered moment as the dialogue may use it."""
    return RecalledNote(
        when=ago(max(0.0, now - found.record.at)),
        said=found.record.said,
        emotion=found.record.emotion,
        why=found.why,
    )


def create_recall_affect(memory: Memory, clock: Callable[[], float] = time.time) -> BaseTool:
    """Return the tool, bound to the memory it searches."""

    @tool
    def recall_affect(query: str, runtime: ToolRuntime[Context, dict[str, Any]]) -> str:
        """Look up earlier moments of this user: what they said and how they felt.

        Args:
            query: what to look for, in the user's words; may name a time ("last week").
            runtime: given by the graph.
        """
        now = clock()
        try:
            found = memory.recall(runtime.context.user_id, query, now=now, k=5)
        except EmpathyError as error:
            return f"The memory cannot be read: {error}"
        notes = [as_note(each, now).model_dump(mode="json") for each in found]
        return json.dumps(notes, ensure_ascii=False)

    return recall_affect
