"""What was said: the exchanges of this conversation, under the dimmed ones of earlier."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from empathy_agent.tui.port import Past
from empathy_agent.tui.words import ago, as_markdown, clean, shorten

if TYPE_CHECKING:
    from rich.markdown import Markdown

__all__ = ["Exchange", "Transcript"]

_SHOWN = 4_000
"""The most characters of one message on the screen."""
_KEPT = 200
"""The most exchanges on the screen; older ones are in the memory."""


class Exchange(Vertical):
    """A message and its answer."""

    def __init__(self, said: str, reply: str = "", agent: str = "agent") -> None:
        super().__init__()
        self._said = Static(Content(shorten(clean(said), _SHOWN)), classes="said")
        self._said.border_title = "you"
        self._reply = Static(_markdown(reply) if reply else "", classes="reply")
        self._reply.border_title = Content(agent)
        self._reply.display = bool(reply)
        self._reading = Static(classes="reading")
        self.reply = reply
        """The answer as far as it is written, as plain text."""

    def compose(self) -> ComposeResult:
        """Lay out message, answer, and how the message was read."""
        yield self._said
        yield self._reply
        yield self._reading

    def progress(self, words: str) -> None:
        """Say what the agent does before it has written anything."""
        if not self.reply:
            self._reply.display = True
            self._reply.update(Content(words).stylize("dim italic"))

    def write(self, text: str) -> None:
        """Show the answer so far."""
        self.reply = text
        self._reply.display = True
        self._reply.update(_markdown(text))

    def read(self, words: str) -> None:
        """Show how the message was read."""
        self._reading.add_class("-told")
        self._reading.update(Content(words))

    def fail(self, words: str) -> None:
        """Say that there is no answer, and what to do."""
        self._reply.display = True
        self._reply.add_class("failed")
        self._reply.border_title = "no answer"
        self._reply.update(Content(words))


class Transcript(VerticalScroll):
    """The conversation; it stays at its end until the user scrolls up."""

    def __init__(self, agent: str) -> None:
        super().__init__(id="transcript")
        self._agent = agent
        self._earlier = Vertical(id="earlier")
        self._now = Vertical(id="now")

    def compose(self) -> ComposeResult:
        """Lay out earlier and now."""
        yield self._earlier
        yield self._now

    def on_mount(self) -> None:
        """Stick to the end."""
        self.anchor()

    def show_past(self, moments: Sequence[Past], now: float) -> None:
        """Show what was said in earlier conversations, dimmed."""
        shown: list[Static | Exchange] = []
        session = None
        for moment in moments:
            if moment.session != session:
                session = moment.session
                shown.append(_divider(f"earlier, {ago(now - moment.at)}"))
            shown.append(
                Exchange(moment.said or "(words not kept)", moment.reply, agent=self._agent)
            )
        if shown:
            _mount(self._earlier, *shown, _divider("now"))

    def open_with(self, text: str) -> None:
        """Put the greeting above whatever was typed meanwhile."""
        _mount(self._now, self._spoken(text), first=True)

    def notice(self, text: str) -> None:
        """Let the agent speak without having been asked."""
        _mount(self._now, self._spoken(text))

    def remark(self, words: str) -> None:
        """Say what the program did."""
        _mount(self._now, _divider(words))

    def begin(self, said: str) -> Exchange:
        """Add a message."""
        exchange = Exchange(said, agent=self._agent)
        _mount(self._now, exchange)
        for old in list(self._now.children)[:-_KEPT]:
            old.remove()
        self.anchor()
        return exchange

    def wipe(self) -> None:
        """Take everything off the screen."""
        self._earlier.remove_children()
        self._now.remove_children()

    def _spoken(self, text: str) -> Static:
        notice = Static(_markdown(text), classes="notice")
        notice.border_title = Content(self._agent)
        return notice


def _mount(place: Vertical, *widgets: Widget, first: bool = False) -> None:
    # The agent may still speak while the screen is being taken down.
    if place.is_attached:
        place.mount(*widgets, before=0 if first and place.children else None)


def _divider(words: str) -> Static:
    return Static(Content(f"── {words} ──"), classes="divider")


def _markdown(text: str) -> "Markdown":
    from rich.markdown import Markdown

    # A Textual Markdown widget for each message takes 6 s to open 200 of them; this takes half one.
    return Markdown(as_markdown(shorten(clean(text), 4 * _SHOWN)), hyperlinks=False)
