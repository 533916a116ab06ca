"""Where a server is and which model of it is meant: `BASE_URL#MODEL`."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from empathy_agent.errors import SetupError

__all__ = ["Address", "key_of", "read_address"]


@dataclass(frozen=True)
class Address:
    """A model on a server."""

    base_url: str
    """Such as `http://localhost:8000/v1`."""
    model: str
    """Its name there."""
    here: bool
    """Whether the server is this machine for certain."""


def read_address(rest: str, kind: str, example: str) -> Address:
    """Read `BASE_URL#MODEL`.

    Args:
        rest: what stands after `openai:`.
        kind: `chat` or `vision`.
        example: of a whole name, for the error.

    Raises:
        SetupError: it is malformed, or holds a key.
    """
    base_url, _, model = rest.partition("#")
    if "@" in base_url:
        raise SetupError(f"a key does not belong into the address of a server; set {key_of(kind)}")
    host = _host(base_url)
    if not host or not model.strip():
        raise SetupError(
            f"{kind} {f'openai:{rest}'!r} must be openai:BASE_URL#MODEL, such as {example!r}"
        )
    return Address(base_url, model.strip(), _here(host))


def key_of(kind: str) -> str:
    """Return the setting that holds the key of a `chat` or `vision` server."""
    return "EMPATHY_API_KEY" if kind == "chat" else "EMPATHY_VISION_API_KEY"


def _host(base_url: str) -> str | None:
    try:
        address = urlsplit(base_url)
        _ = address.port
    except ValueError:
        return None
    return address.hostname if address.scheme in {"http", "https"} else None


def _here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
