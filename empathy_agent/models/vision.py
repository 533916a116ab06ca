"""The vision seam: pictures and a prompt in, likelihoods of given answers or words out.

Nobody needs one. The embedded expert reads every frame by itself, and `open_vision("embedded")` is
None: *the expert alone reads*. A vision model named here is asked besides about key frames.

Pictures may stand anywhere in a prompt: one `VIEW` marker holds the place of one picture, in their
order. A prompt without a marker has all pictures before it. Every backend takes a prompt apart by
`parts_of`, so that all of them see the same order.
"""

import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from empathy_agent.errors import ReadingError, SetupError, near

if TYPE_CHECKING:
    from PIL.Image import Image
    from pydantic import SecretStr

__all__ = ["VIEW", "ScriptedVision", "VisionModel", "open_vision", "parts_of"]

VIEW = "<view>"
"""Holds the place of one picture in a prompt."""

_KNOWN = (
    "embedded",
    "hf:REPOSITORY_OR_FOLDER",
    "openai:BASE_URL#MODEL",
    "scripted:happiness,neutral",
)


def parts_of(views: "Sequence[Image]", prompt: str) -> "list[str | Image]":
    """Return words and pictures in the order in which a model is to be shown them.

    Words that are only white space between two pictures are left out.

    Raises:
        SetupError: markers and pictures differ in number.
    """
    words = prompt.split(VIEW)
    if len(words) == 1:
        return [*views, prompt]
    if len(words) - 1 != len(views):
        raise SetupError(
            f"the prompt has room for {len(words) - 1} pictures, and {len(views)} were given; "
            f"write one {VIEW!r} for each"
        )
    parts: list[str | Image] = [words[0]]
    for view, after in zip(views, words[1:], strict=True):
        parts += [view, after]
    return [part for part in parts if not isinstance(part, str) or part.strip()]


class VisionModel(Protocol):
    """A model that looks at pictures, such as a vision-language model."""

    name: str
    """What a reading tells of it, such as `scripted`."""

    @property
    def remote(self) -> bool:
        """Whether pictures leave this machine; whoever is asked for consent is told so."""
        ...

    def score(self, views: "Sequence[Image]", prompt: str, options: Sequence[str]) -> list[float]:
        """Return how likely each option is as the answer.

        Args:
            views: the pictures, in order.
            prompt: what is asked; see `VIEW`.
            options: the answers to choose from.

        Returns:
            One log-likelihood an option, divided by its length in tokens.

        Raises:
            ModelUnavailable: it did not answer.
            ReadingError: it answered nonsense.
        """
        ...

    def answer(self, views: "Sequence[Image]", prompt: str, max_tokens: int = 200) -> str:
        """Answer in words.

        Raises:
            ModelUnavailable: it did not answer.
            ReadingError: it answered nonsense.
        """
        ...

    def stream(self, views: "Sequence[Image]", prompt: str, max_tokens: int = 200) -> Iterator[str]:
        """Answer in words, piece by piece as they come; joined, they are the answer.

        Raises:
            ModelUnavailable: it did not answer, or not to the end.
            ReadingError: it answered nonsense.
        """
        ...


class ScriptedVision:
    """Gives the answers it was told, one after the other and round again; for tests and demos."""

    name = "scripted"
    remote = False

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
            SetupError: markers and pictures differ in number.
        """
        told = self._next(views, prompt)
        if told not in options:
            raise ReadingError(f"the script says {told!r}{near(told, options)}", told)
        return [0.0 if option == told else -4.0 for option in options]

    def answer(self, views: "Sequence[Image]", prompt: str, max_tokens: int = 200) -> str:
        """Return the next answer, cut to so many words.

        Raises:
            SetupError: markers and pictures differ in number.
        """
        return " ".join(self._next(views, prompt).split()[:max_tokens])

    def stream(self, views: "Sequence[Image]", prompt: str, max_tokens: int = 200) -> Iterator[str]:
        """Return the next answer word by word."""
        words = self.answer(views, prompt, max_tokens).split(" ")
        yield from (word if at == 0 else f" {word}" for at, word in enumerate(words))

    def _next(self, views: "Sequence[Image]", prompt: str) -> str:
        parts_of(views, prompt)
        with self._lock:
            told = self._answers[len(self.prompts) % len(self._answers)]
            self.prompts.append(prompt)
        return told


def open_vision(name: str, *, api_key: "SecretStr | None" = None) -> VisionModel | None:
    """Open a vision model by name; nothing is loaded or connected before its first use.

    Args:
        name: `embedded`; `hf:` and a repository or folder of a model that runs here;
            `openai:BASE_URL#MODEL` for a server; or `scripted:ANSWER,ANSWER,...`.
        api_key: for a server, where it wants one.

    Returns:
        None for `embedded`: the expert alone reads, and there is nothing to ask besides.

    Raises:
        SetupError: there is no such model, or what it needs is not installed.
    """
    kind, _, rest = name.partition(":")
    if name == "embedded":
        return None
    if kind == "scripted":
        return ScriptedVision([each.strip() for each in rest.split(",") if each.strip()])
    if kind == "hf" and rest:
        from empathy_agent.models.local import open_local

        return open_local(rest)
    if kind == "openai" and rest:
        from empathy_agent.models.server import open_server

        return open_server(rest, api_key=api_key)
    raise SetupError(f"no vision model {name!r}{near(name, _KNOWN)}")
