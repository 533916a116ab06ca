"""The reading of YuNet's answers, by a fake that answers alike; and files that are none."""

from pathlib import Path

import numpy as np
import pytest

from empathy_agent.app import open_eyes
from empathy_agent.errors import SetupError
from empathy_agent.models.weights import __file__ as weights
from empathy_agent.perception.finders import open_finder
from empathy_agent.perception.framing import Face, Pixels, moved
from empathy_agent.perception.tracker import FaceTracker
from empathy_agent.perception.yunet import YuNetFinder, faces_of
from empathy_agent.settings import Settings

ROW = [40.0, 30, 60, 80, 55, 60, 85, 61, 70, 75, 58, 95, 82, 96, 0.93]


class Bright:
    """Finds the bright patches of a picture, as YuNet would tell of them."""

    def __init__(self) -> None:
        self.size = (0, 0)

    def setInputSize(self, input_size: tuple[int, int], /) -> None:
        self.size = input_size

    def detect(self, image: Pixels, /) -> tuple[int, object]:
        assert image.shape == (self.size[1], self.size[0], 3)
        rows, columns = np.nonzero(image[:, :, 0] > 200)
        if not rows.size:
            return 1, None
        x, y = float(columns.min()), float(rows.min())
        width, height = float(np.ptp(columns)) + 1, float(np.ptp(rows)) + 1
        places = [(0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.35, 0.8), (0.65, 0.8)]
        points = [each for a, b in places for each in (x + a * width, y + b * height)]
        return 1, np.array([[x, y, width, height, *points, 0.9]], np.float32)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "yunet.onnx"
    path.write_bytes(b"weights")
    return path


def lit(x: int, y: int, side: int = 60, shape: tuple[int, ...] = (240, 320, 3)) -> Pixels:
    frame = np.zeros(shape, np.uint8)
    frame[y : y + side, x : x + side] = 250
    return frame


def test_an_answer_is_boxes_landmarks_and_scores() -> None:
    (face,) = faces_of(np.array([ROW], np.float32))
    assert face.box == (40, 30, 100, 110)
    assert face.landmarks.tolist() == [[55, 60], [85, 61], [70, 75], [58, 95], [82, 96]]
    assert face.score == pytest.approx(0.93)


def test_no_answer_is_no_face_and_broken_rows_are_left_out() -> None:
    assert faces_of(None) == []
    assert faces_of([[np.nan] * 15, [0.0] * 15]) == []


def test_an_answer_of_another_shape_is_no_yunet() -> None:
    with pytest.raises(SetupError, match="15 numbers"):
        faces_of(np.zeros((3, 5)))


@pytest.mark.parametrize("shape", [(240, 320, 3), (240, 320), (1200, 1600, 3), (1, 1, 3)])
def test_faces_are_told_in_pixels_of_the_frame(file: Path, shape: tuple[int, ...]) -> None:
    finder = YuNetFinder(file, opened=lambda _: Bright())
    scale = shape[1] // 320 or 1
    found = finder.find(lit(100 * scale, 50 * scale, 60 * scale, shape))
    if shape[0] == 1:
        assert found == []
        return
    np.testing.assert_allclose(np.array(found[0].box) / scale, [100, 50, 160, 110], atol=2)


def test_near_finds_the_face_where_it_was_and_none_elsewhere(file: Path) -> None:
    finder = YuNetFinder(file, opened=lambda _: Bright())
    frame = lit(100, 50)
    (whole,) = finder.find(frame)
    near = finder.near(frame, moved(whole, 1.0, 8, -6))
    assert near is not None
    np.testing.assert_allclose(near.box, whole.box, atol=2)
    assert finder.near(frame, moved(whole, 1.0, 150, 100)) is None
    assert finder.near(frame, Face((np.nan, 0, 5, 5), whole.landmarks, 1.0)) is None


def test_a_tracker_follows_with_it(file: Path) -> None:
    tracker = FaceTracker(YuNetFinder(file, opened=lambda _: Bright()))
    tracked = [tracker.follow(lit(20 + 6 * step, 50)) for step in range(12)]
    assert {each.who for each in tracked} == {1}


def test_a_missing_file_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="no YuNet file"):
        YuNetFinder(tmp_path / "nowhere.onnx")


@pytest.mark.parametrize("content", [b"", b"weights", b"\x08\x07\x12\x00" * 40])
def test_a_broken_file_is_told_in_one_line(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(SetupError, match="is no YuNet file") as told:
        YuNetFinder(file).warm()
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("net", ["faces-1", "expression-1"])
def test_another_net_is_no_yunet(net: str) -> None:
    with pytest.raises(SetupError, match="YuNet"):
        YuNetFinder(Path(weights).parent / f"{net}.onnx").warm()


def test_a_finder_is_opened_by_its_name(file: Path) -> None:
    assert open_finder("embedded") is None
    assert isinstance(open_finder(f"yunet:{file}"), YuNetFinder)


@pytest.mark.parametrize("name", ["yunet", "yunet:", "embeded", "", "haar:x", "embedded:x"])
def test_an_unknown_finder_is_told_with_what_there_is(name: str) -> None:
    with pytest.raises(SetupError, match="no face finder"):
        open_finder(name)


def test_the_settings_name_the_finder(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="no YuNet file"):
        open_eyes(Settings(faces=f"yunet:{tmp_path / 'gone.onnx'}"))
