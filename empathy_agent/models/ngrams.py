"""Runs of words and of letters in a text, hashed: what a sentence vector blurs.

A vector knows what a text is about; it hardly tells "I want to go" from "I want to go for good".
Runs of one to three words, and of two to five letters within a word, keep the wording. Each falls
into one of `BUCKETS` by a checksum, so no list of words is shipped (the hashing trick, Weinberger
et al., 2009).
"""

import re
import zlib
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["BUCKETS", "Runs", "runs_of"]

BUCKETS = 1 << 16
"""Numbers a text can have of either sort."""
_CHARACTERS = 4_000
"""Read of either end of a very long text."""
_WORDS = 3
"""Words of the longest run."""
_LETTERS = (2, 5)
"""Letters of the shortest and longest run, with a blank before and after each word."""
_WORD = re.compile(r"[\w']+|[!?]+")

Floats = NDArray[np.float32]


class Runs(NamedTuple):
    """Log counts of the runs in a text."""

    words: NDArray[np.int64]
    """Buckets of runs of words, each once."""
    word_counts: Floats
    letters: NDArray[np.int64]
    """Buckets of runs of letters, each once; all above those of words."""
    letter_counts: Floats

    def weighed(self, rarity: Floats) -> tuple[NDArray[np.int64], Floats]:
        """Return all buckets and their numbers; those of either sort have length 1.

        Args:
            rarity: [2 * BUCKETS] how much each bucket counts.
        """
        numbers = [
            _unit(counts * rarity[buckets])
            for buckets, counts in (
                (self.words, self.word_counts),
                (self.letters, self.letter_counts),
            )
        ]
        return np.concatenate([self.words, self.letters]), np.concatenate(numbers)


def runs_of(text: str) -> Runs:
    """Return the hashed runs of a text; of a very long one, those of both ends."""
    if len(text) > 2 * _CHARACTERS:
        text = f"{text[:_CHARACTERS]} {text[-_CHARACTERS:]}"
    words: list[str] = _WORD.findall(text.lower())
    return Runs(*_counted(_of_words(words)), *_counted(_of_letters(words), BUCKETS))


def _counted(runs: Iterator[str], first: int = 0) -> tuple[NDArray[np.int64], Floats]:
    counts = Counter(zlib.crc32(run.encode("utf-8", "replace")) % BUCKETS for run in runs)
    buckets = np.fromiter(counts, np.int64, len(counts)) + first
    return buckets, 1 + np.log(np.fromiter(counts.values(), np.float32, len(counts)))


def _of_words(words: list[str]) -> Iterator[str]:
    for size in range(1, _WORDS + 1):
        for start in range(len(words) - size + 1):
            yield " ".join(words[start : start + size])


def _of_letters(words: list[str]) -> Iterator[str]:
    shortest, longest = _LETTERS
    for word in words:
        padded = f" {word} "
        for size in range(shortest, longest + 1):
            for start in range(len(padded) - size + 1):
                yield padded[start : start + size]


def _unit(numbers: Floats) -> Floats:
    return numbers / max(1e-6, float(np.linalg.norm(numbers)))
