"""From the likelihoods of an answer's first tokens to the likelihoods of the given options.

An option is known by its beginning: as soon as no other option begins with the same letters, what
follows is nearly certain, so its likelihood is that of the letters that tell it apart, summed over
every way of writing them (`Fear`, `fear`, ` fear`, `**fear`). Nothing is divided by a length: these
are likelihoods of choices, not of words, and their sum over the options is at most one.

The tokens along the answer that was given are all known. Besides it only first tokens are, so two
options may share what is known of them: that is a `Doubt`, which the server may be asked about
again. Without an answer it is shared evenly.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["Doubt", "Spread", "Step", "room", "spread"]

_LEAST = -20.0
"""Log-likelihood of what is as good as ruled out."""
_ARTICLES = frozenset({"a", "i", "o"})
"""Words of one letter: as a token they rarely are the beginning of an option."""
_MOST_TOKENS = 16


@dataclass(frozen=True)
class Step:
    """One place in an answer."""

    token: str
    logprob: float
    others: tuple[tuple[str, float], ...]
    """The likeliest tokens at this place with their log-likelihoods; mostly the chosen one too."""


@dataclass(frozen=True)
class Doubt:
    """Likelihood that several options, or an option and another word, may claim."""

    begun: str
    """The answer as far as it is known."""
    mass: float
    among: tuple[int, ...]
    """Which options begin like this."""

    @property
    def loose(self) -> bool:
        """Whether it may lead to something else as well: a mark, or a word of its own."""
        return _plain(self.begun) in {"", *_ARTICLES}


@dataclass
class Spread:
    """How likelihood is spread over the options."""

    mass: list[float]
    """Likelihood of each option."""
    ceiling: float
    """Log-likelihood which no option that was not seen can exceed."""
    doubts: list[Doubt] = field(default_factory=list[Doubt])

    @property
    def placed(self) -> float:
        """The likelihood of an option at all."""
        return sum(self.mass) + sum(doubt.mass for doubt in self.doubts if not doubt.loose)

    def share(self, doubt: Doubt, parts: Sequence[float] | None = None) -> None:
        """Give a doubt's likelihood to its options, in these parts, else evenly.

        What may as well be a word of its own is shared with that word. A mark says nothing of what
        comes after it, so then no option is any likelier than it was.
        """
        self.doubts.remove(doubt)
        if parts is None:
            own = 0.0 if not _plain(doubt.begun) else 0.5 if doubt.loose else 1.0
            parts = [own / len(doubt.among)] * len(doubt.among)
        for at, part in zip(doubt.among, parts, strict=True):
            self.mass[at] += doubt.mass * part

    def scores(self) -> list[float]:
        """Return the log-likelihood of each option; what is left in doubt is shared."""
        for doubt in list(self.doubts):
            self.share(doubt)
        return [max(math.log(mass) if mass > 0 else self.ceiling, _LEAST) for mass in self.mass]


def room(options: Sequence[str]) -> int:
    """Return how many tokens of an answer may be needed to tell these options apart."""
    plain = sorted(_plain(option) for option in options)
    shared = max(
        (_shared(one, other) for one, other in zip(plain, plain[1:], strict=False)), default=0
    )
    return min(4 + shared, _MOST_TOKENS)


def spread(steps: Sequence[Step], options: Sequence[str], begun: str = "") -> Spread:
    """Spread the likelihood of an answer's first tokens over the options.

    Args:
        steps: the first places of the answer, at least one.
        options: what could have been answered.
        begun: what came before the first place.
    """
    plain = [_plain(option) for option in options]
    told = Spread([0.0] * len(options), _LEAST)
    so_far = 0.0
    for step in steps:
        if not _plain(begun):
            told.ceiling = so_far + _ceiling(step, len(options))
        for token, logprob in _besides(step):
            _place(told, begun + token, math.exp(so_far + logprob), plain)
        begun += step.token
        so_far += step.logprob
        ends, goes_on = _fits(_plain(begun), plain)
        if not goes_on or (ends and not step.token):
            break
    _place(told, begun, math.exp(so_far), plain, last=True)
    return told


def _besides(step: Step) -> list[tuple[str, float]]:
    """Return the tokens that were likely and were not chosen."""
    return [other for other in step.others if other[0] != step.token]


def _ceiling(step: Step, options: int) -> float:
    """Return the most that a token which is not listed can have."""
    listed = [logprob for _, logprob in step.others] or [step.logprob]
    rest = max(1 - sum(math.exp(logprob) for logprob in listed), math.exp(_LEAST))
    return min(*listed, step.logprob, math.log(rest / options))


def _place(
    told: Spread, begun: str, mass: float, plain: Sequence[str], *, last: bool = False
) -> None:
    text = _plain(begun)
    ends, goes_on = _fits(text, plain)
    claims = ends if ends and (last or not goes_on) else [*ends, *goes_on]
    if not claims or (last and not text):
        return
    if len(claims) > 1 or (text in _ARTICLES and not ends and not last):
        told.doubts.append(Doubt(begun, mass, tuple(claims)))
    else:
        told.mass[claims[0]] += mass


def _fits(text: str, plain: Sequence[str]) -> tuple[list[int], list[int]]:
    """Return the options that a text says whole, and those that it only begins."""
    ends = [
        at
        for at, option in enumerate(plain)
        if option and text.startswith(option) and not text[len(option) : len(option) + 1].isalnum()
    ]
    goes_on = [at for at, option in enumerate(plain) if option.startswith(text) and option != text]
    longest = max((len(plain[at]) for at in ends), default=0)
    return [at for at in ends if len(plain[at]) == longest], goes_on


def _plain(text: str) -> str:
    """Return a text in small letters, without what stands before its first letter or digit."""
    start = next((at for at, letter in enumerate(text) if letter.isalnum()), len(text))
    return text[start:].casefold()


def _shared(one: str, other: str) -> int:
    return next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
