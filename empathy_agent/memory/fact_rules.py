"""What people say of themselves in so many words: a pattern each, for people and what is lasting.

Precision before recall: a pattern stands for one plain way to say a thing in the first person. What
is unsure, reported, negated or over is sorted out before (`Clause.clear`).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from empathy_agent.memory.clause import Clause, matches
from empathy_agent.memory.fact_words import (
    MEMBER,
    NAME,
    OCCUPATION,
    PARTNERS,
    PET,
    RELATIVE,
    TRADE,
    UNIQUE,
    is_name,
)
from empathy_agent.memory.record import Topic
from empathy_agent.memory.when import MONTHS, Span

__all__ = ["RULES", "Rule", "Stated"]


@dataclass(frozen=True)
class Stated:
    """One thing that a sentence states."""

    topic: Topic
    about: str
    value: str = ""
    act: Literal["new", "ends", "followed"] = "new"
    """Whether it holds from now on, holds no longer, or was told how it went."""
    span: Span | None = None
    yearly: bool = False


Rule = tuple[tuple[str, ...], Callable[[Clause], Iterator[Stated]]]
"""What finds facts in a clause, and the signs of which one is in it wherever there are any."""

_MODS = r"(?:(?:older|younger|big|little|elder|oldest|youngest|twin|half|late|dear|poor|own|new) )*"
_REL = rf"(?i:\b(?:my|our) {_MODS}(?P<rel>{RELATIVE}))\b"
_END = r"(?=\s*[.,;:!)]|\s*$|\s+(?:and|but|because|who|by the way|please|everyone|too|now)\b)"


def _person(rel: str, name: str, value: str) -> Stated:
    rel = rel.lower()
    return Stated("person", rel if rel in UNIQUE or not name else f"{rel} {name}", value)


_CALL_ME = re.compile(
    r"(?i:\b(?:(?:please|just|you can|you may) )*call me )\"?"
    rf"(?P<name>{NAME})\"?(?:,? please| too)?{_END}"
)
_PREFERRED = re.compile(
    r"(?i:\b(?:i'd (?:like|prefer|rather)(?: to be called| you called me)|i prefer to be called"
    rf"|i (?:usually )?go by|i'm called)) (?P<name>{NAME}){_END}"
)
_MY_NAME = re.compile(rf"(?i:\bmy name(?:'s| is)) (?P<name>{NAME}){_END}")
_GREETED = re.compile(
    rf"(?i:^(?:hi|hello|hey)(?: there)?[,.!]? (?:i'm|i am|it's)) (?P<name>{NAME}){_END}"
)


def _names(said: Clause) -> Iterator[Stated]:
    for pattern in (_GREETED, _MY_NAME, _PREFERRED, _CALL_ME):
        for match in matches(pattern, said, low=False):
            asked = pattern is not _CALL_ME or said.opens(match.start())
            if asked and is_name(match["name"]):
                yield Stated("name", "called", match["name"])


_IS_NAMED = r"(?i:'s name is|'s name's|,? (?:who is |who's |is )?(?:called|named)) "
_WITH_NAME = re.compile(rf"{_REL}(?:{_IS_NAMED}|,? )(?P<name>{NAME})\b(?!'(?:m|ve|ll)\b)")
_APPOSED = re.compile(rf"\b(?P<name>{NAME})(?:,| is| was) {_REL}(?=\s*[.,;!]|\s*$)")
_NAMED_HER = re.compile(
    rf"(?i:\b(?:we|i) (?:named|called) (?:my|our) {_MODS}(?P<rel>{RELATIVE})) (?P<name>{NAME})\b"
)
_MARRIED_TO = re.compile(rf"(?i:\bi(?:'m| am) (?P<rel>married|engaged) to) (?P<name>{NAME})\b")
_HAVE = re.compile(
    r"\bi(?: have|'ve got| have got|'ve) (?P<value>(?:an?|one|two|three|four|five|six|seven|\d) "
    rf"(?:(?:older|younger|big|little|twin|half|grown-up|small|young) )*(?P<rel>(?:{MEMBER})s?"
    rf"|children|wives))"
    r"(?=\s*[.,;!]|\s*$|\s+(?:and|but|who|called|named|at home|now|with)\b)"
)


def _people(said: Clause) -> Iterator[Stated]:
    for match in matches(_HAVE, said):
        yield Stated("person", match["rel"], match["value"])
    for pattern in (_WITH_NAME, _APPOSED, _NAMED_HER):
        for match in matches(pattern, said, low=False):
            if is_name(match["name"]):
                yield _person(match["rel"], match["name"], match["name"])
    for match in matches(_MARRIED_TO, said, low=False):
        if is_name(match["name"]):
            rel = "husband or wife" if match["rel"].lower() == "married" else "fiancé"
            yield Stated("person", rel, match["name"])


_DIED = re.compile(
    rf"{_REL}(?: (?P<name>{NAME}))?(?: (?:just|has|recently|suddenly|sadly|also))* "
    r"(?:died|passed away|passed on|was killed|took (?:his|her|their) own life)\b"
)
_LOST = re.compile(
    rf"\b(?i:(?:i|we) (?:just )?)?(?i:lost) {_REL}(?: (?P<name>{NAME}))? (?=(?:to (?!the\b"
    rf"|my\b)|over|"
    r"last|when|this|two|three|four|five|a few|a year|\d+|years?|suddenly|in (?:19|20)\d\d|"
    rf"in (?i:{'|'.join(MONTHS)}))\b)"
)
_PUT_DOWN = re.compile(
    rf"\b(?i:we|i) (?:had to )?put (?:my|our) {_MODS}(?P<rel>{PET})(?: (?P<name>{NAME}))? "
    r"(?:down|to sleep)\b"
)


def _deaths(said: Clause) -> Iterator[Stated]:
    for pattern in (_DIED, _LOST, _PUT_DOWN):
        for match in matches(pattern, said, low=False):
            name = match["name"] or ""
            if not name or is_name(name):
                yield _person(match["rel"], name, "died")


_PARTNER = "|".join(sorted(PARTNERS, key=len, reverse=True))
_BROKE_UP = re.compile(
    rf"\b(?:we|my (?:{_PARTNER}) and i|me and my (?:{_PARTNER})|[a-z]+ and i) "
    r"(?:(?:just|have|finally|recently) |'ve )*(?:broke|broken|split) up\b"
    rf"|\bmy (?:{_PARTNER})(?: [a-z]+)? (?:(?:just|has|finally) )*"
    r"(?:left me|dumped me|broke up with me|walked out on me)\b"
    r"|\b(?:he|she|they) (?:just )?(?:dumped me|broke up with me)\b"
    rf"|\bi (?:(?:just|finally|have) )*(?:broke up with|dumped|divorced) (?:my (?:{_PARTNER})"
    rf"|[a-z]+)"
    r"|\bi(?:'m| am| just got| got) divorced\b|\bi(?:'m| am) single (?:again|now)\b"
)


def _partings(said: Clause) -> Iterator[Stated]:
    for match in matches(_BROKE_UP, said):
        if "parents" not in match[0]:
            yield Stated("person", "partner", act="ends")


_WORK_AT = re.compile(
    r"\bi work (?:mostly )?(?P<value>(?P<when>(?:nights|days|shifts|night shifts|part[- ]time"
    r"|full[- ]time"
    r"|weekends|from home|remotely|freelance)\b ?)?"
    rf"(?P<where>(?:as (?:an? )?(?:{OCCUPATION})"
    r"|(?:at|for|in) (?:(?:a|an|the|my|our) (?:[a-z-]+ ){0,2}?)?"
    rf"(?:{TRADE})\b))?)"
)
_WORK_NAMED = re.compile(rf"(?i:\bi work (?P<value>(?:at|for)) )(?P<name>{NAME}(?: [A-Z]\w+)?)")
_NEW_JOB = re.compile(
    r"(?i:\bi (?:(?:just|have|finally|recently) )*(?:got|started|found|have|'ve got) (?:a|my) "
    r"new job"
    rf"(?P<where> (?:at|as|in|with) (?:the |an? )?(?:(?-i:{NAME})|(?:{TRADE})"
    rf"|(?:{OCCUPATION})))?)\b"
)
_AM = re.compile(
    r"\bi(?:'m| am) (?:now |currently |still )?(?:(?:an? )(?:[a-z]+(?:[ -]year)? )??"
    rf"(?P<trade>{OCCUPATION})(?=\s*[.,;!]|\s*$|\s+(?:and|but|so|at|in|on|who|now|by trade)\b)"
    r"|(?P<state>unemployed|retired|between jobs|self-employed|on (?:maternity|paternity|sick"
    r"|parental) leave"
    r"|on disability))\b"
)
_STUDY = re.compile(
    r"\bi(?:'m| am)? (?:study|studying|doing a (?:degree|master'?s|phd|course) in) "
    r"(?P<value>(?!for\b|hard\b|all\b|every\b|too\b|with\b|at\b|in\b|on\b|a\b|the\b|so\b"
    r"|and\b)[a-z]+"
    r"(?:(?: and)? (?:science|engineering|history|studies|arts?|literature|work|education))?"
    r"(?: at [^\W\d_]+)?)"
)
_LOST_JOB = re.compile(
    r"\bi (?:(?:just|have|finally) )*(?:quit|lost|left|resigned from) my (?:[a-z]+ )?job\b"
    r"|\bi (?:(?:just|have) )*(?:got|was|been|am) (?:just )?(?:fired|laid off|let go|sacked"
    r"|made redundant)\b"
    r"|\bi (?:just )?handed in my notice\b|\bthey (?:fired me|let me go|laid me off|sacked me)\b"
    r"|\bi (?:don't|do not) work (?:at|for|in|as) .{2,30}? (?:any ?more|any longer)\b"
    r"|\bi no longer work\b"
)


def _work(said: Clause) -> Iterator[Stated]:
    if any(matches(_LOST_JOB, said)):
        yield Stated("work", "job", act="ends")
    for match in matches(_NEW_JOB, said, low=False):
        where = (match["where"] or "").strip()
        yield Stated("work", "job", where, act="new" if where else "ends")
    for match in matches(_WORK_AT, said):
        if match["value"].strip():
            yield Stated("work", "job", _as_written(said, match, "value"))
    for match in matches(_WORK_NAMED, said, low=False):
        if is_name(match["name"].split()[0]):
            yield Stated("work", "job", f"{match['value'].lower()} {match['name']}")


def _callings(said: Clause) -> Iterator[Stated]:
    for match in matches(_AM, said):
        yield Stated("work", "job", match["trade"] or match["state"])
    for match in matches(_STUDY, said):
        yield Stated("work", "study", _as_written(said, match, "value"))


def _as_written(said: Clause, match: re.Match[str], group: str) -> str:
    return said.text[match.start(group) : match.end(group)].strip()


_LIVE = re.compile(
    r"\b(?i:i|we) (?:(?:now|currently|still|actually) )*live (?:(?:now|currently) )?"
    r"(?P<value>alone|on my own|by myself|with my [a-z -]+?(?=\s*[.,;!]|\s*$|\s+(?:and|but|in"
    r"|who)\b)"
    r"|in (?:a|the) (?:(?:small|big|tiny|shared|quiet) )*(?:town|city|village|flat|house"
    r"|countryside|suburbs)"
    rf"|in (?P<name>{NAME}(?: {NAME}){{0,2}}))"
)
_MOVED = re.compile(
    rf"\b(?i:(?:i|we)(?:'ve)?) (?:(?:just|recently|have|finally) )*(?:re)?(?:moved|located) "
    rf"(?:back )?to "
    rf"(?P<name>{NAME}(?: {NAME}){{0,2}})"
)
_FROM = re.compile(
    rf"\b(?i:i(?:'m| am)) (?:originally |actually )?from (?P<name>{NAME}(?: {NAME}){{0,2}})"
)
_NOT_THERE = re.compile(
    r"\b(?:i|we) (?:don't|do not) live (?:in|with|at|there).{0,30}? ?(?:any ?more|any longer)\b"
    r"|\b(?:i|we) (?:just )?(?:moved|have moved) out\b"
)


def _places(said: Clause) -> Iterator[Stated]:
    if any(matches(_NOT_THERE, said)):
        yield Stated("place", "home", act="ends")
    for match in matches(_FROM, said, low=False):
        name = _proper(match["name"])
        if name:
            yield Stated("place", "origin", name)
    for match in matches(_LIVE, said, low=False):
        name = _proper(match["name"] or "")
        value = f"in {name}" if name else "" if match["name"] else match["value"]
        if value:
            yield Stated("place", "home", value)
    for match in matches(_MOVED, said, low=False):
        name = _proper(match["name"])
        if name:
            yield Stated("place", "home", f"in {name}")


def _proper(words: str) -> str:
    """Return the capitalised words that a text begins with."""
    kept: list[str] = []
    for word in words.split():
        if not (word[:1].isupper() and is_name(word)):
            break
        kept.append(word)
    return " ".join(kept)


_MINE = ("my ", "our ")
RULES: tuple[Rule, ...] = (
    (("call", "name", "i'm", "i am", "it's", "i go", "i usually"), _names),
    ((*_MINE, "i have", "i've", "married", "engaged"), _people),
    (_MINE, _deaths),
    (("broke", "split", "left me", "dump", "divorc", "single", "walked out"), _partings),
    (
        (
            "i work",
            "job",
            "i am",
            "i'm",
            "study",
            "fired",
            "laid",
            "let go",
            "let me go",
            "notice",
            "sack",
            "redundant",
            "no longer",
            "i quit",
            "not work",
            "n't work",
        ),
        _work,
    ),
    (("i'm", "i am", "stud", "degree"), _callings),
    ((" live", "from ", "moved", "relocated"), _places),
)
"""Each finds what a sentence states about people and what is lasting."""
