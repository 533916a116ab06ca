"""How urgent a message sounds to a small net, where no rule has a phrase for it.

Many people who wish to die never say so in a phrase that could be written down. The net was taught
by texts written for this project (`training/material`). It may raise what the rules found, and
never lowers it; every judgement carries its probability, so that a reviewer can see how near it
was. A long message is read as a whole and in windows, so that one dark sentence in it counts.
"""

import logging
import re
import threading
from collections import OrderedDict
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple, Protocol

from empathy_agent.affect import RiskLevel
from empathy_agent.errors import SetupError
from empathy_agent.models.embedder import MiniLM, open_embedder
from empathy_agent.models.risknet import KINDS, RiskNet, RiskScores
from empathy_agent.safety.rules import About, Kind

__all__ = ["Classifier", "Judgement", "NetClassifier", "shipped"]

_logger = logging.getLogger(__name__)

_REMEMBERED = 256
"""Messages whose judgement is kept: the earlier ones of a conversation come again every turn."""
_WINDOW = 10
"""Words of a window, at least; sentences are kept whole."""
_SHORT = 40
"""Words up to which a message is read as a whole alone."""
_WINDOWS = 40
"""Windows read of one message; of a longer one, those of both ends."""
_READ = 20_000
"""Characters of either end of a very long message that windows are made of."""
_RUN_ON = 25
"""Words after which a sentence that does not end is cut: some people type without a stop."""
_SENTENCES = re.compile(r"[^.!?\n]+[.!?\n]*")
_KINDS: tuple[Kind, ...] = KINDS  # pyright: ignore[reportAssignmentType]


class Judgement(NamedTuple):
    """What the net says of one message."""

    level: RiskLevel
    kind: Kind
    about: About
    chance: float
    """Calibrated probability of a moderate risk or higher."""


NOTHING = Judgement(RiskLevel.none, "none", "self", 0.0)
"""Of a message without words."""


class Classifier(Protocol):
    """Whatever judges a message without rules."""

    def judge(self, text: str) -> Judgement:
        """Return how urgent a message sounds by itself."""
        ...


class NetClassifier:
    """The shipped net on MiniLM; safe to share between threads."""

    def __init__(self, net: RiskNet, base: MiniLM) -> None:
        """Build.

        Args:
            net: the trained one.
            base: gives the states it builds on.
        """
        self._net, self._base = net, base
        self._lock = threading.Lock()
        self._remembered: OrderedDict[str, Judgement] = OrderedDict()

    def judge(self, text: str) -> Judgement:
        """Return how urgent a message sounds by itself; the last ones are remembered.

        Raises:
            SetupError: the sentence vectors are missing.
        """
        with self._lock:
            known = self._remembered.pop(text, None)
        judged = known or self._judge(text)
        with self._lock:
            self._remembered[text] = judged
            if len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        return judged

    def _judge(self, text: str) -> Judgement:
        whole, *windows = parts(text) or [""]
        if not whole:
            return NOTHING
        # The whole is what memory and words read as well; windows are nobody else's.
        judged = _judgement(self._net.read(self._base.means(whole), whole))
        for means, part in zip(self._base.means_of(windows), windows, strict=True):
            here = _judgement(self._net.read(means, part, window=True))
            judged = max(judged, here, key=lambda each: (each.level, each.chance))
        return judged


def _judgement(scores: RiskScores) -> Judgement:
    return Judgement(
        level=RiskLevel(scores.reached),
        kind=_KINDS[int(scores.kinds.argmax())],
        about="other" if scores.other >= 0.5 else "self",
        chance=round(float(scores.levels[1]), 3),
    )


def parts(text: str) -> list[str]:
    """Return a message as a whole, and the windows of a long one; nothing of one without words."""
    said = text.strip().translate(_QUOTES)
    if not any(letter.isalnum() for letter in said[:_READ]):
        return []
    whole = said
    if len(said) > 2 * _READ:
        said = f"{said[:_READ]}\n{said[-_READ:]}"
    if len(said.split(None, _SHORT)) <= _SHORT:
        return [whole]
    windows = list(_windows(said))
    half = _WINDOWS // 2
    if len(windows) > _WINDOWS:
        windows = [*windows[:half], *windows[-half:]]
    return [whole, *windows]


def _windows(text: str) -> Iterator[str]:
    window: list[str] = []
    words = 0
    for sentence in _cut(text):
        window.append(sentence)
        words += sentence.count(" ") + 1
        if words >= _WINDOW:
            yield " ".join(window)
            # The last sentence opens the next window: what it means may need both sides.
            window = window[-1:] if len(window) > 1 else []
            words = sum(each.count(" ") + 1 for each in window)
    if window:
        yield " ".join(window)


def _cut(text: str) -> Iterator[str]:
    """Yield the sentences of a text, those that run on in pieces."""
    for found in _SENTENCES.finditer(text):
        said = found[0].split()
        for start in range(0, len(said), _RUN_ON):
            yield " ".join(said[start : start + _RUN_ON])


_QUOTES = str.maketrans({"‘": "'", "’": "'", "ʼ": "'", "`": "'", "“": '"', "”": '"'})


@cache
def shipped() -> Classifier | None:
    """Return the classifier that ships; null where its weights or sentence vectors are missing.

    Rules alone then answer, which is said once.
    """
    try:
        base = open_embedder()
        if not isinstance(base, MiniLM):
            return None
        classifier = NetClassifier(RiskNet.load(), base)
        classifier.judge("warm")
    except SetupError as error:
        _logger.warning("risk is screened by rules alone: %s", error)
        return None
    return classifier
