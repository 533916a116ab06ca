"""What happened between key frames, told by the expert or by the model itself."""

import pytest

from empathy_agent.affect import Emotion
from empathy_agent.errors import ModelUnavailable
from empathy_agent.models.vision import VIEW, ScriptedVision, parts_of
from empathy_agent.perception.between import by_expert, by_model, gaps_of, pictures_told
from empathy_agent.perception.views import choose_views
from tests.likely_vision import LikelyVision
from tests.looks import seen_of
from tests.test_perceiver import moving, picture, window_of

LOOK, SEEN = seen_of()
VIEWS = choose_views(LOOK, SEEN)
EMOTIONS = {emotion.value for emotion in Emotion} | {"smile", "look of"}


def test_there_is_a_gap_between_each_two_faces() -> None:
    gaps = gaps_of(VIEWS)
    faces = [view for view in VIEWS if view.shot is not None]
    assert len(gaps) == len(faces) - 1
    assert all(start < end for start, end in gaps)


def test_the_expert_tells_movements_and_no_emotion() -> None:
    told = [by_expert(SEEN, gap) for gap in gaps_of(VIEWS)]
    assert any("lip corners" in each for each in told)
    assert not any(word in each for each in told for word in EMOTIONS)


def test_a_quiet_gap_is_told_as_quiet_and_a_short_one_not_at_all() -> None:
    _, seen = seen_of(moving((Emotion.NEUTRAL, 2.0)))
    assert by_expert(seen, (0, 20)) == "the face stayed still"
    assert by_expert(seen, (0, 3)) == ""


def test_an_emotion_without_a_movement_is_not_told_as_stillness() -> None:
    _, seen = seen_of(moving((Emotion.NEUTRAL, 1.0), (Emotion.FEAR, 1.0)))
    assert by_expert(seen, (5, 25)) == ""


def test_the_model_is_shown_four_frames_of_a_gap_in_time() -> None:
    model = LikelyVision({}, answer="The lip corners rise.")
    assert by_model(model, LOOK, SEEN, (0, 30)) == "the lip corners rise"
    ((pictures, prompt),) = model.asked
    assert len(pictures) == prompt.count(VIEW) == 4
    assert max(max(each.size) for each in pictures) <= 160
    assert "2.0 seconds" in prompt


def test_a_gap_too_short_to_show_a_change_is_left_to_the_expert() -> None:
    model = LikelyVision({}, answer="The lip corners rise.")
    assert by_model(model, LOOK, SEEN, (3, 5)) == by_expert(SEEN, (3, 5))
    assert model.asked == []


@pytest.mark.parametrize(
    "answer",
    ["", "A young man smiles", f"see {VIEW}", "1. brows\n2. mouth", "x" * 200, '{"a": 1}'],
)
def test_an_answer_that_is_no_movement_gives_way_to_the_expert(answer: str) -> None:
    assert by_model(ScriptedVision([answer or " "]), LOOK, SEEN, (0, 30)) == by_expert(
        SEEN, (0, 30)
    )


def test_a_model_that_is_down_is_told() -> None:
    class Down(LikelyVision):
        def answer(self, *args: object, **kwargs: object) -> str:
            raise ModelUnavailable("down")

    with pytest.raises(ModelUnavailable):
        by_model(Down({}), LOOK, SEEN, (0, 30))


def test_pictures_and_what_happened_between_alternate_in_order_of_time() -> None:
    faces = sum(view.shot is not None for view in VIEWS)
    between = [f"gap {number}" for number in range(faces - 1)]
    lines = pictures_told(VIEWS, between).splitlines()
    assert [line for line in lines if line.startswith("Meanwhile")] == [
        f"Meanwhile: {each}." for each in between
    ]
    places = [at for at, line in enumerate(lines) if "the face" in line]
    told = [at for at, line in enumerate(lines) if line.startswith("Meanwhile")]
    assert len(told) == len(places) - 1
    assert sorted([*places, *told])[1::2] == told
    parts = parts_of([view.picture for view in VIEWS], "\n".join(lines))
    assert [part for part in parts if not isinstance(part, str)] == [view.picture for view in VIEWS]


def test_a_gap_of_which_nothing_is_known_has_no_line() -> None:
    assert "Meanwhile" not in pictures_told(VIEWS, ["", ""])
    assert "Meanwhile" not in pictures_told(VIEWS)


def test_one_picture_alone_has_no_time() -> None:
    views = choose_views(*seen_of(window_of(picture())))
    assert pictures_told(views).splitlines()[0] == f"the face: {VIEW}"
