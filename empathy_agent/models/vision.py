"""The vision seam: pictures and a prompt in, likelihoods of given answers or words out.

Nobody needs one. The embedded expert reads every frame by itself, and `open_vision("embedded")` is
None: *the expert alone reads*. A vision model named here is asked besides about key frames.
"""

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from empathy_agent.errors import ReadingError, SetupError, near

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["ScriptedVision", "VisionModel", "open_vision"]

_KNOWN = ("embedded", "scripted:happiness,neutral")
_LATER = ("hf", "openai")


class VisionModel(Protocol):
    """A model that looks at pictures, such as a vision-language model."""

    name: str
    """What a reading tells of it, such as `scripted`."""

    def score(self, views: "Sequence[Image]", prompt: str, options: Sequence[str]) -> list[float]:
        """Return how likely each option is as the answer: one log-likelihood an option.

        Raises:
            ModelUnavailable: it did not answer.
            ReadingError: it answered nonsense.
        """
        ...

    def answer(self, views: "Sequence[Image]", prompt: str, max_tokens: int = 200) -> str:
        """Answer in words.

        Raises:
            ModelUnavailable: it did not answer.
        """
        ...


class ScriptedVision:
    """Gives the answers it was told, one after the other and round again; for tests and demos."""

    name = "scripted"

    def __init__(self, answers: Sequence[str]) -> None:
        if not answers:
            raise SetupError("a scripted vision model needs an answer, as in 'scripted:happiness'")
        self.prompts: list[str] = []
        """What it was asked so far, oldest first."""
        self._answers = tuple(answers)
        self._lock = threading.Lock()

    def score(self, views: "Sequence[Image]", prompt: str, options: Sequence[str]) -> list[float]:
        """Make the next answer e⁴ times as likely as each other option.

        Raises:
            ReadingError: the next answer is not among the options.
        """
        told = self._next(prompt)
        if told not in options:
            raise ReadingError(f"the script says {told!r}{near(told, options)}", told)
        return [0.0 if option == told else -4.0 for option in options]

    def answer(self, views: "Sequence[Image]", prompt: str, max_tokens: int = 200) -> str:
        """Return the next answer, cut to so many words."""
        return " ".join(self._next(prompt).split()[:max_tokens])

    def _next(self, prompt: str) -> str:
        with self._lock:
            told = self._answers[len(self.prompts) % len(self._answers)]
            self.prompts.append(prompt)
        return told


def open_vision(name: str) -> VisionModel | None:
    """Open `embedded` or `scripted:ANSWER,ANSWER,...`.

    Returns:
        None for `embedded`: the expert alone reads, and there is nothing to ask besides.

    Raises:
        SetupError: there is no such model.
    """
    kind, _, rest = name.partition(":")
    if name == "embedded":
        return None
    if kind == "scripted":
        return ScriptedVision([each.strip() for each in rest.split(",") if each.strip()])
    if kind in _LATER and rest:
        available = " and ".join(repr(each) for each in _KNOWN)
        raise SetupError(f"vision {name!r} cannot be opened yet; available are {available}")
    raise SetupError(f"no vision model {name!r}{near(name, _KNOWN)}")
