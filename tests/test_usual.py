"""How this sounds against other times: as usual, heavier, and heavier for a Monday."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from empathy_agent.agent.usual import against_usual
from empathy_agent.memory import Moment

MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""Noon in Greenwich, so that it is a Monday nearly everywhere."""


def past(weeks: int, monday: float, thursday: float) -> list[Moment]:
    found: list[Moment] = []
    for week in range(1, weeks + 1):
        for day, valence in ((0, monday), (3, thursday)):
            at = (MONDAY - timedelta(weeks=week) + timedelta(days=day)).timestamp()
            name = f"{week}-{day}"
            found += [
                Moment(f"{name}-{n}", name, at + 60 * n, said="", valence=valence) for n in range(3)
            ]
    return found


@dataclass(frozen=True)
class Case:
    id: str
    weeks: int
    monday: float
    thursday: float
    now: float
    shift: str | None


CASES = [
    Case("nothing before there is enough", 0, 0.3, 0.3, -0.4, None),
    Case("heavier than any day", 4, 0.3, 0.3, -0.2, "much heavier than usual for a Monday"),
    Case("as heavy as Mondays are", 4, -0.4, 0.4, -0.4, "as usual"),
    Case("lighter than Mondays are", 4, -0.6, 0.5, 0.0, "much lighter than usual for a Monday"),
    Case("too few Mondays to tell", 1, 0.3, 0.3, -0.2, "much heavier than usual"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_monday_is_held_against_mondays(case: Case):
    told, _ = against_usual(
        past(case.weeks, case.monday, case.thursday), MONDAY.timestamp(), case.now
    )
    assert told == case.shift


def test_a_trend_needs_no_weekday():
    sinking = [
        Moment(f"{day}-{n}", str(day), (MONDAY - timedelta(days=9 - day)).timestamp() + n, said="",
               valence=0.5 - 0.15 * day)
        for day in range(6)
        for n in range(3)
    ]  # fmt: skip
    assert against_usual(sinking, MONDAY.timestamp(), -0.5)[1] == "getting heavier"
