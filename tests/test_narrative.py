from dataclasses import dataclass, replace

import pytest

from empathy_agent.affect import Emotion
from empathy_agent.perception.events import Episode, find_episodes
from empathy_agent.perception.narrative import cues_of, narrate
from tests.test_track import track_of


def seen(
    what: str, start: float, length: float, *, begins: bool = True, ends: bool = True
) -> Episode:
    end = start + length
    return Episode(what, start, start, end, end, 0, 0.9, 0.8, begins=begins, ends=ends)


@dataclass(frozen=True)
class Case:
    id: str
    episodes: list[Episode]
    told: str


CASES = [
    Case("nothing", [], "the face stayed still"),
    Case("a brief smile", [seen("happiness", 1.0, 0.4)], "a brief smile"),
    Case("a long smile", [seen("happiness", 1.0, 1.2)], "a smile for 1.2 s"),
    Case("still smiling", [seen("happiness", 1.0, 1.0, ends=False)], "a smile that stayed"),
    Case("no longer smiling", [seen("happiness", 0.0, 1.0, begins=False)], "a smile faded"),
    Case("throughout", [seen("AU4", 0.0, 2.0, begins=False, ends=False)], "the face stayed still"),
    Case("one movement", [seen("AU1", 0.5, 0.3)], "the inner brows rose for 0.3 s"),
    Case(
        "one after the other",
        [seen("AU1", 0.5, 0.3), seen("happiness", 1.0, 0.4)],
        "the inner brows rose for 0.3 s, then a brief smile",
    ),
    Case(
        "told in order of time, however given",
        [seen("sadness", 1.5, 0.4, ends=False), seen("AU1", 0.5, 0.3)],
        "the inner brows rose for 0.3 s, then a look of sadness that stayed",
    ),
    Case(
        "two at once",
        [seen("AU1", 0.5, 0.3), seen("AU2", 0.55, 0.4)],
        "the inner brows rose for 0.3 s and the outer brows rose for 0.4 s",
    ),
    Case(
        "a smile is not told again as its muscles",
        [seen("happiness", 1.0, 0.4), seen("AU12", 0.9, 0.6), seen("AU6", 1.1, 0.3)],
        "a brief smile",
    ),
    Case(
        "a muscle that moved at another time is told",
        [seen("AU12", 0.2, 0.3), seen("happiness", 1.0, 0.4)],
        "the lip corners rose for 0.3 s, then a brief smile",
    ),
    Case(
        "a movement that goes on",
        [seen("AU4", 1.0, 1.0, ends=False)],
        "the brows drew together and stayed so",
    ),
    Case(
        "a movement that was there before",
        [seen("AU4", 0.0, 1.0, begins=False)],
        "the brows eased apart",
    ),
    Case(
        "talking",
        [seen("AU26", 0.2 + at / 2, 0.2) for at in range(4)],
        "the jaw dropped again and again",
    ),
    Case("a unit without words", [seen("AU99", 0.2, 0.5)], "the face stayed still"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_what_changed_is_told_in_plain_words(case: Case) -> None:
    assert narrate(case.episodes) == case.told


def test_at_most_four_things_are_told_and_they_are_the_clearest() -> None:
    names = ["AU1", "AU4", "AU9", "AU15", "AU17", "AU20"]
    faint = [seen(name, at, 0.3) for at, name in enumerate(names)]
    told = narrate([replace(each, rise=0.1 * at) for at, each in enumerate(faint)])
    assert told.count(", then ") == 3
    assert "brows" not in told
    assert told.endswith("the lips stretched for 0.3 s")


def test_a_window_is_told_from_its_signal() -> None:
    track = track_of((Emotion.NEUTRAL, 1.0), (Emotion.HAPPINESS, 0.3), (Emotion.NEUTRAL, 0.7))
    assert narrate(find_episodes(track)) == "a brief smile"
    assert narrate(find_episodes(track_of((Emotion.ANGER, 2.0)))) == "the face stayed still"


def test_cues_name_what_is_plain_to_see_strongest_first() -> None:
    units = {"AU4": 0.5, "AU12": 0.9, "AU9": 0.1, "AU45": 1.0}
    assert cues_of(units) == ("lip corners pulled up", "brows drawn together")


def test_the_same_cue_is_not_named_twice_and_there_are_not_too_many() -> None:
    everything = {f"AU{number}": 1.0 for number in range(1, 50)}
    cues = cues_of(everything)
    assert len(cues) == len(set(cues)) == 6


def test_a_resting_face_has_no_cues() -> None:
    assert cues_of({"AU4": 0.1, "AU12": 0.05}) == ()
