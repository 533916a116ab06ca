"""The one list of what every shipped weights file must hash to."""

import fcntl
import hashlib
import json
import os
from pathlib import Path

__all__ = ["record"]


def record(folder: Path, *files: str) -> None:
    """Write the SHA-256 of files in `folder` into its checksums.json, which stays sorted.

    Others may record at the same time: a lock is held, and the list is replaced in one step.
    """
    target = folder / "checksums.json"
    with (folder / ".checksums.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known: dict[str, str] = {}
        if target.exists():
            known = json.loads(target.read_text(encoding="utf-8"))
        for name in files:
            known[name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        fresh = folder / ".checksums.json"
        fresh.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        os.replace(fresh, target)
    (folder / ".checksums.lock").unlink(missing_ok=True)
