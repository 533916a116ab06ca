from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from empathy_agent.affect import Emotion
from empathy_agent.perception.events import Episode, as_events, find_episodes, key_frames
from empathy_agent.perception.track import EMOTIONS, Track
from tests.test_track import showing, track_of

Floats = NDArray[np.float64]


def told(track: Track) -> list[tuple[str, str]]:
    return [(event.kind, event.what) for event in as_events(find_episodes(track))]


def eased(times: Floats, start: float, length: float) -> Floats:
    """Rise and fall once within `length` seconds, as a raised cosine."""
    phase = np.clip((times - start) / length, 0, 1)
    return 0.5 - 0.5 * np.cos(2 * np.pi * phase)


@pytest.mark.parametrize("fps", [15, 30, 60, 120])
def test_a_brief_smile_is_one_micro_expression_at_any_rate(fps: float) -> None:
    track = track_of(
        (Emotion.NEUTRAL, 1.0), (Emotion.HAPPINESS, 0.4), (Emotion.NEUTRAL, 0.6), fps=fps
    )
    (event,) = as_events(find_episodes(track))
    assert (event.kind, event.what) == ("micro_expression", "happiness")
    assert abs(event.start_ms - 1000) <= 70
    assert abs(event.length_ms - 400) <= 100
    assert abs(event.peak - 0.85) <= 0.05


def test_a_smile_that_is_still_there_has_an_onset_and_an_apex() -> None:
    track = track_of((Emotion.NEUTRAL, 1.0), (Emotion.HAPPINESS, 1.0))
    assert told(track) == [("onset", "happiness"), ("apex", "happiness")]


def test_a_smile_that_was_there_already_has_an_apex_and_an_offset() -> None:
    track = track_of((Emotion.HAPPINESS, 1.0), (Emotion.NEUTRAL, 1.0))
    assert told(track) == [("apex", "happiness"), ("offset", "happiness")]


def test_a_long_look_has_onset_apex_and_offset_that_follow_each_other() -> None:
    track = track_of((Emotion.NEUTRAL, 1.0), (Emotion.SADNESS, 1.0), (Emotion.NEUTRAL, 1.0))
    onset, apex, offset = as_events(find_episodes(track))
    assert [onset.kind, apex.kind, offset.kind] == ["onset", "apex", "offset"]
    assert abs(onset.start_ms + onset.length_ms - apex.start_ms) <= 1
    assert abs(apex.start_ms + apex.length_ms - offset.start_ms) <= 1
    assert abs(apex.length_ms - 900) <= 120


@dataclass(frozen=True)
class Case:
    id: str
    track: Track


EVENTLESS = [
    Case("a flat window", track_of((Emotion.NEUTRAL, 2.0))),
    Case("the same emotion throughout", track_of((Emotion.ANGER, 2.0))),
    Case("some noise", track_of((Emotion.NEUTRAL, 2.0), noise=0.05)),
    Case("much noise", track_of((Emotion.NEUTRAL, 2.0), noise=0.3)),
    Case("much noise at 120 a second", track_of((Emotion.NEUTRAL, 2.0), noise=0.3, fps=120)),
    Case("much noise at 5 a second", track_of((Emotion.NEUTRAL, 2.0), noise=0.3, fps=5)),
    Case("a minute of noise", track_of((Emotion.NEUTRAL, 60.0), noise=0.1)),
    Case("three frames", track_of((Emotion.NEUTRAL, 0.14), (Emotion.FEAR, 0.07))),
    Case("one frame", track_of((Emotion.FEAR, 0.07))),
]


@pytest.mark.parametrize("case", EVENTLESS, ids=lambda case: case.id)
def test_nothing_happened(case: Case) -> None:
    assert told(case.track) == []


def test_one_frame_alone_is_no_event() -> None:
    track = track_of((Emotion.NEUTRAL, 2.0))
    emotions = track.emotions.copy()
    emotions[15] = showing(Emotion.FEAR)
    assert told(replace(track, emotions=emotions)) == []


def test_a_tremble_at_the_threshold_is_one_episode() -> None:
    times = np.arange(60) / 15
    level = np.where(times < 1, 0.0, 0.24 + 0.06 * np.sin(9 * times))
    level = np.where(times >= 3, 0.0, level)
    track = track_of((Emotion.NEUTRAL, 4.0), units={"AU4": level})
    assert [each.what for each in find_episodes(track)] == ["AU4"]


def test_a_micro_smile_of_an_action_unit_is_found_in_a_noisy_minute() -> None:
    times = np.arange(900) / 15
    noise = np.random.default_rng(3).normal(0.1, 0.02, (900, 2))
    units: dict[str, Floats] = {
        "AU12": noise[:, 0] + 0.6 * eased(times, 31.0, 0.4),
        "AU4": noise[:, 1],
    }
    (event,) = as_events(find_episodes(track_of((Emotion.NEUTRAL, 60.0), units=units)))
    assert (event.kind, event.what) == ("micro_expression", "AU12")
    assert 31_000 <= event.start_ms <= 31_200


def test_a_blink_is_no_event_even_if_it_reads_as_an_emotion() -> None:
    times = np.arange(30) / 15
    shut = (times >= 1) & (times < 1.2)
    track = track_of((Emotion.NEUTRAL, 2.0), units={"AU45": shut.astype(float)})
    emotions = np.where(shut[:, None], showing(Emotion.SADNESS), track.emotions)
    assert told(replace(track, emotions=emotions)) == []


def test_where_the_eyes_look_is_no_event() -> None:
    track = track_of((Emotion.NEUTRAL, 2.0), units={"AU61": (np.arange(30) > 15).astype(float)})
    assert told(track) == []


def test_a_look_before_and_after_the_face_was_away_is_two_episodes() -> None:
    track = track_of((Emotion.NEUTRAL, 1.0), (Emotion.ANGER, 2.0), (Emotion.NEUTRAL, 1.0))
    seen = (track.times < 1.5) | (track.times > 2.4)
    torn = Track(
        track.times[seen], track.emotions[seen], track.units[seen], (), track.quality[seen]
    )
    before, after = find_episodes(torn)
    assert (before.begins, before.ends, after.begins, after.ends) == (True, False, False, True)


def test_a_crowd_of_movements_is_told_by_its_strongest() -> None:
    times = np.arange(60) / 15
    shown = ((times > 1) & (times < 3)).astype(np.float64)
    units: dict[str, Floats] = {f"AU{each}": shown * (each / 40) for each in range(10, 29)}
    events = as_events(find_episodes(track_of((Emotion.NEUTRAL, 4.0), units=units)))
    assert len(events) == 12
    assert {event.what for event in events} == {"AU25", "AU26", "AU27", "AU28"}
    assert [event.start_ms for event in events] == sorted(event.start_ms for event in events)


def drifting(by: float, moved: float) -> Track:
    """Make an expert think of fear for half of the time, while the brows rise by so much."""
    times = np.arange(60) / 15
    later = (times >= 2).astype(np.float64)
    track = track_of((Emotion.NEUTRAL, 4.0), units={"AU1": 0.2 + moved * later, "AU45": later})
    rows = [showing(Emotion.FEAR, 0.1 + by * each) for each in later]
    return replace(track, emotions=np.array(rows))


def test_an_opinion_that_drifts_while_the_face_is_still_is_no_event() -> None:
    assert told(drifting(by=0.5, moved=0.0)) == []
    assert ("onset", "fear") in told(drifting(by=0.5, moved=0.3))


def test_an_overwhelming_opinion_needs_no_movement() -> None:
    assert ("onset", "fear") in told(drifting(by=0.8, moved=0.0))


def test_key_frames_hold_the_typical_frame_and_the_apexes() -> None:
    track = track_of(
        (Emotion.NEUTRAL, 1.0),
        (Emotion.HAPPINESS, 0.4),
        (Emotion.NEUTRAL, 1.0),
        (Emotion.ANGER, 0.4),
        (Emotion.NEUTRAL, 1.0),
    )
    frames = key_frames(track, find_episodes(track), typical=2, k=3)
    shown = [EMOTIONS[int(track.emotions[each].argmax())] for each in frames]
    assert shown == [Emotion.NEUTRAL, Emotion.HAPPINESS, Emotion.ANGER]


@pytest.mark.parametrize("k", [1, 2, 3])
def test_there_are_at_most_k_key_frames_and_the_typical_one_is_among_them(k: int) -> None:
    track = track_of(*[(Emotion.NEUTRAL, 0.6), (Emotion.FEAR, 0.4)] * 4)
    frames = key_frames(track, find_episodes(track), typical=4, k=k)
    assert len(frames) == k
    assert 4 in frames


def test_an_apex_beside_the_typical_frame_is_no_second_key_frame() -> None:
    track = track_of((Emotion.NEUTRAL, 1.0), (Emotion.FEAR, 1.0))
    (episode,) = find_episodes(track)
    assert key_frames(track, [episode], typical=episode.apex) == (episode.apex,)


def test_episodes_know_their_length_and_whether_they_are_micro() -> None:
    episode = Episode("fear", 1.0, 1.1, 1.2, 1.4, 18, 0.8, 0.7, begins=True, ends=True)
    assert abs(episode.length - 0.4) < 1e-9
    assert episode.micro
    assert not replace(episode, end=1.6).micro
    assert not replace(episode, ends=False).micro
