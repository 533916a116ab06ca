from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from empathy_agent.affect import Emotion
from empathy_agent.errors import ReadingError, SetupError
from empathy_agent.models.vision import ScriptedVision, VisionModel, open_vision

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


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("hf:org/model", "available are 'embedded'"),
        ("openai:http://localhost:8000/v1#model", "cannot be opened yet"),
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
