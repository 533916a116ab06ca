"""The Textual app: shows, decides nothing."""

from empathy_agent.tui.launch import run
from empathy_agent.tui.port import Conversation

__all__ = ["Conversation", "run"]
