"""A person's own resting face: learnt at rest, taken off what is read, never a real feeling."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from empathy_agent.affect import Emotion
from empathy_agent.perception.avatar import PROTOTYPES, Expression, draw
from empathy_agent.perception.baseline import (
    ENOUGH_S,
    MOST_DOUBT,
    Baseline,
    OwnFace,
    as_note,
    corrected,
    doubted,
    from_note,
    learn,
)
from empathy_agent.perception.expression import ExpressionModel
from empathy_agent.perception.faces import FaceFinder
from empathy_agent.perception.frames import Frame, Window
from empathy_agent.perception.perceiver import Perceiver
from empathy_agent.perception.track import EMOTIONS, Track
from tests.test_track import showing

NAMES = ("AU4", "AU12", "AU26", "AU45")
SAD = EMOTIONS.index(Emotion.SADNESS)


def track(
    emotion: Emotion = Emotion.SADNESS,
    probability: float = 0.6,
    units: tuple[float, ...] = (0.5, 0.0, 0.0, 0.1),
    *,
    seconds: float = 2.0,
    quality: float = 1.0,
    shake: float = 0.0,
    names: tuple[str, ...] = NAMES,
) -> Track:
    count = round(seconds * 15) + 1
    values = np.tile(np.array(units), (count, 1))
    values[:, 0] += shake * np.sin(np.arange(count))
    rows = np.tile(showing(emotion, probability), (count, 1))
    return Track(np.arange(count) / 15, rows, values, names, np.full(count, quality))


def after(seconds: float, shown: Track | None = None) -> Baseline | None:
    baseline: Baseline | None = None
    for _ in range(round(seconds / 2)):
        baseline = learn(baseline, shown or track())
    return baseline


def likeliest(seen: Track) -> Emotion:
    return EMOTIONS[int(seen.emotions[0].argmax())]


def test_nothing_is_corrected_before_enough_was_seen() -> None:
    early, seen = after(ENOUGH_S - 2), track()
    assert early is not None
    assert not early.ready
    assert corrected(seen, early) is seen
    assert corrected(seen, None) is seen


def test_a_face_that_rests_sadly_reads_neutral_once_it_is_known() -> None:
    known = after(ENOUGH_S + 2)
    assert likeliest(track()) is Emotion.SADNESS
    read = corrected(track(), known)
    assert likeliest(read) is Emotion.NEUTRAL
    np.testing.assert_allclose(read.emotions.sum(1), 1)
    assert read.units[0, 0] < 0.4


@pytest.mark.parametrize("emotion", [Emotion.ANGER, Emotion.HAPPINESS, Emotion.FEAR])
def test_a_feeling_that_grows_is_read_as_before(emotion: Emotion) -> None:
    felt = track(emotion, 0.8, (0.9, 0.8, 0.4, 0.1))
    assert likeliest(corrected(felt, after(40))) is emotion


def test_a_smile_under_brows_that_slant_at_rest_is_a_smile() -> None:
    smile = track(Emotion.SADNESS, 0.5, (0.5, 0.9, 0.1, 0.1))
    smile.emotions[:, EMOTIONS.index(Emotion.HAPPINESS)] = 0.4
    smile = replace(smile, emotions=smile.emotions / smile.emotions.sum(1, keepdims=True))
    assert likeliest(smile) is Emotion.SADNESS
    assert likeliest(corrected(smile, after(40))) is Emotion.HAPPINESS


def test_deeper_sadness_is_still_sadness() -> None:
    deep = track(Emotion.SADNESS, 0.9, (0.95, 0.0, 0.1, 0.1))
    assert likeliest(corrected(deep, after(40))) is Emotion.SADNESS


def test_a_face_that_rests_neutrally_is_not_changed() -> None:
    known = after(40, track(Emotion.NEUTRAL, 0.9, (0.1, 0, 0, 0.1)))
    for seen in (track(), track(Emotion.NEUTRAL, 0.9), track(Emotion.ANGER, 0.6)):
        np.testing.assert_allclose(corrected(seen, known).emotions, seen.emotions, atol=1e-9)


@pytest.mark.parametrize(
    "shown",
    [
        track(Emotion.HAPPINESS, 0.9),
        track(units=(0.5, 0.8, 0.0, 0.1)),
        track(units=(0.5, 0.0, 0.7, 0.1)),
        track(shake=0.4),
        track(quality=0.3),
        track(seconds=0.4),
        track(Emotion.FEAR, 0.8),
    ],
    ids=["smile", "lip corners up", "mouth open", "moving", "badly seen", "an instant", "fear"],
)
def test_only_a_well_seen_still_face_is_learnt(shown: Track) -> None:
    assert after(60, shown) is None


def test_later_rests_move_it_slowly_and_by_bounded_steps() -> None:
    known = after(700)
    assert known is not None
    assert known.seconds == 600
    moved = learn(known, track(Emotion.ANGER, 0.9, (0.55, 0, 0, 0.1)))
    assert moved is not None
    assert np.abs(moved.emotions - known.emotions).max() < 0.002


def test_a_face_that_comes_to_rest_otherwise_is_learnt_anew() -> None:
    known = after(60)
    other = track(Emotion.NEUTRAL, 0.9, (0.05, 0.0, 0.0, 0.1))
    spells = 0
    while known is not None and not (known.ready and known.units[0] < 0.1):
        known = learn(known, other)
        spells += 1
        assert spells < 60
    assert known is not None


def test_another_experts_baseline_is_of_no_use() -> None:
    other = track(names=("AU1", "AU2", "AU6", "AU45"))
    known = after(60)
    assert corrected(other, known) is other
    begun = learn(known, other)
    assert begun is not None
    assert begun.names == other.names
    assert not begun.ready


def test_it_is_of_constant_size_and_survives_being_kept() -> None:
    short, long = after(32), after(600)
    assert short is not None
    assert long is not None
    assert len(str(as_note(long))) < len(str(as_note(short))) + 40
    again = from_note(as_note(long))
    assert again is not None
    np.testing.assert_allclose(again.emotions, long.emotions, atol=1e-4)


def test_who_is_plainly_sad_for_minutes_stays_so() -> None:
    sad = track(Emotion.SADNESS, 0.85)
    assert after(300, sad) is None


def test_half_seconds_of_a_live_panel_add_up() -> None:
    own, whole = OwnFace(), track(seconds=40.0)
    for first in range(0, len(whole.times), 7):
        some = slice(first, first + 7)
        own.see(
            Track(
                whole.times[some],
                whole.emotions[some],
                whole.units[some],
                NAMES,
                whole.quality[some],
            )
        )
    assert own.baseline is not None
    assert own.baseline.ready
    assert own.waiting is None or len(own.waiting.times) < 20


# On drawn people, by the real eyes


@pytest.fixture(scope="module")
def eyes() -> Perceiver:
    return Perceiver(finder=FaceFinder(), expression=ExpressionModel())


def film(units: Mapping[str, float], seed: int, spell: int = 0) -> Window:
    """Film a face that does one thing for a second; each spell sways a little differently."""
    chance = np.random.default_rng(spell)
    yaw, pitch = chance.normal(0, 3), chance.normal(0, 2)
    frames = [
        draw(Expression(units, yaw=yaw + 0.1 * at, pitch=pitch), size=(320, 240), seed=seed)
        for at in range(4)
    ]
    return Window(tuple(Frame(at / 1.5, each) for at, each in enumerate(frames)))


def also(rest: Mapping[str, float], emotion: Emotion) -> dict[str, float]:
    strong = {name: 0.8 * unit for name, unit in PROTOTYPES[emotion].items()}
    return {each: max(rest.get(each, 0), strong.get(each, 0)) for each in {*rest, *strong}}


SLANTED = {"AU1": 0.55, "AU15": 0.55}
LOW = {"AU4": 0.4}


@pytest.fixture(scope="module")
def known(eyes: Perceiver) -> dict[tuple[str, int], OwnFace]:
    found: dict[tuple[str, int], OwnFace] = {}
    for name, rest in (("slanted", SLANTED), ("low", LOW)):
        for seed in (1, 3):
            own = found[name, seed] = OwnFace()
            for spell in range(26):
                eyes.perceive(film(rest, seed, spell), own=own)
    return found


@pytest.mark.parametrize("seed", [1, 3])
def test_a_drawn_face_with_slanted_brows_is_sad_before_and_neutral_after(
    eyes: Perceiver, known: dict[tuple[str, int], OwnFace], seed: int
) -> None:
    rest = film(SLANTED, seed, 99)
    before = eyes.perceive(rest)
    after_it = eyes.perceive(rest, own=known["slanted", seed])
    assert before.emotion is Emotion.SADNESS
    assert after_it.emotion is Emotion.NEUTRAL
    assert any("resting face" in cue for cue in after_it.cues)
    assert not any("resting face" in cue for cue in before.cues)


@pytest.mark.parametrize("seed", [1, 3])
@pytest.mark.parametrize("emotion", [Emotion.ANGER, Emotion.HAPPINESS, Emotion.NEUTRAL])
def test_low_brows_at_rest_hide_neither_anger_nor_a_smile(
    eyes: Perceiver, known: dict[tuple[str, int], OwnFace], seed: int, emotion: Emotion
) -> None:
    shown = film(also(LOW, emotion), seed, 99)
    assert eyes.perceive(shown, own=known["low", seed]).emotion is emotion


def test_two_people_in_the_picture_teach_nothing(eyes: Perceiver) -> None:
    own = OwnFace()
    one = film(LOW, 1)
    both = Window(
        tuple(Frame(each.at, np.hstack([each.pixels, each.pixels[:, ::-1]])) for each in one.frames)
    )
    assert eyes.perceive(both, own=own).faces == 2
    assert own.baseline is None


def test_a_picture_that_stands_still_teaches_nothing(eyes: Perceiver) -> None:
    own = OwnFace()
    still = draw(Expression(LOW), size=(320, 240), seed=1)
    eyes.perceive(Window(tuple(Frame(at / 3, still) for at in range(9))), own=own)
    assert own.baseline is None


def anger(seen: Track) -> float:
    return float(seen.emotions[0, EMOTIONS.index(Emotion.ANGER)])


def told_often(times: int, baseline: Baseline | None = None) -> Baseline:
    for _ in range(times):
        baseline = doubted(baseline, Emotion.ANGER)
    assert baseline is not None
    return baseline


def test_each_correction_makes_that_feeling_less_likely_in_this_face_up_to_a_bound() -> None:
    seen = track(Emotion.ANGER, 0.6)
    read = [anger(corrected(seen, told_often(times))) for times in range(1, 6)]
    assert anger(seen) > read[0] > read[1] > read[2]
    assert read[2] == read[3] == read[4]
    odds = read[4] / (1 - read[4])
    assert odds == pytest.approx(0.6 / 0.4 * np.exp(-MOST_DOUBT))


def test_a_plain_feeling_is_still_read_after_any_number_of_corrections() -> None:
    assert likeliest(corrected(track(Emotion.ANGER, 0.9), told_often(50))) is Emotion.ANGER


def test_a_correction_leaves_other_feelings_as_they_were_to_each_other() -> None:
    seen = track(Emotion.SADNESS, 0.6)
    read = corrected(seen, told_often(2))
    np.testing.assert_allclose(read.emotions.sum(1), 1)
    assert likeliest(read) is Emotion.SADNESS
    assert float(read.emotions[0, SAD]) > float(seen.emotions[0, SAD])


def test_neutral_cannot_be_denied() -> None:
    assert not doubted(None, Emotion.NEUTRAL).doubts.any()


def test_what_was_set_right_stays_while_the_face_is_learnt() -> None:
    known = told_often(2)
    for _ in range(20):
        known = learn(known, track()) or known
    assert known.ready
    np.testing.assert_array_equal(known.doubts, told_often(2).doubts)
    again = from_note(as_note(known))
    assert again is not None
    np.testing.assert_allclose(again.doubts, known.doubts)


@pytest.mark.parametrize("doubts", [[9.0] * 8, [-1.0] * 8, [0.5], ["x"] * 8, [float("nan")] * 8])
def test_a_note_that_doubts_too_much_is_not_believed(doubts: list[object]) -> None:
    assert from_note({**as_note(told_often(1)), "doubts": doubts}) is None
