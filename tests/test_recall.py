"""What is recalled and why: pure, over vectors made by hand."""

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pytest
from numpy.typing import NDArray

from empathy_agent.affect import Emotion
from empathy_agent.memory import Episode, Fact, Moment, Recalled
from empathy_agent.memory.rank import rank, within
from empathy_agent.memory.recall import Ask, Candidate, understand, unit
from empathy_agent.memory.when import Span, ago, spoken_span

DAY = 86400.0
NOW = datetime(2026, 11, 18, 15, 0).astimezone().timestamp()
"""A Wednesday afternoon."""
ANY = Ask(None, None, None)


def direction(cosine: float, turn: int = 1) -> NDArray[np.float32]:
    """Return a unit vector of this cosine to the query, each `turn` at right angles to others."""
    row = np.zeros(64, dtype=np.float32)
    row[0], row[turn] = cosine, np.sqrt(1 - cosine**2)
    return row


QUERY = direction(1.0)


def candidate(
    id: str, cosine: float, *, days: float = 1, turn: int = 1, **more: object
) -> Candidate:
    plain = Moment(id=id, session="s1", at=NOW - days * DAY, said=f"something about {id}")
    return Candidate(replace(plain, **more), direction(cosine, turn))  # pyright: ignore[reportArgumentType]


def recalled(
    *candidates: Candidate, ask: Ask = ANY, k: int = 3, emotion: Emotion | None = None
) -> list[Recalled]:
    return rank(candidates, QUERY, ask, now=NOW, k=k, emotion=emotion)


def ids(found: list[Recalled]) -> list[str]:
    return [each.record.id for each in found]


def test_meaning_decides_first():
    assert ids(recalled(candidate("far", 0.4), candidate("near", 0.7, turn=2))) == ["near", "far"]


def test_of_two_alike_the_newer_comes_first():
    old, new = candidate("old", 0.6, days=200), candidate("new", 0.6, days=2, turn=2)
    assert ids(recalled(old, new)) == ["new", "old"]


def test_an_old_moment_about_the_same_thing_beats_a_new_one_that_is_not():
    old, new = candidate("old", 0.95, days=400), candidate("new", 0.36, days=0, turn=2)
    assert ids(recalled(old, new)) == ["old", "new"]


def test_a_grave_moment_comes_before_a_light_one():
    light, grave = candidate("light", 0.6), candidate("grave", 0.6, turn=2, risk="high")
    assert ids(recalled(light, grave)) == ["grave", "light"]


def test_the_same_feeling_counts_a_little():
    other = candidate("other", 0.6, emotion=Emotion.ANGER)
    same = candidate("same", 0.6, turn=2, emotion=Emotion.SADNESS)
    assert ids(recalled(other, same, emotion=Emotion.SADNESS)) == ["same", "other"]


def test_a_clock_that_jumped_ahead_does_no_harm():
    found = recalled(candidate("future", 0.6, days=-400))
    assert found[0].score <= 1
    assert found[0].why == "about the same thing, a moment ago"


def test_what_is_below_the_least_similarity_is_never_recalled():
    assert recalled(candidate("just now, grave", 0.34, days=0, risk="imminent")) == []


def test_small_talk_is_not_recalled():
    assert recalled(candidate("m1", 0.9, said="Hello! Good morning")) == []
    assert ids(recalled(candidate("m1", 0.9, said="Good morning, mother called"))) == ["m1"]
    ask = understand("what happened last week?", now=NOW)
    assert recalled(candidate("m1", 0.0, days=8, said="Thanks, bye"), ask=ask) == []


def test_two_that_say_the_same_are_recalled_once():
    found = recalled(
        candidate("a", 0.8), candidate("same as a", 0.8, days=3), candidate("b", 0.5, turn=2)
    )
    assert ids(found) == ["a", "b"]


def test_scores_fall_and_stay_within_one():
    worst = candidate("worst", 1.0, days=0, risk="imminent", arousal=1.0, confidence=1.0)
    found = recalled(worst, candidate("b", 0.7, turn=2), candidate("c", 0.5, turn=3))
    scores = [each.score for each in found]
    assert scores == sorted(scores, reverse=True)
    assert 0 < scores[-1] < scores[0] <= 1


@dataclass(frozen=True)
class Why:
    id: str
    cosine: float
    emotion: Emotion
    said: str


@pytest.mark.parametrize(
    "case",
    [
        Why("same", 0.6, Emotion.ANGER, "about the same thing, 3 days ago"),
        Why("both", 0.6, Emotion.FEAR, "about the same thing, and you felt similar, 3 days ago"),
        Why("felt", 0.4, Emotion.FEAR, "you felt similar 3 days ago"),
        Why("close", 0.4, Emotion.ANGER, "about something close to it, 3 days ago"),
    ],
    ids=lambda case: case.id,
)
def test_why_is_told_in_words(case: Why):
    (found,) = recalled(
        candidate("m1", case.cosine, days=3, emotion=case.emotion), emotion=Emotion.FEAR
    )
    assert found.why == case.said


def test_feeling_nothing_in_particular_is_not_a_likeness():
    (found,) = recalled(candidate("m1", 0.4, emotion=Emotion.NEUTRAL), emotion=Emotion.NEUTRAL)
    assert "similar" not in found.why


def test_asked_about_a_time_only_that_time_is_told():
    ask = understand("what happened last week?", now=NOW)
    found = recalled(candidate("then", 0.0, days=8), candidate("later", 0.9, days=1), ask=ask)
    assert ids(found) == ["then"]
    assert found[0].why == "from the time you asked about, a week ago"


def test_a_time_and_a_topic_are_both_kept_to():
    ask = understand("what did I say about the exam last week?", now=NOW)
    found = recalled(candidate("topic", 0.6, days=8), candidate("other", 0.1, days=8), ask=ask)
    assert ids(found) == ["topic"]


def test_a_statement_prefers_its_time_but_keeps_to_its_topic():
    ask = understand("I failed my exam yesterday", now=NOW)
    old = candidate("old", 0.7, days=20)
    yesterday, other = candidate("yesterday", 0.6, turn=2), candidate("other", 0.2)
    assert ids(recalled(old, yesterday, other, ask=ask)) == ["yesterday", "old"]


def test_limits_given_outright_are_only_narrowed_by_words():
    ask = understand("what happened last month?", now=NOW, since=NOW - 25 * DAY, until=NOW - DAY)
    assert ask.since == NOW - 25 * DAY
    assert ask.until == at(2026, 11, 1)


def test_an_empty_vector_is_near_no_text():
    rows = unit(np.stack([np.zeros(384), np.ones(384)]).astype(np.float32))
    assert np.allclose(np.linalg.norm(rows, axis=1), 1)
    assert abs(rows[0] @ rows[1]) < 1e-6


def test_a_broken_vector_becomes_a_whole_one():
    rows = unit(np.full((1, 384), np.nan, dtype=np.float32))
    assert np.isfinite(rows).all()


def at(year: int, month: int, day: int, hour: int = 0) -> float:
    return datetime(year, month, day, hour).astimezone().timestamp()


@dataclass(frozen=True)
class Spoken:
    said: str
    since: float
    until: float

    @property
    def id(self) -> str:
        return self.said


@pytest.mark.parametrize(
    "case",
    [
        Spoken("yesterday", at(2026, 11, 17), at(2026, 11, 18)),
        Spoken("Yesterday evening", at(2026, 11, 17), at(2026, 11, 18)),
        Spoken("last night", at(2026, 11, 17, 18), at(2026, 11, 18, 6)),
        Spoken("the day before yesterday", at(2026, 11, 16), at(2026, 11, 17)),
        Spoken("this morning", at(2026, 11, 18), at(2026, 11, 19)),
        Spoken("two days ago", at(2026, 11, 16), at(2026, 11, 17)),
        Spoken("a couple of days ago", at(2026, 11, 16), at(2026, 11, 17)),
        Spoken("10 days ago", at(2026, 11, 8), at(2026, 11, 9)),
        Spoken("a week ago", at(2026, 11, 8), at(2026, 11, 15)),
        Spoken("last week", at(2026, 11, 9), at(2026, 11, 16)),
        Spoken("this week", at(2026, 11, 16), at(2026, 11, 23)),
        Spoken("the past week", at(2026, 11, 11), at(2026, 11, 19)),
        Spoken("in the last three days", at(2026, 11, 15), at(2026, 11, 19)),
        Spoken("over the past few weeks", at(2026, 10, 28), at(2026, 11, 19)),
        Spoken("last month", at(2026, 10, 1), at(2026, 11, 1)),
        Spoken("last year", at(2025, 1, 1), at(2026, 1, 1)),
        Spoken("on Monday", at(2026, 11, 16), at(2026, 11, 17)),
        Spoken("last Wednesday", at(2026, 11, 11), at(2026, 11, 12)),
        Spoken("at the weekend, no: over the weekend", at(2026, 11, 14), at(2026, 11, 16)),
        Spoken("in March", at(2026, 3, 1), at(2026, 4, 1)),
        Spoken("in December", at(2025, 12, 1), at(2026, 1, 1)),
        Spoken("in December 2024", at(2024, 12, 1), at(2025, 1, 1)),
        Spoken("lately", at(2026, 11, 4), at(2026, 11, 19)),
    ],
    ids=lambda case: case.id,
)
def test_time_words_are_understood(case: Spoken):
    spoken = spoken_span(f"How did I feel {case.said}?", NOW)
    assert spoken is not None
    assert spoken.asks
    assert spoken.span == Span(case.since, case.until)


@pytest.mark.parametrize("text", ["9999 years ago", "in the last 9999 months", "last year"])
@pytest.mark.parametrize("now", [0.0, 86400.0, NOW])
def test_no_time_is_too_long_ago(text: str, now: float):
    spoken = spoken_span(text, now)
    assert spoken is not None and spoken.span is not None
    assert spoken.span.since <= max(now, 2 * DAY)


@pytest.mark.parametrize("text", ["", "my exam", "I may go", "the monday blues", "the last straw"])
def test_other_words_are_no_time(text: str):
    assert spoken_span(text, NOW) is None


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("how was I last week", True),
        ("Do you remember yesterday?", True),
        ("exam last week", True),
        ("Did I tell you about it on Monday?", True),
        ("I failed my exam last week", False),
        ("My father called yesterday", False),
        ("We argued again on Monday.", False),
    ],
)
def test_a_question_about_the_past_is_told_from_a_statement(text: str, asks: bool):
    spoken = spoken_span(text, NOW)
    assert spoken is not None and spoken.asks == asks


def test_the_last_time_we_talked_is_no_other_last_time():
    asked = spoken_span("What did I say last time?", NOW)
    assert asked is not None and asked.span is None and asked.asks
    assert spoken_span("The last time I saw him he shouted", NOW) is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "a moment ago"),
        (59, "a moment ago"),
        (60, "a minute ago"),
        (3500, "58 minutes ago"),
        (3599, "an hour ago"),
        (3600, "an hour ago"),
        (2 * 3600, "2 hours ago"),
        (DAY, "a day ago"),
        (3 * DAY, "3 days ago"),
        (7 * DAY, "a week ago"),
        (2 * DAY - 600, "2 days ago"),
        (20 * DAY, "3 weeks ago"),
        (31 * DAY, "a month ago"),
        (330 * DAY, "11 months ago"),
        (360 * DAY, "a year ago"),
        (800 * DAY, "2 years ago"),
    ],
)
def test_how_long_ago_is_told_in_words(seconds: float, words: str):
    assert ago(seconds) == words


@pytest.mark.parametrize(
    "query",
    [
        "what do you remember about me?",
        "So, what do you know about me so far?",
        "Do you remember me?",
        "what have I told you",
        "do you still remember anything about me?",
        "What did we talk about before?",
    ],
)
def test_a_question_about_memory_itself_asks_for_whatever_mattered(query: str):
    assert understand(query, now=NOW).anything


@pytest.mark.parametrize(
    "query",
    [
        "what do you remember about my sister?",
        "do you remember the exam?",
        "I remember everything",
        "what do you know about cats?",
        "",
    ],
)
def test_a_question_with_a_topic_is_answered_by_meaning(query: str):
    assert not understand(query, now=NOW).anything


def test_having_asked_what_is_remembered_is_not_remembered():
    asked = candidate("asked", 0.9, said="What do you remember about me?")
    told = candidate("told", 0.1, turn=2, said="my sister moved away")
    whatever = Ask(None, None, None, anything=True)
    assert ids(recalled(asked, told, ask=whatever)) == ["told"]


def fact(id: str, cosine: float, *, topic: str = "person", about: str = "sister", **more: object):
    plain = Fact(
        id=id,
        session="s0",
        at=NOW - 3 * DAY,
        said=f"my words about {id}",
        sources=("m1",),
        topic=topic,  # pyright: ignore[reportArgumentType]
        about=about,
        value=id,
    )
    turn = sum(id.encode()) % 50 + 10
    return Candidate(replace(plain, **more), direction(cosine, turn))  # pyright: ignore[reportArgumentType]


def test_a_superseded_fact_is_never_recalled():
    new, old = fact("Eva", 0.6), fact("Anna", 0.9, superseded_by="Eva")
    assert ids(recalled(new, old)) == ["Eva"]
    whatever = Ask(None, None, None, anything=True)
    assert ids(recalled(new, old, ask=whatever)) == ["Eva"]


def test_a_fact_fades_more_slowly_than_a_moment():
    moment = candidate("moment", 0.6, days=200)
    stated = fact("stated", 0.6, at=NOW - 200 * DAY)
    assert ids(recalled(moment, stated)) == ["stated", "moment"]


@pytest.mark.parametrize(
    ("feeling", "first"), [(Emotion.FEAR, "heavy"), (Emotion.HAPPINESS, "light"), (None, "light")]
)
def test_what_was_felt_in_a_like_way_comes_first(feeling: Emotion | None, first: str):
    heavy = candidate("heavy", 0.6, emotion=Emotion.SADNESS, valence=-0.6)
    light = candidate("light", 0.601, turn=2, emotion=Emotion.SURPRISE, valence=0.6)
    assert ids(recalled(heavy, light, emotion=feeling))[0] == first


def test_of_two_that_are_alike_the_second_makes_room_for_another_matter():
    alike = direction(0.8) * 0.8 + direction(0.8, 2) * 0.35
    twin = Candidate(candidate("twin", 0.8).record, unit(alike[None].astype("f4"))[0])
    found = recalled(candidate("first", 0.8), twin, candidate("other", 0.6, turn=3), k=2)
    assert ids(found)[1] == "other"


def test_asked_what_is_remembered_several_matters_and_facts_are_told():
    whatever = understand("what do you remember about me?", now=NOW)
    moments = [candidate(f"matter {n}", 0.0, turn=n + 1, days=n + 1) for n in range(6)]
    facts = [
        fact("Jo", 0.0, topic="name", about="called"),
        fact("Anna", 0.0),
        fact("in Leeds", 0.0, topic="place", about="home"),
        fact("nurse", 0.0, topic="work", about="job"),
    ]
    found = recalled(*moments, *facts, ask=whatever, k=6)
    kinds = [each.record.kind for each in found]
    assert (kinds.count("fact"), kinds.count("moment")) == (3, 3)
    assert {each.why for each in found if each.record.kind == "fact"} == {"you told me 3 days ago"}


def test_where_only_facts_are_known_they_are_all_that_is_told():
    whatever = understand("what do you remember about me?", now=NOW)
    found = recalled(fact("Jo", 0.0, topic="name"), fact("Anna", 0.0), ask=whatever, k=4)
    assert set(ids(found)) == {"Jo", "Anna"}


def moments_told() -> list[Moment]:
    return [candidate("then", 0.5, days=20, said="I failed the chemistry exam").record]  # pyright: ignore[reportReturnType]


EXAM = fact("exam", 0.5, topic="plan", about="exam", starts=NOW - 9 * DAY, until=NOW - 8 * DAY)


@dataclass(frozen=True)
class Since:
    query: str
    since: float | None
    until: float | None

    @property
    def id(self) -> str:
        return self.query


@pytest.mark.parametrize(
    "case",
    [
        Since("how have I been since the exam?", NOW - 9 * DAY, NOW + 1),
        Since("How did I feel before my exam?", NOW - 39 * DAY, NOW - 9 * DAY),
        Since("how was I around the exam", NOW - 12 * DAY, NOW - 5 * DAY),
        Since("what did I tell you after the exam?", NOW - 9 * DAY, NOW + 1),
        Since("how have I been since the wedding?", None, None),
        Since("how have I been since then?", None, None),
    ],
    ids=lambda case: case.id,
)
def test_a_time_may_be_named_by_an_event_that_was_told(case: Since):
    ask = understand(case.query, now=NOW, facts=lambda: [EXAM.record])  # pyright: ignore[reportArgumentType, reportReturnType]
    assert (ask.since, ask.until) == (case.since, case.until)


def test_an_event_that_is_no_fact_is_found_in_what_was_said():
    ask = understand("how have I been since the chemistry exam?", now=NOW, latest=moments_told)
    assert ask.since == NOW - 20 * DAY
    here = understand("since the chemistry exam?", now=NOW, latest=moments_told, session_not="s1")
    assert here.since is None


def test_a_statement_only_prefers_the_time_of_an_event():
    ask = understand("I can't sleep since the exam", now=NOW, facts=lambda: [EXAM.record])  # pyright: ignore[reportArgumentType, reportReturnType]
    assert ask.since is None
    assert ask.prefers == Span(NOW - 9 * DAY, NOW + 1)


def test_an_event_that_is_still_to_come_names_no_past():
    coming = replace(EXAM.record, starts=NOW + DAY, until=NOW + 2 * DAY)  # pyright: ignore[reportCallIssue]
    ask = understand("how was I since the exam?", now=NOW, facts=lambda: [coming])  # pyright: ignore[reportArgumentType, reportReturnType]
    assert ask.since is None


def test_what_is_recalled_keeps_to_a_budget_and_drops_the_longest_first_only_where_it_must():
    long = candidate("long", 0.9, said="word " * 200)
    short, other = candidate("short", 0.7, turn=2), candidate("other", 0.6, turn=3)
    found = recalled(long, short, other)
    assert within(found, 1000) == found
    assert [each.record.id for each in within(found, 60)] == ["short", "other"]
    assert within(found, 0) == []


@pytest.mark.parametrize("topic", ["name", "preference"])
def test_how_to_speak_to_somebody_is_recalled_only_when_they_ask(topic: str):
    manner = fact("Jo", 0.9, topic=topic)
    assert recalled(manner) == []
    whatever = Ask(None, None, None, anything=True)
    assert ids(recalled(manner, ask=whatever)) == ["Jo"]


def test_a_stretch_and_the_moments_it_was_made_from_are_recalled_once():
    moment = candidate("m7", 0.6)
    stretch = Episode(
        id="e1",
        session="s1",
        at=NOW - DAY,
        said="how it began",
        sources=("m6", "m7"),
        until=NOW - DAY,
        moments=2,
        peak="",
        peak_valence=-0.5,
    )
    found = recalled(moment, Candidate(stretch, direction(0.62, 9)))
    assert [(each.record.id, each.why) for each in found] == [
        ("e1", "a stretch like this, a day ago")
    ]


@pytest.mark.parametrize("said", ["how have I been since the exam?", "Do you remember my sister?"])
def test_a_question_about_the_past_is_not_recalled_itself(said: str):
    assert recalled(candidate("m1", 0.9, said=said)) == []
    assert ids(recalled(candidate("m1", 0.9, said=f"{said} She left me."))) == ["m1"]
