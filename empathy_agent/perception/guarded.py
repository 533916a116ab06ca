"""What a vision model said in its own words, read strictly: what must not be said is left out.

Who a person is, and how old, of what gender, race, health or looks they are, is never inferred
here, and a model that says so anyway is not passed on. A list that is none is no list.
"""

import re
from dataclasses import dataclass

__all__ = ["Description", "description_of", "movement_of", "sentences_of"]

_PRIVATE = re.compile(
    r"\b(?:(?:wo)?m[ae]n|(?:fe)?males?|boys?|girls?|lad(?:y|ies)|gentlem[ae]n|guys?|mothers?|"
    r"fathers?|wi[fv]es?|husbands?|sons?|daughters?|gender\w*|feminine|masculine|"
    r"aged?|ages|old(?:er)?|young(?:er)?|youth\w*|elderly|teen\w*|child\w*|kids?|bab(?:y|ies)|"
    r"adults?|toddlers?|years?|(?:twen|thir|for|fif|six|seven|eigh|nine)ties|\d0s|"
    r"rac(?:e|ial)\w*|ethnic\w*|black|white|brown|asian|african|caucasian|hispanic|latin\w*|arab\w*|"
    r"indian|european|american|chinese|japanese|korean|jewish|muslim|christian|skin\w*|"
    r"celebrit\w*|famous|named?|actors?|actress\w*|president|politicians?|resembl\w*|identi\w*|"
    r"pretty|beaut\w*|handsome|attractive|ugly|fat|obese|overweight|slim|bald|"
    r"pregnan\w*|disab\w*|autis\w*|depress\w*|bipolar|schizo\w*|adhd|ptsd|disorder\w*|diagnos\w*|"
    r"illness\w*|drunk|intoxicat\w*)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?:(?<=[a-z0-9,;:'\")] )(?!I\b)[A-Z][a-z]+)|(?:[A-Z][a-z]+ [A-Z][a-z]+)")
"""A capital inside a sentence, or two in a row, may be somebody's name."""
_PRONOUNS = {
    "he": "the person",
    "she": "the person",
    "him": "the person",
    "his": "their",
    "her": "their",
    "hers": "theirs",
    "himself": "themself",
    "herself": "themself",
}
_PRONOUN = re.compile(rf"\b(?:{'|'.join(_PRONOUNS)})\b", re.IGNORECASE)
_LINE = re.compile(r"^[\W_]*(agree|felt|seen)[\W_]*:(.*)$", re.IGNORECASE)
_ITEM = re.compile(r"[^\W\d_]+(?:[ ,'-]{1,2}[^\W\d_]+)*")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_EMPTY = {"none", "nothing", "unknown", "unclear"}
_MOST_SEEN, _MOST_FELT, _MOST_SENTENCES = 5, 4, 3
_MOST_WORDS = 8
_MOST_CHARACTERS = 60
_LONGEST_MOVEMENT = 120
_LONGEST_SENTENCE = 240


@dataclass(frozen=True)
class Description:
    """What a vision model saw, in its own words."""

    seen: tuple[str, ...]
    """Observable evidence, a few words each."""
    felt: tuple[str, ...]
    """What the person may feel, in words off any list."""
    agrees: bool | None
    """Whether it agrees with the expert it was told of; null when it did not say."""


def description_of(answer: str) -> Description | None:
    """Return the description that an answer to `see/describe.md` holds; None if it is no such list.

    Items that are too long, or about who the person is, are left out.
    """
    found = {
        match[1].lower(): match[2]
        for line in answer.splitlines()
        if (match := _LINE.match(line.strip()))
    }
    if "seen" not in found or "felt" not in found:
        return None
    seen = _items(found["seen"], ";", _MOST_WORDS)[:_MOST_SEEN]
    felt = _items(found["felt"], ",", 2)[:_MOST_FELT]
    if not seen and not felt:
        return None
    said = found.get("agree", "").strip(" *_.").lower()
    return Description(seen, felt, {"yes": True, "no": False}.get(said))


def movement_of(answer: str) -> str | None:
    """Return the one sentence in which an answer says how a face changed; None if it does not."""
    lines = answer.strip().splitlines()
    told = lines[0].strip(" *_\"'.").lower() if len(lines) == 1 else ""
    plain = re.fullmatch(r"[^\W_]+(?:[ ,;'-]{1,2}[^\W_]+)*", told)
    if not plain or len(told) > _LONGEST_MOVEMENT or _PRIVATE.search(told):
        return None
    return _neutral(told)


def sentences_of(answer: str) -> str:
    """Return the sentences of an answer that may be passed on; empty if there are none."""
    told = [each.strip() for each in _SENTENCE.split(" ".join(answer.split())) if each.strip()]
    kept = [
        _neutral(each)
        for each in told
        if len(each) <= _LONGEST_SENTENCE and not _PRIVATE.search(each) and not _NAME.search(each)
    ]
    return " ".join(kept[:_MOST_SENTENCES])


def _items(text: str, between: str, most_words: int) -> tuple[str, ...]:
    kept: dict[str, None] = {}
    for part in text.split(between):
        item = part.strip(" *_\"'.[]").strip()
        fits = len(item) <= _MOST_CHARACTERS and 0 < len(item.split()) <= most_words
        allowed = not _PRIVATE.search(item) and not _NAME.search(item)
        if fits and allowed and _ITEM.fullmatch(item) and item.lower() not in _EMPTY:
            kept[_neutral(item.lower())] = None
    return tuple(kept)


def _neutral(text: str) -> str:
    def replaced(match: re.Match[str]) -> str:
        word = _PRONOUNS[match[0].lower()]
        return word.capitalize() if match[0][0].isupper() else word

    return _PRONOUN.sub(replaced, text)
