"""What repeats in someone's past: told when it stands out of chance, and not before."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from empathy_agent.memory import Moment
from empathy_agent.memory.patterns import Patterns, patterns

MONDAY = datetime(2026, 3, 2, 9, 0).astimezone()


def year(
    felt: Callable[[datetime, random.Random], float],
    *,
    days: int = 120,
    hours: tuple[int, ...] = (9, 14, 20),
    said: Callable[[datetime], str] = lambda at: "",
    strategy: Callable[[datetime], str] = lambda at: "",
    seed: int = 1,
) -> list[Moment]:
    """Return a moment at each of these hours of each day."""
    chance = random.Random(seed)
    moments: list[Moment] = []
    for day in range(days):
        for hour in hours:
            at = (MONDAY + timedelta(days=day)).replace(hour=hour)
            moments.append(
                Moment(
                    id=f"{day}-{hour}",
                    session=f"s{day}",
                    at=at.timestamp(),
                    said=said(at),
                    valence=max(-1.0, min(1.0, felt(at, chance))),
                    strategy=strategy(at),
                )
            )
    return moments


def noise(at: datetime, chance: random.Random) -> float:
    return chance.gauss(0.1, 0.25)


def names(told: Patterns, kind: str) -> list[str]:
    return [each.name for each in told.found if each.kind == kind]


def test_a_stranger_has_no_patterns():
    assert patterns([]) == Patterns(volatility=None, turns=(), found=(), rests_on=0)


@pytest.mark.parametrize("seed", range(8))
def test_chance_is_no_pattern(seed: int):
    words = ("work", "rain", "sister", "football", "money", "garden", "sleep", "doctor")
    chance = random.Random(seed + 100)
    told = patterns(
        year(
            noise,
            seed=seed,
            said=lambda at: " ".join(chance.choices(words, k=2)),
            strategy=lambda at: chance.choice(["question", "reflection", "suggestion"]),
        )
    )
    assert told.found == ()
    assert told.turns == ()
    assert told.rests_on == 360


def test_heavy_evenings_are_found():
    told = patterns(year(lambda at, c: noise(at, c) - 0.5 * (at.hour == 20)))
    assert names(told, "time") == ["evening"]
    evening = next(each for each in told.found if each.name == "evening")
    assert evening.change == pytest.approx(-0.5, abs=0.15)
    assert evening.told().startswith("heavier in the evening (-0.")


def test_light_sundays_are_found():
    told = patterns(year(lambda at, c: noise(at, c) + 0.6 * (at.weekday() == 6)))
    assert names(told, "day") == ["Sunday"]


def test_a_subject_that_goes_with_heavy_moments_is_found():
    told = patterns(
        year(
            lambda at, c: noise(at, c) - 0.6 * (at.day % 5 == 0),
            said=lambda at: "the landlord again" if at.day % 5 == 0 else "the garden and the rain",
        )
    )
    assert "landlord" in names(told, "subject")


def test_one_bad_day_is_no_pattern_of_its_evening():
    told = patterns(
        year(lambda at, c: -1.0 if at.day == 5 else noise(at, c), days=20, hours=(9, 18, 19, 20))
    )
    assert names(told, "time") == []


def test_what_was_answered_before_it_got_lighter_is_found():
    told = patterns(
        year(
            lambda at, c: c.gauss(-0.2, 0.1) + (0.4 if at.hour == 14 and at.day % 2 else 0.0),
            hours=(9, 14),
            strategy=lambda at: "reflection" if at.day % 2 else "information",
        )
    )
    assert "lighter after reflection" in " / ".join(each.told() for each in told.found)


def test_a_turn_is_dated():
    told = patterns(year(lambda at, c: noise(at, c) - (0.5 if at.month >= 5 else 0.0)))
    assert len(told.turns) == 1
    turn = told.turns[0]
    assert abs(turn.at - datetime(2026, 5, 1).astimezone().timestamp()) < 4 * 86400
    assert turn.before > turn.after


def test_two_turns_are_two():
    told = patterns(year(lambda at, c: noise(at, c) - (0.6 if at.month == 4 else 0.0), days=100))
    assert [each.before > each.after for each in told.turns] == [True, False]


def test_a_slow_swing_is_less_volatile_than_a_fast_one():
    calm = patterns(year(lambda at, c: 0.4 if at.month % 2 else -0.4)).volatility
    wild = patterns(year(lambda at, c: 0.4 if at.day % 2 else -0.4)).volatility
    assert calm is not None and wild is not None
    assert calm < 0.3 < wild


def test_moments_without_a_valence_say_nothing():
    bare = [Moment(id=str(n), session="s", at=float(n), said="rain") for n in range(50)]
    assert patterns(bare).rests_on == 0
