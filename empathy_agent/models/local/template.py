# pyright: basic, reportMissingImports=false
"""Puts a conversation through a model's own chat template, with the manners that it understands.

What a template can do is found out by trying it once: whether it takes a system message, whether
it shows tools and their results, whether contents are strings or lists, and which special tokens
end a turn. What it cannot do is said in another way, so that nothing of a conversation is lost:
a system message opens the first message of the user, a tool's result follows what the user said.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)

from empathy_agent.errors import SetupError
from empathy_agent.models.local.calls import MARKS, short_id

__all__ = ["Manners", "manners_of", "render"]

_WORD, _RESULT, _RULE = "zebra", "quagga", "okapi"
_PROBE = [SystemMessage(_RULE), HumanMessage(_WORD)]
_TOOL = {
    "type": "function",
    "function": {
        "name": "count_stripes",
        "description": "Count.",
        "parameters": {"type": "object", "properties": {}},
    },
}
_CALL = {"name": "count_stripes", "args": {}, "id": "call_1", "type": "tool_call"}
_CALLED = [AIMessage("", tool_calls=[_CALL]), ToolMessage(_RESULT, tool_call_id="call_1")]


@dataclass(frozen=True)
class Manners:
    """What a chat template understands."""

    template: str
    begin: str
    """What a tokenizer would put before every text, if the template does so itself; or empty."""
    special: frozenset[str]
    """Tokens that words may not pose as."""
    listed: bool = False
    """Whether contents are lists of parts, as models that see have them."""
    system: bool = True
    tools: bool = True
    ends: frozenset[str] = frozenset()
    """Special tokens that end an answer, or begin somebody else's turn."""


def manners_of(processor: Any) -> Manners:
    """Find out what a model's chat template understands.

    Raises:
        SetupError: it fails at a user's message.
    """
    tokenizer = processor.tokenizer
    added = {str(each): each for each in tokenizer.added_tokens_decoder.values()}
    special = {name for name, each in added.items() if each.special or _is_mark(name)}
    own = (getattr(processor, each, None) for each in ("image_token", "video_token", "boi_token"))
    special |= {str(token) for token in own if token}
    manners = Manners(processor.chat_template, tokenizer.bos_token or "", frozenset(special))
    for listed in (False, True):
        manners = replace(manners, listed=listed, system=False, tools=False)
        if _WORD in _tried(tokenizer, manners, [HumanMessage(_WORD)]):
            break
    else:
        raise SetupError("its chat template shows nothing of what is said to it; choose another")
    polite = replace(manners, system=True)
    manners = polite if _RULE in _tried(tokenizer, polite, _PROBE) else manners
    able = replace(manners, tools=True)
    told = _tried(tokenizer, able, [*_PROBE, *_CALLED], [_TOOL])
    manners = able if "count_stripes" in told and _RESULT in told else manners
    return replace(manners, ends=_ends(tokenizer, manners))


def render(
    tokenizer: Any,
    manners: Manners,
    messages: Sequence[BaseMessage],
    tools: Sequence[dict[str, Any]] = (),
) -> str:
    """Return a conversation as the model reads it, ready for its answer.

    Raises:
        SetupError: a message is no text, or the template fails at it.
    """
    from jinja2 import TemplateError

    try:
        return _apply(tokenizer, manners, messages, tools)
    except (TemplateError, TypeError, ValueError, KeyError):
        # Llama 3 takes one call at a time, Mistral results in the order of their calls.
        plain = replace(manners, tools=False)
    try:
        return _apply(tokenizer, plain, messages, ())
    except (TemplateError, TypeError, ValueError, KeyError) as error:
        raise SetupError(f"the model's chat template fails: {str(error)[:200]}") from error


def _apply(
    tokenizer: Any,
    manners: Manners,
    messages: Sequence[BaseMessage],
    tools: Sequence[dict[str, Any]],
) -> str:
    return tokenizer.apply_chat_template(
        _turns(manners, messages),
        tools=list(tools) if tools and manners.tools else None,
        chat_template=manners.template,
        add_generation_prompt=True,
        tokenize=False,
        enable_thinking=False,  # of those that can, templates know this word; others ignore it
    )


def _turns(manners: Manners, messages: Sequence[BaseMessage]) -> list[dict[str, Any]]:
    """Return messages as Transformers takes them; neighbours of one role are made one."""
    turns: list[dict[str, Any]] = []
    for message in messages:
        turn = _turn(manners, message)
        if turn is None:
            continue
        last = turns[-1] if turns else {}
        plain = "tool_calls" not in turn and "tool_calls" not in last and turn["role"] != "tool"
        if plain and last.get("role") == turn["role"]:
            last["content"] = f"{last['content']}\n\n{turn['content']}".strip()
        else:
            turns.append(turn)
    if not manners.system:
        turns = _without_system(turns)
    if manners.listed:
        for turn in turns:
            turn["content"] = [{"type": "text", "text": turn["content"]}]
    return turns


def _turn(manners: Manners, message: BaseMessage) -> dict[str, Any] | None:
    text = _clean(manners, _text(message))
    if isinstance(message, SystemMessage):
        return {"role": "system", "content": text}
    if isinstance(message, ToolMessage):
        if manners.tools:
            told = {"name": message.name or "", "tool_call_id": short_id(message.tool_call_id)}
            return {"role": "tool", "content": text, **told}
        return {"role": "user", "content": f"({message.name or 'a tool'} tells: {text})"}
    if isinstance(message, AIMessage):
        calls = [_call(each) for each in message.tool_calls] if manners.tools else []
        if not text and not calls:
            return None
        return {"role": "assistant", "content": text} | ({"tool_calls": calls} if calls else {})
    return {"role": "user", "content": text}


def _call(call: Any) -> dict[str, Any]:
    function = {"name": call["name"], "arguments": call["args"]}
    return {"type": "function", "id": short_id(str(call["id"])), "function": function}


def _text(message: BaseMessage) -> str:
    content = message.content
    if isinstance(content, str):
        return content
    kinds = {block.get("type", "text") for block in content if isinstance(block, dict)}
    if kinds & {"image", "image_url", "audio", "video", "file"}:
        raise SetupError("this voice reads words alone; pictures are for --vision")
    return str(message.text)


def _clean(manners: Manners, text: str) -> str:
    """Keep words from posing as the end of a turn, a call, or a picture."""
    for token in manners.special:
        if token in text:
            text = text.replace(token, " ")
    return text


def _is_mark(token: str) -> bool:
    """Whether a token that counts as a word is one that frames calls, results or thoughts."""
    return len(token) > 3 and token[0] + token[-1] in ("<>", "[]")


def _without_system(turns: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    told = "\n\n".join(turn["content"] for turn in turns if turn["role"] == "system")
    rest = [turn for turn in turns if turn["role"] != "system"]
    if not told:
        return rest
    if rest and rest[0]["role"] == "user":
        rest[0]["content"] = f"{told}\n\n{rest[0]['content']}"
        return rest
    return [{"role": "user", "content": told}, *rest]


def _tried(
    tokenizer: Any,
    manners: Manners,
    messages: Sequence[BaseMessage],
    tools: Sequence[dict[str, Any]] = (),
) -> str:
    """Return what a template makes of messages; nothing where it refuses them."""
    try:
        return _apply(tokenizer, manners, messages, tools)
    except Exception:  # whatever a template written by somebody does, it does not understand
        return ""


def _ends(tokenizer: Any, manners: Manners) -> frozenset[str]:
    """Return the special tokens right after an answer: its end, and the next turn's beginning."""
    said = [HumanMessage(_RULE), AIMessage(_WORD), HumanMessage(_RESULT)]
    after = _tried(tokenizer, manners, said).partition(_WORD)[2]
    known = {str(each) for each in tokenizer.added_tokens_decoder.values() if each.special}
    known -= {*MARKS}
    found = {tokenizer.eos_token} - {None}
    while token := next((each for each in known if after.startswith(each)), None):
        found.add(token)
        after = after.removeprefix(token).lstrip()
    return frozenset(found)
