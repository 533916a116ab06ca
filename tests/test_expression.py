import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from empathy_agent.affect import Abstention, Emotion, Pose
from empathy_agent.perception.avatar import draw, expression_of
from empathy_agent.perception.expression import (
    UNITS,
    ExpressionModel,
    FrameAffect,
    Quality,
    doubt,
    quality,
    softmax,
)
from empathy_agent.perception.faces import FaceFinder
from empathy_agent.perception.frames import as_frame
from empathy_agent.perception.framing import REFERENCE, Face

Pixels = NDArray[np.uint8]
DATA = Path(os.environ.get("EMPATHY_DATA", "../shared/data")) / "faces"


@pytest.fixture(scope="module")
def model() -> ExpressionModel:
    return ExpressionModel()


@pytest.fixture(scope="module")
def finder() -> FaceFinder:
    return FaceFinder()


def avatar(emotion: Emotion, **changes: float) -> Pixels:
    return draw(replace(expression_of(emotion), **changes))


def whole(pixels: Pixels) -> Face:
    """A face framed as in FER2013 that fills the picture."""
    height, width = pixels.shape[:2]
    points = (REFERENCE * [width, height]).astype(np.float32)
    return Face((0.0, 0.0, float(width), float(height)), points, 1.0)


def is_whole(seen: FrameAffect) -> bool:
    numbers = [*seen.distribution, *seen.action_units, seen.face_score]
    numbers += [seen.pose.yaw, seen.pose.pitch, seen.pose.roll, seen.quality.sharpness]
    return bool(
        np.isfinite(numbers).all()
        and seen.distribution.shape == (len(Emotion),)
        and abs(seen.distribution.sum() - 1) < 1e-9
        and seen.action_units.shape == (len(seen.names),)
        and seen.action_units.min() >= 0
        and seen.action_units.max() <= 1
    )


ODD: dict[str, object] = {
    "one pixel": np.zeros((1, 1), np.uint8),
    "one row": np.zeros((1, 999, 3), np.uint8),
    "8K": np.zeros((4320, 7680, 3), np.uint8),
    "floats": np.random.default_rng(0).random((90, 80, 3)),
    "NaN": np.full((64, 64), np.nan),
    "16 bits": np.full((50, 70), 60000, np.uint16),
    "booleans": np.eye(40, dtype=bool),
    "alpha": np.zeros((30, 30, 4), np.uint8),
    "channels first": np.zeros((3, 120, 160), np.uint8),
}


@pytest.mark.parametrize("name", ODD)
def test_every_picture_gives_a_whole_reading(name: str, model: ExpressionModel):
    pixels = as_frame(ODD[name]).pixels
    for face in (whole(pixels), Face((-9, -9, -1, -1), np.full((5, 2), -5, np.float32), 0.1)):
        assert is_whole(model.read(pixels, face))


def test_broken_landmarks_give_a_whole_reading(model: ExpressionModel):
    pixels = avatar(Emotion.HAPPINESS)
    for points in (np.full((5, 2), np.nan), np.zeros((5, 2)), np.full((5, 2), np.inf)):
        face = Face((0, 0, 50, 50), points.astype(np.float32), 0.9)
        assert is_whole(model.read(pixels, face))


def test_nothing_to_read_is_nothing(model: ExpressionModel):
    assert model.read_many([]) == []


def test_reading_many_is_reading_each(model: ExpressionModel, finder: FaceFinder):
    pictures = [avatar(emotion) for emotion in (Emotion.HAPPINESS, Emotion.SADNESS)]
    pairs = [(each, finder.find(each)[0]) for each in pictures]
    for pair, together in zip(pairs, model.read_many(pairs), strict=True):
        alone = model.read(*pair)
        np.testing.assert_allclose(alone.distribution, together.distribution, atol=1e-5)
        np.testing.assert_allclose(alone.action_units, together.action_units, atol=1e-5)


def test_a_mirrored_face_shows_the_same_and_looks_the_other_way(
    model: ExpressionModel, finder: FaceFinder
):
    picture = avatar(Emotion.SURPRISE, yaw=15.0, roll=10.0)
    mirror = np.ascontiguousarray(picture[:, ::-1])
    face = finder.find(picture)[0]
    points = face.landmarks[[1, 0, 2, 4, 3]] * np.array([-1, 1]) + np.array([640, 0])
    one = model.read(picture, face)
    other = model.read(mirror, Face(face.box, points.astype(np.float32), face.score))
    assert np.abs(one.distribution - other.distribution).max() < 0.1
    assert one.pose.roll == pytest.approx(-other.pose.roll, abs=3)
    assert one.pose.yaw == pytest.approx(-other.pose.yaw, abs=3)


@dataclass(frozen=True)
class Turn:
    id: str
    change: dict[str, float]
    axis: str
    sign: int


TURNS = (
    Turn("left", {"yaw": 20.0}, "yaw", 1),
    Turn("right", {"yaw": -20.0}, "yaw", -1),
    Turn("clockwise", {"roll": 18.0}, "roll", 1),
    Turn("anticlockwise", {"roll": -18.0}, "roll", -1),
)


@pytest.mark.parametrize("turn", TURNS, ids=lambda turn: turn.id)
def test_the_head_points_where_it_was_drawn_to(
    turn: Turn, model: ExpressionModel, finder: FaceFinder
):
    picture = avatar(Emotion.NEUTRAL, **turn.change)
    pose = model.read(picture, finder.find(picture)[0]).pose
    assert getattr(pose, turn.axis) * turn.sign > 6


def test_a_drawn_smile_is_happiness_with_its_lip_corners_up(
    model: ExpressionModel, finder: FaceFinder
):
    picture = avatar(Emotion.HAPPINESS)
    seen = model.read(picture, finder.find(picture)[0])
    still = avatar(Emotion.NEUTRAL)
    calm = model.read(still, finder.find(still)[0])
    smile = UNITS.index("AU12")
    assert list(Emotion)[int(seen.distribution.argmax())] is Emotion.HAPPINESS
    assert seen.action_units[smile] > calm.action_units[smile] + 0.2
    assert seen.why_not is None
    assert seen.face_score > 0.5


# Quality

CLEAR = Quality(sharpness=0.14, light=0.5, contrast=0.2, size=100, occlusion=0.01)
AHEAD = Pose(yaw=0, pitch=0, roll=0)


@dataclass(frozen=True)
class Case:
    id: str
    seen: Quality
    why: Abstention | None
    pose: Pose = AHEAD
    score: float = 0.99


CASES = (
    Case("clear", CLEAR, None),
    Case("dark", replace(CLEAR, light=0.01, contrast=0.005), Abstention.DARK),
    Case("dim but readable", replace(CLEAR, light=0.12, contrast=0.05), None),
    Case("blurred", replace(CLEAR, sharpness=0.01), Abstention.BLURRED),
    Case("tiny", replace(CLEAR, size=9), Abstention.BLURRED),
    Case("covered", replace(CLEAR, occlusion=0.6), Abstention.OCCLUDED),
    Case("washed out", replace(CLEAR, light=0.97, contrast=0.005), Abstention.UNCERTAIN),
    Case("no face after all", CLEAR, Abstention.UNCERTAIN, score=0.1),
    Case("turned", CLEAR, Abstention.TURNED_AWAY, Pose(yaw=-70, pitch=0, roll=0)),
    Case("looking down", CLEAR, Abstention.TURNED_AWAY, Pose(yaw=0, pitch=-60, roll=0)),
    Case("tilted is fine", CLEAR, None, Pose(yaw=0, pitch=0, roll=45)),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_face_that_cannot_be_seen_well_is_not_read(case: Case):
    assert doubt(case.seen, case.pose, case.score) is case.why


def test_quality_falls_with_blur_and_light():
    picture = avatar(Emotion.HAPPINESS)[120:360, 220:420].mean(2).astype(np.uint8)
    soft = np.repeat(np.repeat(picture[::16, ::16], 16, 0), 16, 1)
    kernel = np.ones(16) / 16
    soft = np.apply_along_axis(lambda row: np.convolve(row, kernel, "same"), 1, soft)
    soft = np.apply_along_axis(lambda row: np.convolve(row, kernel, "same"), 0, soft)
    sharp, blurred = quality(picture, 200, 0), quality(soft.astype(np.uint8), 200, 0)
    assert blurred.sharpness < 0.5 * sharp.sharpness
    assert quality((picture * 0.1).astype(np.uint8), 200, 0).light < 0.15 * sharp.light + 0.01


def test_a_black_frame_is_dark(model: ExpressionModel):
    pixels = np.zeros((200, 200, 3), np.uint8)
    assert model.read(pixels, whole(pixels)).why_not is Abstention.DARK


def test_softmax_of_wild_logits_is_a_distribution():
    odds = softmax(np.array([[1e9, -1e9, 0, 0, 0, 0, 0, 0]], np.float32))
    assert odds.sum() == pytest.approx(1)
    assert np.isfinite(odds).all()


@pytest.mark.skipif(not DATA.is_dir(), reason="no data; give its folder with EMPATHY_DATA")
def test_three_of_four_people_are_read_as_others_read_them(model: ExpressionModel):
    with np.load(DATA / "ferplus_valid.npz") as data:
        images, votes = data["images"][::5][:600], data["votes"][::5][:600]
    votes = np.where(votes > 1, votes, 0)
    clear = votes.argmax(1) < 8
    seen = model.read_many([(each, whole(each)) for each in images[clear]])
    guess = np.array([each.distribution.argmax() for each in seen])
    assert (guess == votes[clear].argmax(1)).mean() >= 0.75
