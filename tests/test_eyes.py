"""The embedded eyes, end to end: drawn people in front of the shipped nets."""

import numpy as np
import pytest

from empathy_agent.affect import Abstention, Emotion
from empathy_agent.perception.avatar import Expression, draw, expression_of, micro, script
from empathy_agent.perception.frames import Frame, Window, as_frame
from empathy_agent.perception.perceiver import Perceiver

SMALL = (320, 240)


@pytest.fixture(scope="module")
def eyes() -> Perceiver:
    return Perceiver()


def one(picture: object) -> Window:
    return Window((as_frame(picture),))


def test_a_drawn_smile_is_read_on_every_frame(eyes: Perceiver) -> None:
    reading = eyes.perceive(script([(Emotion.HAPPINESS, 1.0, 0.8)], size=SMALL))
    assert (reading.emotion, reading.abstained) == (Emotion.HAPPINESS, None)
    assert (reading.frames, reading.faces) == (15, 1)
    assert "lip corners pulled up" in reading.cues
    assert reading.confidence > 0.7
    assert reading.model == "expression-1"


def test_a_smile_of_a_third_of_a_second_is_found(eyes: Perceiver) -> None:
    film = script(micro((Emotion.NEUTRAL, 3.0, 0.0), at=1.5, seconds=0.34), size=SMALL)
    reading = eyes.perceive(film)
    smiles = [event for event in reading.events if event.what in {"happiness", "AU12"}]
    assert {event.kind for event in smiles} == {"micro_expression"}
    assert all(1400 < event.start_ms < 1800 for event in smiles)
    assert "a brief smile" in reading.narrative


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_face_at_rest_that_sways_has_no_events(eyes: Perceiver, seed: int) -> None:
    reading = eyes.perceive(script([(Emotion.NEUTRAL, 3.0, 0.0)], size=SMALL, seed=seed))
    assert reading.events == ()
    assert reading.narrative == "the face stayed still"


def test_a_room_without_anybody_has_no_face(eyes: Perceiver) -> None:
    noise = np.random.default_rng(5).integers(90, 130, (240, 320, 3), np.uint8)
    for empty in (noise, np.zeros((240, 320), np.uint8), np.full((1, 1, 3), 255, np.uint8)):
        reading = eyes.perceive(one(empty))
        assert (reading.abstained, reading.faces, reading.frames) == (Abstention.NO_FACE, 0, 1)


def test_two_people_are_counted(eyes: Perceiver) -> None:
    pair = [draw(expression_of(Emotion.HAPPINESS), SMALL, seed=seed) for seed in (0, 1)]
    reading = eyes.perceive(one(np.concatenate(pair, axis=1)))
    assert (reading.faces, reading.emotion) == (2, Emotion.HAPPINESS)


def test_a_face_in_the_dark_is_not_called_neutral(eyes: Perceiver) -> None:
    lit = draw(expression_of(Emotion.SADNESS), SMALL)
    reading = eyes.perceive(one((lit * 0.04).astype(np.uint8)))
    assert reading.emotion is None
    assert reading.abstained in {Abstention.DARK, Abstention.NO_FACE}


def test_a_still_photograph_held_up_for_seconds_is_told(eyes: Perceiver) -> None:
    photograph = draw(Expression({"AU12": 0.9}), SMALL)
    reading = eyes.perceive(Window(tuple(Frame(at / 15, photograph) for at in range(30))))
    assert reading.narrative == "the picture did not change"
    assert reading.confidence <= 0.5
    assert reading.events == ()
