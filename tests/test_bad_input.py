"""Whatever a camera or a decoder gives: nothing raises, and the reading says what was wrong."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from empathy_agent.affect import Abstention, AffectReading, Emotion
from empathy_agent.perception.avatar import draw, expression_of, script
from empathy_agent.perception.frames import Frame, Window, as_frame
from empathy_agent.perception.perceiver import Perceiver

Picture = NDArray[np.generic]
SMILE = draw(expression_of(Emotion.HAPPINESS), seed=2)
BIG = draw(expression_of(Emotion.HAPPINESS), size=(160, 120), seed=2)


@pytest.fixture(scope="module")
def eyes() -> Perceiver:
    return Perceiver()


def read(eyes: Perceiver, *pictures: Picture, fps: float = 15) -> AffectReading:
    frames = tuple(as_frame(each, at / fps) for at, each in enumerate(pictures))
    return eyes.perceive(Window(frames))


def with_alpha(picture: Picture) -> Picture:
    return np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])


@dataclass(frozen=True)
class Case:
    id: str
    picture: Callable[[], Picture]
    """A smile, in the form of some camera."""


FORMS = [
    Case("grey", lambda: SMILE[:, :, 1]),
    Case("one channel", lambda: SMILE[:, :, 1:2]),
    Case("grey with alpha", lambda: with_alpha(SMILE)[:, :, 2:]),
    Case("with alpha", lambda: with_alpha(SMILE)),
    Case("blue first", lambda: SMILE[:, :, ::-1]),
    Case("channels first", lambda: np.moveaxis(SMILE, 2, 0)),
    Case("16 bits", lambda: SMILE.astype(np.uint16) * 257),
    Case("signed", lambda: SMILE.astype(np.int32)),
    Case("floats up to 1", lambda: SMILE.astype(np.float64) / 255),
    Case("floats up to 255", lambda: SMILE.astype(np.float32)),
    Case("half floats", lambda: (SMILE / 255).astype(np.float16)),
    Case("not contiguous", lambda: np.flip(np.flip(SMILE, 0), 0)),
    Case("every second column", lambda: np.repeat(SMILE, 2, axis=1)[:, ::2]),
    Case("odd sides", lambda: SMILE[1:, :-3]),
    Case("a batch of one", lambda: SMILE[None]),
    Case("8K", lambda: np.kron(BIG, np.ones((36, 36, 1), np.uint8))),
    Case("some NaN", lambda: np.where(np.indices(SMILE.shape)[0] < 20, np.nan, SMILE / 255)),
    Case("byte order of others", lambda: (SMILE.astype(np.uint16) * 257).astype(">u2")),
]


@pytest.mark.parametrize("case", FORMS, ids=lambda case: case.id)
def test_a_smile_is_a_smile_in_any_form(case: Case, eyes: Perceiver) -> None:
    reading = read(eyes, case.picture())
    assert reading.abstained is None
    assert reading.emotion is Emotion.HAPPINESS
    assert reading.faces == 1


NOTHING = [
    Case("one pixel", lambda: np.zeros((1, 1), np.uint8)),
    Case("one pixel in colour", lambda: np.full((1, 1, 3), 9, np.uint8)),
    Case("a line", lambda: np.zeros((1, 4000, 3), np.uint8)),
    Case("a column", lambda: np.zeros((4000, 1), np.uint8)),
    Case("all NaN", lambda: np.full((48, 64, 3), np.nan)),
    Case("infinite", lambda: np.full((48, 64), np.inf)),
    Case("no and yes", lambda: np.eye(64, dtype=bool)),
    Case("black", lambda: np.zeros((480, 640, 3), np.uint8)),
    Case("white", lambda: np.full((480, 640, 3), 255, np.uint8)),
    Case("8K of nothing", lambda: np.zeros((4320, 7680), np.uint8)),
]


@pytest.mark.parametrize("case", NOTHING, ids=lambda case: case.id)
def test_a_picture_of_nothing_has_no_face_and_says_so(case: Case, eyes: Perceiver) -> None:
    reading = read(eyes, case.picture())
    assert reading.abstained is Abstention.NO_FACE
    assert reading.emotion is None


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda: (SMILE * 0.03).astype(np.uint8), {Abstention.DARK, Abstention.NO_FACE}),
        (lambda: draw(expression_of(Emotion.HAPPINESS), size=(22, 16)), {*Abstention}),
        (
            lambda: np.kron(SMILE[::24, ::24], np.ones((24, 24, 1), np.uint8)),
            {Abstention.BLURRED, Abstention.NO_FACE, Abstention.UNCERTAIN, Abstention.OCCLUDED},
        ),
    ],
    ids=["dark", "tiny", "in large blocks"],
)
def test_a_face_that_cannot_be_read_is_absent_with_its_reason(
    spoil: Callable[[], Picture], why: set[Abstention], eyes: Perceiver
) -> None:
    assert read(eyes, spoil()).abstained in why


@pytest.mark.parametrize("fps", [5, 120])
def test_slow_and_fast_cameras_are_read_alike(fps: float, eyes: Perceiver) -> None:
    parts = [(Emotion.NEUTRAL, 0.8, 0.0), (Emotion.HAPPINESS, 1.2, 0.9)]
    film = script(parts, fps=fps, size=(320, 240), seed=2)
    reading = eyes.perceive(film)
    assert reading.frames == len(film.frames)
    assert reading.emotion is Emotion.HAPPINESS
    assert "happiness" in {event.what for event in reading.events}


@pytest.mark.parametrize(
    "times",
    [
        [0, 0, 0, 0, 0, 0],
        [5, 4, 3, 2, 1, 0],
        [0, np.nan, 1, np.inf, 2, 3],
        [0, 1e-9, 1e9, 1e9, 1e9, 2e9],
        [-3, -2, -1, 0, 1, 2],
    ],
    ids=["standing still", "backwards", "broken", "years apart", "before zero"],
)
@pytest.mark.parametrize("live", [False, True])
def test_a_strange_clock_breaks_nothing(times: list[float], live: bool, eyes: Perceiver) -> None:
    class Feed:
        """Stands for a source."""

    frames = [Frame(at, np.roll(SMILE, step, 1)) for step, at in enumerate(times)]
    feed = Feed() if live else None
    reading = eyes.perceive(Window(tuple(frames), source=feed))
    assert reading.emotion in {Emotion.HAPPINESS, None}
    again = eyes.perceive(Window(tuple(frames[3:]), source=feed))
    assert again.emotion in {Emotion.HAPPINESS, None}


def test_pictures_that_change_their_size_amid_a_film_are_read(eyes: Perceiver) -> None:
    sizes = [(640, 480), (320, 240), (240, 320), (641, 479)]
    pictures = [draw(expression_of(Emotion.HAPPINESS), size=size, seed=2) for size in sizes]
    reading = read(eyes, *pictures, np.ascontiguousarray(pictures[0][:, :, 1]))
    assert reading.emotion is Emotion.HAPPINESS
    assert reading.frames == 5


def test_a_face_that_leaves_and_returns_is_read_while_it_is_there(eyes: Perceiver) -> None:
    away = np.full_like(SMILE, 120)
    pictures = [np.roll(SMILE, step, 1) for step in range(6)]
    reading = read(eyes, *pictures, *[away] * 6, *pictures)
    assert reading.emotion is Emotion.HAPPINESS
    assert reading.confidence < 1
    only_away = read(eyes, *[away] * 3, away + np.uint8(1))
    assert only_away.abstained is Abstention.NO_FACE


def test_a_frozen_feed_is_told(eyes: Perceiver) -> None:
    reading = read(eyes, *[SMILE] * 40)
    assert reading.narrative == "the picture did not change"
    assert reading.events == ()
    assert reading.confidence <= 0.5
