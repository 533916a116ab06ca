"""Chat models by name. LangChain's own protocol, unwrapped; servers go through langchain-openai."""

import importlib
import importlib.util
import json
from types import TracebackType
from typing import cast
from urllib.parse import urlsplit

from langchain_core.language_models import BaseChatModel
from pydantic import SecretStr

from empathy_agent.errors import ModelUnavailable, SetupError, near
from empathy_agent.models.listener.voice import ScriptedListener

__all__ = ["open_chat", "translate_errors"]

_TIMEOUT_S = 60.0
_TRIES_AGAIN = 2
_EXAMPLE = "openai:http://localhost:11434/v1#llama3.2"
_KNOWN = ("scripted", "openai:BASE_URL#MODEL")


def open_chat(
    name: str,
    *,
    api_key: SecretStr | None = None,
    timeout: float = _TIMEOUT_S,
    max_retries: int = _TRIES_AGAIN,
) -> BaseChatModel:
    """Return a chat model; nothing is loaded and no server is asked before its first use.

    Args:
        name: `scripted` (embedded), `openai:BASE_URL#MODEL` (Ollama, vLLM, SGLang, llama.cpp, or
            anything else that speaks that protocol), or, with `langchain` installed, any name
            that its `init_chat_model` knows.
        api_key: for servers that want one.
        timeout: seconds for one try, whole.
        max_retries: after a failed connection, 429 or 5xx.

    Raises:
        SetupError: no such model, or its library is not installed.
    """
    if name == "scripted":
        return ScriptedListener()
    if name.startswith("openai:http") or (name.startswith("openai:") and "#" in name):
        return _open_server(name, api_key, timeout, max_retries)
    return _open_any(name, api_key, timeout, max_retries)


def _open_server(
    name: str, api_key: SecretStr | None, timeout: float, max_retries: int
) -> BaseChatModel:
    base_url, _, model = name.removeprefix("openai:").partition("#")
    address = urlsplit(base_url)
    if address.scheme not in {"http", "https"} or not address.hostname or not model.strip():
        raise SetupError(f"chat {name!r} must be openai:BASE_URL#MODEL, such as {_EXAMPLE!r}")
    if importlib.util.find_spec("langchain_openai") is None:
        raise SetupError(f"chat {name!r} needs pip install 'empathy-agent[server]'")
    from langchain_openai import ChatOpenAI

    return ChatOpenAI(
        model=model.strip(),
        base_url=base_url,
        api_key=api_key or SecretStr("EMPTY"),
        timeout=timeout,
        max_retries=max_retries,
    )


def _open_any(
    name: str, api_key: SecretStr | None, timeout: float, max_retries: int
) -> BaseChatModel:
    if importlib.util.find_spec("langchain") is None:
        raise SetupError(
            f"unknown chat {name!r}{near(name, _KNOWN)}; such as {_EXAMPLE!r}; other names need "
            "pip install langchain"
        )
    opened = importlib.import_module("langchain.chat_models")
    options: dict[str, object] = {"timeout": timeout, "max_retries": max_retries}
    if api_key is not None:
        options["api_key"] = api_key
    try:
        return cast("BaseChatModel", opened.init_chat_model(name, **options))
    except (ImportError, ValueError) as error:
        raise SetupError(f"chat {name!r}: {str(error).splitlines()[0]}") from error


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
            told = _told(error)
            if told is not None:
                raise ModelUnavailable(told) from error


_LIBRARIES = frozenset(
    {"openai", "httpx", "httpcore", "langchain_openai", "anthropic", "groq", "mistralai", "ollama"}
)
"""Their errors are a server's."""
_BY_STATUS = {
    400: "refused the request (400)",
    401: "refused the key (401); set EMPATHY_API_KEY",
    403: "refused access (403)",
    404: "does not know this model or address (404)",
    429: "is too busy (429)",
}


def _told(error: Exception) -> str | None:
    """Return what happened, or None when it is not the server's doing."""
    if isinstance(error, json.JSONDecodeError):
        return "the chat server answered with something that is no JSON"
    if isinstance(error, TimeoutError):
        return "the chat server took too long"
    if isinstance(error, ConnectionError):
        return "the chat server cannot be reached"
    if not _from_a_library(error):
        return _no_chat(error)
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return f"the chat server {_BY_STATUS.get(status, f'failed ({status})')}"
    name = type(error).__name__
    if "Timeout" in name:
        return "the chat server took too long"
    if "Connect" in name:
        return "the chat server cannot be reached; is it running?"
    return f"the chat server failed ({name})"


def _from_a_library(error: Exception) -> bool:
    return any(each.__module__.split(".")[0] in _LIBRARIES for each in type(error).__mro__)


def _no_chat(error: Exception) -> str | None:
    """Return what happened when a library stumbled over an answer that is no chat."""
    if not isinstance(error, (AttributeError, LookupError, TypeError, ValueError)):
        return None
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = str(trace.tb_frame.f_globals.get("__name__", "")) if trace else ""
    if where.split(".")[0] in _LIBRARIES | {"langchain_core"}:
        return "the chat server answered with something that is no chat"
    return None
