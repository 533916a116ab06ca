"""A camera that a yes opens and a no closes: before the yes its light stays off."""

from collections.abc import Callable

from empathy_agent.perception.frames import Window
from empathy_agent.perception.live import State
from empathy_agent.perception.sources import FrameSource

__all__ = ["Camera"]


class Camera:
    """A frame source that is no device until `start`."""

    def __init__(self, name: str, open_source: Callable[[str], FrameSource]) -> None:
        """Build without opening.

        Args:
            name: such as `camera:0`.
            open_source: opens it, once there is a yes.
        """
        self.name = name
        self._open = open_source
        self._source: FrameSource | None = None

    def start(self) -> None:
        """Open the device.

        Raises:
            SetupError: it does not open.
        """
        if self._source is None:
            self._source = self._open(self.name)

    def stop(self) -> None:
        """Close the device, and forget every frame."""
        source, self._source = self._source, None
        if source is not None:
            source.close()

    def recent(self, seconds: float = 2.0) -> Window:
        """Return the frames of the last seconds; none while it is closed."""
        source = self._source
        return Window(()) if source is None else source.recent(seconds)

    @property
    def state(self) -> State:
        """Whether frames are coming."""
        source = self._source
        return "closed" if source is None else source.state

    def close(self) -> None:
        """Stop, for good."""
        self.stop()
