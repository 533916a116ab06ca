"""What we say, checked before it is shown, sentence by sentence.

A sentence that breaches is not shown: a reviewed one takes its place, once a kind, and the breach
is named. `breaches.yaml` holds what is a breach, what only looks like one, and the words instead.
Where no phrase of it fits, a small net reads the sentence (`guard_net.py`); what that one finds is
named `guard.model.KIND`.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from empathy_agent.errors import SetupError
from empathy_agent.safety.guard_net import shipped
from empathy_agent.safety.plain import plain

__all__ = ["MODEL", "Guarded", "SentenceGuard", "Setting", "guard"]

Setting = Literal["support", "service"]

_LONGEST = 600
"""Characters after which text leaves even without the end of its sentence."""
_END = re.compile(r"(?:[.!?…]+[\"'”’)\]*_]*\s+|[。！？।؟۔]+|\s*\n+\s*)")
_NO_END = re.compile(
    r"(?:\b(?:dr|mr|mrs|ms|prof|st|sr|jr|vs|approx|no|e\.g|i\.e|a\.m|p\.m|[a-z])|^\W*\d+)\.\s+$",
    re.IGNORECASE,
)
"""A full stop that ends no sentence: of an abbreviation, an initial, or a list's number."""
MODEL = "guard.model."
"""Stands before the kind of a breach that no phrase names and the net found."""
_PROMISE = "promise"
_SAYS = Annotated[tuple[str, ...], Field(min_length=1)]


@dataclass(frozen=True)
class Guarded:
    """A text that may be shown."""

    text: str
    breaches: tuple[str, ...]
    """The kinds of breach that were replaced, in order; behind `MODEL` those of the net."""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    says: _SAYS
    unless: tuple[str, ...]
    instead: Annotated[tuple[str, ...], Field(min_length=2)]
    only: Setting | None = None


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    words: dict[str, str]
    breaches: dict[str, _Entry]


@dataclass(frozen=True)
class _Breach:
    name: str
    says: re.Pattern[str]
    unless: re.Pattern[str] | None
    instead: tuple[str, ...]
    only: Setting | None

    def stands_in(self, told: str) -> bool:
        return bool(self.says.search(told)) and not self.excuses(told)

    def excuses(self, told: str) -> bool:
        """Say whether a sentence only looks like this breach."""
        return bool(self.unless and self.unless.search(told))


@cache
def _breaches() -> tuple[_Breach, ...]:
    text = files("empathy_agent.safety").joinpath("breaches.yaml").read_text(encoding="utf-8")
    try:
        data = _File.model_validate(yaml.safe_load(text))
    except (yaml.YAMLError, ValidationError) as error:
        raise SetupError(f"the breaches of the guard cannot be read: {error}") from error
    return tuple(
        _Breach(
            name=name,
            says=_any(entry.says, data.words),
            unless=_any(entry.unless, data.words) if entry.unless else None,
            instead=entry.instead,
            only=entry.only,
        )
        for name, entry in data.breaches.items()
    )


def _any(phrases: tuple[str, ...], words: dict[str, str]) -> re.Pattern[str]:
    filled = [re.sub(r"\{([a-z]+)\}", lambda found: words[found[1]], each) for each in phrases]
    return re.compile("|".join(f"(?:{each})" for each in filled))


def guard(text: str, setting: Setting, facts: str = "") -> Guarded:
    """Return the text with every breaching sentence replaced by a reviewed one.

    Args:
        text: what is about to be said.
        setting: of the persona.
        facts: what tools have reported; a sentence that stands in it word for word is no promise.
    """
    stream = SentenceGuard(setting, facts)
    shown = stream.feed(text) + stream.flush()
    return Guarded(text=shown if stream.breaches else text, breaches=stream.breaches)


class SentenceGuard:
    """The same for a stream: text leaves only when its sentence is whole and checked."""

    def __init__(self, setting: Setting, facts: str = "") -> None:
        self.breaches: tuple[str, ...] = ()
        """The kinds of breach replaced so far."""
        self._setting: Setting = setting
        self._facts = facts
        self._held = ""

    def feed(self, delta: str) -> str:
        """Take the next piece in; return the text that may leave now."""
        text, start = self._held + delta, 0
        passed: list[str] = []
        while (end := _next_end(text, start)) is not None:
            passed.append(self._pass(text[start:end]))
            start = end
        self._held = text[start:]
        return "".join(passed)

    def flush(self) -> str:
        """Return what is still held back, checked; the end of the text."""
        sentence, self._held = self._held, ""
        return self._pass(sentence)

    def _pass(self, sentence: str) -> str:
        words = sentence.strip()
        if not words:
            return sentence
        breach, layer = _breach_in(words, self._setting)
        may_report = bool(layer) or (breach is not None and breach.name == _PROMISE)
        if breach is None or (may_report and self._is_reported(words, layer)):
            return sentence
        spoken = sum(each.removeprefix(MODEL) == breach.name for each in self.breaches)
        self.breaches = (*self.breaches, layer + breach.name)
        if spoken >= len(breach.instead):
            return ""
        before = sentence[: len(sentence) - len(sentence.lstrip())]
        after = sentence[len(sentence.rstrip()) :]
        return before + breach.instead[spoken] + after

    def _is_reported(self, words: str, layer: str) -> bool:
        """Say whether a sentence is a tool's own, or, for the net, made of its words alone."""
        if not layer or words in self._facts:
            return words in self._facts
        known = set(_TELLING.findall(self._facts.lower()))
        return bool(known) and known.issuperset(_TELLING.findall(words.lower()))


_TELLING = re.compile(
    r"(?!(?:have|here|this|that|says|found|marked|with|under|there|which|order|number|what)\b)"
    r"[\w-]{4,}"
)
"""Words that say something: not those with which anything is reported."""


def _next_end(text: str, start: int) -> int | None:
    """Return where the first whole sentence ends, its blanks included."""
    most = start + _LONGEST
    for found in _END.finditer(text, start, most):
        if found.end() >= min(len(text), most):
            break
        if not _goes_on(text, start, found):
            return found.end()
    if len(text) <= most:
        return None
    cut = text.rfind(" ", start + 1, most)
    return cut + 1 if cut > 0 else most


def _goes_on(text: str, start: int, found: re.Match[str]) -> bool:
    """Say whether a sentence goes on after what looks like its end."""
    if found.group().strip():
        return bool(_NO_END.search(text[start : found.end()]))
    return text[found.end()].islower()


def _breach_in(sentence: str, setting: Setting) -> tuple[_Breach | None, str]:
    """Return the breach a sentence is, or null, and what its name begins with."""
    told = plain(sentence)
    for breach in _breaches():
        if breach.only in {None, setting} and breach.stands_in(told):
            return breach, ""
    second = shipped()
    kind = second.kind_of(sentence, promises=setting == "service") if second else None
    breach = next((each for each in _breaches() if each.name == kind), None)
    # What only looks like a breach to a phrase only looks like one to the net.
    return (None if breach is None or breach.excuses(told) else breach), MODEL
