from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from empathy_agent.affect import Emotion
from empathy_agent.perception.track import (
    EMOTIONS,
    Track,
    confidence,
    frame_weights,
    gap,
    pool,
    representative,
    smooth,
    through_blinks,
)

Floats = NDArray[np.float64]


def showing(emotion: Emotion, probability: float = 0.85) -> Floats:
    row = np.full(8, (1 - probability) / 7)
    row[EMOTIONS.index(emotion)] = probability
    return row


def track_of(
    *parts: tuple[Emotion, float],
    fps: float = 15,
    units: Mapping[str, Floats] | None = None,
    noise: float = 0.0,
) -> Track:
    """Make a track that shows one emotion after the other, each for some seconds."""
    rows = [showing(emotion) for emotion, seconds in parts for _ in range(round(seconds * fps))]
    emotions = np.array(rows)
    if noise:
        shaken = emotions + np.random.default_rng(7).normal(0, noise, emotions.shape)
        emotions = np.clip(shaken, 1e-3, None)
        emotions /= emotions.sum(axis=1, keepdims=True)
    given = units or {}
    columns = np.stack(list(given.values()), axis=1) if given else np.zeros((len(rows), 0))
    return Track(np.arange(len(rows)) / fps, emotions, columns, tuple(given), np.ones(len(rows)))


def fused(track: Track) -> dict[Emotion, float]:
    together = pool(track.emotions, frame_weights(track))
    return dict(zip(EMOTIONS, together.tolist(), strict=True))


@pytest.mark.parametrize("fps", [5, 15, 30, 120])
def test_one_neutral_second_and_a_brief_smile_is_mainly_neutral(fps: float) -> None:
    read = fused(track_of((Emotion.NEUTRAL, 1.0), (Emotion.HAPPINESS, 0.4), fps=fps))
    assert max(read, key=lambda each: read[each]) == Emotion.NEUTRAL
    assert read[Emotion.HAPPINESS] > 0.3


def test_a_fleeting_expression_counts_for_more_than_its_share_of_the_time() -> None:
    track = track_of((Emotion.NEUTRAL, 0.9), (Emotion.FEAR, 0.2), (Emotion.NEUTRAL, 0.9))
    share = 3 / len(track.times)
    plain = share * 0.85 + (1 - share) * 0.15 / 7
    assert fused(track)[Emotion.FEAR] > 1.25 * plain


def test_the_newest_frames_count_for_more() -> None:
    rising = fused(track_of((Emotion.SADNESS, 1.0), (Emotion.ANGER, 1.0)))
    falling = fused(track_of((Emotion.ANGER, 1.0), (Emotion.SADNESS, 1.0)))
    assert rising[Emotion.ANGER] > rising[Emotion.SADNESS]
    assert falling[Emotion.SADNESS] > falling[Emotion.ANGER]


def test_a_badly_seen_frame_counts_for_less() -> None:
    track = track_of((Emotion.NEUTRAL, 1.0), (Emotion.ANGER, 1.0))
    blurred = replace(track, quality=np.where(track.times >= 1, 0.1, 1.0))
    assert fused(blurred)[Emotion.ANGER] < 0.5 * fused(track)[Emotion.ANGER]


def test_quality_of_zero_everywhere_still_gives_a_distribution() -> None:
    track = track_of((Emotion.NEUTRAL, 0.5), (Emotion.ANGER, 0.5))
    read = fused(replace(track, quality=np.zeros(len(track.times))))
    assert abs(sum(read.values()) - 1) < 1e-9


@dataclass(frozen=True)
class Case:
    id: str
    times: list[float]


CASES = [
    Case("one frame", [0.0]),
    Case("the same time twice", [0.0, 0.0, 0.1]),
    Case("a long gap", [0.0, 0.1, 9.0]),
    Case("uneven", [0.0, 0.01, 0.02, 0.3, 0.9]),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_weights_sum_to_one_at_any_times(case: Case) -> None:
    count = len(case.times)
    emotions = np.tile(showing(Emotion.NEUTRAL), (count, 1))
    track = Track(np.array(case.times), emotions, np.zeros((count, 0)), (), np.ones(count))
    weights = frame_weights(track)
    assert abs(weights.sum() - 1) < 1e-9
    assert (weights > 0).all()


def test_a_burst_of_frames_counts_for_the_time_it_took() -> None:
    times = np.concatenate((np.linspace(0, 0.1, 50), np.linspace(0.2, 2, 19)))
    rows = [showing(Emotion.FEAR if at <= 0.1 else Emotion.NEUTRAL) for at in times]
    track = Track(times, np.array(rows), np.zeros((69, 0)), (), np.ones(69))
    assert fused(track)[Emotion.FEAR] < 0.2


@pytest.mark.parametrize("fps", [15, 30, 60, 120])
def test_smoothing_passes_a_step_in_the_same_time_at_any_rate(fps: int) -> None:
    times = np.arange(2 * fps) / fps
    step = (times >= 1).astype(float)[:, None]
    passed = smooth(step, times)[:, 0]
    assert passed[times < 1].max() == 0
    assert passed[np.searchsorted(times, 1.2)] > 0.98


def test_smoothing_keeps_distributions_and_takes_noise_away() -> None:
    track = track_of((Emotion.NEUTRAL, 2.0), fps=60, noise=0.1)
    smoothed = smooth(track.emotions, track.times)
    assert np.allclose(smoothed.sum(axis=1), 1)
    assert smoothed[10:].std(axis=0).max() < 0.6 * track.emotions[10:].std(axis=0).max()


def test_smoothing_looks_back_only() -> None:
    times = np.arange(20) / 15
    values = np.random.default_rng(1).random((20, 3))
    changed = values.copy()
    changed[12:] = 0
    assert (smooth(values, times)[:12] == smooth(changed, times)[:12]).all()


def blinking(lasts: float) -> Track:
    times = np.arange(30) / 15
    shut = (times >= 1) & (times < 1 + lasts)
    track = track_of((Emotion.NEUTRAL, 2.0), units={"AU45": shut.astype(float)})
    emotions = np.where(shut[:, None], showing(Emotion.SADNESS), track.emotions)
    return replace(track, emotions=emotions)


def test_a_blink_is_no_look_of_sadness_but_closed_eyes_may_be() -> None:
    assert through_blinks(blinking(0.2)).emotions.max(axis=0)[3] < 0.1
    assert through_blinks(blinking(0.9)).emotions.max(axis=0)[3] > 0.8


def test_a_blink_tightens_no_lids_but_lids_may_tighten() -> None:
    times = np.arange(45) / 15
    blink = np.where((times > 1) & (times < 1.25), 0.4, 0.03)
    tight = np.where((times > 1) & (times < 1.25), 0.45, 0.15)
    lids = {"AU45": blink, "AU7": tight, "AU12": tight}
    seen = through_blinks(track_of((Emotion.NEUTRAL, 3.0), units=lids))
    assert seen.unit("AU7").max() < 0.2
    assert seen.unit("AU12").max() == 0.45
    alone = {"AU45": np.full(45, 0.03), "AU7": tight}
    assert through_blinks(track_of((Emotion.NEUTRAL, 3.0), units=alone)).unit("AU7").max() == 0.45


def test_the_representative_frame_shows_what_most_do_and_is_sharp() -> None:
    track = track_of((Emotion.FEAR, 0.2), (Emotion.NEUTRAL, 1.8))
    sharp = replace(track, quality=np.where(np.arange(30) == 20, 1.0, 0.3))
    assert representative(sharp, pool(sharp.emotions, frame_weights(sharp))) == 20


def test_confidence_falls_with_quality_and_with_a_face_hardly_seen() -> None:
    clear = showing(Emotion.ANGER, 0.8)
    assert abs(confidence(clear, quality=1, share=1) - 0.8) < 1e-9
    assert confidence(clear, quality=0.2, share=1) < 0.6
    assert abs(confidence(clear, quality=1, share=0.05) - 0.16) < 1e-9


def test_frames_hang_together_at_the_rate_of_their_camera() -> None:
    assert gap(np.arange(30) / 15) == 0.5
    assert gap(np.arange(10) / 1.0) == 3.0
    assert gap(np.zeros(1)) == 0.5
