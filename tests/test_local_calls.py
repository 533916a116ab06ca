"""Tool calls in the forms that chat templates teach, whole and in pieces."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from empathy_agent.models.local.calls import Call, CallReader, short_id

LOOK, LINES = Call("look", {"at": "left"}), Call("lines", {})
NAMES = frozenset({"look", "lines"})


@dataclass(frozen=True)
class Case:
    id: str
    wrote: str
    calls: list[Call] = field(default_factory=list[Call])
    text: str = ""
    broken: int = 0


JSON = '{"name": "look", "arguments": {"at": "left"}}'
CASES = [
    Case("hermes", f"<tool_call>\n{JSON}\n</tool_call>", [LOOK]),
    Case("hermes twice", f'<tool_call>{JSON}</tool_call>\n'
         '<tool_call>{"name": "lines"}</tool_call>', [LOOK, LINES], "\n"),
    Case("hermes after words", f"I look. <tool_call>{JSON}</tool_call>", [LOOK], "I look. "),
    Case("hermes without its end", f"<tool_call>{JSON}", [LOOK]),
    Case("hermes, arguments as text",
         '<tool_call>{"name": "look", "arguments": "{\\"at\\": \\"left\\"}"}</tool_call>', [LOOK]),
    Case("hermes, unknown tool", '<tool_call>{"name": "sing"}</tool_call>', [Call("sing", {})]),
    Case("hermes, cut off", '<tool_call>{"name": "look", "argum', broken=1),
    Case("hermes, a list of numbers", "<tool_call>[1, 2]</tool_call>", broken=1),
    Case("hermes around words", "<tool_call>no thanks</tool_call>", text="no thanks"),
    Case("coder", "<tool_call>\n<function=look>\n<parameter=at>\nleft\n</parameter>\n</function>\n"
         "</tool_call>", [LOOK]),
    Case("coder without marks", "<function=lines>\n</function>", [LINES]),
    Case("mistral", f"[TOOL_CALLS] [{JSON}]", [LOOK]),
    Case("mistral, several", f'[TOOL_CALLS][{JSON}, {{"name": "lines", "arguments": {{}}}}]',
         [LOOK, LINES]),
    Case("mistral of 2025", '[TOOL_CALLS]look[ARGS]{"at": "left"}[TOOL_CALLS]lines[ARGS]{}',
         [LOOK, LINES]),
    Case("mistral with ids", '[TOOL_CALLS]look[CALL_ID]aB3dE5gH7[ARGS]{"at": "left"}', [LOOK]),
    Case("mistral, broken", "[TOOL_CALLS]look[ARGS]{at", broken=1),
    Case("llama", '{"name": "look", "parameters": {"at": "left"}}', [LOOK]),
    Case("llama, tagged", '<|python_tag|>{"name": "lines", "parameters": {}}', [LINES]),
    Case("llama, several", '{"name": "lines", "parameters": {}}; '
         '{"name": "look", "parameters": {"at": "left"}}', [LINES, LOOK]),
    Case("llama, wrapped", '{"type": "function", "function": {"name": "lines", "parameters": {}}}',
         [LINES]),
    Case("an object that is no call", '{"mood": "low"}', text='{"mood": "low"}'),
    Case("a call of nobody's tool", '{"name": "Ann", "parameters": {}}',
         text='{"name": "Ann", "parameters": {}}'),
    Case("an object that breaks off", '{"name": "look", ', text='{"name": "look", '),
    Case("a list in words", "[sighs] I hear you.", text="[sighs] I hear you."),
    Case("less than a mark", "2 < 3 and <tool", text="2 < 3 and <tool"),
    Case("words", "I hear you.", text="I hear you."),
    Case("nothing", ""),
]  # fmt: skip


def read(wrote: str, size: int, names: frozenset[str] = NAMES) -> tuple[str, CallReader]:
    reader = CallReader(names)
    pieces = [wrote[at : at + size] for at in range(0, len(wrote), size)]
    return "".join([*map(reader.feed, pieces), reader.flush()]), reader


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_calls_are_read_however_they_come(case: Case, size: int) -> None:
    text, reader = read(case.wrote, size)
    assert (text, reader.calls, len(reader.broken)) == (case.text, case.calls, case.broken)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_without_tools_a_marked_call_is_neither_made_nor_spoken(case: Case) -> None:
    text, reader = read(case.wrote, 2, frozenset())
    assert not reader.calls
    assert "tool_call>" not in text
    assert "TOOL_CALLS" not in text


def test_text_streams_up_to_where_a_call_may_begin() -> None:
    reader = CallReader(NAMES)
    assert reader.feed("I hear you, ") == "I hear you, "
    assert reader.feed("a <") == "a "
    assert reader.feed("b") == "<b"
    assert reader.feed(" <tool_ca") == " "
    assert reader.feed('ll>{"name"') == ""
    assert reader.flush() == ""
    assert reader.broken


@pytest.mark.parametrize("told", ["call_0123456789abcdef", "", "aB3dE5gH7", "ü"])
def test_an_id_is_made_short_and_stays_the_same(told: str) -> None:
    short = short_id(told)
    assert len(short) == 9
    assert short.isalnum()
    assert short_id(told) == short == short_id(short)


def test_deep_json_is_no_call() -> None:
    text, reader = read("[" * 100_000, 50_000)
    assert not reader.calls
    assert len(text) == 100_000


def test_arguments_keep_their_types() -> None:
    wrote = "<function=look><parameter=n>3</parameter><parameter=at>a 3</parameter></function>"
    _, reader = read(wrote, 7)
    args: Any = reader.calls[0].args
    assert args == {"n": 3, "at": "a 3"}
