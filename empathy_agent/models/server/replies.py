"""What a server says, checked where it comes in; see the OpenAI chat completions reference."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, Field, ValidationError

from empathy_agent.errors import ModelUnavailable
from empathy_agent.models.server.likely import Step

__all__ = ["Reply", "names", "piece", "reply"]


class _Listed(BaseModel):
    token: str
    logprob: float


class _Token(_Listed):
    top_logprobs: list[_Listed] | None = None


class _Logprobs(BaseModel):
    content: list[_Token] | None = None


class _Message(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    message: _Message
    logprobs: _Logprobs | None = None


class _Whole(BaseModel):
    choices: list[_Choice] = Field(min_length=1)


class _Part(BaseModel):
    delta: _Message
    finish_reason: str | None = None


class _Chunk(BaseModel):
    choices: list[_Part]


class _Model(BaseModel):
    id: str


class _Models(BaseModel):
    data: list[_Model]


@dataclass(frozen=True)
class Reply:
    """An answer."""

    text: str
    steps: list[Step]
    """Its first tokens with their likelihoods; empty where the server tells none."""


def reply(raw: bytes, who: str) -> Reply:
    """Read a whole answer.

    Raises:
        ModelUnavailable: it is none.
    """
    try:
        choice = _Whole.model_validate_json(raw).choices[0]
    except ValidationError as error:
        raise ModelUnavailable(f"{who} answered with something that is no chat") from error
    tokens = (choice.logprobs and choice.logprobs.content) or []
    steps = [
        Step(each.token, each.logprob, _finite(each.top_logprobs or []))
        for each in tokens
        if math.isfinite(each.logprob)
    ]
    if not any(step.others for step in steps):
        steps = []
    return Reply(text=choice.message.content or "", steps=steps)


def _finite(listed: Sequence[_Listed]) -> tuple[tuple[str, float], ...]:
    return tuple((each.token, each.logprob) for each in listed if math.isfinite(each.logprob))


def piece(data: str, who: str) -> tuple[str, bool]:
    """Read one event of a stream: its words, and whether they are the last.

    Raises:
        ModelUnavailable: it is broken, or says that the server failed.
    """
    try:
        told = json.loads(data)
        chunk = _Chunk.model_validate(told)
    except ValueError as error:
        raise ModelUnavailable(f"{who} broke off in the middle of its answer") from error
    if not chunk.choices:
        return "", False
    first = chunk.choices[0]
    return first.delta.content or "", first.finish_reason is not None


def names(raw: bytes, who: str) -> list[str]:
    """Read the list of the models that a server has.

    Raises:
        ModelUnavailable: it is no such list.
    """
    try:
        return [model.id for model in _Models.model_validate_json(raw).data]
    except ValidationError as error:
        raise ModelUnavailable(f"{who} does not list its models") from error
