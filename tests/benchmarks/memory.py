"""Times the affect memory beside plain Chroma in one shared collection, in the same run.

Run it from the top: `python -m tests.benchmarks.memory [--moments 10000] [--users 100]`.
Sentence vectors are drawn, not computed: they cost the same on both sides, and are apart here.
"""

import argparse
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from zlib import crc32

import numpy as np
from chromadb import Collection, PersistentClient
from chromadb.api import ClientAPI
from chromadb.config import Settings
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


def timed(act: Callable[[int], object], times: int = TIMES) -> str:
    """Return median and 95th percentile in milliseconds."""
    took: list[float] = []
    for number in range(times):
        began = time.perf_counter()
        act(number)
        took.append((time.perf_counter() - began) * 1000)
    return f"{np.median(took):8.1f} {np.percentile(took, 95):8.1f}"


def traces_left(folder: Path, text: str) -> int:
    """Return how many files still hold a text."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return sum(text.encode() in path.read_bytes() for path in paths)


def ours(folder: Path, users: int, each: int) -> dict[str, str]:
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


def plain(shared: Collection, users: int, each: int) -> dict[str, str]:
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


def main(moments: int = 10_000, users: int = 100) -> None:
    """Print the table."""
    each = moments // users
    with TemporaryDirectory() as name:
        here = Path(name)
        fill(here / "ours", users, each)
        us = ours(here / "ours", users, each)
        with chroma(here / "plain") as client:
            them = plain(fill_shared(client, users, each), users, each)
        print(f"{moments} moments, {users} users; median and p95 in ms\n")
        print(f"{'':28}{'affect memory':>17}   {'one shared Chroma':>17}")
        for act in us:
            print(f"{act:28}{us[act]}   {them.get(act, '-'):>17}")
        lost = traces_left(here / "plain", drawn_moment("user 0", 1, each).id)
        print(f"\nfiles of the shared collection that still hold a forgotten id: {lost}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moments", type=int, default=10_000)
    parser.add_argument("--users", type=int, default=100)
    main(**vars(parser.parse_args()))
