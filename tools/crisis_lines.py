"""`crisis_lines`: helplines of a country, verbatim from the table."""

from typing import Any

from langchain_core.tools import BaseTool, tool
from langgraph.prebuilt import ToolRuntime

from empathy_agent.context import Context
from empathy_agent.safety.helplines import helplines

__all__ = ["create_crisis_lines"]


def create_crisis_lines() -> BaseTool:
    """Return the tool; it needs nothing but the table."""

    @tool
    def crisis_lines(
        runtime: ToolRuntime[Context, dict[str, Any]], country: str | None = None
    ) -> str:
        """Return helplines and the emergency number of a country, to be quoted verbatim.

        Args:
            runtime: given by the graph.
            country: ISO code or English name; left out, the user's own country.
        """
        return helplines(country or runtime.context.country).text()

    return crisis_lines
