"""Vision models on servers, talked to over real HTTP on this machine."""

import base64
import importlib.util
import io
import json
import logging
import math
import socket
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

import pytest
from PIL import Image, ImageDraw
from pydantic import SecretStr

from empathy_agent.errors import EmpathyError, ModelUnavailable, ReadingError, SetupError
from empathy_agent.models.server import open_server
from empathy_agent.models.server.breaker import Breaker
from empathy_agent.models.server.likely import Step, room, spread
from empathy_agent.models.server.line import Limits
from empathy_agent.models.server.pictures import LONGEST_SIDE, data_url
from empathy_agent.models.server.vision import ServerVision
from empathy_agent.models.vision import VIEW, open_vision
from tests.servers import (
    Answer,
    BreaksOff,
    Drips,
    Fails,
    HangsUp,
    Likely,
    Plays,
    Says,
    Server,
    serving,
)

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("openai") is None, reason="needs the extra 'server'"
)

QUICK = Limits(total_s=5.0, tries=3, wait_s=0.01, failures=3, rest_s=30.0)
ONCE = Limits(total_s=5.0, tries=1, wait_s=0.01, failures=3, rest_s=30.0)
FEELINGS = ("happiness", "sadness", "surprise", "anger")
SURE = Likely([{"happiness": 0.9, "sadness": 0.05, "surprise": 0.02, "The": 0.03}])


def face() -> Image.Image:
    drawn = Image.new("RGB", (96, 96), "tan")
    ImageDraw.Draw(drawn).arc((24, 40, 72, 80), 0, 180, fill="black", width=3)
    return drawn


def vision(server: Server, limits: Limits = QUICK, key: str | None = None) -> ServerVision:
    rest = server.name.removeprefix("openai:")
    return open_server(rest, api_key=SecretStr(key) if key else None, limits=limits)


def scored(server: Server, limits: Limits = QUICK, options: tuple[str, ...] = FEELINGS):
    return vision(server, limits).score([face()], "What is it?", options)


def shares(scores: list[float]) -> list[float]:
    likely = [math.exp(score) for score in scores]
    return [each / sum(likely) for each in likely]


def way_of(body: dict[str, Any]) -> str:
    for name in ("top_logprobs", "structured_outputs", "guided_choice", "response_format"):
        if name in body:
            return f"{name} {body[name]}" if name == "top_logprobs" else name
    return "words"


# what is sent


def test_a_name_opens_a_server_and_connects_to_nothing() -> None:
    model = open_vision("openai:http://localhost:1/v1#Qwen/Qwen2.5-VL-3B-Instruct")
    assert model is not None
    assert (model.name, model.remote) == ("Qwen/Qwen2.5-VL-3B-Instruct", False)


@pytest.mark.parametrize(
    "name",
    [
        "http://localhost:8000/v1",
        "localhost#m",
        "http://#m",
        "http://localhost/v1# ",
        "ftp://localhost#m",
        "http://[::1#m",
        "http://localhost:port/v1#m",
    ],
)
def test_a_malformed_name_shows_an_example(name: str) -> None:
    with pytest.raises(SetupError, match="such as 'openai:http://localhost:8000/v1#Qwen"):
        open_server(name)


def test_a_key_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(SetupError, match="EMPATHY_API_KEY") as told:
        open_server("https://me:sk-secret@host/v1#m")
    assert "sk-secret" not in str(told.value)


@pytest.mark.parametrize(
    ("name", "remote"),
    [
        ("http://127.0.0.1:8000/v1#m", False),
        ("http://[::1]:8000/v1#m", False),
        ("http://localhost:11434/v1#qwen2.5vl:3b", False),
        ("http://localhost:11434/v1#qwen3-vl:235b-cloud", True),
        ("http://0.0.0.0:8000/v1#m", True),
        ("http://192.168.0.7:8000/v1#m", True),
        ("http://localhost.example.com/v1#m", True),
        ("https://api.openai.com/v1#gpt-4o", True),
    ],
)
def test_it_says_whether_pictures_leave_this_machine(name: str, remote: bool) -> None:
    assert open_server(name).remote is remote


def test_words_and_pictures_are_sent_in_their_order() -> None:
    first, second = Image.new("RGB", (100, 80), "red"), Image.new("RGB", (100, 80), "blue")
    with serving(Says("a smile")) as server:
        told = vision(server).answer([first, second], f"Before {VIEW} after {VIEW} what changed?")
    assert told == "a smile"
    content = server.asked[0]["messages"][0]["content"]
    assert [part["type"] for part in content] == ["text", "image_url", "text", "image_url", "text"]
    assert [part["text"] for part in content[::2]] == ["Before ", " after ", " what changed?"]
    seen = [opened(part["image_url"]["url"]).getpixel((50, 40)) for part in content[1::2]]
    assert seen[0][0] > 240 and seen[1][2] > 240
    assert server.asked[0]["max_tokens"] == 200
    assert server.asked[0]["model"] == "test-model"


def opened(url: str) -> Any:
    kind, _, coded = url.partition(";base64,")
    assert kind in {"data:image/png", "data:image/jpeg"}
    return Image.open(io.BytesIO(base64.b64decode(coded))).convert("RGB")


def test_a_large_picture_is_made_smaller_and_keeps_its_shape() -> None:
    noise = Image.effect_noise((3000, 1500), 120).convert("RGB")
    url = data_url(noise)
    assert opened(url).size == (LONGEST_SIDE, LONGEST_SIDE // 2)
    assert len(url) < 1_000_000
    assert noise.size == (3000, 1500), "the caller's picture is left as it is"


def test_a_small_picture_is_sent_exactly() -> None:
    eyes = Image.effect_noise((48, 20), 90).convert("RGB")
    assert opened(data_url(eyes)).tobytes() == eyes.tobytes()


@pytest.mark.parametrize("mode", ["L", "P", "LA", "RGBA", "CMYK", "1", "I;16"])
def test_any_kind_of_picture_can_be_sent(mode: str) -> None:
    assert opened(data_url(Image.new(mode, (80, 80)))).size == (80, 80)


def test_what_is_transparent_becomes_white() -> None:
    assert opened(data_url(Image.new("RGBA", (80, 80), (0, 0, 0, 0)))).getpixel((9, 9)) == (
        255,
        255,
        255,
    )


# likelihoods


def test_one_request_scores_all_options() -> None:
    with serving(SURE) as server:
        scores = scored(server)
    assert len(server.asked) == 1
    assert server.asked[0]["temperature"] == 0
    assert server.asked[0]["top_logprobs"] == 20
    assert scores[:3] == pytest.approx([math.log(0.9), math.log(0.05), math.log(0.02)], abs=1e-6)


def test_an_option_that_was_not_listed_is_no_likelier_than_what_is_left() -> None:
    with serving(SURE) as server:
        scores = scored(server)
    assert scores[3] < math.log(0.02)
    assert all(math.isfinite(score) for score in scores)


@pytest.mark.parametrize(
    "written",
    [["happiness"], ["Happ", "iness"], [" happiness"], ["**", "Happiness"], ["\n", "h", "appi"]],
    ids=" ".join,
)
def test_an_option_is_known_however_it_is_written(written: list[str]) -> None:
    places = [{token: 0.8, "Well": 0.1} for token in written]
    with serving(Likely(places)) as server:
        scores = scored(server)
    assert scores[0] == pytest.approx(len(written) * math.log(0.8), abs=1e-6)
    assert max(scores) == scores[0]


def test_all_ways_of_writing_an_option_count_together() -> None:
    listed = {"Anger": 0.3, "anger": 0.25, " anger": 0.15, "sadness": 0.28}
    with serving(Likely([listed])) as server:
        assert scored(server)[3] == pytest.approx(math.log(0.7), abs=1e-6)


def test_options_that_share_a_token_are_told_apart_along_the_answer() -> None:
    with serving(
        Likely([{"s": 0.6, "happiness": 0.4}, {"urprise": 0.75, "adness": 0.25}])
    ) as server:
        scores = scored(server)
    assert shares(scores)[:3] == pytest.approx([0.4, 0.15, 0.45], abs=1e-3)
    assert len(server.asked) == 1


def begins(body: dict[str, Any]) -> Answer:
    """Answer as vLLM does: go on where the last message ends."""
    last = body["messages"][-1]
    if last["role"] == "assistant":
        assert body["continue_final_message"] and not body["add_generation_prompt"]
        assert last["content"] == "s"
        return Likely([{"urprise": 0.9, "adness": 0.1}])
    return Likely([{"happiness": 0.6, "s": 0.4}])


def test_options_that_share_a_token_beside_the_answer_are_asked_about_again() -> None:
    with serving(begins) as server:
        scores = scored(server)
    assert shares(scores)[:3] == pytest.approx([0.6, 0.04, 0.36], abs=1e-3)
    assert len(server.asked) == 2


def test_where_the_server_cannot_go_on_they_share_evenly_and_it_is_not_asked_again() -> None:
    def anew(body: dict[str, Any]) -> Answer:
        going_on = body["messages"][-1]["role"] == "assistant"
        return Likely([{"The" if going_on else "happiness": 0.6, "s": 0.4}])

    with serving(anew) as server:
        model = vision(server)
        scores = model.score([face()], "?", FEELINGS)
        assert shares(scores)[:3] == pytest.approx([0.6, 0.2, 0.2], abs=1e-3)
        model.score([face()], "?", FEELINGS)
    assert len(server.asked) == 3


def test_an_article_is_not_taken_for_an_option() -> None:
    def told(body: dict[str, Any]) -> Answer:
        if body["messages"][-1]["role"] == "assistant":
            return Likely([{" woman": 0.95, "nger": 0.05}])
        return Likely([{"sadness": 0.5, "A": 0.4, "happiness": 0.1}])

    with serving(told) as server:
        scores = scored(server)
    assert scores[3] == pytest.approx(math.log(0.02), abs=1e-6)


def test_an_option_that_begins_another_is_told_apart() -> None:
    steps = [Step("sad", math.log(0.8), (("sad", math.log(0.8)), ("glad", math.log(0.2))))]
    goes_on = Step("ness", math.log(0.7), (("ness", math.log(0.7)), (".", math.log(0.3))))
    told = spread([*steps, goes_on], ["sad", "sadness", "glad"])
    assert told.mass == pytest.approx([0.24, 0.56, 0.2])
    assert spread(steps, ["sad", "sadness", "glad"]).mass == pytest.approx([0.8, 0.0, 0.2])


def test_likelihood_is_spread_once() -> None:
    rows = [("h", 0.3), ("happiness", 0.2), ("s", 0.2), ("Sad", 0.1), ("A", 0.1), ("x", 0.1)]
    step = Step("h", math.log(0.3), tuple((word, math.log(p)) for word, p in rows))
    after = Step("appi", math.log(0.5), (("appi", math.log(0.5)), ("ope", math.log(0.5))))
    told = spread([step, after], FEELINGS)
    assert told.placed == pytest.approx(0.15 + 0.2 + 0.2 + 0.1)
    assert sum(math.exp(score) for score in told.scores()) < 1.0


def test_there_is_room_for_options_that_begin_alike() -> None:
    assert room(("yes", "no")) == 4
    assert room(("very glad", "very sad")) > 8


@pytest.mark.parametrize("options", [("A", "B", "C"), ("+", "-"), ("幸福", "悲伤")])
def test_options_may_be_letters_signs_or_any_script(options: tuple[str, ...]) -> None:
    listed = {option: 0.6 - 0.2 * at for at, option in enumerate(options)}
    with serving(Likely([listed])) as server:
        scores = scored(server, options=options)
    assert scores[0] == max(scores) and scores[0] > scores[1]


# ways


@dataclass(frozen=True)
class Case:
    """A kind of server."""

    id: str
    play: Plays
    way: str
    """The last request of the first question."""


def only(way: str, answer: Answer, otherwise: Answer) -> Plays:
    return lambda body: answer if way_of(body).startswith(way) else otherwise


REFUSES = Fails(400, '{"error": {"message": "Unknown field", "type": "invalid"}}')
JSON_SADNESS = Says('{"answer": "sadness"}')
KINDS = [
    Case("vllm", Likely([{"sadness": 0.7, "anger": 0.3}]), "top_logprobs 20"),
    Case(
        "five at most, as TGI",
        lambda body: (
            Fails(422, '{"error": "`top_n_tokens` must be >= 0 and <= 5. Given: 20"}')
            if body.get("top_logprobs", 0) > 5
            else Likely([{"sadness": 0.7, "anger": 0.3}])
        ),
        "top_logprobs 5",
    ),
    Case(
        "vllm without logprobs",
        only("structured_outputs", Says("sadness"), Says("I see a person")),
        "structured_outputs",
    ),
    Case("old vllm", only("guided_choice", Says("sadness"), REFUSES), "guided_choice"),
    Case(
        "null logprobs and a schema, as the cloud of Ollama",
        only("response_format", JSON_SADNESS, Says("It looks sad to me")),
        "response_format",
    ),
    Case("empty top_logprobs", Likely([{"sadness": 1.0}], top=False), "structured_outputs"),
    Case("words alone", only("words", Says("**Sadness**. The brows rise."), REFUSES), "words"),
]


@pytest.mark.parametrize("case", KINDS, ids=lambda case: case.id)
def test_the_best_way_that_a_server_knows_is_found_once(case: Case) -> None:
    with serving(case.play) as server:
        model = vision(server)
        scores = model.score([face()], "?", FEELINGS)
        assert scores.index(max(scores)) == 1
        assert way_of(server.asked[-1]) == case.way
        asked = len(server.asked)
        assert vision(server).score([face()], "?", FEELINGS) == scores
        assert len(server.asked) == asked + 1, "another one for the same server knows already"


def test_a_bare_word_is_not_taken_for_certain() -> None:
    with serving(Says("sadness")) as server:
        share = shares(scored(server))
    assert 0.5 < share[1] < 0.9


def test_a_server_that_was_started_anew_is_found_out_again() -> None:
    mute = Says("anger")
    with serving(SURE, mute, mute, mute) as server:
        model = vision(server)
        model.score([face()], "?", FEELINGS)
        assert model.score([face()], "?", FEELINGS)[3] == 0.0
        assert len(server.asked) > 2


def test_a_server_that_refuses_fields_by_name_is_asked_without_them() -> None:
    def strict(body: dict[str, Any]) -> Answer:
        if "chat_template_kwargs" in body:
            return Fails(400, '{"error": {"message": "Unknown parameter: chat_template_kwargs"}}')
        return SURE

    with serving(strict) as server:
        model = vision(server)
        assert model.score([face()], "?", FEELINGS)[0] == max(model.score([face()], "?", FEELINGS))
        assert len(server.asked) == 3


@pytest.mark.parametrize(
    "answer", [Says("I cannot say what they feel."), Likely([{"I": 0.9, "We": 0.1}])]
)
def test_an_answer_that_is_no_option_is_nonsense_and_is_carried_along(answer: Answer) -> None:
    with serving(answer) as server, pytest.raises(ReadingError, match="none of the") as told:
        scored(server)
    assert told.value.answer == (answer.text if isinstance(answer, (Says, Likely)) else "")
    assert "cannot say" not in str(told.value)


def test_a_model_that_once_answered_something_else_is_not_asked_in_every_way_again() -> None:
    with serving(Likely([{"Well": 0.9, "So": 0.1}])) as server:
        model = vision(server)
        for expected in (6, 7):
            with pytest.raises(ReadingError):
                model.score([face()], "?", FEELINGS)
            assert len(server.asked) == expected


def test_words_that_name_two_options_are_no_answer() -> None:
    with (
        serving(only("words", Says("Between sadness and anger"), REFUSES)) as server,
        pytest.raises(ReadingError),
    ):
        scored(server)


# words


def test_words_stream_as_they_come() -> None:
    with serving(Says("her brows rose a little")) as server:
        pieces = list(vision(server).stream([face()], "What changed?", max_tokens=50))
    assert "".join(pieces) == "her brows rose a little"
    assert len(pieces) == 5
    assert server.asked[0]["max_tokens"] == 50


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_an_empty_answer_is_nonsense(streamed: bool) -> None:
    with serving(Says("")) as server, pytest.raises(ReadingError, match="answered nothing"):
        asked(vision(server), streamed=streamed)


def asked(model: ServerVision, *, streamed: bool) -> str:
    if streamed:
        return "".join(model.stream([face()], "a secret"))
    return model.answer([face()], "a secret")


# failures


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
    with serving(HangsUp("I was"), Says("again")) as server:
        pieces = vision(server).stream([face()], "?")
        assert next(pieces) == "I was"
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
@pytest.mark.parametrize("answer", [Says("sorry", after_s=0.6), Drips(0.02, 40)], ids=["", "drips"])
def test_a_server_that_says_nothing_is_given_up_in_time(answer: Answer, streamed: bool) -> None:
    with serving(answer) as server:
        started = time.monotonic()
        with pytest.raises(ModelUnavailable, match="too long"):
            asked(vision(server, Limits(total_s=0.2)), streamed=streamed)
        assert len(server.asked) == 1, "there is no time for another try"
        assert time.monotonic() - started < 3


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


@pytest.mark.parametrize("after", ["60", formatdate(time.time() + 60, usegmt=True)])
def test_a_wait_that_is_too_long_is_not_waited_and_the_server_is_left_alone(after: str) -> None:
    with serving(Fails(429, retry_after=after)) as server:
        model = vision(server)
        for told in ("too busy", "asked again in"):
            with pytest.raises(ModelUnavailable, match=told):
                asked(model, streamed=False)
        assert len(server.asked) == 1


@pytest.mark.parametrize("after", ["soon", "-3", "nan", "inf", ""])
def test_a_wait_that_says_nothing_is_ours_to_choose(after: str) -> None:
    with serving(Fails(429, retry_after=after), Says("ok")) as server:
        assert asked(vision(server), streamed=False) == "ok"


# the breaker


def test_a_server_that_keeps_failing_is_left_alone_and_tried_later() -> None:
    limits = Limits(total_s=5.0, tries=1, failures=2, rest_s=0.1)
    with serving(Fails(500), Fails(500), Fails(500), Says("back")) as server:
        model = vision(server, limits)
        for _ in range(2):
            with pytest.raises(ModelUnavailable, match="500"):
                asked(model, streamed=False)
        with pytest.raises(ModelUnavailable, match="keeps failing"):
            asked(model, streamed=True)
        assert len(server.asked) == 2
        time.sleep(0.15)
        with pytest.raises(ModelUnavailable, match="500"):
            asked(model, streamed=False)
        with pytest.raises(ModelUnavailable, match="keeps failing"):
            asked(model, streamed=False)
        time.sleep(0.15)
        assert asked(model, streamed=True) == "back"
        assert asked(model, streamed=False) == "back"


def fail(breaker: Breaker) -> None:
    with pytest.raises(ModelUnavailable, match="down"), breaker:
        raise ModelUnavailable("down")


def test_one_call_alone_tries_whether_a_server_is_back() -> None:
    now = [0.0]
    breaker = Breaker("it", 1, 10.0, lambda: now[0])
    fail(breaker)
    now[0] = 11.0
    with breaker, pytest.raises(ModelUnavailable, match="being tried"), breaker:
        pass
    with breaker:
        pass


def test_a_refusal_is_no_failure_and_a_success_forgets_them() -> None:
    breaker = Breaker("it", 2, 10.0, lambda: 0.0)
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
    ("key", Fails(401, '{"error": "Unauthorized"}'), "refused the key.*set EMPATHY_API_KEY"),
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
        (None, "BASE_URL mostly ends in '/v1'"),
        ((), "BASE_URL mostly ends in '/v1'"),
    ],
    ids=["near", "far", "many", "no list", "none"],
)
def test_an_unknown_model_or_address_is_told(models: Sequence[str] | None, told: str) -> None:
    gone = refusal(404, "The model `test-model` does not exist.")
    with serving(gone, models=models) as server, pytest.raises(SetupError, match=told):
        asked(vision(server), streamed=False)


def test_in_the_middle_of_a_conversation_nobody_is_told_to_fix_settings() -> None:
    with serving(SURE, refusal(404, "The model `test-model` does not exist.")) as server:
        model = vision(server)
        model.score([face()], "?", FEELINGS)
        with pytest.raises(ModelUnavailable, match="has no model|speaks the OpenAI"):
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
