"""What every test gets: no network, no environment of the machine, strict checkpoints."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"  # read when langgraph is imported
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest

if TYPE_CHECKING:
    from empathy_agent.memory.served import Server

_connect = socket.socket.connect


def _is_local(address: Any) -> bool:
    return isinstance(address, (str, bytes)) or address[0] in {"127.0.0.1", "localhost", "::1"}


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that leaves this machine."""

    def connect(self: socket.socket, address: Any) -> None:
        if not _is_local(address):
            raise OSError(f"a test tried to reach {address!r}")
        _connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the machine's own settings and home out of the tests."""
    for name in [name for name in os.environ if name.startswith("EMPATHY_")]:
        if name != "EMPATHY_DATA":
            monkeypatch.delenv(name)
    monkeypatch.setenv("EMPATHY_HOME", str(tmp_path / "home"))


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Return the folder of labelled data, or skip the test where there is none."""
    folder = Path(os.environ.get("EMPATHY_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("no labelled data here; point EMPATHY_DATA at it")
    return folder


@pytest.fixture(scope="session")
def chroma_server(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Server]":
    """Run a Chroma server on this machine, or skip the test where none can be started."""
    from tests.chroma_server import running

    with running(tmp_path_factory.mktemp("server")) as server:
        if server is None:
            pytest.skip("`chroma run` does not start here")
        yield server
