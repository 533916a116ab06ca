"""Vision models on servers, talked to over real HTTP on this machine."""

import importlib.util
import math
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from empathy_agent.errors import ReadingError, SetupError
from empathy_agent.models.server import open_server
from empathy_agent.models.server.likely import Step, room, spread
from empathy_agent.models.server.line import Limits
from empathy_agent.models.server.vision import ServerVision
from empathy_agent.models.vision import VIEW, open_vision
from tests.server_vision import FEELINGS, QUICK, SURE, face, vision
from tests.servers import (
    Answer,
    Likely,
    Says,
    Server,
    serving,
)
from tests.test_server_pictures import opened

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("openai") is None, reason="needs the extra 'server'"
)


def scored(server: Server, limits: Limits = QUICK, options: tuple[str, ...] = FEELINGS):
    return vision(server, limits).score([face()], "What is it?", options)


def shares(scores: list[float]) -> list[float]:
    likely = [math.exp(score) for score in scores]
    return [each / sum(likely) for each in likely]


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
    with pytest.raises(SetupError, match="EMPATHY_VISION_API_KEY") as told:
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


def test_the_names_in_the_documentation_open_servers() -> None:
    page = Path(__file__).parents[1].joinpath("docs", "vision.md").read_text(encoding="utf-8")
    names = re.findall(r"`(openai:http[^`]+)`", page)
    assert len(names) >= 4
    for name in names:
        model = open_vision(name)
        assert model is not None
        assert not model.remote


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


# words


def test_words_stream_as_they_come() -> None:
    text = "Her brows rose a little, and then the corners of her mouth went down again."
    with serving(Says(text)) as server:
        pieces = list(vision(server).stream([face()], "What changed?", max_tokens=50))
    assert "".join(pieces) == text
    assert len(pieces) > 5
    assert server.asked[0]["max_tokens"] == 50


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_thoughts_and_what_others_would_say_are_left_out(streamed: bool) -> None:
    text = "<think>A face. What now?</think>\n\nThe mouth opens.\nUser: and then?\nAssistant: no."
    with serving(Says(text)) as server:
        assert asked(vision(server), streamed=streamed).strip() == "The mouth opens."


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_an_empty_answer_is_nonsense(streamed: bool) -> None:
    with serving(Says("")) as server, pytest.raises(ReadingError, match="answered nothing"):
        asked(vision(server), streamed=streamed)


def asked(model: ServerVision, *, streamed: bool) -> str:
    if streamed:
        return "".join(model.stream([face()], "a secret"))
    return model.answer([face()], "a secret")
