"""One conversation with one user: what the TUI, the command line and the evals talk to.

An `Agent` adds to the graph what a graph should not hold: a camera, a thread, a clock for its
stages, and somebody to answer when it asks for a human.
"""

import time
import uuid
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Any

from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from empathy_agent.affect import AffectReading, RecalledNote
from empathy_agent.agent.camera import Camera
from empathy_agent.agent.consent import ConsentLog
from empathy_agent.agent.events import Asked, Delta, Done, Seen, Stage, TurnEvent, TurnResult
from empathy_agent.agent.graph import Graph, build_graph
from empathy_agent.agent.nodes import tools_called
from empathy_agent.agent.parts import Parts
from empathy_agent.context import Context
from empathy_agent.errors import SetupError
from empathy_agent.memory import Forgotten, Moment
from empathy_agent.models.listener.voice import ScriptedListener
from empathy_agent.models.local.chat import LocalChat
from empathy_agent.perception.frames import Frame, Window, as_frame
from empathy_agent.perception.sources import FrameSource
from empathy_agent.personas import Persona
from empathy_agent.safety.guard import guard
from empathy_agent.safety.screen import screen

__all__ = ["NOBODY", "Agent", "Frames"]

Frames = Window | Sequence[object]
"""A window, or pictures (arrays, PIL images) taken 1/15 s apart."""
_CLIP_S = 6.0
"""Seconds of frames that a question about the moment may draw on."""
_FIRST_FRAME_S = 1.0
"""How long a turn waits for a source's first frame."""
_TIDY = 16
"""Turns after which the states before the present one are let go."""
NOBODY: dict[str, object] = {"accepted": False, "note": ""}
"""The answer to `Asked` where nobody is there to be asked."""


class Agent:
    """A conversation. Not for two threads at once, but for `look`, which may run beside a turn."""

    def __init__(
        self,
        parts: Parts,
        source: FrameSource,
        *,
        user: str,
        persona: str = "mental_health_support",
        country: str | None = None,
        consent: bool = False,
        consents: ConsentLog | None = None,
        desk: bool = True,
        human: Callable[[Asked], Mapping[str, object]] | None = None,
    ) -> None:
        """Build a conversation.

        Args:
            parts: eyes, memory and voice.
            source: where frames come from.
            user: whose memory is read and written.
            persona: a shipped persona's name, or a path.
            country: for helplines; left out, the persona's region; unknown, the agent asks.
            consent: the user's yes to the camera.
            consents: where each yes and no is recorded.
            desk: whether a human can be asked at all.
            human: answers for `turn` when a human is asked; left out, nobody is free.
        """
        self._parts = parts
        self._threads = InMemorySaver()
        self._graph: Graph = build_graph(parts, self._threads)
        self._country = country
        self._consents = consents
        self._human = human
        self._desk = desk
        self._running: _Run | None = None
        self.source = source
        """Where frames come from when a turn brings none."""
        self.user = user
        self._persona_name = persona
        self.persona: Persona = parts.persona(persona)
        """Who answers."""
        self.session = uuid.uuid4().hex[:12]
        """The thread's id, and the session its moments are filed under."""
        self.consent = False
        """Whether the user has agreed to be read by the camera, in this session."""
        if consent:
            self.give_consent(True)

    @property
    def graph(self) -> Graph:
        """The compiled graph, with a checkpointer in memory."""
        return self._graph

    def opening(self) -> str:
        """Return the greeting with the notice that this is an AI."""
        return f"{self.persona.greeting}\n\n{self.persona.notice}"

    def give_consent(self, given: bool) -> None:
        """Record the user's yes or no to the camera; it holds from the next frame on.

        Raises:
            SetupError: the camera does not open, or a yes cannot be recorded; then it is a no.
        """
        self.consent = False
        if isinstance(self.source, Camera):
            self.source.start() if given else self.source.stop()
        if self._consents is not None:
            self._consents.record(self.user, self.session, given, self._parts.clock())
        self.consent = given

    def turn(self, text: str, frames: Frames | None = None) -> TurnResult:
        """Answer one message.

        Args:
            text: what the user said.
            frames: what the camera saw meanwhile; left out, the source's last two seconds.
                Frames given here are read only with consent.

        Raises:
            SetupError: the message is empty.
        """
        events = self.stream(text, frames)
        while True:
            asked = None
            for event in events:
                if isinstance(event, Done):
                    return event.result
                if isinstance(event, Asked):
                    asked = event
            assert asked is not None, "a turn ends in Done or in Asked"
            events = self.resume(self._human(asked) if self._human else NOBODY)

    def stream(self, text: str, frames: Frames | None = None) -> Iterator[TurnEvent]:
        """Answer one message, telling what happens as it happens; ends in `Done` or `Asked`."""
        if not text.strip():
            raise SetupError("the message is empty; say something first")
        window = self._window(frames)
        seen = frames is None and window is not None and bool(window.frames)
        clip = self.source.recent(_CLIP_S) if seen else None
        self._running = _Run()
        yield from self._run(
            {
                "messages": [HumanMessage(text)],
                "frames": self._parts.frames.put(window, clip) if window is not None else None,
            }
        )

    def resume(self, answer: Mapping[str, object]) -> Iterator[TurnEvent]:
        """Go on after `Asked`.

        Args:
            answer: `{"accepted": bool, "note": str}`.

        Raises:
            SetupError: nothing was asked.
        """
        if self._running is None:
            raise SetupError("there is nothing to resume; resume follows an Asked event")
        yield from self._run(Command(resume=dict(answer)))

    def look(self) -> AffectReading:
        """Read what the camera shows now, without words; for a live panel."""
        resting, window = self._parts.resting, self._window(None, seconds=1.0)
        own = resting.of(self.user) if self.consent and window is not None else None
        reading = self._parts.perceiver.glance(window, consent=self.consent, own=own)
        if own is not None:
            resting.keep(self.user)
        return reading

    def past(self, n: int = 20) -> list[Moment]:
        """Return this user's last moments, oldest first."""
        return self._parts.memory.recent(self.user, n)

    def forget(self) -> Forgotten:
        """Erase everything that is kept about this user, and prove it."""
        self._parts.resting.forget(self.user)
        forgotten = self._parts.memory.forget(self.user)
        if self._consents is not None:
            self._consents.forget(self.user)
        self._threads.delete_thread(self.session)
        self._running = None
        self.session = uuid.uuid4().hex[:12]
        return forgotten

    def warm(self) -> None:
        """Load eyes, words, memory and voice now rather than in the first turn."""
        self._parts.perceiver.warm()
        if isinstance(self._parts.chat, (ScriptedListener, LocalChat)):
            self._parts.chat.warm()
        self._parts.memory.recall(self.user, "hello", now=self._parts.clock(), k=1)
        screen("I want to live")
        guard("I am an AI.", self.persona.setting)

    def close(self) -> None:
        """Let go of camera and memory; a risk event that waits has some seconds to leave."""
        self.source.close()
        self._parts.memory.close()
        if self._parts.alarm is not None:
            self._parts.alarm.close()

    def _window(self, frames: Frames | None, seconds: float = 2.0) -> Window | None:
        if isinstance(frames, Window):
            return frames
        if frames is not None:
            return Window(
                tuple(
                    each if isinstance(each, Frame) else as_frame(each, i / 15)
                    for i, each in enumerate(frames)
                )
            )
        if self.source.name == "none":
            return None
        return self._recent(seconds) if self.consent else Window(())

    def _recent(self, seconds: float) -> Window:
        """Return what the source saw lately; one that has just been opened gets a moment."""
        until = time.monotonic() + _FIRST_FRAME_S
        window = self.source.recent(seconds)
        while not window.frames and not window.lost and time.monotonic() < until:
            if self.source.state not in {"opening", "open"}:
                break
            time.sleep(0.02)
            window = self.source.recent(seconds)
        return window

    def _run(self, given: Any) -> Iterator[TurnEvent]:
        run = self._running
        assert run is not None
        config: RunnableConfig = {"configurable": {"thread_id": self.session}}
        context = Context(
            user_id=self.user,
            persona=self._persona_name,
            country=self._country or self.persona.region,
            consent=self.consent,
            human=self._desk,
        )
        graph: Any = self._graph  # its overloads are generic in a Command of anything
        for part in graph.stream(
            given,
            config,
            context=context,
            stream_mode=["updates", "custom"],
            durability="exit",
            version="v2",
        ):
            if part["type"] == "custom":
                yield Delta(str(part["data"]["delta"]))
            elif part["type"] == "updates":
                asked: bool = yield from run.tell(part["data"])
                if asked:
                    return
        state: dict[str, Any] = graph.get_state(config).values
        self._running = None
        if state["turn"] % _TIDY == 0:
            self._tidy(config)
        yield Done(run.result(state))

    def _tidy(self, config: RunnableConfig) -> None:
        """Let go of how the conversation stood before each of its turns."""
        last = self._threads.get_tuple(config)
        if last is None:
            return
        self._threads.delete_thread(self.session)
        versions = last.checkpoint["channel_versions"]
        start: RunnableConfig = {"configurable": {"thread_id": self.session, "checkpoint_ns": ""}}
        self._threads.put(start, last.checkpoint, last.metadata, versions)


class _Run:
    """The clock and the counters of one turn."""

    def __init__(self) -> None:
        self._started = self._last = time.perf_counter()
        self._stages: dict[str, float] = {}

    def tell(self, update: dict[str, Any]) -> Generator[TurnEvent, None, bool]:
        """Yield what a finished node means for the caller; return whether a human is asked for."""
        if "__interrupt__" in update:
            asked: dict[str, Any] = update["__interrupt__"][0].value
            yield Asked(summary=asked["summary"], reason=asked["reason"])
            return True
        now = time.perf_counter()
        for name, changed in update.items():
            self._stages[name] = self._stages.get(name, 0.0) + 1000 * (now - self._last)
            yield Stage(name)
            if name == "perceive" and changed["reading"]:
                yield Seen(AffectReading.model_validate(changed["reading"]))
        self._last = now
        return False

    def result(self, state: dict[str, Any]) -> TurnResult:
        """Read the finished state."""
        reading = state["reading"]
        return TurnResult(
            reply=state["reply"],
            risk=state["risk"]["level"],
            reading=AffectReading.model_validate(reading) if reading else None,
            recalled=tuple(RecalledNote.model_validate(each) for each in state["recalled"]),
            strategy=state["strategy"],
            route=state["route"],
            tools=tools_called(state["messages"]),
            took_ms=1000 * (time.perf_counter() - self._started),
            signals=tuple(state["risk"]["signals"]),
            breaches=tuple(state["breaches"]),
            notes=tuple(state["notes"]),
            alerted=bool(state.get("alerted")),
            stages_ms=dict(self._stages),
        )
