# pyright: basic, reportMissingImports=false
"""Turns the tokens of an answer into chunks of LangChain, while they come."""

import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessageChunk
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGenerationChunk

from empathy_agent.models.local.calls import MARKS, CallReader
from empathy_agent.models.speech import OwnWords

if TYPE_CHECKING:
    from empathy_agent.models.local.writing import Ended, Wish

__all__ = ["Answer"]


@dataclass(eq=False)
class Answer:
    """Text that is the model's own, and at the end its calls."""

    wish: "Wish"
    tokenizer: Any
    reader: CallReader
    stops: tuple[str, ...]
    model: str
    own: OwnWords = field(default_factory=OwnWords)
    """Cuts away what is somebody else's."""
    ended: bool = False
    """Whether nothing more of it is wanted."""
    _ids: list[int] = field(default_factory=list[int])
    _from: int = 0
    """Where the tokens begin that decide how the next ones read."""
    _read: int = 0
    """Up to where tokens have become text."""
    _said: str = ""
    _held: str = ""
    """May still become a stop."""

    def __post_init__(self) -> None:
        """Look up which tokens are nothing to read."""
        added = self.tokenizer.added_tokens_decoder.items()
        self._hidden = {at for at, each in added if each.special and str(each) not in MARKS}

    def take(self, told: "int | Ended") -> ChatGenerationChunk | None:
        """Take the next thing that is told; return a chunk where there is something to say.

        Raises:
            Exception: what went wrong with the model.
        """
        if not isinstance(told, int):
            if told.error is not None:
                self.ended = True
                raise told.error
            return self._last(told.why)
        self._ids.append(told)
        given = self._give(self.own.feed(self.reader.feed(self._decoded())))
        if self.own.ended or self.ended:
            return self._last("stop", given)
        return _chunk(given) if given else None

    def _decoded(self) -> str:
        """Return what the newest token adds, or nothing while a letter is not whole."""
        text = self._text(self._ids[self._from :])
        before = self._text(self._ids[self._from : self._read])
        if text.endswith("\ufffd") or len(text) <= len(before):
            return ""
        self._from, self._read = self._read, len(self._ids)
        return text[len(before) :]

    def _text(self, ids: list[int]) -> str:
        """Decode, without special tokens that are no marks of a call."""
        shown = [each for each in ids if each not in self._hidden]
        return self.tokenizer.decode(shown, skip_special_tokens=False)

    def _give(self, text: str, *, final: bool = False) -> str:
        """Return text up to a stop, holding back what may become one."""
        if not self.stops:
            return text
        text = self._held + text
        found = [at for stop in self.stops if stop and (at := text.find(stop)) >= 0]
        if found:
            self.ended, self._held = True, ""
            return text[: min(found)]
        longest = 0 if final else max(map(len, self.stops)) - 1
        given, self._held = text[: len(text) - longest], text[len(text) - longest :]
        return given

    def _last(self, why: str, given: str = "") -> ChatGenerationChunk:
        cut = self.ended or self.own.ended
        self.ended = True
        rest = "" if cut else self.own.feed(self.reader.flush()) + self.own.flush()
        text = given + ("" if cut else self._give(rest, final=True))
        calls = [
            tool_call_chunk(
                name=call.name,
                args=json.dumps(call.args, ensure_ascii=False),
                id=f"call_{uuid.uuid4().hex[:24]}",
                index=place,
            )
            for place, call in enumerate(self.reader.calls)
        ]
        asked, told = len(self.wish.ids), len(self._ids)
        message = AIMessageChunk(
            content=text,
            tool_call_chunks=calls,
            response_metadata={
                "finish_reason": "tool_calls" if calls else why,
                "model_name": self.model,
                **({"broken_calls": len(self.reader.broken)} if self.reader.broken else {}),
            },
            usage_metadata=UsageMetadata(
                input_tokens=asked, output_tokens=told, total_tokens=asked + told
            ),
        )
        message.chunk_position = "last"
        return ChatGenerationChunk(message=message)


def _chunk(text: str) -> ChatGenerationChunk:
    return ChatGenerationChunk(message=AIMessageChunk(content=text))
