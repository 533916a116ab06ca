"""A circuit breaker: a server that keeps failing is left alone for a while.

Closed, it lets every call through. After so many failures in a row it opens, and calls fail at
once. When it has rested, one call is let through to try: its success closes the breaker, its
failure opens it again (M. Nygard, *Release It!*, 2007).
"""

import threading
from collections.abc import Callable
from types import TracebackType

from empathy_agent.errors import ModelUnavailable

__all__ = ["Breaker", "ServerUnavailable"]


class ServerUnavailable(ModelUnavailable):
    """A failure that may pass: it is worth asking again."""

    def __init__(self, message: str, after_s: float | None = None) -> None:
        super().__init__(message)
        self.after_s = after_s
        """How long the server asks to be left alone, where it says so."""


class Breaker:
    """Counts failures in `with` blocks; safe to share by threads."""

    def __init__(self, failures: int, rest_s: float, clock: Callable[[], float]) -> None:
        """Begin closed.

        Args:
            failures: in a row, before it opens.
            rest_s: for how long it stays open, unless the server asks for longer.
            clock: monotonic seconds.
        """
        self._most = failures
        self._rest_s = rest_s
        self._clock = clock
        self._lock = threading.Lock()
        self._failed = 0
        self._until = 0.0
        self._probing = False
        self._last = ""

    def works(self) -> None:
        """Close it now: the call under way has been answered, and may go on for long."""
        with self._lock:
            self._failed, self._probing = 0, False

    def __enter__(self) -> None:
        """Let a call through.

        Raises:
            ModelUnavailable: it is open; the message tells the last failure.
        """
        with self._lock:
            if self._failed < self._most:
                return
            left = self._until - self._clock()
            if left > 0:
                raise ModelUnavailable(f"{self._last}; it is asked again in {left:.0f} s")
            if self._probing:
                raise ModelUnavailable(f"{self._last}; it is being tried again now")
            self._probing = True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Count how the call went; an answer that merely refuses is no failure."""
        with self._lock:
            self._probing = False
            if not isinstance(error, ModelUnavailable):
                self._failed = 0
                return
            self._failed += 1
            self._last = str(error)
            asked = getattr(error, "after_s", None) or 0.0
            if asked > self._rest_s:
                self._failed = self._most
            self._until = self._clock() + max(self._rest_s, asked)
