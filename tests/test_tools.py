"""The tools as a model meets them: names, schemas, and what they answer."""

import json
from typing import Any

import numpy as np
import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.utils.function_calling import convert_to_openai_tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.prebuilt import ToolNode

from empathy_agent.affect import Emotion
from empathy_agent.agent.agent import Agent
from empathy_agent.agent.graph import build_graph
from empathy_agent.agent.parts import Parts
from empathy_agent.agent.state import Turn
from empathy_agent.context import Context
from empathy_agent.errors import ModelUnavailable, SetupError
from empathy_agent.memory import ListMemory, Moment
from empathy_agent.perception.frames import Window, as_frame
from empathy_agent.perception.live import NoSource
from tests.fakes import KnownEyes, StillClock, parts
from tests.test_graph import TalkingModel

ME = Context(user_id="ana", country="GB", consent=True)


def call(
    made_of: Parts, name: str, arguments: dict[str, Any], *, me: Context = ME, **state: Any
) -> dict[str, Any]:
    """Run one tool as the graph would; return the state after it."""
    builder: Any = StateGraph(Turn, context_schema=Context)
    builder.add_node("tools", ToolNode(made_of.tools()))
    builder.add_edge(START, "tools")
    builder.add_edge("tools", END)
    asked = AIMessage("", tool_calls=[{"name": name, "args": arguments, "id": "1"}])  # pyright: ignore[reportArgumentType]
    given = {"messages": [HumanMessage("I feel low"), asked], **state}
    return builder.compile().invoke(given, context=me)


def test_a_model_sees_only_what_it_may_fill_in():
    schemas = {
        tool["function"]["name"]: tool["function"]["parameters"]["properties"]
        for tool in map(convert_to_openai_tool, parts().tools())
    }
    assert {name: set(properties) for name, properties in schemas.items()} == {
        "perceive_emotion": set(),
        "look_again": {"question"},
        "recall_affect": {"query"},
        "note_preference": {"kind", "wish"},
        "crisis_lines": {"country"},
        "hand_over": {"reason", "summary"},
    }


def test_perceive_emotion_answers_with_the_reading():
    eyes = KnownEyes()
    made_of = parts(eyes=eyes)
    reference = made_of.frames.put(Window(()))
    state = call(made_of, "perceive_emotion", {}, frames=reference)
    assert state["reading"]["emotion"] == "sadness"
    assert json.loads(state["messages"][-1].text) == state["reading"]
    assert eyes.asked[0][1] == "I feel low"


def test_frames_that_have_expired_are_no_camera():
    eyes = KnownEyes()
    call(parts(eyes=eyes), "perceive_emotion", {}, frames="long-gone")
    assert eyes.asked[0][0] is None


def test_eyes_that_fail_are_told_and_not_raised():
    class Broken(KnownEyes):
        def perceive(self, *args: Any, **kwargs: Any) -> Any:
            raise SetupError("the weights are damaged")

    state = call(parts(eyes=Broken()), "perceive_emotion", {})
    assert state["reading"] is None
    assert state["messages"][-1].status == "error"
    assert "the weights are damaged" in state["messages"][-1].text


class Answering(KnownEyes):
    """Eyes that answer questions, or fail to."""

    def __init__(self, answer: str | None = "", error: Exception | None = None) -> None:
        super().__init__()
        self.questions: list[tuple[Window, str]] = []
        self._answer, self._error = answer, error

    def answer(self, window: Window, question: str) -> str | None:
        self.questions.append((window, question))
        if self._error:
            raise self._error
        return self._answer


def looked(eyes: KnownEyes, question: str = "what changed?", **state: Any) -> str:
    made_of = parts(eyes=eyes)
    reference = made_of.frames.put(Window((as_frame(np.zeros((4, 4), np.uint8)),)))
    told = call(made_of, "look_again", {"question": question}, **{"frames": reference, **state})  # pyright: ignore[reportArgumentType]
    assert told["messages"][-1].status == "success"
    return told["messages"][-1].text


READ = {
    **KnownEyes().perceive(None).model_dump(mode="json"),
    "narrative": "the lip corners rose",
    "events": [
        {"kind": "onset", "what": "AU12", "start_ms": 400, "length_ms": 200, "peak": 0.6},
    ],
}


def test_look_again_answers_a_question_about_the_frames_of_this_turn():
    eyes = Answering("The brows seem to rise.")
    assert looked(eyes, "what changed after she read the letter?") == "The brows seem to rise."
    ((window, question),) = eyes.questions
    assert len(window.frames) == 1
    assert question == "what changed after she read the letter?"


def test_look_again_without_a_vision_model_tells_what_the_expert_saw():
    error = ModelUnavailable("there is no vision model here")
    told = looked(Answering(error=error), reading=READ)
    assert "there is no vision model here" in told
    assert "the lip corners rose" in told
    assert "AU12 onset at 0.4 s" in told


def test_look_again_tells_what_the_expert_saw_when_nothing_may_be_told():
    assert "the lip corners rose" in looked(Answering(""), reading=READ)


def test_look_again_says_that_no_face_could_be_read():
    assert "No face" in looked(Answering(None))


def test_look_again_says_when_pictures_are_gone_or_were_never_there():
    eyes = Answering("A smile.")
    assert "no camera" in looked(eyes, frames="long-gone")
    assert "no camera" in looked(eyes, frames=None)
    assert eyes.questions == []


def test_look_again_looks_at_nothing_without_consent_or_question():
    eyes = Answering("A smile.")
    made_of = parts(eyes=eyes)
    reference = made_of.frames.put(Window((as_frame(np.zeros((4, 4), np.uint8)),)))
    told = call(
        made_of,
        "look_again",
        {"question": "what?"},
        me=Context(user_id="ana"),
        frames=reference,
    )
    assert "not agreed" in told["messages"][-1].text
    assert "empty" in looked(eyes, " ")
    assert eyes.questions == []


def test_a_model_may_look_again_within_its_turn_and_no_frame_outlives_it():
    eyes = Answering("The brows seem to rise.")
    asks = AIMessage(
        "", tool_calls=[{"name": "look_again", "args": {"question": "what now?"}, "id": "1"}]
    )
    chat = TalkingModel(says=[asks, AIMessage("I hear you.")])
    made_of = parts(eyes=eyes, chat=chat)
    graph = build_graph(made_of, InMemorySaver())
    config: Any = {"configurable": {"thread_id": "t"}}
    reference = made_of.frames.put(Window((as_frame(np.zeros((4, 4), np.uint8)),)))
    given: Any = {"messages": [HumanMessage("I feel low")], "frames": reference}
    state = graph.invoke(given, config, context=ME)
    assert [question for _, question in eyes.questions] == ["what now?"]
    assert any("The brows seem to rise." in each.text for each in state["messages"])
    assert state["frames"] is None


def test_a_question_may_draw_on_more_of_the_clip_than_the_reading():
    class Rolling(NoSource):
        name = "rolling"

        def recent(self, seconds: float = 2.0) -> Window:
            return Window(
                tuple(as_frame(np.zeros((4, 4), np.uint8), at) for at in range(int(seconds)))
            )

    eyes = Answering("The brows seem to rise.")
    asks = AIMessage(
        "", tool_calls=[{"name": "look_again", "args": {"question": "what now?"}, "id": "1"}]
    )
    chat = TalkingModel(says=[asks, AIMessage("I hear you.")])
    Agent(parts(eyes=eyes, chat=chat), Rolling(), user="ana", consent=True).turn("I feel low")
    ((read, *_),) = eyes.asked
    ((asked, _),) = eyes.questions
    assert read is not None
    assert len(asked.frames) > len(read.frames) > 0


def test_recall_affect_finds_this_user_s_moments_alone():
    memory = ListMemory()
    for user, said in (("ana", "my exam went badly"), ("ben", "my exam went well")):
        memory.remember(user, moment(said))
    made_of = parts(memory=memory, clock=StillClock(86_400.0 * 3))
    state = call(made_of, "recall_affect", {"query": "my exam went"})
    notes = json.loads(state["messages"][-1].text)
    assert [note["said"] for note in notes] == ["my exam went badly"]
    assert notes[0]["when"]


def test_crisis_lines_are_those_of_the_user_s_country():
    state = call(parts(), "crisis_lines", {})
    assert "116 123" in state["messages"][-1].text


@pytest.mark.parametrize(("country", "number"), [("US", "988"), ("Germany", "0800")])
def test_crisis_lines_of_another_country_can_be_asked_for(country: str, number: str):
    state = call(parts(), "crisis_lines", {"country": country})
    assert number in state["messages"][-1].text


def moment(said: str) -> Moment:
    return Moment(
        id=said,
        session="s",
        at=0.0,
        said=said,
        reply="I see.",
        emotion=Emotion.SADNESS,
        valence=-0.5,
        arousal=0.0,
        confidence=0.7,
        risk="none",
        strategy="reflection",
        persona="mental_health_support",
    )
