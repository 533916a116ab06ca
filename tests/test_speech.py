# pyright: basic, reportArgumentType=false, reportCallIssue=false
"""What a chat model says for itself, by itself and in a whole turn."""

import pytest
from langchain_core.messages import AIMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver

from empathy_agent import build_graph
from empathy_agent.agent.voice import MOST_ROUNDS
from empathy_agent.models.chat import open_chat
from empathy_agent.models.speech import LONGEST_REPLY, OwnWords
from tests.fakes import parts
from tests.servers import Answer, BreaksOff, HangsUp, serving
from tests.test_graph import ME, TalkingModel, message, says, thread

OTHERS: list[tuple[str, str, str]] = [
    ("the user's next line", "I hear you.\n\nUser: thanks\nAssistant: sure", "I hear you."),
    ("small letters", "I hear you.\nhuman: thanks", "I hear you."),
    ("bold", "I hear you.\n**User:** thanks", "I hear you."),
    ("a heading", "I hear you.\n### Human: thanks", "I hear you."),
    ("a template", "I hear you.<|im_end|>\n<|im_start|>user\nthanks", "I hear you."),
    ("an end", "I hear you.</s>and so on", "I hear you."),
    ("a turn of Gemma", "I hear you.<end_of_turn>\n<start_of_turn>user", "I hear you."),
    ("an instruction", "I hear you. [INST] thanks [/INST]", "I hear you."),
    ("from the start", "User: I feel low\nI hear you.", ""),
    ("its own name", "Assistant: I hear you.", "I hear you."),
    ("its own name in bold", "**Assistant:** I hear you.", "I hear you."),
    ("a thought", "<think>User: is sad.\nSo</think>\n\nI hear you.", "I hear you."),
    ("a thought in between", "I hear you. <think>what now</think>Go on.", "I hear you. Go on."),
    ("a thought without an end", "<think>The user is sad. I should", ""),
]
SPOKEN = "That sounds like a long day for anybody. And then you"
HARMLESS = [
    "I hear you. Who else is a user of that room?",
    "Three things:\n1. rest\n2. water\n3. a friend",
    "You said: it is too much. [pause] What would help?",
    "I <3 that.\n\nWhat is next?",
    "Every human: flawed.",
    "2 < 3 and 4 > 3",
    "",
    "ok",
    "<",
    "我在听。\n你还好吗？",
]


def own(text: str, size: int) -> str:
    words = OwnWords()
    given = [words.feed(text[at : at + size]) for at in range(0, len(text), size)]
    return "".join([*given, words.flush()])


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
@pytest.mark.parametrize(("text", "kept"), [o[1:] for o in OTHERS], ids=[o[0] for o in OTHERS])
def test_what_is_not_its_own_is_cut_out(text: str, kept: str, size: int):
    assert own(text, size).strip() == kept


@pytest.mark.parametrize("size", [1, 5, 1000])
@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_its_own_passes_as_it_is(text: str, size: int):
    assert own(text, size) == text


def test_words_leave_before_the_answer_is_whole():
    words = OwnWords()
    assert words.feed("I hear you, and I am glad that you came.")


def test_a_model_that_does_not_stop_is_stopped():
    words = OwnWords()
    given = "".join(words.feed("and on ") for _ in range(10_000)) + words.flush()
    assert words.ended
    assert len(given) == LONGEST_REPLY
    thinks = OwnWords()
    assert not thinks.feed("<think>")
    assert not any(thinks.feed("and on ") for _ in range(20_000))
    assert thinks.ended


def test_a_model_that_speaks_as_the_user_is_cut_short():
    chat = says("That sounds hard. What happened?\nUser: I failed.\nAssistant: Oh no!")
    state = build_graph(parts(chat=chat)).invoke(message("I feel low"), context=ME)
    assert state["reply"] == "That sounds hard. What happened?"
    assert not state["notes"]
    assert "I failed" not in str(state["messages"])


@pytest.mark.parametrize("said", ["User: I feel low", "<think>hm", " \n\t", "Assistant:"])
async def test_a_model_that_says_nothing_of_its_own_is_stood_in_for(said: str):
    graph = build_graph(parts(chat=says(said)), InMemorySaver())
    state = await graph.ainvoke(message("I feel low"), thread(), context=ME)
    assert state["reply"]
    assert "I feel low" not in state["reply"]
    assert "stood in" in state["notes"][0]


@pytest.mark.parametrize("answer", [HangsUp(SPOKEN), BreaksOff(SPOKEN)], ids=["hang-up", "JSON"])
async def test_what_was_said_before_a_server_broke_off_stands_and_the_embedded_voice_goes_on(
    answer: Answer,
):
    pytest.importorskip("langchain_openai")
    with serving(answer) as server:
        chat = open_chat(server.name, max_retries=0)
        graph = build_graph(parts(chat=chat), InMemorySaver())
        for state in (
            graph.invoke(message("I feel low"), thread("a"), context=ME),
            await graph.ainvoke(message("I feel low"), thread("b"), context=ME),
        ):
            assert state["reply"].startswith("That sounds like a long day for anybody. ")
            assert len(state["reply"]) > len(SPOKEN)
            assert "And then you" not in state["reply"]
            assert "the embedded voice stood in: the chat server" in state["notes"][0]


def test_a_model_that_never_stops_calling_tools_is_stood_in_for():
    args = {"name": "recall_affect", "args": {"query": "exam"}, "type": "tool_call"}
    calls = [AIMessage("", tool_calls=[{**args, "id": str(at)}]) for at in range(99)]
    state = build_graph(parts(chat=TalkingModel(says=calls))).invoke(message("hello"), context=ME)
    assert state["reply"]
    assert "stood in" in state["notes"][0]
    assert sum(isinstance(each, ToolMessage) for each in state["messages"]) == MOST_ROUNDS + 1


def test_a_model_that_calls_a_hundred_tools_at_once_gets_a_few():
    args = {"name": "recall_affect", "args": {"query": "exam"}, "type": "tool_call"}
    first = AIMessage("", tool_calls=[{**args, "id": str(at)} for at in range(100)])
    chat = TalkingModel(says=[first, AIMessage("Here I am.")])
    state = build_graph(parts(chat=chat)).invoke(message("hello"), context=ME)
    assert state["reply"] == "Here I am."
    assert sum(isinstance(each, ToolMessage) for each in state["messages"]) < 10


@pytest.mark.parametrize(
    "call",
    [
        {"name": "rm_rf", "args": {}, "id": "1", "type": "tool_call"},
        {"name": "recall_affect", "args": {"qery": 7}, "id": "1", "type": "tool_call"},
        {"name": "recall_affect", "args": {}, "id": "", "type": "tool_call"},
        {"name": "", "args": {}, "id": "1", "type": "tool_call"},
    ],
    ids=["unknown", "wrong arguments", "no id", "no name"],
)
def test_a_call_that_makes_no_sense_ends_no_turn(call: dict):
    chat = TalkingModel(says=[AIMessage("", tool_calls=[call]), AIMessage("Here I am.")])
    state = build_graph(parts(chat=chat)).invoke(message("hello"), context=ME)
    assert state["reply"] == "Here I am."
