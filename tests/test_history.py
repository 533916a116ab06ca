"""How someone usually feels: robust, and silent before there is enough."""

from collections.abc import Sequence

import pytest

from empathy_agent.memory import History, Moment, history

DAY = 86400.0
NOW = 1_790_000_000.0


def past(*sessions: Sequence[float | None], days: float = 1) -> list[Moment]:
    """Return moments of these valences, a session a day, the last one `days` ago."""
    return [
        Moment(
            id=f"{number}-{turn}",
            session=f"s{number}",
            at=NOW - (days + len(sessions) - 1 - number) * DAY + turn * 60,
            said="",
            valence=valence,
        )
        for number, valences in enumerate(sessions)
        for turn, valence in enumerate(valences)
    ]


STEADY = past([0.1, 0.0, 0.1], [0.0, 0.1, 0.05], [0.1, 0.05, 0.0])


def test_nothing_is_said_of_a_stranger():
    assert history([], NOW, -0.9) == History(None, None, None, rests_on=0, sessions=0)


@pytest.mark.parametrize(
    "moments",
    [past([0.1, 0.2], [0.3, 0.1]), past([0.1, 0.2, 0.3, 0.1, 0.2, 0.1])],
    ids=["four moments", "one session"],
)
def test_nothing_is_said_before_there_is_enough(moments: list[Moment]):
    told = history(moments, NOW, -0.9)
    assert (told.baseline_valence, told.shift, told.trend) == (None, None, None)
    assert told.rests_on == len(moments)


def test_the_baseline_is_the_middle_and_one_bad_day_does_not_move_it():
    told = history(past([0.1, 0.0, 0.1], [0.0, 0.1, 0.05], [-1.0]), NOW)
    assert told.baseline_valence == 0.05
    assert (told.rests_on, told.sessions) == (7, 3)


@pytest.mark.parametrize(
    ("present", "shift"),
    [
        (-0.9, "much heavier than usual"),
        (-0.25, "heavier than usual"),
        (0.0, "as usual"),
        (0.35, "lighter than usual"),
        (0.9, "much lighter than usual"),
    ],
)
def test_the_present_is_told_against_the_usual(present: float, shift: str):
    assert history(STEADY, NOW, present).shift == shift


def test_someone_whose_feelings_swing_is_given_more_room():
    swinging = past([0.8, -0.8, 0.5], [-0.6, 0.7, -0.5], [0.6, -0.7, 0.0])
    assert history(swinging, NOW, -0.5).shift == "as usual"


def test_without_a_present_nothing_is_compared():
    told = history(STEADY, NOW)
    assert told.baseline_valence is not None
    assert told.shift is None


def test_the_running_session_is_the_present_and_not_the_past():
    running = [
        Moment(id=f"now-{turn}", session="now", at=NOW - 60, said="", valence=-0.8)
        for turn in range(9)
    ]
    told = history([*running, *STEADY], NOW)
    assert told.sessions == 3
    assert told.baseline_valence == 0.05
    assert told.shift == "much heavier than usual"


def test_moments_without_a_valence_say_nothing():
    told = history([*STEADY, *past([None] * 20, days=9)], NOW, 0.0)
    assert told.rests_on == len(STEADY)


@pytest.mark.parametrize(
    ("middles", "trend"),
    [
        ([-0.6, -0.4, -0.2, 0.0], "getting lighter"),
        ([0.4, 0.2, 0.1, -0.2], "getting heavier"),
        ([0.1, 0.15, 0.1, 0.12], "steady"),
        ([0.1, 0.1, -0.9, 0.1, 0.1], "steady"),
        ([0.9, -0.5, -0.4, -0.3, -0.2, -0.1, 0.0], "getting lighter"),
    ],
    ids=["up", "down", "flat", "one odd day", "long ago"],
)
def test_the_trend_is_over_the_last_sessions(middles: list[float], trend: str):
    assert history(past(*([middle] * 2 for middle in middles)), NOW).trend == trend


def test_two_sessions_are_no_trend():
    assert history(past([0.5, 0.5, 0.5], [-0.5, -0.5, -0.5]), NOW).trend is None


def test_the_present_is_the_last_step_of_the_trend():
    assert history(past([0.3] * 3, [0.0] * 3), NOW, -0.3).trend == "getting heavier"


def test_the_order_of_moments_does_not_matter():
    moments = past([-0.6] * 2, [-0.2] * 2, [0.3] * 2)
    assert history(moments[::-1], NOW, 0.5) == history(moments, NOW, 0.5)
