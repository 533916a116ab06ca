import numpy as np

from empathy_agent.affect import Emotion
from empathy_agent.perception.debias import Scores
from empathy_agent.perception.opinion import VISION_WEIGHT, Opinion, combine, weight_of
from empathy_agent.perception.track import EMOTIONS
from tests.test_track import showing

FLAT = np.full(8, 1 / 8)


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


def test_as_sure_as_the_expert_it_counts_what_it_is_worth() -> None:
    both = showing(Emotion.ANGER, 0.8), showing(Emotion.FEAR, 0.8)
    assert abs(weight_of(*both, calibrated=True) - VISION_WEIGHT) < 1e-9
    assert abs(weight_of(*both, calibrated=False) - VISION_WEIGHT) < 1e-9


def test_an_opinion_that_says_nothing_hardly_moves_the_expert() -> None:
    expert = showing(Emotion.ANGER, 0.9)
    weighed = combine(expert, FLAT, weight_of(expert, FLAT, calibrated=True))
    fixed = combine(expert, FLAT)
    assert weighed.max() > fixed.max() + 0.05
    assert weighed.max() > 0.85


def test_sureness_gains_weight_only_once_it_was_calibrated() -> None:
    expert, vision = showing(Emotion.ANGER, 0.4), showing(Emotion.FEAR, 0.99)
    assert weight_of(expert, vision, calibrated=False) == VISION_WEIGHT
    assert weight_of(expert, vision, calibrated=True) > 0.6


def test_an_opinion_ranks_all_eight() -> None:
    scores = Scores(np.log(showing(Emotion.DISGUST)), np.zeros(8))
    ranked = Opinion(scores.distribution(1.0, 1.0), "abc", scores).ranked
    assert [each for each, _ in ranked][0] == Emotion.DISGUST
    assert sorted((p for _, p in ranked), reverse=True) == [p for _, p in ranked]
    assert {each for each, _ in ranked} == set(Emotion)
