"""A message cut into sentences that may state something, and what makes one unsure.

A sentence that asks, supposes, quotes, reports, jokes or tells of what is over states nothing.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["Clause", "clauses", "matches"]

_LONGEST = 4_000
"""Characters of a message that are looked at."""
_QUOTED = re.compile(
    r"“[^”]*”|\"(?:[^\"\s]+\s+){1,}[^\"]*\"|«[^»]*»|(?<!\w)'(?:[^']+ ){2,}[^']*'(?!\w)"
)
_JOKE = re.compile(
    r"\b(?:just kidding|jk|only joking|just joking|i'm joking|lol jk|as a joke)\b|/s\s*$"
)
_SENTENCE = re.compile(r"[^.!?\n…]+(?:[.!?…]+(?=\s|$|[\"')])|\n|$)|[^\n]+?(?:[!?…]+|\n|$)")
_ASKS = re.compile(
    r"^(?:(?:so|and|but|well|hey|ok|okay|honestly|seriously)[, ]+)*(?:do|does|did|is|are|am|was"
    r"|were|will|"
    r"would|has|have you|should|shall|may|might|why|what|when|where|who|how|which|whose)\b"
)
_PLEASE_ASKS = re.compile(r"^(?:(?:so|and|but|hey)[, ]+)*(?:can|could|will|would) you\b")
_BREAK = re.compile(
    r"[;:—–]|\s-\s|,? (?:but|because|anyway|though|and (?=please\b|i have\b|i've\b|i'm\b|my\b))"
    r"|\.\.\."
)
_UNSURE = re.compile(
    r"\b(?:if|whether|unless|wish|wished|imagine|suppose|supposing|pretend|pretending|maybe"
    r"|perhaps|"
    r"probably|might|could|would|should|i'd|dream(?:t|ed|ing|s)?|nightmare|used to|thought|was "
    r"supposed|"
    r"hope|hoping|hopefully|hypothetically|once|almost|nearly|never|not true|isn't true|not like|"
    r"as though|like when|back then|when i was|in those days|until|till|before|didn't|wasn't|"
    r"no longer|don't think|not sure|doubt|apparently|supposedly|rumou?r|"
    r"in the (?:film|movie|book|show|song|story|game|play)|feels? like|it's like|as if|what if|"
    r"some ?(?:days?|times?) i think|want(?:s|ed)? to|would like to|going to be)\b"
)
_REPORTED = re.compile(
    r"\b(?!i\b)[a-z]+ (?:just |always |keeps? )?(?:says?|said|saying|tells?|told|thinks?"
    r"|claims?|claimed|asks?|"
    r"asked|wants?|wanted|writes?|wrote|texted|believes?|heard|called me)\b"
    r"|\bi (?:told|said to|asked|heard)\b"
)
_OPENING = re.compile(
    r"^(?:(?:please|just|so|and|but|oh|ok|okay|hey|hi|hello|well|also|honestly|actually|anyway"
    r"|no|yes|look|"
    r"listen|thanks|sadly|sometimes|personally|omg|wow|yeah|haha|as|because|since|you can|you "
    r"may|can you|could you|on|at|in|the|for)[,!]? )*$"
)


@dataclass(frozen=True)
class Clause:
    """A sentence that may state something."""

    text: str
    """As written, with straight apostrophes and single spaces."""
    now: float
    low: str = field(init=False)
    """The same in lower case, letter for letter."""

    def __post_init__(self) -> None:
        low = self.text.lower()
        if len(low) != len(self.text):
            low = "".join(c.lower() if len(c.lower()) == 1 else c for c in self.text)
        object.__setattr__(self, "low", low)

    def clear(self, at: int) -> bool:
        """Say whether nothing before a place in its part of the sentence makes it unsure."""
        before = self._before(at)
        return not (_UNSURE.search(before) or _REPORTED.search(before))

    def opens(self, at: int) -> bool:
        """Say whether a place begins a part of the sentence, but for "please" and the like."""
        before = re.split(r",\s", self._before(at))[-1].strip()
        return not before or _OPENING.match(f"{before} ") is not None

    def _before(self, at: int) -> str:
        return _BREAK.split(self.low[:at])[-1]


def matches(pattern: re.Pattern[str], said: Clause, *, low: bool = True) -> Iterator[re.Match[str]]:
    """Yield where a pattern stands and nothing before it makes it unsure.

    Args:
        pattern: In lower case, unless `low` is false.
        said: Where to look.
        low: Whether in lower case or as it was written.
    """
    for match in pattern.finditer(said.low if low else said.text):
        if said.clear(match.start()):
            yield match


def clauses(said: str, now: float) -> Iterator[Clause]:
    """Yield the sentences of a message that may state something; none of a joke."""
    text = _plain(said[:_LONGEST])
    if _JOKE.search(text.lower()):
        return
    for sentence in _sentences(text):
        clause = Clause(sentence.strip(), now)
        asks = sentence.rstrip(" \"')").endswith("?") or _ASKS.match(clause.low)
        if clause.text and (not asks or _PLEASE_ASKS.match(clause.low)):
            yield clause


def _plain(said: str) -> str:
    text = unicodedata.normalize("NFKC", said).replace("’", "'").replace("‘", "'")
    text = "\n".join(" ".join(line.split()) for line in text.splitlines() if line[:1] != ">")
    quoted = any(mark in text for mark in '“"«') or " '" in text
    return _QUOTED.sub(" … ", text) if quoted else text


def _sentences(text: str) -> list[str]:
    # A title's full stop ends no sentence.
    kept = re.sub(r"\b(Dr|Mrs|Mr|Ms|Prof)\. ", "\\1\u2024 ", text)
    return [each.replace("\u2024", ".") for each in re.split(r"(?<=[.!?…])\s+|\n", kept)]
