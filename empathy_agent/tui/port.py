"""What the TUI needs of an agent, and no more; `Agent` fits it, and so does any scripted fake."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, Protocol

from empathy_agent.affect import AffectReading
from empathy_agent.agent.events import TurnEvent

__all__ = ["Conversation", "Forgotten", "Past", "Source", "SourceState"]

SourceState = Literal["opening", "open", "lost", "ended", "closed"]


class Source(Protocol):
    """Where frames come from."""

    @property
    def name(self) -> str:
        """What was asked for: `camera:0`, a path, `demo`, or `none`."""
        ...

    @property
    def state(self) -> SourceState:
        """Whether frames are coming."""
        ...


class Past(Protocol):
    """A remembered moment, as far as it is shown."""

    @property
    def session(self) -> str:
        """The conversation it belongs to."""
        ...

    @property
    def at(self) -> float:
        """Seconds since the epoch."""
        ...

    @property
    def said(self) -> str:
        """The user's words; empty where words are not kept."""
        ...

    @property
    def reply(self) -> str:
        """The agent's words; empty where words are not kept."""
        ...


class Forgotten(Protocol):
    """Proof of an erasure."""

    @property
    def moments(self) -> int:
        """How many moments were erased."""
        ...

    @property
    def traces(self) -> int:
        """What was found on disk afterwards; anything but zero is a failure."""
        ...


class Conversation(Protocol):
    """One conversation with one user."""

    @property
    def consent(self) -> bool:
        """Whether the user agreed to be read by the camera, in this session."""
        ...

    @property
    def source(self) -> Source:
        """Where frames come from."""
        ...

    def give_consent(self, given: bool) -> None:
        """Record the user's yes or no to the camera."""
        ...

    def opening(self) -> str:
        """Return the greeting with the notice that this is an AI."""
        ...

    def stream(self, text: str) -> Iterator[TurnEvent]:
        """Answer one message; ends in `Done` or `Asked`."""
        ...

    def resume(self, answer: Mapping[str, object]) -> Iterator[TurnEvent]:
        """Go on after `Asked`, with `{"accepted": bool, "note": str}`."""
        ...

    def look(self) -> AffectReading:
        """Read what the camera shows now, without words."""
        ...

    def past(self, n: int = 20) -> Sequence[Past]:
        """Return the user's last moments, oldest first."""
        ...

    def forget(self) -> Forgotten:
        """Erase everything that is kept about the user."""
        ...

    def warm(self) -> None:
        """Load every model now rather than in the first turn."""
        ...

    def close(self) -> None:
        """Let go of camera and memory."""
        ...
