import numpy as np
import pytest
from PIL import Image

from empathy_agent.affect import Emotion
from empathy_agent.errors import ReadingError
from empathy_agent.models.vision import ScriptedVision
from empathy_agent.perception.opinion import ask, combine, crop, whole
from empathy_agent.perception.track import EMOTIONS
from empathy_agent.prompts import prompt_hash
from tests.test_track import showing

VIEWS = [Image.new("RGB", (8, 8))]


def test_a_vision_model_gives_a_distribution_and_the_hash_of_its_prompt() -> None:
    opinion = ask(ScriptedVision(["contempt"]), VIEWS)
    assert abs(opinion.distribution.sum() - 1) < 1e-9
    assert EMOTIONS[int(opinion.distribution.argmax())] == Emotion.CONTEMPT
    assert opinion.prompt == prompt_hash("see/emotion.md")


def test_the_prompt_asks_for_the_label_before_the_reasons() -> None:
    model = ScriptedVision(["fear"])
    ask(model, VIEWS)
    (prompt,) = model.prompts
    assert "neutral, happiness, surprise" in prompt
    assert "$" not in prompt
    assert prompt.index("one word first") < prompt.index("say what can be seen")


def test_an_answer_off_the_list_is_no_opinion() -> None:
    with pytest.raises(ReadingError):
        ask(ScriptedVision(["a cat"]), VIEWS)


def test_the_expert_outweighs_a_vision_model_that_is_as_sure() -> None:
    pooled = combine(showing(Emotion.ANGER), showing(Emotion.FEAR))
    assert abs(pooled.sum() - 1) < 1e-9
    assert EMOTIONS[int(pooled.argmax())] == Emotion.ANGER


def test_an_unsure_expert_is_outweighed() -> None:
    pooled = combine(showing(Emotion.ANGER, 0.3), showing(Emotion.FEAR, 0.95))
    assert EMOTIONS[int(pooled.argmax())] == Emotion.FEAR


def test_agreeing_makes_no_surer_than_the_surer_of_both() -> None:
    pooled = combine(showing(Emotion.ANGER, 0.7), showing(Emotion.ANGER, 0.9))
    assert 0.7 < pooled.max() < 0.9


def test_a_certain_opinion_leaves_the_others_possible() -> None:
    certain = np.eye(8)[0]
    assert combine(certain, showing(Emotion.FEAR)).min() > 0
    assert combine(certain, certain).max() < 1


def test_a_face_is_cut_out_with_some_room_around_it() -> None:
    pixels = np.zeros((200, 300, 3), np.uint8)
    pixels[80:120, 140:170] = 255
    view = crop(pixels, (140, 80, 170, 120))
    assert view is not None
    assert view.size == (64, 64)
    bright = np.asarray(view)[:, :, 0] > 0
    assert bright.sum() == 30 * 40


def test_a_face_at_the_edge_is_cut_as_far_as_there_is_a_picture() -> None:
    view = crop(np.zeros((100, 100), np.uint8), (-20, -20, 20, 20))
    assert view is not None
    assert (view.size, view.mode) == ((32, 32), "RGB")


@pytest.mark.parametrize("box", [(200, 200, 240, 240), (10, 10, 10, 10), (-90, 0, -50, 40)])
def test_a_box_without_a_pixel_is_no_view(box: tuple[float, float, float, float]) -> None:
    assert crop(np.zeros((100, 100, 3), np.uint8), box) is None


def test_views_are_kept_small() -> None:
    pixels = np.zeros((1080, 1920, 3), np.uint8)
    face = crop(pixels, (300, 100, 1300, 1000))
    assert face is not None
    assert max(face.size) == 384
    assert whole(pixels).size == (640, 360)
