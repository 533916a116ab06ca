"""A live source folded as it comes: the same events as looking at all of it at once."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from empathy_agent.affect import Emotion
from empathy_agent.perception.events import Episode, find_episodes
from empathy_agent.perception.stream import CONTEXT_S, SETTLED_S, Stream, episodes_now, fold
from empathy_agent.perception.track import EMOTIONS, Track
from tests.test_events import eased

Floats = NDArray[np.float64]
SMILES = ((12.0, 0.4), (47.0, 0.3), (90.0, 4.0), (141.7, 0.45))


def signal(
    seconds: float,
    fps: float,
    smiles: Sequence[tuple[float, float]] = SMILES,
    *,
    seed: int = 3,
    jitter: float = 0.0,
) -> Track:
    """Make a face that smiles at some times, each for some seconds, amid the noise of an expert."""
    chance = np.random.default_rng(seed)
    times = np.arange(int(seconds * fps)) / fps
    times = np.sort(times + jitter * chance.uniform(-0.45, 0.45, len(times)) / fps)
    smiling = sum((eased(times, start, length) for start, length in smiles), np.zeros(len(times)))
    shown = np.clip(0.02 + 0.9 * np.clip(smiling, 0, 1), 0, 1)
    rest = np.full((len(times), 8), 0.02)
    rest[:, EMOTIONS.index(Emotion.HAPPINESS)] = shown
    rest[:, EMOTIONS.index(Emotion.NEUTRAL)] = 0.9 - 0.88 * shown
    noisy = np.clip(rest + chance.normal(0, 0.01, rest.shape), 1e-4, None)
    lips = np.clip(0.05 + 0.8 * smiling + chance.normal(0, 0.01, len(times)), 0, 1)
    brows = np.clip(0.3 + chance.normal(0, 0.02, len(times)), 0, 1)
    return Track(
        times,
        noisy / noisy.sum(1, keepdims=True),
        np.stack([lips, brows], 1),
        ("AU12", "AU4"),
        np.ones(len(times)),
    )


def part(track: Track, first: int, last: int) -> Track:
    return Track(
        track.times[first:last],
        track.emotions[first:last],
        track.units[first:last],
        track.names,
        track.quality[first:last],
    )


def folded(track: Track, size: int) -> tuple[list[Episode], Stream]:
    stream, told = Stream(), list[Episode]()
    for first in range(0, len(track.times), size):
        stream, over = fold(stream, part(track, first, first + size))
        told += over
    return told, stream


def held(stream: Stream) -> int:
    """Return the bytes of a stream's arrays, views counted by what they keep alive."""
    track = stream.track
    arrays = [] if track is None else [track.times, track.emotions, track.units, track.quality]
    return sum((each if each.base is None else np.asarray(each.base)).nbytes for each in arrays)


def as_told(episodes: Sequence[Episode]) -> list[tuple[str, float, float, bool]]:
    return [(each.what, each.start, each.end, each.micro) for each in episodes]


@pytest.mark.parametrize("fps", [5, 15, 30, 120])
def test_events_are_those_of_the_whole_at_any_rate(fps: float) -> None:
    smiles = [(start, max(length, 5 / fps)) for start, length in SMILES]
    track = signal(150, fps, smiles, jitter=1.0)
    told, _ = folded(track, 30)
    whole = sorted(find_episodes(track), key=lambda each: each.start)
    told.sort(key=lambda each: each.start)
    assert [(each.what, each.micro) for each in told] == [(each.what, each.micro) for each in whole]
    assert len(told) == 2 * len(smiles)
    for one, other in zip(told, whole, strict=True):
        assert abs(one.start - other.start) < 2 / fps
        assert abs(one.end - other.end) < 2 / fps


def test_how_the_frames_are_cut_into_windows_changes_nothing() -> None:
    track = signal(100, 15)
    one_by_one, _ = folded(track, 1)
    assert len(one_by_one) == 6
    for size in (2, 7, 30, 600, 10_000):
        assert as_told(folded(track, size)[0]) == as_told(one_by_one)


def test_an_event_that_straddles_two_windows_is_told_once() -> None:
    track = signal(40, 15, [(19.8, 0.4)])
    told, _ = folded(track, 30)  # a window ends at 20 s, amid the smile
    assert sorted((each.what, each.micro) for each in told) == [("AU12", True), ("happiness", True)]


@pytest.mark.slow
def test_an_hour_is_folded_in_constant_memory() -> None:
    smiles = [(40.0 * number, 1.2) for number in range(1, 90)]
    track = signal(3600, 5, smiles)
    stream, told, sizes = Stream(), list[Episode](), list[int]()
    for first in range(0, len(track.times), 10):
        stream, over = fold(stream, part(track, first, first + 10))
        told += over
        if first % 3000 == 0:
            sizes.append(held(stream))
    assert stream.track is not None
    assert len(stream.track.times) <= CONTEXT_S * 5 + 1
    assert max(sizes) < 60_000
    assert len(stream.told) <= 3
    whole = [each for each in find_episodes(track) if each.what == "happiness"]
    mine = [each for each in told if each.what == "happiness"]
    assert len(mine) == len(whole) == len(smiles)
    for one, other in zip(mine, whole, strict=True):
        assert abs(one.start - other.start) < 0.1
        assert abs(one.end - other.end) < 0.1


def test_what_goes_on_is_known_before_it_is_told() -> None:
    track = signal(20, 15, [(17.0, 8.0)])
    told, stream = folded(track, 15)
    assert told == []
    now = episodes_now(stream)
    assert {each.what for each in now} == {"happiness", "AU12"}
    assert all(each.begins and not each.ends for each in now)


def test_an_episode_is_told_only_when_it_is_over() -> None:
    track = signal(20, 15, [(10.0, 1.0)])
    stream, at = Stream(), 0.0
    for first in range(len(track.times)):
        stream, over = fold(stream, part(track, first, first + 1))
        if over:
            at = float(track.times[first])
            assert all(each.end <= at - SETTLED_S for each in over)
            break
    assert 11 < at < 13.1


def test_broken_frames_are_left_out() -> None:
    track = signal(30, 15, [(10.0, 0.4)])
    broken = Track(
        track.times.copy(), track.emotions.copy(), track.units.copy(), track.names, track.quality
    )
    broken.emotions[20] = np.nan
    broken.units[40, 0] = np.inf
    broken.times[60] = np.nan
    broken.times[80] = 1.0
    told, stream = folded(broken, 11)
    assert {(each.what, each.micro) for each in told} == {("happiness", True), ("AU12", True)}
    assert stream.track is not None
    assert np.isfinite(stream.track.emotions).all()
    assert (np.diff(stream.track.times) > 0).all()


def test_nothing_folded_is_nothing_told() -> None:
    assert fold(Stream(), part(signal(1, 15), 0, 0))[1] == ()
    assert episodes_now(Stream()) == ()


def test_a_source_begun_anew_begins_a_stream_anew() -> None:
    track = signal(20, 15, [(10.0, 0.4)])
    _, stream = folded(track, 15)
    stream, _ = fold(stream, part(track, 0, 15))
    assert stream.track is not None
    assert stream.track.times[-1] < 1


def test_a_long_absence_is_no_long_episode() -> None:
    track = signal(40, 15, [(10.0, 30.0)])
    away = (track.times < 14) | (track.times > 39)
    gone = Track(
        np.where(track.times > 39, track.times + 3000, track.times)[away],
        track.emotions[away],
        track.units[away],
        track.names,
        track.quality[away],
    )
    told, _ = folded(gone, 15)
    assert all(each.length < 5 for each in told)


def test_another_expert_begins_anew() -> None:
    track = signal(10, 15, [])
    _, stream = folded(track, 15)
    other = replace(track, times=track.times + 10, names=("AU1", "AU2"))
    stream, _ = fold(stream, other)
    assert stream.track is not None
    assert stream.track.names == ("AU1", "AU2")
