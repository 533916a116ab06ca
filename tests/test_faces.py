import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from empathy_agent.affect import Emotion
from empathy_agent.perception.avatar import draw, expression_of
from empathy_agent.perception.faces import FaceFinder
from empathy_agent.perception.framing import (
    CROP,
    REFERENCE,
    Face,
    alignment,
    crop,
    decode,
    grey,
    matched,
    moved,
    overlap,
    suppress,
)

Pixels = NDArray[np.uint8]
BLANK: Pixels = np.zeros((10, 10), np.uint8)


@pytest.fixture(scope="module")
def finder() -> FaceFinder:
    return FaceFinder()


def face(x: float, y: float, size: float = 40, score: float = 0.9) -> Face:
    half = size / 2
    box = (x - half, y - half, x + half, y + half)
    points = (REFERENCE * size + [x - half, y - half]).astype(np.float32)
    return Face(box, points, score)


def avatar(emotion: Emotion = Emotion.NEUTRAL, size: tuple[int, int] = (640, 480)) -> Pixels:
    return draw(expression_of(emotion), size=size)


def centre(found: Face) -> tuple[float, float]:
    x0, y0, x1, y1 = found.box
    return (x0 + x1) / 2, (y0 + y1) / 2


# Geometry


def turned(points: NDArray[np.float32], degrees: float, zoom: float) -> NDArray[np.float32]:
    angle = np.radians(degrees)
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * zoom
    return (points @ matrix.T + [30, 20]).astype(np.float32)


@pytest.mark.parametrize("degrees", [-90, -30, 0, 15, 60])
@pytest.mark.parametrize("zoom", [0.2, 1, 7])
def test_alignment_undoes_turn_zoom_and_shift(degrees: float, zoom: float):
    points = turned(REFERENCE * CROP, degrees, zoom)
    matrix = alignment(points)
    np.testing.assert_allclose(points @ matrix[:, :2].T + matrix[:, 2], REFERENCE * CROP, atol=1e-2)


@pytest.mark.parametrize(
    "points", [np.zeros((5, 2)), np.full((5, 2), np.nan), np.full((5, 2), 1e9)]
)
def test_alignment_of_degenerate_landmarks_is_finite(points: NDArray[np.float32]):
    assert np.isfinite(alignment(points.astype(np.float32))).all()


def test_a_crop_stands_upright_whatever_the_frame_does():
    size = 300
    upright = avatar(size=(size, size))
    known = FaceFinder().find(upright)[0]
    straight = crop(upright, known).astype(float)
    on_its_side = np.ascontiguousarray(np.rot90(upright, k=-1))
    points = np.stack([size - 1 - known.landmarks[:, 1], known.landmarks[:, 0]], 1)
    again = crop(on_its_side, Face(known.box, points, 1.0)).astype(float)
    assert np.corrcoef(straight.ravel(), again.ravel())[0, 1] > 0.97


@pytest.mark.parametrize("shape", [(1, 1), (1, 1, 3), (2, 700), (48, 48), (4320, 7680)])
@pytest.mark.parametrize("at", [(0, 0), (-500, 90), (1e6, 1e6)])
def test_a_crop_of_any_frame_has_its_size(shape: tuple[int, ...], at: tuple[float, float]):
    frame = np.full(shape, 77, np.uint8)
    part = crop(frame, face(*at))
    assert part.shape == (CROP, CROP)
    assert (part == 77).all()


def test_a_large_face_is_averaged_not_sampled():
    board = (np.indices((1024, 1024)).sum(0) % 2 * 255).astype(np.uint8)
    assert crop(board, face(512, 512, 900)).std() < 30


def test_grey_takes_one_or_three_channels():
    colour = np.zeros((4, 6, 3), np.uint8)
    colour[:, :, 0] = 255
    assert grey(colour).shape == (4, 6)
    assert grey(colour)[0, 0] == 76
    assert grey(colour[:, :, :1])[0, 0] == 255


def test_overlap_is_the_share_in_common():
    boxes = np.array([[0, 0, 2, 2], [1, 0, 3, 2], [5, 5, 6, 6]], np.float32)
    np.testing.assert_allclose(overlap(boxes[0], boxes), [1, 1 / 3, 0], atol=1e-6)


def test_suppression_keeps_the_best_of_each_face():
    boxes = np.array([[0, 0, 10, 10], [1, 1, 11, 11], [30, 30, 40, 40], [2, 2, 6, 6]], np.float32)
    assert suppress(boxes, np.array([0.6, 0.9, 0.7, 0.65], np.float32)) == [1, 2]


def test_decoding_gives_back_what_the_cells_say():
    heat, shape = np.zeros((8, 8), np.float32), np.zeros((14, 8, 8), np.float32)
    heat[3, 5] = 0.8
    shape[:4, 3, 5] = [0.5, 0.25, np.log(2), np.log(3)]
    shape[4:, 3, 5] = np.tile([0.1, -0.2], 5)
    (found,) = decode(heat, shape, 0.5)
    np.testing.assert_allclose(found.box, [36, 14, 52, 38], atol=1e-3)
    np.testing.assert_allclose(found.landmarks[0], [44 + 1.6, 26 - 4.8], atol=1e-3)
    assert found.score == pytest.approx(0.8)


def test_decoding_wild_answers_stays_finite():
    wild = np.full((14, 4, 4), 1e4, np.float32)
    for found in decode(np.ones((4, 4), np.float32), wild, 0.5):
        assert np.isfinite(found.box).all()


def test_no_heat_is_no_face():
    assert decode(np.zeros((4, 4), np.float32), np.zeros((14, 4, 4), np.float32), 0.5) == []


def test_matching_wants_enough_overlap():
    here = face(50, 50)
    assert matched(here, []) is None
    assert matched(here, [face(200, 50)]) is None
    near = face(55, 50)
    assert matched(here, [face(80, 50), near]) is near


def test_a_moved_face_moves_whole():
    there = moved(face(50, 50), 2.0, 5, -5)
    assert centre(there) == (105, 95)
    assert there.size == 80


# Finding


@pytest.mark.parametrize("size", [(160, 120), (320, 240), (640, 480), (1280, 720), (480, 640)])
def test_a_drawn_face_is_found_at_every_size(size: tuple[int, int], finder: FaceFinder):
    (found,) = finder.find(avatar(size=size))
    right, left, nose, *mouth = found.landmarks
    assert right[0] < nose[0] < left[0]
    assert max(right[1], left[1]) < nose[1] < min(corner[1] for corner in mouth)
    assert np.abs(np.array(centre(found)) / size - [0.5, 0.5]).max() < 0.12


@pytest.mark.parametrize("emotion", list(Emotion))
def test_a_drawn_face_is_found_whatever_it_shows(emotion: Emotion, finder: FaceFinder):
    assert len(finder.find(avatar(emotion))) == 1


def test_a_face_that_fills_the_picture_is_found(finder: FaceFinder):
    frame = avatar()
    x0, y0, x1, y1 = (int(each) for each in finder.find(frame)[0].box)
    found = finder.find(np.ascontiguousarray(frame[y0:y1, x0:x1]))
    assert len(found) == 1
    assert found[0].size > 0.6 * (x1 - x0)


def test_two_faces_are_two_biggest_first(finder: FaceFinder):
    frame = np.full((480, 960, 3), 120, np.uint8)
    frame[:, :640] = avatar()
    frame[120:360, 640:] = avatar(size=(320, 240))
    found = finder.find(frame)
    assert len(found) == 2
    assert found[0].size > found[1].size
    assert centre(found[0])[0] < 640 < centre(found[1])[0]


@pytest.mark.parametrize("gain", [0.5, 0.2, 0.1])
def test_a_face_in_the_dark_is_found(gain: float, finder: FaceFinder):
    assert len(finder.find((avatar() * gain).astype(np.uint8))) == 1


def text_on_paper() -> Pixels:
    page = Image.new("RGB", (640, 480), "white")
    pen = ImageDraw.Draw(page)
    for line in range(0, 480, 22):
        pen.text((10, line), "The quick brown fox jumps over the lazy dog. " * 3, fill="black")
    return np.asarray(page)


def noise(seed: int) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (480, 640, 3), dtype=np.uint8)


def slope() -> Pixels:
    return np.tile(np.linspace(0, 255, 640).astype(np.uint8), (480, 1))


NOTHING: dict[str, Pixels] = {
    "black": np.zeros((480, 640, 3), np.uint8),
    "white": np.full((480, 640, 3), 255, np.uint8),
    "noise": noise(0),
    "more noise": noise(1),
    "noise in the dark": (noise(2) // 12).astype(np.uint8),
    "slope": slope(),
    "text": text_on_paper(),
    "one pixel": np.zeros((1, 1), np.uint8),
    "a line": np.zeros((1, 2000, 3), np.uint8),
    "checks": (np.indices((480, 640)).sum(0) // 20 % 2 * 255).astype(np.uint8),
}


@pytest.mark.parametrize("name", NOTHING)
def test_a_picture_without_a_face_has_none(name: str, finder: FaceFinder):
    assert finder.find(NOTHING[name]) == []


def test_the_near_search_finds_the_face_where_it_was(finder: FaceFinder):
    frame = avatar()
    whole = finder.find(frame)[0]
    near = finder.near(frame, moved(whole, 1.0, 12, -9))
    assert near is not None
    assert overlap(np.array(near.box, np.float32), np.array([whole.box], np.float32))[0] > 0.7


def test_the_near_search_of_nothing_finds_nothing(finder: FaceFinder):
    assert finder.near(NOTHING["slope"], face(300, 200, 90)) is None
    assert finder.near(np.zeros((1, 1), np.uint8), face(5000, -20)) is None
    assert finder.near(NOTHING["slope"], Face((np.nan, 0, 9, 9), REFERENCE, 1.0)) is None
