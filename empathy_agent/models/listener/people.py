"""Who a message is about: "my sister ... she" is your sister, her, she.

The person mentioned last fills `$person`, `$they`, `$them` and `$their`. Where it is not certain
whether to say "he" or "she", there is no person, and a wording without one is used.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from empathy_agent.models.listener.lexicon import words

__all__ = ["Person", "names_somebody", "person_in"]

_SHE = words(
    """
    mum mom mother mam mama mummy mommy sister daughter grandma grandmother nan gran nana
    granny aunt
    auntie niece wife girlfriend woman girl lady fiancée stepmother stepmum stepmom landlady
    """
)
_HE = words(
    """
    dad father papa daddy brother son grandpa grandfather grandad granddad uncle nephew husband
    boyfriend man guy boy fiancé stepfather stepdad landlord
    """
)
_EITHER = words(
    """
    partner spouse friend boss manager supervisor colleague coworker flatmate roommate housemate
    neighbour neighbor teacher professor tutor doctor ex cousin child kid baby therapist nurse
    student
    fiance dog cat horse rabbit
    """
)
_KIN = "|".join(sorted(_SHE | _HE | _EITHER, key=len, reverse=True))
_CLOSEST = "(?:husband|wife|son|daughter|mother|father|mum|mom|dad|boyfriend|girlfriend|boss)"
_OWN = re.compile(
    rf"(?:\b(?:my|our) |^(?:(?:and|but|so|because) )?(?={_CLOSEST}\b))((?:(?:best|little|"
    rf"big|older|younger|old|new|late|ex|twin|eldest|youngest|only|"
    rf"closest|good|dear|poor|own|first)[ -])*)({_KIN})\b(?! of mine)(?!-in-law)"
)
_MET = re.compile(r"\b(?:a|an|one|this|that|some) (?:\w+ )?(woman|man|girl|boy|guy|lady)\b")
_SAID_SHE = re.compile(r"\b(?:she|her|hers|herself|she's|she'd|she'll)\b")
_SAID_HE = re.compile(r"\b(?:he|him|his|himself|he's|he'd|he'll)\b")
_LOOKS_BACK = 12


@dataclass(frozen=True)
class Person:
    """Somebody the user speaks of, in words that we can use."""

    name: str
    """In the second person: "your sister"; "her" for somebody without a name."""
    they: str
    them: str
    their: str

    def slots(self) -> dict[str, str]:
        """Return what wordings can say of them."""
        told = {"person": self.name, "they": self.they, "them": self.them, "their": self.their}
        return {**told, **{key.capitalize(): value.capitalize() for key, value in told.items()}}


_WORDS = {"she": ("she", "her", "her"), "he": ("he", "him", "his")}


@lru_cache(maxsize=1024)
def _mentioned(text: str) -> tuple[tuple[str, str | None], ...]:
    """Return (name, sex or null) of everyone named in a message, in order."""
    found: list[tuple[int, str, str | None]] = []
    for each in _OWN.finditer(text):
        noun = each.group(2)
        sex = "she" if noun in _SHE else "he" if noun in _HE else None
        found.append((each.start(), f"your {each.group(1)}{noun}", sex))
    for each in _MET.finditer(text):
        noun = each.group(1)
        found.append((each.start(), "", "she" if noun in _SHE else "he"))
    return tuple((name, sex) for _, name, sex in sorted(found))


def _spoken_of(text: str) -> str | None:
    """Return "she" or "he", whichever a message says first."""
    she, he = _SAID_SHE.search(text), _SAID_HE.search(text)
    if she and he:
        return "she" if she.start() < he.start() else "he"
    return "she" if she else "he" if he else None


def names_somebody(said: str) -> bool:
    """Say whether a message, as `hear.plain` returns it, names a person rather than only "she"."""
    return bool(_mentioned(said))


def person_in(said: str, earlier: Sequence[str], *, alone: bool = False) -> Person | None:
    """Return the one person that a message speaks of; null when there is none, or more than one.

    Args:
        said: the message, as `hear.plain` returns it.
        earlier: the messages before it, likewise, oldest first.
        alone: whether somebody from the message just before counts when this one names nobody.
    """
    pronoun = _spoken_of(said)
    own = _mentioned(said)
    if own:
        return _made(*own[-1], pronoun) if len({name for name, _ in own}) == 1 else None
    if pronoun is None and not alone:
        return None
    for text in reversed(earlier[-(1 if pronoun is None else _LOOKS_BACK) :]):
        for name, sex in reversed(_mentioned(text)):
            if pronoun is None or sex in {None, pronoun}:
                return _made(name, sex, pronoun or _spoken_of(text))
    if pronoun is None:
        return None
    return _made("", pronoun, pronoun)


def _made(name: str, sex: str | None, pronoun: str | None) -> Person | None:
    told = sex or pronoun
    if told is None:
        return None
    they, them, their = _WORDS[told]
    return Person(name or them, they, them, their)
