from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from empathy_agent.affect import Emotion
from empathy_agent.errors import ReadingError, SetupError
from empathy_agent.models.vision import VIEW, ScriptedVision, VisionModel, open_vision, parts_of

VIEWS = [Image.new("RGB", (8, 8))]
OPTIONS = [emotion.value for emotion in Emotion]


def test_the_embedded_expert_needs_no_vision_model() -> None:
    assert open_vision("embedded") is None


def test_a_script_scores_its_labels_in_turn_and_round_again() -> None:
    model = open_vision("scripted:happiness, neutral")
    assert model is not None
    likeliest: list[str] = []
    for _ in range(3):
        scores = model.score(VIEWS, "What is it?", OPTIONS)
        assert len(scores) == len(OPTIONS)
        likeliest.append(OPTIONS[scores.index(max(scores))])
    assert likeliest == ["happiness", "neutral", "happiness"]


def test_a_script_answers_in_words_and_keeps_what_it_was_asked() -> None:
    model = ScriptedVision(["a person who smiles at a letter"])
    assert model.answer(VIEWS, "What happens?", max_tokens=4) == "a person who smiles"
    assert model.prompts == ["What happens?"]


def test_a_scripted_answer_that_is_no_option_is_nonsense_and_is_carried_along() -> None:
    with pytest.raises(ReadingError, match="did you mean 'happiness'") as caught:
        ScriptedVision(["hapiness"]).score(VIEWS, "What is it?", OPTIONS)
    assert caught.value.answer == "hapiness"


def test_a_script_is_kept_in_order_by_many_threads() -> None:
    model: VisionModel = ScriptedVision(["anger", "fear"])
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(model.answer, VIEWS, "?") for _ in range(200)]
    told = [each.result() for each in asked]
    assert told.count("anger") == told.count("fear") == 100


def test_a_streamed_answer_joined_is_the_answer() -> None:
    pieces = list(ScriptedVision(["a brow that  rose"]).stream(VIEWS, "What happens?"))
    assert len(pieces) > 1
    assert "".join(pieces) == ScriptedVision(["a brow that  rose"]).answer(VIEWS, "What happens?")


def test_a_script_keeps_pictures_on_this_machine() -> None:
    assert ScriptedVision(["fear"]).remote is False


def test_pictures_stand_where_the_prompt_has_room_for_them() -> None:
    first, second = Image.new("RGB", (1, 1)), Image.new("RGB", (2, 2))
    prompt = f"First: {VIEW}, a moment later: {VIEW} What changed?"
    assert parts_of([first, second], prompt) == [
        "First: ",
        first,
        ", a moment later: ",
        second,
        " What changed?",
    ]


def test_a_prompt_without_room_has_all_pictures_before_it() -> None:
    first, second = Image.new("RGB", (1, 1)), Image.new("RGB", (2, 2))
    assert parts_of([first, second], "What is it?") == [first, second, "What is it?"]
    assert parts_of([], "What is it?") == ["What is it?"]


def test_white_space_round_pictures_is_left_out() -> None:
    view = VIEWS[0]
    assert parts_of([view, view], f"{VIEW}\n{VIEW}") == [view, view]


@pytest.mark.parametrize("prompt", [f"{VIEW} and {VIEW}", VIEW * 3])
def test_a_picture_too_few_or_too_many_is_told(prompt: str) -> None:
    wrong = VIEWS * (prompt.count(VIEW) - 1)
    with pytest.raises(SetupError, match="the prompt has room for"):
        parts_of(wrong, prompt)
    with pytest.raises(SetupError, match="the prompt has room for"):
        ScriptedVision(["fear"]).answer(wrong, prompt)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("openai", "openai:BASE_URL#MODEL"),
        ("embeded", "did you mean 'embedded'"),
        ("", "known: 'embedded'"),
        ("hf", "no vision model 'hf'"),
        ("scripted:", "needs an answer"),
        ("scripted: , ", "needs an answer"),
    ],
)
def test_a_model_that_is_not_there_is_told_in_one_line(name: str, told: str) -> None:
    with pytest.raises(SetupError, match=told) as caught:
        open_vision(name)
    assert "\n" not in str(caught.value)
