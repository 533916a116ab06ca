"""The embedded voice as a LangChain chat model: words, streams, tools, and whole conversations."""

import asyncio
import json
import time
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    AnyMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.tools import tool

from empathy_agent.affect import Appraisal, RecalledNote
from empathy_agent.models.listener.voice import ScriptedListener

SAD = {"emotion": "sadness", "feeling": "sad", "confidence": 0.7, "intensity": "strong"}
HAPPY = {"emotion": "happiness", "feeling": "happy", "confidence": 0.8, "intensity": "strong"}


@tool
def hand_over(reason: str, summary: str) -> str:
    """Ask a human to take over."""
    return f"{reason}: {summary}"


@tool
def crisis_lines(country: str | None = None) -> str:
    """Return helplines."""
    return str(country)


@tool
def recall_affect(query: str) -> str:
    """Look up earlier moments."""
    return query


@tool
def perceive_emotion() -> str:
    """Look."""
    return ""


TOOLS = [hand_over, crisis_lines, recall_affect, perceive_emotion]


def system(said: str, **changed: Any) -> SystemMessage:
    told: dict[str, Any] = {
        "said": said,
        "persona": "p",
        "setting": "support",
        "turn": 1,
        "feeling": None,
        "emotion": None,
        "intensity": "clear",
        "valence": None,
        "arousal": None,
        "confidence": 0.0,
    }
    appraisal = Appraisal.model_validate({**told, **changed})
    return SystemMessage(
        "who you are", additional_kwargs={"appraisal": appraisal.model_dump(mode="json")}
    )


def ask(said: str, *before: AnyMessage, **changed: Any) -> AIMessage:
    return ScriptedListener().invoke([system(said, **changed), *before, HumanMessage(said)])


def looked(**reading: Any) -> list[AnyMessage]:
    call = {"name": "perceive_emotion", "args": dict[str, str](), "id": "look", "type": "tool_call"}
    return [
        AIMessage("", tool_calls=[call]),
        ToolMessage(json.dumps(reading), name="perceive_emotion", tool_call_id="look"),
    ]


def after_tool(said: str, name: str, result: str, **changed: Any) -> AIMessage:
    call = {"name": name, "args": dict[str, str](), "id": "1", "type": "tool_call"}
    return ScriptedListener().invoke(
        [
            system(said, **changed),
            HumanMessage(said),
            *looked(frames=30),
            AIMessage("", tool_calls=[call]),
            ToolMessage(result, name=name, tool_call_id="1"),
        ]
    )


def test_a_reply_holds_their_words_and_says_how_it_was_made():
    said = ask("I failed my exam and I cannot face my parents", **SAD)
    assert "you failed your exam and cannot face your parents" in said.text.lower()
    assert said.response_metadata["strategy"] == "reflection"
    assert len(said.response_metadata["wordings"]) in {2, 3}


def test_the_same_conversation_gets_the_same_reply():
    assert ask("I failed my exam", **SAD).text == ask("I failed my exam", **SAD).text


def test_what_was_said_and_felt_changes_the_reply():
    replies = {
        ask("I failed my exam", **SAD).text,
        ask("My dog died on Sunday", **SAD).text,
        ask("I got the job!", **HAPPY).text,
        ask("I failed my exam", emotion="anger", feeling="angry", confidence=0.8).text,
    }
    assert len(replies) == 4


def test_without_an_appraisal_the_last_message_is_answered():
    said = ScriptedListener().invoke("I lost my job last week")
    assert "you lost your job" in said.text.lower()


def test_a_spoilt_appraisal_is_no_appraisal():
    spoilt = SystemMessage("x", additional_kwargs={"appraisal": {"said": 1}})
    assert ScriptedListener().invoke([spoilt, HumanMessage("I lost my job")]).text


def test_the_last_system_message_counts():
    first, last = system("hi", **HAPPY), system("my mum died", **SAD)
    said = ScriptedListener().invoke([first, last, HumanMessage("my mum died")])
    assert said.response_metadata["strategy"] != "celebration"


def test_a_stream_is_the_same_reply_in_words():
    messages = [system("I failed my exam", **SAD), HumanMessage("I failed my exam")]
    chunks = list(ScriptedListener().stream(messages))
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole = whole + chunk
    once = ScriptedListener().invoke(messages)
    assert len(chunks) > 5
    assert whole.text == once.text
    assert whole.response_metadata == once.response_metadata
    assert [chunk.chunk_position for chunk in chunks if isinstance(chunk, AIMessageChunk)][-1] == (
        "last"
    )


def test_callbacks_hear_every_word():
    class Hears(BaseCallbackHandler):
        said = ""

        def on_llm_new_token(self, token: Any, **_: Any) -> None:
            self.said += str(token)

    hears = Hears()
    chunks = list(ScriptedListener().stream("I feel low", {"callbacks": [hears]}))
    assert hears.said == "".join(str(chunk.text) for chunk in chunks)


async def test_async_is_native_and_the_same():
    messages = [system("I failed my exam", **SAD), HumanMessage("I failed my exam")]
    voice = ScriptedListener()
    once = await voice.ainvoke(messages)
    streamed = "".join([str(chunk.text) async for chunk in voice.astream(messages)])
    assert once.text == streamed == voice.invoke(messages).text


async def test_a_hundred_conversations_at_once():
    texts = [f"I lost my key in room {i}" for i in range(100)]
    replies = await asyncio.gather(*(ScriptedListener().ainvoke(text) for text in texts))
    assert all(reply.text for reply in replies)


def test_asking_for_a_human_calls_the_tool():
    voice = ScriptedListener().bind_tools(TOOLS)
    said = voice.invoke(
        [system("x"), HumanMessage("I lost it all"), HumanMessage("I want a human")]
    )
    assert said.tool_calls == []
    asked = "can I talk to a human"
    called = voice.invoke(
        [system(asked, **SAD), HumanMessage("my parcel is gone"), HumanMessage(asked)]
    )
    (call,) = called.tool_calls
    assert call["name"] == "hand_over"
    assert call["args"]["reason"]
    assert "my parcel is gone" in call["args"]["summary"]
    assert called.text == ""


def test_a_streamed_tool_call_is_whole():
    voice = ScriptedListener().bind_tools(TOOLS)
    chunks = list(voice.stream([system("can I talk to a human"), HumanMessage("x")]))
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole = whole + chunk
    assert isinstance(whole, AIMessage)
    assert whole.tool_calls[0]["args"]["summary"]
    assert whole.response_metadata["strategy"] == "hand_over"


def test_without_the_tool_nobody_is_promised():
    said = ask("can I talk to a human")
    assert said.tool_calls == []
    assert "can't" in said.text


@pytest.mark.parametrize(
    ("said", "name", "args"),
    [
        ("what helplines are there", "crisis_lines", {}),
        ("what helplines are there in Germany?", "crisis_lines", {"country": "Germany"}),
        ("do you remember when I lost my job?", "recall_affect",
         {"query": "do you remember when I lost my job?"}),
    ],
)  # fmt: skip
def test_tools_are_called_where_they_help(said: str, name: str, args: dict[str, str]):
    called = ScriptedListener().bind_tools(TOOLS).invoke([system(said), HumanMessage(said)])
    assert [(call["name"], call["args"]) for call in called.tool_calls] == [(name, args)]


@pytest.mark.parametrize("setting", ["support", "service"])
def test_a_human_who_accepts_is_announced(setting: str):
    result = json.dumps({"accepted": True, "note": "Sam here,\nin a minute"})
    said = after_tool("can I talk to a human", "hand_over", result, setting=setting)
    assert "Sam here, in a minute" in said.text
    assert said.response_metadata["strategy"] == "hand_over"


@pytest.mark.parametrize("setting", ["support", "service"])
@pytest.mark.parametrize("result", ['{"accepted": false, "note": ""}', "broken", "[]"])
def test_nobody_free_is_said_honestly(setting: str, result: str):
    said = after_tool("can I talk to a human", "hand_over", result, setting=setting)
    assert "joining" not in said.text
    assert "taking over" not in said.text


def test_lines_are_quoted_word_for_word():
    lines = "Samaritans: 116 123\nEmergency: 999"
    assert lines in after_tool("what helplines are there", "crisis_lines", lines).text


def test_a_memory_is_told_in_their_words():
    result = json.dumps([{"when": "3 days ago", "said": "I failed my exam", "emotion": None}])
    said = after_tool("do you remember my exam?", "recall_affect", result)
    assert "3 days ago" in said.text
    assert "exam" in said.text


@pytest.mark.parametrize("result", ["[]", "The memory cannot be read: locked"])
def test_nothing_remembered_is_said_honestly(result: str):
    said = after_tool("do you remember my exam?", "recall_affect", result)
    assert "Yes" not in said.text


def test_the_result_of_the_look_is_no_reason_to_answer_it():
    said = "I failed my exam"
    reply = ScriptedListener().invoke(
        [system(said, **SAD), HumanMessage(said), *looked(frames=30, cues=["brow lowered"])]
    )
    assert "brow" not in reply.text
    assert reply.response_metadata["strategy"] == "reflection"


def test_what_was_seen_is_told_only_when_asked_and_hedged():
    said = "what did you see?"
    seen = looked(frames=30, abstained=None, cues=["brow lowered", "lip corners down"])
    reply = ScriptedListener().invoke([system(said, **SAD), HumanMessage(said), *seen])
    assert "brow lowered" in reply.text
    assert any(hedge in reply.text for hedge in ("wrong", "impression", "guess"))


@pytest.mark.parametrize(("frames", "words"), [(30, "camera"), (0, "only|nothing")])
def test_whether_it_sees_is_told_truly(frames: int, words: str):
    said = "can you see me?"
    reply = ScriptedListener().invoke([system(said), HumanMessage(said), *looked(frames=frames)])
    assert reply.text.startswith("No") == (frames == 0)
    assert any(word in reply.text for word in words.split("|"))


def test_a_denied_feeling_is_not_guessed_again():
    angry = {"emotion": "anger", "feeling": "angry", "confidence": 0.8}
    before = [HumanMessage("I'm not angry"), AIMessage("Thank you.")]
    assert "angry" not in ask("My boss gave my desk away", *before, **angry).text


def test_a_remembered_matter_is_followed_up():
    note = RecalledNote(when="3 days ago", said="I failed my exam", emotion=None, why="same")
    said = ask("hi", recalled=(note.model_dump(),))
    assert "3 days ago" in said.text
    assert "exam" in said.text


INPUTS = [
    "", " ", "\x00\x07", "😭😭", "???", "今日はとても悲しい", "x" * 200_000, "a b " * 50_000,
    "<script>alert(1)</script>", "$echo ${thing} $$", "{'a': 1}", "\u202eabc\ud800",
]  # fmt: skip


@pytest.mark.parametrize("said", INPUTS, ids=range(len(INPUTS)))
@pytest.mark.parametrize("setting", ["support", "service"])
def test_any_text_gets_a_reply(said: str, setting: str):
    reply = ask(said, setting=setting)
    assert reply.text
    assert "$" not in reply.text
    assert "<script" not in reply.text


def test_thirty_turns_without_a_repeat():
    voice, messages, tried, used = ScriptedListener(), [], [], []
    seen: set[str] = set()
    for turn in range(1, 31):
        said = f"It is so hard with my sister and I cried about thing number {turn}"
        told = system(said, turn=turn, tried=tuple(tried), used=tuple(used), **SAD)
        messages.append(HumanMessage(said))
        reply = voice.invoke([told, *messages])
        messages.append(reply)
        tried.append(reply.response_metadata["strategy"])
        used += reply.response_metadata["wordings"]
        assert reply.text not in seen
        seen.add(reply.text)
    assert len(used) == len(set(used))


def test_without_ids_earlier_replies_are_still_not_repeated():
    messages: list[AnyMessage] = []
    seen: set[str] = set()
    for _ in range(6):
        messages.append(HumanMessage("hello"))
        reply = ScriptedListener().invoke(messages)
        messages.append(AIMessage(reply.text))
        assert reply.text not in seen
        seen.add(reply.text)


def test_a_reply_takes_milliseconds():
    voice = ScriptedListener()
    voice.warm()
    took: list[float] = []
    for i in range(40):
        said = f"I failed my exam number {i} and my parents are angry with me"
        messages = [system(said, **SAD), HumanMessage(said)]
        start = time.process_time()
        voice.invoke(messages)
        took.append(time.process_time() - start)
    assert sorted(took)[20] < 0.010
