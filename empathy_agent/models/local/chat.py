# pyright: basic, reportMissingImports=false
"""A chat model that runs here: LangChain's protocol over any model of Transformers that talks.

`template.py` puts the conversation in the model's own words, `writing.py` lets one model write for
many at once, `calls.py` reads tool calls out of the answer, and `models/speech.py` cuts away what
the model says in somebody else's name. A vision-language model named for vision as well is loaded
once.
"""

import asyncio
import queue
import time
import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.language_models.chat_models import agenerate_from_stream, generate_from_stream
from langchain_core.messages import AIMessage, BaseMessage, SystemMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field, PrivateAttr

from empathy_agent.errors import ModelUnavailable, SetupError
from empathy_agent.models.local.answer import Answer
from empathy_agent.models.local.calls import CallReader
from empathy_agent.models.local.checkpoint import inspect
from empathy_agent.models.local.name import Name, read_name

if TYPE_CHECKING:
    from empathy_agent.models.local.load import Loaded
    from empathy_agent.models.local.template import Manners
    from empathy_agent.models.local.writing import Ended

__all__ = ["LocalChat", "open_local_chat"]

_THINKS = ("<think>", "<thinking>")


def open_local_chat(name: str, *, whole_s: float = 180.0) -> "LocalChat":
    """Return a chat model by `FOLDER_OR_REPOSITORY#WORDS`; nothing is loaded before its first use.

    The words are those of `open_local`: `4bit`, `8bit`, `fp32`, `bf16`, `trust`.

    Raises:
        SetupError: the name cannot be read, or the folder holds no checkpoint.
    """
    read = read_name(name)
    if read.is_path:
        folder = Path(read.where).expanduser()
        if not folder.is_dir():
            raise SetupError(f"there is no folder {read.where!r}")
        inspect(folder, read.title)
    chat = LocalChat(model=read.title, whole_s=whole_s)
    chat._name = read
    return chat


class LocalChat(BaseChatModel):
    """Answers with a model on this machine; made by `open_local_chat`."""

    model: str
    """What it is called: a repository in full, or the last part of a folder's name."""
    temperature: float = Field(default=0.7, ge=0)
    """0 takes the likeliest word each time. With any, the same conversation has the same answer."""
    top_p: float = Field(default=0.9, gt=0, le=1)
    """Share of the likeliest words among which one is drawn."""
    max_tokens: int = Field(default=400, ge=1)
    """Tokens of one answer."""
    context_tokens: int = Field(default=8_192, ge=64)
    """Tokens of a conversation; of a longer one the oldest turns are left out."""
    whole_s: float = 180.0
    """Seconds for a whole answer, those of waiting counted; then it ends where it is."""
    _name: Name = PrivateAttr()
    _loaded: Any = PrivateAttr(default=None)

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Return this model with tools it may call, where its chat template knows of tools.

        Args:
            tools: any.
            tool_choice: `none` offers none; otherwise the model decides.
            **kwargs: bound as they are.
        """
        offered = [] if tool_choice == "none" else [convert_to_openai_tool(tool) for tool in tools]
        return self.bind(tools=offered, **kwargs)

    def warm(self) -> None:
        """Load it now.

        Raises:
            SetupError: it cannot be loaded.
        """
        self.loaded()

    def loaded(self) -> "Loaded":
        """Return the model itself, loaded on first use.

        Raises:
            SetupError: it cannot be loaded, or is no model that talks.
        """
        if self._loaded is None:
            from empathy_agent.models.local.load import load

            self._loaded = load(self._name, sees=False)
        return self._loaded

    @property
    def _llm_type(self) -> str:
        return "local-transformers"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.model, "temperature": self.temperature, "top_p": self.top_p}

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, None, **kwargs))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return await agenerate_from_stream(self._astream(messages, stop, None, **kwargs))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        told: queue.SimpleQueue[int | Ended] = queue.SimpleQueue()
        answer = self._begin(messages, stop, kwargs, told.put)
        try:
            while not answer.ended:
                if (chunk := answer.take(told.get())) is not None:
                    if run_manager is not None:
                        run_manager.on_llm_new_token(str(chunk.message.content), chunk=chunk)
                    yield chunk
        finally:
            answer.wish.closed.set()

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        loop = asyncio.get_running_loop()
        told: asyncio.Queue[int | Ended] = asyncio.Queue()

        def tell(each: "int | Ended") -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(told.put_nowait, each)

        # Loading takes seconds, and a long conversation milliseconds to cut into tokens.
        answer = await asyncio.to_thread(self._begin, messages, stop, kwargs, tell)
        try:
            while not answer.ended:
                if (chunk := answer.take(await told.get())) is not None:
                    if run_manager is not None:
                        await run_manager.on_llm_new_token(str(chunk.message.content), chunk=chunk)
                    yield chunk
        finally:
            answer.wish.closed.set()

    def _begin(
        self,
        messages: Sequence[BaseMessage],
        stop: Sequence[str] | None,
        bound: dict[str, Any],
        tell: "Callable[[int | Ended], None]",
    ) -> "Answer":
        """Ask for an answer; what is written of it is told from another thread."""
        from empathy_agent.models.local.writing import Wish, writing_of

        loaded = self.loaded()
        manners = _manners(loaded)
        tools = list(bound.get("tools") or ()) if manners.tools else []
        most = int(bound.get("max_tokens") or self.max_tokens)
        text, ids = self._fitting(loaded, manners, messages, tools, most)
        wish = Wish(
            ids,
            _ends(loaded, manners),
            tell,
            most=most,
            temperature=float(bound.get("temperature", self.temperature)),
            top_p=float(bound.get("top_p", self.top_p)),
            seed=zlib.crc32(repr(ids).encode()),
            until=time.monotonic() + self.whole_s,
        )
        names = frozenset(str(tool["function"]["name"]) for tool in tools)
        answer = Answer(
            wish, loaded.processor.tokenizer, CallReader(names), tuple(stop or ()), self.model
        )
        if text.rstrip().endswith(_THINKS):  # the template has begun a thought for it
            answer.own.feed(_THINKS[0])
        writing_of(loaded).write(wish)
        return answer

    def _fitting(
        self,
        loaded: "Loaded",
        manners: "Manners",
        messages: Sequence[BaseMessage],
        tools: Sequence[dict[str, Any]],
        most: int,
    ) -> tuple[str, list[int]]:
        """Return the conversation as text and tokens, without the oldest turns if it is too long.

        Raises:
            ModelUnavailable: what must stay is too long already.
        """
        from empathy_agent.models.local.template import render

        tokenizer = loaded.processor.tokenizer
        limit = getattr(loaded.model.config.get_text_config(), "max_position_embeddings", None)
        room = min(self.context_tokens, (limit or self.context_tokens) - most)
        for some in _shorter(messages):
            text = render(tokenizer, manners, some, tools)
            special = not (manners.begin and text.startswith(manners.begin))
            ids = tokenizer.encode(text, add_special_tokens=special)
            if len(ids) <= room:
                return text, ids
        raise ModelUnavailable(f"the message has {len(ids)} tokens, and the model reads {room}")


def _manners(loaded: "Loaded") -> "Manners":
    from empathy_agent.models.local.template import Manners, manners_of

    with loaded.lock:
        if Manners not in loaded.shares:
            loaded.shares[Manners] = manners_of(loaded.processor)
        return loaded.shares[Manners]


def _ends(loaded: "Loaded", manners: "Manners") -> frozenset[int]:
    """Return the tokens that end an answer, by its config and by its template."""
    told = loaded.model.generation_config.eos_token_id
    known = told if isinstance(told, (list, tuple)) else [] if told is None else [told]
    tokenizer = loaded.processor.tokenizer
    return frozenset({*known, *(tokenizer.convert_tokens_to_ids(each) for each in manners.ends)})


def _shorter(messages: Sequence[BaseMessage]) -> Iterator[list[BaseMessage]]:
    """Give a conversation whole, then without its oldest turns, one after the other.

    What the system says stays, and so does all from the user's last message on.
    """
    system = [each for each in messages if isinstance(each, SystemMessage)]
    rest = [each for each in messages if not isinstance(each, SystemMessage)]
    starts = [place for place, each in enumerate(rest) if each.type == "human"]
    yield [*system, *rest]
    for start in starts:
        if start:
            yield [*system, *rest[start:]]
