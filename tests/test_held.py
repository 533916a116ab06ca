"""What is held of a user finds what a look at every vector finds, and lets go of who waited."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from empathy_agent.memory.held import Held, Holder
from empathy_agent.memory.recall import Ask, Candidate, unit
from empathy_agent.memory.record import Fact, Moment

NOW = 1_790_000_000.0
ANY = Ask(since=None, until=None, session_not=None)


def drawn(rows: int, seed: int = 1) -> NDArray[np.float32]:
    return unit(np.random.default_rng(seed).normal(size=(rows, 384)).astype(np.float32))


def kept(vectors: Iterable[NDArray[np.float32]]) -> list[Candidate]:
    return [
        Candidate(Moment(id=f"m{n}", session=f"s{n % 3}", at=NOW + n, said=f"text {n}"), row)
        for n, row in enumerate(vectors)
    ]


def ids(found: Sequence[Candidate]) -> list[str]:
    return [each.record.id for each in found]


@pytest.mark.parametrize("many", [1, 40, 3000])
def test_the_nearest_of_all_are_proposed(many: int):
    rows, queries = drawn(many), drawn(20, seed=2)
    held = Held(kept(rows))
    for query in queries:
        nearest = [f"m{n}" for n in np.argsort(-(rows @ query), kind="stable")[:20]]
        assert set(nearest) <= set(ids(held.candidates(query, ANY)))


def test_a_thousand_near_equal_messages_hide_nothing():
    chance = np.random.default_rng(3)
    tired, exam = drawn(2, seed=4)
    alike = unit((tired + chance.normal(size=(1100, 384)) * 0.002).astype(np.float32))
    rows = np.insert(alike, 500, exam, axis=0)
    query = unit((0.9 * tired + 0.3 * exam)[None])[0]
    found = ids(Held(kept(rows)).candidates(query, ANY))
    assert "m500" in found
    assert "m1100" in found, "of those that say the same, the newest is among them"
    assert len(found) < 60


def test_each_kind_is_proposed_for_itself():
    rows = drawn(200)
    far = Fact(
        id="f",
        session="s",
        at=NOW,
        said="my sister is Anna",
        sources=("m1",),
        topic="person",
        about="sister",
        value="Anna",
    )
    held = Held([*kept(rows), Candidate(far, drawn(1, seed=9)[0])])
    assert "f" in ids(held.candidates(rows[0], ANY))
    assert held.records(Fact) == [far]
    assert len(held.recent(1000)) == 200


def test_times_and_sessions_are_kept_to():
    held = Held(kept(drawn(300)))
    found = held.candidates(drawn(1)[0], Ask(NOW + 10, NOW + 100, "s1"))
    assert found
    assert all(NOW + 10 <= each.record.at < NOW + 100 for each in found)
    assert all(each.record.session != "s1" for each in found)
    anything = held.candidates(drawn(1)[0], Ask(NOW + 290, None, None, anything=True))
    assert ids(anything) == [f"m{n}" for n in range(290, 300)]


def test_a_record_that_is_replaced_keeps_its_place():
    rows = drawn(3)
    held = Held(kept(rows))
    before = held.bytes
    old = kept(rows)[1]
    held.put([Candidate(replace(old.record, said="other words"), rows[2])])
    assert [each.said for each in held.recent(9)] == ["text 0", "other words", "text 2"]
    assert held.bytes == before + len("other words") - len("text 1")
    assert np.array_equal(held.candidates(rows[0], ANY)[1].vector, rows[2])


def test_who_waited_longest_is_let_go_where_it_gets_too_much():
    one = Held(kept(drawn(10)))
    holder = Holder(most=2 * one.bytes)
    for name in ("ada", "bob"):
        holder.keep(name, Held(kept(drawn(10))))
    assert holder.get("ada") is not None
    holder.keep("cy", Held(kept(drawn(10))))
    assert [name for name in ("ada", "bob", "cy") if holder.get(name)] == ["ada", "cy"]
    holder.keep("dee", Held(kept(drawn(100))))
    assert [name for name in ("ada", "cy", "dee") if holder.get(name)] == ["dee"]
    holder.drop("dee")
    assert holder.get("dee") is None


def test_an_empty_memory_proposes_nothing():
    assert Held().candidates(drawn(1)[0], ANY) == []
    assert Held().candidates(drawn(1)[0], replace(ANY, anything=True)) == []
