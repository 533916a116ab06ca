"""The ways to ask a server for a choice, and which of them each server was found to know."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from empathy_agent.models.address import Address
from empathy_agent.models.server.likely import room

__all__ = ["WAYS", "Found", "Known", "Way"]


@dataclass(frozen=True)
class Way:
    """One way to ask for a choice."""

    name: str
    """`logprobs`, `choice`, `schema` or `words`."""
    top: int = 0
    """How many likeliest tokens are asked for."""
    nested: bool = True
    """Whether the choice goes under `structured_outputs`, as in vLLM 0.12 and later."""

    @property
    def told(self) -> str:
        """What a user is told of it."""
        return {
            "logprobs": f"it tells how likely {self.top} tokens are",
            "choice": "it is held to the options, and tells no likelihoods",
            "schema": "it is held to a JSON schema, and tells no likelihoods",
            "words": "it answers in words, and tells no likelihoods",
        }[self.name]

    def body(self, options: Sequence[str]) -> dict[str, Any]:
        """Return what the request says besides model and messages."""
        if self.name == "logprobs":
            return {"logprobs": True, "top_logprobs": self.top, "max_tokens": room(options)}
        if self.name == "choice":
            choice = list(options)
            asked = (
                {"structured_outputs": {"choice": choice}}
                if self.nested
                else {"guided_choice": choice}
            )
            return {**asked, "max_tokens": _longest(options)}
        if self.name == "schema":
            return {"response_format": _schema(options), "max_tokens": _longest(options) + 24}
        return {"max_tokens": 32}


WAYS = (
    Way("logprobs", 20),
    Way("logprobs", 5),
    Way("choice"),
    Way("choice", nested=False),
    Way("schema"),
    Way("words"),
)
"""The better first. Twenty is the most that vLLM, OpenAI and Ollama give unless they are told
otherwise, five the most of TGI."""


@dataclass(frozen=True)
class Found:
    """What was found out about a server and a model."""

    way: Way | None = None
    """How it makes a choice; None until it made one."""
    continues: bool = True
    """Whether it goes on with an answer that was begun for it, as far as is known."""
    bare: bool = False
    """Whether it refuses fields that OpenAI does not know."""


class Known:
    """What was found out, by model and server; one for the whole process, shared by threads."""

    def __init__(self) -> None:
        self._found: dict[Address, Found] = {}
        self._lock = threading.Lock()

    def of(self, address: Address) -> Found:
        """Return what is known."""
        with self._lock:
            return self._found.get(address, Found())

    def note(self, address: Address, **news: Any) -> None:
        """Remember something new."""
        with self._lock:
            self._found[address] = replace(self._found.get(address, Found()), **news)


def _longest(options: Sequence[str]) -> int:
    """A token is a byte at the least."""
    return max(len(option.encode()) for option in options) + 2


def _schema(options: Sequence[str]) -> Mapping[str, Any]:
    answer = {"type": "string", "enum": list(options)}
    schema = {
        "type": "object",
        "properties": {"answer": answer},
        "required": ["answer"],
        "additionalProperties": False,
    }
    named = {"name": "answer", "strict": True, "schema": schema}
    return {"type": "json_schema", "json_schema": named}
