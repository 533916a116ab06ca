"""What is held of the users who are being talked with: their records in order, and their vectors.

Meaning is compared with every vector of a user, not through Chroma's index: that is a graph (HNSW)
which finds most of what is near, not all. Its recall@10 against a comparison with all:

| vectors                                        | as Chroma is set | at its best |
|------------------------------------------------|------------------|-------------|
| 1,000 GoEmotions comments (MiniLM)             | 1.000            | 1.000       |
| 10,000, of which 6,000 are mixed of two        | 0.989            | 1.000       |
| 1,080 near-equal messages and 20 others, worst | 0.455            | 0.960       |

At its best: 48 neighbours, 400 looked at while building, 1,000 while searching. A comparison with
all is exact, and takes a fraction of a millisecond for 10,000 moments.
"""

from collections import OrderedDict
from collections.abc import Iterable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from empathy_agent.memory.recall import DUPLICATE, Ask, Candidate
from empathy_agent.memory.record import Kept, Moment, Record, texts_of

__all__ = ["HELD_BYTES", "Held", "Holder"]

HELD_BYTES = 256 << 20
"""What a process holds at most of all users together: about 100,000 moments."""
_Number = TypeVar("_Number", bound=np.generic)
_RECORD_BYTES = 1000
"""What a record takes beside its texts and its vector."""
_PROPOSED = 48
"""Records of a kind that meaning alone proposes; recency and importance choose among them."""
_AT_MOST = 256
"""Records of a stretch of time that is asked about, newest first."""
_WINDOW = 1024
"""Records that are compared with one another at a time."""


class Held:
    """All records of one user with their vectors, in the order they were first remembered."""

    def __init__(self, candidates: Iterable[Candidate] = ()) -> None:
        self._records: list[Record] = []
        self._rows: dict[str, int] = {}
        self._codes: dict[str, int] = {}
        self._vectors = np.empty(0, dtype=np.float32)
        self._at = np.empty(0)
        self._ends = np.empty(0)
        self._session = np.empty(0, dtype=np.int32)
        self._kind = np.empty(0, dtype=np.int32)
        self.bytes = 0
        """About what it takes in memory."""
        self.put(candidates)

    def __len__(self) -> int:
        return len(self._records)

    def __contains__(self, id: str) -> bool:
        return id in self._rows

    def put(self, candidates: Iterable[Candidate]) -> None:
        """Add or replace records."""
        for each in candidates:
            row = self._rows.setdefault(each.record.id, len(self._records))
            if row == len(self._records):
                self._records.append(each.record)
                self._make_room(row + 1, len(each.vector))
                self.bytes += _RECORD_BYTES + each.vector.nbytes
            else:
                self.bytes -= _text_bytes(self._records[row])
                self._records[row] = each.record
            self.bytes += _text_bytes(each.record)
            self._vectors[row] = each.vector
            self._at[row] = each.record.at
            self._ends[row] = each.record.ends
            self._session[row] = self._code(each.record.session)
            self._kind[row] = self._code(type(each.record).__name__)

    def everything(self) -> list[Candidate]:
        """Return all of it, in the order it was first remembered."""
        return self._of(np.arange(len(self)))

    def records(self, kind: type[Kept]) -> list[Kept]:
        """Return the records of a kind, oldest first."""
        return sorted(self._as_remembered(kind), key=lambda each: each.at)

    def recent(self, n: int) -> list[Moment]:
        """Return the `n` moments remembered last, oldest first."""
        latest = self._as_remembered(Moment)[-n:] if n > 0 else []
        return sorted(latest, key=lambda each: each.at)

    def between(self, since: float, until: float) -> list[Moment]:
        """Return the moments of [since, until), oldest first."""
        return [each for each in self.records(Moment) if since <= each.at < until]

    def _as_remembered(self, kind: type[Kept]) -> list[Kept]:
        return [each for each in self._records if isinstance(each, kind)]

    def candidates(self, vector: NDArray[np.float32], ask: Ask) -> list[Candidate]:
        """Return what may bear on a query; of a time that is asked about, whatever was said then.

        Args:
            vector: The query's, [n], unit length.
            ask: What the query asks.
        """
        rows = self._admitted(ask)
        if not len(rows):
            return []
        kinds = [rows[self._kind[rows] == kind] for kind in np.unique(self._kind[rows])]
        if ask.anything:
            return [each for rows in kinds for each in self._of(rows[-_AT_MOST:])]
        likeness = self._vectors[: len(self)] @ vector
        nearest = [
            self._distinct(each[np.argsort(-likeness[each], kind="stable")]) for each in kinds
        ]
        return [each for rows in nearest for each in self._of(rows)]

    def _admitted(self, ask: Ask) -> NDArray[np.intp]:
        wanted = np.ones(len(self), dtype=np.bool_)
        if ask.since is not None:
            wanted &= self._ends[: len(self)] >= ask.since
        if ask.until is not None:
            wanted &= self._at[: len(self)] < ask.until
        if ask.session_not is not None:
            wanted &= self._session[: len(self)] != self._codes.get(ask.session_not, -1)
        return np.flatnonzero(wanted)

    def _distinct(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return the first rows, of those that say the same only the nearest and the newest."""
        if len(rows) <= _PROPOSED:
            return rows
        chosen: list[int] = []
        for start in range(0, len(rows), _WINDOW):
            near = rows[start : start + _WINDOW]
            vectors = self._vectors[near]
            left = np.ones(len(near), dtype=np.bool_)
            if chosen:
                left = (vectors @ self._vectors[chosen].T).max(axis=1) < DUPLICATE
            while left.any() and len(chosen) < _PROPOSED:
                first = int(left.argmax())
                same = left & (vectors @ vectors[first] >= DUPLICATE)
                same[first] = True
                newest = np.where(same, self._at[near], -np.inf).argmax()
                chosen += {int(near[first]), int(near[newest])}
                left &= ~same
        return np.array(chosen, dtype=np.intp)

    def _of(self, rows: NDArray[np.intp]) -> list[Candidate]:
        wanted: list[int] = rows.tolist()
        return [Candidate(self._records[row], self._vectors[row]) for row in wanted]

    def _code(self, name: str) -> int:
        return self._codes.setdefault(name, len(self._codes))

    def _make_room(self, rows: int, width: int) -> None:
        if rows <= len(self._at):
            return
        room = max(rows + rows // 8, 16)
        self._vectors = _longer(self._vectors.reshape(-1, width), room)
        self._at = _longer(self._at, room)
        self._ends = _longer(self._ends, room)
        self._session = _longer(self._session, room)
        self._kind = _longer(self._kind, room)


class Holder:
    """Who was looked at last, up to so many bytes; who waited longest is let go."""

    def __init__(self, most: int = HELD_BYTES) -> None:
        self._most = most
        self._users: OrderedDict[str, Held] = OrderedDict()

    def get(self, name: str) -> Held | None:
        """Return what is held of a user."""
        held = self._users.get(name)
        if held is not None:
            self._users.move_to_end(name)
        return held

    def keep(self, name: str, held: Held) -> None:
        """Hold a user, who is then the newest; letting go of others where it gets too much."""
        self._users[name] = held
        self._users.move_to_end(name)
        total = sum(each.bytes for each in self._users.values())
        while total > self._most and len(self._users) > 1:
            total -= self._users.popitem(last=False)[1].bytes

    def drop(self, name: str) -> None:
        """Let go of a user."""
        self._users.pop(name, None)


def _longer(array: NDArray[_Number], room: int) -> NDArray[_Number]:
    longer = np.empty((room, *array.shape[1:]), dtype=array.dtype)
    longer[: len(array)] = array
    return longer


def _text_bytes(record: Record) -> int:
    return sum(map(len, texts_of(record)))
