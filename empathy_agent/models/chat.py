"""Chat models by name. LangChain's own protocol, unwrapped; servers go through langchain-openai."""

import importlib.util
import json
from collections.abc import Iterator
from contextlib import contextmanager
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
    from langchain.chat_models import init_chat_model  # pyright: ignore

    options: dict[str, object] = {"timeout": timeout, "max_retries": max_retries}
    if api_key is not None:
        options["api_key"] = api_key
    try:
        return init_chat_model(name, **options)
    except (ImportError, ValueError) as error:
        raise SetupError(f"chat {name!r}: {str(error).splitlines()[0]}") from error


@contextmanager
def translate_errors() -> Iterator[None]:
    """Turn what a chat server does wrong into `ModelUnavailable`; anything else passes through.

    Raises:
        ModelUnavailable: no connection, too slow, refused, failed, or an answer that is no chat.
    """
    try:
        yield
    except json.JSONDecodeError as error:
        raise ModelUnavailable("the chat server answered with something that is no JSON") from error
