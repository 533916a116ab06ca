"""How servers of several kinds are asked for a choice, over real HTTP on this machine."""

import importlib.util
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import TypeAdapter

from empathy_agent.errors import ReadingError
from tests.servers import (
    Answer,
    Fails,
    Likely,
    Plays,
    Says,
    serving,
)
from tests.test_server_vision import FEELINGS, SURE, face, scored, shares, vision

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("openai") is None, reason="needs the extra 'server'"
)


def way_of(body: dict[str, Any]) -> str:
    for name in ("top_logprobs", "structured_outputs", "guided_choice", "response_format"):
        if name in body:
            return f"{name} {body[name]}" if name == "top_logprobs" else name
    return "words"


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


def test_many_threads_find_out_together() -> None:
    with serving(only("response_format", JSON_SADNESS, Says("It looks sad"))) as server:
        model = vision(server)
        with ThreadPoolExecutor(8) as pool:
            got = [pool.submit(model.score, [face()], "?", FEELINGS) for _ in range(8)]
            assert {each.result().index(0.0) for each in got} == {1}
        assert [way_of(body) for body in server.asked].count("top_logprobs 20") == 1


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


def test_every_request_is_one_that_the_reference_knows() -> None:
    from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming

    known = TypeAdapter(CompletionCreateParamsNonStreaming)
    theirs = {"chat_template_kwargs", "structured_outputs", "guided_choice"}
    with serving(Says("I cannot tell")) as server:
        with pytest.raises(ReadingError):
            scored(server)
        vision(server).answer([face()], "?")
    assert len({way_of(body) for body in server.asked}) == 6
    for body in server.asked:
        known.validate_python(body)
        assert not set(body) - set(CompletionCreateParamsNonStreaming.__annotations__) - theirs
