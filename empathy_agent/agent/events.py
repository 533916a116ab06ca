"""What an agent tells its caller while a turn runs: the only words the TUI, CLI and evals know."""

from dataclasses import dataclass, field

from empathy_agent.affect import AffectReading, RecalledNote

__all__ = ["Asked", "Delta", "Done", "Seen", "Stage", "TurnEvent", "TurnResult"]


@dataclass(frozen=True)
class Stage:
    """A node of the graph has finished, such as `perceive`."""

    name: str


@dataclass(frozen=True)
class Seen:
    """The turn's reading is ready."""

    reading: AffectReading


@dataclass(frozen=True)
class Delta:
    """A piece of the reply that the guard has already passed."""

    text: str


@dataclass(frozen=True)
class Asked:
    """The agent wants a human to take over; answer with `Agent.resume`."""

    summary: str
    """What the human needs to know, in a few lines."""
    reason: str


@dataclass(frozen=True)
class TurnResult:
    """One finished turn."""

    reply: str
    risk: str
    """`none`, `low`, `moderate`, `high` or `imminent`."""
    reading: AffectReading | None
    recalled: tuple[RecalledNote, ...]
    strategy: str
    route: str
    """`respond` or `hold`."""
    tools: tuple[str, ...]
    """Names of the tools that ran, in order."""
    took_ms: float
    signals: tuple[str, ...] = ()
    """What the risk screen matched."""
    breaches: tuple[str, ...] = ()
    """What the guard had to replace."""
    notes: tuple[str, ...] = ()
    """What went wrong without stopping the turn, one line each."""
    alerted: bool = False
    """Whether the app's risk hook was told in this turn."""
    stages_ms: dict[str, float] = field(default_factory=dict[str, float])
    """Milliseconds per node of the graph."""


@dataclass(frozen=True)
class Done:
    """The turn is over and remembered."""

    result: TurnResult


TurnEvent = Stage | Seen | Delta | Asked | Done
