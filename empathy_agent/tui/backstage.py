"""Every call to the agent: made in worker threads, answered by messages."""

import threading
from collections.abc import Callable, Iterator

from textual.message import Message

from empathy_agent.agent.events import Delta, TurnEvent
from empathy_agent.tui import messages
from empathy_agent.tui.port import Conversation

__all__ = ["PAST", "Backstage"]

PAST = 20
"""How many earlier moments are shown."""


class Backstage:
    """The agent's side of the app; no method may run on the screen's own thread."""

    def __init__(
        self, open_agent: Callable[[], Conversation], post: Callable[[Message], object]
    ) -> None:
        self._open = open_agent
        self._post = post
        self._lock = threading.Lock()
        self._running: list[messages.Job] = []
        self.conversation: Conversation | None = None
        """Null until the agent is built."""

    @property
    def running(self) -> tuple[messages.Job, ...]:
        """The calls that have not come back yet."""
        with self._lock:
            return tuple(self._running)

    def attempt(self, job: messages.Job, task: Callable[[], None]) -> None:
        """Run a task in this thread; whatever it raises is told, never thrown."""
        with self._lock:
            self._running.append(job)
        try:
            task()
        except Exception as error:
            # A conversation must survive whatever one call to the agent raises. The app says so in
            # a line, and `run` raises what nobody expected once the terminal is itself again.
            self._post(messages.Failed(job, error))
        finally:
            with self._lock:
                self._running.remove(job)

    def wake(self) -> None:
        """Build the agent, then load its models."""
        conversation = self.conversation = self._open()
        past = tuple(conversation.past(PAST))
        self._post(messages.Woke(conversation, conversation.opening(), past))
        conversation.warm()
        self._post(messages.Warmed())

    def play(self, start: Callable[[], Iterator[TurnEvent]]) -> None:
        """Run a turn, or the rest of one."""
        written = ""
        for event in start():
            if isinstance(event, Delta):
                written += event.text
                self._post(messages.Written(written))
            else:
                self._post(messages.Told(event))

    def look(self, conversation: Conversation) -> None:
        """Read the camera once."""
        self._post(messages.Looked(conversation.look()))

    def consent(self, conversation: Conversation, given: bool) -> None:
        """Record the user's yes or no to the camera."""
        conversation.give_consent(given)
        self._post(messages.Consented(given))

    def forget(self, conversation: Conversation) -> None:
        """Erase the user."""
        self._post(messages.Erased(conversation.forget()))
