from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from empathy_agent.affect import Emotion
from empathy_agent.errors import SetupError
from empathy_agent.perception.anatomy import Face, face_of
from empathy_agent.perception.avatar import (
    ACTION_UNITS,
    PROTOTYPES,
    Expression,
    Part,
    demonstration,
    draw,
    expression_of,
    micro,
    perform,
    script,
)
from empathy_agent.perception.expression import ExpressionModel
from empathy_agent.perception.faces import FaceFinder
from empathy_agent.perception.person import person_of

REST = Expression()
SMALL = (160, 120)
MOUTH = (slice(300, 350), slice(265, 375))
"""Rows and columns of a straight face of 640x480."""
EYES = (slice(190, 240), slice(240, 400))


def grey(expression: Expression, seed: int = 0) -> NDArray[np.float64]:
    return draw(expression, colour=False, seed=seed).astype(np.float64)


def test_the_same_arguments_draw_the_same_pixels():
    expression = Expression({"AU12": 0.7}, yaw=5, light=0.9)
    once = draw(expression, SMALL, seed=3)
    draw(REST, (200, 150), seed=4)
    assert np.array_equal(once, draw(expression, SMALL, seed=3))


def test_another_seed_is_another_person():
    people = [draw(REST, SMALL, seed=seed) for seed in range(5)]
    for number, person in enumerate(people):
        assert all(np.abs(person.astype(int) - other).mean() > 3 for other in people[:number])


@pytest.mark.parametrize("size", [(640, 480), (480, 640), (33, 17), (1, 1), (1280, 720), (7, 300)])
def test_a_picture_has_the_size_asked_for(size: tuple[int, int]):
    width, height = size
    assert draw(REST, size).shape == (height, width, 3)
    assert draw(REST, size, colour=False).shape == (height, width)
    assert draw(REST, size).dtype == np.uint8


@dataclass(frozen=True)
class Moves:
    """An action unit, and what has to grow with it."""

    id: str
    measure: Callable[[Face], float]


def _right_brow(face: Face) -> NDArray[np.float64]:
    line = face.brows[1].astype(np.float64)
    half = len(line) // 2
    return (line[:half] + line[half:][::-1]) / 2


def _corners(face: Face, axis: int) -> NDArray[np.float64]:
    return np.abs(face.mouth.upper_in[[0, -1], axis].astype(np.float64))


def _folds(face: Face) -> float:
    return sum(stroke.depth for stroke in face.strokes)


MOVES = [
    Moves("AU1", lambda face: -float(_right_brow(face)[0, 1])),
    Moves("AU2", lambda face: -float(_right_brow(face)[-2, 1])),
    Moves("AU4", lambda face: float(_right_brow(face)[0, 1])),
    Moves("AU5", lambda face: -float(face.eyes[1].upper[8, 1])),
    Moves("AU6", _folds),
    Moves("AU7", lambda face: -face.eyes[0].open),
    Moves("AU9", _folds),
    Moves("AU10", lambda face: -float(face.mouth.upper_out[12, 1])),
    Moves("AU12", lambda face: float(_corners(face, 0).sum() - _corners(face, 1).sum())),
    Moves("AU14", _folds),
    Moves("AU15", lambda face: float(_corners(face, 1).sum())),
    Moves("AU17", lambda face: -float(face.mouth.lower_in[12, 1])),
    Moves("AU20", lambda face: float(_corners(face, 0).sum())),
    Moves("AU23", lambda face: -float(np.ptp(face.mouth.upper_out[12] - face.mouth.upper_in[12]))),
    Moves("AU24", lambda face: -float(np.ptp(face.mouth.upper_out[12] - face.mouth.upper_in[12]))),
    Moves("AU25", lambda face: face.mouth.gap),
    Moves("AU26", lambda face: face.mouth.gap),
    Moves("AU27", lambda face: face.jaw_drop),
    Moves("AU43", lambda face: -face.eyes[0].open),
    Moves("AU45", lambda face: -face.eyes[0].open),
]


@pytest.mark.parametrize("moves", MOVES, ids=lambda moves: moves.id)
def test_the_more_of_an_action_unit_the_further_the_face_moves(moves: Moves):
    person = person_of(0)
    seen = [moves.measure(face_of(person, {moves.id: step / 4})) for step in range(5)]
    assert seen == sorted(seen)
    assert seen[-1] - seen[0] > 0.01


def test_the_jaw_opens_a_dark_mouth():
    dark = [int((grey(Expression({"AU26": step / 4}))[MOUTH] < 50).sum()) for step in range(5)]
    assert dark == sorted(dark)
    assert dark[-1] > dark[0] + 500


def test_a_broad_smile_shows_teeth():
    closed = grey(Expression({"AU12": 1.0}))[MOUTH]
    open_ = grey(Expression({"AU12": 1.0, "AU25": 1.0}))[MOUTH]
    assert (open_ - closed > 30).sum() > 300


def test_shut_eyes_show_no_white():
    whites = [int((grey(Expression({"AU45": shut}))[EYES] < 55).sum()) for shut in (0.0, 1.0)]
    assert whites[1] < whites[0] / 2


@pytest.mark.parametrize(("unit", "side"), [("AU12R", "left"), ("AU12L", "right")])
def test_one_side_of_the_mouth_can_smile_alone(unit: str, side: str):
    moved = np.abs(
        face_of(person_of(0), {unit: 1.0}).mouth.upper_in - face_of(person_of(0), {}).mouth.upper_in
    )
    left, right = moved[0].sum(), moved[-1].sum()
    assert (left > 5 * right) == (side == "left")
    assert (right > 5 * left) == (side == "right")


def _shift(before: NDArray[np.float64], after: NDArray[np.float64], axis: int) -> int:
    """Say by how many pixels a part of the picture moved along an axis."""
    steps = range(-40, 41)
    rows, columns = slice(200, 300), slice(270, 370)
    template = before[rows, columns]
    fits: list[float] = []
    for step in steps:
        moved = np.roll(after, -step, axis=axis)[rows, columns]
        fits.append(float(np.corrcoef(template.ravel(), moved.ravel())[0, 1]))
    return list(steps)[int(np.argmax(fits))]


def test_the_head_turns_where_the_signs_of_a_pose_say():
    straight = grey(REST)
    assert _shift(straight, grey(Expression(yaw=15)), axis=1) < -8
    assert _shift(straight, grey(Expression(yaw=-15)), axis=1) > 8
    assert _shift(straight, grey(Expression(pitch=12)), axis=0) < -8
    assert _shift(straight, grey(Expression(pitch=-12)), axis=0) > 8
    assert _shift(straight, grey(Expression(roll=10)), axis=1) > 8


def test_more_light_is_a_brighter_picture():
    bright = [float(grey(Expression(light=light)).mean()) for light in (0.0, 0.2, 0.5, 1.0, 1.5)]
    assert bright == sorted(bright)
    assert bright[0] < 5


def test_every_emotion_looks_different():
    pictures = [grey(expression_of(emotion)) for emotion in Emotion]
    for number, picture in enumerate(pictures):
        assert all(np.abs(picture - other).max() > 40 for other in pictures[:number])


def test_an_emotion_is_its_prototype_by_its_intensity():
    assert expression_of(Emotion.NEUTRAL).action_units == {}
    assert expression_of(Emotion.HAPPINESS, 0.5).action_units["AU12"] == 0.5
    assert set(PROTOTYPES) == set(Emotion)
    assert all(unit in ACTION_UNITS for units in PROTOTYPES.values() for unit in units)


@dataclass(frozen=True)
class Wrong:
    id: str
    act: Callable[[], object]
    says: str


WRONG = [
    Wrong("an unknown unit", lambda: Expression({"AU121": 0.5}), "did you mean 'AU12"),
    Wrong("too strong", lambda: Expression({"AU12": 1.5}), "lies in [0, 1]"),
    Wrong("not a number", lambda: Expression({"AU12": float("nan")}), "lies in [0, 1]"),
    Wrong("an endless turn", lambda: Expression(yaw=float("inf")), "finite"),
    Wrong("too intense", lambda: expression_of(Emotion.ANGER, 2), "lies in [0, 1]"),
    Wrong("no picture", lambda: draw(REST, (0, 5)), "cannot be drawn"),
    Wrong("no script", lambda: script([]), "at least one part"),
    Wrong("no time", lambda: script([(Emotion.FEAR, 0, 0.5)]), "takes some time"),
    Wrong("too intense a part", lambda: script([(Emotion.FEAR, 1, 5)]), "lies in [0, 1]"),
    Wrong("a late flash", lambda: micro((Emotion.SADNESS, 2, 0.8), at=1.9), "is not within"),
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.id)
def test_what_cannot_be_drawn_is_said_in_one_line(wrong: Wrong):
    with pytest.raises(SetupError) as refused:
        wrong.act()
    assert wrong.says in str(refused.value)
    assert "\n" not in str(refused.value)


PARTS: list[Part] = [(Emotion.NEUTRAL, 1.0, 0.0), (Emotion.HAPPINESS, 2.0, 0.8)]


def test_a_script_is_filmed_at_its_rate():
    window = script(PARTS, fps=10, size=(40, 30))
    assert len(window.frames) == 30
    assert [round(frame.at, 3) for frame in window.frames[:3]] == [0.0, 0.1, 0.2]
    assert {frame.pixels.shape for frame in window.frames} == {(30, 40, 3)}


def test_a_script_is_filmed_alike_each_time():
    first, second = (script(PARTS, fps=5, size=(40, 30), seed=2) for _ in range(2))
    assert all(
        np.array_equal(one.pixels, other.pixels)
        for one, other in zip(first.frames, second.frames, strict=True)
    )


def smile(expression: Expression) -> float:
    return expression.action_units.get("AU12", 0.0)


def test_an_expression_comes_by_and_by_and_stays():
    at = perform(PARTS)
    seen = [smile(at(time)) for time in np.arange(0.9, 3.5, 0.05)]
    assert seen == sorted(seen)
    assert seen[0] == 0
    assert abs(seen[-1] - 0.8) < 1e-9
    assert max(np.diff(seen)) < 0.2


def test_a_script_begins_with_its_first_part_in_full():
    assert smile(perform([(Emotion.HAPPINESS, 3.0, 0.6)])(0.0)) == 0.6


def test_people_blink_every_few_seconds_and_hardly_move_their_heads():
    at = perform([(Emotion.NEUTRAL, 60.0, 0.0)], seed=1)
    shown = [at(time) for time in np.arange(0, 60, 0.02)]
    shut = np.array([expression.action_units["AU45"] > 0.5 for expression in shown])
    blinks = int((np.diff(shut.astype(int)) == 1).sum())
    assert 12 <= blinks <= 18
    assert shut.mean() < 0.1
    assert max(abs(expression.yaw) for expression in shown) <= 4
    assert len({round(expression.yaw, 2) for expression in shown}) > 50


def test_a_micro_expression_flashes_up_and_is_gone():
    parts = micro((Emotion.SADNESS, 3.0, 0.8), at=1.0, seconds=0.3, intensity=0.7)
    assert abs(sum(seconds for _, seconds, _ in parts) - 3.0) < 1e-9
    at = perform(parts)
    times = np.arange(0, 3, 0.01)
    smiling = times[[smile(at(time)) > 0.1 for time in times]]
    assert max(smile(at(time)) for time in times) > 0.65
    assert smiling.min() >= 1.0 and smiling.max() < 1.5


def test_the_demo_goes_on_for_ever():
    at = demonstration()
    shown = [smile(at(time)) for time in np.arange(0, 64, 0.5)]
    assert shown[:64] == shown[64:]
    assert max(shown) > 0.7


def test_the_demo_can_hold_one_emotion():
    at = demonstration(Emotion.SADNESS)
    assert {round(at(time).action_units["AU15"], 6) for time in (0.0, 9.99, 10.0, 10.1, 500)} == {
        0.8
    }


@pytest.mark.parametrize("size", [(640, 480), (320, 240)])
def test_a_finder_trained_on_photographs_finds_every_drawn_face(size: tuple[int, int]):
    finder = FaceFinder()
    for seed in range(4):
        for emotion in Emotion:
            assert len(finder.find(draw(expression_of(emotion), size, seed=seed))) == 1


@pytest.mark.parametrize(
    "emotion", [Emotion.NEUTRAL, Emotion.HAPPINESS, Emotion.SURPRISE, Emotion.SADNESS]
)
def test_a_net_trained_on_photographs_reads_the_common_emotions(emotion: Emotion):
    finder, model = FaceFinder(), ExpressionModel()
    for seed in range(4):
        expression = replace(expression_of(emotion), yaw=2.0, roll=-2.0)
        pixels = draw(expression, seed=seed)
        read = model.read(pixels, finder.find(pixels)[0])
        assert list(Emotion)[int(read.distribution.argmax())] is emotion


def test_a_net_trained_on_photographs_reads_nearly_every_drawn_emotion():
    finder, model = FaceFinder(), ExpressionModel()
    right = 0
    for seed in range(4):
        for emotion in Emotion:
            pixels = draw(expression_of(emotion, 0.8), seed=seed)
            read = model.read(pixels, finder.find(pixels)[0])
            right += list(Emotion)[int(read.distribution.argmax())] is emotion
    assert right >= 4 * 7
