"""What no phrase of the guard foresaw: a small net that reads a sentence of ours for breaches.

Two looks. The first weighs words, pairs, triples and parts of words, and lets most sentences go.
What it does not clear is read again together with what MiniLM made of it, which takes some
milliseconds. The net was taught by sentences written for this project
(`training/material/replies`); it stands beside the phrases and takes none of them back.
"""

import logging
import threading
import zlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from empathy_agent.errors import SetupError
from empathy_agent.models.arrays import shipped_arrays
from empathy_agent.models.embedder import MiniLM, open_embedder
from empathy_agent.safety.plain import plain

__all__ = ["GRAMS", "KINDS", "WEIGHTS", "GuardNet", "SecondLook", "grams", "inputs", "shipped"]

_logger = logging.getLogger(__name__)

KINDS = (
    "diagnosis",
    "medication",
    "method",
    "secrecy",
    "contract",
    "identity",
    "harm",
    "delusion",
    "shaming",
    "romance",
    "leak",
    "abandoning",
    "promise",
)
"""What the outputs after the first say; the first says that a sentence is fine."""
WEIGHTS = "guard-1.npz"
"""The file among the weights."""
GRAMS = 4096
"""Places that words and parts of words are hashed to."""
_GRAM_SCALE = np.float32(6)
_MEAN_SCALE = np.float32(4)
"""How much words and MiniLM's states count beside each other; chosen by cross-validation."""
_REMEMBERED = 512
"""Sentences whose odds are kept: a reply is checked while it streams and once more as a whole."""
_LETTERS = 0.7
"""Share of letters that must be plain ones: the net knows English alone."""


def grams(text: str) -> NDArray[np.int64]:
    """Return the places of a sentence's words, pairs, triples, gapped pairs and parts of words."""
    return np.array(sorted({zlib.crc32(each.encode()) % GRAMS for each in _parts(text)}))


def _parts(text: str) -> Iterator[str]:
    # A lone surrogate has no bytes.
    told = plain(text).encode("ascii", "replace").decode("ascii")
    words = ["<", *told.split(), "?>" if text.rstrip().endswith("?") else ">"]
    for size in (1, 2, 3):
        for start in range(len(words) - size + 1):
            yield " ".join(words[start : start + size])
    for start, word in enumerate(words):
        for other in words[start + 2 : start + 4]:
            yield f"{word}_{other}"
    for word in words[1:-1]:
        framed = f"^{word}$"
        for size in (4, 5):
            for start in range(len(framed) - size + 1):
                yield f"#{framed[start : start + size]}"


def inputs(found: NDArray[np.int64], means: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the [4096 + 2688] numbers that the second look weighs.

    Args:
        found: places of `grams`.
        means: [7, 384] of `MiniLM.means_of`.
    """
    bag = np.zeros(GRAMS, np.float32)
    bag[found] = _GRAM_SCALE / np.sqrt(np.float32(len(found)))
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    return np.concatenate([bag, (means * (_MEAN_SCALE / lengths)).ravel()]).astype(np.float32)


class GuardNet:
    """The trained arrays, ready to run; safe to share between threads."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Unpack.

        Args:
            arrays: as `training/guard.py` exports them: `first` [4096], `weights` [6784, 14],
                `bias` [14], and `bounds` [2], of either look.
        """
        self._first = arrays["first"].astype(np.float32)
        self._weights = arrays["weights"].astype(np.float32)
        self._bias = arrays["bias"].astype(np.float32)
        bounds = arrays["bounds"].tolist()
        self._clear, self.bound = float(bounds[0]), float(bounds[1])

    @classmethod
    def load(cls) -> "GuardNet":
        """Load the weights that ship with the package.

        Raises:
            SetupError: they are missing or damaged.
        """
        return cls(shipped_arrays(WEIGHTS, "empathy-agent train guard"))

    def clears(self, found: NDArray[np.int64]) -> bool:
        """Say whether the first look is enough to let a sentence go."""
        scaled = self._first[found].sum() * _GRAM_SCALE / np.sqrt(len(found))
        return bool(scaled < self._clear)

    def odds(self, found: NDArray[np.int64], means: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return [13] log odds of each of `KINDS` against a fine sentence."""
        scores = inputs(found, means) @ self._weights + self._bias
        return scores[1:] - scores[0]


class SecondLook:
    """The net on MiniLM; safe to share between threads."""

    def __init__(self, net: GuardNet, base: MiniLM) -> None:
        """Build.

        Args:
            net: the trained one.
            base: gives the states of the second look.
        """
        self._net, self._base = net, base
        self._lock = threading.Lock()
        self._known: OrderedDict[str, NDArray[np.float32] | None] = OrderedDict()

    def kind_of(self, sentence: str, *, promises: bool) -> str | None:
        """Return the kind of breach a sentence is, or null.

        Args:
            sentence: one of ours.
            promises: whether a promise is a breach here.

        Raises:
            SetupError: the sentence vectors are missing.
        """
        odds = self._odds(sentence)
        if odds is None:
            return None
        here = odds if promises else odds[: KINDS.index("promise")]
        if np.logaddexp.reduce(here) < self._net.bound:
            return None
        return KINDS[int(here.argmax())]

    def _odds(self, sentence: str) -> NDArray[np.float32] | None:
        with self._lock:
            if sentence in self._known:
                self._known.move_to_end(sentence)
                return self._known[sentence]
        odds = self._read(sentence)
        with self._lock:
            self._known[sentence] = odds
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return odds

    def _read(self, sentence: str) -> NDArray[np.float32] | None:
        letters = [letter for letter in sentence if letter.isalpha()]
        if sum(map(str.isascii, letters)) < max(2, _LETTERS * len(letters)):
            return None
        found = grams(sentence)
        if self._net.clears(found):
            return None
        [means] = self._base.means_of([sentence])
        return self._net.odds(found, means)


@cache
def shipped() -> SecondLook | None:
    """Return the second layer that ships; null where its weights or sentence vectors are missing.

    Phrases alone then guard, which is said once.
    """
    try:
        net, base = GuardNet.load(), open_embedder()
        assert isinstance(base, MiniLM)
        base.means_of(["warm"])
    except SetupError as error:
        _logger.warning("replies are guarded by phrases alone: %s", error)
        return None
    return SecondLook(net, base)
