"""`note_preference`: keep how the user wants to be spoken to, in their own words alone."""

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Literal

from langchain_core.messages import AnyMessage
from langchain_core.tools import BaseTool, tool
from langgraph.prebuilt import ToolRuntime

from empathy_agent.context import Context, heard
from empathy_agent.errors import EmpathyError
from empathy_agent.memory import Fact, Memory
from empathy_agent.memory.known import Preference, preferred

__all__ = ["create_note_preference"]


def create_note_preference(memory: Memory, clock: Callable[[], float] = time.time) -> BaseTool:
    """Return the tool, bound to the memory it writes to."""

    @tool
    def note_preference(
        kind: Literal["name", "length", "manner"],
        wish: str,
        runtime: ToolRuntime[Context, dict[str, Any]],
    ) -> str:
        """Keep how the user asked to be spoken to. Only when they said so themselves.

        Args:
            kind: `name` (how they want to be called), `length` (of your answers), or `manner`
                (anything else about how you speak with them).
            wish: for `name` only the name; for `length` either `brief` or `long`; for `manner`
                the user's own words, copied exactly.
            runtime: given by the graph.
        """
        messages: Sequence[AnyMessage] = runtime.state.get("messages") or ()
        said = heard(messages)
        found = preferred(kind, wish, said)
        if found is None:
            return (
                "Nothing was kept: copy the user's own words exactly; for a name only the name, "
                "for a length 'brief' or 'long'."
            )
        try:
            changed = _facts(memory, runtime, found, said[-1] if said else "", clock())
            if changed:
                memory.remember(runtime.context.user_id, *changed)
            kept = memory.records(runtime.context.user_id, Fact)
        except EmpathyError as error:
            return f"It was not kept: {error}"
        if changed and changed[-1].id not in {each.id for each in kept}:
            return "No words are kept here: honour it in this conversation."
        return f"Kept: {found.value!r}. Honour it from now on, without making a point of it."

    return note_preference


def _facts(
    memory: Memory,
    runtime: ToolRuntime[Context, dict[str, Any]],
    found: Preference,
    said: str,
    now: float,
) -> list[Fact]:
    """Return the new fact and those it takes the place of; nothing where it is known already."""
    holding = [
        each
        for each in memory.records(runtime.context.user_id, Fact)
        if each.about == found.about and not each.superseded_by
    ]
    if any(each.value.lower() == found.value.lower() for each in holding):
        return []
    configured: dict[str, Any] = runtime.config.get("configurable") or {}
    fact = Fact(
        id=f"{uuid.uuid4().hex}-fact",
        session=str(configured.get("thread_id") or ""),
        at=now,
        said=" ".join(said.split())[:400],
        sources=(),
        topic="name" if found.about == "called" else "preference",
        about=found.about,
        value=found.value,
    )
    return [*(replace(each, superseded_by=fact.id) for each in holding), fact]
