"""Which rights were used on a memory, and when: lines without content, that outlive an erasure."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from empathy_agent.errors import SetupError

__all__ = ["Audit", "Right"]

Right = Literal["export", "import", "forget", "expire"]


class Audit:
    """One line a use, in a file of JSON lines; the user is named by a hash alone."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def record(self, name: str, right: Right, at: float, **counts: int | str) -> None:
        """Append a use.

        Args:
            name: Of the user's collection.
            right: What was done.
            at: Seconds since the epoch.
            counts: Numbers and words of ours, such as how many records.

        Raises:
            SetupError: the file cannot be written.
        """
        when = datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
        line = json.dumps({"at": when, "user": _hash(name), "right": right, **counts})
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        except OSError as error:
            raise SetupError(
                f"{right} was done, but cannot be noted in {str(self._path)!r} "
                f"({error.strerror}); free some space or use --home ANOTHER"
            ) from error

    def of(self, name: str) -> list[Mapping[str, Any]]:
        """Return the uses of a user's rights, oldest first; a line that is damaged is left out."""
        try:
            lines = self._path.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return []
        return [row for row in map(_row, lines) if row.get("user") == _hash(name)]

    def told(self, name: str) -> str:
        """Return it in words, such as "export 2, forget 1; the last on 2026-11-21"."""
        rows = self.of(name)
        if not rows:
            return "none"
        counts = Counter(str(row["right"]) for row in rows)
        used = ", ".join(f"{right} {count}" for right, count in sorted(counts.items()))
        return f"{used}; the last on {str(rows[-1]['at'])[:10]}"


def _row(line: str) -> Mapping[str, Any]:
    try:
        row: Any = json.loads(line)
    except ValueError:
        return {}
    return row if isinstance(row, dict) and {"at", "right"} <= row.keys() else {}  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]


def _hash(name: str) -> str:
    # Not the hash that names the collection: that one is gone from every file.
    return hashlib.sha256(f"audit {name}".encode()).hexdigest()[:16]
