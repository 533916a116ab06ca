"""One writer a folder: a lock of the operating system, which vanishes with its process."""

import os
import sys
from pathlib import Path

from empathy_agent.errors import SetupError

__all__ = ["LOCK_FILE", "FolderLock"]

LOCK_FILE = ".lock"


class FolderLock:
    """Holds a folder for this process until released, or until the process ends in any way."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: int | None = None

    def acquire(self) -> None:
        """Take the folder, making it when it is not there.

        Raises:
            SetupError: another process holds it, or it cannot be written.
        """
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(self._folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise SetupError(
                f"the memory folder {str(self._folder)!r} cannot be written ({error.strerror}); "
                "make it writable, or use --home ANOTHER"
            ) from error
        try:
            _lock(self._file)
        except OSError as error:
            self.release()
            raise SetupError(
                f"the memory in {str(self._folder)!r} is open in another Empathy Agent; "
                "close it, or use --home ANOTHER"
            ) from error

    def release(self) -> None:
        """Give the folder back; closing the file is what unlocks it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
