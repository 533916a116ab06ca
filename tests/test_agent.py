"""One conversation, as the TUI, the command line and the evals see it."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from empathy_agent.agent.agent import NOBODY, Agent
from empathy_agent.agent.camera import Camera
from empathy_agent.agent.consent import ConsentLog
from empathy_agent.agent.events import Asked, Delta, Done, Seen, Stage, TurnEvent
from empathy_agent.errors import SetupError
from empathy_agent.memory import ListMemory
from empathy_agent.memory.record import Record
from empathy_agent.perception.live import NoSource
from empathy_agent.perception.sources import FrameSource, open_source
from tests.fakes import KnownEyes, StillClock, agent, parts


def kinds(events: Iterator[TurnEvent]) -> list[str]:
    return [type(event).__name__ for event in events]


def test_a_turn_tells_what_happened():
    result = agent().turn("I feel low today")
    assert result.reply
    assert result.route == "respond"
    assert result.tools == ("perceive_emotion",)
    assert result.took_ms >= sum(result.stages_ms.values()) - 1
    assert list(result.stages_ms)[:3] == ["perceive", "recall", "appraise"]


def test_a_stream_tells_it_as_it_happens():
    events = list(agent().stream("I feel low today"))
    assert isinstance(events[-1], Done)
    assert any(isinstance(event, Seen) for event in events)
    assert Stage("remember") in events
    said = "".join(event.text for event in events if isinstance(event, Delta))
    assert said.strip() == events[-1].result.reply


@pytest.mark.parametrize("text", ["", "  \n\t "])
def test_an_empty_message_is_no_turn(text: str):
    with pytest.raises(SetupError, match="empty"):
        agent().turn(text)


def test_frames_are_read_only_with_consent():
    eyes = KnownEyes()
    talking = agent(parts(eyes=eyes))
    frames = [np.zeros((20, 20, 3), np.uint8)] * 3
    assert talking.turn("hello", frames).reading.abstained == "no_consent"  # pyright: ignore[reportOptionalMemberAccess]
    talking.give_consent(True)
    assert talking.turn("hello again", frames).reading.frames == 3  # pyright: ignore[reportOptionalMemberAccess]
    assert [asked[3] for asked in eyes.asked] == [False, True]


def test_without_a_camera_nothing_is_asked_of_one():
    eyes = KnownEyes()
    agent(parts(eyes=eyes), consent=True).turn("hello")
    assert eyes.asked[0][0] is None


def test_a_source_is_not_touched_before_the_yes():
    talking = agent(source="demo")
    assert talking.look().frames == 0
    talking.give_consent(True)
    assert talking.look().frames > 0
    talking.close()


def test_a_yes_is_recorded(tmp_path: Path):
    log = ConsentLog(tmp_path / "consent.jsonl")
    talking = Agent(parts(), open_source("none"), user="ana", consent=True, consents=log)
    talking.give_consent(False)
    assert len((tmp_path / "consent.jsonl").read_text(encoding="utf-8").splitlines()) == 2


def test_asking_for_a_human_waits_for_an_answer():
    talking = agent(persona="customer_service")
    events = list(talking.stream("I want to talk to a real person please"))
    assert isinstance(events[-1], Asked)
    rest = list(talking.resume({"accepted": True, "note": "Sam"}))
    assert isinstance(rest[-1], Done)
    assert "hand_over" in rest[-1].result.tools


def test_a_turn_answers_for_a_human_where_nobody_is():
    result = agent(persona="customer_service").turn("I want to talk to a real person please")
    assert "hand_over" in result.tools
    assert result.reply


def test_a_turn_asks_the_given_human():
    asked: list[Asked] = []

    def human(question: Asked) -> dict[str, object]:
        asked.append(question)
        return NOBODY

    talking = Agent(
        parts(), open_source("none"), user="ana", persona="customer_service", human=human
    )
    talking.turn("I want to talk to a real person please")
    assert len(asked) == 1
    assert asked[0].summary


def test_nothing_asked_cannot_be_resumed():
    with pytest.raises(SetupError, match="nothing to resume"):
        list(agent().resume(NOBODY))


def test_a_turn_given_up_halfway_does_not_spoil_the_next():
    talking = agent(persona="customer_service")
    list(talking.stream("I want to talk to a real person please"))
    result = talking.turn("Never mind, where is my order?")
    assert result.reply
    assert result.tools == ("perceive_emotion",)


def test_the_past_is_this_user_s_own():
    memory = ListMemory()
    agent(parts(memory=memory)).turn("my key is lost")
    assert [moment.said for moment in agent(parts(memory=memory)).past()] == ["my key is lost"]
    other = Agent(parts(memory=memory), open_source("none"), user="ben")
    assert other.past() == []


def test_forgetting_begins_a_new_session():
    talking = agent()
    session = talking.session
    talking.turn("my key is lost")
    assert talking.forget().moments == 1
    assert talking.past() == []
    assert talking.session != session
    gone = talking.graph.get_state({"configurable": {"thread_id": session}}).values
    assert gone == {}
    assert talking.turn("hello").recalled == ()


def test_the_region_of_a_persona_stands_for_a_country_that_is_unknown():
    british = str(Path("examples/personas/elder_companion.yaml"))
    with_region = agent(persona=british).turn("I want to kill myself")
    assert "116 123" in with_region.reply
    with_country = agent(persona=british, country="US").turn("I want to kill myself")
    assert "988" in with_country.reply


def test_the_opening_says_that_it_is_an_ai():
    assert "AI" in agent().opening()


def test_a_memory_that_fails_loses_no_turn():
    class Full(ListMemory):
        def remember(self, user: str, *records: Record) -> None:
            raise SetupError("the disk is full")

    result = agent(parts(memory=Full())).turn("I feel low")
    assert result.reply
    assert "the disk is full" in result.notes[0]


def test_a_trend_needs_enough_days():
    clock = StillClock()
    memory = ListMemory()
    for day in range(6):
        clock.now += 86_400 * day
        result = agent(parts(memory=memory, clock=clock)).turn(f"day {day} was hard")
    assert len(memory.recent("ana", 10)) == 6
    assert result.reply  # pyright: ignore[reportPossiblyUnboundVariable]


class Device(NoSource):
    """A camera that knows whether its light is on."""

    opened = 0
    closed = 0

    def __init__(self) -> None:
        super().__init__()
        Device.opened += 1

    def close(self) -> None:
        Device.closed += 1


def test_a_camera_is_opened_by_a_yes_and_closed_by_a_no():
    Device.opened = Device.closed = 0
    camera = Camera("camera:0", lambda name: Device())
    talking = Agent(parts(), camera, user="ana")
    assert talking.look().frames == 0
    assert (Device.opened, camera.state) == (0, "closed")
    talking.give_consent(True)
    talking.give_consent(True)
    assert (Device.opened, Device.closed) == (1, 0)
    talking.give_consent(False)
    assert (Device.opened, Device.closed) == (1, 1)


def test_a_camera_that_does_not_open_leaves_a_no():
    def fail(name: str) -> FrameSource:
        raise SetupError(f"{name} did not open")

    talking = Agent(parts(), Camera("camera:0", fail), user="ana")
    with pytest.raises(SetupError, match="did not open"):
        talking.give_consent(True)
    assert not talking.consent
