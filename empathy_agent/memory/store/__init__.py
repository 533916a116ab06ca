"""A LangGraph `BaseStore` on Chroma."""

from empathy_agent.memory.store.chroma_store import ChromaStore

__all__ = ["ChromaStore"]
