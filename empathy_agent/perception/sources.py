"""Where frames come from: a camera, a drawn face or files; live, or read whole."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from empathy_agent.affect import Emotion
from empathy_agent.errors import SetupError, near
from empathy_agent.perception.decode import Capture, list_pictures, open_camera, play
from empathy_agent.perception.frames import Frame, Window
from empathy_agent.perception.live import (
    LiveSource,
    NoSource,
    State,
    camera_feed,
    demo_feed,
    film_feed,
    folder_feed,
)

__all__ = ["FrameSource", "list_pictures", "open_source", "read_window", "read_windows"]

WHOLE_BYTES = 192 * 2**20
"""Pixels one window of a whole video may hold."""


class FrameSource(Protocol):
    """What lets the agent see."""

    name: str
    """As given to `open_source`, such as `camera:0`."""

    def recent(self, seconds: float = 2.0) -> Window:
        """Return the frames of the last seconds; at once, and possibly none."""
        ...

    @property
    def state(self) -> State:
        """Whether frames are coming."""
        ...

    def close(self) -> None:
        """Stop, let go of the device, and forget every frame."""
        ...


def open_source(
    name: str,
    *,
    camera: Callable[[int], Capture] = open_camera,
    retry_s: float = 1.0,
) -> FrameSource:
    """Open what a name says: `camera:N`, a file or folder, `demo`, `demo:EMOTION` or `none`.

    A picture stays; a video plays once, in real time; a folder shows a picture every two seconds.

    Args:
        name: The source.
        camera: Opens a camera by its number.
        retry_s: Seconds between attempts to open a lost camera again.

    Raises:
        SetupError: There is no such source, or it cannot be opened.
    """
    kind, _, rest = name.partition(":")
    match kind:
        case "none" if not rest:
            return NoSource()
        case "demo":
            return LiveSource(name, demo_feed(_emotion(rest) if rest else None))
        case "camera":
            feed = camera_feed(_number(name, rest), camera, retry_s)
            return LiveSource(name, feed, device=True)
        case _:
            path = _existing(name)
            return LiveSource(name, folder_feed(path) if path.is_dir() else film_feed(path))


def read_window(path: Path) -> Window:
    """Read a whole picture, animation or video as one window.

    A long video is thinned evenly until it fits into bounded memory, which loses what is brief:
    `read_windows` keeps it.

    Raises:
        SetupError: It is missing, or nothing in it can be decoded.
    """
    frames: list[Frame] = []
    keep_every, held = 1, 0
    for number, frame in enumerate(play(path)):
        if number % keep_every:
            continue
        frames.append(frame)
        held += frame.pixels.nbytes
        if held > WHOLE_BYTES and len(frames) > 1:
            frames = frames[::2]
            keep_every *= 2
            held = sum(each.pixels.nbytes for each in frames)
    return Window(tuple(frames))


def read_windows(path: Path, seconds: float = 2.0) -> Iterator[Window]:
    """Read a picture, animation or video window by window, in constant memory.

    Raises:
        SetupError: It is missing, or nothing in it can be decoded.
    """
    frames: list[Frame] = []
    end = seconds
    for frame in play(path):
        if frame.at >= end:
            yield Window(tuple(frames))
            frames = []
            end += seconds * (1 + (frame.at - end) // seconds)
        frames.append(frame)
    yield Window(tuple(frames))


def _existing(name: str) -> Path:
    path = Path(name).expanduser()
    if name.strip() and path.exists():
        return path
    known = ["camera:0", "demo", *(f"demo:{emotion}" for emotion in Emotion), "none"]
    raise SetupError(f"no source {name!r}: there is no such file or folder{near(name, known)}")


def _emotion(name: str) -> Emotion:
    try:
        return Emotion(name)
    except ValueError:
        raise SetupError(
            f"no emotion {name!r} to demonstrate{near(name, map(str, Emotion))}"
        ) from None


def _number(name: str, rest: str) -> int:
    if not (rest.isascii() and rest.isdigit()) or len(rest) > 3:
        raise SetupError(f"no source {name!r}: write a camera as 'camera:0', 'camera:1', ...")
    return int(rest)
