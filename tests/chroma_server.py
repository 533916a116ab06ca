"""A real `chroma run` for the tests, on this machine alone."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from empathy_agent.errors import SetupError
from empathy_agent.memory.served import Server, disconnect

__all__ = ["empty", "free_port", "running"]

_STARTS_S = 60.0


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(folder: Path, port: int | None = None) -> Generator[Server | None]:
    """Start a server that keeps its rows in a folder; None: it cannot be started here."""
    program = shutil.which("chroma", path=str(Path(sys.executable).parent)) or shutil.which(
        "chroma"
    )
    if program is None:
        yield None
        return
    server = Server(f"http://127.0.0.1:{port or free_port()}")
    process = subprocess.Popen(
        [program, "run", "--host", server.host, "--port", str(server.port), "--path", str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield server if _answers(server, process) else None
    finally:
        process.terminate()
        process.wait()


def _answers(server: Server, process: "subprocess.Popen[bytes]") -> bool:
    until = time.monotonic() + _STARTS_S
    while time.monotonic() < until and process.poll() is None:
        try:
            client = server.connect()
        except SetupError:
            time.sleep(0.1)
            continue
        disconnect(client)
        return True
    return False


def empty(server: Server) -> None:
    """Delete everything on a server."""
    client = server.connect()
    for each in client.list_collections():
        client.delete_collection(each.name)
    disconnect(client)
