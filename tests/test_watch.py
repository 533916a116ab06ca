"""A live source over its windows: read once, told once, and nothing kept but numbers."""

import gc
from collections.abc import Sequence

import numpy as np
import pytest

from empathy_agent.affect import AffectReading, Emotion
from empathy_agent.perception.avatar import Expression, draw, expression_of, perform
from empathy_agent.perception.expression import ExpressionModel, FrameAffect
from empathy_agent.perception.faces import Face, FaceFinder, Pixels
from empathy_agent.perception.frames import Frame, Window
from empathy_agent.perception.perceiver import Perceiver
from empathy_agent.perception.watch import PICTURE_S
from tests.test_perceiver import Expert, Finder, picture


class Feed:
    """Stands for a source."""


def windows(
    frames: Sequence[Frame], source: object, seconds: float = 2.0, every: float = 2.0
) -> list[Window]:
    """Cut a film into the windows that would be asked for while it runs."""
    end, cut = every, list[Window]()
    while end < frames[-1].at + every:
        inside = tuple(each for each in frames if end - seconds <= each.at < end)
        if inside:
            cut.append(Window(inside, source=source))
        end += every
    return cut


def shots(*parts: tuple[Emotion, float], fps: float = 15) -> list[Frame]:
    told = [emotion for emotion, seconds in parts for _ in range(round(seconds * fps))]
    return [Frame(at / fps, picture(each, number=at)) for at, each in enumerate(told)]


def smiles(readings: Sequence[AffectReading]) -> list[tuple[int, str]]:
    return [
        (number, event.kind)
        for number, each in enumerate(readings)
        for event in each.events
        if event.what == "happiness"
    ]


def test_each_frame_of_a_source_is_read_once_though_windows_overlap() -> None:
    expert = Expert()
    eyes = Perceiver(finder=Finder(), expression=expert)
    frames, feed = shots((Emotion.NEUTRAL, 6.0)), Feed()
    for window in windows(frames, feed, seconds=1.0, every=0.5):
        assert eyes.perceive(window).emotion is Emotion.NEUTRAL
    assert expert.read == len(frames)


def test_windows_of_no_source_are_each_read_by_themselves() -> None:
    expert = Expert()
    eyes = Perceiver(finder=Finder(), expression=expert)
    (window,) = windows(shots((Emotion.NEUTRAL, 1.0)), None)
    for _ in range(3):
        eyes.perceive(window)
    assert expert.read == 3 * 15


@pytest.mark.parametrize("start", [3.5, 3.8, 3.9, 4.0, 4.2])
def test_a_brief_smile_over_the_edge_of_two_windows_is_told_once(start: float) -> None:
    eyes, feed = Perceiver(finder=Finder(), expression=Expert()), Feed()
    frames = shots((Emotion.NEUTRAL, start), (Emotion.HAPPINESS, 0.4), (Emotion.NEUTRAL, 6.0))
    readings = [eyes.perceive(each) for each in windows(frames, feed)]
    assert [kind for _, kind in smiles(readings)] == ["micro_expression"]


def test_a_long_smile_begins_once_and_ends_once() -> None:
    eyes, feed = Perceiver(finder=Finder(), expression=Expert()), Feed()
    frames = shots((Emotion.NEUTRAL, 5.0), (Emotion.HAPPINESS, 6.0), (Emotion.NEUTRAL, 6.0))
    readings = [eyes.perceive(each) for each in windows(frames, feed)]
    kinds = [kind for _, kind in smiles(readings)]
    assert kinds.count("onset") == 1
    assert kinds.count("offset") == 1
    assert "micro_expression" not in kinds


def test_sources_do_not_know_of_each_other() -> None:
    eyes, one, other = Perceiver(finder=Finder(), expression=Expert()), Feed(), Feed()
    smiling = shots((Emotion.NEUTRAL, 1.0), (Emotion.HAPPINESS, 1.0))
    neutral = shots((Emotion.NEUTRAL, 2.0))
    assert smiles([eyes.perceive(each) for each in windows(smiling, one)])
    readings = [eyes.perceive(each) for each in windows(neutral, other)]
    assert smiles(readings) == []
    assert readings[0].emotion is Emotion.NEUTRAL


def test_what_is_known_goes_with_the_source() -> None:
    expert = Expert()
    eyes, feed = Perceiver(finder=Finder(), expression=expert), Feed()
    (window,) = windows(shots((Emotion.NEUTRAL, 1.0)), feed)
    eyes.perceive(window)
    assert len(eyes._watches) == 1  # pyright: ignore[reportPrivateUsage]
    del feed, window
    gc.collect()
    assert len(eyes._watches) == 0  # pyright: ignore[reportPrivateUsage]


def test_a_no_lets_go_of_what_is_known() -> None:
    expert = Expert()
    eyes, feed = Perceiver(finder=Finder(), expression=expert), Feed()
    (window,) = windows(shots((Emotion.NEUTRAL, 1.0)), feed)
    eyes.perceive(window)
    eyes.perceive(window, consent=False)
    eyes.perceive(window)
    assert expert.read == 30


def test_a_source_begun_anew_is_read_anew() -> None:
    eyes, feed = Perceiver(finder=Finder(), expression=Expert()), Feed()
    late = [Frame(each.at + 100, each.pixels) for each in shots((Emotion.HAPPINESS, 2.0))]
    for window in windows(late, feed):
        eyes.perceive(window)
    again = eyes.perceive(Window(tuple(shots((Emotion.NEUTRAL, 2.0))), source=feed))
    assert again.emotion is Emotion.NEUTRAL
    assert again.frames == 30


def test_the_nothing_of_an_empty_room_is_told() -> None:
    eyes, feed = Perceiver(finder=Finder(), expression=Expert()), Feed()
    frames = [Frame(at / 15, picture(faces=0, number=at)) for at in range(60)]
    for window in windows(frames, feed):
        reading = eyes.perceive(window)
        assert reading.emotion is None
        assert reading.faces == 0


class Pair:
    """A finder of two faces, the second of which comes much nearer after two seconds."""

    def find(self, pixels: Pixels) -> list[Face]:
        near = 160.0 if int(pixels[0, 3, 0]) > 30 else 20.0
        points = np.zeros((5, 2), np.float32)
        return [
            Face((0, 0, 60, 60), points, 0.9),
            Face((200, 0, 200 + near, near), points, 0.9),
        ]

    def near(self, pixels: Pixels, face: Face) -> Face | None:
        return None


class ByPlace(Expert):
    """Reads sadness on the left and happiness on the right."""

    def read_many(
        self, pairs: Sequence[tuple[Pixels, Face]], *, mirrored: bool = True
    ) -> list[FrameAffect]:
        left = [face.box[0] < 100 for _, face in pairs]
        told = [picture(Emotion.SADNESS if each else Emotion.HAPPINESS) for each in left]
        return super().read_many([(each, pairs[0][1]) for each in told])


def test_another_user_begins_another_signal() -> None:
    eyes, feed = Perceiver(finder=Pair(), expression=ByPlace()), Feed()
    frames = shots((Emotion.NEUTRAL, 8.0))
    readings = [eyes.perceive(each) for each in windows(frames, feed)]
    assert readings[0].emotion is Emotion.SADNESS
    assert readings[-1].emotion is Emotion.HAPPINESS
    assert smiles(readings) == []


# By the real eyes, on drawn people


@pytest.fixture(scope="module")
def eyes() -> Perceiver:
    return Perceiver(finder=FaceFinder(), expression=ExpressionModel())


def held_up(seconds: float, fps: float = 4) -> list[Frame]:
    """Film a picture of a face in a hand that is not quite steady."""
    chance = np.random.default_rng(2)
    whole = draw(expression_of(Emotion.HAPPINESS), size=(320, 240), seed=2)
    sways = np.cumsum(chance.integers(-1, 2, (int(seconds * fps), 2)), axis=0)
    return [
        Frame(at / fps, np.ascontiguousarray(np.roll(whole, (int(x), int(y)), (1, 0))))
        for at, (x, y) in enumerate(sways)
    ]


def test_a_picture_of_a_face_held_up_is_told_and_trusted_less(eyes: Perceiver) -> None:
    feed = Feed()
    readings = [eyes.perceive(each) for each in windows(held_up(PICTURE_S + 6), feed)]
    assert not any("held up" in cue for cue in readings[2].cues)
    assert any("held up" in cue for cue in readings[-1].cues)
    assert readings[-1].confidence < 0.6 * readings[2].confidence


@pytest.mark.slow
def test_a_living_face_is_not_taken_for_a_picture(eyes: Perceiver) -> None:
    at = perform([(Emotion.NEUTRAL, PICTURE_S + 6, 0.0)], seed=1)
    times = [number / 10 for number in range(int(10 * (PICTURE_S + 6)))]
    frames = [Frame(time, draw(at(time), size=(320, 240), seed=1)) for time in times]
    feed = Feed()
    for window in windows(frames, feed):
        assert not any("held up" in cue for cue in eyes.perceive(window).cues)


def test_a_frozen_feed_is_told_window_after_window(eyes: Perceiver) -> None:
    still, feed = draw(Expression(), size=(320, 240)), Feed()
    frames = [Frame(at / 10, still) for at in range(60)]
    readings = [eyes.perceive(each) for each in windows(frames, feed)]
    assert {each.narrative for each in readings} == {"the picture did not change"}
    assert all(each.events == () for each in readings)
