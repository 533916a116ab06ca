"""What is given to a run of the graph, and what was said in it so far.

Every field of `Context` is plain JSON, so that a server can describe it as a schema and a form.
Models, memory and camera are not in here: they reach the nodes by closure.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.messages import AnyMessage, HumanMessage

__all__ = ["Context", "heard"]


@dataclass(frozen=True, kw_only=True)
class Context:
    """Who is talking to whom, and what they agreed to."""

    user_id: str = "guest"
    """Whose memory is read and written."""
    persona: str = "mental_health_support"
    """A shipped persona's name, or a path to a persona file."""
    country: str | None = None
    """ISO 3166 code or English name, for helplines; null asks the user."""
    consent: bool = False
    """The user's yes to being read by the camera in this session."""
    human: bool = True
    """Whether a human can be asked to take over; asking interrupts the run until they answer."""


def heard(messages: Sequence[AnyMessage]) -> list[str]:
    """Return what the user said, oldest first; the last is this turn's message."""
    return [str(message.text) for message in messages if isinstance(message, HumanMessage)]
