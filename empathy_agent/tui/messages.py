"""What worker threads tell the app; handlers alone touch the widgets."""

from dataclasses import dataclass
from typing import Literal

from textual.message import Message

from empathy_agent.affect import AffectReading
from empathy_agent.agent.events import TurnEvent
from empathy_agent.tui.port import Conversation, Forgotten, Past

__all__ = ["Consented", "Erased", "Failed", "Job", "Looked", "Told", "Warmed", "Woke", "Written"]

Job = Literal["wake", "turn", "look", "consent", "forget"]


@dataclass
class Woke(Message):
    """The agent is built; its models may still be loading."""

    conversation: Conversation
    opening: str
    past: tuple[Past, ...]


@dataclass
class Warmed(Message):
    """Everything is loaded; turns may run."""


@dataclass
class Told(Message):
    """The agent told something about the running turn, other than a piece of its reply."""

    event: TurnEvent


@dataclass
class Written(Message):
    """The reply so far, whole, so that a newer one can take the place of an older."""

    text: str

    def can_replace(self, message: Message) -> bool:
        """Let the newest text win when the screen cannot keep up."""
        return isinstance(message, Written)


@dataclass
class Looked(Message):
    """What the camera shows now."""

    reading: AffectReading

    def can_replace(self, message: Message) -> bool:
        """Let the newest reading win, so that the panel never falls behind."""
        return isinstance(message, Looked)


@dataclass
class Consented(Message):
    """The user's yes or no to the camera is recorded."""

    given: bool


@dataclass
class Erased(Message):
    """Everything about the user is erased."""

    forgotten: Forgotten


@dataclass
class Failed(Message):
    """A call to the agent raised."""

    job: Job
    error: Exception
