"""Helplines of a country, verbatim from one table, because a wrong number is worse than none.

`helplines.yaml` is the only place a number is written down. Nobody could check the numbers against
their sources yet: `verified_at` says so row by row, `unverified` and `stale` list them, and
`faults` finds rows that look wrong.
"""

import datetime as dt
import re
from collections import Counter
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from empathy_agent.errors import SetupError

__all__ = [
    "ANYWHERE",
    "Country",
    "Helplines",
    "Line",
    "STALE_AFTER",
    "Topic",
    "countries",
    "faults",
    "helplines",
    "load",
    "stale",
    "unverified",
]

ANYWHERE = "findahelpline.com"
"""A directory of helplines by country, for those whose country is unknown or not in the table."""
STALE_AFTER = dt.timedelta(days=365)
"""How long a check against the source is trusted."""

Topic = Literal["suicide", "abuse", "child", "poison", "eating"]
"""What a line is for."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Word = Annotated[str, Field(min_length=1)]
_Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Line(_Row):
    """One service that people can reach, as its operator writes it."""

    name: _Word
    phone: Annotated[str, Field(pattern=r"^[+*]?[0-9][0-9 -]*[0-9]$")] | None = None
    text: _Word | None = None
    """How to reach it by text message, in words: "text HOME to 741741"."""
    chat: Annotated[str, Field(pattern=r"^[a-z0-9./-]+$")] | None = None
    """Where it can be reached in a browser."""
    hours: _Word
    """ "24/7", or words such as "daily 10-22"."""
    free: bool | None = True
    """Free to call inside the country; null when not known."""
    languages: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")], ...], Field(min_length=1)
    ]
    """ISO 639 codes."""
    topics: Annotated[tuple[Topic, ...], Field(min_length=1)] = ("suicide",)
    """What it is for; `suicide` is for anyone in distress."""
    serves: _Word | None = None
    """Who it is for, when it is not for everyone in the country."""
    source: Annotated[str, Field(pattern=r"^https?://[a-z0-9./-]+$")]
    """Where the operator publishes it: what a check has to open."""
    read_in: Annotated[str, Field(pattern=r"^https?://[A-Za-z0-9./_-]+$")] | None = None
    """A page of the operator or a public body in a stored copy of which this was read; the age of
    the copy is not known, so that it is less than a check."""
    verified_at: dt.date | None
    """The day somebody checked this row against its source; null when nobody has."""

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        if not (self.phone or self.text or self.chat):
            raise ValueError(f"{self.name!r} has no phone, text or chat")
        return self

    @property
    def always_open(self) -> bool:
        """Whether somebody answers at every hour."""
        return self.hours == "24/7"

    def when(self) -> str:
        """Return when somebody answers, and for whom if not for everyone."""
        return f"{self.hours}; for {self.serves}" if self.serves else self.hours

    def how(self) -> str:
        """Return how to reach it, such as "call or text 988"."""
        if self.phone and self.text == f"text {self.phone}":
            ways = [f"call or text {self.phone}"]
        else:
            ways = [f"call {self.phone}"] if self.phone else []
            ways += [self.text] if self.text else []
        ways += [f"chat at {self.chat}"] if self.chat else []
        return " or ".join(ways)


class Country(_Row):
    """One country of the table."""

    code: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    name: _Word
    also: tuple[_Word, ...] = ()
    """Other names people use for it."""
    emergency: Annotated[str, Field(pattern=r"^[0-9]{2,4}$")]
    lines: tuple[Line, ...]


class Helplines(_Row):
    """What somebody in a country, or in an unknown one, can be given."""

    country: str | None
    """ISO 3166 alpha-2; null when the country is unknown or not in the table."""
    name: str | None
    """The country's English name."""
    emergency: str
    """A number, or the rule for finding it: never empty."""
    lines: tuple[Line, ...]

    def best(self, topic: Topic = "suicide", language: str = "") -> Line | None:
        """Return the one line to offer first; null when there is none for the topic.

        Open at every hour counts most, then the language, then free, then the order of the table.

        Args:
            topic: what it is for.
            language: ISO 639 code of what the person speaks; empty when any will do.
        """
        fit = [line for line in self.lines if topic in line.topics]
        fit.sort(
            key=lambda line: (
                not line.always_open,
                line.serves is not None,
                bool(language) and language not in line.languages,
                not line.free,
            )
        )
        return fit[0] if fit else None

    def text(self) -> str:
        """Return all of it in plain words, to be quoted verbatim."""
        if self.country is None:
            return (
                f"Helplines by country: {ANYWHERE}. Emergency: {self.emergency}. "
                "Which country are you in? Then I can name a line near you."
            )
        rows = [f"{line.name}: {line.how()} ({line.when()})." for line in self.lines]
        return "\n".join(
            [f"{self.name}. Emergency: {self.emergency}.", *rows, f"More: {ANYWHERE}."]
        )


_UNKNOWN = Helplines(
    country=None,
    name=None,
    emergency="your local emergency number (112 or 911 in many countries)",
    lines=(),
)


def load(text: str) -> tuple[Country, ...]:
    """Read a table of helplines.

    Raises:
        SetupError: a row is malformed, or a country stands there twice.
    """
    try:
        table = tuple(Country.model_validate(row) for row in yaml.load(text, _LOADER))
    except (yaml.YAMLError, ValidationError, TypeError) as error:
        raise SetupError(f"the table of helplines cannot be read: {error}") from error
    codes = [row.code for row in table]
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        raise SetupError(f"the table of helplines names {', '.join(twice)} twice")
    return table


@cache
def countries() -> tuple[Country, ...]:
    """Return the shipped table."""
    return load(
        files("empathy_agent.safety").joinpath("helplines.yaml").read_text(encoding="utf-8")
    )


@cache
def _by_name() -> dict[str, Country]:
    return {name.casefold(): row for row in countries() for name in (row.code, row.name, *row.also)}


def helplines(country: str | None) -> Helplines:
    """Return the helplines of a country.

    Args:
        country: ISO alpha-2 (`GB`), a locale (`en-GB`, `en_GB.UTF-8`), or an English name. Null
            or unknown gives the rule for finding help anywhere, and asks for the country.
    """
    row = _find(country or "")
    if row is None:
        return _UNKNOWN
    return Helplines(country=row.code, name=row.name, emergency=row.emergency, lines=row.lines)


def _find(country: str) -> Country | None:
    name = country.strip().casefold().removeprefix("the ")
    known = _by_name()
    if name in known:
        return known[name]
    parts = name.split(".")[0].replace("_", "-").split("-")
    return next((known[part] for part in parts[:0:-1] if len(part) == 2 and part in known), None)


def unverified(table: tuple[Country, ...] | None = None) -> tuple[str, ...]:
    """Return the rows nobody has checked against their source, as "US: 988 Lifeline"."""
    rows = countries() if table is None else table
    return tuple(
        f"{row.code}: {line.name}" for row in rows for line in row.lines if line.verified_at is None
    )


def stale(today: dt.date, table: tuple[Country, ...] | None = None) -> tuple[str, ...]:
    """Return the rows whose last check is older than a year."""
    rows = countries() if table is None else table
    return tuple(
        f"{row.code}: {line.name}"
        for row in rows
        for line in row.lines
        if line.verified_at is not None and today - line.verified_at > STALE_AFTER
    )


_WEB = re.compile(r"\b(?:www\.|https?:)")
_HOURS = re.compile(r"24/7|\d|daily|differs|Mon|Tue|Wed|Thu|Fri|Sat|Sun|day", re.IGNORECASE)


def faults(today: dt.date, table: tuple[Country, ...] | None = None) -> tuple[str, ...]:
    """Return what looks wrong in the table, one line each, as "GB: Samaritans: checked too late".

    Args:
        today: for the age of checks, and those from the future.
        table: the shipped one when left out.
    """
    rows = countries() if table is None else table
    found = [f"{row.code}: {told}" for row in rows for told in _faults_of(row)]
    found += [f"{name}: checked more than a year ago" for name in stale(today, rows)]
    found += [
        f"{row.code}: {line.name}: checked in the future"
        for row in rows
        for line in row.lines
        if line.verified_at is not None and line.verified_at > today
    ]
    return tuple(found)


def _faults_of(row: Country) -> list[str]:
    names = Counter(line.name.casefold() for line in row.lines)
    found = [f"{name}: stands here twice" for name, times in names.items() if times > 1]
    ways = Counter((_digits(line.phone), line.topics) for line in row.lines if line.phone)
    found += [f"{number}: stands here twice" for (number, _), times in ways.items() if times > 1]
    for line in row.lines:
        found += [f"{line.name}: {told}" for told in _faults_in(line)]
    return found


def _faults_in(line: Line) -> list[str]:
    found: list[str] = []
    if line.phone and not 3 <= len(_digits(line.phone)) <= 15:
        found.append(f"{line.phone!r} is no phone number")
    if line.text and not re.match(r"(?:text|WhatsApp) .*\d", line.text):
        found.append(f"{line.text!r} does not say what to text, and where")
    if line.chat and (_WEB.search(line.chat) or "." not in line.chat):
        found.append(f"{line.chat!r} is no bare web address")
    if not _HOURS.search(line.hours):
        found.append(f"{line.hours!r} does not say when it is open")
    return found


def _digits(phone: str | None) -> str:
    return "".join(each for each in phone or "" if each.isdigit())
