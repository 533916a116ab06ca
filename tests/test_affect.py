import pytest
from pydantic import ValidationError

from empathy_agent.affect import Abstention, AffectReading, Emotion, Event, RiskLevel

EVEN = {emotion: 1 / 8 for emotion in Emotion}


def reading(**changed: object) -> AffectReading:
    told: dict[str, object] = {
        "at": 2.0,
        "span": 2.0,
        "frames": 30,
        "faces": 1,
        "emotion": Emotion.SADNESS,
        "distribution": EVEN,
        "valence": -0.5,
        "arousal": -0.1,
        "confidence": 0.7,
        "abstained": None,
        "model": "test",
        "took_ms": 1.0,
    }
    return AffectReading.model_validate({**told, **changed})


def test_a_reading_survives_json():
    event = Event(kind="micro_expression", what="AU12", start_ms=400, length_ms=300, peak=0.8)
    whole = reading(events=(event,), cues=("lip corners pulled up",), action_units={"AU12": 0.8})
    assert AffectReading.model_validate_json(whole.model_dump_json()) == whole


def test_the_json_names_every_part_of_the_contract():
    assert set(reading().model_dump(mode="json")) == {
        *("at", "span", "frames", "faces", "emotion", "distribution", "valence", "arousal"),
        *("action_units", "pose", "confidence", "abstained", "events", "narrative", "cues"),
        *("words", "conflict", "model", "prompt", "took_ms"),
    }


def test_an_absent_reading_is_not_neutral():
    absent = reading(
        emotion=None,
        distribution=None,
        valence=None,
        arousal=None,
        confidence=0,
        abstained=Abstention.NO_FACE,
    )
    assert absent.emotion is None
    assert '"abstained":"no_face"' in absent.model_dump_json()


@pytest.mark.parametrize(
    "changed",
    [
        {"distribution": {**EVEN, Emotion.FEAR: 0.9}},
        {"distribution": {Emotion.FEAR: 1.0}},
        {"emotion": None},
        {"valence": None},
        {"valence": 1.2},
        {"valence": float("nan")},
        {"confidence": -0.1},
        {"abstained": "tired"},
        {"age": 40},
    ],
)
def test_what_makes_no_sense_is_refused(changed: dict[str, object]):
    with pytest.raises(ValidationError):
        reading(**changed)


def test_a_reading_cannot_be_changed():
    with pytest.raises(ValidationError):
        reading().confidence = 1.0  # pyright: ignore[reportAttributeAccessIssue]


def test_risk_has_an_order():
    assert sorted(RiskLevel, reverse=True)[0] is RiskLevel.imminent
    assert max(RiskLevel.low, RiskLevel.high) is RiskLevel.high
