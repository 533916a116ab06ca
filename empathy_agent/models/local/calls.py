"""Reads tool calls out of what a model writes, in the forms that chat templates teach.

```text
Hermes, Qwen    <tool_call>{"name": "look", "arguments": {}}</tool_call>
Qwen3-Coder     <tool_call><function=look><parameter=at>left</parameter></function></tool_call>
Mistral         [TOOL_CALLS][{"name": "look", "arguments": {}}]    [TOOL_CALLS]look[ARGS]{}
Llama 3         {"name": "look", "parameters": {}}      after <|python_tag|> or by itself
```

Text streams through; from where a call may begin it is held back until the answer has ended. What
cannot be read as a call is text, but for broken JSON behind a mark: that is no word to a person.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

__all__ = ["MARKS", "Call", "CallReader", "short_id"]

MARKS = ("<tool_call>", "</tool_call>", "[TOOL_CALLS]", "[ARGS]", "[CALL_ID]", "<|python_tag|>")
"""Tokens that a tokenizer may count as special, and that are read all the same."""
_OPENING = ("<tool_call>", "[TOOL_CALLS]", "<|python_tag|>", "<function=")
_HERMES = re.compile(r"<tool_call>(.*?)(?:</tool_call>|(?=<tool_call>)|\Z)", re.DOTALL)
_FUNCTION = re.compile(r"<function=([^>\s]+)\s*>(.*?)(?:</function>|\Z)", re.DOTALL)
_PARAMETER = re.compile(r"<parameter=([^>\s]+)\s*>\n?(.*?)\n?</parameter>", re.DOTALL)
_NAMED = re.compile(r"\s*([\w.-]+)\s*(?:\[CALL_ID\]\s*[\w-]+\s*)?\[ARGS\]\s*")
_EOM = re.compile(r"\s*;?\s*")
_DECODER = json.JSONDecoder(strict=False)


@dataclass(frozen=True)
class Call:
    """A tool that a model wants to be called."""

    name: str
    args: Mapping[str, Any]


@dataclass
class CallReader:
    """Takes the pieces of an answer in; gives out its text, and at the end its calls."""

    names: frozenset[str]
    """Tools that were offered."""
    calls: list[Call] = field(default_factory=list[Call])
    """What was called; known when the answer has ended."""
    broken: list[str] = field(default_factory=list[str])
    """Marked as calls, but no JSON, or of a model that was offered no tools."""
    _raw: str = ""
    _given: int = 0

    def feed(self, piece: str) -> str:
        """Take the next piece in; return the text that cannot become a call any more."""
        self._raw += piece
        return self._give(self._certain())

    def flush(self) -> str:
        """Return the rest of the text; calls are known from now on."""
        held = self._raw[self._given :]
        self._given = len(self._raw)
        text = self._read(held)
        if not self.names:
            self.broken += [call.name for call in self.calls]
            self.calls = []
        return text

    def _give(self, until: int) -> str:
        given = self._raw[self._given : until]
        self._given = max(self._given, until)
        return given

    def _certain(self) -> int:
        """Return up to where the answer is text for certain."""
        if self.names and self._raw.lstrip()[:1] in ("{", "["):
            return self._given
        starts = [found for mark in _OPENING if (found := self._raw.find(mark)) >= 0]
        starts += [_partly(self._raw, mark) for mark in _OPENING]
        return min([*starts, len(self._raw)])

    def _read(self, held: str) -> str:
        if "<tool_call>" in held or "<function=" in held:
            return self._marked(held)
        for mark in ("[TOOL_CALLS]", "<|python_tag|>"):
            before, found, after = held.partition(mark)
            if found:
                return before + self._behind(mark, after)
        calls = list(_bare(held))
        if calls and all(call.name in self.names for call in calls):
            self.calls += calls
            return ""
        return held

    def _marked(self, held: str) -> str:
        """Take the calls of Hermes and Qwen out of a text that holds others too."""
        pattern = _HERMES if "<tool_call>" in held else _FUNCTION

        def take(found: re.Match[str]) -> str:
            inside = found[1] if pattern is _HERMES else found[0]
            return self._behind("", inside)

        return pattern.sub(take, held)

    def _behind(self, mark: str, told: str) -> str:
        """Take calls from behind a mark; return what of it is text."""
        calls = list(_functions(told) or _named(told) or _bare(told))
        if calls:
            self.calls += calls
            return ""
        if told.lstrip()[:1] in ("{", "[", "<"):
            self.broken.append(told)
            return ""
        return told if mark != "[TOOL_CALLS]" or "[ARGS]" not in told else self._lost(told)

    def _lost(self, told: str) -> str:
        self.broken.append(told)
        return ""


def short_id(told: str) -> str:
    """Return a call's id in the form that Mistral's template insists on: nine letters and digits.

    The same id is always made into the same.
    """
    if re.fullmatch(r"[A-Za-z0-9]{9}", told):
        return told
    return hashlib.blake2b(told.encode(), digest_size=8).hexdigest()[:9]


def _partly(text: str, mark: str) -> int:
    """Return where a mark may just have begun, or the end."""
    for length in range(min(len(mark) - 1, len(text)), 0, -1):
        if mark.startswith(text[-length:]):
            return len(text) - length
    return len(text)


def _functions(told: str) -> list[Call]:
    return [
        Call(found[1], {key: _value(value) for key, value in _PARAMETER.findall(found[2])})
        for found in _FUNCTION.finditer(told)
    ]


def _value(told: str) -> object:
    try:
        return cast("object", json.loads(told))
    except ValueError:
        return told


def _named(told: str) -> list[Call]:
    """Read `name[ARGS]{...}`, once or several times."""
    calls: list[Call] = []
    at = 0
    while found := _NAMED.match(told, at):
        value, at = _decode(told, found.end())
        if not isinstance(value, dict):
            return []
        calls.append(Call(found[1], cast("dict[str, Any]", value)))
        at += len(told[at:]) - len(told[at:].lstrip().removeprefix("[TOOL_CALLS]"))
    return calls


def _bare(told: str) -> list[Call]:
    """Read one call or a list of them, or several with semicolons between; all of it or nothing."""
    calls: list[Call] = []
    at = len(told) - len(told.lstrip())
    while at < len(told):
        value, at = _decode(told, at)
        found = list(_calls_in(value))
        if not found:
            return []
        calls += found
        rest = _EOM.match(told, at)
        at = rest.end() if rest else at
    return calls


def _decode(told: str, at: int) -> tuple[object, int]:
    try:
        value, end = _DECODER.raw_decode(told, at)
    except (ValueError, RecursionError):
        return None, len(told)
    return cast("object", value), end


def _calls_in(value: object) -> Iterator[Call]:
    if isinstance(value, list):
        for each in cast("Iterable[object]", value):
            yield from _calls_in(each)
    elif isinstance(value, dict):
        told = cast("dict[str, object]", value)
        if isinstance(told.get("function"), dict):
            told = cast("dict[str, object]", told["function"])
        name, args = told.get("name"), told.get("arguments", told.get("parameters", {}))
        if isinstance(args, str):
            args = _value(args)
        if isinstance(name, str) and name and isinstance(args, dict):
            yield Call(name, cast("dict[str, Any]", args))
