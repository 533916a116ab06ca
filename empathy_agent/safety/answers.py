"""What a short reply answers to a direct question, and what it tells besides.

A bare "yes" means nothing to a screen that reads words; after "Are you thinking of killing
yourself?" it means everything. `answers.yaml` holds the phrases, so that reviewers can read them.
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal, NamedTuple, cast, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from empathy_agent.errors import SetupError
from empathy_agent.safety.helplines import helplines
from empathy_agent.safety.plain import plain

__all__ = ["Answer", "answer_to", "country_in", "facts_in", "question_in", "topic_of"]

Answer = Literal["yes", "no", "unsure"]
"""What a reply says to a yes-or-no question; hedged yeses ("kind of", "sometimes") are a yes."""

_READ = 600
"""Characters of a reply that are looked at."""
_BARE_CONTRACTIONS = re.compile(
    r"\b(i)(m|ve|ll)\b|\b(do|does|did|is|are|was|were|would|could|should|have|has)nt\b"
    r"|\b(ca|wo)nt\b"
)
_FULL = {"m": "am", "ve": "have", "ll": "will", "ca": "can", "wo": "will"}
_Patterns = Annotated[tuple[str, ...], Field(min_length=1)]


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    answers: dict[Literal["none", "unsure", "no", "yes"], _Patterns]
    facts: dict[str, dict[Answer, _Patterns]]
    asked: dict[str, dict[Answer, _Patterns]]
    ours: dict[str, _Patterns]
    topics: dict[str, _Patterns]


_Told = Mapping[tuple[str, Answer], re.Pattern[str]]


class _Phrases(NamedTuple):
    answers: Mapping[str, re.Pattern[str]]
    facts: _Told
    asked: _Told
    ours: Mapping[str, re.Pattern[str]]
    topics: Mapping[str, re.Pattern[str]]


@cache
def _phrases() -> _Phrases:
    text = files("empathy_agent.safety").joinpath("answers.yaml").read_text(encoding="utf-8")
    try:
        data = _File.model_validate(yaml.safe_load(text))
    except (yaml.YAMLError, ValidationError) as error:
        raise SetupError(f"the answers cannot be read: {error}") from error
    return _Phrases(
        answers={name: _any(rows) for name, rows in data.answers.items()},
        facts=_by_answer(data.facts),
        asked=_by_answer(data.asked),
        ours={name: _any(rows) for name, rows in data.ours.items()},
        topics={name: _any(rows) for name, rows in data.topics.items()},
    )


def _by_answer(told: dict[str, dict[Answer, tuple[str, ...]]]) -> _Told:
    return {
        (question, answer): _any(rows)
        for question, rows_of in told.items()
        for answer, rows in rows_of.items()
    }


def _any(phrases: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{each})" for each in phrases))


def answer_to(said: str, question: str = "") -> Answer | None:
    """Return what a reply answers to the yes-or-no question before it; null when it does not.

    Args:
        said: the reply.
        question: which one it was, such as `means`, whose answer may be "in the drawer".
    """
    told = _spelled(said)
    for name, pattern in _phrases().answers.items():
        if pattern.search(told):
            if name in get_args(Answer):
                return cast(Answer, name)
            break
    rows = _phrases().asked.items()
    return next((a for (q, a), each in rows if q == question and each.search(told)), None)


def facts_in(said: str) -> dict[str, Answer]:
    """Return the questions that a reply answers by itself, such as `{"company": "no"}`."""
    told = _spelled(said)
    found: dict[str, Answer] = {}
    for (question, answer), pattern in _phrases().facts.items():
        if question not in found and pattern.search(told):
            found[question] = answer
    return found


def topic_of(said: str) -> str | None:
    """Return what a reply is about, such as `burden`, or null."""
    told = _spelled(said)
    return next((name for name, pattern in _phrases().topics.items() if pattern.search(told)), None)


def question_in(reply: str) -> str:
    """Return the direct question that a reply of ours ends in, such as `thoughts`, or nothing."""
    asks = [each for each in _SENTENCE.split(reply) if each.endswith("?")]
    told = _spelled(asks[-1]) if asks else ""
    return next((name for name, each in _phrases().ours.items() if each.search(told)), "")


_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_PLACE = re.compile(
    r"\b(?:in|from|it is|this is|en|de|au|aux|aus|em|no|na|nos|do|da|dal|soy de)\s+"
    r"(?:(?:the|la|los|las|el|der|den|dem)\s+)?([^\W\d_][\w .'-]+)"
    r"|(?:我|人)?(?:住)?在([\u4e00-\u9fff]{2,4})|(?:في|من)\s+([^\W\d_]+)"
)
_SHORT = 3
"""Letters up to which a Latin name is a word of everyday language too."""
_SHORT_NAMES = frozenset({"US", "USA", "UK", "UAE"})


def country_in(said: str) -> str | None:
    """Return the ISO code of the country that a reply names, or null.

    Codes of two letters are left alone, but for those people say: "no" is not Norway.
    """
    text = said.strip().strip(".!?")[:_READ]
    tail = _PLACE.search(text)
    for name in (text, *(tail.groups(default="") if tail else ())):
        name = name.strip().strip(".!?,")
        if name.replace(".", "") in _SHORT_NAMES:
            return helplines(name.replace(".", "")).country
        if (len(name) > _SHORT or not name.isascii()) and "-" not in name and "_" not in name:
            found = helplines(name).country
            if found is not None:
                return found
    return None


def _spelled(said: str) -> str:
    """Return a reply in plain spelling, with contractions that lack their mark written out."""
    return _BARE_CONTRACTIONS.sub(_in_full, plain(said[:_READ]))


def _in_full(found: re.Match[str]) -> str:
    if found[1]:
        return f"i {_FULL[found[2]]}"
    if found[3]:
        return f"{found[3]} not"
    return f"{_FULL[found[4]]} not"
