"""Nothing of a forgotten moment is left in any file, and the proof can fail."""

import signal
import struct
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from chromadb import PersistentClient
from chromadb.api import ClientAPI
from chromadb.config import Settings

from empathy_agent.errors import SetupError
from empathy_agent.memory import AffectMemory, Forgotten, erase
from empathy_agent.memory.index import blank_unused
from empathy_agent.memory.layout import shard_of
from empathy_agent.memory.recall import Candidate, unit
from empathy_agent.memory.record import shelf_name
from empathy_agent.memory.shelf import create, find, write
from empathy_agent.memory.traces import Traces
from tests.test_memory import NOW, HashedWords, child, files, moment, said

SECRET = 'Grandmother\'s "red" bicycle was stolen in Zürich'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "memory"


@contextmanager
def chroma(folder: Path) -> Generator[ClientAPI]:
    client = PersistentClient(folder, settings=Settings(anonymized_telemetry=False))
    yield client
    getattr(client, "close")()  # noqa: B009 - chromadb's own type of a client lacks it


def vector(text: str) -> bytes:
    return unit(HashedWords().embed([text]))[0].tobytes()


def holding(folder: Path, *wanted: bytes) -> set[str]:
    return {
        path.name for path in files(folder) if any(part in path.read_bytes() for part in wanted)
    }


def test_no_file_holds_text_id_or_vector_of_who_was_forgotten(folder: Path):
    memory = AffectMemory(folder, HashedWords())
    for number in range(30):
        text = f"{SECRET} {number}"
        memory.remember("ada", moment(f"ada-moment-{number}", text, reply=f"Told {number}"))
    memory.remember("bob", moment("bob-moment", "my printer broke again"))
    wanted = (
        b"Grandmother",
        b"bicycle was stolen",
        b"Told 1",
        b"ada-moment-",
        shelf_name("ada").encode(),
        vector(f"{SECRET} 7")[:32],
    )
    assert all(holding(folder, part) for part in wanted)
    forgotten = memory.forget("ada")
    assert holding(folder, *wanted) == set()
    assert forgotten == Forgotten(moments=30, files_checked=len(files(folder)))
    assert said(memory, "bob") == ["my printer broke again"]
    memory.close()
    assert holding(folder, *wanted) == set()


def test_no_file_holds_a_note_of_who_was_forgotten(folder: Path):
    memory = AffectMemory(folder, HashedWords())
    for step in ("first-step-of-hers", "second-step-of-hers"):
        memory.note("ada", "protocol", {"step": step})
    memory.note("bob", "protocol", {"step": "a-step-of-his"})
    assert holding(folder, b"second-step-of-hers")
    assert memory.forget("ada").moments == 0
    gone = (b"step-of-hers", shelf_name("ada").encode())
    assert holding(folder, *gone) == set()
    assert memory.noted("bob", "protocol") == {"step": "a-step-of-his"}
    memory.close()
    assert holding(folder, *gone) == set()


def test_a_note_that_stays_fails_the_proof(folder: Path):
    memory = AffectMemory(folder, HashedWords())
    memory.note("ada", "protocol", {"step": "second-step-of-hers"})
    (folder / "stray.bin").write_bytes(b'..{"step": "second-step-of-hers"}..')
    with pytest.raises(SetupError, match="stray.bin"):
        memory.forget("ada")
    memory.close()


def test_no_index_holds_vectors_of_who_was_forgotten(folder: Path):
    # Chroma moves vectors from the database into the index by the thousand.
    rows = unit(np.random.default_rng(1).normal(size=(1010, 384)).astype(np.float32))
    everything = [
        Candidate(moment(f"m-{number}", f"text number {number}", session=f"s{number % 2}"), row)
        for number, row in enumerate(rows)
    ]
    memory = AffectMemory(folder, HashedWords())
    memory.remember("ada", everything[0].record)
    memory.close()
    with chroma(shard_of(folder, shelf_name("ada"))) as client:
        collection = find(client, shelf_name("ada"), str(folder))
        assert collection is not None
        write(collection, everything)

    old = Traces([], rows[1::2])
    pieces = [row[start : start + 8].tobytes() for row in rows[1::2] for start in (0, 200)]
    assert len(left_by(old, folder)) == len(old)
    assert holding(folder, *pieces) >= {"data_level0.bin"}
    assert memory.forget("ada", session="s1").moments == 505
    assert left_by(old, folder) == set()
    assert holding(folder, *pieces) == set()
    assert said(memory) == [each.record.said for each in everything[0::2]]
    memory.close()


def left_by(traces: Traces, folder: Path) -> set[int]:
    return {number for path in files(folder) for number in traces.in_file(path)}


def test_a_forgotten_session_leaves_nothing_and_the_rest_stays(folder: Path):
    memory = AffectMemory(folder, HashedWords())
    memory.remember("ada", moment("old-1", SECRET, session="a-certain-monday"))
    memory.remember("ada", moment("new-1", "a good day outside", session="tuesday"))
    assert memory.forget("ada", session="a-certain-monday").moments == 1
    gone = (b"bicycle", b"a-certain-monday", vector(SECRET)[:32])
    assert holding(folder, *gone) == set()
    assert said(memory) == ["a good day outside"]
    memory.close()
    assert holding(folder, *gone) == set()


def test_what_another_person_said_too_is_no_trace(folder: Path):
    memory = AffectMemory(folder, HashedWords())
    for user in ("ada", "bob"):
        memory.remember(user, moment(f"{user}-1", SECRET, session="the-same-session"))
        memory.remember(user, moment(f"{user}-2", "ok"))
        memory.remember(user, moment(f"{user}-3", "collection metadata embeddings_queue"))
    assert memory.forget("ada").moments == 3
    assert said(memory, "bob")[0] == SECRET
    assert memory.forget("bob").moments == 3
    assert holding(folder, b"bicycle", vector(SECRET)[:32]) == set()
    memory.close()


def test_repeating_oneself_in_another_session_is_no_trace(folder: Path):
    memory = AffectMemory(folder, HashedWords())
    memory.remember("ada", moment("m1", SECRET, session="s1"))
    memory.remember("ada", moment("m2", SECRET, session="s2"))
    assert memory.forget("ada", session="s1").moments == 1
    assert [each.id for each in memory.recent("ada")] == ["m2"]
    memory.close()


@pytest.mark.parametrize("left", [SECRET.encode(), vector(SECRET)], ids=["text", "vector"])
def test_an_erase_that_leaves_a_trace_says_where(folder: Path, left: bytes):
    memory = AffectMemory(folder, HashedWords())
    memory.remember("ada", moment("m1", SECRET))
    (folder / "copy.bak").write_bytes(b"\1\2\3" + left)
    with pytest.raises(SetupError, match=r"traces of .* are still in 'copy.bak'"):
        memory.forget("ada")
    assert memory.recent("ada") == []
    (folder / "copy.bak").unlink()
    assert memory.forget("ada").traces == 0
    memory.close()


def test_a_new_index_holds_nothing_of_someone_else(folder: Path):
    memory = AffectMemory(folder, HashedWords())
    texts = [f"words of ada number{number}" for number in range(60)]
    for number, text in enumerate(texts):
        memory.remember("ada", moment(f"m{number}", text))
    of_ada = {path.parent for path in files(folder)}
    for user in ("bob", "eve", "kim", "lea", "max", "zoe"):
        memory.recall("ada", texts[7], now=NOW)
        memory.remember(user, moment("m1", "something quite different"))
    traces = Traces([], [np.frombuffer(vector(text), np.float32) for text in texts])
    others = [path for path in files(folder) if path.parent not in of_ada and path.suffix == ".bin"]
    assert len(others) >= 6
    assert {number for path in others for number in traces.in_file(path)} == set()
    memory.close()


def test_blanking_touches_nothing_that_is_in_use(tmp_path: Path):
    header = struct.pack("<i4Q", 1, 0, 4, 2, 3) + bytes(64)
    (tmp_path / "header.bin").write_bytes(header)
    (tmp_path / "data_level0.bin").write_bytes(b"abcdefghijkl")
    (tmp_path / "length.bin").write_bytes(b"0123456789abcdef")
    blank_unused(tmp_path)
    assert (tmp_path / "data_level0.bin").read_bytes() == b"abcdef" + bytes(6)
    assert (tmp_path / "length.bin").read_bytes() == b"01234567" + bytes(8)


@pytest.mark.parametrize("after_delete", [False, True], ids=["before", "after"])
def test_an_interrupted_erase_of_a_session_is_finished_at_the_next_opening(
    folder: Path, after_delete: bool
):
    memory = AffectMemory(folder, HashedWords())
    memory.remember("ada", moment("m1", "a good day outside", session="s2"))
    memory.close()
    row = np.frombuffer(vector("a good day outside"), np.float32)
    with chroma(shard_of(folder, shelf_name("ada"))) as client:
        copy = create(client, shelf_name("ada") + "-next")
        write(copy, [Candidate(moment("m1", "only a copy"), row)])
        if after_delete:
            client.delete_collection(shelf_name("ada"))
    marker = shard_of(folder, shelf_name("ada")) / ".erasing"
    marker.touch()

    assert memory.users() == 1
    assert not marker.exists()
    assert said(memory) == ["only a copy" if after_delete else "a good day outside"]
    assert after_delete or holding(folder, b"only a copy") == set()
    memory.close()
    assert len([path for path in folder.glob("*/*") if path.is_dir()]) == 1


def test_a_kill_during_an_erase_forgets_all_of_it_or_nothing(folder: Path):
    code = """
    memory = remember(sys.argv[1], 40)
    memory.remember("ada", moment("kept", "a good day outside", session="s2"))
    print("ready", flush=True)
    memory.forget("ada", session="s1")
    input()
    """
    with child(code, str(folder)) as process:
        assert process.stdout is not None
        while process.stdout.readline() != "ready\n":
            pass
        process.send_signal(signal.SIGKILL)
    memory = AffectMemory(folder, HashedWords())
    texts = said(memory)
    assert texts.count("a good day outside") == 1
    assert len(texts) in (1, 41)
    assert not list(folder.rglob(".erasing"))
    memory.forget("ada")
    assert holding(folder, b"acknowledged") == set()
    memory.close()


def test_a_trace_is_found_wherever_it_starts():
    traces = Traces(["a sentence of some length, told once"])
    for start in range(9):
        noise = b"\7" * (start + 4096)
        assert len(traces.in_parts([noise + b"sentence of some length, told once"])) >= 1


def test_a_trace_is_found_over_the_edge_of_two_parts():
    traces = Traces(["told once"])
    assert traces.in_parts([b"...told", b" once..."], contiguous=True) == {0}
    assert traces.in_parts([b"...told", b" once..."]) == set()


def test_a_trace_is_found_in_json():
    traces = Traces([SECRET])
    assert traces.in_parts(
        [rb'{"said":"Grandmother\u0027s \"red\" bicycle was stolen in Z\u00fcrich"}']
    )


def test_a_part_of_a_long_text_is_a_trace():
    text = " ".join(str(number) for number in range(2000))
    assert Traces([text]).in_parts([text[3000:4000].encode()])


def test_a_vector_is_found_though_its_last_bits_differ():
    rows = unit(np.random.default_rng(1).normal(size=(2, 384)).astype(np.float32))
    nudged = np.nextafter(rows[0], np.float32(2), dtype=np.float32)
    traces = Traces([], [rows[0]])
    assert len(traces.in_parts([b"\7\7\7" + nudged.tobytes()])) == len(traces)
    assert traces.in_parts([rows[1].tobytes()]) == set()


def test_a_few_letters_are_no_evidence():
    assert len(Traces(["ok", "thanks", ""])) == 0
    assert len(Traces([], [np.zeros(384, np.float32)])) == 0


def test_a_growing_index_of_another_person_holds_nothing(folder: Path):
    # Chroma writes an index anew at every thousand, with room to grow out of unclean memory.
    rows = unit(np.random.default_rng(1).normal(size=(2100, 384)).astype(np.float32))
    memory = AffectMemory(folder, HashedWords())
    memory.remember("ada", moment("m1", SECRET))
    with memory._opened() as store:  # pyright: ignore[reportPrivateUsage]
        for user in ("ada", "bob"):
            name = shelf_name(user)
            shelf = find(store.client(name), name, "") or create(store.client(name), name)
            mine = rows[:1050] if user == "ada" else rows[1050:]
            write(
                shelf, [Candidate(moment(f"m{n}", f"text {n}"), row) for n, row in enumerate(mine)]
            )
            store.settle(name, shelf)
    others = [path for path in files(shard_of(folder, shelf_name("bob"))) if path.suffix == ".bin"]
    assert max(path.stat().st_size for path in others) > 1050 * 384 * 4
    assert {n for path in others for n in Traces([], rows[:1050]).in_file(path)} == set()
    memory.close()


def test_in_a_large_memory_only_what_could_hold_it_is_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(erase, "_EVERYWHERE", 0)
    memory = AffectMemory(folder, HashedWords())
    for user in ("ada", "bob", "cy"):
        memory.remember(user, moment(f"{user}-1", f"{SECRET} of {user}"))
    stray = shard_of(folder, shelf_name("bob")) / "copy.bak"
    stray.write_bytes(f"{SECRET} of ada".encode())
    with pytest.raises(SetupError, match=r"are still in '.*copy.bak'"):
        memory.forget("ada")
    stray.unlink()
    memory.remember("ada", moment("ada-1", f"{SECRET} of ada"))
    assert memory.forget("ada").files_checked < len(files(folder))
    assert holding(folder, b"of ada") == set()
    memory.close()


def test_what_a_killed_process_did_not_blank_is_blanked(folder: Path):
    memory = AffectMemory(folder, HashedWords())
    memory.remember("ada", moment("m1", SECRET))
    memory.remember("bob", moment("m1", "my printer broke again"))
    assert said(memory, "bob") == ["my printer broke again"]
    index = next(shard_of(folder, shelf_name("bob")).glob("*/data_level0.bin"))
    raw = bytearray(index.read_bytes())
    raw[-2000 : -2000 + 4 * 384] = vector(SECRET)
    index.write_bytes(raw)
    assert memory.forget("ada").traces == 0
    assert holding(folder, vector(SECRET)[:32]) == set()
    memory.close()
