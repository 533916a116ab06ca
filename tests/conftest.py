"""What every test gets: no network, no environment of the machine, strict checkpoints."""

import os
import socket
from pathlib import Path
from typing import Any

os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"  # read when langgraph is imported
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest

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
