"""Chat models by name; servers are talked to over real HTTP on this machine."""

import importlib.util
import socket
import sys

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from pydantic import SecretStr

from empathy_agent.errors import ModelUnavailable, SetupError
from empathy_agent.models.chat import open_chat, translate_errors
from empathy_agent.models.listener.voice import ScriptedListener
from tests.servers import Answer, BreaksOff, Calls, Fails, HangsUp, Says, serving

needs_server = pytest.mark.skipif(
    importlib.util.find_spec("langchain_openai") is None, reason="needs the extra 'server'"
)


@tool
def weather(city: str) -> str:
    """Return the weather of a city."""
    return f"sunny in {city}"


def test_scripted_is_the_embedded_voice():
    assert isinstance(open_chat("scripted"), ScriptedListener)


@pytest.mark.parametrize(
    "name",
    ["openai:http://localhost:8000/v1", "openai:localhost#llama", "openai:http://#llama",
     "openai:http://localhost/v1#", "openai:ftp://localhost#llama"],
)  # fmt: skip
def test_a_malformed_server_name_shows_an_example(name: str):
    with pytest.raises(SetupError, match=r"openai:http://localhost:11434/v1#llama3.2"):
        open_chat(name)


def test_an_unknown_name_suggests_a_near_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "langchain", None)
    with pytest.raises(SetupError, match="did you mean 'scripted'"):
        open_chat("scriptd")


def test_a_missing_extra_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "langchain_openai", None)
    with pytest.raises(SetupError, match=r"pip install 'empathy-agent\[server\]'"):
        open_chat("openai:http://localhost:1/v1#m")


@needs_server
def test_a_server_answers():
    with serving(Says("I hear you.")) as server:
        said = open_chat(server.name).invoke([HumanMessage("I feel low")])
        assert said.text == "I hear you."
        assert server.asked[0]["model"] == "test-model"
        assert server.asked[0]["messages"] == [{"role": "user", "content": "I feel low"}]


@needs_server
def test_a_server_streams():
    with serving(Says("I hear you, go on.")) as server:
        pieces = [str(chunk.text) for chunk in open_chat(server.name).stream("hi")]
    assert "".join(pieces) == "I hear you, go on."
    assert len([piece for piece in pieces if piece]) == 5


@needs_server
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_a_server_calls_tools(streamed: bool):
    with serving(Calls("weather", {"city": "Oslo"}), Says("It is sunny.")) as server:
        chat = open_chat(server.name).bind_tools([weather])
        asked = HumanMessage("weather in Oslo?")
        if streamed:
            chunks = list(chat.stream([asked]))
            first = chunks[0]
            for chunk in chunks[1:]:
                first = first + chunk
        else:
            first = chat.invoke([asked])
        assert isinstance(first, AIMessage)
        assert first.tool_calls[0]["args"] == {"city": "Oslo"}
        assert server.asked[0]["tools"][0]["function"]["name"] == "weather"
        called = AIMessage("", tool_calls=first.tool_calls)
        result = ToolMessage("sunny", tool_call_id=str(first.tool_calls[0]["id"]))
        assert chat.invoke([asked, called, result]).text == "It is sunny."


@needs_server
async def test_a_server_answers_in_async():
    with serving(Says("I hear you.")) as server:
        assert (await open_chat(server.name).ainvoke("hi")).text == "I hear you."


@needs_server
def test_the_key_is_sent_and_a_local_server_gets_a_placeholder():
    with serving(Says("ok")) as server:
        open_chat(server.name, api_key=SecretStr("sk-test")).invoke("hi")
        open_chat(server.name).invoke("hi")
        assert server.keys == ["Bearer sk-test", "Bearer EMPTY"]


@needs_server
@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_passing_failure_is_tried_again(status: int):
    with serving(Fails(status), Says("back again")) as server:
        assert open_chat(server.name).invoke("hi").text == "back again"
        assert len(server.asked) == 2


FAILURES: list[tuple[str, Answer, str]] = [
    ("401", Fails(401), "refused the key"),
    ("404", Fails(404), "does not know this model"),
    ("429", Fails(429), "too busy"),
    ("500", Fails(500), r"failed \(500\)"),
    ("html", Fails(200, "<html>welcome</html>", "text/html"), "no chat"),
    ("empty object", Fails(200, "{}"), "no chat"),
    ("no choices", Fails(200, '{"choices": []}'), "no chat"),
    ("slow", Says("sorry", after_s=0.6), "too long"),
]


@needs_server
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(
    ("answer", "told"), [f[1:] for f in FAILURES], ids=[f[0] for f in FAILURES]
)
def test_a_failing_server_is_unavailable(answer: Answer, told: str, streamed: bool):
    with serving(answer) as server:
        limit = 0.2 if told == "too long" else 30
        chat = open_chat(server.name, timeout=limit, max_retries=0)
        with pytest.raises(ModelUnavailable, match=told) as raised, translate_errors():
            _ = list(chat.stream("a secret")) if streamed else chat.invoke("a secret")
        assert "secret" not in str(raised.value)


@needs_server
def test_a_stream_that_breaks_off_is_unavailable():
    with serving(BreaksOff()) as server:
        chat = open_chat(server.name, max_retries=0)
        with pytest.raises(ModelUnavailable, match="JSON"), translate_errors():
            list(chat.stream("hi"))


@needs_server
@pytest.mark.parametrize("text", ["I was", ""])
async def test_a_stream_that_ends_too_early_is_unavailable(text: str):
    with serving(HangsUp(text)) as server:
        chat = open_chat(server.name, max_retries=0)
        with pytest.raises(ModelUnavailable, match="hung up|no chat"), translate_errors():
            list(chat.stream("hi"))
        with pytest.raises(ModelUnavailable, match="hung up|no chat"), translate_errors():
            _ = [chunk async for chunk in chat.astream("hi")]


@needs_server
async def test_a_stream_that_takes_for_ever_is_unavailable():
    with serving(Says("so " * 40, each_s=0.05)) as server:
        chat = open_chat(server.name, timeout=0.2, max_retries=0)
        with pytest.raises(ModelUnavailable, match="too long"), translate_errors():
            list(chat.stream("hi"))
        with pytest.raises(ModelUnavailable, match="too long"), translate_errors():
            _ = [chunk async for chunk in chat.astream("hi")]


@needs_server
async def test_a_server_that_keeps_failing_is_left_alone_for_a_while():
    with serving(Fails(500), Fails(500), Says("hm"), Fails(401)) as server:
        chat = open_chat(server.name, max_retries=0)
        for _ in range(2):
            with pytest.raises(ModelUnavailable, match="500"):
                list(chat.stream("hi"))
        assert chat.invoke("hi").text == "hm"
        for _ in range(3):
            with pytest.raises(ModelUnavailable, match="refused the key"):
                await chat.ainvoke("hi")
        with pytest.raises(ModelUnavailable, match="refused the key.*EMPATHY_API_KEY.*asked again"):
            _ = [chunk async for chunk in chat.bind_tools([weather]).astream("hi")]
        assert len(server.asked) == 6
        assert open_chat("scripted").invoke("hi").text


@needs_server
def test_an_error_inside_of_a_stream_is_not_repeated():
    event = 'data: {"error": {"message": "a secret", "code": 500}}\n\n'
    with serving(Fails(200, event, "text/event-stream")) as server:
        chat = open_chat(server.name, max_retries=0)
        with pytest.raises(ModelUnavailable, match="chat server") as raised, translate_errors():
            list(chat.stream("hi"))
    assert "secret" not in str(raised.value)


@needs_server
async def test_words_for_this_machine_go_through_no_proxy(monkeypatch: pytest.MonkeyPatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    with serving(Says("here")) as server:
        assert open_chat(server.name).invoke("hi").text == "here"
        assert (await open_chat(server.name).ainvoke("hi")).text == "here"


@needs_server
def test_a_key_in_the_address_is_refused_and_not_repeated():
    with pytest.raises(SetupError, match="set EMPATHY_API_KEY") as raised:
        open_chat("openai:https://me:sk-secret@host/v1#m")
    assert "sk-secret" not in str(raised.value)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@needs_server
def test_nobody_there_is_unavailable():
    chat = open_chat(f"openai:http://127.0.0.1:{free_port()}/v1#m", max_retries=0)
    with pytest.raises(ModelUnavailable, match="cannot be reached"), translate_errors():
        chat.invoke("hi")


@needs_server
def test_every_error_of_the_client_is_translated():
    import openai

    kinds = [
        kind
        for kind in [getattr(openai, name) for name in dir(openai) if name.endswith("Error")]
        if isinstance(kind, type) and issubclass(kind, openai.OpenAIError)
    ]
    assert len(kinds) > 10
    for kind in kinds:
        with pytest.raises(ModelUnavailable), translate_errors():
            raise kind.__new__(kind)


def test_a_bug_of_ours_passes_through():
    with pytest.raises(ZeroDivisionError), translate_errors():
        _ = 1 / 0
    with pytest.raises(ValueError, match="ours"), translate_errors():
        raise ValueError("ours")
