"""A vision model whose likelihoods are known: what it sees, and habits planted on top."""

import re
import threading
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from PIL import Image

__all__ = ["LikelyVision", "answered"]


class LikelyVision:
    """Scores by a utility an option, a habit an option, and a habit a place in the list.

    Blank pictures show it nothing: then its habits alone are left.
    """

    name = "likely"
    remote = False

    def __init__(
        self,
        sees: Mapping[str, float],
        *,
        likes: Mapping[str, float] | None = None,
        first: float = 0.0,
        says_yes: float = 0.0,
        answer: str = "",
    ) -> None:
        self.sees = sees
        self.likes = likes or {}
        self.first = first
        self.says_yes = says_yes
        self.answers = answer
        self.asked: list[tuple[list[Image.Image], str]] = []
        self.blank = 0
        self._lock = threading.Lock()

    def score(
        self, views: Sequence[Image.Image], prompt: str, options: Sequence[str]
    ) -> list[float]:
        nothing = all(len(view.getcolors() or []) == 1 for view in views)
        with self._lock:
            self.asked.append((list(views), prompt))
            self.blank += nothing
        if set(options) == {"yes", "no"}:
            (option,) = re.findall(r"show (\w+)\?", prompt)
            told = {"yes": self._worth(option, nothing) + self.says_yes, "no": 0.0}
        else:
            told = {option: self._worth(option, nothing) for option in options}
        listed = sorted(told, key=prompt.rfind)
        logs = np.array([told[option] - self.first * listed.index(option) for option in options])
        return (logs - np.logaddexp.reduce(logs)).tolist()

    def _worth(self, option: str, nothing: bool) -> float:
        return (0.0 if nothing else self.sees.get(option, 0.0)) + self.likes.get(option, 0.0)

    def answer(self, views: Sequence[Image.Image], prompt: str, max_tokens: int = 200) -> str:
        with self._lock:
            self.asked.append((list(views), prompt))
        return self.answers

    def stream(
        self, views: Sequence[Image.Image], prompt: str, max_tokens: int = 200
    ) -> Iterator[str]:
        yield self.answer(views, prompt, max_tokens)


def answered() -> None:
    """Wait until every question under way is answered."""
    for thread in threading.enumerate():
        if thread.name == "vision":
            thread.join(20)
