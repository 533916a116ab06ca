"""The LangGraph store: it answers whatever LangGraph's own in-memory store answers."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from langgraph.graph import START, StateGraph
from langgraph.runtime import Runtime
from langgraph.store.base import InvalidNamespaceError, PutOp, SearchOp
from langgraph.store.memory import InMemoryStore
from typing_extensions import TypedDict

from empathy_agent.errors import SetupError
from empathy_agent.memory.served import Server
from empathy_agent.memory.store import ChromaStore
from tests.chroma_server import empty
from tests.fakes import StillClock

WORDS = ("cat", "dog", "exam", "rain", "sister", "tea")


def embed(texts: Sequence[str]) -> list[list[float]]:
    """Count known words, so that likeness is plain to see; nothing known points elsewhere."""
    return [[float(text.count(word)) for word in WORDS] + [0.1] for text in texts]


INDEX: Any = {"dims": len(WORDS) + 1, "embed": embed, "fields": ["text", "more[*].text"]}


@pytest.fixture(params=["folder", "server"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ChromaStore]:
    if request.param == "folder":
        opened = ChromaStore(tmp_path / "store", index=INDEX)
    else:
        server: Server = request.getfixturevalue("chroma_server")
        empty(server)
        opened = ChromaStore(server, index=INDEX)
    yield opened
    opened.close()


def plain(found: Sequence[Any]) -> list[tuple[Any, ...]]:
    return [(each.namespace, each.key, each.value) for each in found]


def test_what_was_put_is_got(store: ChromaStore):
    store.put(("users", "ana"), "prefs", {"theme": "dark", "nested": {"deep": [1, None, "ä"]}})
    item = store.get(("users", "ana"), "prefs")
    assert item is not None
    assert item.value == {"theme": "dark", "nested": {"deep": [1, None, "ä"]}}
    assert item.namespace == ("users", "ana")
    assert store.get(("users", "ben"), "prefs") is None


def test_an_update_keeps_the_birthday(tmp_path: Path):
    clock = StillClock()
    with_clock = ChromaStore(tmp_path, clock=clock)
    with_clock.put(("a",), "k", {"n": 1})
    clock.now += 60
    with_clock.put(("a",), "k", {"n": 2})
    item = with_clock.get(("a",), "k")
    assert item is not None and item.value == {"n": 2}
    assert (item.updated_at - item.created_at).total_seconds() == 60
    with_clock.close()


def test_it_is_there_after_opening_again(tmp_path: Path):
    first = ChromaStore(tmp_path, index=INDEX)
    first.put(("a", "b"), "k", {"text": "my cat"})
    first.close()
    again = ChromaStore(tmp_path, index=INDEX)
    assert plain(again.search(("a",), query="cat")) == [(("a", "b"), "k", {"text": "my cat"})]
    again.close()


def test_the_nearest_of_several_texts_finds_an_item(store: ChromaStore):
    store.put(("n",), "both", {"text": "rain", "more": [{"text": "tea"}, {"text": "exam exam"}]})
    store.put(("n",), "other", {"text": "dog"})
    found = store.search(("n",), query="exam", limit=1)
    assert [each.key for each in found] == ["both"]
    assert found[0].score is not None and found[0].score > 0.9


def test_a_new_text_replaces_what_an_item_was_found_by(store: ChromaStore):
    store.put(("n",), "k", {"text": "cat"})
    store.put(("n",), "k", {"text": "tea"})
    score = {each.key: each.score for each in store.search(("n",), query="cat")}["k"]
    assert score is not None and score < 0.5


def test_what_is_not_indexed_fills_up_a_search_without_a_score(store: ChromaStore):
    store.put(("n",), "seen", {"text": "cat"})
    store.put(("n",), "hidden", {"text": "cat"}, index=False)
    assert [(each.key, each.score is None) for each in store.search(("n",), query="cat")] == [
        ("seen", False),
        ("hidden", True),
    ]


def test_other_namespaces_with_a_like_beginning_are_not_searched(store: ChromaStore):
    store.put(("user1",), "k", {"text": "cat"})
    store.put(("user10",), "k", {"text": "cat"})
    assert [each.namespace for each in store.search(("user1",), query="cat")] == [("user1",)]
    assert [each.namespace for each in store.search(("user1",))] == [("user1",)]


def test_a_value_that_is_not_json_is_refused_in_one_line(store: ChromaStore):
    with pytest.raises(SetupError, match="'k'.*not JSON"):
        store.put(("n",), "k", {"bad": {1, 2}})
    assert store.get(("n",), "k") is None


def test_labels_are_checked_in_a_batch_too(store: ChromaStore):
    with pytest.raises(InvalidNamespaceError):
        store.batch([PutOp(("a.b",), "k", {"n": 1})])


def test_an_unknown_operator_is_an_error(store: ChromaStore):
    store.put(("n",), "k", {"n": 1})
    with pytest.raises(ValueError, match=r"\$near"):
        store.search(("n",), filter={"n": {"$near": 1}})


def test_what_has_expired_is_omitted_then_swept(tmp_path: Path):
    clock = StillClock()
    store = ChromaStore(
        tmp_path,
        index=INDEX,
        clock=clock,
        ttl={"default_ttl": 10, "omit_expired": True, "sweep_interval_minutes": 30},
    )
    store.put(("n",), "short", {"text": "cat"})
    store.put(("n",), "kept", {"text": "cat"}, ttl=None)
    clock.now += 9 * 60
    assert store.get(("n",), "short") is not None, "and reading it let it live on"
    clock.now += 9 * 60
    assert len(store.search(("n",), query="cat", refresh_ttl=False)) == 2
    clock.now += 2 * 60
    assert store.get(("n",), "short") is None
    assert [each.key for each in store.search(("n",), query="cat")] == ["kept"]
    assert store.sweep_ttl() == 1
    assert store.sweep_ttl() == 0
    store.close()


def test_sweeping_happens_by_itself(tmp_path: Path):
    clock = StillClock()
    store = ChromaStore(tmp_path, clock=clock, ttl={"default_ttl": 1, "sweep_interval_minutes": 5})
    store.put(("n",), "k", {"n": 1})
    clock.now += 6 * 60
    store.get(("n",), "other")
    assert store.get(("n",), "k") is None
    store.close()


def test_a_whole_namespace_is_deleted_at_once(store: ChromaStore):
    for user in ("ana", "ben"):
        for key in ("one", "two"):
            store.put(("users", user, "notes"), key, {"text": "cat"})
    assert store.delete_namespace(("users", "ana")) == 2
    assert store.list_namespaces() == [("users", "ben", "notes")]
    assert len(store.search((), query="cat")) == 2


async def test_it_works_in_an_event_loop(store: ChromaStore):
    await store.aput(("n",), "k", {"text": "tea"})
    assert [each.key for each in await store.asearch(("n",), query="tea")] == ["k"]
    await store.adelete(("n",), "k")
    assert await store.aget(("n",), "k") is None


def test_another_process_or_place_is_told_apart(tmp_path: Path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(SetupError):
        ChromaStore(tmp_path / "file").get(("n",), "k")


LABELS = ("a", "b", "c")


def _some_value(chance: random.Random) -> dict[str, Any]:
    value: dict[str, Any] = {"n": chance.choice([1, 2, 2.5, -3])}
    if chance.random() < 0.7:
        value["text"] = " ".join(chance.choices(WORDS, k=chance.randint(1, 3)))
    if chance.random() < 0.5:
        value["kind"] = chance.choice(["red", "blue", True, None])
    if chance.random() < 0.3:
        value["deep"] = {"x": chance.choice([1, 2]), "y": ["p", "q"]}
    return value


FILTERS: tuple[dict[str, Any] | None, ...] = (
    None,
    {"kind": "red"},
    {"kind": True},
    {"kind": None},
    {"kind": {"$ne": "red"}},
    {"n": {"$gt": 1}},
    {"n": {"$gte": 2, "$lt": 3}},
    {"n": 2},
    {"deep": {"x": 1}},
    {"deep": {"y": ["p", "q"], "x": {"$lte": 1}}},
)


CONDITIONS: tuple[dict[str, Any], ...] = (
    {},
    {"prefix": ("a",)},
    {"suffix": ("c",)},
    {"prefix": ("*", "b")},
)


@pytest.mark.parametrize("seed", range(4))
def test_it_answers_as_langgraph_s_own_store_does(store: ChromaStore, seed: int):
    chance = random.Random(seed)
    theirs = InMemoryStore(index=INDEX)
    for _ in range(60):
        namespace = tuple(chance.choices(LABELS, k=chance.randint(1, 3)))
        key = chance.choice("xyz")
        # One that is written again moves in their order, and keeps its place in ours.
        for each in (theirs, store):
            each.delete(namespace, key)
        if chance.random() < 0.8:
            value = _some_value(chance)
            theirs.put(namespace, key, value)
            store.put(namespace, key, value)
    for prefix in ((), ("a",), ("b", "c"), ("a", "a", "a")):
        for wanted in FILTERS:
            mine, others = (
                each.search(prefix, filter=wanted, limit=100) for each in (store, theirs)
            )
            assert sorted(plain(mine), key=repr) == sorted(plain(others), key=repr)
            assert plain(store.search(prefix, filter=wanted, limit=3, offset=2)) == plain(mine)[2:5]
            scored = [
                sorted((round(each.score or 0, 4), each.namespace, each.key) for each in found)
                for found in (
                    store.search(prefix, query="cat tea", filter=wanted, limit=100),
                    theirs.search(prefix, query="cat tea", filter=wanted, limit=100),
                )
            ]
            assert scored[0] == scored[1]
    filled = {each.namespace for each in theirs.search((), limit=1000)}
    for conditions in CONDITIONS:
        ours = store.list_namespaces(**conditions)
        assert ours == [each for each in theirs.list_namespaces(**conditions) if each in filled]
    assert store.list_namespaces(max_depth=1) == sorted({each[:1] for each in filled})


def test_reads_of_a_batch_see_what_was_there_before(store: ChromaStore):
    store.put(("n",), "k", {"n": 1})
    ops = [PutOp(("n",), "k", {"n": 2}), SearchOp(("n",)), PutOp(("n",), "k", {"n": 3})]
    found: list[Any] = store.batch(ops)
    assert [each.value for each in found[1]] == [{"n": 1}]
    item = store.get(("n",), "k")
    assert item is not None and item.value == {"n": 3}


class Count(TypedDict):
    n: int


def test_a_graph_remembers_with_it(store: ChromaStore):
    def remember(state: Count, runtime: Runtime[Any]) -> Count:
        assert runtime.store is not None
        runtime.store.put(("facts",), str(state["n"]), {"text": "my sister"})
        return {"n": len(runtime.store.search(("facts",), query="sister"))}

    builder: Any = StateGraph(Count)
    builder.add_node("remember", remember)
    builder.add_edge(START, "remember")
    graph = builder.compile(store=store)
    assert graph.invoke({"n": 1})["n"] == 1
    assert graph.invoke({"n": 2})["n"] == 2
