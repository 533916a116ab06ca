"""The rules of the screen, read from `signals.yaml`, `families.yaml` and `languages.yaml`.

A rule is an id, a level, a kind and phrases. Every phrase has a *core*, the part after `{I}` (or
all of it); a negation right before the core silences the rule. Every gap is bounded, so matching
takes time linear in the text.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Annotated, Literal, NamedTuple

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from empathy_agent.affect import RiskLevel
from empathy_agent.errors import SetupError

__all__ = ["About", "Combination", "Kind", "Match", "Rule", "Rulebook", "read_rules", "rulebook"]

About = Literal["self", "other"]
Kind = Literal[
    "none", "suicide", "self_harm", "violence", "abuse", "minor", "medical", "eating", "psychosis"
]


class Match(NamedTuple):
    """Where a phrase stands in a sentence."""

    start: int
    core: int
    """Where the part begins that a negation before it would silence."""
    end: int


class _FromFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("level", mode="before", check_fields=False)
    @classmethod
    def _named(cls, level: object) -> object:
        return RiskLevel[level] if isinstance(level, str) else level


class _Entry(_FromFile):
    kind: Kind
    level: RiskLevel
    about: About = "self"
    facets: frozenset[str] = frozenset()
    cues: Annotated[tuple[str, ...], Field(min_length=1)]
    patterns: Annotated[tuple[str, ...], Field(min_length=1)]
    negated: bool = True
    past: bool = True
    plain: bool = True
    whole: bool = True
    doubtful: bool = False


class Combination(_FromFile):
    """Facets that mean more together than each alone."""

    id: str
    all: frozenset[str]
    level: RiskLevel
    kind: Kind
    about: About = "self"


class _File(_FromFile):
    words: dict[str, str] = Field(default_factory=dict[str, str])
    frames: dict[str, str] = Field(default_factory=dict[str, str])
    gate: tuple[str, ...] = ()
    harmless: tuple[str, ...] = ()
    rules: dict[str, _Entry]
    combine: tuple[Combination, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One group of phrases that mean the same."""

    id: str
    kind: Kind
    level: RiskLevel
    about: About
    """Who is at risk when it matches."""
    facets: frozenset[str]
    """What it tells, for combinations."""
    cues: tuple[str, ...]
    """Without one of these letter runs in the sentence, the rule is not tried."""
    phrases: tuple[str, ...]
    """Regular expressions with every macro filled in; each has one group, its core."""
    negated: bool
    """Whether a negation before the core silences it."""
    past: bool
    """Whether it is less urgent when told of long ago."""
    plain: bool
    """Whether it is a figure of speech beside a trivial cause."""
    doubtful: bool
    """Whether its phrases are as often said of harmless things, so that it asks the net."""

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(self.phrases))

    def concerns(self, sentence: str) -> bool:
        """Say whether it is worth looking for."""
        return any(cue in sentence for cue in self.cues)

    def find(self, sentence: str) -> Iterator[Match]:
        """Yield every place where one of its phrases stands."""
        for found in self._pattern.finditer(sentence):
            yield Match(found.start(), found.start(found.lastindex or 0), found.end())


@dataclass(frozen=True, eq=False)
class Rulebook:
    """All rules, and what changes their weight."""

    rules: tuple[Rule, ...]
    combinations: tuple[Combination, ...]
    frames: Mapping[str, re.Pattern[str]]
    """What stands around a phrase and changes what it means, such as `past`."""
    harmless: re.Pattern[str]
    """Figures of speech, struck out before a rule looks."""
    gate: tuple[str, ...]
    """Letter runs, one of which a sentence of a very long text needs to be read at all."""

    def without(self, rule: str) -> "Rulebook":
        """Return the same rulebook with one rule or combination taken out."""
        return Rulebook(
            rules=tuple(each for each in self.rules if each.id != rule),
            combinations=tuple(each for each in self.combinations if each.id != rule),
            frames=self.frames,
            harmless=self.harmless,
            gate=self.gate,
        )


def read_rules(*texts: str) -> Rulebook:
    """Read rule files into one rulebook.

    Raises:
        SetupError: a file is malformed, a macro is unknown, or a phrase is no regular expression.
    """
    try:
        data = [_File.model_validate(yaml.load(text, _LOADER)) for text in texts]
        words = {name: phrase for each in data for name, phrase in each.words.items()}
        frames = _joined(data)
        harmless = [phrase for each in data for phrase in each.harmless]
        return Rulebook(
            rules=tuple(
                _rule(name, entry, words) for each in data for name, entry in each.rules.items()
            ),
            combinations=tuple(row for each in data for row in each.combine),
            gate=tuple(word for each in data for word in each.gate or _long_cues(each)),
            frames={name: re.compile(_fill(phrase, words)) for name, phrase in frames.items()},
            harmless=re.compile(
                "|".join(rf"\b(?:{_fill(phrase, words)})(?![^\s,])" for phrase in harmless)
            ),
        )
    except (yaml.YAMLError, ValidationError, KeyError, re.error) as error:
        raise SetupError(f"the rules of the risk screen cannot be read: {error}") from error


@cache
def rulebook() -> Rulebook:
    """Return the shipped rules."""
    folder = files("empathy_agent.safety")
    return read_rules(
        *(
            folder.joinpath(name).read_text(encoding="utf-8")
            for name in ("signals.yaml", "families.yaml", "languages.yaml")
        )
    )


def _joined(data: Iterable[_File]) -> dict[str, str]:
    """Return every frame as one phrase: a file of languages adds to those of the same name."""
    frames: dict[str, list[str]] = {}
    for each in data:
        for name, phrase in each.frames.items():
            frames.setdefault(name, []).append(f"(?:{phrase})")
    return {name: "|".join(phrases) for name, phrases in frames.items()}


def _long_cues(data: _File) -> set[str]:
    """Return the cues that are no part of everyday English words."""
    cues = {cue for entry in data.rules.values() for cue in entry.cues}
    return {cue for cue in cues if len(cue) > _SHORT_CUE or not cue.isascii()}


def _rule(name: str, entry: _Entry, words: dict[str, str]) -> Rule:
    return Rule(
        id=name,
        kind=entry.kind,
        level=entry.level,
        about=entry.about,
        facets=entry.facets,
        cues=entry.cues,
        phrases=tuple(_phrase(phrase, words, whole=entry.whole) for phrase in entry.patterns),
        negated=entry.negated,
        past=entry.past,
        plain=entry.plain,
        doubtful=entry.doubtful,
    )


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MACRO = re.compile(r"\{([A-Za-z_]\w*)\}")
_SHORT_CUE = 4
"""Letters up to which a cue of another language is likely to stand in an English word."""
_FIRST_PERSON = "{I}"
_BLANK = re.compile(r"(\(\?<[!=][^)]*\))| (?!\?)")
"""A blank that may have a comma before it; look-behinds must keep their width."""


def _phrase(phrase: str, words: dict[str, str], *, whole: bool) -> str:
    """Return a phrase with its macros filled in and its core as the only group."""
    if phrase.startswith(_FIRST_PERSON):
        core = phrase.removeprefix(_FIRST_PERSON)
        return rf"{_fill(_FIRST_PERSON, words)}({_fill(core, words)})\b"
    edge = r"\b" if whole else ""
    return rf"{edge}({_fill(phrase, words)}){edge}"


def _fill(phrase: str, words: dict[str, str]) -> str:
    while _MACRO.search(phrase):
        phrase = _MACRO.sub(lambda found: words[found[1]], phrase)
    return _BLANK.sub(lambda found: found[1] or ",? ", phrase)
