from dataclasses import dataclass

import pytest

from empathy_agent.affect import Abstention, AffectReading, Emotion, Intensity, TextAffect
from empathy_agent.perception.fusion import CIRCUMPLEX, circumplex, conflict_of, fuse

SAD = {Emotion.SADNESS: 0.8, Emotion.NEUTRAL: 0.2}
HAPPY = {Emotion.HAPPINESS: 0.8, Emotion.NEUTRAL: 0.2}
FLAT = {Emotion.NEUTRAL: 0.7, Emotion.SADNESS: 0.15, Emotion.HAPPINESS: 0.15}


def whole(parts: dict[Emotion, float]) -> dict[Emotion, float]:
    return {emotion: parts.get(emotion, 0.0) for emotion in Emotion}


def face(parts: dict[Emotion, float] | None, confidence: float = 0.8) -> AffectReading:
    distribution = whole(parts) if parts else None
    point = circumplex(distribution) if distribution else (None, None)
    return AffectReading(
        at=3.0,
        span=2.0,
        frames=30,
        faces=1,
        emotion=max(parts, key=lambda each: parts[each]) if parts else None,
        distribution=distribution,
        valence=point[0],
        arousal=point[1],
        action_units={"AU12": 0.7} if parts else {},
        confidence=confidence if parts else 0.0,
        abstained=None if parts else Abstention.DARK,
        narrative="a smile comes and goes" if parts else "",
        cues=("lip corners pulled up",) if parts else (),
        model="expression-1",
        took_ms=12.0,
    )


def words(parts: dict[Emotion, float] | None) -> TextAffect:
    return TextAffect(
        emotion=max(parts, key=lambda each: parts[each]) if parts else None,
        distribution=whole(parts) if parts else None,
        goemotions={},
        valence=0.0,
        arousal=0.0,
        dominance=0.0,
        intensity=Intensity(anger=0, fear=0, joy=0, sadness=0),
    )


def test_the_circumplex_has_a_point_for_every_emotion() -> None:
    assert set(CIRCUMPLEX) == set(Emotion)
    assert circumplex(whole({Emotion.NEUTRAL: 1.0})) == (0.0, 0.0)


@dataclass(frozen=True)
class Quarter:
    emotion: Emotion
    pleasant: bool
    lively: bool

    @property
    def id(self) -> str:
        return self.emotion


QUARTERS = (
    Quarter(Emotion.HAPPINESS, True, True),
    Quarter(Emotion.SURPRISE, True, True),
    Quarter(Emotion.SADNESS, False, False),
    Quarter(Emotion.ANGER, False, True),
    Quarter(Emotion.FEAR, False, True),
    Quarter(Emotion.DISGUST, False, True),
    Quarter(Emotion.CONTEMPT, False, True),
)


@pytest.mark.parametrize("case", QUARTERS, ids=lambda case: case.id)
def test_each_emotion_lies_in_its_quarter(case: Quarter) -> None:
    valence, arousal = circumplex(whole({case.emotion: 1.0}))
    assert (valence > 0) is case.pleasant
    assert (arousal > 0) is case.lively


def test_nothing_seen_and_nothing_said_is_no_emotion() -> None:
    reading = fuse(None, None)
    assert reading.emotion is None
    assert reading.abstained is None
    assert reading.confidence == 0
    assert reading.words is None


def test_words_alone_are_the_reading_when_no_camera_was_asked_for() -> None:
    reading = fuse(None, words(SAD))
    assert reading.emotion is Emotion.SADNESS
    assert reading.distribution == pytest.approx(whole(SAD))
    assert reading.confidence == pytest.approx(0.8)
    assert reading.model == "words-1"
    assert reading.abstained is None


def test_words_alone_are_the_reading_when_the_face_abstained() -> None:
    reading = fuse(face(None), words(SAD))
    assert reading.emotion is Emotion.SADNESS
    assert reading.abstained is Abstention.DARK
    assert reading.frames == 30


def test_the_face_alone_is_the_reading_when_nothing_was_said() -> None:
    silent = words(None)
    seen = face(HAPPY)
    assert fuse(seen, None) == seen
    assert fuse(seen, silent) == seen.model_copy(update={"words": silent})


def test_a_face_that_abstained_without_words_stays_absent() -> None:
    reading = fuse(face(None), None)
    assert reading.emotion is None
    assert reading.abstained is Abstention.DARK


def test_what_only_the_face_knows_is_kept() -> None:
    reading = fuse(face(HAPPY), words(HAPPY))
    assert reading.action_units == {"AU12": 0.7}
    assert reading.narrative == "a smile comes and goes"
    assert reading.cues == ("lip corners pulled up",)
    assert (reading.at, reading.span, reading.frames, reading.took_ms) == (3.0, 2.0, 30, 12.0)
    assert reading.model == "expression-1+words-1"


def test_agreement_is_no_surer_than_the_surer_side() -> None:
    reading = fuse(face({Emotion.SADNESS: 0.6, Emotion.NEUTRAL: 0.4}), words(SAD))
    assert reading.emotion is Emotion.SADNESS
    assert 0.6 < reading.confidence <= 0.8
    assert reading.conflict is None


def test_words_weigh_more_than_the_face_at_equal_sureness() -> None:
    fearful = {Emotion.FEAR: 0.7, Emotion.SADNESS: 0.3}
    tearful = {Emotion.SADNESS: 0.7, Emotion.FEAR: 0.3}
    assert fuse(face(fearful, 0.7), words(tearful)).emotion is Emotion.SADNESS
    assert fuse(face(tearful, 0.7), words(fearful)).emotion is Emotion.FEAR


def test_a_face_seen_badly_counts_less() -> None:
    clear, dim = fuse(face(SAD, 0.8), words(FLAT)), fuse(face(SAD, 0.2), words(FLAT))
    assert clear.distribution is not None
    assert dim.distribution is not None
    assert clear.distribution[Emotion.SADNESS] > dim.distribution[Emotion.SADNESS]


def test_an_expressive_face_shows_through_neutral_words() -> None:
    reading = fuse(face({Emotion.SADNESS: 0.9, Emotion.NEUTRAL: 0.1}, 0.9), words(FLAT))
    assert reading.emotion is Emotion.SADNESS
    assert reading.conflict is None


def test_despairing_words_under_a_smile_lead_and_the_conflict_is_told() -> None:
    alone = fuse(None, words(SAD))
    reading = fuse(face(HAPPY), words(SAD))
    assert reading.emotion is Emotion.SADNESS
    assert reading.conflict == "the words sound despairing while the face seems to be smiling"
    assert reading.confidence < alone.confidence
    assert reading.distribution is not None
    # Not averaged away: both sides are still there, and neutral has not won.
    assert reading.distribution[Emotion.HAPPINESS] > 0.1
    assert reading.distribution[Emotion.SADNESS] > 0.5


def test_a_conflict_cannot_turn_the_words_over() -> None:
    close = {Emotion.SADNESS: 0.46, Emotion.FEAR: 0.1, Emotion.HAPPINESS: 0.04, Emotion.ANGER: 0.4}
    reading = fuse(face({Emotion.HAPPINESS: 1.0}, 1.0), words(close))
    assert reading.conflict is not None
    assert reading.emotion is Emotion.SADNESS


def test_cheerful_words_over_a_sad_face_are_a_conflict_too() -> None:
    reading = fuse(face(SAD), words(HAPPY))
    assert reading.conflict == "the words sound cheerful while the face looks sad"
    assert reading.emotion is Emotion.HAPPINESS


@dataclass(frozen=True)
class Calm:
    id: str
    seen: dict[Emotion, float] | None
    said: dict[Emotion, float] | None
    confidence: float = 0.8


NO_CONFLICT = (
    Calm("agreement", SAD, SAD),
    Calm("both unpleasant", {Emotion.ANGER: 0.9, Emotion.NEUTRAL: 0.1}, SAD),
    Calm("neutral words", HAPPY, FLAT),
    Calm("neutral face", FLAT, SAD),
    Calm("unsure face", HAPPY, SAD, 0.3),
    Calm("unsure words", HAPPY, {Emotion.SADNESS: 0.4, Emotion.ANGER: 0.35, Emotion.FEAR: 0.25}),
    Calm("no face", None, SAD),
    Calm("no words", HAPPY, None),
)


@pytest.mark.parametrize("case", NO_CONFLICT, ids=lambda case: case.id)
def test_there_is_no_conflict(case: Calm) -> None:
    assert conflict_of(face(case.seen, case.confidence), words(case.said)) is None


@pytest.mark.parametrize("seen", list(Emotion))
@pytest.mark.parametrize("said", list(Emotion))
def test_every_pair_gives_a_whole_reading(seen: Emotion, said: Emotion) -> None:
    reading = fuse(face({seen: 1.0}, 1.0), words({said: 1.0}))
    assert reading.distribution is not None
    assert sum(reading.distribution.values()) == pytest.approx(1)
    assert reading.emotion is max(reading.distribution, key=reading.distribution.__getitem__)
    assert AffectReading.model_validate_json(reading.model_dump_json()) == reading
