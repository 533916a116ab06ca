"""The user's word about their own feeling counts, and is what is remembered."""

import pytest

from empathy_agent.affect import Appraisal, Emotion
from empathy_agent.agent.correction import correction
from empathy_agent.personas import instruct, load_persona
from tests.fakes import KnownEyes, agent, parts

ANGRY = KnownEyes(Emotion.ANGER).perceive(None, "")


@pytest.mark.parametrize(
    ("said", "instead", "feeling"),
    [
        ("I'm not angry", None, None),
        ("I am not mad, I'm scared", Emotion.FEAR, "scared"),
        ("I'm not angry, just worn out", Emotion.SADNESS, "worn out"),
        ("no, I'm really not furious. I feel happy", Emotion.HAPPINESS, "happy"),
    ],
)
def test_a_denied_feeling_is_set_right(said: str, instead: Emotion | None, feeling: str | None):
    right = correction(said, ANGRY, "support")
    assert right is not None
    assert (right.denied, right.instead, right.feeling) == (Emotion.ANGER, instead, feeling)


@pytest.mark.parametrize(
    "said",
    ["I am angry", "I'm not sad", "I'm not angry, I'm furious", "not today", "she's not angry"],
)
def test_anything_else_leaves_the_reading_alone(said: str):
    assert correction(said, ANGRY, "support") is None


def test_without_a_reading_there_is_nothing_to_set_right():
    assert correction("I'm not angry", None, "support") is None


def test_what_is_remembered_is_the_user_s_word():
    talking = agent(parts(eyes=KnownEyes(Emotion.ANGER)))
    turn = talking.turn("I'm not angry, just worn out")
    assert turn.reading is not None and turn.reading.emotion is Emotion.ANGER
    (moment,) = talking.past()
    assert (moment.emotion, moment.valence) == (Emotion.SADNESS, None)
    assert "worn out" in turn.reply


def test_a_language_model_is_told_to_believe_the_user():
    talking = agent(parts(eyes=KnownEyes(Emotion.ANGER)))
    talking.turn("I'm not angry, just worn out")
    state = talking.graph.get_state({"configurable": {"thread_id": talking.session}}).values
    persona = load_persona("mental_health_support")
    told = instruct(persona, Appraisal.model_validate(state["appraisal"]), "reflection")
    assert "they are not angry: believe them" in told
    assert "probably worn out" in told


def test_a_feeling_that_is_only_denied_is_remembered_as_none():
    talking = agent(parts(eyes=KnownEyes(Emotion.ANGER)))
    talking.turn("I'm not angry")
    (moment,) = talking.past()
    assert (moment.emotion, moment.confidence) == (None, 0.0)
