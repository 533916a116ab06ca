from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image

from empathy_agent.errors import SetupError
from empathy_agent.perception.frames import LONGEST_SIDE, Frame, Window, as_frame


@dataclass(frozen=True)
class Case:
    id: str
    given: object
    shape: tuple[int, ...]
    brightest: int


def exif_on_its_side() -> Image.Image:
    image = Image.new("RGB", (4, 2), (10, 10, 10))
    image.getexif()[274] = 6  # turned by 90 degrees
    return image


CASES = [
    Case("grey bytes", np.full((2, 3), 7, np.uint8), (2, 3), 7),
    Case("rgb bytes", np.full((2, 3, 3), 7, np.uint8), (2, 3, 3), 7),
    Case("one channel", np.full((2, 3, 1), 7, np.uint8), (2, 3), 7),
    Case("rgb and opaque alpha", np.full((2, 3, 4), 255, np.uint8), (2, 3, 3), 255),
    Case("transparent is white", np.zeros((2, 3, 4), np.uint8), (2, 3, 3), 255),
    Case("grey and alpha", np.zeros((2, 3, 2), np.uint8), (2, 3), 255),
    Case("16 bit", np.full((2, 3), 65535, np.uint16), (2, 3), 255),
    Case("small wide integers", np.full((2, 3), 200, np.int64), (2, 3), 200),
    Case("negative integers", np.full((2, 3), -5, np.int16), (2, 3), 0),
    Case("booleans", np.ones((2, 3), bool), (2, 3), 255),
    Case("floats to 1", np.full((2, 3, 3), 0.5), (2, 3, 3), 128),
    Case("floats to 255", np.full((2, 3), 127.6, np.float32), (2, 3), 128),
    Case("half floats", np.full((2, 3), 1.0, np.float16), (2, 3), 255),
    Case("nan is black", np.full((2, 3), np.nan), (2, 3), 0),
    Case("infinity is white", np.full((2, 3), np.inf), (2, 3), 255),
    Case("channels first", np.full((3, 20, 30), 7, np.uint8), (20, 30, 3), 7),
    Case("a batch of one", np.full((1, 2, 3, 3), 7, np.uint8), (2, 3, 3), 7),
    Case("one pixel", np.full((1, 1), 7, np.uint8), (1, 1), 7),
    Case("every second row", np.full((8, 6, 3), 7, np.uint8)[::2, ::-1], (4, 6, 3), 7),
    Case("nested lists", [[1, 2], [3, 4]], (2, 2), 4),
    Case("8k", np.full((4320, 7680), 7, np.uint8), (1080, 1920), 7),
    Case("a hair", np.full((1, 5000), 7, np.uint8), (1, LONGEST_SIDE), 7),
    Case("PIL grey", Image.new("L", (3, 2), 7), (2, 3), 7),
    Case("PIL palette", Image.new("P", (3, 2)), (2, 3, 3), 0),
    Case("PIL 16 bit", Image.new("I;16", (3, 2), 65535), (2, 3), 255),
    Case("PIL bits", Image.new("1", (3, 2), 1), (2, 3, 3), 255),
    Case("PIL print colours", Image.new("CMYK", (3, 2)), (2, 3, 3), 255),
    Case("PIL alpha", Image.new("RGBA", (3, 2)), (2, 3, 3), 255),
    Case("PIL floats", Image.new("F", (3, 2), 0.5), (2, 3), 128),
    Case("PIL on its side", exif_on_its_side(), (4, 2, 3), 10),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_whatever_is_a_picture_becomes_a_frame(case: Case):
    pixels = as_frame(case.given, 1.5).pixels
    assert pixels.shape == case.shape
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous
    assert int(pixels.max()) == case.brightest


@pytest.mark.parametrize(
    "given",
    [None, 3, "face.jpg", b"bytes", {}, [[1], [2, 3]], np.zeros((0, 3)), np.zeros((5, 5, 7)),
     np.zeros((2, 2), complex), np.zeros(9), np.zeros((2, 4, 4, 3)), np.array([["a"]])],
    ids=repr,
)  # fmt: skip
def test_what_is_no_picture_is_refused_in_one_line(given: object):
    with pytest.raises(SetupError) as refused:
        as_frame(given)
    assert "no picture" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_frame_stays_itself():
    frame = Frame(2.0, np.zeros((2, 2), np.uint8))
    assert as_frame(frame, 9.0) is frame


def test_a_frame_keeps_its_pixels_when_the_camera_reuses_its_buffer():
    buffer = np.full((2, 2, 3), 7, np.uint8)
    frame = as_frame(buffer)
    buffer[:] = 9
    assert frame.pixels.max() == 7


def test_half_transparent_pixels_are_mixed_with_white():
    pixels = np.zeros((1, 1, 4), np.uint8)
    pixels[..., 3] = 128
    assert as_frame(pixels).pixels.tolist() == [[[127, 127, 127]]]


def test_a_window_says_when_it_ends_and_how_long_it_is():
    frames = tuple(Frame(at, np.zeros((1, 1), np.uint8)) for at in (1.0, 1.5, 3.0))
    window = Window(frames)
    assert (window.at, window.span, window.lost) == (3.0, 2.0, False)


def test_an_empty_window_spans_nothing():
    window = Window((), lost=True)
    assert (window.at, window.span, window.lost) == (0.0, 0.0, True)
