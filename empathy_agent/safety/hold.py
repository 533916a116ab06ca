"""What is said in a crisis: reviewed words and one real helpline. No model is asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from empathy_agent.safety.screen import Risk

__all__ = ["Held", "hold"]


@dataclass(frozen=True)
class Held:
    """What is said, and which wordings it is made of."""

    text: str
    wordings: tuple[str, ...]
    """Ids to pass as `told` in the next turn, so that nothing is said twice."""


def hold(
    risk: Risk,
    country: str | None,
    *,
    said: str,
    told: Sequence[str] = (),
    setting: Literal["support", "service"] = "support",
) -> Held:
    """Return the words for a person at risk.

    Args:
        risk: what the screen found.
        country: ISO code, locale or English name, for the helpline; null asks for it.
        said: the user's message; it chooses between wordings and is never quoted.
        told: ids of the wordings already spoken in this session.
        setting: of the persona.
    """
    raise NotImplementedError
