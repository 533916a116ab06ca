"""What a message does: greets, asks something about the agent, corrects a reading, tells good news.

Rules over plain text. They answer "what kind of reply is due", never "is this person at risk":
that is the screen's work, and has been done before a message comes here.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from empathy_agent.models.listener.asks import ASKS_COMPILED, QUESTION
from empathy_agent.models.listener.cues import (
    ABOUT_COMPILED,
    ANGRY_SIGNS,
    BARE_FEELING,
    CARD,
    COMPILED,
    DENIED,
    DIM,
    ENGLISH,
    FEARFUL_SIGNS,
    GLAD,
    GLAD_SIGNS,
    GROUP_OF,
    GROUPS,
    INSTEAD,
    LANGUAGE_WORDS,
    LOW,
    NEGATED,
    NUMBER,
    OWN_FEELING,
    PLEASANT,
    SAD_SIGNS,
    SARCASM,
    SMALL_COMPILED,
    THEIR_JOY,
)

__all__ = ["GROUPS", "Heard", "feeling_group", "hear", "plain"]


@dataclass(frozen=True)
class Heard:
    """A message, understood as far as rules can."""

    act: str | None
    """What it does, such as `asks_ai` or `goodbye`; null: it tells something."""
    about: str | None
    """What it is about, such as `exam`."""
    felt: str | None
    """The feeling it names itself, in its own word."""
    denied: str | None
    """The feeling it says it does not have."""
    tone: str | None
    """`low`, `glad`, `dim` (neither, but with a no in it), or null."""
    sarcastic: bool
    words: int
    language: str | None
    """Null: English, or too short to tell; `other`: a script or language without wordings."""
    signs: str | None
    """The group of feelings that its emoji show, when there are no words."""
    number: str | None
    """An order or case number in it."""
    card: bool
    """It seems to hold a card number."""
    pleasant: bool = False
    """It holds a friendly word."""
    phone: bool = False
    """It gives a number to be called on."""
    meant: str | None = None
    """What they say they mean, after we took it for something else."""
    name: str | None = None
    """The name by which they ask to be called."""
    question: bool = False
    """It asks something."""
    outside: bool = False
    """It asks for help with something that has nothing to do with what we are here for."""


_ITS = (
    "so really just not a an the too ok okay hard embarrassing fine like kind been always "
    "never all my "
    "math nothing stupid weird getting going over his her about because no only good bad nice"
)
_SLIPS = tuple(
    (re.compile(wrong), right)
    for wrong, right in (
        (r"\b(do|did|does|is|was|are|were|have|has|ca|wo|could|should|would)nt\b", r"\1n't"),
        (r"\bim\b", "i'm"),
        (r"\bive\b", "i've"),
        (r"\b(that|what|there|he|she)s\b", r"\1's"),
        (r"\b(they|you|we)re\b(?! here)", r"\1're"),
        (rf"\bits (?=(?:{_ITS.replace(' ', '|')})\b)", "it's "),
        (r"\bu\b", "you"),
    )
)
"""Common slips, mended."""


def plain(text: str) -> str:
    """Return text in lower case with straight apostrophes, one space, common slips mended."""
    text = unicodedata.normalize("NFKC", text).replace("’", "'").replace("‘", "'").lower()
    text = "".join(c if c.isprintable() else " " for c in text)
    for wrong, right in _SLIPS:
        text = wrong.sub(right, text)
    return " ".join(text.split())


def feeling_group(word: str | None) -> str | None:
    """Return the group of feelings that a word belongs to."""
    return GROUP_OF.get(word or "")


@lru_cache(maxsize=512)
def hear(said: str, setting: str = "support") -> Heard:
    """Return what a message does and is about.

    Args:
        said: the user's message; only its first 4,000 characters are looked at.
        setting: `support` or `service`; what messages are about differs.
    """
    text = plain(said[:4000])
    words = len(re.findall(r"[^\W\d_]+(?:'\w+)?", text))
    sarcastic = SARCASM.search(text) is not None
    denied = DENIED.search(text)
    own = (
        INSTEAD.search(text, denied.end())
        if denied
        else OWN_FEELING.search(text) or BARE_FEELING.fullmatch(text)
    )
    phone = _PHONE.search(text) is not None
    number = None if phone else NUMBER.search(text)
    card = CARD.search(text) is not None
    return Heard(
        act=_act(text, words),
        about=_about(text, setting),
        felt=own.group(1) if own else None,
        denied=denied.group(1) if denied else None,
        tone="low"
        if denied and feeling_group(denied.group(1)) == "joy"
        else _tone(text, sarcastic),
        sarcastic=sarcastic,
        words=words,
        language=_language(text, words),
        signs=_signs(text) if words == 0 else None,
        number=number.group(1).upper() if number and not card else None,
        card=card,
        phone=phone,
        meant=_meant(text),
        name=_name(said),
        pleasant=PLEASANT.search(text) is not None,
        question=QUESTION.search(text) is not None,
        outside=_HELP_WITH.search(text) is not None and _about(text, setting) is None,
    )


_NAME = re.compile(
    r"\b(?:[Cc]all me|[Mm]y name is|[Mm]y name's|I'm called|I go by|[Tt]hey call me) "
    r"([A-Z][^\W\d_]+(?:-[A-Z][^\W\d_]+)?)\b"
)


def _name(said: str) -> str | None:
    found = _NAME.findall(said[:400])
    # "My name is Viktor but call me Vik" asks for Vik.
    return found[-1] if found else None


_MEANT = re.compile(
    r"\bi (?:mean|meant|was talking about|am talking about) (?:about )?"
    r"((?:the|my|his|her|our|their)(?: [a-z'-]+){1,3})[.!]*$"
)
_TURNED = {"my": "your", "our": "your"}


def _meant(text: str) -> str | None:
    found = _MEANT.search(text)
    if found is None:
        return None
    return " ".join(_TURNED.get(word, word) for word in found.group(1).split())


_PHONE = re.compile(
    r"\b(?:number is|(?:reach|call|ring|text) me (?:on|at)) \+?\d{2,5}[ /-]\d[\d /-]{4,}|"
    r"\+\d[\d ]{7,}"
)
"""A number to be called on, which is no number of an order."""
_THANKS_LAST = re.compile(
    r"(?:^|[,.!] ?)(?:many )?(?:thanks|thank you)(?: so much| a lot| very much)?[ .!]*$"
)
_THANKS_WORDS = 8
_HELP_WITH = re.compile(r"\bhelp (?:me )?with\b")
_FAREWELL = re.compile(
    r"(?:^|[.!?,] *|\b(?:ok|okay|lol|haha|right|well|alright|anyway) )"
    r"(?:good ?night|good ?bye|bye(?: bye)?|see you|take care)[ .!)]*$|"
    r"\b(?:can|could|may) (?:i|we) (?:stop|go|leave)(?: now| here| there)?\?"
)
_FAREWELL_WORDS = 20
"""A longer message tells something, even if it ends in a goodbye."""
_FIRST = ("wants_human", "wants_lines")
"""Acts that nothing else may stand before."""


def _act(text: str, words: int) -> str | None:
    small = next((name for name, pattern in SMALL_COMPILED if pattern.fullmatch(text)), None)
    if small is not None:
        return small
    if words <= _FAREWELL_WORDS and _FAREWELL.search(text):
        return "goodbye"
    for name, pattern in (*COMPILED[: len(_FIRST)], *ASKS_COMPILED, *COMPILED[len(_FIRST) :]):
        if pattern.search(text):
            return name
    if words <= 6:
        for name in ("thanks", "goodbye"):
            if dict(SMALL_COMPILED)[name].match(text):
                return name
    return "thanks" if words <= _THANKS_WORDS and _THANKS_LAST.search(text) else None


def _about(text: str, setting: str) -> str | None:
    for name, pattern in ABOUT_COMPILED[setting]:
        if pattern.search(text):
            return name
    return None


_LAUGHED_WITH = re.compile(r"\b(?:he|she|we|they) laughed\b(?! at)")


def _tone(text: str, sarcastic: bool) -> str | None:
    low = LOW.search(text) is not None
    glad = any(_is_own(text[: found.start()], found.group()) for found in GLAD.finditer(text))
    if glad and not sarcastic:
        return "dim" if low else "glad"
    if low and _LAUGHED_WITH.search(text):
        return "dim"
    if low or sarcastic or _signs(text) in {"sadness", "fear", "anger"}:
        return "low"
    return "dim" if DIM.search(text) else None


def _is_own(before: str, glad: str) -> bool:
    """Say whether a glad word is meant as it stands: not denied, and nobody else's feeling."""
    theirs = feeling_group(glad) == "joy" and THEIR_JOY.search(before)
    return not (theirs or NEGATED.search(before))


def _signs(text: str) -> str | None:
    for group, signs in (
        ("sadness", SAD_SIGNS),
        ("anger", ANGRY_SIGNS),
        ("fear", FEARFUL_SIGNS),
        ("joy", GLAD_SIGNS),
    ):
        if any(sign in text for sign in signs):
            return group
    return None


def _language(text: str, words: int) -> str | None:
    letters = [c for c in text if c.isalpha()]
    if not letters:
        return None
    foreign = sum(not ("a" <= c <= "z" or "\u00c0" <= c <= "\u024f") for c in letters)
    if foreign / len(letters) > 0.5:
        return _script(letters)
    tokens = re.findall(r"[\w']+", text)
    english = sum(token in ENGLISH for token in tokens)
    counts = {
        code: sum(token in known for token in tokens) for code, known in LANGUAGE_WORDS.items()
    }
    best = max(counts, key=lambda code: counts[code])
    if counts[best] >= 2 and counts[best] > english and counts[best] / max(1, words) >= 0.25:
        return best
    return None


def _script(letters: list[str]) -> str:
    names = [unicodedata.name(c, "").split(" ")[0] for c in letters]
    name = max(set(names), key=names.count)
    return {"CYRILLIC": "ru", "CJK": "zh", "HIRAGANA": "ja", "KATAKANA": "ja", "ARABIC": "ar"}.get(
        name, "other"
    )
