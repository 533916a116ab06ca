"""Affect history: what was felt, when, and how to forget it.

Importing this loads no database; Chroma is opened on first use.
"""

from empathy_agent.memory.chroma import AffectMemory
from empathy_agent.memory.contract import Forgotten, Memory, Part, Recalled
from empathy_agent.memory.history import History, history
from empathy_agent.memory.lists import ListMemory
from empathy_agent.memory.record import Episode, Fact, Moment, Record, Summary

__all__ = [
    "AffectMemory",
    "Episode",
    "Fact",
    "Forgotten",
    "History",
    "ListMemory",
    "Memory",
    "Moment",
    "Part",
    "Recalled",
    "Record",
    "Summary",
    "history",
]
