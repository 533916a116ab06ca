"""What a message plainly states, and how a newer statement settles with what was known."""

from datetime import datetime
from pathlib import Path

import pytest

from empathy_agent.memory import Fact, Moment
from empathy_agent.memory.fact_rules import Stated
from empathy_agent.memory.facts import settle, stated

NOW = datetime(2026, 11, 18, 15, 0).astimezone().timestamp()
"""A Wednesday afternoon."""
DAY = 86400.0


def lines(name: str) -> list[str]:
    text = (Path(__file__).parent / "fact_cases" / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def told(each: Stated) -> str:
    key = f"{each.topic}/{each.about}"
    if each.act != "new":
        return {"ends": "-", "followed": "~"}[each.act] + key.lower()
    day = f"@{datetime.fromtimestamp(each.span.since).astimezone().date()}" if each.span else ""
    return f"{key}={each.value}{day}".lower()


def parsed(line: str) -> tuple[str, set[str]]:
    said, wanted = line.rsplit(" | ", 1)
    return said, set() if wanted == "nothing" else {each.lower() for each in wanted.split("; ")}


@pytest.mark.parametrize("line", lines("stated.txt"))
def test_what_is_plainly_stated_is_found_and_nothing_else(line: str):
    said, wanted = parsed(line)
    assert {told(each) for each in stated(said, NOW)} == wanted


def test_further_messages_are_understood_about_as_well():
    right = 0
    for line in lines("unseen.txt"):
        said, wanted = parsed(line)
        right += {told(each) for each in stated(said, NOW)} == wanted
    assert right >= 110


@pytest.mark.parametrize(
    "said",
    [
        "",
        " ",
        "?",
        "my " * 5000,
        "İstanbul my İ",
        "my sister \ud800",
        "😀 call me 😀",
        "my\x00exam",
    ],
    ids=repr,
)
def test_anything_may_be_said(said: str):
    assert stated(said, NOW) == []


def test_a_message_states_only_so_much():
    said = " ".join(f"I love thing{chr(97 + n // 26)}{chr(97 + n % 26)}." for n in range(100))
    assert 0 < len(stated(said, NOW)) <= 12


@pytest.mark.parametrize("now", [0.0, 86400.0, 4e9])
def test_days_are_counted_from_any_now(now: float):
    (plan,) = stated("my exam is on Friday", now)
    assert plan.span is not None
    assert 0 < plan.span.since - now <= 7 * DAY


def talk(*said: str, days: float = 1.0) -> dict[str, Fact]:
    """Return every fact by its value after messages some days apart."""
    known: dict[str, Fact] = {}
    for number, text in enumerate(said):
        moment = Moment(id=f"m{number}", session="s1", at=NOW + number * days * DAY, said=text)
        holding = [each for each in known.values() if each.superseded_by is None]
        known.update({each.id: each for each in settle(moment, holding)})
    return known


def holding(*said: str) -> list[str]:
    return [each.value for each in talk(*said).values() if each.superseded_by is None]


def test_a_fact_names_the_moment_it_was_stated_in():
    (fact,) = talk("my sister Anna moved out").values()
    assert (fact.topic, fact.value, fact.sources, fact.said) == (
        "person",
        "Anna",
        ("m0",),
        "my sister Anna moved out",
    )


def test_a_plan_that_was_moved_takes_the_place_of_the_old():
    old, new = talk("My chemistry exam is on Friday", "my exam was moved to Monday").values()
    assert old.superseded_by == new.id
    assert new.starts is not None and datetime.fromtimestamp(new.starts).astimezone().weekday() == 0


def test_two_kinds_of_exam_are_two_plans():
    said = "My chemistry exam is on Friday. My maths exam is on Monday."
    assert holding(said) == ["chemistry exam", "maths exam"]


def test_somebody_elses_exam_is_not_ones_own():
    said = ("My exam is on Friday", "My daughter's exam is on Monday", "I passed my exam!")
    followed = {each.value: each.followed for each in talk(*said).values()}
    assert followed == {"exam": True, "daughter's exam": False}


def test_what_is_said_of_the_exam_is_of_the_only_one_there_is():
    (plan,) = talk("My daughter's exam is on Friday", "the exam went well").values()
    assert plan.followed


def test_said_twice_it_is_one_fact():
    assert len(talk("I live in Leeds", "as I said, I live in Leeds")) == 1


@pytest.mark.parametrize(
    ("before", "after", "left"),
    [
        ("I live in Leeds", "I moved to Berlin last week", ["in Berlin"]),
        ("I work at Tesco", "I got a new job at Siemens", ["at Siemens"]),
        ("I work at Tesco", "I got a new job!", []),
        ("I work at Tesco", "I quit my job", []),
        ("My girlfriend Lena is kind", "we broke up", []),
        ("My boyfriend Lee is kind. My sister Anna too.", "my boyfriend left me", ["Anna"]),
        ("call me Jo", "Please call me Joanna", ["Joanna"]),
        ("My exam is on Friday", "The exam was cancelled", []),
        ("My dog Rex is ill", "my dog Rex died", ["died"]),
        ("My dog Rex is ill", "my dog died", ["died"]),
        ("I love coffee", "I don't like coffee", ["coffee"]),
        ("please be brief", "please go into more detail", ["long"]),
        ("my sister Anna", "my sister Eva", ["Anna", "Eva"]),
        ("my boss Anna", "my boss Eva", ["Eva"]),
    ],
)
def test_what_is_contradicted_holds_no_longer(before: str, after: str, left: list[str]):
    assert holding(before, after) == left


def test_what_holds_no_longer_stays_in_the_history():
    facts = talk("My girlfriend Lena is kind", "we broke up")
    assert [(each.value, each.superseded_by) for each in facts.values()] == [("Lena", "m1")]


def test_a_plan_whose_outcome_was_told_needs_no_asking():
    (plan,) = talk("I have my driving test tomorrow", "I passed my driving test!").values()
    assert plan.followed and plan.superseded_by is None


def test_what_nobody_knew_of_cannot_end():
    assert talk("we broke up", "I quit my job", "I passed my exam") == {}
