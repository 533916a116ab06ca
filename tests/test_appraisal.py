import pytest

from empathy_agent.affect import AffectReading, Emotion, RecalledNote, RiskLevel
from empathy_agent.agent.appraisal import appraise, feeling_word
from empathy_agent.personas import load_persona
from empathy_agent.safety.screen import Risk
from tests.fakes import distribution, words

CALM = Risk(level=RiskLevel.none, score=0.0, signals=(), about="self", kind="none")


def reading(emotion: Emotion | None, *, confidence: float = 0.8, **changed: object):
    told: dict[str, object] = {
        "at": 0.0,
        "span": 0.0,
        "frames": 0,
        "faces": 0,
        "emotion": emotion,
        "distribution": distribution(emotion) if emotion else None,
        "valence": -0.7 if emotion else None,
        "arousal": 0.2 if emotion else None,
        "confidence": confidence,
        "abstained": None if emotion else "no_face",
        "model": "test",
        "took_ms": 0.0,
    }
    return AffectReading.model_validate({**told, **changed})


@pytest.mark.parametrize(
    ("emotion", "likely", "word"),
    [
        (Emotion.SADNESS, [], "sad"),
        (Emotion.SADNESS, ["disappointment"], "disappointed"),
        (Emotion.FEAR, ["curiosity", "nervousness"], "worried"),
        (Emotion.NEUTRAL, ["joy"], None),
        (Emotion.HAPPINESS, ["gratitude"], "grateful"),
        (None, ["joy"], None),
    ],
)
def test_a_feeling_is_one_plain_word(emotion: Emotion | None, likely: list[str], word: str | None):
    assert feeling_word(reading(emotion), likely) == word


def test_no_reading_is_no_feeling():
    assert feeling_word(None, ["joy"]) is None


def test_the_appraisal_carries_what_answers_need():
    note = RecalledNote(when="3 days ago", said="the exam", emotion=None, why="same thing")
    told = appraise(
        "the exam again",
        reading(Emotion.SADNESS, words=words()),
        CALM,
        persona=load_persona("mental_health_support"),
        turn=2,
        recalled=[note],
        shift="heavier than usual",
        tried=["question"],
    )
    assert (told.setting, told.turn, told.intensity) == ("support", 2, "strong")
    assert told.goemotions == ("sadness",)
    assert told.recalled == (note,)
    assert told.shift == "heavier than usual"


def test_without_a_reading_the_appraisal_still_stands():
    told = appraise("hm", None, CALM, persona=load_persona("customer_service"), turn=1)
    assert (told.emotion, told.feeling, told.confidence) == (None, None, 0.0)
    assert told.setting == "service"
