"""An older memory is brought to the present layout, whole, however often it is cut off."""

import json
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import pytest
from chromadb import PersistentClient
from chromadb.api import ClientAPI
from chromadb.config import Settings

from empathy_agent.affect import Emotion
from empathy_agent.errors import SetupError
from empathy_agent.memory import AffectMemory, Moment
from empathy_agent.memory.layout import shard_of, shards_in
from empathy_agent.memory.record import shelf_name
from empathy_agent.memory.repair import repair
from empathy_agent.memory.shards import Shards
from tests.test_memory import NOW, HashedWords, files

USERS = ("ada", "bob", "cy")


@contextmanager
def chroma(folder: Path) -> Generator[ClientAPI]:
    client = PersistentClient(folder, settings=Settings(anonymized_telemetry=False))
    yield client
    getattr(client, "close")()  # noqa: B009 - chromadb's own type of a client lacks it


def moments(user: str, many: int = 12) -> list[Moment]:
    return [
        Moment(
            id=f"{user}-{n}",
            session=f"s{n % 3}",
            at=NOW + n,
            said=f"{user} told of giraffes" if n == 5 else f"{user} told number{n:04d}",
            reply="I see.",
            emotion=Emotion.HAPPINESS if n % 2 else None,
            valence=n / 20 if n % 2 else None,
            confidence=0.5,
        )
        for n in range(many)
    ]


def write_first_version(folder: Path, users: tuple[str, ...] = USERS, many: int = 12) -> None:
    """Write a memory as version 1 did: one Chroma folder, a metadata field for each field."""
    with chroma(folder) as client:
        for user in users:
            collection = client.create_collection(
                shelf_name(user),
                metadata={"schema": 1, "note-protocol": json.dumps({"step": user})},
                configuration={"hnsw": {"space": "cosine"}},
                embedding_function=None,
            )
            kept = moments(user, many)
            rows = [{**asdict(each)} for each in kept]
            for row in rows:
                del row["id"]
            collection.upsert(
                ids=[each.id for each in kept],
                embeddings=HashedWords().embed([each.said for each in kept]),
                metadatas=[{k: v for k, v in row.items() if v is not None} for row in rows],
            )


def check(folder: Path, many: int = 12) -> None:
    memory = AffectMemory(folder, HashedWords())
    assert memory.users() == len(USERS)
    for user in USERS:
        assert memory.recent(user, 9999) == moments(user, many)
        assert memory.noted(user, "protocol") == {"step": user}
        (found, *_) = memory.recall(user, "giraffes", now=NOW)
        assert found.record.id == f"{user}-5"
    memory.close()
    assert not (folder / "chroma.sqlite3").exists()
    assert not list(folder.glob("*-*-*-*-*"))
    assert json.loads((folder / "layout.json").read_text(encoding="utf-8")) == {"schema": 2}


@pytest.fixture
def old(tmp_path: Path) -> Path:
    folder = tmp_path / "memory"
    folder.mkdir()
    write_first_version(folder)
    return folder


def test_a_memory_of_the_first_version_is_moved_whole(old: Path):
    check(old)
    check(old)
    memory = AffectMemory(old, HashedWords())
    assert memory.forget("ada").moments == 12
    memory.close()
    assert not any(b"ada told" in path.read_bytes() for path in files(old))


def test_a_move_that_was_cut_off_begins_again(old: Path, monkeypatch: pytest.MonkeyPatch):
    move = Shards._move  # pyright: ignore[reportPrivateUsage]

    def cut(self: Shards, client: ClientAPI, name: str) -> None:
        if name == shelf_name("bob"):
            raise KeyboardInterrupt
        move(self, client, name)

    monkeypatch.setattr(Shards, "_move", cut)
    with pytest.raises(KeyboardInterrupt):
        AffectMemory(old, HashedWords()).users()
    monkeypatch.undo()
    check(old)


def test_what_is_left_of_a_finished_move_is_swept(old: Path):
    leftover = next(old.glob("*-*-*-*-*"))
    kept = old.parent / leftover.name
    shutil.copytree(leftover, kept)
    check(old)
    (old / "layout.json").unlink()
    shutil.move(kept, old)
    check(old)


def test_an_old_memory_with_a_damaged_index_is_repaired_then_moved(tmp_path: Path):
    folder = tmp_path / "memory"
    folder.mkdir()
    write_first_version(folder, many=1010)
    (next(folder.glob("*/header.bin"))).write_bytes(b"\xff" * 100)
    with pytest.raises(SetupError, match="memory repair"):
        AffectMemory(folder, HashedWords()).users()
    assert repair(folder, HashedWords().embed).users == 1
    check(folder, 1010)


def test_a_folder_of_somebody_else_is_refused_and_left_alone(tmp_path: Path):
    folder = tmp_path / "memory"
    folder.mkdir()
    with chroma(folder) as client:
        client.create_collection("documents", embedding_function=None)
    with pytest.raises(SetupError, match="not ours"):
        AffectMemory(folder, HashedWords()).users()
    assert (folder / "chroma.sqlite3").exists()


def test_a_damaged_version_is_told(tmp_path: Path):
    memory = AffectMemory(tmp_path, HashedWords())
    memory.remember("ada", *moments("ada"))
    memory.close()
    for text in ("", "[]", '{"schema": "x"}'):
        (tmp_path / "layout.json").write_text(text, encoding="utf-8")
        with pytest.raises(SetupError):
            memory.recent("ada")
    (tmp_path / "layout.json").unlink()
    assert memory.recent("ada", 99) == moments("ada")
    memory.close()


def test_people_are_spread_over_sixteen_folders(tmp_path: Path):
    home = {shard_of(tmp_path, shelf_name(f"user {n}")).name for n in range(400)}
    assert len(home) == 16
    memory = AffectMemory(tmp_path, HashedWords())
    memory.remember("ada", *moments("ada", 1))
    memory.remember("bob", *moments("bob", 1))
    assert len(shards_in(tmp_path)) == len(
        {shard_of(tmp_path, shelf_name(u)) for u in ("ada", "bob")}
    )
    memory.close()
