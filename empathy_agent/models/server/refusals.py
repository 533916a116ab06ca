"""What to tell a user when a server refuses: which setting is not right, and how to put it right.

The words of the servers themselves were looked up: vLLM says *X is not a multimodal model* and *At
most 1 image(s) may be provided in one prompt*, llama.cpp *image input is not supported - hint: …
mmproj*, Ollama *this model is missing data required for image input*.
"""

import difflib
import re
from collections.abc import Callable, Sequence

from empathy_agent.errors import EmpathyError, ModelUnavailable, SetupError, near
from empathy_agent.models.address import Address, key_of

__all__ = ["Refused", "explain", "missing"]

_BLIND = re.compile(
    r"not a multimodal|image input is not supported|required for image input|mmproj"
    r"|(not|n't) (support|accept)\w* (image|vision|multi-?modal)|only '?text'? content"
    r"|allowed values: \['text'\]|at most 0 image"
)
_TOO_MANY = re.compile(r"at most (\d+) image")
_TOO_LONG = re.compile(r"context (length|size|window)|maximum (model|context) len|too many tokens")
_MOST_NAMES = 12


class Refused(Exception):
    """The server works and does not want this request; for the callers in this package."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(f"refused ({status})")
        self.status = status
        self.said = said
        """The server's words in small letters; they may repeat the request, so never show them."""

    @property
    def lasting(self) -> bool:
        """Whether the server says that it will never take such pictures."""
        return any(no.search(self.said) for no in (_BLIND, _TOO_MANY, _TOO_LONG))

    @property
    def about_the_way(self) -> bool:
        """Whether only the way of asking may be refused, so that another may work."""
        return self.status in {400, 415, 422} and not self.lasting


def explain(
    refused: Refused, kind: str, address: Address, models: Callable[[], list[str]]
) -> EmpathyError:
    """Return the error that says what to do.

    Args:
        refused: what the server said; it is looked at and not repeated.
        kind: `vision` or `chat`.
        address: what was asked for.
        models: asks the server which it has.
    """
    status, said, server = refused.status, refused.said, address.base_url
    if status in {401, 403}:
        return SetupError(
            f"the {kind} server at {server!r} refused the key ({status}); set {key_of(kind)}"
        )
    if status == 404:
        return _not_found(kind, address, models)
    if 300 <= status < 400:
        return SetupError(f"{server!r} sends elsewhere ({status}); name the address it sends to")
    if _BLIND.search(said):
        return SetupError(
            f"model {address.model!r} at {server!r} cannot see pictures; serve a vision-language "
            "model (llama.cpp needs its --mmproj file besides)"
        )
    if most := _TOO_MANY.search(said):
        return SetupError(
            f"the vision server takes at most {most[1]} pictures a question; start vLLM with "
            """--limit-mm-per-prompt '{"image": 8}'"""
        )
    if _TOO_LONG.search(said):
        return SetupError(
            "the pictures do not fit the context of the vision server; start it with a longer one "
            "(vLLM: --max-model-len, llama.cpp: --ctx-size, Ollama: OLLAMA_CONTEXT_LENGTH)"
        )
    return ModelUnavailable(f"the {kind} server refused the request ({status})")


def _not_found(kind: str, address: Address, models: Callable[[], list[str]]) -> EmpathyError:
    try:
        has = models()
    except (Refused, ModelUnavailable):
        has = []
    if address.model in has:
        return SetupError(
            f"the {kind} server has {address.model!r} and does not talk with it (404); name a "
            f"{'vision-language' if kind == 'vision' else 'chat'} model"
        )
    if not has:
        return SetupError(
            f"nothing at {address.base_url!r} speaks the OpenAI protocol; BASE_URL mostly ends "
            "in '/v1'"
        )
    return missing(kind, address.model, has)


def missing(kind: str, model: str, has: Sequence[str]) -> SetupError:
    """Return the error about a model that a server does not have."""
    shown = has if len(has) <= _MOST_NAMES else difflib.get_close_matches(model, has, 3, 0.3)
    return SetupError(f"the {kind} server has no model {model!r}{near(model, shown or has[:3])}")
