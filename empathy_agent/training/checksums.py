"""Writing weights: a file whole or not at all, and the one list of what each must hash to."""

import fcntl
import hashlib
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from empathy_agent.errors import SetupError

__all__ = ["make_folder", "record", "report", "write_arrays"]


def make_folder(folder: Path) -> None:
    """Make the folder that weights go to, before they are learnt for minutes.

    Raises:
        SetupError: it cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise SetupError(
            f"weights cannot be written to {str(folder)!r} ({error.strerror}); name another --out"
        ) from error


def report(line: str) -> None:
    """Tell how far a run is, on stderr."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def write_arrays(arrays: Mapping[str, Any], folder: Path, name: str) -> None:
    """Write an npz of weights, whole or not at all, and its checksum."""
    fresh = folder / f".{name}"
    with fresh.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
    os.replace(fresh, folder / name)
    record(folder, name)


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
