"""The lines above the conversation: the title with the camera's state, and the crisis banner."""

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from empathy_agent.tui.words import Camera

__all__ = ["Banner", "TitleBar"]


class TitleBar(Horizontal):
    """Who is talking, and whether the camera is on: always in view."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = Static(Content(title), id="title")
        self._camera = Static(id="camera")

    def compose(self) -> ComposeResult:
        """Lay out title and camera."""
        yield self._title
        yield self._camera

    def show_camera(self, camera: Camera) -> None:
        """Show what the camera does."""
        line = Content.assemble(
            (camera.sign, "bold $error" if camera.on else ""), f" {camera.words}"
        )
        self._camera.update(line)


class Banner(Static):
    """Where to turn now; it stays until the user puts it away."""

    def __init__(self) -> None:
        super().__init__(id="banner")
        self.display = False
        self._line = "Where to turn is in the reply below."

    def show(self, line: str | None) -> None:
        """Show the line to call; null: the last one still holds."""
        self._line = line or self._line
        self.update(
            Content.assemble(
                ("You can talk to someone now.", "bold"), f" {self._line}  (esc hides)"
            )
        )
        self.display = True
