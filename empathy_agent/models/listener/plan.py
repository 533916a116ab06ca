"""Which helping skill comes next: a policy that can be read from top to bottom."""

from dataclasses import dataclass

from empathy_agent.affect import Appraisal

__all__ = ["Plan", "plan"]


@dataclass(frozen=True)
class Plan:
    """What to do in this turn, and why."""

    strategy: str
    """A helping skill, such as `reflection`, or an answer, such as `about_ai`."""
    reason: str
    """In a few words, for traces."""
    moves: tuple[str, ...] = ()
    """The families of wordings that are said, in order."""


def plan(appraisal: Appraisal) -> Plan:
    """Return the next helping skill for a turn."""
    raise NotImplementedError
