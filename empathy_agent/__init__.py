"""Empathy Agent: agents that notice how a person feels and answer accordingly.

The names below are resolved on first use, so that importing the package loads nothing heavy.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from empathy_agent.affect import AffectReading
    from empathy_agent.agent.graph import build_graph
    from empathy_agent.app import open_agent
    from empathy_agent.memory import AffectMemory
    from empathy_agent.memory.store import ChromaStore
    from empathy_agent.perception.perceiver import Perceiver
    from empathy_agent.personas import Persona, load_persona
    from empathy_agent.settings import Settings

__all__ = [
    "AffectMemory",
    "AffectReading",
    "ChromaStore",
    "Perceiver",
    "Persona",
    "Settings",
    "build_graph",
    "load_persona",
    "open_agent",
]

_HOME = {
    "AffectMemory": "empathy_agent.memory",
    "AffectReading": "empathy_agent.affect",
    "ChromaStore": "empathy_agent.memory.store",
    "Perceiver": "empathy_agent.perception.perceiver",
    "Persona": "empathy_agent.personas",
    "Settings": "empathy_agent.settings",
    "build_graph": "empathy_agent.agent.graph",
    "load_persona": "empathy_agent.personas",
    "open_agent": "empathy_agent.app",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return __all__
