"""What a chat model says for itself: cut out of whatever else it writes, while it streams.

Small models go on where they should stop: they write the user's next line, repeat their own name
before each line, let marks of their template slip through, or think aloud. None of that is for the
person to see, and a turn that somebody else's mouth was given is no answer.
"""

import re

__all__ = ["LONGEST_REPLY", "OwnWords"]

LONGEST_REPLY = 6_000
"""Characters of one reply; a model that does not stop is stopped."""

_LONGEST_THOUGHT = 60_000

_THOUGHT = re.compile(r"<(think|thinking|reasoning)>.*?(?:</\1>\s*|\Z)", re.DOTALL)
_END = re.compile(
    r"(?:^|\n)[ \t>*#]*(?:user|human)[ \t*]*:"  # the other's next line
    r"|</?s>|<\|[\w-]+\|>|<(?:start|end)_of_turn>|\[/?INST\]",
    re.IGNORECASE,
)
_OWN_NAME = re.compile(r"\A[*#\s]*(?:assistant|ai|companion)[ \t*]*:[ \t*]*", re.IGNORECASE)
_HELD = 24
"""Characters of a new line, or of what began with `<` or `[`, that may still become a mark."""


class OwnWords:
    """Takes the pieces of an answer in, and gives out what is the model's own."""

    def __init__(self) -> None:
        self.ended = False
        """Whether nothing more of it is wanted."""
        self._raw = ""
        self._given = 0

    def feed(self, piece: str) -> str:
        """Take the next piece in; return the text that is certain to be its own."""
        if self.ended:
            return ""
        self._raw += piece
        return self._give(final=False)

    def flush(self) -> str:
        """Return what was still held back; the end of the answer."""
        given = self._give(final=True)
        self.ended = True
        return given

    def _give(self, *, final: bool) -> str:
        text = _THOUGHT.sub("", self._raw).lstrip()
        text = _OWN_NAME.sub("", text)
        if end := _END.search(text):
            text, self.ended = text[: end.start()], True
        elif len(text) > LONGEST_REPLY or len(self._raw) > _LONGEST_THOUGHT:
            text, self.ended = text[:LONGEST_REPLY], True
        elif not final:
            text = text[: _certain(text)]
        given = text[self._given :]
        self._given = max(self._given, len(text))
        return given


def _certain(text: str) -> int:
    """Return how much of a text can no longer become a mark."""
    starts = [text.rfind(mark, len(text) - _HELD) for mark in "<["]
    line = text.rfind("\n")
    if len(text) - line <= _HELD:
        starts.append(max(line, 0))
    return min((start for start in starts if start >= 0), default=len(text))
