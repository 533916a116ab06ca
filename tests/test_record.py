"""Records of every kind: to metadata and back, cleaned, without words, and what goes with what."""

from dataclasses import replace

import pytest

from empathy_agent.affect import Emotion
from empathy_agent.errors import SetupError
from empathy_agent.memory import Episode, Fact, Moment, Part, Record, Summary
from empathy_agent.memory.contract import after_forgetting
from empathy_agent.memory.record import (
    KINDS,
    TEXT_BYTES,
    from_metadata,
    texts_of,
    tidy,
    to_metadata,
    wordless,
)

NOW = 1_790_000_000.0
MOMENT = Moment(
    id="m1",
    session="s1",
    at=NOW,
    said="my sister Anna moved out",
    reply="That is a change.",
    emotion=Emotion.SADNESS,
    valence=-0.5,
    arousal=0.1,
    confidence=0.7,
    risk="low",
    strategy="reflection",
    persona="mental_health_support",
)
EPISODE = Episode(
    id="e1",
    session="s1",
    at=NOW,
    said="my sister Anna moved out",
    emotion=Emotion.SADNESS,
    valence=-0.5,
    sources=("m1", "m2"),
    until=NOW + 60,
    moments=2,
    peak="I cried all night",
    peak_valence=-0.8,
    strategies=("reflection", "question"),
    outcome="lighter",
    after="talking helped",
    after_valence=0.1,
)
SUMMARY = Summary(
    id="y1",
    session="s1",
    at=NOW,
    said="I cried all night",
    sources=("m2",),
    until=NOW + 60,
    moments=4,
    felt=3,
    began=-0.5,
    topics=("sister", "flat"),
)
FACT = Fact(
    id="f1",
    session="s1",
    at=NOW,
    said="my exam is on Friday",
    sources=("m1",),
    topic="plan",
    about="exam",
    value="exam",
    starts=NOW + 86400,
    until=NOW + 2 * 86400,
    superseded_by="f2",
    followed=True,
)
ALL: tuple[Record, ...] = (MOMENT, EPISODE, SUMMARY, FACT)


def named(record: Record) -> str:
    return record.kind


def test_there_is_an_example_of_every_kind():
    assert {each.kind for each in ALL} == set(KINDS)


@pytest.mark.parametrize("record", ALL, ids=named)
def test_a_record_comes_back_whole(record: Record):
    assert from_metadata(record.id, to_metadata(record)) == record


@pytest.mark.parametrize("record", ALL, ids=named)
def test_metadata_is_flat_and_does_not_repeat_the_id(record: Record):
    flat = to_metadata(record)
    assert "id" not in flat
    assert all(each is None or isinstance(each, str | int | float | bool) for each in flat.values())


def test_a_moment_is_marked_by_no_kind_as_it_was_before_there_were_others():
    assert to_metadata(MOMENT)["record"] is None
    assert to_metadata(FACT)["record"] == "fact"


@pytest.mark.parametrize("record", ALL, ids=named)
def test_what_is_absent_in_the_database_is_absent_in_the_record(record: Record):
    kept = {name: value for name, value in to_metadata(record).items() if value is not None}
    assert from_metadata(record.id, kept) == record


@pytest.mark.parametrize(
    "damage",
    [
        {"record": "rumour"},
        {"at": "yesterday"},
        {"at": float("nan")},
        {"sources": "m1, m2"},
        {"sources": "[1, {}]"},
        {"sources": None},
        {"topic": "gossip"},
        {"emotion": "hangry"},
    ],
    ids=str,
)
def test_a_damaged_record_is_refused_in_one_line(damage: dict[str, object]):
    with pytest.raises(SetupError, match="damaged; restore the memory folder") as told:
        from_metadata("f1", {**to_metadata(FACT), **damage})
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("record", ALL, ids=named)
def test_tidying_twice_changes_nothing_and_bounds_every_text(record: Record):
    long = replace(record, said="x\x07" + "é" * TEXT_BYTES, valence=float("inf"))
    once = tidy(long)
    assert tidy(once) == once
    assert len(once.said.encode()) <= TEXT_BYTES
    assert "\x07" not in once.said
    assert once.valence is None


def test_times_are_kept_as_fractions_because_chroma_does_not_compare_whole_with_them():
    whole = to_metadata(tidy(replace(FACT, at=1_790_000_000, starts=1_790_000_000)))
    assert isinstance(whole["at"], float) and isinstance(whole["starts"], float)


@pytest.mark.parametrize("record", ALL, ids=named)
def test_without_words_only_numbers_and_codes_are_left(record: Record):
    left = wordless(record)
    words = set(texts_of(record)) - {record.id, record.session, "m1", "m2"}
    assert left is None or words.isdisjoint(texts_of(left))


def test_a_fact_is_nothing_but_words():
    assert wordless(FACT) is None


def test_every_text_and_id_of_a_record_is_named_for_its_erasure():
    assert set(texts_of(EPISODE)) == {
        "e1", "s1", "my sister Anna moved out", "m1", "m2", "I cried all night", "talking helped"
    }  # fmt: skip
    assert {"my exam is on Friday", "exam", "f2"} <= set(texts_of(FACT))
    assert {"sister", "flat"} <= set(texts_of(SUMMARY))


def kept(part: Part) -> set[str]:
    return {each.id for each in after_forgetting(ALL, part)}


def test_what_was_made_from_a_forgotten_moment_goes_with_it():
    assert kept(Part(moment="m1")) == {"y1"}
    assert kept(Part(moment="m2")) == {"m1", "f1"}
    assert kept(Part(moment="f1")) == {"m1", "e1", "y1"}
    assert kept(Part(session="s1")) == set()
    assert kept(Part()) == set()


def test_a_stretch_of_time_goes_when_any_of_it_is_forgotten():
    assert kept(Part(since=NOW + 30)) == {"m1", "f1"}
    assert kept(Part(until=NOW)) == {"m1", "e1", "y1", "f1"}


def test_no_reference_to_a_forgotten_record_is_left():
    newer = replace(FACT, id="f2", session="s2", superseded_by=None, sources=("m9",))
    (old,) = after_forgetting([FACT, newer], Part(session="s2"))
    assert isinstance(old, Fact)
    assert old.superseded_by not in (None, "f2")


@pytest.mark.parametrize("at", [float("nan"), float("inf")])
def test_a_record_has_an_id_and_a_time(at: float):
    with pytest.raises(ValueError, match="fact has an id and a finite time"):
        replace(FACT, at=at)
    with pytest.raises(ValueError, match="an id"):
        replace(FACT, id="")
