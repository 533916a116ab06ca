"""What the words say: 27 emotions, the eight, valence, arousal, dominance, and how strong."""

from collections.abc import Sequence

from empathy_agent.affect import TextAffect
from empathy_agent.models.embedder import Embedder

__all__ = ["WordReader"]


class WordReader:
    """Reads the affect of a message; loaded on first use, safe to share between threads."""

    def __init__(self, embedder: Embedder) -> None:
        """Build without loading.

        Args:
            embedder: turns the message into vectors; `MiniLM` gives the best reading.
        """
        self._embedder = embedder

    def read(self, text: str, context: Sequence[str] = ()) -> TextAffect:
        """Return what the words say.

        Args:
            text: the message.
            context: earlier messages of the same person, oldest first.
        """
        raise NotImplementedError

    def warm(self) -> None:
        """Load everything now."""
        raise NotImplementedError
