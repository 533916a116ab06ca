from collections.abc import Sequence

import numpy as np
import pytest

from empathy_agent.affect import Abstention, Pose
from empathy_agent.perception.expression import FrameAffect, Quality
from empathy_agent.perception.faces import Face, Pixels
from empathy_agent.perception.frames import Frame
from empathy_agent.perception.look import Look, look_at, quality_of
from empathy_agent.perception.tracker import Tracked

FACE = Face((5, 5, 35, 35), np.zeros((5, 2), np.float32), 0.9)


def affect(brightness: int = 0, **changed: object) -> FrameAffect:
    told: dict[str, object] = {
        "distribution": np.full(8, 1 / 8),
        "action_units": np.array([brightness / 255]),
        "names": ("AU12",),
        "pose": Pose(yaw=0, pitch=0, roll=0),
        "face_score": 1.0,
        "quality": Quality(sharpness=0.5, light=0.5, contrast=0.2, size=60, occlusion=0),
        "why_not": Abstention.DARK if brightness < 10 else None,
    }
    return FrameAffect(**{**told, **changed})  # pyright: ignore[reportArgumentType]


class Everywhere:
    """A face in every picture that is not black."""

    def follow(self, pixels: Pixels, at: float | None = None) -> Tracked:
        return Tracked(2, FACE) if pixels.any() else Tracked(0, None)


class Expert:
    """Reads how bright a picture is, and keeps how many it was given at once."""

    name = "brightness"

    def __init__(self) -> None:
        self.batches: list[int] = []

    def read_many(
        self, pairs: Sequence[tuple[Pixels, Face]], *, mirrored: bool = True
    ) -> list[FrameAffect]:
        self.batches.append(len(pairs))
        return [affect(int(pixels[0, 0])) for pixels, _ in pairs]


def look(*brightness: int, fps: float = 15) -> Look:
    pictures = [np.full((40, 40), each, np.uint8) for each in brightness]
    frames = [Frame(7 + at / fps, each) for at, each in enumerate(pictures)]
    return look_at(frames, Everywhere(), Expert())


def test_each_readable_frame_is_a_shot_and_the_others_have_a_reason() -> None:
    seen = look(0, 5, 100, 200)
    assert (seen.frames, seen.faces, len(seen.shots)) == (4, 2, 2)
    assert seen.reasons == (Abstention.DARK,)


def test_shots_become_a_signal_that_starts_with_the_window() -> None:
    track = look(0, 100, 200).track()
    assert np.allclose(track.times, [1 / 15, 2 / 15])
    assert np.allclose(track.unit("AU12"), [100 / 255, 200 / 255])
    assert track.unit("AU1").size == 0


def test_a_picture_seen_twice_is_read_once_and_counts_twice() -> None:
    expert = Expert()
    pictures = [np.full((40, 40), each, np.uint8) for each in (100, 100, 200, 200, 200, 100)]
    frames = [Frame(at / 15, each) for at, each in enumerate(pictures)]
    seen = look_at(frames, Everywhere(), expert)
    assert expert.batches == [3]
    assert [shot.affect.action_units[0] * 255 for shot in seen.shots] == [
        *(100, 100, 200, 200, 200, 100)
    ]
    assert [shot.frame.at for shot in seen.shots] == [frame.at for frame in frames]


def test_a_change_of_one_pixel_is_another_picture() -> None:
    pictures = [np.full((40, 40), 100, np.uint8) for _ in range(2)]
    pictures[1][1, 1] = 101
    expert = Expert()
    look_at([Frame(at, each) for at, each in enumerate(pictures)], Everywhere(), expert)
    assert expert.batches == [2]


def test_a_long_window_is_read_in_small_batches() -> None:
    expert = Expert()
    frames = [Frame(at / 15, np.full((4, 4), 10 + at % 200, np.uint8)) for at in range(100)]
    look_at(frames, Everywhere(), expert)
    assert sum(expert.batches) == 100
    assert max(expert.batches) <= 16


def test_only_a_picture_that_stays_for_more_than_a_second_is_frozen() -> None:
    assert look(*[100] * 20).frozen
    assert not look(*[100] * 10).frozen
    assert not look(*[100] * 19, 101).frozen
    assert not look(100).frozen


def test_the_commonest_reason_is_told() -> None:
    reasons = (Abstention.DARK, Abstention.BLURRED, Abstention.BLURRED)
    assert Look(3, 1, (), reasons, 0, False).why_not() == Abstention.BLURRED
    assert Look(3, 0, (), (), 0, False).why_not() == Abstention.NO_FACE


@pytest.mark.parametrize(
    "spoilt",
    [
        {"quality": Quality(sharpness=0.03, light=0.5, contrast=0.2, size=60, occlusion=0)},
        {"quality": Quality(sharpness=0.5, light=0.5, contrast=0.2, size=20, occlusion=0)},
        {"quality": Quality(sharpness=0.5, light=0.5, contrast=0.2, size=60, occlusion=0.5)},
        {"pose": Pose(yaw=60, pitch=0, roll=0)},
        {"pose": Pose(yaw=0, pitch=-170, roll=0)},
        {"face_score": 0.4},
    ],
    ids=["blurred", "small", "covered", "turned", "upside down", "hardly a face"],
)
def test_what_is_seen_badly_counts_for_less(spoilt: dict[str, object]) -> None:
    assert quality_of(affect(100)) == 1
    assert 0 <= quality_of(affect(100, **spoilt)) < 0.6


def test_a_head_that_tilts_is_seen_as_well() -> None:
    assert quality_of(affect(100, pose=Pose(yaw=0, pitch=0, roll=40))) == 1
