"""What the sentence vectors cannot see: emoji, capitals, marks, negation, and the words themselves.

MiniLM reads lower case and knows no emoji: every one of them is the same unknown piece to it. So an
emoji is spelt out by its Unicode name, which it does understand, before it reads; and capitals,
marks, and words under negation become hashed features of their own.
"""

import re
import unicodedata
import zlib
from collections.abc import Iterator
from functools import lru_cache

from empathy_agent.models.minilm import ends

__all__ = ["BUCKETS", "emphasis", "features", "has_words", "plain", "words_of"]

BUCKETS = 16_384
"""Hashed features a text can have."""

_EMOTICONS = (
    (re.compile(r"(?<!\w)[:;=][-^o']?[)\]D3](?!\w)|\^_*\^|<3(?!\d)"), " smiling face "),
    (re.compile(r"(?<!\w)[:=]'?[-^o]?[(\[](?!\w)|(?<!\w)[tT]_+[tT](?!\w)"), " sad crying face "),
    (re.compile(r"(?<!\w)>:[-^]?[(\[](?!\w)"), " angry face "),
    (re.compile(r"(?<!\w)[dD]:(?!\w)|(?<!\w):-?[/\\](?!\w)"), " worried face "),
)
_QUOTES = str.maketrans({"‘": "'", "’": "'", "ʼ": "'", "`": "'", "“": '"', "”": '"', "…": "..."})
_STRETCHED = re.compile(r"([^\W\d])\1{2,}")
_SPACES = re.compile(r"\s+")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[!?]+|\.{2,}")
_NEGATION = frozenset(
    [
        "not",
        "no",
        "never",
        "none",
        "nothing",
        "nobody",
        "neither",
        "nor",
        "without",
        "cannot",
        "cant",
        "dont",
        "didnt",
        "doesnt",
        "isnt",
        "wasnt",
        "arent",
        "werent",
        "wont",
        "wouldnt",
        "couldnt",
        "shouldnt",
        "havent",
        "hasnt",
        "hadnt",
        "aint",
        "hardly",
        "barely",
    ]
)
_NEGATED = 3
"""Words that one negation reaches."""
_INTENSIFIERS = frozenset(
    [
        "so",
        "very",
        "really",
        "extremely",
        "totally",
        "absolutely",
        "completely",
        "utterly",
        "incredibly",
        "deeply",
        "truly",
        "terribly",
        "fucking",
        "damn",
        "super",
        "insanely",
        "beyond",
        "always",
        "never",
        "everything",
        "nothing",
        "forever",
    ]
)
_SHOUTED = 4
"""Letters a text needs before its capitals mean anything."""


def plain(text: str) -> str:
    """Return a text as it is read: emoji and emoticons spelt out, control characters gone.

    Stretched words are shortened ("soooo" to "soo"), quotes straightened, and a very long text
    loses its middle.
    """
    text = unicodedata.normalize("NFKC", ends(text)).translate(_QUOTES)
    for pattern, name in _EMOTICONS:
        text = pattern.sub(name, text)
    spelt = "".join(map(_spelt, text))
    return _SPACES.sub(" ", _STRETCHED.sub(r"\1\1", spelt)).strip()


def has_words(text: str) -> bool:
    """Tell whether a plain text says anything: a letter, a digit, or a mark such as "?!"."""
    return any(each.isalnum() or each in "?!" for each in text)


def words_of(text: str) -> list[str]:
    """Return the lower-case words of a plain text, marks left out."""
    return [word for word in _WORD.findall(text.lower()) if word[0].isalnum()]


def features(text: str) -> list[int]:
    """Return the hashed features of a plain text, each a number below `BUCKETS`, none twice.

    Words, pairs of words, words under negation, and marks of emphasis.
    """
    return sorted({zlib.crc32(each.encode()) % BUCKETS for each in _named(text)})


def emphasis(text: str) -> float:
    """Return how much a plain text insists, in [0, 1]: by intensifiers, capitals and marks."""
    words = words_of(text)
    intensified = sum(word in _INTENSIFIERS for word in words)
    return min(1.0, 0.3 * min(intensified, 2) + 0.3 * min(text.count("!"), 2) + 0.4 * _shouts(text))


def _shouts(text: str) -> bool:
    letters = [each for each in text if each.isalpha() and each.lower() != each.upper()]
    return len(letters) >= _SHOUTED and sum(map(str.isupper, letters)) > 0.7 * len(letters)


def _named(text: str) -> Iterator[str]:
    if _shouts(text):
        yield "<caps>"
    reach, last = 0, "<start>"
    tokens = _WORD.findall(text.lower())
    if len(tokens) <= _NEGATED:
        yield "<short>"
    for token in tokens:
        word = token.replace("'", "") if token[0].isalnum() else token[:2]
        yield f"not {word}" if reach else word
        yield f"{last} {word}"
        reach = _NEGATED if word in _NEGATION else max(0, reach - word[0].isalnum())
        last = word


@lru_cache(maxsize=4096)
def _spelt(character: str) -> str:
    if character.isascii():
        return character if character.isprintable() else " "
    kind = unicodedata.category(character)
    if kind == "So":
        return f" {unicodedata.name(character, '').lower()} "
    if kind in {"Cf", "Sk"} or "\ufe00" <= character <= "\ufe0f":
        return ""  # joiners, skin tones, variation selectors
    return " " if kind[0] == "C" else character
