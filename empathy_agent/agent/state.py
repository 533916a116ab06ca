"""What flows through the graph: plain JSON, so that any checkpointer can hold it.

Frames are never in here. They wait in a `FrameStore`, and `frames` is only a reference to them.
"""

from typing import Annotated, Any, NotRequired

from langchain_core.messages import AnyMessage
from langgraph.graph.message import add_messages
from typing_extensions import TypedDict

__all__ = ["LONGEST", "Input", "Turn"]

LONGEST = 4_000
"""Characters of one message that a thread keeps and a model is shown; the screen reads it whole."""


class Input(TypedDict):
    """What starts a turn."""

    messages: Annotated[list[AnyMessage], add_messages]
    """The last one is the user's. An image block in it is read as a frame, then dropped."""
    frames: NotRequired[str | None]
    """A reference from `FrameStore.put`; null or absent when no camera is used."""


class Turn(Input):
    """Everything the nodes know of this turn, and the little they keep between turns."""

    turn: NotRequired[int]
    """1 for the first message of the thread."""
    reading: dict[str, Any] | None
    """An `AffectReading` as JSON; null when reading failed."""
    recalled: list[dict[str, Any]]
    """`RecalledNote`s as JSON."""
    known: NotRequired[dict[str, Any]]
    """How the user wants to be spoken to: `called`, `brief` and `wishes` of an `Appraisal`."""
    past: NotRequired[list[tuple[str, float, float]]]
    """Session, time and valence of moments before this thread, read in its first turn."""
    shift: str | None
    trend: str | None
    risk: dict[str, Any]
    """`{"level", "score", "signals", "about", "kind"}` of the risk screen."""
    protocol: NotRequired[dict[str, Any]]
    """Where a conversation about a risk stands: a `Protocol` as flat JSON."""
    alerted: NotRequired[bool]
    """Whether the app's hook was told in this turn."""
    appraisal: dict[str, Any]
    """An `Appraisal` as JSON."""
    strategy: str
    route: str
    """`respond` or `hold`."""
    reply: str
    """What was said, after the guard."""
    rounds: int
    """How often the chat model has called tools in this turn."""
    breaches: list[str]
    """What the guard replaced in this turn."""
    notes: list[str]
    """What went wrong in this turn without stopping it, one line each."""
    noted: NotRequired[list[str]]
    """What was told in this thread, a clause each; bounded."""
    tried: NotRequired[list[str]]
    """Strategies of this thread, oldest first."""
    gist: NotRequired[dict[str, Any]]
    """What stays of messages that have left the window: a `window.Gist` as JSON."""
    human_asked_at: NotRequired[str]
    """The highest risk at which this thread has asked for a human."""
    used: NotRequired[list[str]]
    """Ids of wordings spoken in this thread, crisis wordings among them."""
