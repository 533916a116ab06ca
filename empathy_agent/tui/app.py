"""The app: it wires keys, worker threads and widgets together."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import ClassVar, NamedTuple

from textual.app import App, ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import Footer

from empathy_agent.affect import RecalledNote, RiskLevel
from empathy_agent.agent.events import Asked, Done, Seen, Stage, TurnEvent, TurnResult
from empathy_agent.errors import EmpathyError, ModelUnavailable
from empathy_agent.tui import messages
from empathy_agent.tui.backstage import Backstage
from empathy_agent.tui.bars import Banner, TitleBar
from empathy_agent.tui.dialogs import FORGET, Page, Question, asked, consent_of
from empathy_agent.tui.pages import COMMANDS, help_page, remembered_page
from empathy_agent.tui.panel import LivePanel
from empathy_agent.tui.port import Conversation
from empathy_agent.tui.prompt import Prompt
from empathy_agent.tui.transcript import Exchange, Transcript
from empathy_agent.tui.words import (
    AFTER,
    Camera,
    camera,
    clean,
    counted,
    line_to_call,
    reading_line,
)

__all__ = ["EmpathyApp"]

LOOK_S = 0.5
"""Seconds between two looks at the camera."""
NOTICE_S = 3 * 3600
"""Seconds between two notices that this is an AI (New York S-3008: at the start, every 3 hours)."""


class _Message(NamedTuple):
    text: str
    exchange: Exchange


class EmpathyApp(App[None]):
    """A conversation in a terminal."""

    CSS_PATH = "style.tcss"
    HORIZONTAL_BREAKPOINTS = [
        (0, "-narrow"),
        (76, "-middle"),
        (110, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (21, "-tall"), (32, "-high")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", "Help"),
        Binding("f2", "panel", "Panel"),
        Binding("f3", "remembered", "Memory"),
        Binding("f4", "camera", "Camera"),
        Binding("f5", "copy_reply", "Copy", show=False),
        Binding("ctrl+r", "readings", "Readings"),
        Binding("ctrl+delete", "forget", "Forget", show=False),
        Binding("escape", "hide_banner", "Hide the line to call", show=False),
        Binding("ctrl+q", "quit", "Quit", priority=True),
    ]

    def __init__(
        self,
        open_agent: Callable[[], Conversation],
        title: str,
        persona_title: str,
        ask_consent: bool,
        *,
        pictures_go_to: str | None = None,
        clock: Callable[[], float] = time.time,
        look_s: float = LOOK_S,
    ) -> None:
        super().__init__()
        self.title = clean(f"{title} · {persona_title}")
        self.backstage = Backstage(open_agent, self.post_message)
        """Every call to the agent."""
        self.error: Exception | None = None
        """What `run` raises once the terminal is itself again."""
        self.forced = False
        """Whether the user left without waiting for the running turn."""
        self._ask_consent = ask_consent
        self._goes_to = pictures_go_to
        self._clock = clock
        self._look_s = look_s
        # Held here, because a query of the app looks at the topmost screen, which may be a dialog.
        self._title_bar = TitleBar(self.title)
        self._banner = Banner()
        self._transcript = Transcript(clean(persona_title))
        self._panel = LivePanel()
        self._prompt = Prompt()
        self._conversation: Conversation | None = None
        self._consent_wish = False
        self._opening = ""
        self._noticed_at = clock()
        self._warm = False
        self._leaving = False
        self._looking = False
        self._blind = False
        self._waiting: deque[_Message] = deque()
        self._turn: _Message | None = None
        self._question: Question | None = None
        self._recalled: tuple[RecalledNote, ...] = ()
        self._camera: Camera | None = None

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield self._title_bar
        yield self._banner
        with Horizontal(id="body"):
            yield self._transcript
            yield self._panel
        yield self._prompt
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        """Paint first, then build the agent."""
        self._prompt.border_title = "waking up… you can write already"
        self._prompt.focus()
        self._tick()
        if self._ask_consent:
            self.push_screen(Question(consent_of(self._goes_to)), self._consent_answered)
        self.set_interval(self._look_s, self._tick)
        self.set_interval(60, self.remind)
        self.call_after_refresh(self._send, "wake", self.backstage.wake)

    def _send(self, job: messages.Job, task: Callable[[], None]) -> None:
        # The description is a fixed word: Textual would log the arguments, which the user said.
        self.run_worker(
            partial(self.backstage.attempt, job, task),
            group=job,
            description=job,
            thread=True,
            exclusive=True,
            exit_on_error=False,
        )

    # What the worker threads tell.

    def on_woke(self, message: messages.Woke) -> None:
        """Show the greeting and what was said earlier."""
        self._conversation = message.conversation
        self._opening = message.opening
        self._transcript.show_past(message.past, self._clock())
        self._transcript.open_with(message.opening)
        self._noticed_at = self._clock()
        self._panel.wipe()
        self._prompt.border_title = "loading models… you can write already"
        if self._consent_wish:
            self._record_consent(message.conversation, True)
        self._tick()

    def on_warmed(self) -> None:
        """Answer what was written meanwhile."""
        self._warm = True
        self._prompt.border_title = ""
        self._go_on()

    def on_told(self, message: messages.Told) -> None:
        """Show what the running turn tells."""
        assert self._turn is not None, "only a running turn tells"
        match message.event:
            case Stage(name):
                self._turn.exchange.progress(AFTER.get(name, "…"))
            case Seen(reading):
                self._panel.show(reading)
            case Asked(summary, reason):
                self._turn.exchange.progress("asking for a human…")
                self._question = Question(asked(reason, summary))
                self.push_screen(self._question, self._answered)
            case Done(result):
                self._finish(self._turn.exchange, result)
            case _:
                raise AssertionError(f"{type(message.event).__name__} comes as Written")

    def on_written(self, message: messages.Written) -> None:
        """Show the reply so far."""
        if self._turn is not None:
            self._turn.exchange.write(message.text)

    def on_looked(self, message: messages.Looked) -> None:
        """Show what the camera shows, unless it was switched off meanwhile."""
        self._looking = False
        if self._conversation is not None and self._conversation.consent:
            self._panel.look(message.reading)

    def on_consented(self, message: messages.Consented) -> None:
        """Show that the camera is on or off."""
        self._blind = False
        self._tick()

    def on_erased(self, message: messages.Erased) -> None:
        """Take off the screen what is gone from the disk."""
        self._transcript.wipe()
        self._panel.wipe()
        self._prompt.forget()
        self._recalled, forgotten = (), message.forgotten
        words = f"{counted(forgotten.moments, 'moment')} forgotten; nothing is left on the disk."
        if forgotten.traces:
            words = f"{counted(forgotten.traces, 'trace')} left on the disk: quit and forget again."
        self._transcript.remark(words)

    def on_failed(self, message: messages.Failed) -> None:
        """Go on without what failed; give up only when there is no agent."""
        error = message.error
        if not isinstance(error, EmpathyError):
            self.error = self.error or error
        match message.job:
            case "wake":
                self._fail_to_wake(error)
            case "turn":
                self._fail_turn(error)
            case "look":
                self._looking, self._blind = False, True
                self._panel.show_nothing(_reason(error))
            case "consent" | "forget":
                self.notify(_reason(error), severity="error", markup=False)

    # Turns.

    def on_prompt_submitted(self, message: Prompt.Submitted) -> None:
        """Show a message, and answer it when its turn has come."""
        if self._leaving:
            return
        exchange = self._transcript.begin(message.text)
        self._waiting.append(_Message(message.text, exchange))
        if self._turn is not None or not self._warm:
            exchange.progress("waiting…")
        self._go_on()

    def on_prompt_paged(self, message: Prompt.Paged) -> None:
        """Scroll the conversation from the prompt."""
        if message.direction == "up":
            self._transcript.scroll_page_up()
        else:
            self._transcript.scroll_page_down()

    def _go_on(self) -> None:
        if self._turn or self._conversation is None or not self._warm:
            return
        if self._waiting:
            self._turn = self._waiting.popleft()
            self._turn.exchange.progress("reading…")
            self._play(partial(self._conversation.stream, self._turn.text))
        elif self._leaving:
            self.exit()

    def _finish(self, exchange: Exchange, result: TurnResult) -> None:
        exchange.write(result.reply)
        exchange.read(reading_line(result.reading))
        self._recalled = result.recalled
        if RiskLevel[result.risk] >= RiskLevel.high:
            self._banner.show(line_to_call(result.reply))
        self._turn = None
        self._go_on()

    def _fail_turn(self, error: Exception) -> None:
        assert self._turn is not None, "only a running turn fails"
        self._turn.exchange.fail(f"{_reason(error)}\nPress up to have your message back.")
        self._turn = None
        self._go_on()

    def _fail_to_wake(self, error: Exception) -> None:
        if self._conversation is None or not isinstance(error, ModelUnavailable):
            self.error = error
            self.exit()
            return
        self.notify(_reason(error), severity="warning", markup=False)
        self.on_warmed()

    def _answered(self, accepted: bool | None) -> None:
        if self._question is None or self._conversation is None:
            return
        self._question = None
        answer = {"accepted": bool(accepted), "note": ""}
        self._play(partial(self._conversation.resume, answer))

    def _play(self, start: Callable[[], Iterator[TurnEvent]]) -> None:
        self._send("turn", partial(self.backstage.play, start))

    # The camera.

    def _tick(self) -> None:
        conversation = self._conversation
        told = (conversation.source, conversation.consent) if conversation else (None, False)
        seen = camera(*told, self._goes_to)
        if seen != self._camera:
            self._camera = seen
            self._title_bar.show_camera(seen)
            self._panel.show_camera(seen)
            if not seen.on:
                self._panel.show_nothing(f"no reading: {seen.words}")
        busy = self._turn is not None or self._looking or self._blind
        if conversation and self._warm and seen.on and self._panel.display and not busy:
            self._looking = True
            self._send("look", partial(self.backstage.look, conversation))

    def _record_consent(self, conversation: Conversation, given: bool) -> None:
        self._send("consent", partial(self.backstage.consent, conversation, given))

    def _consent_answered(self, given: bool | None) -> None:
        if self._conversation is None:
            self._consent_wish = bool(given)
        elif bool(given) != self._conversation.consent:
            self._record_consent(self._conversation, bool(given))

    # Keys and commands.

    def action_help(self) -> None:
        """Show keys and signs."""
        self.push_screen(Page("help", help_page()))

    def action_panel(self) -> None:
        """Show or hide the live panel."""
        self._panel.display = not self._panel.display
        self.screen_stack[0].set_class(self._panel.display, "panel-asked")

    def action_remembered(self) -> None:
        """Show what was remembered for the last reply."""
        self.push_screen(Page("what was remembered", remembered_page(self._recalled)))

    def action_camera(self) -> None:
        """Give or withdraw consent."""
        if self._conversation is None:
            self._prompt.hint("still waking up: try again in a moment")
        elif self._conversation.source.name == "none":
            self._prompt.hint("there is no camera here: start with --source camera:0")
        elif self._conversation.consent:
            self._record_consent(self._conversation, False)
        else:
            self.push_screen(Question(consent_of(self._goes_to)), self._consent_answered)

    def action_readings(self) -> None:
        """Show or hide how each message was read."""
        self.screen_stack[0].toggle_class("no-readings")

    def action_copy_reply(self) -> None:
        """Copy the last reply."""
        replies = [each.reply for each in self._transcript.query(Exchange) if each.reply]
        if replies:
            self.copy_to_clipboard(replies[-1])
        self._prompt.hint("copied" if replies else "there is no reply to copy yet")

    def action_forget(self) -> None:
        """Ask, then have everything about the user forgotten."""
        if self._conversation is None or self._turn or self._waiting:
            self._prompt.hint("not now: wait for the reply")
        else:
            self.push_screen(Question(FORGET), self._forget_answered)

    def _forget_answered(self, given: bool | None) -> None:
        if given and self._conversation is not None:
            self._send("forget", partial(self.backstage.forget, self._conversation))

    def action_hide_banner(self) -> None:
        """Put the line to call away."""
        self._banner.display = False

    async def action_quit(self) -> None:
        """Quit, behind every key that the prompt has still to read: one of them may be enter."""
        self._prompt.call_later(self._prompt.post_message, Prompt.Left())

    def on_prompt_left(self) -> None:
        """Let a running turn be remembered first; asked twice, leave at once."""
        if self._leaving or (self._turn is None and not self._waiting):
            self.forced = self._leaving
            self.exit()
            return
        self._leaving = True
        self._prompt.border_title = "leaving once this turn is remembered · ctrl+q: at once"
        if self._question is not None:
            self._answered(False)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer every key in the command palette as well."""
        yield from super().get_system_commands(screen)  # pyright: ignore[reportUnknownMemberType]
        for title, words, action in COMMANDS:
            yield SystemCommand(title, words, partial(self.run_action, action))

    def remind(self) -> None:
        """Say again, every three hours, that this is an AI."""
        if self._opening and self._clock() - self._noticed_at >= NOTICE_S:
            self._noticed_at = self._clock()
            self._transcript.notice(self._opening)


def _reason(error: Exception) -> str:
    if isinstance(error, EmpathyError):
        return clean(str(error))
    return f"Something in this program broke ({type(error).__name__}); quit to see the details."
