"""A memory on a server: what others write is seen, and what it says when it fails is one line."""

from pathlib import Path

import httpx
import pytest

from empathy_agent.errors import SetupError
from empathy_agent.memory import AffectMemory
from empathy_agent.memory import served as module
from empathy_agent.memory.record import shelf_name
from empathy_agent.memory.served import Served, Server, told_by
from empathy_agent.memory.shelf import find
from empathy_agent.memory.store import ChromaStore
from tests.chroma_server import empty, free_port, running
from tests.test_memory import NOW, HashedWords, moment, said


@pytest.fixture
def server(chroma_server: Server) -> Server:
    empty(chroma_server)
    return chroma_server


def test_what_another_program_wrote_is_seen(server: Server):
    ours, theirs = AffectMemory(server, HashedWords()), Served(server)
    ours.remember("ada", moment("m1", "chemistry exam failed", days=2))
    assert said(ours) == ["chemistry exam failed"]
    name = shelf_name("ada")
    collection = find(theirs.client(name), name, server.url)
    assert collection is not None
    row = collection.get(ids=["m1"], include=["metadatas", "embeddings"])
    collection.upsert(ids=["m2"], embeddings=row["embeddings"], metadatas=row["metadatas"])
    assert [each.id for each in ours.recent("ada")] == ["m1", "m2"]
    collection.delete(ids=["m1"])
    assert [each.id for each in ours.recent("ada")] == ["m2"]
    theirs.client(name).delete_collection(name)
    assert ours.recent("ada") == []
    theirs.close()
    ours.close()


def test_what_another_program_replaced_is_seen_after_a_while(
    server: Server, monkeypatch: pytest.MonkeyPatch
):
    ours, theirs = AffectMemory(server, HashedWords()), Served(server)
    ours.remember("ada", moment("m1", "first words"))
    assert said(ours) == ["first words"]
    name = shelf_name("ada")
    collection = find(theirs.client(name), name, server.url)
    assert collection is not None
    whole = str((collection.get(ids=["m1"])["metadatas"] or [{}])[0]["whole"])
    collection.update(ids=["m1"], metadatas=[{"whole": whole.replace("first", "other")}])
    monkeypatch.setattr(module, "_TRUSTED_S", 0.0)
    assert said(ours) == ["other words"]
    theirs.close()
    ours.close()


def test_forgetting_says_what_it_could_not_check(server: Server):
    memory = AffectMemory(server, HashedWords())
    memory.remember("ada", moment("m1", "hello there", session="s1"), moment("m2", "again"))
    done = memory.forget("ada")
    assert (done.moments, done.files_checked, done.traces) == (2, 0, 0)
    assert "chroma vacuum" in done.note
    assert memory.forget("ada").note == ""
    memory.close()


def test_words_need_not_be_kept_on_a_server(server: Server, tmp_path: Path):
    memory = AffectMemory(server, HashedWords(), store_text=False)
    memory.remember("ada", moment("m1", "chemistry exam failed", reply="Oh no"))
    (found,) = memory.recall("ada", "chemistry exam", now=NOW)
    assert found.record.said == ""
    memory.close()


def test_a_server_that_is_not_there_is_told_with_how_to_start_it():
    server = Server(f"http://127.0.0.1:{free_port()}")
    for act in (
        lambda: AffectMemory(server, HashedWords()).users(),
        lambda: ChromaStore(server).get(("a",), "k"),
    ):
        with pytest.raises(SetupError, match="no Chroma server answers") as caught:
            act()
        assert f"chroma run --host 127.0.0.1 --port {server.port} --path" in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_server_that_goes_away_and_comes_back(tmp_path: Path):
    port = free_port()
    with running(tmp_path / "rows", port) as server:
        if server is None:
            pytest.skip("`chroma run` does not start here")
        memory = AffectMemory(server, HashedWords())
        memory.remember("ada", moment("m1", "hello there"))
    with pytest.raises(SetupError, match="no Chroma server answers"):
        memory.recent("ada")
    with running(tmp_path / "rows", port):
        assert said(memory) == ["hello there"]
        memory.close()


@pytest.mark.parametrize(
    "url",
    ["localhost:8000", "http://", "ftp://host:1", "http://host:99999", "http://host:1/one", "x"],
)
def test_what_is_no_address_is_told(url: str):
    with pytest.raises(SetupError, match="no address of a Chroma server"):
        Server(url)


def test_a_token_is_not_shown():
    assert "secret" not in repr(Server("http://host:1/tenant/data", token="secret"))


def test_every_failure_of_a_server_is_told_in_one_line():
    import chromadb.errors

    kinds = [
        each
        for each in vars(chromadb.errors).values()
        if isinstance(each, type) and issubclass(each, Exception)
    ]
    for error in [kind("anything\nat all") for kind in kinds] + [httpx.ReadTimeout("slow")]:
        with pytest.raises(SetupError) as caught, told_by(Server("http://host:1")):
            raise error
        assert "\n" not in str(caught.value)
    with pytest.raises(ValueError, match="a note"), told_by(Server("http://host:1")):
        raise ValueError("a note is too long")
