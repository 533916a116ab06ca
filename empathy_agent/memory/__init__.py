"""Affect history: what was felt, when, and how to forget it.

Importing this loads no database; Chroma is opened on first use.
"""

from empathy_agent.memory.chroma import AffectMemory
from empathy_agent.memory.history import History, history
from empathy_agent.memory.lists import ListMemory
from empathy_agent.memory.record import Forgotten, Memory, Moment, Part, Recalled

__all__ = [
    "AffectMemory",
    "Forgotten",
    "History",
    "ListMemory",
    "Memory",
    "Moment",
    "Part",
    "Recalled",
    "history",
]
