"""Questions that must be answered, and pages to read."""

from dataclasses import dataclass, replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from empathy_agent.tui.words import clean

__all__ = ["CONSENT", "FORGET", "Page", "Question", "Wording", "asked", "consent_of"]


@dataclass(frozen=True)
class Wording:
    """A question with two answers."""

    title: str
    body: str
    yes: str
    no: str
    at_top: bool = False
    """Leave the end of the conversation in view: it may say where to turn now."""


_STAYS = "Frames stay in the memory of this program for seconds and are never stored."
CONSENT = Wording(
    title="May the camera read your face?",
    body=(
        "What is read: how your face moves, as eight emotions with a confidence. Not who you are, "
        "and not your age, gender or race.\n\n"
        f"{_STAYS} What is remembered is the reading, and you can have it forgotten.\n\n"
        "It is uncertain: a face does not tell what a person feels. Say so when it is wrong.\n\n"
        "You can change your mind at any time with F4. Without the camera, words alone are read."
    ),
    yes="Yes, read my face",
    no="No",
)
FORGET = Wording(
    title="Forget everything?",
    body=(
        "Every remembered moment of yours is erased from the disk, this conversation with it. "
        "This cannot be undone."
    ),
    yes="Forget everything",
    no="Keep it",
)


def consent_of(goes_to: str | None) -> Wording:
    """Word the request for the camera; where pictures go elsewhere, it says so first.

    Args:
        goes_to: the server that a vision model runs on; null: no picture leaves this machine.
    """
    if goes_to is None:
        return CONSENT
    leaves = (
        f"A few pictures of each moment leave this machine: they are sent to {clean(goes_to)}, "
        "where a vision model looks at them. What happens to them there is not in the hands of "
        "this program, which never stores them itself."
    )
    return replace(
        CONSENT,
        title="May pictures of your face leave this machine?",
        body=f"{leaves}\n\n{CONSENT.body.replace(_STAYS + ' ', '')}",
        yes="Yes, send them and read my face",
    )


def asked(reason: str, summary: str) -> Wording:
    """Word the agent's request for a human."""
    return Wording(
        title="A human was asked for",
        body=clean(f"{reason}\n\n{summary}"),
        yes="I take over",
        no="Nobody is free",
        at_top=True,
    )


class Question(ModalScreen[bool]):
    """A question; no is the default, and escape is no."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes"),
        Binding("n,escape", "answer(False)", "No"),
        Binding("left,right", "app.focus_next", show=False),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
    ]

    def __init__(self, wording: Wording) -> None:
        super().__init__(classes="-top" if wording.at_top else None)
        self.wording = wording
        """What is asked."""

    def compose(self) -> ComposeResult:
        """Lay out title, body and two buttons; no comes first, so that it has the focus."""
        with Vertical(classes="dialog"):
            yield Static(Content(self.wording.title), classes="dialog-title")
            with VerticalScroll(can_focus=False):
                yield Static(Content(self.wording.body))
            with Horizontal():
                yield Button(Content(f"{self.wording.no} (n)"), id="no", compact=True)
                yield Button(Content(f"{self.wording.yes} (y)"), id="yes", compact=True)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Take a button as the answer."""
        self.dismiss(event.button.id == "yes")

    def action_scroll(self, lines: int) -> None:
        """Scroll the body, where it does not fit."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_answer(self, answer: bool) -> None:
        """Take a key as the answer."""
        self.dismiss(answer)


class Page(ModalScreen[None]):
    """Something to read."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,f1,f3", "dismiss", "Close"),
    ]

    def __init__(self, title: str, text: Content) -> None:
        super().__init__()
        self._title = title
        self._text = text

    def compose(self) -> ComposeResult:
        """Lay out the text so that it can be scrolled."""
        with VerticalScroll(classes="dialog page") as dialog:
            dialog.border_title = self._title
            dialog.border_subtitle = "esc closes"
            yield Static(self._text)
