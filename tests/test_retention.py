"""What is older than it may be kept goes, with proof, and only that."""

from pathlib import Path

import pytest

from empathy_agent.errors import SetupError
from empathy_agent.memory import AffectMemory, Fact, ListMemory, Moment, Record
from empathy_agent.memory.audit import Audit
from empathy_agent.memory.record import shelf_name
from empathy_agent.memory.retention import DAY_S, Retention
from empathy_agent.memory.served import Server
from tests.chroma_server import empty
from tests.fakes import StillClock
from tests.test_memory import NOW, HashedWords, files, moment, said

FACT = Fact(
    id="f1",
    session="s1",
    at=NOW - 400 * DAY_S,
    said="my sister is Anna",
    sources=("old", "new"),
    topic="person",
    about="sister",
    value="Anna",
)
KEPT = (
    moment("old", "a bicycle was stolen", days=400),
    moment("new", "my sister visits", days=3),
    FACT,
)


@pytest.fixture
def clock() -> StillClock:
    clock = StillClock()
    clock.now = NOW
    return clock


def filled(where: Path | Server, clock: StillClock, text: str, audit: Audit) -> AffectMemory:
    memory = AffectMemory(where, HashedWords())
    memory.remember("ada", *KEPT)
    memory.remember("bob", moment("b", "my printer broke", days=2))
    memory.close()
    return AffectMemory(
        where, HashedWords(), retention=Retention.parse(text), audit=audit, clock=clock
    )


@pytest.mark.parametrize("place", ["folder", "server"])
def test_an_old_moment_goes_when_the_memory_is_opened(
    place: str, tmp_path: Path, clock: StillClock, request: pytest.FixtureRequest
):
    where: Path | Server = tmp_path / "memory"
    if place == "server":
        where = request.getfixturevalue("chroma_server")
        assert isinstance(where, Server)
        empty(where)
    audit = Audit(tmp_path / "audit.jsonl")
    memory = filled(where, clock, "moment=365", audit)
    assert said(memory) == ["my sister visits"]
    (fact,) = memory.records("ada", Fact)
    assert (fact.value, fact.sources) == ("Anna", ("new",))
    assert said(memory, "bob") == ["my printer broke"]
    memory.close()
    if place == "folder":
        assert not any(b"bicycle" in path.read_bytes() for path in files(tmp_path / "memory"))
    (row,) = audit.of(shelf_name("ada"))
    assert (row["right"], row["records"], row["traces"]) == ("expire", 1, 0)
    assert audit.of(shelf_name("bob")) == []


def test_it_goes_once_a_day_while_the_memory_is_open(tmp_path: Path, clock: StillClock):
    memory = filled(tmp_path / "memory", clock, "fact=never, moment=500", Audit(tmp_path / "a"))
    assert len(said(memory)) == 2
    clock.now += 101 * DAY_S
    assert said(memory) == ["my sister visits"]
    clock.now -= 1000 * DAY_S
    assert said(memory) == ["my sister visits"], "a clock that was set back erases nothing"
    assert memory.expire() == 0
    memory.close()


def test_without_a_retention_all_is_kept(tmp_path: Path, clock: StillClock):
    memory = filled(tmp_path / "memory", clock, "", Audit(tmp_path / "a"))
    assert memory.expire() == 0
    assert len(memory.records("ada", Record)) == 3
    memory.close()


def test_who_has_nothing_left_is_not_counted(tmp_path: Path, clock: StillClock):
    memory = filled(tmp_path / "memory", clock, "moment=1, fact=1", Audit(tmp_path / "a"))
    assert memory.users() == 0
    memory.close()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("moments=3", "did you mean 'moment'"),
        ("moment", "'' is no number of days"),
        ("moment=-1", "'-1' is no number of days"),
        ("moment=nan", "'nan' is no number of days"),
        ("episode=for ever", "episode=never"),
    ],
)
def test_what_is_no_retention_is_told(text: str, told: str):
    with pytest.raises(SetupError, match=told):
        Retention.parse(text)


def test_a_retention_is_read():
    assert Retention.parse(" moment = 365,summary=0.5 , episode=never,").days == {
        "moment": 365.0,
        "summary": 0.5,
    }


def test_an_audit_has_no_content_and_outlives_what_was_forgotten(tmp_path: Path):
    audit = Audit(tmp_path / "audit.jsonl")
    memory = AffectMemory(tmp_path / "memory", HashedWords(), audit=audit, clock=lambda: NOW)
    memory.remember("ada", *KEPT)
    memory.forget("ada", session="none of hers")
    memory.forget("ada")
    memory.close()
    part, whole = audit.of(shelf_name("ada"))
    assert (part["part"], part["records"]) == ("part", 0)
    assert (whole["part"], whole["records"], whole["traces"]) == ("all", 3, 0)
    text = (tmp_path / "audit.jsonl").read_text(encoding="utf-8")
    for content in ("ada", shelf_name("ada"), "bicycle", "Anna", "s1", "none of hers"):
        assert content not in text
    assert audit.told(shelf_name("ada")) == "forget 2; the last on 2026-09-21"
    assert audit.told(shelf_name("bob")) == "none"


def test_a_damaged_line_of_an_audit_is_passed_over(tmp_path: Path):
    path = tmp_path / "audit.jsonl"
    audit = Audit(path)
    audit.record(shelf_name("ada"), "export", NOW, records=2)
    path.write_bytes(path.read_bytes() + b'{"at": "2026\n[]\n\xff\n')
    audit.record(shelf_name("ada"), "forget", NOW, records=2)
    assert [row["right"] for row in audit.of(shelf_name("ada"))] == ["export", "forget"]


def test_an_audit_that_cannot_be_written_is_told(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(SetupError, match="cannot be noted"):
        Audit(tmp_path / "file" / "audit.jsonl").record("user-1", "forget", NOW)


@pytest.mark.parametrize("kind", ["list", "folder"])
def test_a_clock_that_was_set_back_loses_nothing(kind: str, tmp_path: Path):
    memory = ListMemory(HashedWords()) if kind == "list" else AffectMemory(tmp_path, HashedWords())
    memory.remember("ada", moment("m1", "chemistry exam failed"))
    memory.remember("ada", moment("m2", "sister visits tomorrow", days=3000))
    assert [each.id for each in memory.recent("ada", 1)] == ["m2"], "the last one remembered"
    found = memory.recall("ada", "chemistry exam", now=NOW - 3000 * DAY_S)
    assert [each.record.id for each in found] == ["m1"]
    assert 0 < found[0].score <= 1
    memory.close()


def test_a_record_of_a_megabyte_is_kept_in_part_and_goes_whole(tmp_path: Path):
    memory = AffectMemory(tmp_path, HashedWords())
    long = "my bicycle was stolen in the night. " * 30_000
    memory.remember("ada", Moment(id="m1", session="s", at=NOW, said=long, reply=long))
    (kept,) = memory.recent("ada")
    assert len(kept.said.encode()) <= 8192
    assert kept.said.endswith("…")
    assert memory.forget("ada").traces == 0
    assert not any(b"bicycle" in path.read_bytes() for path in files(tmp_path))
    memory.close()
