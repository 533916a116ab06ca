# pyright: basic, reportMissingImports=false
"""A memory on a Chroma server (`chroma run`), for several programs that share one.

The server is asked for rows and never for what is near: meaning is compared here, with every
vector of a user, as it is for a folder. What others wrote is noticed by its number and its last id,
and a record that another program replaced at the latest after half a minute. What forgetting can
promise is less: rows are deleted, and that is checked, but nobody here sees the server's files.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import RLock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from empathy_agent.errors import SetupError
from empathy_agent.memory.client import Loans
from empathy_agent.memory.contract import Forgotten
from empathy_agent.memory.erase import Choice
from empathy_agent.memory.held import Held, Holder
from empathy_agent.memory.recall import Candidate
from empathy_agent.memory.shelf import find, kept_notes, read_all, write

if TYPE_CHECKING:
    from chromadb import Collection
    from chromadb.api import ClientAPI

__all__ = ["CONNECTED", "SERVED", "Connected", "Served", "Server", "disconnect", "told_by"]

_TRUSTED_S = 30.0
"""How long a record that another program replaced may be remembered as it was."""
_NOTE = (
    "the rows are gone from the server; its files cannot be searched from here: run "
    "`chroma vacuum --path FOLDER` there, and mind its backups"
)


@dataclass(frozen=True)
class Server:
    """Where a Chroma server is, and what it wants to be told."""

    url: str
    """`http://HOST:PORT` or `https://`, with `/TENANT/DATABASE` where that is not the default."""
    token: str | None = field(default=None, repr=False)
    """Sent as `Authorization: Bearer` and as `X-Chroma-Token`."""

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        path = [part for part in parts.path.split("/") if part]
        good = parts.scheme in ("http", "https") and parts.hostname and len(path) in (0, 2)
        if not good or parts.query or parts.fragment or not _has_port(self.url):
            raise SetupError(
                f"{self.url!r} is no address of a Chroma server; "
                "write http://HOST:PORT, or http://HOST:PORT/TENANT/DATABASE"
            )

    @property
    def host(self) -> str:
        """Its name."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """Its port."""
        parts = urlsplit(self.url)
        return parts.port or (443 if parts.scheme == "https" else 8000)

    def connect(self) -> "ClientAPI":
        """Return a client that the server has answered.

        Raises:
            SetupError: it does not answer, or refuses the token.
        """
        from chromadb import HttpClient
        from chromadb.config import DEFAULT_DATABASE, DEFAULT_TENANT, Settings

        parts = urlsplit(self.url)
        tenant, database = [part for part in parts.path.split("/") if part] or [
            DEFAULT_TENANT,
            DEFAULT_DATABASE,
        ]
        told = {"Authorization": f"Bearer {self.token}", "X-Chroma-Token": self.token or ""}
        with told_by(self), _closed_on_failure():
            return HttpClient(
                host=self.host,
                port=self.port,
                ssl=parts.scheme == "https",
                headers=told if self.token else None,
                settings=Settings(anonymized_telemetry=False),
                tenant=tenant,
                database=database,
            )


def _has_port(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


@contextmanager
def _closed_on_failure() -> Iterator[None]:
    """Close what Chroma opened and forgot when its client could not be made."""
    from chromadb.api import ServerAPI
    from chromadb.api.shared_system_client import SharedSystemClient

    systems = SharedSystemClient._identifier_to_system
    before = set(systems)
    try:
        yield
    except BaseException:
        for id in set(systems) - before:
            _close_session(systems.pop(id).instance(ServerAPI))
        raise


def disconnect(client: "ClientAPI") -> None:
    """Close a client, and the connections that Chroma leaves open."""
    for each in (client, getattr(client, "_admin_client", None)):
        _close_session(getattr(each, "_server", None))
    client.close()  # pyright: ignore[reportAttributeAccessIssue]


def _close_session(server: Any) -> None:
    session = getattr(server, "_session", None)
    if session is not None:
        session.close()


class Connected:
    """The one client of a server in this process; several may share it."""

    def __init__(self, server: Server) -> None:
        self.guard = RLock()
        self.client = server.connect()

    def close(self) -> None:
        """Let go of the connection."""
        with self.guard:
            disconnect(self.client)


CONNECTED: Loans[Server, Connected] = Loans(Connected)
"""The servers that this process talks with."""


class Served:
    """A memory on a server; whoever uses it holds its guard."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._connected = CONNECTED.borrow(server)
        self.guard = self._connected.guard
        self.holder = Holder()
        self._seen: dict[str, tuple[str, float]] = {}

    def knows(self, name: str) -> bool:
        """Say whether there may be something of a user."""
        del name
        return True

    def client(self, name: str) -> "ClientAPI":
        """Return Chroma for a user's collection."""
        del name
        return self._connected.client

    def loaded(self, name: str, collection: "Collection") -> None:
        """Note when a collection was read, and which."""
        self._seen[name] = (str(collection.id), time.monotonic())

    def settle(self, name: str, collection: "Collection") -> None:
        """Do nothing: no files are seen."""

    def fresh(self, name: str, held: Held) -> bool:
        """Say whether what is held is what the server keeps, whoever else writes there."""
        id, read = self._seen.get(name, ("", float("-inf")))
        collection = find(self._connected.client, name, self._server.url)
        if collection is None or str(collection.id) != id:
            return False
        if time.monotonic() - read > _TRUSTED_S or collection.count() != len(held):
            return False
        newest = collection.get(limit=1, offset=max(0, len(held) - 1), include=[])["ids"]
        return all(each in held for each in newest)

    def users(self) -> int:
        """Return of how many people something is kept."""
        return len(self.names())

    def names(self) -> list[str]:
        """Return every user's collection."""
        listed = self._connected.client.list_collections()
        return [each.name for each in listed if re.fullmatch(r"user-[0-9a-f]{40}", each.name)]

    def erase(self, name: str, choice: Choice) -> Forgotten:
        """Delete a user's collection, or a part of it, and check that its rows are gone."""
        client = self._connected.client
        self.holder.drop(name)
        collection = find(client, name, self._server.url)
        everything = [] if collection is None else list(read_all(collection))
        kept = {each.id: each for each in choice.left([each.record for each in everything])}
        doomed = [each.record.id for each in everything if each.record.id not in kept]
        if collection is None or not (doomed or choice.everything):
            return Forgotten(moments=0, files_checked=0)
        changed = [
            Candidate(kept[each.record.id], each.vector)
            for each in everything
            if kept.get(each.record.id, each.record) != each.record
        ]
        if choice.everything or not (kept or kept_notes(collection)):
            client.delete_collection(name)
            gone = find(client, name, self._server.url) is None
        else:
            write(collection, changed)
            collection.delete(ids=doomed)
            gone = not collection.get(ids=doomed, include=[])["ids"]
        if not gone:
            raise SetupError(
                f"the Chroma server at {self._server.url!r} still has what should be forgotten; "
                "forget again"
            )
        return Forgotten(moments=len(doomed), files_checked=0, note=_NOTE)

    def close(self) -> None:
        """Let go of the connection."""
        CONNECTED.give_back(self._server)


SERVED: Loans[Server, Served] = Loans(Served)
"""The memories on servers that are open in this process."""


@contextmanager
def told_by(server: Server) -> Iterator[None]:
    """Turn what a server says, or that it says nothing, into one line."""
    import httpx
    from chromadb.errors import AuthorizationError, ChromaAuthError, ChromaError

    try:
        yield
    except (ChromaAuthError, AuthorizationError) as error:
        raise SetupError(
            f"the Chroma server at {server.url!r} refuses the token; set EMPATHY_MEMORY_API_KEY"
        ) from error
    except httpx.TransportError as error:
        raise SetupError(_silent(server)) from error
    except (ChromaError, httpx.HTTPError) as error:
        said = " ".join(str(error).split())[:200]
        raise SetupError(f"the Chroma server at {server.url!r} failed: {said}") from error
    except ValueError as error:
        # How Chroma tells that nobody answers, or that it cannot read who does.
        if "chroma server" not in str(error).lower():
            raise
        raise SetupError(_silent(server)) from error


def _silent(server: Server) -> str:
    return (
        f"no Chroma server answers at {server.url!r}; start it with `chroma run --host "
        f"{server.host} --port {server.port} --path FOLDER`, or leave out EMPATHY_MEMORY to keep "
        "the memory in a folder"
    )
