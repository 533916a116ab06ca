"""What is known of a user beside feelings: how to speak to them, and what was to come; pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from empathy_agent.memory.coming import day_of_year
from empathy_agent.memory.contract import Recalled
from empathy_agent.memory.record import Fact
from empathy_agent.memory.when import Span, ago

__all__ = ["Known", "Preference", "due", "followed_up", "is_due", "known", "preferred"]

ASKED_FOR_S = 14 * 86400.0
"""How long after a plan it is still asked how it went."""
DAY_REMEMBERED_S = 2 * 86400.0
"""How long after a birthday or an anniversary it is still mentioned."""
_MOST = 2
"""Plans that are recalled at a time because they are due."""


@dataclass(frozen=True)
class Known:
    """How the user wants to be spoken to."""

    called: str | None = None
    """The name they like."""
    brief: bool | None = None
    """They asked for short answers, or for long ones; null: neither."""
    wishes: tuple[str, ...] = ()
    """What else they asked for, in their own words, the newest last."""


@dataclass(frozen=True)
class Preference:
    """One wish, as a fact would hold it."""

    about: str
    """Such as "called", "length", "address" or "avoid my father"."""
    value: str


def known(facts: Sequence[Fact]) -> Known:
    """Return how a user wants to be spoken to, of all facts that are kept."""
    holding = sorted((each for each in facts if not each.superseded_by), key=lambda each: each.at)
    names = [each.value for each in holding if each.topic == "name"]
    wishes = [each for each in holding if each.topic == "preference"]
    lengths = [each.value for each in wishes if each.about == "length"]
    return Known(
        called=names[-1] if names else None,
        brief=lengths[-1] == "brief" if lengths else None,
        wishes=tuple(each.value for each in wishes if each.about != "length")[-5:],
    )


def due(facts: Sequence[Fact], now: float) -> list[Recalled]:
    """Return plans and days whose date has come or passed and of which nothing was heard since.

    Args:
        facts: All that are kept of a user.
        now: Seconds since the epoch.
    """
    found: list[tuple[float, Recalled]] = []
    for fact in facts:
        span = _of_this_year(fact, now)
        if span is None or not is_due(fact, now):
            continue
        found.append((span.since, Recalled(fact, 1.0, _why(fact, span, now))))
    # The nearest first: of a wedding today and a test last week, the wedding.
    found.sort(key=lambda each: (-each[0], each[1].record.id))
    return [recalled for _, recalled in found[:_MOST]]


def is_due(fact: Fact, now: float) -> Literal["now", "passed"] | None:
    """Say whether a fact's date has come or passed, and nothing was heard of it since."""
    span = None if fact.superseded_by or fact.followed else _of_this_year(fact, now)
    if span is None or not span.since <= now < span.until + _kept_s(fact):
        return None
    return "now" if now < span.until else "passed"


def _kept_s(fact: Fact) -> float:
    return DAY_REMEMBERED_S if fact.topic == "day" else ASKED_FOR_S


def _of_this_year(fact: Fact, now: float) -> Span | None:
    """Return when a plan is, or a yearly day was last; null for a fact without a date."""
    if fact.starts is None or fact.until is None:
        return None
    if not fact.yearly:
        return Span(fact.starts, fact.until)
    first = datetime.fromtimestamp(fact.starts).astimezone().date()
    today = datetime.fromtimestamp(now).astimezone().date()
    for year in (today.year, today.year - 1):
        span = day_of_year(first.month, first.day, today, year)
        if span is not None and span.since <= now:
            return span
    return None


def _why(fact: Fact, span: Span, now: float) -> str:
    if now < span.until:
        return "it is today" if span.until - span.since <= 90_000 else "it is about now"
    when = ago(now - span.since)
    return f"it was {when}" if fact.topic == "day" else f"it was to be {when}; ask once how it went"


def followed_up(facts: Sequence[Fact], said: str, reply: str, now: float) -> list[Fact]:
    """Return the plans that are over and were now asked about or told of, marked so.

    Args:
        facts: All that are kept of a user.
        said: What the user says.
        reply: What is answered.
        now: Seconds since the epoch.
    """
    words = _stems(f"{said} {reply}")
    return [
        replace(recalled.record, followed=True)
        for recalled in due(facts, now)
        if isinstance(recalled.record, Fact)
        and not recalled.record.yearly
        and (recalled.record.until or now) <= now
        and _stems(recalled.record.value) & words
    ]


def _stems(text: str) -> set[str]:
    return {word[:5] for word in re.findall(r"[^\W_]{4,}", text.lower())} - _COMMON


_COMMON = frozenset({"with", "first", "last", "final", "seein", "going", "havin", "meeti", "back"})


def preferred(kind: str, wish: str, heard: Sequence[str]) -> Preference | None:
    """Return a wish as it may be kept, or None where the user has not said it themselves.

    A language model may be told by anybody what to write down: so a name and a wish count only in
    words that the user wrote, and lengths are two.

    Args:
        kind: "name", "length" or "manner".
        wish: The name, "brief" or "long", or the user's own words.
        heard: What the user said in this conversation.
    """
    wanted = " ".join(wish.split()).strip(" .,;:!\"'")
    if kind == "length":
        return Preference("length", wanted) if wanted in {"brief", "long"} else None
    own = next((found for said in heard if (found := _own_words(wanted, said))), None)
    if own is None:
        return None
    if kind == "name":
        whole = re.fullmatch(r"[^\W\d_][\w'’.-]*(?: [^\W\d_][\w'’.-]*){0,2}", own)
        return Preference("called", own) if whole and len(own) <= 40 else None
    about = re.sub(r"^(?:please )?(?:don't|do not|stop|never) ", "", own.lower())
    return Preference(" ".join(about.split()[:4]), own) if 3 <= len(own) <= 120 else None


def _own_words(wanted: str, said: str) -> str | None:
    """Return the words as the user wrote them, where they did, whole words and in this order."""
    line = " ".join(said.replace("’", "'").split())
    plain = wanted.replace("’", "'")
    if not plain:
        return None
    match = re.search(rf"(?<!\w){re.escape(plain)}(?!\w)", line, re.IGNORECASE)
    return match[0] if match else None
