"""How long each kind of record is kept; what is older is erased, with proof."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from empathy_agent.errors import SetupError, near
from empathy_agent.memory.record import KINDS, Derived, Record

__all__ = ["DAY_S", "Retention"]

DAY_S = 86400.0
_NEVER = "never"


@dataclass(frozen=True)
class Retention:
    """Days that records are kept, by their kind."""

    days: Mapping[str, float] = field(default_factory=dict[str, float])
    """Of those kinds alone that are not kept for ever."""

    @classmethod
    def parse(cls, text: str) -> "Retention":
        """Read `moment=365, summary=never`; a kind that is not named is kept for ever.

        Raises:
            SetupError: a kind is unknown, or its days are no number above 0 and not `never`.
        """
        days: dict[str, float] = {}
        for part in filter(None, (part.strip() for part in text.split(","))):
            kind, _, value = (each.strip() for each in part.partition("="))
            if kind not in KINDS:
                raise SetupError(
                    f"no kind of record is called {kind!r}{near(kind, KINDS)}; "
                    "write such as moment=365"
                )
            if value != _NEVER:
                days[kind] = _days(kind, value)
        return cls(days)

    def soonest_s(self) -> float | None:
        """Return after how many seconds something has to go at the soonest; null: nothing ever."""
        return min(self.days.values()) * DAY_S if self.days else None

    def keeps(self, records: Sequence[Record], now: float) -> list[Record]:
        """Return what is kept of a user's records, in the same order.

        What was made from a moment outlives it, and no longer names it.
        """
        old = {each.id for each in records if self._is_old(each, now)}
        return [_without(each, old) for each in records if each.id not in old]

    def _is_old(self, record: Record, now: float) -> bool:
        days = self.days.get(record.kind)
        return days is not None and now - record.ends > days * DAY_S


def _days(kind: str, value: str) -> float:
    try:
        days = float(value)
    except ValueError:
        days = 0.0
    if not 0 < days < float("inf"):
        raise SetupError(
            f"{value!r} is no number of days to keep a {kind}; write such as {kind}=365, "
            f"or {kind}={_NEVER}"
        )
    return days


def _without(record: Record, old: set[str]) -> Record:
    if isinstance(record, Derived) and old.intersection(record.sources):
        return replace(record, sources=tuple(id for id in record.sources if id not in old))
    return record
