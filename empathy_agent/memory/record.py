"""What is remembered: one typed record a turn, written by code and never by a language model.

The conversions to and from Chroma's flat metadata are pure and live here, so that `chroma.py` is
only the edge.
"""

import hashlib
import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from empathy_agent.affect import Emotion
from empathy_agent.errors import SetupError
from empathy_agent.memory.notes import Note

__all__ = [
    "SCHEMA",
    "TEXT_BYTES",
    "Forgotten",
    "Memory",
    "Moment",
    "Part",
    "Recalled",
    "Value",
    "check_schema",
    "clean",
    "from_metadata",
    "shelf_name",
    "tidy",
    "to_metadata",
]

SCHEMA = 1
"""Version of the record as stored; a newer one on disk is refused rather than misread."""
TEXT_BYTES = 8192
"""The most UTF-8 bytes kept of one text; a longer one ends in "…"."""

Value = str | int | float | bool
"""What Chroma can hold in metadata; there is no nesting."""


@dataclass(frozen=True)
class Moment:
    """One turn as it is remembered."""

    id: str
    """Unique within the user; remembering the same id again replaces the moment."""
    session: str
    at: float
    """Seconds since the epoch."""
    said: str
    reply: str = ""
    emotion: Emotion | None = None
    """None: nothing could be read."""
    valence: float | None = None
    """In [-1, 1]."""
    arousal: float | None = None
    """In [-1, 1]."""
    confidence: float = 0.0
    """In [0, 1]."""
    risk: str = "none"
    """Name of a `RiskLevel`."""
    strategy: str = ""
    """How it was answered."""
    persona: str = ""

    def __post_init__(self) -> None:
        if not self.id or not math.isfinite(self.at):
            raise ValueError("a moment has an id and a finite time")


@dataclass(frozen=True)
class Recalled:
    """What is remembered and bears on the present moment."""

    record: Moment
    score: float
    """In [0, 1]; only good for ordering."""
    why: str
    """In words: "about the same thing, 3 days ago"."""


@dataclass(frozen=True)
class Part:
    """Some of what is kept about a user; with nothing named, all of it."""

    session: str | None = None
    moment: str | None = None
    """Its id."""
    since: float | None = None
    """Seconds since the epoch; moments at or after it."""
    until: float | None = None
    """Moments before it."""

    @property
    def everything(self) -> bool:
        """Nothing was named: notes are meant as well."""
        return self == Part()

    def holds(self, moment: Moment) -> bool:
        """Say whether a moment belongs to it."""
        return (
            (self.session is None or moment.session == clean(self.session))
            and (self.moment is None or moment.id == clean(self.moment))
            and (self.since is None or moment.at >= self.since)
            and (self.until is None or moment.at < self.until)
        )


@dataclass(frozen=True)
class Forgotten:
    """Proof of an erasure."""

    moments: int
    """How many were erased."""
    files_checked: int
    """How many files were searched for what should be gone."""
    traces: int = 0
    """How many of its texts, ids and vectors were still found; an erase that leaves any raises."""


class Memory(Protocol):
    """An affect history of many people, each reached by their user id alone."""

    def remember(self, user: str, moment: Moment) -> None:
        """Keep a moment; when this returns it survives the process being killed."""
        ...

    def recall(
        self,
        user: str,
        query: str,
        *,
        now: float,
        k: int = 3,
        since: float | None = None,
        until: float | None = None,
        session_not: str | None = None,
        emotion: Emotion | None = None,
    ) -> list[Recalled]:
        """Return up to `k` moments that bear on `query`, best first; none when nothing does.

        Args:
            user: Whose memory; nobody else's is ever looked at.
            query: What is being talked about; time words in it ("last week") are understood.
            now: Seconds since the epoch.
            k: How many at most.
            since: Only moments at or after this time.
            until: Only moments before this time.
            session_not: Leaves this session out, usually the present one.
            emotion: What is felt now; the same feeling counts a little.
        """
        ...

    def recent(self, user: str, n: int = 20) -> list[Moment]:
        """Return the `n` moments remembered last, oldest first."""
        ...

    def between(self, user: str, since: float, until: float) -> list[Moment]:
        """Return the moments of [since, until), oldest first."""
        ...

    def users(self) -> int:
        """Return of how many people something is remembered."""
        ...

    def note(self, user: str, kind: str, value: Mapping[str, Any]) -> None:
        """Keep one small record a user and kind across sessions, in place of the last one.

        Args:
            user: Whose.
            kind: Such as "face_baseline".
            value: Numbers, short codes and lists of them; never a person's words.

        Raises:
            ValueError: the value is not JSON or too long, or the kind is no short name.
        """
        ...

    def noted(self, user: str, kind: str) -> Note | None:
        """Return what was noted last; None: nothing was."""
        ...

    def notes(self, user: str) -> dict[str, Note]:
        """Return all that is noted of a user, by kind."""
        ...

    def forget(
        self,
        user: str,
        *,
        session: str | None = None,
        moment: str | None = None,
        since: float | None = None,
        until: float | None = None,
    ) -> Forgotten:
        """Erase everything of a user, or only a part, and prove it.

        Notes belong to no part: they go with everything.

        Args:
            user: Whose.
            session: Only what was said in it.
            moment: Only the one with this id.
            since: Only moments at or after this time; seconds since the epoch.
            until: Only moments before this time.

        Raises:
            SetupError: something was still found afterwards.
        """
        ...

    def close(self) -> None:
        """Release files and locks; using the memory again opens it again."""
        ...


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


def tidy(moment: Moment) -> Moment:
    """Return the moment as it will be stored; doing it twice changes nothing."""
    return replace(
        moment,
        id=clean(moment.id),
        session=clean(moment.session),
        said=clean(moment.said),
        reply=clean(moment.reply),
        valence=_finite(moment.valence),
        arousal=_finite(moment.arousal),
        confidence=_finite(moment.confidence) or 0.0,
        risk=clean(moment.risk),
        strategy=clean(moment.strategy),
        persona=clean(moment.persona),
    )


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


def to_metadata(moment: Moment) -> dict[str, Value | None]:
    """Return a tidy moment as flat metadata; the id is not in it.

    Chroma stores no None, but given one it drops what an earlier version of the moment had there.
    """
    return {
        "session": moment.session,
        "at": float(moment.at),
        "said": moment.said,
        "reply": moment.reply,
        "emotion": None if moment.emotion is None else moment.emotion.value,
        "valence": moment.valence,
        "arousal": moment.arousal,
        "confidence": moment.confidence,
        "risk": moment.risk,
        "strategy": moment.strategy,
        "persona": moment.persona,
    }


def from_metadata(id: str, metadata: Mapping[str, object]) -> Moment:
    """Return the moment that `to_metadata` wrote.

    Raises:
        SetupError: the record is damaged.
    """
    try:
        emotion = metadata.get("emotion")
        return Moment(
            id=id,
            session=str(metadata["session"]),
            at=_number(metadata["at"]),
            said=str(metadata["said"]),
            reply=str(metadata["reply"]),
            emotion=None if emotion is None else Emotion(str(emotion)),
            valence=_maybe_number(metadata.get("valence")),
            arousal=_maybe_number(metadata.get("arousal")),
            confidence=_number(metadata["confidence"]),
            risk=str(metadata["risk"]),
            strategy=str(metadata["strategy"]),
            persona=str(metadata["persona"]),
        )
    except (KeyError, ValueError) as error:
        raise SetupError(
            "a remembered moment is damaged; restore the memory folder from a backup, "
            "or forget this user"
        ) from error


def _number(value: object) -> float:
    if not isinstance(value, int | float):
        raise ValueError("not a number")
    return float(value)


def _maybe_number(value: object) -> float | None:
    return None if value is None else _number(value)


def check_schema(version: object, folder: str) -> None:
    """Refuse a collection that a newer Empathy Agent wrote.

    Raises:
        SetupError: the version is newer than this program, or missing.
    """
    if version == SCHEMA:
        return
    if isinstance(version, int) and version > SCHEMA:
        raise SetupError(
            f"the memory in {folder!r} was written by a newer Empathy Agent (version {version}, "
            f"this one knows {SCHEMA}); update Empathy Agent, or use --home ANOTHER"
        )
    raise SetupError(
        f"the memory in {folder!r} holds a collection that is not ours; use --home ANOTHER"
    )
