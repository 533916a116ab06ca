"""What is remembered: typed records, written by code and never by a language model.

A *moment* is one turn. The others are derived from moments by pure functions and name them as their
sources: an *episode* is a stretch of one feeling, a *summary* is a session, a *fact* is what the
user plainly stated. They lie in the same collection, so that they are exported, forgotten and
erased with it. The conversions to and from Chroma's flat metadata are pure and live here, so that
`chroma.py` is only the edge.
"""

import hashlib
import json
import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import Enum
from functools import cache
from typing import Any, ClassVar, Literal, TypeVar

from pydantic import TypeAdapter, ValidationError

from empathy_agent.affect import Emotion
from empathy_agent.errors import SetupError

__all__ = [
    "KINDS",
    "TEXT_BYTES",
    "Derived",
    "Episode",
    "Fact",
    "Kept",
    "Moment",
    "Outcome",
    "Record",
    "Summary",
    "Topic",
    "Value",
    "clean",
    "from_metadata",
    "line_of",
    "shelf_name",
    "texts_of",
    "tidy",
    "to_metadata",
    "wordless",
]

TEXT_BYTES = 8192
"""The most UTF-8 bytes kept of one text; a longer one ends in "…"."""

Value = str | int | float | bool
"""What Chroma can hold in metadata; there is no nesting."""
Topic = Literal["name", "person", "plan", "day", "work", "place", "likes", "dislikes", "preference"]
"""What a fact is about: the name they like, people and who they are to the user, plans and days of
the year with their date, work or study, where they live, and how they want to be spoken to."""
Outcome = Literal["lighter", "heavier", "unchanged", "open"]
"""How an episode went on; open: nothing was felt after it."""


@dataclass(frozen=True)
class Record:
    """What every kind of record tells."""

    kind: ClassVar[str]
    """How it is named in metadata, exports and on the command line."""

    id: str
    """Unique within the user; remembering the same id again replaces the record."""
    session: str
    at: float
    """Seconds since the epoch; of a stretch of time, its beginning."""
    said: str
    """The user's own words, quoted; by their meaning it is recalled."""
    emotion: Emotion | None = None
    """None: nothing could be read."""
    valence: float | None = None
    """In [-1, 1]."""
    arousal: float | None = None
    """In [-1, 1]."""
    confidence: float = 0.0
    """In [0, 1]."""
    risk: str = "none"
    """Name of a `RiskLevel`; of a stretch of time, its highest."""

    def __post_init__(self) -> None:
        if not self.id or not math.isfinite(self.at):
            raise ValueError(f"a {self.kind} has an id and a finite time")

    @property
    def ends(self) -> float:
        """Seconds since the epoch at which it was over."""
        return self.at

    @property
    def origins(self) -> tuple[str, ...]:
        """Ids of the moments it was made from: where they are forgotten, so is it."""
        return ()


Kept = TypeVar("Kept", bound=Record)


@dataclass(frozen=True)
class Moment(Record):
    """One turn as it is remembered."""

    kind = "moment"

    reply: str = ""
    strategy: str = ""
    """How it was answered."""
    persona: str = ""


@dataclass(frozen=True, kw_only=True)
class Derived(Record):
    """What was made from moments."""

    sources: tuple[str, ...]
    """Ids of those moments, oldest first."""

    @property
    def origins(self) -> tuple[str, ...]:
        """Ids of the moments it was made from."""
        return self.sources


@dataclass(frozen=True, kw_only=True)
class Episode(Derived):
    """A stretch of one feeling: what set it off, how it felt, what was done, how it went on.

    `said` is the trigger; `valence`, `arousal` and `confidence` are the middles of the stretch.
    """

    kind = "episode"

    until: float
    """When the last moment of it was; seconds since the epoch."""
    moments: int
    peak: str
    """The user's words at its height; the trigger again where that was the height."""
    peak_valence: float
    """In [-1, 1]."""
    strategies: tuple[str, ...] = ()
    """What was answered with, in order, each once."""
    outcome: Outcome = "open"
    after: str = ""
    """The user's words in the first moment after it."""
    after_valence: float | None = None
    """Middle valence of the rest of the session, in [-1, 1]."""

    @property
    def ends(self) -> float:
        """When it was over."""
        return self.until


@dataclass(frozen=True, kw_only=True)
class Summary(Derived):
    """A session, told by its numbers and by the user's own words in its gravest moments."""

    kind = "summary"

    until: float
    """When its last moment was; seconds since the epoch."""
    moments: int
    felt: int
    """How many of them have a valence."""
    began: float | None = None
    """Middle valence of the first third, in [-1, 1]; null where too little was felt."""
    ended: float | None = None
    """Likewise of the last third."""
    topics: tuple[str, ...] = ()
    """What came up more than once, in the user's own words."""
    strategies: tuple[str, ...] = ()
    """What was answered with, most often first."""

    @property
    def ends(self) -> float:
        """When it was over."""
        return self.until


@dataclass(frozen=True, kw_only=True)
class Fact(Derived):
    """What the user plainly stated about themselves; `said` is the sentence."""

    kind = "fact"

    topic: Topic
    about: str
    """Which of its topic, such as "sister" or "exam": a newer fact about the same replaces it."""
    value: str
    """What is stated, such as "Anna" or "chemistry exam"."""
    starts: float | None = None
    """First second of the day or hour that is meant, since the epoch; null: no date."""
    until: float | None = None
    """The first second after it."""
    yearly: bool = False
    """It comes back every year."""
    superseded_by: str | None = None
    """Id of the fact or moment that took its place; null: it holds."""
    followed: bool = False
    """How it went was asked or told."""


KINDS: Mapping[str, type[Record]] = {each.kind: each for each in (Moment, Episode, Summary, Fact)}
"""Every kind by its name."""


def shelf_name(user: str) -> str:
    """Return the collection name of a user: a hash, so that any string is a legal id."""
    digest = hashlib.sha256(user.encode("utf-8", "surrogatepass")).hexdigest()
    return f"user-{digest[:40]}"


def clean(text: str) -> str:
    """Return text that any file and terminal can hold: no control characters, at most 8 kB."""
    whole = text.encode("utf-8", "replace").decode()
    kept = "".join(c for c in whole if c in "\n\t" or unicodedata.category(c) != "Cc")
    raw = kept.encode()
    if len(raw) <= TEXT_BYTES:
        return kept
    return raw[: TEXT_BYTES - 3].decode(errors="ignore") + "…"


def tidy(record: Kept) -> Kept:
    """Return a record as it will be stored; doing it twice changes nothing."""
    changed = {each.name: _tidied(each.name, getattr(record, each.name)) for each in fields(record)}
    return replace(record, **{**changed, "confidence": changed["confidence"] or 0.0})


def _tidied(name: str, value: Any) -> Any:
    if isinstance(value, Enum | bool) or value is None or name in _COUNTS:
        return value
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, int | float):
        return float(value) if math.isfinite(value) else None
    return tuple(clean(each) for each in value)


_COUNTS = {"moments", "felt"}
"""Fields that are whole numbers: Chroma keeps 1 and 1.0 apart, and does not compare them."""


def wordless(record: Record) -> Record | None:
    """Return a record without anybody's words, its numbers kept; None where it has only words."""
    match record:
        case Moment():
            return replace(record, said="", reply="")
        case Episode():
            return replace(record, said="", peak="", after="")
        case Summary():
            return replace(record, said="", topics=())
        case _:
            return None


def texts_of(record: Record) -> list[str]:
    """Return every text and id in a record, each of which an erase takes along."""
    found: list[str] = []
    for each in fields(record):
        value: Any = getattr(record, each.name)
        if isinstance(value, str) and each.name not in _CODES:
            found.append(value)
        elif isinstance(value, tuple) and each.name not in _CODES:
            found += value
    return [text for text in found if text]


_CODES = {"emotion", "risk", "strategy", "strategies", "persona", "outcome", "topic"}
"""Fields that hold words of ours."""


def line_of(record: Record) -> str:
    """Return a record on one line, as a list of records shows it."""
    said = " ".join(record.said.split())[:100]
    match record:
        case Fact():
            gone = " (no longer)" if record.superseded_by else ""
            return f"{record.topic}, {record.about}: {record.value}{gone}  “{said}”"
        case Episode():
            return f"{record.moments} moments, then {record.outcome}  “{said}”"
        case Summary():
            return f"{record.moments} moments  “{said}”"
        case _:
            return said


def to_metadata(record: Record) -> dict[str, Value | None]:
    """Return a tidy record as flat metadata; the id is not in it.

    Chroma stores no None, but given one it drops what an earlier version of the record had there.
    The kind stands under "record"; a moment has none, as before there were others.
    """
    kind = None if isinstance(record, Moment) else record.kind
    flat = {each.name: _flat(getattr(record, each.name)) for each in fields(record)}
    return {"record": kind} | {name: value for name, value in flat.items() if name != "id"}


def _flat(value: Any) -> Value | None:
    if isinstance(value, Enum):
        return str(value.value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, tuple) else value


@cache
def _adapter(kind: type[Record]) -> tuple[TypeAdapter[Record], frozenset[str]]:
    lists = frozenset(each.name for each in fields(kind) if "tuple" in str(each.type))
    return TypeAdapter(kind), lists


def from_metadata(id: str, metadata: Mapping[str, object]) -> Record:
    """Return the record that `to_metadata` wrote.

    Raises:
        SetupError: the record is damaged, or of a kind that this version does not know.
    """
    try:
        adapter, lists = _adapter(KINDS[str(metadata.get("record") or "moment")])
        told: dict[str, Any] = {**metadata, "id": id}
        told.pop("record", None)
        told |= {name: json.loads(str(told[name])) for name in lists & told.keys()}
        return adapter.validate_python(told)
    except (KeyError, ValueError, ValidationError) as error:
        raise SetupError(
            "a remembered record is damaged; restore the memory folder from a backup, "
            "or forget this user"
        ) from error
