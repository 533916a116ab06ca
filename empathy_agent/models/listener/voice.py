"""The embedded voice: a LangChain chat model that needs no language model."""

from typing import Any

from langchain_core.language_models import BaseChatModel

__all__ = ["ScriptedListener"]


class ScriptedListener(BaseChatModel):
    """Plans a helping strategy and words it from reviewed material, in milliseconds."""

    @property
    def _llm_type(self) -> str:
        return "scripted-listener"

    def _generate(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError
