"""A damaged index is noticed before it does harm, and made again from the records."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from empathy_agent.errors import SetupError
from empathy_agent.memory import AffectMemory, Moment
from empathy_agent.memory.recall import Candidate, unit, vectors_of
from empathy_agent.memory.record import shelf_name
from empathy_agent.memory.repair import Repaired, repair
from empathy_agent.memory.shelf import find, write
from tests.test_memory import NOW, HashedWords

MANY = 1100
"""More than Chroma holds back before it writes an index."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a memory with one index on disk, and one that still lies in the database."""
    folder = tmp_path_factory.mktemp("whole") / "memory"
    memory = AffectMemory(folder, HashedWords())
    memory.remember("bob", Moment(id="b", session="s", at=NOW, said="my printer broke"))
    memory.remember("ada", Moment(id="0", session="s", at=NOW, said="apples 0"))
    memory.note("ada", "face_baseline", {"seconds": 3})
    said = ["giraffes at the zoo" if n == 500 else f"{n:04d}x apples" for n in range(1, MANY)]
    rows = unit(HashedWords().embed(said))
    with memory._opened() as store:  # pyright: ignore[reportPrivateUsage]
        collection = find(store.client(shelf_name("ada")), shelf_name("ada"), "")
        assert collection is not None
        write(
            collection,
            [
                Candidate(Moment(id=str(n), session="s", at=NOW + n, said=text), row)
                for n, (text, row) in enumerate(zip(said, rows, strict=True), 1)
            ],
        )
    memory.close()
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "memory"))


def test_a_thousand_greetings_hide_nothing(tmp_path: Path):
    memory = AffectMemory(tmp_path, HashedWords())
    memory.remember("ada", Moment(id="wanted", session="s", at=NOW, said="giraffes at the zoo"))
    hellos = [Moment(id=f"hi{n}", session="s", at=NOW, said="hello hello") for n in range(1100)]
    with memory._opened() as store:  # pyright: ignore[reportPrivateUsage]
        collection = find(store.client(shelf_name("ada")), shelf_name("ada"), "")
        assert collection is not None
        rows = vectors_of(hellos, HashedWords().embed)
        write(collection, [Candidate(*pair) for pair in zip(hellos, rows, strict=True)])
    found = memory.recall("ada", "giraffes at the zoo", now=NOW)
    assert [each.record.id for each in found] == ["wanted"]
    memory.close()


def index(folder: Path) -> Path:
    return next(folder.glob("*/*/index_metadata.pickle")).parent


def gone(folder: Path) -> None:
    shutil.rmtree(index(folder))


def half(folder: Path) -> None:
    for path in index(folder).glob("*.bin"):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def garbage(folder: Path) -> None:
    (index(folder) / "header.bin").write_bytes(b"\xff" * 100)


def unpickled(folder: Path) -> None:
    (index(folder) / "index_metadata.pickle").write_bytes(b"??")


def test_a_whole_memory_is_left_alone(folder: Path):
    assert repair(folder, HashedWords().embed) == Repaired(0, 0, 0)
    assert repair(folder.parent / "nowhere", HashedWords().embed) == Repaired(0, 0, 0)


@pytest.mark.parametrize("damage", [gone, half, garbage, unpickled])
def test_damage_is_told_and_mended(folder: Path, damage: Callable[[Path], None]):
    damage(folder)
    memory = AffectMemory(folder, HashedWords())
    with pytest.raises(SetupError, match="memory repair"):
        memory.recent("ada")
    assert [each.id for each in memory.recent("bob")] == ["b"], "others go on"
    memory.close()
    assert repair(folder, HashedWords().embed) == Repaired(1, MANY, 0)
    assert len(memory.recent("ada", 2 * MANY)) == MANY
    found = memory.recall("ada", "giraffes at the zoo", now=NOW + MANY)
    assert found[0].record.id == "500"
    assert memory.noted("ada", "face_baseline") == {"seconds": 3}
    assert [each.id for each in memory.recent("bob")] == ["b"]
    assert memory.forget("ada").traces == 0
    memory.close()


def test_an_index_that_was_never_written_needs_no_repair(folder: Path):
    for path in folder.glob("*/*-*-*-*-*"):
        if not (path / "index_metadata.pickle").exists():
            shutil.rmtree(path)
    memory = AffectMemory(folder, HashedWords())
    assert memory.recall("bob", "printer broke", now=NOW)[0].record.id == "b"
    memory.close()


def test_an_open_memory_is_not_repaired_under_its_feet(tmp_path: Path):
    memory = AffectMemory(tmp_path, HashedWords())
    memory.remember("ada", Moment(id="x", session="s", at=NOW, said="hello there"))
    with pytest.raises(SetupError, match="open in another"):
        repair(tmp_path, HashedWords().embed)
    memory.close()
