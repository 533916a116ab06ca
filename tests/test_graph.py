# pyright: basic, reportArgumentType=false, reportCallIssue=false
"""The graph as LangGraph users meet it: invoke, stream, async, subgraph, interrupt."""

import asyncio
import base64
import io
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    AnyMessage,
    BaseMessage,
    HumanMessage,
    ToolMessage,
)
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from PIL import Image
from pydantic import Field

from empathy_agent import build_graph
from empathy_agent.agent.window import WINDOW
from empathy_agent.context import Context
from empathy_agent.errors import ModelUnavailable, SetupError
from empathy_agent.memory import ListMemory
from tests.fakes import KnownEyes, StillClock, parts

ME = Context(user_id="ana", country="US")


class TalkingModel(BaseChatModel):
    """A chat model that says what it is told to, or fails; it keeps what it was asked."""

    says: list[AIMessage] = Field(default_factory=list[AIMessage])
    broken: bool = False
    asked: list[list[BaseMessage]] = Field(default_factory=list[list[BaseMessage]])

    @property
    def _llm_type(self) -> str:
        return "talking"

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        return self

    def _next(self, messages: list[BaseMessage]) -> AIMessage:
        self.asked.append(messages)
        if self.broken:
            raise ModelUnavailable("the server is down")
        return self.says[min(len(self.asked), len(self.says)) - 1]

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self._next(messages))])

    def _stream(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> Iterator[Any]:
        said = self._next(messages)
        text = str(said.content)
        for i in range(0, len(text), 5):
            yield ChatGenerationChunk(message=AIMessageChunk(text[i : i + 5]))
        last = AIMessageChunk("", tool_calls=said.tool_calls, chunk_position="last")
        yield ChatGenerationChunk(message=last)

    async def _astream(
        self, messages: list[BaseMessage], *args: Any, **kwargs: Any
    ) -> AsyncIterator[Any]:
        for chunk in self._stream(messages):
            yield chunk


def says(*texts: str) -> TalkingModel:
    return TalkingModel(says=[AIMessage(text) for text in texts])


def thread(name: str = "t") -> dict[str, Any]:
    return {"configurable": {"thread_id": name}}


def message(text: str) -> dict[str, Any]:
    return {"messages": [HumanMessage(text)]}


def names(messages: Sequence[AnyMessage]) -> list[str]:
    return [type(each).__name__ for each in messages]


def test_a_turn_leaves_the_look_and_the_answer_in_messages():
    state = build_graph(parts()).invoke(message("I feel low today"), context=ME)
    assert names(state["messages"]) == ["HumanMessage", "AIMessage", "ToolMessage", "AIMessage"]
    assert state["messages"][1].tool_calls[0]["name"] == "perceive_emotion"
    assert state["reading"]["emotion"] == "sadness"
    assert state["route"] == "respond"
    assert state["messages"][-1].text == state["reply"]


def test_the_state_is_plain_json_with_no_frame_in_it():
    import json

    state = build_graph(parts()).invoke(message("hello"), context=ME)
    plain = {key: value for key, value in state.items() if key != "messages"}
    assert json.loads(json.dumps(plain)) == plain
    assert plain["frames"] is None


@pytest.mark.parametrize("persona", ["mental_health_support", "customer_service"])
def test_a_crisis_never_reaches_the_persona(persona: str):
    chat = says("Have a nice day!")
    graph = build_graph(parts(chat=chat), InMemorySaver())
    me = Context(user_id="ana", country="US", persona=persona)
    state = graph.invoke(message("I am going to kill myself tonight"), thread(), context=me)
    assert state["route"] == "hold"
    assert state["risk"]["level"] == "imminent"
    assert "988" in state["reply"]
    assert chat.asked == []


def test_a_happy_face_lowers_no_risk():
    from empathy_agent.affect import Emotion

    graph = build_graph(parts(eyes=KnownEyes(Emotion.HAPPINESS)), InMemorySaver())
    state = graph.invoke(message("I am going to kill myself tonight"), thread(), context=ME)
    assert state["risk"]["level"] == "imminent"


def test_a_held_turn_that_follows_says_something_else():
    graph = build_graph(parts(), InMemorySaver())
    replies: list[str] = []
    for text in ("I want to kill myself", "I have the pills here", "I don't know", "no"):
        for part in (message(text), None):
            state = graph.get_state(thread())
            if part is None and not state.interrupts:
                continue
            given = part or Command(resume={"accepted": False, "note": ""})
            out = graph.invoke(given, thread(), context=ME)
        replies.append(out["reply"])
    assert len(set(replies)) == len(replies)


def test_a_breach_of_the_model_is_replaced_before_anybody_sees_it():
    graph = build_graph(parts(chat=says("You have depression. Tell me about your day.")))
    shown = [
        part["data"]["delta"]
        for part in graph.stream(
            message("I feel low"), context=ME, stream_mode=["custom"], version="v2"
        )
        if part["type"] == "custom"
    ]
    assert "You have depression" not in "".join(shown)
    assert "Tell me about your day." in "".join(shown)


def test_raw_tokens_stay_out_of_the_messages_stream():
    graph = build_graph(parts(chat=says("You have depression. Go on.")))
    seen = graph.stream(message("I feel low"), context=ME, stream_mode="messages")
    texts = [str(chunk.text) for chunk, _ in seen if isinstance(chunk, AIMessage)]
    assert all("You have depression" not in text for text in texts)


def test_the_prompt_has_the_appraisal_and_the_words():
    chat = says("I hear you.")
    build_graph(parts(chat=chat)).invoke(message("I failed my exam"), context=ME)
    system, human = chat.asked[0][0], chat.asked[0][1]
    assert system.type == "system"
    assert system.additional_kwargs["appraisal"]["emotion"] == "sadness"
    assert human.text == "I failed my exam"


def test_a_model_that_is_down_is_stood_in_for():
    graph = build_graph(parts(chat=TalkingModel(broken=True)))
    state = graph.invoke(message("I feel low today"), context=ME)
    assert state["reply"]
    assert "the server is down" in state["notes"][0]


def test_a_model_that_says_nothing_is_stood_in_for():
    state = build_graph(parts(chat=says(""))).invoke(message("I feel low today"), context=ME)
    assert state["reply"]
    assert state["notes"]


def test_a_model_that_loops_on_tools_has_to_speak_in_the_end():
    call = {"name": "recall_affect", "args": {"query": "exam"}, "id": "1", "type": "tool_call"}
    chat = TalkingModel(says=[AIMessage("", tool_calls=[{**call, "id": str(i)}]) for i in range(9)])
    chat.says[4:] = [AIMessage("Here I am.")]
    state = build_graph(parts(chat=chat)).invoke(message("hello"), context=ME)
    assert state["reply"]
    assert sum(isinstance(each, ToolMessage) for each in state["messages"]) <= 5


async def test_ainvoke_and_astream_work_alike():
    graph = build_graph(parts(chat=says("I hear you. Go on.")), InMemorySaver())
    state = await graph.ainvoke(message("I feel low"), thread("a"), context=ME)
    assert state["reply"] == "I hear you. Go on."
    deltas = [
        part["data"]["delta"]
        async for part in graph.astream(
            message("I feel low"), thread("b"), context=ME, stream_mode=["custom"], version="v2"
        )
        if part["type"] == "custom"
    ]
    assert "".join(deltas).strip() == "I hear you. Go on."


async def test_many_conversations_run_side_by_side():
    graph = build_graph(parts(), InMemorySaver())
    states = await asyncio.gather(
        *(
            graph.ainvoke(message(f"I lost my key {i}"), thread(str(i)), context=ME)
            for i in range(10)
        )
    )
    assert all(state["reply"] for state in states)
    assert {state["messages"][0].text for state in states} == {
        f"I lost my key {i}" for i in range(10)
    }


def test_asking_for_a_human_interrupts_and_resumes():
    graph = build_graph(parts(), InMemorySaver())
    me = Context(user_id="ana", persona="customer_service")
    out = graph.invoke(
        message("I want to talk to a real person please"), thread(), context=me, version="v2"
    )
    assert out.interrupts[0].value["kind"] == "hand_over"
    state = graph.invoke(Command(resume={"accepted": True, "note": "Sam"}), thread(), context=me)
    assert state["reply"]
    assert any(each.name == "hand_over" for each in state["messages"] if each.type == "tool")


def test_a_crisis_is_remembered_before_a_human_is_asked():
    memory = ListMemory()
    graph = build_graph(parts(memory=memory), InMemorySaver())
    out = graph.invoke(
        message("I am going to kill myself tonight"), thread(), context=ME, version="v2"
    )
    assert out.interrupts
    assert memory.recent("ana")[-1].risk == "imminent"
    assert "988" in out.value["reply"]


def test_where_no_human_can_be_asked_nothing_waits_for_one():
    graph = build_graph(parts(), InMemorySaver())
    me = Context(user_id="ana", country="US", persona="customer_service", human=False)
    for text in ("I want to talk to a real person please", "I am going to kill myself tonight"):
        out = graph.invoke(message(text), thread(), context=me, version="v2")
        assert not out.interrupts
        assert out.value["reply"]


def test_the_thread_stays_bounded_over_many_turns():
    graph = build_graph(parts(), InMemorySaver())
    for i in range(40):
        state = graph.invoke(message(f"this is message number {i}"), thread(), context=ME)
    assert len(state["messages"]) <= WINDOW + 5
    assert state["messages"][0].type == "human"
    assert state["turn"] == 40


def test_a_picture_in_the_message_is_read_and_then_gone():
    buffer = io.BytesIO()
    Image.new("RGB", (32, 32), "white").save(buffer, "PNG")
    data = base64.b64encode(buffer.getvalue()).decode()
    eyes = KnownEyes()
    said = HumanMessage(
        [
            {"type": "text", "text": "this is me"},
            {"type": "image", "base64": data, "mime_type": "image/png"},
        ]
    )
    me = Context(user_id="ana", consent=True)
    state = build_graph(parts(eyes=eyes)).invoke({"messages": [said]}, context=me)
    window = eyes.asked[0][0]
    assert window is not None
    assert window.frames[0].pixels.shape == (32, 32, 3)
    assert state["messages"][0].content == "this is me"
    assert data not in str(state)


def test_what_was_felt_is_recalled_in_another_thread():
    memory = ListMemory()
    graph = build_graph(parts(memory=memory), InMemorySaver())
    graph.invoke(message("I failed my driving exam"), thread("one"), context=ME)
    state = graph.invoke(message("my driving exam is on my mind"), thread("two"), context=ME)
    assert "driving exam" in state["recalled"][0]["said"]


def test_another_user_recalls_nothing():
    graph = build_graph(parts(memory=ListMemory()), InMemorySaver())
    graph.invoke(message("I failed my driving exam"), thread("one"), context=ME)
    other = Context(user_id="ben")
    state = graph.invoke(message("my driving exam is on my mind"), thread("two"), context=other)
    assert state["recalled"] == []


@pytest.mark.parametrize("given", [{}, {"messages": []}, {"messages": [AIMessage("hi")]}])
def test_a_turn_without_a_user_is_told(given: dict[str, Any]):
    with pytest.raises(SetupError, match="starts with a user's message"):
        build_graph(parts()).invoke({"frames": None, **given}, context=ME)


def test_the_context_has_a_json_schema():
    schema = build_graph(parts()).get_context_jsonschema()
    assert schema is not None
    assert set(schema["properties"]) == {"user_id", "persona", "country", "consent", "human"}


BURDEN = "everyone would be better off without me"
HEARD = "It sounds as if you have been carrying this alone for a very long time."


def held_turns(*texts: str, chat: BaseChatModel | None = None, **made: Any) -> list[dict[str, Any]]:
    """Say one thing after the other in one thread where no human can be asked."""
    graph = build_graph(replace(parts(chat=chat), **made), InMemorySaver())
    me = Context(user_id="ana", country="US", human=False)
    return [graph.invoke(message(text), thread(), context=me) for text in texts]


def test_a_bare_yes_to_our_own_question_raises_the_risk():
    first, second = held_turns(BURDEN, "yes")
    assert first["risk"]["level"] == "moderate"
    assert "killing yourself?" in first["reply"]
    assert second["risk"]["level"] == "high"
    assert second["risk"]["signals"][0] == "answer.thoughts.yes"


def test_a_bare_yes_to_the_personas_own_question_raises_the_risk():
    chat = says("That sounds heavy. Are you thinking about killing yourself?")
    first, second = held_turns("I feel low today", "yes", chat=chat)
    assert first["route"] == "respond"
    assert (second["route"], second["risk"]["level"]) == ("hold", "high")


def test_a_high_risk_stands_until_the_person_says_that_they_are_safe():
    turns = held_turns(BURDEN, "yes", *["hm"] * 12)
    assert {each["route"] for each in turns} == {"hold"}
    assert turns[-1]["risk"]["level"] == "high"


@pytest.mark.parametrize(
    "chat", [says(HEARD), says("Do you feel alone?"), TalkingModel(broken=True)]
)
def test_a_model_may_add_one_fit_sentence_and_the_reviewed_words_stay(chat: TalkingModel):
    bare = held_turns(BURDEN)[0]["reply"]
    reply = held_turns(BURDEN, chat=chat)[0]["reply"]
    fit = bool(chat.says) and chat.says[0].content == HEARD
    assert reply == (f"{HEARD} {bare}" if fit else bare)


def test_the_sentence_can_be_turned_off():
    chat = says(HEARD)
    assert HEARD not in held_turns(BURDEN, chat=chat, sentence_s=0.0)[0]["reply"]
    assert chat.asked == []


def test_a_new_session_after_a_high_risk_begins_by_asking_how_it_is():
    memory, clock = ListMemory(), StillClock()
    graph = build_graph(parts(memory=memory, clock=clock), InMemorySaver())
    me = Context(user_id="ana", country="US", human=False)
    for text in (BURDEN, "yes"):
        graph.invoke(message(text), thread("one"), context=me)
    clock.now += 3 * 86_400
    back = graph.invoke(message("hello"), thread("two"), context=me)
    answer = graph.invoke(message("no"), thread("two"), context=me)
    stranger = graph.invoke(message("hello"), thread("three"), context=Context(user_id="ben"))
    assert "last time" in back["reply"].lower()
    assert back["reply"].endswith("?")
    assert answer["risk"]["level"] == "high"
    assert "last time" not in stranger["reply"].lower()


def test_after_a_good_answer_to_the_follow_up_the_persona_goes_on():
    memory, clock = ListMemory(), StillClock()
    graph = build_graph(parts(memory=memory, clock=clock), InMemorySaver())
    me = Context(user_id="ana", country="US", human=False)
    for text in (BURDEN, "yes"):
        graph.invoke(message(text), thread("one"), context=me)
    clock.now += 3 * 86_400
    graph.invoke(message("hello"), thread("two"), context=me)
    later = graph.invoke(message("yes, I had a good day"), thread("two"), context=me)
    assert later["route"] == "respond"


def test_a_human_is_told_where_it_stands_and_sees_no_transcript():
    graph = build_graph(parts(), InMemorySaver())
    graph.invoke(message(BURDEN), thread(), context=ME)
    out = graph.invoke(message("yes"), thread(), context=ME, version="v2")
    summary = out.interrupts[0].value["summary"]
    assert "high (suicide), about the user" in summary
    assert "thoughts: yes" in summary
    assert BURDEN not in summary


def test_a_memory_that_cannot_be_read_stops_no_crisis():
    class Broken(ListMemory):
        def noted(self, user: str, kind: str) -> Any:
            raise SetupError("the folder is gone")

        def note(self, user: str, kind: str, value: Any) -> None:
            raise SetupError("the folder is gone")

    memory = Broken()
    graph = build_graph(parts(memory=memory), InMemorySaver())
    me = Context(user_id="ana", country="US", human=False)
    state = graph.invoke(message("I am going to kill myself tonight"), thread(), context=me)
    assert "988" in state["reply"]
    assert len(state["notes"]) == 2
