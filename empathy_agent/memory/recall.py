"""Which remembered records bear on the present moment: pure, the same for every memory.

Time words in the query are understood: a question about the past ("how was I last week?", "since
the exam?") is answered from that time alone; a statement ("I failed yesterday") only prefers it.
"What do you remember about me?" names neither a topic nor a time: it asks for several of what
mattered most, and for what is known of the user. How the rest is weighed is in `rank.py`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from empathy_agent.memory.record import Fact, Moment, Record
from empathy_agent.memory.when import Span, Spoken, spoken_event, spoken_span

__all__ = [
    "DUPLICATE",
    "Ask",
    "Candidate",
    "asks_for_anything",
    "understand",
    "is_small_talk",
    "unit",
    "vectors_of",
]

DUPLICATE = 0.9
"""Cosine from which two moments say the same."""
_WIDTH = 384
"""Of a sentence vector."""


@dataclass(frozen=True)
class Candidate:
    """What is remembered with its vector, from the database or from a list."""

    record: Record
    vector: NDArray[np.float32]
    """[n], unit length."""


@dataclass(frozen=True)
class Ask:
    """What a query asks of the past."""

    since: float | None
    """Only moments at or after this; seconds since the epoch."""
    until: float | None
    """Only moments before this."""
    session_not: str | None
    prefers: Span | None = None
    """A time that was mentioned, but not asked about."""
    anything: bool = False
    """Whatever happened then: meaning is not judged."""

    def admits(self, record: Record) -> bool:
        """Return whether a record is within the time and the sessions asked about."""
        return (
            (self.since is None or record.ends >= self.since)
            and (self.until is None or record.at < self.until)
            and (self.session_not is None or record.session != self.session_not)
        )


def understand(
    query: str,
    *,
    now: float,
    since: float | None = None,
    until: float | None = None,
    session_not: str | None = None,
    latest: Callable[[], Sequence[Moment]] = tuple,
    facts: Callable[[], Sequence[Fact]] = tuple,
) -> Ask:
    """Return what a query asks, with its time words turned into times.

    Args:
        query: In the user's own words.
        now: Seconds since the epoch.
        since: A limit given outright; time words only narrow it.
        until: Likewise.
        session_not: A session to leave out.
        latest: Gives some newest moments, for "the last time we talked" and "since the exam".
        facts: Gives what the user stated, for the same.
    """
    spoken = spoken_span(query, now)
    if spoken is not None:
        span = spoken.span or _last_session(latest(), session_not)
    else:
        spoken, span = _since_event(query, now, session_not, latest, facts)
    if spoken is None:
        whatever = since is not None and not query.strip()
        return Ask(since, until, session_not, anything=whatever or asks_for_anything(query))
    if span is None:
        return Ask(since, until, session_not)
    if not spoken.asks:
        return Ask(since, until, session_not, prefers=span)
    return Ask(
        since=span.since if since is None else max(since, span.since),
        until=span.until if until is None else min(until, span.until),
        session_not=session_not,
        anything=spoken.anything,
    )


def _since_event(
    query: str,
    now: float,
    session_not: str | None,
    latest: Callable[[], Sequence[Moment]],
    facts: Callable[[], Sequence[Fact]],
) -> tuple[Spoken | None, Span | None]:
    """Return the time that "since the exam" means, where that event is known of."""
    event = spoken_event(query)
    if event is None:
        return None, None
    dated = [fact for fact in facts() if event.is_in(f"{fact.about} {fact.value}")]
    times = [Span(fact.starts or fact.at, fact.until or fact.at) for fact in dated]
    if not times:
        told = [each for each in latest() if each.session != session_not]
        times = [Span(each.at, each.at) for each in told if event.is_in(each.said)]
    past = [each for each in times if each.since <= now]
    if not past:
        return None, None
    return event.spoken, event.span(max(past, key=lambda each: each.since), now)


def _last_session(latest: Sequence[Moment], session_not: str | None) -> Span | None:
    others = [moment for moment in latest if moment.session != session_not]
    if not others:
        return None
    newest = max(others, key=lambda each: each.at)
    times = [moment.at for moment in others if moment.session == newest.session]
    return Span(min(times), max(times) + 1)


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return rows of unit length; a row that has none (an empty text) becomes a fixed direction."""
    rows = np.nan_to_num(np.asarray(vectors, dtype=np.float32))
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    blank = lengths[:, 0] < 1e-6
    rows = rows / np.where(lengths < 1e-6, 1, lengths)
    # Alternating signs: near nothing that a text embeds to.
    rows[blank] = np.resize([1.0, -1.0], rows.shape[1]) / np.sqrt(rows.shape[1])
    return rows.astype(np.float32)


def vectors_of(
    records: Sequence[Record], embed: Callable[[Sequence[str]], NDArray[np.float32]]
) -> list[NDArray[np.float32]]:
    """Return where each record lies in the index, [n] of unit length.

    Small talk lies scattered by its id. It is never recalled by its meaning, and the hundreds of
    "hi" of a daily user would lie on one spot, where the nearest-neighbour graph (HNSW) loses its
    way: among 1,100 equal vectors Chroma no longer found the one that was different.
    """
    meant = [at for at, each in enumerate(records) if not is_small_talk(each.said)]
    rows = [_scattered(each.id) for each in records]
    if meant:
        for at, row in zip(meant, unit(embed([records[at].said for at in meant])), strict=True):
            rows[at] = row
    return rows


def _scattered(id: str) -> NDArray[np.float32]:
    chance = np.random.default_rng(list(id.encode("utf-8", "replace")))
    return unit(chance.standard_normal((1, _WIDTH), dtype=np.float32))[0]


_ABOUT_MEMORY = re.compile(
    r"(?:so|and|but|well|hey|ok|okay|please|tell me|can you tell me)*[\s,]*"
    r"(?:what (?:all |else )?(?:do|can|did) you (?:still |even |really )?"
    r"(?:remember|recall|know|have|keep)|"
    r"(?:do|can|did) you (?:still |even |really )?(?:remember|recall|know) "
    r"(?:me|us|anything|what i (?:said|told you|have told you)|what we talked about|who i am)|"
    r"what have i (?:told you|said(?: to you)?)|what did (?:i|we) (?:tell you|say|talk about))"
    r"(?: (?:about|of|from|to|on) (?:me|us|our (?:talks?|chats?|conversations?)|before|you))*"
    r"(?: (?:so far|anything|before|already|earlier|then|still))*",
    re.IGNORECASE,
)


def asks_for_anything(query: str) -> bool:
    """Say whether a query asks what is remembered at all, and nothing else."""
    return _ABOUT_MEMORY.fullmatch(" ".join(query.split()).strip(" ?!.")) is not None


_OF_THE_PAST = re.compile(
    r"(?:so|and|but|well|hey)?[, ]*(?:how (?:have|was|were|did|had) (?:i|we)\b|"
    r"what (?:did|have|had) (?:i|we) (?:say|said|tell|told|talk)|"
    r"(?:do|did|can|could) you (?:still )?(?:remember|recall)\b|did i tell you\b)[^.!?]*\?*",
    re.IGNORECASE,
)
"""A question about the past is no past of its own."""
_SMALL_TALK = frozenset(
    re.findall(
        r"\S+",
        "a afternoon all and again bye cool day evening fine good goodbye great haha hello hey hi "
        "how's is it lol lot morning much nice night no not now ok okay oh please really right so "
        "sure thank thanks that that's there too very well yeah yep yes you",
    )
)


def is_small_talk(said: str) -> bool:
    """Say whether a message is only a greeting, thanks, or a question about memory itself."""
    words = re.findall(r"[^\W_]+(?:'\w+)?", said.lower())
    if words and _SMALL_TALK.issuperset(words):
        return True
    return asks_for_anything(said) or _OF_THE_PAST.fullmatch(said.strip()) is not None
