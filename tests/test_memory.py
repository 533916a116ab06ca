"""One contract, every memory: the same tests run on lists, in a folder, and on a Chroma server."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from empathy_agent.affect import Emotion
from empathy_agent.errors import SetupError
from empathy_agent.memory import AffectMemory, Forgotten, ListMemory, Memory, Moment
from empathy_agent.memory.layout import shard_of
from empathy_agent.memory.notes import from_text
from empathy_agent.memory.record import TEXT_BYTES, clean, shelf_name
from empathy_agent.memory.served import Server
from tests.chroma_server import empty

DAY = 86400.0
NOW = 1_790_000_000.0


class HashedWords:
    """Sentence vectors without weights: every word has a fixed random direction."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.stack([self._one(text) for text in texts])
        return (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)).astype("f4")

    def _one(self, text: str) -> NDArray[np.float64]:
        total = np.zeros(384)
        for word in text.lower().split():
            if len(word) > 3:
                seed = int.from_bytes(blake2b(word[:5].encode("utf-8", "replace")).digest()[:4])
                total += np.random.default_rng(seed).normal(size=384)
        return total


def moment(id: str, said: str, *, days: float = 0, session: str = "s1", **more: object) -> Moment:
    return replace(Moment(id=id, session=session, at=NOW - days * DAY, said=said), **more)  # pyright: ignore[reportArgumentType]


@pytest.fixture(params=["list", "chroma", "server"])
def memory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Memory]:
    opened: Memory
    if request.param == "list":
        opened = ListMemory(HashedWords())
    elif request.param == "chroma":
        opened = AffectMemory(tmp_path / "memory", HashedWords())
    else:
        server: Server = request.getfixturevalue("chroma_server")
        empty(server)
        opened = AffectMemory(server, HashedWords())
    yield opened
    opened.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "memory"


def said(memory: Memory, user: str = "ada") -> list[str]:
    return [each.said for each in memory.recent(user, 1000)]


def test_a_moment_comes_back_whole(memory: Memory):
    kept = Moment(
        id="m1",
        session="monday",
        at=NOW,
        said="My exam went badly",
        reply="That sounds heavy.",
        emotion=Emotion.SADNESS,
        valence=-0.6,
        arousal=0.1,
        confidence=0.8,
        risk="low",
        strategy="reflection",
        persona="mental_health_support",
    )
    memory.remember("ada", kept)
    assert memory.recent("ada") == [kept]


def test_what_was_not_read_stays_unknown(memory: Memory):
    memory.remember("ada", moment("m1", "hello there"))
    (kept,) = memory.recent("ada")
    assert (kept.emotion, kept.valence, kept.arousal) == (None, None, None)


def test_remembering_an_id_again_replaces_all_of_it(memory: Memory):
    memory.remember("ada", moment("m1", "first words", emotion=Emotion.ANGER, valence=-0.5))
    memory.remember("ada", moment("m1", "second words"))
    (kept,) = memory.recent("ada")
    assert (kept.said, kept.emotion, kept.valence) == ("second words", None, None)


def test_nothing_is_known_of_a_stranger(memory: Memory):
    assert memory.recent("nobody") == []
    assert memory.between("nobody", 0, NOW) == []
    assert memory.recall("nobody", "my exam", now=NOW) == []
    assert memory.users() == 0
    assert memory.forget("nobody").moments == 0


def test_recent_gives_the_last_ones_oldest_first(memory: Memory):
    for number in range(5):
        memory.remember("ada", moment(f"m{number}", f"text {number}", days=5 - number))
    assert [each.said for each in memory.recent("ada", 3)] == ["text 2", "text 3", "text 4"]
    assert memory.recent("ada", 0) == []


def test_between_is_from_and_not_until(memory: Memory):
    for number in range(4):
        memory.remember("ada", moment(f"m{number}", f"text {number}", days=4 - number))
    found = memory.between("ada", NOW - 3 * DAY, NOW - DAY)
    assert [each.said for each in found] == ["text 1", "text 2"]


def test_one_person_never_sees_another(memory: Memory):
    memory.remember("ada", moment("m1", "my sister moved abroad"))
    memory.remember("bob", moment("m1", "my printer broke again"))
    assert said(memory, "ada") == ["my sister moved abroad"]
    assert memory.recall("bob", "my sister moved abroad", now=NOW) == []
    assert memory.users() == 2


@pytest.mark.parametrize(
    "user",
    [
        "",
        "a/b/../../etc/passwd",
        "C:\\x",
        "🙂 é e\u0301",
        "x" * 10_000,
        "\ud800",
        "\0\n",
        "_",
        "a b",
    ],
    ids=[
        "empty",
        "slashes",
        "backslash",
        "emoji",
        "10kB",
        "surrogate",
        "control",
        "short",
        "space",
    ],
)
def test_any_string_is_a_user(memory: Memory, user: str):
    memory.remember(user, moment("m1", "hello there"))
    memory.remember(user + "!", moment("m1", "another person"))
    assert said(memory, user) == ["hello there"]
    assert memory.forget(user).moments == 1
    assert said(memory, user + "!") == ["another person"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "a\0b\x1b[2Jc",
        "line\nbreak\ttab",
        "\ud800 lone",
        "x" * 1_000_000,
        "é" * 9000,
        "مرحبا",
    ],
    ids=["empty", "blank", "control", "layout", "surrogate", "1MB", "wide", "arabic"],
)
def test_any_text_is_kept_cleanly(memory: Memory, text: str):
    memory.remember("ada", moment("m1", text, reply=text))
    (kept,) = memory.recent("ada")
    assert kept.said == kept.reply == clean(text)
    assert len(kept.said.encode()) <= TEXT_BYTES
    assert "\0" not in kept.said and "\x1b" not in kept.said
    memory.recall("ada", text, now=NOW)


def test_a_long_text_says_that_it_was_cut():
    assert clean("é" * 9000).endswith("…")
    assert not clean("é" * 4000).endswith("…")


def test_recall_is_about_the_same_thing(memory: Memory):
    memory.remember("ada", moment("m1", "failed chemistry exam", days=3, session="s0"))
    memory.remember("ada", moment("m2", "my sister visits tomorrow", days=2, session="s0"))
    (found,) = memory.recall("ada", "another chemistry exam failed", now=NOW)
    assert found.record.id == "m1"
    assert found.why == "about the same thing, 3 days ago"
    assert 0 < found.score <= 1


def test_nothing_irrelevant_is_recalled(memory: Memory):
    memory.remember("ada", moment("m1", "my sister visits tomorrow"))
    assert memory.recall("ada", "quarterly invoice missing", now=NOW) == []
    assert memory.recall("ada", "", now=NOW) == []


def test_recall_gives_at_most_k(memory: Memory):
    for number, word in enumerate(["alpha", "bravo", "charlie", "delta", "echos"]):
        memory.remember("ada", moment(f"m{number}", f"chemistry exam {word}"))
    assert len(memory.recall("ada", "chemistry exam", now=NOW, k=2)) == 2
    assert memory.recall("ada", "chemistry exam", now=NOW, k=0) == []


def test_the_present_session_can_be_left_out(memory: Memory):
    memory.remember("ada", moment("m1", "chemistry exam failed", days=3, session="old"))
    new = [moment(f"n{n}", f"chemistry exam {n}", session="new") for n in range(80)]
    memory.remember("ada", *new)
    found = memory.recall("ada", "chemistry exam", now=NOW, session_not="new")
    assert [each.record.id for each in found] == ["m1"]


def test_recall_keeps_to_a_time_range(memory: Memory):
    for days in (1, 5, 9):
        memory.remember("ada", moment(f"m{days}", f"chemistry exam day{days}", days=days))
    found = memory.recall(
        "ada", "chemistry exam", now=NOW, since=NOW - 6 * DAY, until=NOW - 2 * DAY
    )
    assert [each.record.id for each in found] == ["m5"]


def test_a_question_about_a_time_is_answered_from_that_time(memory: Memory):
    memory.remember("ada", moment("m1", "chemistry exam failed", days=1))
    memory.remember("ada", moment("m2", "my sister visits", days=20))
    found = memory.recall("ada", "how did I feel yesterday?", now=NOW)
    assert [(each.record.id, each.why) for each in found] == [
        ("m1", "from the time you asked about, a day ago")
    ]


def test_the_last_talk_is_the_last_other_session(memory: Memory):
    memory.remember("ada", moment("m1", "my sister visits", days=9, session="s1"))
    memory.remember("ada", moment("m2", "chemistry exam failed", days=5, session="s2"))
    memory.remember("ada", moment("m3", "good morning", session="s3"))
    found = memory.recall(
        "ada", "do you remember what I said last time?", now=NOW, session_not="s3"
    )
    assert [each.record.id for each in found] == ["m2"]


@pytest.mark.parametrize(
    ("part", "left"),
    [
        ({"moment": "m2"}, ["m1", "m3", "m4"]),
        ({"since": NOW + 3}, ["m1", "m2"]),
        ({"until": NOW + 3}, ["m3", "m4"]),
        ({"since": NOW + 2, "until": NOW + 4}, ["m1", "m4"]),
        ({"session": "odd", "since": NOW + 2}, ["m1", "m2", "m4"]),
        ({"moment": "nobody's"}, ["m1", "m2", "m3", "m4"]),
    ],
    ids=str,
)
def test_a_part_is_forgotten_and_the_rest_stays(
    memory: Memory, part: dict[str, Any], left: list[str]
):
    memory.note("ada", "kept", {"n": 1})
    for n in (1, 2, 3, 4):
        session = "odd" if n % 2 else "even"
        memory.remember("ada", moment(f"m{n}", f"word{n}", session=session, at=NOW + n))
    assert memory.forget("ada", **part).moments == 4 - len(left)
    assert [each.id for each in memory.recent("ada")] == left
    assert memory.noted("ada", "kept") == {"n": 1}


def test_a_session_is_forgotten_and_the_rest_stays(memory: Memory):
    memory.remember("ada", moment("m1", "chemistry exam failed", days=5, session="s1"))
    memory.remember("ada", moment("m2", "my sister visits", days=3, session="s2", valence=0.5))
    memory.remember("ada", moment("m3", "chemistry teacher called", days=5, session="s1"))
    kept = memory.recent("ada")[2]
    assert memory.forget("ada", session="s1").moments == 2
    assert memory.recent("ada") == [kept]
    assert memory.recall("ada", "chemistry exam", now=NOW) == []
    assert memory.recall("ada", "sister visits", now=NOW)[0].record == kept
    assert memory.forget("ada", session="s1") == Forgotten(moments=0, files_checked=0)
    assert memory.forget("ada", session="s2").moments == 1
    assert memory.users() == 0


def test_who_was_forgotten_can_start_again(memory: Memory):
    memory.remember("ada", moment("m1", "chemistry exam failed"))
    assert memory.forget("ada").moments == 1
    assert memory.recent("ada") == []
    memory.remember("ada", moment("m2", "good morning"))
    assert said(memory) == ["good morning"]


def test_threads_remember_for_their_own_users(memory: Memory):
    def talk(user: str) -> int:
        for number in range(25):
            memory.remember(user, moment(f"m{number}", f"{user} says word{number}"))
            memory.recall(user, f"{user} says word{number}", now=NOW)
        return len(memory.recent(user, 100))

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(talk, ["ada", "bob"])) == [25, 25]
    assert all(text.startswith("ada ") for text in said(memory, "ada"))


def test_a_moment_without_a_time_is_refused():
    with pytest.raises(ValueError, match="finite time"):
        Moment(id="m1", session="s", at=float("nan"), said="")


def test_list_memory_needs_no_embedder():
    memory = ListMemory()
    memory.remember("ada", moment("m1", "I failed the chemistry exam", days=3))
    memory.remember("ada", moment("m2", "My sister visits us tomorrow", days=2))
    (found,) = memory.recall("ada", "There is another exam in chemistry", now=NOW)
    assert found.record.id == "m1"
    assert memory.recall("ada", "It is what it is", now=NOW) == []


def test_opening_costs_nothing_until_first_use(folder: Path):
    AffectMemory(folder, HashedWords()).close()
    assert not folder.exists()


def test_memory_outlives_the_object(folder: Path):
    first = AffectMemory(folder, HashedWords())
    first.remember("ada", moment("m1", "chemistry exam failed"))
    first.close()
    assert said(first) == ["chemistry exam failed"]
    first.close()
    again = AffectMemory(folder, HashedWords())
    assert again.recall("ada", "chemistry exam", now=NOW)[0].record.id == "m1"
    again.close()


def test_two_memories_of_one_process_share_a_folder(folder: Path):
    one, other = AffectMemory(folder, HashedWords()), AffectMemory(folder, HashedWords())
    one.remember("ada", moment("m1", "hello there"))
    assert said(other) == ["hello there"]
    one.close()
    other.remember("ada", moment("m2", "still here"))
    assert len(said(other)) == 2
    other.close()


def test_words_need_not_be_stored(folder: Path):
    memory = AffectMemory(folder, HashedWords(), store_text=False)
    memory.remember("ada", moment("m1", "chemistry exam failed", reply="Oh no", valence=-0.5))
    (found,) = memory.recall("ada", "chemistry exam", now=NOW)
    (kept,) = memory.recent("ada")
    assert found.record == kept
    assert (kept.said, kept.reply, kept.valence) == ("", "", -0.5)
    memory.close()
    assert not any(b"chemistry" in path.read_bytes() for path in files(folder))


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_no_file_is_named_after_a_user(folder: Path):
    memory = AffectMemory(folder, HashedWords())
    memory.remember("ada lovelace", moment("m1", "hello there"))
    memory.close()
    assert not any("lovelace" in str(path) for path in folder.rglob("*"))
    assert not any(b"lovelace" in path.read_bytes() for path in files(folder))


# Another process: `remember` runs there with the tests' own embedder.
CHILD = """
import os, resource, sys, tempfile
from pathlib import Path
from empathy_agent.errors import SetupError
from empathy_agent.memory import AffectMemory
from tests.test_memory import HashedWords, moment

def remember(folder, many=1):
    memory = AffectMemory(Path(folder), HashedWords())
    for number in range(many):
        memory.remember("ada", moment(f"m{number}", f"acknowledged {number}"))
        print("kept", number, flush=True)
    return memory

def report(folder, many=1):
    try:
        remember(folder, many)
    except SetupError as error:
        print("refused:", error, flush=True)
"""


def child(code: str, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", CHILD + textwrap.dedent(code), *arguments],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
    )


def test_every_acknowledged_moment_survives_kill_9(folder: Path):
    with child("remember(sys.argv[1], 12); input()", str(folder)) as process:
        assert process.stdout is not None
        acknowledged = [process.stdout.readline() for _ in range(12)]
        process.send_signal(signal.SIGKILL)
    assert acknowledged[-1] == "kept 11\n"
    memory = AffectMemory(folder, HashedWords())
    assert said(memory) == [f"acknowledged {number}" for number in range(12)]
    assert memory.recall("ada", "acknowledged", now=NOW)
    memory.close()


def test_a_second_process_is_told_in_one_line(folder: Path):
    memory = AffectMemory(folder, HashedWords())
    memory.remember("ada", moment("m1", "hello there"))
    with child("report(sys.argv[1])", str(folder)) as process:
        assert process.stdout is not None
        told = process.stdout.read()
    memory.close()
    assert told == (
        f"refused: the memory in {str(folder)!r} is open in another Empathy Agent; "
        "close it, or use --home ANOTHER\n"
    )


def test_a_full_disk_is_told_and_what_was_kept_stays(folder: Path):
    code = """
    remember(sys.argv[1]).close()
    most = max(path.stat().st_size for path in Path(sys.argv[1]).rglob("*")) + 20_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    report(sys.argv[1], 1000)
    """
    with child(code, str(folder)) as process:
        assert process.stdout is not None
        *kept, told = process.stdout.read().splitlines()
    assert told == (
        f"refused: the memory in {str(folder)!r} cannot be saved: the disk is full or failing; "
        "free some space, or use --home ANOTHER"
    )
    memory = AffectMemory(folder, HashedWords())
    assert len(said(memory)) == len(kept) - 1
    memory.close()


def test_a_read_only_folder_is_told():
    # As nobody where the tests run as root, who may write anywhere.
    code = """
    folder = tempfile.mkdtemp()
    remember(folder).close()
    os.chmod(folder, 0o555)
    for path in Path(folder).rglob("*"):
        os.chmod(path, 0o555 if path.is_dir() else 0o444)
    if os.getuid() == 0:
        os.setuid(65534)
    report(folder)
    """
    with child(code) as process:
        assert process.stdout is not None
        told = process.stdout.read().splitlines()[-1]
    assert told.startswith("refused: the memory folder '")
    assert told.endswith("; make it writable, or use --home ANOTHER")


@dataclass(frozen=True)
class Damage:
    id: str
    harm: Callable[[Path], object]


@pytest.mark.parametrize(
    "damage",
    [
        Damage("garbage", lambda path: path.write_bytes(b"garbage" * 1000)),
        Damage("truncated", lambda path: os.truncate(path, 20_000)),
        Damage("emptied", lambda path: os.truncate(path, 0)),
    ],
    ids=lambda damage: damage.id,
)
def test_a_damaged_folder_is_told_every_time(folder: Path, damage: Damage):
    memory = AffectMemory(folder, HashedWords())
    memory.remember("ada", moment("m1", "hello there"))
    memory.close()
    damage.harm(shard_of(folder, shelf_name("ada")) / "chroma.sqlite3")
    for _ in range(3):
        with pytest.raises(SetupError, match="is damaged; restore it from a backup"):
            memory.recent("ada")
    shutil.rmtree(folder)
    assert memory.recent("ada") == []
    memory.close()


def test_a_file_in_place_of_the_folder_is_told(tmp_path: Path):
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(SetupError, match="cannot be written"):
            AffectMemory(path, HashedWords()).users()


def test_a_newer_version_is_refused(folder: Path):
    memory = AffectMemory(folder, HashedWords())
    memory.remember("ada", moment("m1", "hello there"))
    memory.close()
    (folder / "layout.json").write_text('{"schema": 3}', encoding="utf-8")
    with pytest.raises(SetupError, match="written by a newer Empathy Agent"):
        memory.recent("ada")
    memory.close()


def test_a_collection_of_a_newer_version_is_refused(folder: Path):
    from chromadb import PersistentClient
    from chromadb.config import Settings

    memory = AffectMemory(folder, HashedWords())
    memory.remember("ada", moment("m1", "hello there"))
    memory.close()
    name = shelf_name("ada")
    client = PersistentClient(shard_of(folder, name), settings=Settings(anonymized_telemetry=False))
    collection = client.get_collection(name, embedding_function=None)
    collection.modify(metadata={"schema": 3})
    getattr(client, "close")()  # noqa: B009 - chromadb's own type of a client lacks it
    with pytest.raises(SetupError, match="written by a newer Empathy Agent"):
        memory.recent("ada")
    memory.close()


def test_every_error_of_chroma_is_told_in_one_line(folder: Path):
    import chromadb.errors

    from empathy_agent.memory.client import told

    kinds = [
        each
        for each in vars(chromadb.errors).values()
        if isinstance(each, type) and issubclass(each, Exception)
    ]
    assert len(kinds) > 10
    for kind in kinds:
        with pytest.raises(SetupError) as caught, told(folder):
            raise kind("anything at all")
        assert "\n" not in str(caught.value)


BASELINE = {"seconds": 12.5, "logits": [0.5, -1.25], "model": "expression-1"}


def test_a_note_comes_back_as_it_was_last_written(memory: Memory):
    assert memory.noted("ada", "face_baseline") is None
    memory.note("ada", "face_baseline", {"seconds": 1})
    memory.note("ada", "face_baseline", BASELINE)
    memory.note("ada", "protocol", {"step": "asked"})
    assert memory.noted("ada", "face_baseline") == BASELINE
    assert memory.notes("ada") == {"face_baseline": BASELINE, "protocol": {"step": "asked"}}


def test_the_notes_of_one_never_reach_another(memory: Memory):
    memory.note("ada", "face_baseline", BASELINE)
    memory.note("bob", "face_baseline", {"seconds": 3})
    assert memory.noted("bob", "face_baseline") == {"seconds": 3}
    assert memory.notes("cy") == {}
    memory.forget("bob")
    assert memory.noted("ada", "face_baseline") == BASELINE
    assert memory.noted("bob", "face_baseline") is None


def test_who_only_has_a_note_has_no_moments_and_can_begin(memory: Memory):
    memory.note("ada", "face_baseline", BASELINE)
    assert memory.users() == 1
    assert said(memory) == []
    assert memory.recall("ada", "my exam", now=NOW) == []
    memory.remember("ada", moment("m1", "my exam went badly"))
    assert said(memory) == ["my exam went badly"]
    assert memory.users() == 1
    assert memory.noted("ada", "face_baseline") == BASELINE


def test_notes_outlive_a_session_and_go_with_everything(memory: Memory):
    memory.note("ada", "face_baseline", BASELINE)
    memory.remember("ada", moment("m1", "my exam", session="s1"))
    assert memory.forget("ada", session="s1").moments == 1
    assert said(memory) == []
    assert memory.noted("ada", "face_baseline") == BASELINE
    memory.forget("ada")
    assert memory.notes("ada") == {}
    assert memory.users() == 0


@pytest.mark.parametrize("value", [{"a": float("nan")}, {"a": object()}, {"a": "x" * 9000}])
def test_what_is_no_small_record_is_refused(memory: Memory, value: dict[str, object]):
    with pytest.raises(ValueError, match=r"note|JSON"):
        memory.note("ada", "face_baseline", value)
    assert memory.noted("ada", "face_baseline") is None


def test_a_note_has_a_short_kind(memory: Memory):
    with pytest.raises(ValueError, match="kind"):
        memory.note("ada", "Face baseline!", {})


def test_a_note_survives_kill_9_and_another_opening(folder: Path):
    code = """
    memory = remember(sys.argv[1], 1)
    memory.note("ada", "protocol", {"step": "asked", "turns": 3})
    print("noted", flush=True)
    input()
    """
    with child(code, str(folder)) as process:
        assert process.stdout is not None
        while process.stdout.readline() != "noted\n":
            pass
        process.send_signal(signal.SIGKILL)
    memory = AffectMemory(folder, HashedWords())
    assert memory.noted("ada", "protocol") == {"step": "asked", "turns": 3}
    memory.close()


@pytest.mark.parametrize("text", ["", "[1]", "{", "null"])
def test_a_damaged_note_is_told(text: str):
    with pytest.raises(SetupError, match="damaged"):
        from_text(text)
