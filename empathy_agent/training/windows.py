"""Long texts cut into windows, as the screen reads them, and which of those teach.

Whatever a harmless text says, each window of it is harmless. A text at risk has one window at least
that is not; which, nobody labelled, so the one that a first net takes for the most urgent stands
for it (multiple-instance learning, Andrews et al., 2002), and the others teach nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from empathy_agent.models.ngrams import Runs
from empathy_agent.safety.classifier import parts

__all__ = ["Taught", "Texts", "Window", "windows_of"]

_SURE = 0.5
"""How likely the first net must hold a window to be urgent to let it stand for its text."""

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]


class Window(NamedTuple):
    """A part of a long text."""

    text: str
    owner: int
    """Which text it is of."""


@dataclass(frozen=True, eq=False)
class Texts:
    """What the net is given of N texts."""

    vectors: Floats
    """[N, 2688]"""
    runs: list[Runs]
    long: Flags
    """[N] whether each is longer than an everyday comment."""

    def __getitem__(self, rows: Any) -> "Texts":
        chosen: NDArray[np.int64] = np.arange(len(self.runs))[rows]
        runs = [self.runs[int(row)] for row in chosen]
        return Texts(self.vectors[chosen], runs, self.long[chosen])

    def plus(self, more: "Texts") -> "Texts":
        """Return these and then those."""
        return Texts(
            np.concatenate([self.vectors, more.vectors]),
            [*self.runs, *more.runs],
            np.concatenate([self.long, more.long]),
        )


@dataclass(frozen=True, eq=False)
class Taught:
    """N texts of ours with their labels, and M windows of the long ones."""

    texts: Texts
    wanted: Flags
    """[N, 13]; the second column says which are urgent."""
    windows: Texts
    owners: NDArray[np.int64]
    """[M] which text each window is of."""
    teach: Flags = field(default_factory=lambda: np.zeros(0, np.bool_))
    """[M] windows that teach what is wanted of their text; none before `choosing`."""

    def choosing(self, urgent: Floats) -> "Taught":
        """Return the same, with the windows that teach.

        Args:
            urgent: [M] how likely a first net holds each window to be urgent.
        """
        teach = ~self.wanted[self.owners, 1]
        for row in np.flatnonzero(np.bincount(self.owners, minlength=len(self.wanted))):
            mine = np.flatnonzero(self.owners == row)
            most = mine[urgent[mine].argmax()]
            teach[most] |= urgent[most] > _SURE
        return replace(self, teach=teach)

    def teaching(self, rows: Flags) -> tuple[Texts, Flags]:
        """Return some of the texts together with their windows, and what is wanted of each.

        Args:
            rows: [N] which.
        """
        if not len(self.teach):
            return self.texts[rows], self.wanted[rows]
        also = np.flatnonzero(self.teach & rows[self.owners])
        wanted = np.concatenate([self.wanted[rows], self.wanted[self.owners[also]]])
        return self.texts[rows].plus(self.windows[also]), wanted


def windows_of(texts: Sequence[str]) -> list[Window]:
    """Return the windows of the long ones among these texts."""
    return [Window(part, owner) for owner, text in enumerate(texts) for part in parts(text)[1:]]
