"""What we say, checked before it is shown, sentence by sentence."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Guarded", "SentenceGuard", "Setting", "guard"]

Setting = Literal["support", "service"]


@dataclass(frozen=True)
class Guarded:
    """A text that may be shown."""

    text: str
    breaches: tuple[str, ...]
    """The kinds of breach that were replaced, in order."""


def guard(text: str, setting: Setting) -> Guarded:
    """Return the text with every breaching sentence replaced by a reviewed one."""
    raise NotImplementedError


class SentenceGuard:
    """The same for a stream: text leaves only when its sentence is whole and checked."""

    def __init__(self, setting: Setting) -> None:
        self.breaches: tuple[str, ...] = ()
        """The kinds of breach replaced so far."""

    def feed(self, delta: str) -> str:
        """Take the next piece in; return the text that may leave now."""
        raise NotImplementedError

    def flush(self) -> str:
        """Return what is still held back, checked; the end of the text."""
        raise NotImplementedError
