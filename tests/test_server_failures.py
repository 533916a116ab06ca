"""What goes wrong with a vision model on a server: over real HTTP on this machine."""

import importlib.util
import json
import logging
import socket
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from typing import Any

import pytest

from empathy_agent.errors import EmpathyError, ModelUnavailable, SetupError
from empathy_agent.models.server import open_server
from empathy_agent.models.server.breaker import Breaker
from empathy_agent.models.server.line import Limits
from empathy_agent.models.server.vision import ServerVision
from tests.server_vision import FEELINGS, ONCE, QUICK, SURE, face, vision
from tests.servers import (
    Answer,
    BreaksOff,
    Drips,
    Fails,
    HangsUp,
    Likely,
    Says,
    serving,
)

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("openai") is None, reason="needs the extra 'server'"
)


def asked(model: ServerVision, *, streamed: bool) -> str:
    if streamed:
        return "".join(model.stream([face()], "a secret"))
    return model.answer([face()], "a secret")


def listing(error: BaseException | None) -> str:
    """Return everything that an error and what it came from say."""
    said = ""
    while error is not None:
        said += f"{error} "
        error = error.__cause__
    return said


DOWN = [
    ("429", Fails(429), "too busy"),
    ("500", Fails(500), r"failed \(500\)"),
    ("503 in HTML", Fails(503, "<html>bad gateway</html>", "text/html"), r"failed \(503\)"),
    ("a page", Fails(200, "<html>welcome</html>", "text/html"), "no chat|hung up"),
    ("an empty object", Fails(200, "{}"), "no chat|hung up"),
    ("no choices", Fails(200, '{"choices": []}'), "no chat|hung up"),
    ("another schema", Fails(200, '{"choices": [{"text": "hi"}]}'), "no chat|hung up"),
    ("a list", Fails(200, "[1, 2]"), "no chat|hung up"),
    ("nothing", Fails(200, ""), "no chat|hung up"),
    ("half an answer", HangsUp(), "hung up"),
    ("half of nothing", HangsUp(""), "hung up"),
    ("broken JSON", BreaksOff(), "broke off|no chat"),
]


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(("answer", "told"), [d[1:] for d in DOWN], ids=[d[0] for d in DOWN])
def test_a_failing_server_is_unavailable(answer: Answer, told: str, streamed: bool) -> None:
    with serving(answer) as server:
        model = vision(server, ONCE)
        with pytest.raises(ModelUnavailable, match=told) as raised:
            asked(model, streamed=streamed)
    assert "secret" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_what_was_streamed_before_the_line_broke_has_come_and_is_not_repeated() -> None:
    text = "The corners of the mouth go up, and"
    with serving(HangsUp(text), Says("again")) as server:
        pieces = vision(server).stream([face()], "?")
        assert next(pieces) == text
        with pytest.raises(ModelUnavailable, match="hung up"):
            next(pieces)
        assert len(server.asked) == 1


def test_an_error_inside_of_a_stream_is_a_failure() -> None:
    event = 'data: {"error": {"message": "out of memory", "code": 500}}\n\n'
    with (
        serving(Fails(200, event, "text/event-stream")) as server,
        pytest.raises(ModelUnavailable, match="broke off"),
    ):
        asked(vision(server, ONCE), streamed=True)


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(
    "answer", [Says("sorry", after_s=1.5), Drips(0.05, 30)], ids=["silent", "drips"]
)
def test_a_server_that_says_nothing_is_given_up_in_time(answer: Answer, streamed: bool) -> None:
    with serving(answer) as server:
        with pytest.raises(ModelUnavailable, match="too long"):
            asked(vision(server, Limits(total_s=0.4)), streamed=streamed)
        assert len(server.asked) <= 1, "there is no time for another try"


def test_nobody_there_is_unavailable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ModelUnavailable, match="cannot be reached; is it running"):
        open_server(f"http://127.0.0.1:{port}/v1#m", limits=QUICK).answer([face()], "?")


@pytest.mark.parametrize(
    "first",
    [Fails(429), Fails(429, retry_after=None), Fails(500), Fails(503), Fails(408), HangsUp()],
    ids=["429", "429 without Retry-After", "500", "503", "408", "hung up"],
)
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_what_may_pass_is_tried_again(first: Answer, streamed: bool) -> None:
    if isinstance(first, HangsUp) and streamed:
        first = HangsUp("")
    with serving(first, first, Says("back again")) as server:
        assert asked(vision(server), streamed=streamed) == "back again"
        assert len(server.asked) == 3


def test_tries_come_to_an_end() -> None:
    with serving(Fails(500)) as server, pytest.raises(ModelUnavailable):
        asked(vision(server), streamed=False)
    assert len(server.asked) == QUICK.tries


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
def test_what_will_not_pass_is_asked_once(status: int) -> None:
    with serving(Fails(status)) as server:
        with pytest.raises(EmpathyError):
            asked(vision(server), streamed=False)
        assert len(server.asked) == 1


@pytest.mark.parametrize(
    "after", ["60", formatdate(time.time() + 7200, usegmt=True)], ids=["seconds", "date"]
)
def test_a_wait_that_is_too_long_is_not_waited_and_the_server_is_left_alone(after: str) -> None:
    with serving(Fails(429, retry_after=after)) as server:
        model = vision(server)
        for told in ("too busy", "too busy.*asked again in"):
            with pytest.raises(ModelUnavailable, match=told):
                asked(model, streamed=False)
        assert len(server.asked) == 1


@pytest.mark.parametrize("after", ["soon", "-3", "nan", "inf", ""])
def test_a_wait_that_says_nothing_is_ours_to_choose(after: str) -> None:
    with serving(Fails(429, retry_after=after), Says("ok")) as server:
        assert asked(vision(server), streamed=False) == "ok"


# the breaker


def test_a_server_that_keeps_failing_is_left_alone_and_tried_later() -> None:
    limits = Limits(total_s=30.0, tries=1, failures=2, rest_s=1.0)
    with serving(Fails(500), Fails(500), Fails(500), Says("back")) as server:
        model = vision(server, limits)
        for _ in range(2):
            with pytest.raises(ModelUnavailable, match="500"):
                asked(model, streamed=False)
        with pytest.raises(ModelUnavailable, match="500.*asked again in"):
            asked(model, streamed=True)
        assert len(server.asked) == 2
        time.sleep(1.1)
        with pytest.raises(ModelUnavailable, match="500"):
            asked(model, streamed=False)
        with pytest.raises(ModelUnavailable, match="500.*asked again in"):
            asked(model, streamed=False)
        time.sleep(1.1)
        assert asked(model, streamed=True) == "back"
        assert asked(model, streamed=False) == "back"


def fail(breaker: Breaker) -> None:
    with pytest.raises(ModelUnavailable, match="down"), breaker:
        raise ModelUnavailable("down")


def test_one_call_alone_tries_whether_a_server_is_back() -> None:
    now = [0.0]
    breaker = Breaker(1, 10.0, lambda: now[0])
    fail(breaker)
    now[0] = 11.0
    with breaker, pytest.raises(ModelUnavailable, match="being tried"), breaker:
        pass
    with breaker:
        pass


def test_a_refusal_is_no_failure_and_a_success_forgets_them() -> None:
    breaker = Breaker(2, 10.0, lambda: 0.0)
    fail(breaker)
    with pytest.raises(SetupError), breaker:
        raise SetupError("wrong name")
    fail(breaker)
    with breaker:
        pass
    fail(breaker)
    fail(breaker)
    with pytest.raises(ModelUnavailable, match="asked again in 10 s"), breaker:
        pass


def test_many_threads_may_ask_one_model() -> None:
    def play(body: dict[str, Any]) -> Answer:
        asked = body["messages"][0]["content"][-1]["text"]
        return Likely([{asked: 0.9, "anger": 0.1}])

    with serving(play) as server:
        model = vision(server)
        with ThreadPoolExecutor(8) as pool:
            feelings = [FEELINGS[at % 3] for at in range(48)]
            got = [pool.submit(model.score, [face()], each, FEELINGS) for each in feelings]
            best = [FEELINGS[each.result().index(max(each.result()))] for each in got]
    assert best == feelings


# what the user has to put right


def refusal(status: int, message: str) -> Fails:
    return Fails(status, json.dumps({"error": {"message": message, "code": status}}))


WRONG = [
    ("key", Fails(401, '{"error": "Unauthorized"}'), "refused the key.*set EMPATHY_VISION_API_KEY"),
    ("vllm", refusal(400, "test-model is not a multimodal model"), "cannot see pictures; serve"),
    (
        "llama.cpp",
        refusal(500, "image input is not supported - hint: you may need to provide the mmproj"),
        "cannot see pictures.*--mmproj",
    ),
    (
        "ollama",
        refusal(500, "this model is missing data required for image input"),
        "cannot see pictures",
    ),
    ("no image", refusal(400, "At most 0 image(s) may be provided in one prompt."), "cannot see"),
    (
        "one image",
        refusal(400, "At most 1 image(s) may be provided in one prompt."),
        "at most 1 pictures a question; start vLLM with --limit-mm-per-prompt",
    ),
    (
        "context",
        refusal(400, "This model's maximum context length is 2048 tokens."),
        "longer one.*--max-model-len",
    ),
    ("moved", Fails(307, "", headers=(("Location", "http://127.0.0.1:9/v1"),)), "sends elsewhere"),
]


@pytest.mark.parametrize("ask", ["score", "answer", "stream", "warm"])
@pytest.mark.parametrize(("answer", "told"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_what_the_user_has_to_put_right_is_told_in_one_line(
    answer: Answer, told: str, ask: str
) -> None:
    with serving(answer) as server:
        model = vision(server)
        with pytest.raises(SetupError, match=told) as raised:
            _ = {
                "score": lambda: model.score([face()], "a secret", FEELINGS),
                "answer": lambda: model.answer([face()], "a secret"),
                "stream": lambda: list(model.stream([face()], "a secret")),
                "warm": lambda: model.warm(),
            }[ask]()
        assert len(server.asked) == 1
    assert "secret" not in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("models", "told"),
    [
        (("test-modell", "llava"), "no model 'test-model'; did you mean 'test-modell'"),
        (("qwen2.5vl:3b", "llava:7b"), "known: 'llava:7b', 'qwen2.5vl:3b'$"),
        ([f"model-{at}" for at in range(80)], "no model 'test-model'.{10,120}$"),
        (("test-model",), "has 'test-model' and does not talk with it"),
        (None, "BASE_URL mostly ends in '/v1'"),
        ((), "BASE_URL mostly ends in '/v1'"),
    ],
    ids=["near", "far", "many", "listed", "no list", "none"],
)
def test_an_unknown_model_or_address_is_told(models: Sequence[str] | None, told: str) -> None:
    gone = refusal(404, "The model `test-model` does not exist.")
    with serving(gone, models=models) as server, pytest.raises(SetupError, match=told):
        asked(vision(server), streamed=False)


def test_in_the_middle_of_a_conversation_nobody_is_told_to_fix_settings() -> None:
    with serving(SURE, refusal(404, "The model `test-model` does not exist.")) as server:
        model = vision(server)
        model.score([face()], "?", FEELINGS)
        with pytest.raises(ModelUnavailable, match="does not talk with it"):
            model.score([face()], "?", FEELINGS)


def test_warming_up_asks_with_a_picture_and_a_server_that_is_down_is_only_noted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with serving(Likely([{"Yes": 0.9, "No": 0.1}])) as server:
        vision(server).warm()
        assert server.asked[0]["messages"][0]["content"][0]["type"] == "image_url"
    assert not caplog.records
    with serving(Fails(500)) as server:
        vision(server, ONCE).warm()
    assert "not ready" in caplog.text


# secrets


def test_the_key_is_sent_and_neither_it_nor_a_face_nor_a_word_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(Says("glad"), Fails(500), Fails(401, "a secret")) as server:
        model = vision(server, ONCE, key="sk-hidden")
        assert asked(model, streamed=False) == "glad"
        for _ in range(2):
            with pytest.raises(EmpathyError) as raised:
                asked(model, streamed=True)
            assert "sk-hidden" not in listing(raised.value)
        assert server.keys == ["Bearer sk-hidden"] * 3
        vision(server, ONCE)
    sent = server.asked[0]["messages"][0]["content"][0]["image_url"]["url"]
    for hidden in ("sk-hidden", "a secret", sent[40:120], "glad"):
        assert hidden not in caplog.text


def test_pictures_for_this_machine_do_not_go_through_a_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        proxy = f"http://127.0.0.1:{free.getsockname()[1]}"
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy)
    with serving(Says("here")) as server:
        assert asked(vision(server), streamed=False) == "here"


def test_a_redirect_does_not_carry_pictures_elsewhere() -> None:
    with serving(Says("caught")) as other:
        there = (("Location", f"{other.url}/chat/completions"),)
        with serving(Fails(308, "", headers=there)) as server, pytest.raises(SetupError):
            asked(vision(server), streamed=False)
    assert not other.asked
