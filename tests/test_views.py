"""Which pictures a vision model is shown, within a budget of pixels."""

from dataclasses import replace

import numpy as np
import pytest

from empathy_agent.affect import Emotion
from empathy_agent.perception.views import PIXELS, choose_views, crop, eyes, mouth, whole
from empathy_agent.settings import Settings
from tests.looks import seen_of
from tests.test_perceiver import moving, picture, window_of

POINTS = np.array([[60, 50], [100, 50], [80, 70], [65, 90], [95, 90]], np.float32)


def test_a_face_is_cut_out_with_some_room_around_it() -> None:
    pixels = np.zeros((200, 300, 3), np.uint8)
    pixels[80:120, 140:170] = 255
    view = crop(pixels, (140, 80, 170, 120))
    assert view is not None
    assert view.size == (64, 64)
    bright = np.asarray(view)[:, :, 0] > 0
    assert bright.sum() == 30 * 40


def test_a_face_at_the_edge_is_cut_as_far_as_there_is_a_picture() -> None:
    view = crop(np.zeros((100, 100), np.uint8), (-20, -20, 20, 20))
    assert view is not None
    assert (view.size, view.mode) == ((32, 32), "RGB")


@pytest.mark.parametrize("box", [(200, 200, 240, 240), (10, 10, 10, 10), (-90, 0, -50, 40)])
def test_a_box_without_a_pixel_is_no_view(box: tuple[float, float, float, float]) -> None:
    assert crop(np.zeros((100, 100, 3), np.uint8), box) is None


def test_views_are_kept_small() -> None:
    pixels = np.zeros((1080, 1920, 3), np.uint8)
    face = crop(pixels, (300, 100, 1300, 1000))
    assert face is not None
    assert max(face.size) == 384
    assert whole(pixels).size == (640, 360)


def test_eyes_and_mouth_are_cut_where_the_landmarks_are() -> None:
    pixels = np.zeros((120, 160, 3), np.uint8)
    pixels[48:53, 58:63] = pixels[48:53, 98:103] = (255, 0, 0)
    pixels[88:93, 63:98] = (0, 255, 0)
    upper, lower = eyes(pixels, POINTS), mouth(pixels, POINTS)
    assert upper is not None
    assert lower is not None
    assert (np.asarray(upper)[:, :, 0] == 255).sum() == 2 * 25
    assert not (np.asarray(upper)[:, :, 1] == 255).any()
    assert (np.asarray(lower)[:, :, 1] == 255).sum() == 5 * 35
    assert not (np.asarray(lower)[:, :, 0] == 255).any()


def test_landmarks_outside_the_picture_are_no_view() -> None:
    pixels = np.zeros((40, 40, 3), np.uint8)
    assert eyes(pixels, POINTS + 500) is None
    assert mouth(pixels, POINTS + 500) is None


def test_key_faces_come_in_order_of_time_then_the_scene() -> None:
    views = choose_views(*seen_of())
    assert views[-1].what == "the whole picture"
    assert {"the face", "the eyes, closer", "the mouth, closer"} == {
        view.what for view in views[:-1]
    }
    times = [view.at for view in views[:-1]]
    assert times == sorted(times)
    assert sum(view.shot is not None for view in views) >= 2


def test_the_closer_look_is_at_the_frame_that_tells_most() -> None:
    look, seen = seen_of()
    detail = next(view for view in choose_views(look, seen) if view.what.startswith("the eyes"))
    shown = look.shots[int(np.abs(seen.track.times - detail.at).argmin())]
    assert shown.affect.distribution.argmax() == list(Emotion).index(Emotion.HAPPINESS)


def test_a_small_face_is_not_shown_closer() -> None:
    look, seen = seen_of(window_of(picture()))
    shot = look.shots[0]
    small = replace(shot, face=replace(shot.face, landmarks=shot.face.landmarks * 0.5))
    tiny = replace(look, shots=(small,))
    assert [view.what for view in choose_views(tiny, seen)] == ["the face", "the whole picture"]


@pytest.mark.parametrize("pixels", [PIXELS, 60_000, 30_000, 15_000])
def test_all_pictures_together_keep_to_the_budget(pixels: int) -> None:
    views = choose_views(*seen_of(), pixels)
    assert sum(view.picture.width * view.picture.height for view in views) <= pixels
    assert min(min(view.picture.size) for view in views) >= 56


def test_what_tells_least_goes_first_and_one_face_always_stays() -> None:
    rich, poor, least = (choose_views(*seen_of(), pixels) for pixels in (PIXELS, 20_000, 1))
    assert len(rich) > len(poor) > len(least)
    assert {"the face", "the whole picture"} <= {view.what for view in poor}
    assert [view.what for view in least] == ["the face"]


def test_a_single_picture_gives_one_face() -> None:
    views = choose_views(*seen_of(window_of(picture(Emotion.FEAR))))
    assert sum(view.shot is not None for view in views) == 1


def test_a_long_window_shows_no_more_than_three_faces() -> None:
    restless = moving(*[(emotion, 0.5) for emotion in Emotion] * 2)
    assert sum(view.shot is not None for view in choose_views(*seen_of(restless))) == 3


def test_the_setting_starts_from_the_same_budget() -> None:
    assert Settings().vision_pixels == PIXELS
