"""How much a message leans on what the same person said before it: by its words and its length."""

from empathy_agent.perception.surface import emphasis, words_of

__all__ = ["lean"]

_FILLERS = frozenset(
    [
        "ok",
        "okay",
        "k",
        "kk",
        "yes",
        "yeah",
        "yep",
        "ya",
        "no",
        "nope",
        "nah",
        "fine",
        "sure",
        "maybe",
        "perhaps",
        "idk",
        "dunno",
        "whatever",
        "nothing",
        "right",
        "alright",
        "hm",
        "hmm",
        "mhm",
        "well",
        "and",
        "so",
        "i",
        "do",
        "don't",
        "dont",
        "not",
        "know",
        "guess",
        "think",
        "suppose",
        "really",
        "just",
        "it",
        "it's",
        "that",
        "that's",
        "is",
        "am",
        "i'm",
        "im",
        "all",
        "good",
        "nvm",
        "same",
        "still",
        "also",
        "too",
        "again",
        "what",
        "ever",
        "usual",
    ]
)
"""Words of which a whole message may be made without its saying how the person is."""
_BACK = frozenset(
    [
        "again",
        "also",
        "always",
        "and",
        "anyway",
        "because",
        "but",
        "did",
        "does",
        "either",
        "else",
        "even",
        "ever",
        "he",
        "her",
        "him",
        "his",
        "it",
        "its",
        "neither",
        "often",
        "once",
        "she",
        "so",
        "still",
        "such",
        "that",
        "their",
        "them",
        "then",
        "these",
        "they",
        "this",
        "those",
        "too",
        "twice",
        "usual",
        "usually",
        "yesterday",
        "yet",
    ]
)
"""Words that point back to what was said before."""
_FILLED = 5
"""Words that such a message has at most."""
_LEAN = 0.7
"""What context counts in a message of fillers; the message counts the rest."""
_LEAN_SHORT = 0.5
"""What it counts at most in a short neutral message."""
_LEAN_BACK = 0.7
"""What it counts at most in one that points back."""
_SHORT = 6
"""From this many further words on, a message stands by itself."""
_SHORT_BACK = 9
"""The same for one that points back."""


def lean(said: str, neutral: float, surprise: float) -> float:
    """Return what the context counts for a message, in [0, 1); the message counts the rest.

    Args:
        said: the plain text of the message.
        neutral: how likely it is neutral by itself.
        surprise: how likely it is surprised.
    """
    words = words_of(said)
    if len(words) <= _FILLED and _FILLERS.issuperset(words) and not emphasis(said):
        return _LEAN
    back = not _BACK.isdisjoint(words)
    most, short = (_LEAN_BACK, _SHORT_BACK) if back else (_LEAN_SHORT, _SHORT)
    brevity = max(0.0, 1 - max(0, len(words) - 1) / short)
    return most * brevity * (neutral + surprise * back)
