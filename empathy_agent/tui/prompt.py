"""Where the user writes: several lines, a history, and pastes of any size."""

from dataclasses import dataclass
from typing import Literal

from textual import events
from textual.message import Message
from textual.widgets import TextArea

from empathy_agent.tui.words import clean

__all__ = ["Prompt"]

_PASTE_SHOWN = 2_000
"""A longer paste is shown as a label: wrapping a megabyte would stop the screen for seconds."""
_KEYS = "enter sends · ctrl+j new line"


class Prompt(TextArea):
    """A text area in which enter sends."""

    @dataclass
    class Submitted(Message):
        """The user sent a message."""

        text: str

    @dataclass
    class Paged(Message):
        """The user turned a page of the conversation."""

        direction: Literal["up", "down"]

    class Left(Message):
        """The user wants to leave."""

    def __init__(self) -> None:
        super().__init__(
            soft_wrap=True, show_line_numbers=False, highlight_cursor_line=False, compact=True
        )
        self.border_subtitle = _KEYS
        self._sent: list[str] = []
        self._place = 0
        self._draft = ""
        self._pastes: dict[str, str] = {}

    def forget(self) -> None:
        """Drop the history."""
        self._sent.clear()
        self._pastes.clear()
        self._place = 0

    def hint(self, words: str) -> None:
        """Say something at the prompt until the next key."""
        self.border_subtitle = words

    async def _on_key(self, event: events.Key) -> None:
        if event.key not in {"enter", "ctrl+j", "alt+enter", "shift+enter"}:
            return
        event.stop()
        event.prevent_default()
        if event.key == "enter":
            self._send()
        else:
            self.insert("\n")

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        text = clean(event.text)
        if len(text) > _PASTE_SHOWN:
            label = f"[paste {len(self._pastes) + 1}: {len(text):,} characters]"
            self._pastes[label] = text
            text = label
        self.insert(text)

    def on_text_area_changed(self) -> None:
        """Take a hint back as soon as the user writes on."""
        self.border_subtitle = _KEYS

    def action_cursor_up(self, select: bool = False) -> None:
        """Move up; from the first line, to what was sent before."""
        if select or not self.cursor_at_first_line:
            super().action_cursor_up(select)
        else:
            self._recall(self._place - 1)

    def action_cursor_down(self, select: bool = False) -> None:
        """Move down; from the last line, to what was sent after."""
        if select or not self.cursor_at_last_line:
            super().action_cursor_down(select)
        else:
            self._recall(self._place + 1)

    def action_cursor_page_up(self) -> None:
        """Turn a page of the conversation; a prompt has no pages of its own."""
        self.post_message(self.Paged("up"))

    def action_cursor_page_down(self) -> None:
        """Turn a page of the conversation."""
        self.post_message(self.Paged("down"))

    def _send(self) -> None:
        written = self.text
        if not written.strip():
            self.hint("nothing to send yet: write something first")
            return
        self._sent.append(written)
        self._place = len(self._sent)
        self._draft = ""
        self.clear()
        for label, text in self._pastes.items():
            written = written.replace(label, text)
        self.post_message(self.Submitted(written))

    def _recall(self, place: int) -> None:
        if not 0 <= place <= len(self._sent):
            return
        if self._place == len(self._sent):
            self._draft = self.text
        self._place = place
        self.text = self._draft if place == len(self._sent) else self._sent[place]
        self.move_cursor(self.document.end)
