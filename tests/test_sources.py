import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from empathy_agent.errors import SetupError
from empathy_agent.perception import live, sources
from empathy_agent.perception.sources import (
    FrameSource,
    list_pictures,
    open_source,
    read_window,
    read_windows,
)


def until(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.005)
    return condition()


def video(path: Path, seconds: float = 0.6) -> Path:
    """Write a film of 30 frames a second that grows brighter."""
    fps, size = 30, (64, 48)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, size)
    count = round(seconds * fps)
    for number in range(count):
        writer.write(np.full((size[1], size[0], 3), 10 + 200 * number // count, np.uint8))
    writer.release()
    return path


def animation(path: Path) -> Path:
    pages = [Image.new("RGB", (8, 8), (25 * number, 0, 0)) for number in range(10)]
    pages[0].save(path, save_all=True, append_images=pages[1:], duration=100)
    return path


class Webcam:
    """A device that can be unplugged; it hands out captures like a driver does."""

    def __init__(self, side: int = 8) -> None:
        self.plugged = True
        self.frozen = threading.Event()
        self.opened = 0
        self.released = 0
        self.side = side

    def open(self, number: int) -> "Webcam":
        if not self.plugged:
            raise SetupError(f"camera {number} did not open")
        self.opened += 1
        return self

    def read(self) -> tuple[bool, object]:
        time.sleep(0.005)
        while self.frozen.is_set():
            time.sleep(0.005)
        picture = np.full((self.side, self.side, 3), self.opened, np.uint8)
        return self.plugged, picture if self.plugged else None

    def release(self) -> None:
        self.released += 1


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    left = set(threading.enumerate()) - before
    assert until(lambda: not any(thread.is_alive() for thread in left)), left


@pytest.fixture
def webcam() -> Webcam:
    return Webcam()


@pytest.fixture
def camera(webcam: Webcam) -> Iterator[FrameSource]:
    source = open_source("camera:1", camera=webcam.open, retry_s=0.02)
    with closing(source):
        yield source


def test_no_camera_is_an_empty_window():
    source = open_source("none")
    assert source.recent().frames == ()
    assert source.state == "open"
    source.close()
    assert source.state == "closed"


def test_a_camera_shows_what_is_before_it_oldest_first(camera: FrameSource):
    assert until(lambda: len(camera.recent().frames) >= 4)
    times = [frame.at for frame in camera.recent().frames]
    assert times == sorted(times)
    assert camera.state == "open"
    assert not camera.recent().lost


def test_a_camera_keeps_about_fifteen_frames_a_second(camera: FrameSource):
    assert until(lambda: camera.recent().span > 0.6)
    window = camera.recent()
    assert (len(window.frames) - 1) / window.span < 17


def test_a_window_is_as_long_as_asked_for(camera: FrameSource):
    assert until(lambda: camera.recent().span > 0.5)
    assert camera.recent(0.25).span <= 0.25


def test_a_camera_that_does_not_open_is_said_at_once(webcam: Webcam):
    webcam.plugged = False
    with pytest.raises(SetupError, match="camera 3 did not open"):
        open_source("camera:3", camera=webcam.open)


def test_a_camera_that_is_not_there_says_what_to_try(capfd: pytest.CaptureFixture[str]):
    with pytest.raises(SetupError, match="camera 98 did not open.*--source demo"):
        open_source("camera:98")
    assert capfd.readouterr().err == ""


def test_a_lost_camera_is_told_and_comes_back_by_itself(webcam: Webcam, camera: FrameSource):
    assert until(lambda: bool(camera.recent().frames))
    webcam.plugged = False
    assert until(lambda: camera.recent().lost)
    assert camera.state == "lost"
    webcam.plugged = True
    assert until(lambda: camera.state == "open")
    assert not camera.recent().lost
    assert int(camera.recent().frames[-1].pixels.max()) == 2
    times = [frame.at for frame in camera.recent().frames]
    assert times == sorted(times)


def test_a_lost_camera_lets_go_of_the_device_before_it_tries_again(
    webcam: Webcam, camera: FrameSource
):
    assert until(lambda: bool(camera.recent().frames))
    webcam.plugged = False
    assert until(lambda: camera.state == "lost")
    assert until(lambda: webcam.released == 1)


def test_frames_from_before_the_loss_grow_old(webcam: Webcam, camera: FrameSource):
    assert until(lambda: bool(camera.recent().frames))
    webcam.plugged = False
    assert until(lambda: camera.state == "lost")
    assert until(lambda: not camera.recent(0.1).frames)
    assert camera.recent(0.1).lost


def test_a_camera_that_went_silent_counts_as_lost(
    webcam: Webcam, camera: FrameSource, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(live, "STALLED_S", 0.15)
    assert until(lambda: camera.state == "open")
    webcam.frozen.set()
    assert until(lambda: camera.recent().lost)
    webcam.frozen.clear()
    assert until(lambda: camera.state == "open")


def test_closing_releases_the_camera_and_forgets_what_it_saw(webcam: Webcam, camera: FrameSource):
    assert until(lambda: bool(camera.recent().frames))
    camera.close()
    assert camera.state == "closed"
    assert camera.recent().frames == ()
    assert webcam.released == 1


def test_a_lost_camera_can_be_closed(webcam: Webcam, camera: FrameSource):
    webcam.plugged = False
    assert until(lambda: camera.state == "lost")
    camera.close()
    assert camera.state == "closed"


def test_a_buffer_drops_the_oldest_frames_when_they_are_large(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(live, "KEPT_BYTES", 3 * 100 * 100 * 3)
    webcam = Webcam(side=100)
    with closing(open_source("camera:0", camera=webcam.open)) as source:
        assert until(lambda: source.recent(9).at > 0.5)
        assert len(source.recent(9).frames) == 3


def test_a_picture_stays(tmp_path: Path):
    Image.new("RGB", (6, 4), (1, 2, 3)).save(tmp_path / "face.png")
    with closing(open_source(str(tmp_path / "face.png"))) as source:
        assert until(lambda: len(source.recent().frames) == 1)
        assert source.state == "open"
        assert source.recent().frames[0].pixels[0, 0].tolist() == [1, 2, 3]


def test_a_video_plays_in_real_time_and_its_end_stays(tmp_path: Path):
    started = time.monotonic()
    with closing(open_source(str(video(tmp_path / "a.avi")))) as source:
        assert until(lambda: source.state == "ended")
        assert time.monotonic() - started > 0.5
        window = source.recent()
    assert len(window.frames) == 9
    assert not window.lost
    assert window.frames[0].pixels.mean() < window.frames[-1].pixels.mean()


def test_a_folder_shows_its_pictures_one_after_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(live, "PICTURE_S", 0.02)
    for number in (1, 2, 10):
        Image.new("L", (4, 4), number).save(tmp_path / f"{number}.png")
    (tmp_path / "3.png").write_text("no picture")
    with closing(open_source(str(tmp_path))) as source:
        assert until(lambda: source.state == "ended")
        assert [int(frame.pixels.max()) for frame in source.recent().frames] == [1, 2, 10]


@pytest.mark.parametrize("name", ["demo", "demo:sadness"])
def test_the_demo_draws_a_face_without_a_camera(name: str):
    with closing(open_source(name)) as source:
        assert until(lambda: len(source.recent().frames) >= 3)
        frames = source.recent().frames
    assert {frame.pixels.shape for frame in frames} == {(480, 640, 3)}
    assert all(later.at > earlier.at for earlier, later in zip(frames, frames[1:], strict=False))


@dataclass(frozen=True)
class Wrong:
    id: str
    name: str
    says: str


WRONG_NAMES = [
    Wrong("near a camera", "camra:0", "did you mean 'camera:0'"),
    Wrong("no number", "camera:front", "'camera:0', 'camera:1'"),
    Wrong("negative", "camera:-1", "'camera:0', 'camera:1'"),
    Wrong("nothing", "", "there is no such file or folder"),
    Wrong("a file that is not there", "film.mp4", "there is no such file or folder"),
    Wrong("near an emotion", "demo:hapiness", "did you mean 'happiness'"),
    Wrong("nothing with something", "none:at all", "there is no such file or folder"),
]


@pytest.mark.parametrize("wrong", WRONG_NAMES, ids=lambda wrong: wrong.id)
def test_a_wrong_name_is_told_with_what_was_meant(wrong: Wrong):
    with pytest.raises(SetupError) as refused:
        open_source(wrong.name)
    assert wrong.says in str(refused.value)
    assert "\n" not in str(refused.value)


JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0" + b"\x07" * 500
BAD_FILES = {
    "empty.png": b"",
    "empty.mp4": b"",
    "words.jpg": b"this is no picture\n" * 50,
    "words.mp4": b"this is no film\n" * 50,
    "words.txt": "Grüße, ein Text\n".encode() * 50,
    "list.m3u8": b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:1/a.ts\n",
    "broken.jpg": JPEG,
    "noise.mp4": bytes(range(256)) * 40,
    "noise.bin": bytes(range(255, -1, -1)) * 40,
    "cut.mp4": b"\0\0\0\x18ftypisom\0\0\2\0isommp41\0\0\x10\0mdat" + b"\x05" * 900,
}


READERS: list[Callable[[Path], object]] = [
    read_window,
    lambda path: list(read_windows(path)),
    lambda path: open_source(str(path)),
]


@pytest.mark.parametrize("name", sorted(BAD_FILES))
def test_a_file_that_is_nothing_to_see_is_refused_quietly(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    path = tmp_path / name
    path.write_bytes(BAD_FILES[name])
    for read in READERS:
        with pytest.raises(SetupError) as refused:
            read(path)
        assert name in str(refused.value)
        assert "\n" not in str(refused.value)
    assert capfd.readouterr().err == ""


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path):
    with pytest.raises(SetupError, match="there is no such file"):
        read_window(tmp_path / "nobody.jpg")
    with pytest.raises(SetupError, match="is a folder"):
        read_window(tmp_path)


def test_half_a_picture_is_refused(tmp_path: Path):
    whole = tmp_path / "whole.jpg"
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(whole)
    whole.write_bytes(whole.read_bytes()[:2000])
    with pytest.raises(SetupError, match="damaged picture"):
        read_window(whole)


def test_what_is_left_of_a_cut_video_is_read(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    whole = video(tmp_path / "whole.avi", seconds=2)
    cut = tmp_path / "cut.avi"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert 0 < len(read_window(cut).frames) < len(read_window(whole).frames)
    assert capfd.readouterr().err == ""


def test_a_picture_is_a_window_of_one_upright_frame(tmp_path: Path):
    image = Image.new("RGB", (6, 4))
    exif = Image.Exif()
    exif[274] = 6
    image.save(tmp_path / "side.jpg", exif=exif)
    (frame,) = read_window(tmp_path / "side.jpg").frames
    assert frame.pixels.shape == (6, 4, 3)


def test_a_picture_is_known_by_its_content_not_its_name(tmp_path: Path):
    Image.new("RGB", (6, 4)).save(tmp_path / "face.mp4", format="png")
    assert len(read_window(tmp_path / "face.mp4").frames) == 1


def test_a_huge_photograph_is_read_at_a_sensible_size(tmp_path: Path):
    Image.new("RGB", (7680, 4320), (9, 9, 9)).save(tmp_path / "8k.jpg")
    (frame,) = read_window(tmp_path / "8k.jpg").frames
    assert frame.pixels.shape == (1080, 1920, 3)


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_an_animation_is_read_as_a_video(tmp_path: Path, suffix: str):
    window = read_window(animation(tmp_path / f"moving{suffix}"))
    assert len(window.frames) == 10
    assert abs(window.span - 0.9) < 1e-6


def test_a_video_is_thinned_to_fifteen_frames_a_second(tmp_path: Path):
    window = read_window(video(tmp_path / "a.avi", seconds=1))
    assert len(window.frames) == 15
    assert abs(window.span - 28 / 30) < 0.01


def test_a_long_video_fits_one_window_in_bounded_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sources, "WHOLE_BYTES", 10 * 64 * 48 * 3)
    window = read_window(video(tmp_path / "a.avi", seconds=4))
    assert 5 <= len(window.frames) <= 10
    assert window.span > 3
    steps = np.diff([frame.at for frame in window.frames])
    assert steps.max() - steps.min() < 0.01


def test_a_long_video_is_read_window_by_window(tmp_path: Path):
    windows = list(read_windows(video(tmp_path / "a.avi", seconds=2.3), seconds=1))
    assert [len(window.frames) for window in windows] == [15, 15, 5]
    assert [int(window.frames[0].at) for window in windows] == [0, 1, 2]


def test_pictures_are_listed_as_a_person_would_count_them(tmp_path: Path):
    for name in ("b10.png", "b9.png", "a.JPG", "notes.txt", ".hidden.png"):
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    assert [path.name for path in list_pictures(tmp_path)] == ["a.JPG", "b9.png", "b10.png"]


def test_a_folder_without_pictures_is_refused(tmp_path: Path):
    with pytest.raises(SetupError, match="holds no pictures"):
        list_pictures(tmp_path)
    with pytest.raises(SetupError, match="cannot be listed"):
        list_pictures(tmp_path / "nowhere")


def test_reading_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = video(tmp_path / "a.avi")
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    read_window(path)
    with closing(open_source(str(path))) as source:
        assert until(lambda: bool(source.recent().frames))
    assert sorted(tmp_path.rglob("*")) == before
