"""One plain spelling for short English phrases: what the guard and the answers are written for."""

import re
import unicodedata

__all__ = ["plain"]

_BLANKS = re.compile(r"[^\w'.\u0900-\u0963\u0966-\u0dff]+")
"""What parts words; the vowel signs of Indic scripts are no letters to `re`, but part none."""
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u2060\ufeff]+")
_SHORT = (
    (re.compile(r"\bcan't\b"), "can not"),
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"\bshan't\b"), "shall not"),
    (re.compile(r"\bain't\b"), "is not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"'re\b"), " are"),
    (re.compile(r"'ve\b"), " have"),
    (re.compile(r"'ll\b"), " will"),
    (re.compile(r"\bi'm\b"), "i am"),
    (re.compile(r"\blet's\b"), "let us"),
    (re.compile(r"\b(i|you|we|they|he|she)'d\b"), r"\1 would"),
    (re.compile(r"\b(it|that|this|there|what|who|he|she|here|everything)'s\b"), r"\1 is"),
    (re.compile(r"'"), " "),
    (re.compile(r"(?<!\d)\.|\.(?!\d)"), " "),
)


def plain(text: str) -> str:
    """Return a text in lower case, contractions written out, marks left out but in numbers."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).lower().replace("’", "'")
    text = _BLANKS.sub(" ", text)
    for short, full in _SHORT:
        text = short.sub(full, text)
    return " ".join(text.split())
