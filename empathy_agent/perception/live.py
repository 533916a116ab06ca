"""What runs a live source: one daemon thread a feed, into a buffer that drops the oldest.

A feed is an iterator that yields frames as they fall due, and None while its device is gone.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from empathy_agent.affect import Emotion
from empathy_agent.errors import SetupError
from empathy_agent.perception.decode import GRACE, MAX_FPS, Capture, list_pictures, play
from empathy_agent.perception.frames import Frame, Window, as_frame

__all__ = [
    "Feed",
    "LiveSource",
    "NoSource",
    "State",
    "Wait",
    "camera_feed",
    "demo_feed",
    "film_feed",
    "folder_feed",
]

logger = logging.getLogger(__name__)

State = Literal["opening", "open", "lost", "ended", "closed"]

KEPT_S = 6.0
"""Seconds of frames a buffer holds."""
KEPT_BYTES = 128 * 2**20
"""Pixels a buffer holds, whatever their size; large pictures shorten it."""
STALLED_S = 2.0
"""A camera that gave nothing for so long counts as lost."""
PICTURE_S = 2.0
"""Seconds each picture of a folder is shown."""

Wait = Callable[[float], bool]
"""Sleeps for some seconds; true when the source was closed meanwhile."""
Feed = Callable[[Wait], Iterator[Frame | None]]
"""Yields frames as they fall due, and None once each time the device is found gone."""


class NoSource:
    """No camera: every window is empty."""

    name = "none"
    state: State = "open"

    def recent(self, seconds: float = 2.0) -> Window:
        """Return an empty window."""
        return Window(())

    def close(self) -> None:
        """Do nothing, as there is nothing to let go of."""
        self.state = "closed"


class _Known:
    """Stands for what is known of a source: whoever keeps any of it lets go when this is gone."""


class LiveSource:
    """A feed run by a daemon thread into a bounded buffer."""

    def __init__(self, name: str, feed: Feed, *, device: bool = False) -> None:
        self.name = name
        self._device = device
        self._buffer: deque[Frame] = deque()
        self._known = _Known()
        self._held = 0
        self._state: State = "opening"
        self._took_at = time.monotonic()
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(
            target=self._run, args=(feed,), name=f"frames {name}", daemon=True
        )
        self._thread.start()

    def recent(self, seconds: float = 2.0) -> Window:
        """Return the frames of the last seconds: of now for a device, of the film for a file."""
        lost = self.state == "lost"
        with self._lock:
            frames = tuple(self._buffer)
            silence = time.monotonic() - self._took_at if self._device else 0.0
        if not frames:
            return Window((), lost)
        since = frames[-1].at + silence - seconds
        recent = tuple(frame for frame in frames if frame.at >= since)
        return Window(recent, lost, self._known)

    @property
    def state(self) -> State:
        """Whether frames are coming; a device that went silent counts as lost."""
        with self._lock:
            silent = time.monotonic() - self._took_at > STALLED_S
            return "lost" if self._device and self._state == "open" and silent else self._state

    def close(self) -> None:
        """Stop the thread, release the device and forget every frame."""
        self._closed.set()
        if self._thread is not threading.current_thread():
            # A driver may hang in a read; the daemon thread then lets go of it when it returns.
            self._thread.join(timeout=2.0)
        with self._lock:
            self._state = "closed"
            self._buffer.clear()
            self._held = 0
            self._known = _Known()

    def _run(self, feed: Feed) -> None:
        frames = feed(self._closed.wait)
        try:
            for frame in frames:
                if self._closed.is_set():
                    return
                self._take(frame)
        except SetupError as error:
            logger.warning("%s stopped: %s", self.name, error)
        finally:
            self._become("ended")
            close = getattr(frames, "close", None)
            if close:
                close()

    def _become(self, state: State) -> None:
        with self._lock:
            if self._state != "closed":
                self._state = state

    def _take(self, frame: Frame | None) -> None:
        if frame is None:
            self._become("lost")
            return
        with self._lock:
            if self._closed.is_set():
                return
            self._state = "open"
            self._took_at = time.monotonic()
            self._buffer.append(frame)
            self._held += frame.pixels.nbytes
            while len(self._buffer) > 1 and (
                self._held > KEPT_BYTES or frame.at - self._buffer[0].at > KEPT_S
            ):
                self._held -= self._buffer.popleft().pixels.nbytes


def camera_feed(number: int, reopen: Callable[[int], Capture], retry_s: float) -> Feed:
    """Open a camera now and read it for ever, opening it again whenever it was lost.

    Raises:
        SetupError: It does not open now.
    """
    first = reopen(number)

    def feed(wait: Wait) -> Iterator[Frame | None]:
        opened = time.monotonic()
        capture: Capture | None = first
        while capture:
            yield from _shots(capture, opened, wait)
            if wait(0):
                return
            yield None
            capture = _again(number, reopen, retry_s, wait)

    return feed


def _shots(capture: Capture, opened: float, wait: Wait) -> Iterator[Frame]:
    """Read every picture, so that the newest is fresh, and keep at most 15 a second."""
    due = 0.0
    try:
        while not wait(0):
            ok, picture = capture.read()
            if not ok:
                return
            at = time.monotonic() - opened
            if at >= due:
                due = at + GRACE / MAX_FPS
                yield as_frame(picture, at)
    finally:
        capture.release()


def _again(
    number: int, reopen: Callable[[int], Capture], retry_s: float, wait: Wait
) -> Capture | None:
    while not wait(retry_s):
        try:
            return reopen(number)
        except SetupError:
            logger.debug("camera %s is still gone", number)
    return None


def film_feed(path: Path) -> Feed:
    """Play a picture, animation or video once, in real time; a lone picture stays.

    Raises:
        SetupError: Nothing in it can be decoded.
    """
    frames = play(path)
    first = next(frames)

    def feed(wait: Wait) -> Iterator[Frame]:
        started = time.monotonic()
        yield first
        last = first
        for last in frames:
            if wait(max(0.0, started + last.at - time.monotonic())):
                return
            yield last
        while last is first and not wait(3600):
            pass

    return feed


def folder_feed(path: Path) -> Feed:
    """Show the pictures of a folder one after another; those that cannot be decoded are left out.

    Raises:
        SetupError: It holds no picture.
    """
    pictures = list_pictures(path)

    def feed(wait: Wait) -> Iterator[Frame]:
        at = 0.0
        for picture in pictures:
            try:
                frame = next(play(picture))
            except SetupError as error:
                logger.warning("left out: %s", error)
                continue
            yield Frame(at, frame.pixels)
            at += PICTURE_S
            if wait(PICTURE_S):
                return

    return feed


def demo_feed(emotion: Emotion | None) -> Feed:
    """Draw a face that lives through a little script, or holds one emotion, for ever."""

    def feed(wait: Wait) -> Iterator[Frame]:
        # The drawing loads cv2, so it is imported by the thread that draws.
        from empathy_agent.perception.avatar import demonstration, draw

        started = time.monotonic()
        perform = demonstration(emotion)
        number = 0
        while True:
            at = number / MAX_FPS
            yield Frame(at, draw(perform(at)))
            late = time.monotonic() - started
            # A slow machine leaves frames out instead of falling behind.
            number = max(number + 1, int(late * MAX_FPS))
            if wait(max(0.0, number / MAX_FPS - late)):
                return

    return feed
