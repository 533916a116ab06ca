"""The embedded voice: a LangChain chat model that needs no language model.

It reads the appraisal that travels as data with the system message, plans, and words the plan.
Tools are called where they are bound and the plan wants them, and their results are worded.
"""

import asyncio
import re
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
)
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from empathy_agent.models.listener.turn import Call, Spoken, answer, warm

__all__ = ["ScriptedListener"]


class ScriptedListener(BaseChatModel):
    """Plans a helping strategy and words it from reviewed material, in milliseconds.

    The last system message may carry an `Appraisal` as JSON in `additional_kwargs["appraisal"]`;
    without one, the last human message alone is answered. The final message's
    `response_metadata` is `{"strategy": ..., "wordings": [...]}`.
    """

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Return this voice with tools it may call: `hand_over`, `crisis_lines`, `recall_affect`.

        Args:
            tools: any; those it does not know are left alone.
            tool_choice: taken for compatibility; the plan decides.
            **kwargs: bound as they are.
        """
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)

    def warm(self) -> None:
        """Read all wordings now."""
        warm()

    @property
    def _llm_type(self) -> str:
        return "scripted-listener"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return _result(_answer(messages, kwargs))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        await _warm_beside()
        return _result(_answer(messages, kwargs))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in _chunks(_answer(messages, kwargs)):
            if run_manager is not None:
                run_manager.on_llm_new_token(str(chunk.message.content), chunk=chunk)
            yield chunk

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        await _warm_beside()
        for chunk in _chunks(_answer(messages, kwargs)):
            if run_manager is not None:
                await run_manager.on_llm_new_token(str(chunk.message.content), chunk=chunk)
            yield chunk
            await asyncio.sleep(0)


_warmed = False


async def _warm_beside() -> None:
    """Read the wordings in a thread the first time, because a server's loop must not wait."""
    global _warmed
    if not _warmed:
        await asyncio.to_thread(warm)
        _warmed = True


def _answer(messages: Sequence[BaseMessage], bound: dict[str, Any]) -> Spoken | Call:
    names = {str(tool.get("function", {}).get("name")) for tool in bound.get("tools") or ()}
    return answer(messages, names)


def _metadata(given: Spoken | Call) -> dict[str, Any]:
    return {"strategy": given.strategy, "wordings": list(given.wordings)}


def _result(given: Spoken | Call) -> ChatResult:
    if isinstance(given, Call):
        message = AIMessage(
            "",
            tool_calls=[{"name": given.tool, "args": given.args, "id": _id(), "type": "tool_call"}],
            response_metadata=_metadata(given),
        )
    else:
        message = AIMessage(given.text, response_metadata=_metadata(given))
    return ChatResult(generations=[ChatGeneration(message=message)])


def _chunks(given: Spoken | Call) -> Iterator[ChatGenerationChunk]:
    if isinstance(given, Call):
        call = tool_call_chunk(name=given.tool, args=given.args_json(), id=_id(), index=0)
        last = AIMessageChunk(content="", tool_call_chunks=[call])
    else:
        *before, final = re.findall(r"\s*\S+\s*$|\s*\S+", given.text) or [""]
        for word in before:
            yield ChatGenerationChunk(message=AIMessageChunk(content=word))
        last = AIMessageChunk(content=final)
    last.response_metadata = _metadata(given)
    last.chunk_position = "last"
    yield ChatGenerationChunk(message=last)


def _id() -> str:
    return f"call_{uuid.uuid4().hex[:24]}"
