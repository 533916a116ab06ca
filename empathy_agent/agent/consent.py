"""The record of who agreed to be read by a camera, and who took it back."""

import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path

from empathy_agent.errors import SetupError

__all__ = ["ConsentLog"]


class ConsentLog:
    """One line a decision, in a file of JSON lines; the user is named by a hash alone."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def record(self, user: str, session: str, given: bool, at: float) -> None:
        """Append a decision.

        Raises:
            SetupError: the file cannot be written; without a record there is no consent.
        """
        when = datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
        line = json.dumps({"at": when, "user": _hash(user), "session": session, "camera": given})
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        except OSError as error:
            raise SetupError(
                f"consent cannot be recorded in {str(self._path)!r} ({error.strerror}); "
                "free some space or use --home ANOTHER"
            ) from error

    def forget(self, user: str) -> int:
        """Remove a user's lines; return how many there were."""
        if not self._path.exists():
            return 0
        lines = self._path.read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if json.loads(line)["user"] != _hash(user)]
        fresh = self._path.with_suffix(".new")
        fresh.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
        os.replace(fresh, self._path)
        return len(lines) - len(kept)


def _hash(user: str) -> str:
    return hashlib.sha256(user.encode()).hexdigest()[:16]
