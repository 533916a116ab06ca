"""Times the affect memory beside one shared collection of Chroma, plain and as LangChain uses it.

Run it from the top: `make bench ARGS=memory`, or with `ARGS="memory --big"` for 100,000 moments.
Sentence vectors are drawn, not computed: they cost the same on both sides, and are apart here.
"""

import argparse
import time
import uuid
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from zlib import crc32

import numpy as np
from chromadb import Collection, PersistentClient
from chromadb.api import ClientAPI
from chromadb.config import Settings
from langchain_core.documents import Document
from numpy.typing import NDArray

from empathy_agent.affect import Emotion
from empathy_agent.memory import AffectMemory, Moment, history
from empathy_agent.memory.layout import shard_of
from empathy_agent.memory.recall import Candidate, unit
from empathy_agent.memory.record import shelf_name
from empathy_agent.memory.shelf import create, write

DAY = 86400.0
NOW = 1_790_000_000.0
TIMES = 100
"""How often each operation is timed."""
FORGETS = 5
EMOTIONS = tuple(Emotion)


class Drawn:
    """Vectors as if a model had given them: seeded by the text, and free."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        seeds = [crc32(text.encode()) for text in texts]
        return np.stack([np.random.default_rng(seed).normal(size=384) for seed in seeds]).astype(
            np.float32
        )


def drawn_moment(user: str, number: int, of: int) -> Moment:
    """Return one turn; the numbers are spread over a year."""
    return Moment(
        id=f"{user} moment-{number:08d}",
        session=f"session-{number // 10:06d}",
        at=NOW - 365 * DAY * (1 - number / of),
        said=f"{user} said this as number {number}, about as long as a message often is.",
        reply=f"An answer of a usual length to {user}, who told me about number {number}.",
        emotion=EMOTIONS[number % 8],
        valence=(number * 37 % 200 - 100) / 100,
        arousal=(number * 17 % 200 - 100) / 100,
        confidence=0.7,
        strategy="reflection",
        persona="mental_health_support",
    )


@contextmanager
def chroma(folder: Path) -> Generator[ClientAPI]:
    """Open Chroma itself."""
    client = PersistentClient(folder, settings=Settings(anonymized_telemetry=False))
    yield client
    getattr(client, "close")()  # noqa: B009 - chromadb's own type of a client lacks it


def fill(folder: Path, users: int, each: int) -> None:
    """Write our collections in batches; singly it would take minutes."""
    for user in range(users):
        name = shelf_name(f"user {user}")
        with chroma(shard_of(folder, name)) as client:
            moments = [drawn_moment(f"user {user}", number, each) for number in range(each)]
            vectors = unit(Drawn().embed([moment.said for moment in moments]))
            pairs = zip(moments, vectors, strict=True)
            write(create(client, name), [Candidate(*pair) for pair in pairs])


def fill_shared(client: ClientAPI, users: int, each: int) -> Collection:
    """Write the same into one collection with the user as metadata, as most code does."""
    shared = client.create_collection(
        "shared", configuration={"hnsw": {"space": "cosine"}}, embedding_function=None
    )
    for user in range(users):
        moments = [drawn_moment(f"user {user}", number, each) for number in range(each)]
        add_shared(shared, f"user {user}", moments)
    return shared


def add_shared(shared: Collection, user: str, moments: Sequence[Moment]) -> None:
    """Add moments the plain way."""
    shared.upsert(
        ids=[moment.id for moment in moments],
        embeddings=unit(Drawn().embed([moment.said for moment in moments])),
        documents=[moment.said for moment in moments],
        metadatas=[
            {
                "user": user,
                "at": moment.at,
                "session": moment.session,
                "reply": moment.reply,
                "emotion": moment.emotion or "",
                "valence": moment.valence or 0.0,
                "arousal": moment.arousal or 0.0,
            }
            for moment in moments
        ],
    )


@dataclass(frozen=True)
class Took:
    """How long an operation took, over its repetitions; milliseconds."""

    median: float
    p95: float

    def __str__(self) -> str:
        return f"{self.median:8.1f} {self.p95:8.1f}"


def timed(act: Callable[[int], object], times: int = TIMES) -> Took:
    """Time an operation, one repetition at a time."""
    took: list[float] = []
    for number in range(times):
        began = time.perf_counter()
        act(number)
        took.append((time.perf_counter() - began) * 1000)
    return Took(float(np.median(took)), float(np.percentile(took, 95)))


def traces_left(folder: Path, text: str) -> int:
    """Return how many files still hold a text."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return sum(text.encode() in path.read_bytes() for path in paths)


def ours(folder: Path, users: int, each: int) -> dict[str, Took]:
    """Time the affect memory."""
    memory = AffectMemory(folder, Drawn())

    def user(number: int) -> str:
        return f"user {number * 7 % users}"

    def recall(number: int, since: float | None = None) -> object:
        return memory.recall(user(number), f"What I said as number {number}", now=NOW, since=since)

    told = {
        "first recall of a user": timed(recall, min(users, TIMES)),
        "recall": timed(recall),
        "recall, last 10 % of time": timed(lambda n: recall(n, NOW - 36 * DAY)),
        "add": timed(lambda n: memory.remember(user(n), drawn_moment(user(n), each + n, each))),
        "recent 20": timed(lambda n: memory.recent(user(n))),
        "recent 100 and history": timed(lambda n: history(memory.recent(user(n), 100), NOW, 0.1)),
        "forget one user": timed(lambda n: memory.forget(f"user {n}"), FORGETS),
    }
    memory.close()
    return told


def years(folder: Path, each: int = 10_000) -> dict[str, Took]:
    """Time what is asked of one who came daily for three years."""
    fill(folder, 1, each)
    memory = AffectMemory(folder, Drawn())
    first = timed(lambda n: memory.recent("user 0", each), 1)
    told = {
        "first look": first,
        "all moments and history": timed(
            lambda n: history(memory.between("user 0", 0, NOW), NOW, 0.1), 20
        ),
        "recall": timed(lambda n: memory.recall("user 0", f"What I said as {n}", now=NOW)),
        "forget": timed(lambda n: memory.forget("user 0"), 1),
    }
    memory.close()
    return told


def plain(shared: Collection, users: int, each: int) -> dict[str, Took]:
    """Time one shared collection."""

    def user(number: int) -> str:
        return f"user {number * 7 % users}"

    def query(number: int, since: float | None = None) -> object:
        mine = {"user": user(number)}
        vector = unit(Drawn().embed([f"What I said as number {number}"]))
        recent = None if since is None else {"$and": [mine, {"at": {"$gte": since}}]}
        return shared.query(query_embeddings=vector, n_results=3, where=recent or mine)  # pyright: ignore[reportArgumentType]

    def add(number: int) -> None:
        add_shared(shared, user(number), [drawn_moment(user(number), each + number, each)])

    return {
        "recall": timed(query),
        "recall, last 10 % of time": timed(lambda n: query(n, NOW - 36 * DAY)),
        "add": timed(add),
        "recent 20": timed(lambda n: shared.get(where={"user": user(n)}, limit=20)),
        "forget one user": timed(lambda n: shared.delete(where={"user": f"user {n}"}), FORGETS),
    }


def as_langchain(shared: Collection, users: int, each: int) -> dict[str, Took]:
    """Time the same collection as `langchain-chroma` uses it: texts in, `Document`s out.

    Its recent ones are all of a user's, sorted, as a vector store keeps no order.
    """

    def user(number: int) -> str:
        return f"user {number * 7 % users}"

    def search(number: int, since: float | None = None) -> list[tuple[Document, float]]:
        mine = {"user": user(number)}
        (vector,) = Drawn().embed([f"What I said as number {number}"]).tolist()
        recent = None if since is None else {"$and": [mine, {"at": {"$gte": since}}]}
        got = shared.query(
            query_embeddings=[vector],
            n_results=4,
            where=recent or mine,  # pyright: ignore[reportArgumentType]
            include=["documents", "metadatas", "distances"],
        )
        rows = zip(
            got["ids"][0],
            (got["documents"] or [[]])[0],
            (got["metadatas"] or [[]])[0],
            (got["distances"] or [[]])[0],
            strict=True,
        )
        return [
            (Document(id=id, page_content=text, metadata=dict(about)), distance)
            for id, text, about, distance in rows
        ]

    def add(number: int) -> None:
        moment = drawn_moment(user(number), 2 * each + number, each)
        shared.upsert(
            ids=[str(uuid.uuid4())],
            documents=[moment.said],
            embeddings=Drawn().embed([moment.said]).tolist(),
            metadatas=[{"user": user(number), "at": moment.at, "valence": moment.valence or 0.0}],
        )

    def recent(number: int) -> object:
        got = shared.get(where={"user": user(number)}, include=["documents", "metadatas"])
        return sorted(got["metadatas"] or [], key=lambda about: str(about["at"]))[-20:]

    def forget(number: int) -> None:
        ids = shared.get(where={"user": f"user {users - 1 - number}"}, include=[])["ids"]
        shared.delete(ids=ids)

    return {
        "recall": timed(search),
        "recall, last 10 % of time": timed(lambda n: search(n, NOW - 36 * DAY)),
        "add": timed(add),
        "recent 20": timed(recent, 20),
        "forget one user": timed(forget, FORGETS),
    }


def near_equal(folder: Path, folders: int = 5) -> float:
    """Return recall@10 of Chroma's own index among 1,080 near-equal vectors and 20 others."""
    chance = np.random.default_rng(1)
    others = chance.normal(size=(21, 384))
    queries = unit((others[1:] + chance.normal(size=(20, 384)) * 0.3).astype(np.float32))
    hits: list[float] = []
    for number in range(folders):
        alike = others[0] + chance.normal(size=(1080, 384)) * 0.05
        rows = chance.permutation(unit(np.concatenate([alike, others[1:]]).astype(np.float32)))
        with chroma(folder / str(number)) as client:
            kept = create(client, "near-equal")
            for start in (0, 1000):
                some = rows[start : start + 1000]
                kept.upsert(ids=[str(start + n) for n in range(len(some))], embeddings=some)
            found = kept.query(query_embeddings=queries, n_results=10, include=[])["ids"]
        exact = np.argsort(-(queries @ rows.T), axis=1)[:, :10]
        hits += [
            len({int(id) for id in got} & set(best)) / 10
            for got, best in zip(found, exact.tolist(), strict=True)
        ]
    return float(np.mean(hits))


def show(us: dict[str, Took], *others: dict[str, Took]) -> None:
    """Print a table: ours, then each other with how many times as long its p95 is."""
    for act, took in us.items():
        line = f"{act:26}{took}"
        for other in others:
            them = other.get(act)
            ratio = "" if them is None else f"{them.p95 / max(took.p95, 1e-3):.1f}x"
            line += f"   {them or '-'!s:>17} {ratio:>7}"
        print(line)


def main(moments: int = 10_000, users: int = 100, *, big: bool = False) -> None:
    """Print the tables."""
    moments = 100_000 if big else moments
    each = moments // users
    with TemporaryDirectory() as name:
        here = Path(name)
        fill(here / "ours", users, each)
        us = ours(here / "ours", users, each)
        with chroma(here / "plain") as client:
            shared = fill_shared(client, users, each)
            them = plain(shared, users, each)
            langchain = as_langchain(shared, users, each)
        print(f"{moments} moments, {users} users; median and p95 in ms, and p95 against ours\n")
        print(
            f"{'':26}{'affect memory':>17}   {'one shared Chroma':>25}   {'as LangChain does':>25}"
        )
        show(us, them, langchain)
        lost = traces_left(here / "plain", drawn_moment("user 0", 1, each).id)
        print(f"\nfiles of the shared collection that still hold a forgotten id: {lost}")
        print("\n10000 moments of one user\n")
        show(years(here / "years"))
        print(f"\nrecall@10 of Chroma's index, near-equal vectors: {near_equal(here / 'near'):.3f}")


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Return what `main` is to be given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moments", type=int, default=10_000)
    parser.add_argument("--users", type=int, default=100)
    parser.add_argument("--big", action="store_true", help="100,000 moments; some minutes")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main(**vars(options()))
