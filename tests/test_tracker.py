"""Following faces: first with a finder that knows where they are, then with drawn people."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from empathy_agent.affect import Emotion
from empathy_agent.perception.avatar import draw, expression_of
from empathy_agent.perception.faces import FaceFinder
from empathy_agent.perception.framing import Face, Pixels, matched
from empathy_agent.perception.tracker import AWAY_S, FaceTracker, Tracked, alike, looks_of
from tests.test_faces import BLANK, avatar, centre, face


@pytest.fixture(scope="module")
def finder() -> FaceFinder:
    return FaceFinder()


@dataclass
class Scripted:
    """A finder that knows where faces are in each frame; a frame is told by its number."""

    faces: Sequence[Sequence[Face]]
    whole: int = 0
    cheap: int = field(default=0)

    def frame(self, number: int) -> Pixels:
        return np.full((1, 1), number, np.uint8)

    def find(self, pixels: Pixels) -> list[Face]:
        self.whole += 1
        return sorted(self.faces[int(pixels[0, 0])], key=lambda each: -each.size)

    def near(self, pixels: Pixels, face: Face) -> Face | None:
        self.cheap += 1
        return matched(face, list(self.faces[int(pixels[0, 0])]))


def follow(faces: Sequence[Sequence[Face]], every: int = 5) -> tuple[list[Face | None], Scripted]:
    finder = Scripted(faces)
    tracker = FaceTracker(finder, every=every)
    return [tracker.follow(finder.frame(i)).user for i in range(len(faces))], finder


def test_between_whole_searches_only_the_neighbourhood_is_searched():
    users, finder = follow([[face(50, 50)]] * 10)
    assert all(user is not None for user in users)
    assert (finder.whole, finder.cheap) == (2, 8)


def test_a_moving_face_is_followed():
    path = [[face(50 + 9 * i, 50 + 3 * i)] for i in range(20)]
    users, finder = follow(path)
    assert [user is here[0] for user, here in zip(users, path, strict=True)] == [True] * 20
    assert finder.whole <= 5


def test_a_face_that_leaps_is_found_again_at_once():
    users, _ = follow([[face(50, 50)], [face(300, 50)], [face(300, 50)]])
    assert all(user is not None for user in users)


def test_a_face_that_leaves_is_gone_and_one_that_returns_is_found():
    here = [[face(50, 50)]] * 6
    users, _ = follow([*here, *[[]] * 8, *here])
    assert [user is not None for user in users] == [True] * 6 + [False] * 8 + [True] * 6


def test_an_empty_room_is_searched_less_often():
    users, finder = follow([[]] * 7)
    assert users == [None] * 7
    assert finder.whole == 4


def test_a_stranger_who_passes_does_not_take_over():
    user = face(100, 100, 60)
    frames = [[user, face(260 - 12 * i, 100, 50)] for i in range(25)]
    users, _ = follow(frames, every=2)
    assert all(each is user for each in users)


def test_a_stranger_who_comes_much_nearer_and_stays_becomes_the_user():
    user, near = face(100, 100, 40), face(300, 100, 120)
    users, _ = follow([[user]] * 5 + [[user, near]] * 20, every=2)
    assert users[6] is user
    assert users[-1] is near


def test_two_faces_that_cross_keep_who_is_who():
    left = [face(60 + 10 * i, 100, 60) for i in range(30)]
    right = [face(360 - 10 * i, 100, 50) for i in range(30)]
    users, _ = follow([[one, other] for one, other in zip(left, right, strict=True)], every=3)
    assert users[-1] is left[-1]


def test_the_faces_are_counted():
    finder = Scripted([[face(50, 50, 60), face(200, 50), face(300, 50)]] * 3)
    tracker = FaceTracker(finder)
    assert [tracker.follow(finder.frame(i)).faces for i in range(3)] == [3, 3, 3]


def test_a_drawn_face_is_followed_through_a_pan(finder: FaceFinder):
    tracker = FaceTracker(finder)
    whole = avatar(size=(640, 480))
    for shift in range(0, 120, 12):
        tracked = tracker.follow(np.ascontiguousarray(np.roll(whole, shift, axis=1)))
        assert tracked.user is not None
        assert abs(centre(tracked.user)[0] - 320 - shift) < 25
        assert tracked.faces == 1
    assert tracker.follow(BLANK).user is None


def ids(tracked: Sequence[Tracked]) -> list[int]:
    return [each.who for each in tracked]


def scene(*people: tuple[int, int, Emotion], light: float = 1.0) -> Pixels:
    """Draw people by seed and place, in one room; the last stands in front."""
    frame = np.full((240, 640, 3), 120, np.uint8)
    for seed, x, emotion in people:
        shown = replace(expression_of(emotion), light=light)
        person = draw(shown, size=(160, 240), seed=seed)
        left, right = max(0, x - 80), min(640, x + 80)
        frame[:, left:right] = person[:, left - x + 80 : right - x + 80]
    return frame


def film(tracker: FaceTracker, frames: Sequence[Pixels], fps: float = 15) -> list[Tracked]:
    return [tracker.follow(frame, at / fps) for at, frame in enumerate(frames)]


@pytest.mark.parametrize("fps", [5, 15, 60])
def test_two_drawn_people_who_cross_keep_their_numbers(fps: float, finder: FaceFinder) -> None:
    frames = [
        scene((5, 560 - far, Emotion.NEUTRAL), (1, 80 + far, Emotion.HAPPINESS))
        for far in np.linspace(0, 480, int(3 * fps)).astype(int).tolist()
    ]
    tracked = film(FaceTracker(finder), frames, fps)
    assert set(ids(tracked)) <= {0, tracked[0].who}
    at_end = tracked[-1].user
    assert at_end is not None
    started_left = centre(tracked[0].user)[0] < 320 if tracked[0].user else None
    assert (centre(at_end)[0] > 320) == started_left
    assert max(each.faces for each in tracked) == 2


def test_who_leaves_and_comes_back_elsewhere_is_the_same(finder: FaceFinder) -> None:
    here = [scene((3, 120, Emotion.NEUTRAL))] * 8
    there = [scene((3, 520, Emotion.HAPPINESS), light=0.9)] * 8
    tracked = film(FaceTracker(finder), [*here, *[scene()] * 40, *there])
    assert ids(tracked)[:8] == [1] * 8
    assert ids(tracked)[20:48] == [0] * 28
    assert ids(tracked)[-3:] == [1] * 3


def test_who_comes_after_somebody_left_is_another(finder: FaceFinder) -> None:
    here = [scene((3, 120, Emotion.NEUTRAL))] * 8
    other = [scene((1, 520, Emotion.NEUTRAL))] * 8
    tracked = film(FaceTracker(finder), [*here, *[scene()] * 40, *other])
    assert ids(tracked)[-1] == 2


def test_who_stays_away_for_long_is_forgotten(finder: FaceFinder) -> None:
    tracker = FaceTracker(finder)
    seen = scene((3, 320, Emotion.NEUTRAL))
    assert tracker.follow(seen, 0).who == 1
    assert tracker.follow(seen, AWAY_S + 2).who == 2


def test_a_grey_camera_is_followed_too(finder: FaceFinder) -> None:
    frame = np.ascontiguousarray(avatar()[:, :, 1])
    assert set(ids(film(FaceTracker(finder), [frame] * 7))) == {1}


@pytest.mark.parametrize(
    "times", [[0, 0, 0, 0], [9, 3, 5, 1], [0, np.nan, np.inf, 1], [-5, 1e9, 0, 2]]
)
def test_a_strange_clock_loses_nobody(times: list[float], finder: FaceFinder) -> None:
    tracker, frame = FaceTracker(finder), avatar()
    assert all(tracker.follow(frame, at).user is not None for at in times)


def test_a_look_is_nothing_where_nothing_is_seen() -> None:
    assert looks_of(BLANK, face(5, 5)) is None
    assert alike(None, None) is None


def test_a_look_tells_colour_from_grey(finder: FaceFinder) -> None:
    colour = avatar()
    found = finder.find(colour)[0]
    one, other = looks_of(colour, found), looks_of(colour[:, :, 0], found)
    assert alike(one, other) is None
    assert alike(one, one) == pytest.approx(1, abs=1e-5)
