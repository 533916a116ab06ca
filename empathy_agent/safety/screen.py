"""How urgent what a person said is, by rules that can be read. No model, no camera, no prompt."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from empathy_agent.affect import RiskLevel

__all__ = ["About", "Kind", "Risk", "screen"]

About = Literal["self", "other"]
Kind = Literal[
    "none", "suicide", "self_harm", "violence", "abuse", "minor", "medical", "eating", "psychosis"
]


@dataclass(frozen=True)
class Risk:
    """How urgent it is, why, and whom it is about."""

    level: RiskLevel
    score: float
    """In [0, 1]; 0.2 a level, and more within a level the more signals there are."""
    signals: tuple[str, ...] = ()
    """Ids of the rules that matched, most urgent first; never the text."""
    about: About = "self"
    kind: Kind = "none"


def screen(text: str, context: Sequence[str] = ()) -> Risk:
    """Return how urgent a message is, with the user's earlier messages in mind.

    Args:
        text: what the user says now.
        context: what the user said before, oldest first.
    """
    raise NotImplementedError
