"""Which remembered moments bear on the present one: pure, the same for every memory.

A moment's score is its meaning × recency × a little importance. Below a least similarity nothing is
recalled, however recent, and two moments that say the same are recalled once. Time words in the
query are understood: a question about the past ("how was I last week?") is answered from that time
alone; a statement ("I failed yesterday") only prefers it. "What do you remember about me?" names
neither a topic nor a time, and asks for whatever mattered most.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from empathy_agent.affect import Emotion, RiskLevel
from empathy_agent.memory.contract import Recalled
from empathy_agent.memory.record import Moment, Record
from empathy_agent.memory.when import Span, ago, spoken_span

__all__ = ["Ask", "Candidate", "rank", "understand", "unit", "vectors_of"]

LEAST_SIMILARITY = 0.35
"""Cosine below which two texts have nothing to do with each other.

Of random pairs of first-person sentences (GoEmotions, MiniLM) 99 % lie below 0.33, and 99.9 %
below 0.49.
"""
CLOSE_SIMILARITY = 0.5
"""Cosine from which they are about the same thing."""
DUPLICATE = 0.9
"""Cosine from which two moments say the same."""
HALF_LIFE_S = 30 * 86400.0
OLD_WORTH = 0.4
"""What recency leaves of a very old moment: one about the same thing still counts."""
_WIDTH = 384
"""Of a sentence vector."""
IN_SPAN = 1.25
"""Worth of a moment of the time that a statement mentions."""


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
) -> Ask:
    """Return what a query asks, with its time words turned into times.

    Args:
        query: In the user's own words.
        now: Seconds since the epoch.
        since: A limit given outright; time words only narrow it.
        until: Likewise.
        session_not: A session to leave out.
        latest: Gives some newest moments, for "the last time we talked".
    """
    spoken = spoken_span(query, now)
    if spoken is None:
        whatever = since is not None and not query.strip()
        return Ask(since, until, session_not, anything=whatever or _asks_for_anything(query))
    span = spoken.span or _last_session(latest(), session_not)
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
    meant = [at for at, each in enumerate(records) if not _is_small_talk(each.said)]
    rows = [_scattered(each.id) for each in records]
    if meant:
        for at, row in zip(meant, unit(embed([records[at].said for at in meant])), strict=True):
            rows[at] = row
    return rows


def _scattered(id: str) -> NDArray[np.float32]:
    chance = np.random.default_rng(list(id.encode("utf-8", "replace")))
    return unit(chance.standard_normal((1, _WIDTH), dtype=np.float32))[0]


def rank(
    candidates: Sequence[Candidate],
    query: NDArray[np.float32],
    ask: Ask,
    *,
    now: float,
    k: int,
    emotion: Emotion | None = None,
) -> list[Recalled]:
    """Return up to `k` of the candidates, best first, without near duplicates.

    Args:
        candidates: In any order; those that `ask` does not admit are dropped.
        query: The query's vector, [n], unit length.
        ask: What the query asks.
        now: Seconds since the epoch.
        k: How many at most.
        emotion: What is felt now.
    """
    scored: list[tuple[float, Recalled, Candidate]] = []
    for each in candidates:
        likeness = float(each.vector @ query)
        near = ask.anything or likeness >= LEAST_SIMILARITY
        if not near or not ask.admits(each.record) or _is_small_talk(each.record.said):
            continue
        alike_felt = emotion not in (None, Emotion.NEUTRAL) and each.record.emotion == emotion
        score = _score(each.record, likeness, ask, now, alike_felt)
        why = _why(each.record, likeness, ask, now, alike_felt)
        scored.append((score, Recalled(each.record, round(score, 4), why), each))
    scored.sort(key=lambda each: (-each[0], -each[1].record.at, each[1].record.id))
    return _diverse(scored, k)


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


def _asks_for_anything(query: str) -> bool:
    """Say whether a query asks what is remembered at all, and nothing else."""
    return _ABOUT_MEMORY.fullmatch(" ".join(query.split()).strip(" ?!.")) is not None


_SMALL_TALK = frozenset(
    re.findall(
        r"\S+",
        "a afternoon all and again bye cool day evening fine good goodbye great haha hello hey hi "
        "how's is it lol lot morning much nice night no not now ok okay oh please really right so "
        "sure thank thanks that that's there too very well yeah yep yes you",
    )
)


def _is_small_talk(said: str) -> bool:
    words = re.findall(r"[^\W_]+(?:'\w+)?", said.lower())
    return (bool(words) and _SMALL_TALK.issuperset(words)) or _asks_for_anything(said)


def _score(moment: Record, likeness: float, ask: Ask, now: float, alike_felt: bool) -> float:
    age = max(0.0, now - moment.at)
    recency = OLD_WORTH + (1 - OLD_WORTH) * 0.5 ** (age / HALF_LIFE_S)
    risk = RiskLevel[moment.risk] if moment.risk in RiskLevel.__members__ else RiskLevel.none
    importance = 1 + 0.15 * risk / RiskLevel.imminent + 0.1 * alike_felt
    importance += 0.1 * abs(moment.arousal or 0.0) * moment.confidence
    preferred = ask.prefers is not None and ask.prefers.since <= moment.at < ask.prefers.until
    meaning = 0.5 if ask.anything else likeness
    return meaning * recency * importance / 1.35 * (IN_SPAN if preferred else 1) / IN_SPAN


def _why(moment: Record, likeness: float, ask: Ask, now: float, alike_felt: bool) -> str:
    when = ago(now - moment.at)
    if ask.anything:
        return f"from the time you asked about, {when}"
    if likeness >= CLOSE_SIMILARITY:
        felt = ", and you felt similar" if alike_felt else ""
        return f"about the same thing{felt}, {when}"
    return f"you felt similar {when}" if alike_felt else f"about something close to it, {when}"


def _diverse(scored: Sequence[tuple[float, Recalled, Candidate]], k: int) -> list[Recalled]:
    chosen: list[tuple[Recalled, Candidate]] = []
    for _, recalled, candidate in scored:
        if len(chosen) >= k:
            break
        if not any(_same(candidate, other) for _, other in chosen):
            chosen.append((recalled, candidate))
    return [recalled for recalled, _ in chosen]


def _same(one: Candidate, other: Candidate) -> bool:
    return float(one.vector @ other.vector) >= DUPLICATE
