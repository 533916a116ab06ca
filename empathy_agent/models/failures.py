"""What went wrong with a server, in words that hold nothing of the conversation."""

import json
from types import TracebackType

from empathy_agent.errors import ModelUnavailable

__all__ = ["told", "translate_errors"]

_LIBRARIES = frozenset(
    {
        "openai",
        "httpx",
        "httpx2",
        "httpcore",
        "httpcore2",
        "langchain_openai",
        "anthropic",
        "groq",
        "mistralai",
        "ollama",
    }
)
"""Their errors are a server's."""
_BY_STATUS = {
    400: "refused the request (400)",
    401: "refused the key (401); set EMPATHY_API_KEY",
    403: "refused access (403)",
    404: "does not know this model or address (404)",
    429: "is too busy (429)",
}


def told(error: Exception, who: str) -> str | None:
    """Return what `who`, such as `the chat server`, did; None when it is not the server's doing.

    Errors of the server's libraries, of the connection and of JSON are a server's. Anything else
    is a bug of ours.
    """
    if isinstance(error, json.JSONDecodeError):
        return f"{who} answered with something that is no JSON"
    if isinstance(error, TimeoutError):
        return f"{who} took too long"
    if isinstance(error, ConnectionError):
        return f"{who} cannot be reached"
    if not _from_a_library(error):
        return f"{who} answered with something that is no chat" if _stumbled(error) else None
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return f"{who} {_BY_STATUS.get(status, f'failed ({status})')}"
    return f"{who} {_by_name(type(error).__name__)}"


def _by_name(name: str) -> str:
    if "Timeout" in name:
        return "took too long"
    if "Connect" in name:
        return "cannot be reached; is it running?"
    if name in {"RemoteProtocolError", "ReadError"}:
        return "hung up in the middle of its answer"
    return f"failed ({name})"


def _from_a_library(error: Exception) -> bool:
    return any(each.__module__.split(".")[0] in _LIBRARIES for each in type(error).__mro__)


def _stumbled(error: Exception) -> bool:
    """Return whether a library stumbled over an answer that is no chat."""
    if not isinstance(error, (AttributeError, LookupError, TypeError, ValueError)):
        return False
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = str(trace.tb_frame.f_globals.get("__name__", "")) if trace else ""
    return where.split(".")[0] in _LIBRARIES | {"langchain_core"}


class translate_errors:
    """Turn what goes wrong with a chat server into `ModelUnavailable`, in `with` blocks.

    Errors of the server's libraries, of the connection and of JSON are translated, with no word
    of the conversation in the message. Anything else is a bug of ours and passes through.

    Raises:
        ModelUnavailable: no connection, too slow, refused, failed, or an answer that is no chat.
    """

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Translate the error, if it is one of a server."""
        if isinstance(error, Exception):
            what = told(error, "the chat server")
            if what is not None:
                raise ModelUnavailable(what) from error
