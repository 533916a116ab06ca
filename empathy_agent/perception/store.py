"""Where frames wait while the graph runs: in memory only, few of them, and not for long."""

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from empathy_agent.perception.frames import Window

__all__ = ["FrameStore"]


class FrameStore:
    """Windows by reference: bounded, expiring, shared safely between threads.

    The graph's state is saved by checkpointers, so it may carry a reference but never a pixel.
    """

    def __init__(
        self,
        max_windows: int = 64,
        ttl_s: float = 120.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.max_windows = max_windows
        """The oldest window goes when one more arrives."""
        self.ttl_s = ttl_s
        """Seconds after which a window is gone."""
        self._clock = clock
        self._lock = threading.Lock()
        self._windows: OrderedDict[str, tuple[float, Window, Window]] = OrderedDict()

    def put(self, window: Window, clip: Window | None = None) -> str:
        """Keep a window and return the reference to it, which nobody can guess.

        Args:
            window: what a turn is read from.
            clip: a longer one that ends with it, for questions; left out, the window itself.
        """
        ref = secrets.token_hex(16)
        with self._lock:
            self._expire()
            self._windows[ref] = (self._clock(), window, clip or window)
            while len(self._windows) > self.max_windows:
                self._windows.popitem(last=False)
        return ref

    def get(self, ref: str) -> Window | None:
        """Return the window, or null when it is unknown, expired or crowded out."""
        kept = self._kept(ref)
        return kept[1] if kept else None

    def clip(self, ref: str) -> Window | None:
        """Return the longest window known of that moment, or null as `get` does."""
        kept = self._kept(ref)
        return kept[2] if kept else None

    def drop(self, ref: str) -> None:
        """Forget a window now; an unknown reference is no fault."""
        with self._lock:
            self._windows.pop(ref, None)

    def _kept(self, ref: str) -> tuple[float, Window, Window] | None:
        with self._lock:
            self._expire()
            return self._windows.get(ref)

    def _expire(self) -> None:
        oldest_allowed = self._clock() - self.ttl_s
        while self._windows:
            ref, (put_at, _, _) = next(iter(self._windows.items()))
            if put_at > oldest_allowed:
                return
            del self._windows[ref]
