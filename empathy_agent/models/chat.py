"""Chat models by name. LangChain's own protocol, unwrapped; servers go through langchain-openai."""

import importlib
import importlib.util
from typing import cast

from langchain_core.language_models import BaseChatModel
from pydantic import SecretStr

from empathy_agent.errors import SetupError, near
from empathy_agent.models.address import read_address
from empathy_agent.models.failures import translate_errors
from empathy_agent.models.listener.voice import ScriptedListener
from empathy_agent.models.local.chat import open_local_chat
from empathy_agent.models.local.name import read_name

__all__ = ["examine_chat", "open_chat", "translate_errors"]

_TIMEOUT_S = 60.0
_WHOLE = 3
_TRIES_AGAIN = 2
_HERE = "hf:"
_EXAMPLE = "openai:http://localhost:11434/v1#llama3.2"
_KNOWN = ("scripted", "hf:REPOSITORY_OR_FOLDER", "openai:BASE_URL#MODEL")


def open_chat(
    name: str,
    *,
    api_key: SecretStr | None = None,
    timeout: float = _TIMEOUT_S,
    max_retries: int = _TRIES_AGAIN,
) -> BaseChatModel:
    """Return a chat model; nothing is loaded and no server is asked before its first use.

    Args:
        name: `scripted` (embedded), `hf:` and a repository or folder of a model that runs here,
            `openai:BASE_URL#MODEL` (Ollama, vLLM, SGLang, llama.cpp, or anything else that speaks
            that protocol), or, with `langchain` installed, any name that its `init_chat_model`
            knows.
        api_key: for servers that want one.
        timeout: seconds that a server may be silent; a whole answer may take three times as long.
        max_retries: after a failed connection, 429 or 5xx.

    Raises:
        SetupError: no such model, or its library is not installed.
    """
    if name == "scripted":
        return ScriptedListener()
    if name.startswith(_HERE):
        return open_local_chat(name.removeprefix(_HERE), whole_s=_WHOLE * timeout)
    if _on_a_server(name):
        return _open_server(name, api_key, timeout, max_retries)
    return _open_any(name, api_key, timeout, max_retries)


def examine_chat(name: str, api_key: SecretStr | None = None) -> str:
    """Say whether a chat model can be used; a server is asked for one token, a local one weighed.

    Raises:
        SetupError: there is no such model, or its key or address is not right.
        ModelUnavailable: its server did not answer.
    """
    open_chat(name, api_key=api_key)
    if name.startswith(_HERE):
        from empathy_agent.models.local.load import look

        return f"is here and fits: {look(read_name(name.removeprefix(_HERE)), sees=False)}"
    if not _on_a_server(name):
        return "is set up"
    from empathy_agent.models.server.line import Limits, Line
    from empathy_agent.models.server.refusals import Refused, explain

    address = read_address(name.removeprefix("openai:"), "chat", _EXAMPLE)
    line = Line("chat", address, api_key, Limits(total_s=_TIMEOUT_S, tries=1))
    hello = {"role": "user", "content": "Hello"}
    try:
        line.ask({"model": address.model, "messages": [hello], "max_tokens": 1})
    except Refused as refused:
        raise explain(refused, "chat", address, line.models) from refused
    return "answers" if address.here else "answers; what is said leaves this machine"


def _on_a_server(name: str) -> bool:
    return name.startswith("openai:http") or (name.startswith("openai:") and "#" in name)


def _open_server(
    name: str, api_key: SecretStr | None, timeout: float, max_retries: int
) -> BaseChatModel:
    address = read_address(name.removeprefix("openai:"), "chat", _EXAMPLE)
    if importlib.util.find_spec("langchain_openai") is None:
        raise SetupError(f"chat {name!r} needs pip install 'empathy-agent[server]'")
    from empathy_agent.models.served import open_served

    return open_served(
        address, api_key, timeout=timeout, max_retries=max_retries, whole_s=_WHOLE * timeout
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
