"""What every memory does, whatever keeps it: one contract for Chroma and for plain lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from empathy_agent.affect import Emotion
from empathy_agent.memory.notes import Note
from empathy_agent.memory.record import Fact, Kept, Moment, Record, clean

__all__ = ["Forgotten", "Memory", "Part", "Recalled", "after_forgetting"]

_GONE = "erased"
"""Stands for the id of a record that was forgotten."""


@dataclass(frozen=True)
class Recalled:
    """What is remembered and bears on the present moment."""

    record: Record
    score: float
    """In [0, 1]; only good for ordering."""
    why: str
    """In words: "about the same thing, 3 days ago"."""


@dataclass(frozen=True)
class Part:
    """Some of what is kept about a user; with nothing named, all of it."""

    session: str | None = None
    moment: str | None = None
    """The id of a record of any kind."""
    since: float | None = None
    """Seconds since the epoch; records at or after it."""
    until: float | None = None
    """Records before it."""

    @property
    def everything(self) -> bool:
        """Nothing was named: notes are meant as well."""
        return self == Part()

    def holds(self, record: Record) -> bool:
        """Say whether a record belongs to it; one made from a moment goes with the moment."""
        named = None if self.moment is None else clean(self.moment)
        return (
            (self.session is None or record.session == clean(self.session))
            and (named is None or record.id == named or named in record.origins)
            and (self.since is None or record.ends >= self.since)
            and (self.until is None or record.at < self.until)
        )


@dataclass(frozen=True)
class Forgotten:
    """Proof of an erasure."""

    moments: int
    """How many records were erased."""
    files_checked: int
    """How many files were searched for what should be gone."""
    traces: int = 0
    """How many of its texts, ids and vectors were still found; an erase that leaves any raises."""
    note: str = ""
    """What could not be checked, and what to do about it; empty: nothing."""


def after_forgetting(records: Sequence[Record], part: Part) -> list[Record]:
    """Return what is kept of a user's records when a part is forgotten, in the same order.

    What was made from a forgotten moment goes as well, and no reference to one is left.
    """
    doomed = {each.id for each in records if part.holds(each)}
    doomed |= {each.id for each in records if doomed.intersection(each.origins)}
    return [_unlinked(each, doomed) for each in records if each.id not in doomed]


def _unlinked(record: Record, doomed: set[str]) -> Record:
    if isinstance(record, Fact) and record.superseded_by in doomed:
        return replace(record, superseded_by=_GONE)
    return record


class Memory(Protocol):
    """An affect history of many people, each reached by their user id alone."""

    def remember(self, user: str, *records: Record) -> None:
        """Keep records of any kind, each in place of the one with its id.

        When this returns, all of them survive the process being killed.
        """
        ...

    def records(self, user: str, kind: type[Kept]) -> list[Kept]:
        """Return all records of one kind, such as `Fact`, oldest first."""
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
        """Return up to `k` records that bear on `query`, best first; none when nothing does.

        Args:
            user: Whose memory; nobody else's is ever looked at.
            query: What is being talked about; time words in it ("last week") are understood.
            now: Seconds since the epoch.
            k: How many at most.
            since: Only what is of this time or later.
            until: Only what is before this time.
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
