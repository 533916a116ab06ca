"""What repeats in someone's past: swings, turns, times of day, subjects, and what helped.

Each is told only when it stands out of chance: groups are compared by ranks (Mann-Whitney), and
the more groups are looked at, the more one has to stand out (Bonferroni), because whoever looks at
a hundred words will find one that goes with sad days. Volatility is the root mean square of
successive differences, as in studies of affect dynamics (Jahng et al., 2008, Psychological
Methods 13). All of it is correlation: it says *when*, never *why*.
"""

import math
import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from empathy_agent.memory.history import CLEAR_SHIFT, LEAST_SPREAD, MAD_TO_SIGMA
from empathy_agent.memory.record import Moment

__all__ = ["Pattern", "Patterns", "Turn", "patterns", "subjects"]

MIN_GROUP = 6
"""Moments of a kind before anything is said of it."""
MIN_DAYS = 3
"""Days they lie on: one bad evening is no pattern of evenings."""
MIN_SIDE = 4
"""Sessions on each side of a turn."""
CHANCE = 0.01
"""The chance that one of all groups looked at stands out by accident."""
TURN_Z = 3.5
"""How far apart two stretches lie, in standard errors, to be told as a turn."""
_LAST = 2_000
"""Moments that are looked at, the newest: older ones tell little of today."""


@dataclass(frozen=True)
class Pattern:
    """A kind of moment that is lighter or heavier than the rest."""

    kind: Literal["time", "day", "subject", "after"]
    name: str
    """Such as "evening", "weekend", "sister", or the strategy that was answered with."""
    change: float
    """In valence: its middle against the middle of the others; for `after`, until the next turn."""
    rests_on: int
    """How many moments."""

    def told(self) -> str:
        """Return it in words."""
        way = "lighter" if self.change > 0 else "heavier"
        if self.kind == "after":
            return f"{way} after {self.name} ({self.change:+.2f}, {self.rests_on} times)"
        by = {"time": "in the", "day": "on a", "subject": "when it is about"}[self.kind]
        return f"{way} {by} {self.name} ({self.change:+.2f}, {self.rests_on} moments)"


@dataclass(frozen=True)
class Turn:
    """When the usual feeling changed, and stayed changed."""

    at: float
    """Seconds since the epoch: the first session of the new stretch."""
    before: float
    """Middle valence of the stretch before, in [-1, 1]."""
    after: float
    rests_on: int = 0
    """Sessions of both stretches."""


@dataclass(frozen=True)
class Patterns:
    """What repeats; empty and None where there is not enough."""

    volatility: float | None
    """Root mean square change of valence from session to session, in [0, 2]."""
    turns: tuple[Turn, ...]
    found: tuple[Pattern, ...]
    """Strongest first."""
    rests_on: int
    """Moments with a valence that were looked at."""


def patterns(moments: Sequence[Moment]) -> Patterns:
    """Return what repeats in someone's past.

    Args:
        moments: Of one person, in any order; those without a valence say nothing here.
    """
    felt = sorted((each for each in moments if each.valence is not None), key=lambda each: each.at)
    felt = felt[-_LAST:]
    sessions = _sessions(felt)
    middles = [statistics.median(map(_valence, each)) for each in sessions]
    groups = [
        *_grouped("time", felt, lambda each: (_part_of_day(each.at),)),
        *_grouped("day", felt, lambda each: (_kind_of_day(each.at),)),
        *_grouped("subject", felt, lambda each: subjects(each.said)),
    ]
    effects = _effects(sessions)
    looked_at = max(1, len(groups) + len(effects))
    found = [*_standing_out(groups, felt, looked_at), *_helpful(effects, looked_at)]
    return Patterns(
        volatility=_volatility(middles),
        turns=tuple(_turns([each[0].at for each in sessions], middles)),
        found=tuple(sorted(found, key=lambda each: -abs(each.change))),
        rests_on=len(felt),
    )


def _valence(moment: Moment) -> float:
    return moment.valence or 0.0


def _sessions(felt: Sequence[Moment]) -> list[list[Moment]]:
    sessions: dict[str, list[Moment]] = {}
    for each in felt:
        sessions.setdefault(each.session, []).append(each)
    return list(sessions.values())


def _volatility(middles: Sequence[float]) -> float | None:
    if len(middles) < 2 * MIN_SIDE:
        return None
    changes = [later - earlier for earlier, later in zip(middles, middles[1:], strict=False)]
    return math.sqrt(statistics.fmean(change * change for change in changes))


def _turns(times: Sequence[float], middles: Sequence[float]) -> list[Turn]:
    """Split where two stretches lie furthest apart, then each stretch again."""
    if len(middles) < 2 * MIN_SIDE:
        return []
    cuts = range(MIN_SIDE, len(middles) - MIN_SIDE + 1)
    cut = max(cuts, key=lambda at: abs(_apart(middles[:at], middles[at:])))
    before, after = statistics.median(middles[:cut]), statistics.median(middles[cut:])
    far = abs(_apart(middles[:cut], middles[cut:])) >= TURN_Z
    if not far or abs(after - before) < CLEAR_SHIFT:
        return []
    return [
        *_turns(times[:cut], middles[:cut]),
        Turn(times[cut], before, after, len(middles)),
        *_turns(times[cut:], middles[cut:]),
    ]


def _apart(one: Sequence[float], other: Sequence[float]) -> float:
    """Return how far the middles of two stretches lie apart, in robust standard errors."""
    middles = statistics.median(one), statistics.median(other)
    off = [abs(value - middles[0]) for value in one] + [abs(value - middles[1]) for value in other]
    spread = max(MAD_TO_SIGMA * statistics.median(off), LEAST_SPREAD)
    return (middles[1] - middles[0]) / (spread * math.sqrt(1 / len(one) + 1 / len(other)))


_Group = tuple[str, str, list[int]]
"""Kind, name, and which moments belong to it."""


def _grouped(
    kind: str, felt: Sequence[Moment], names: Callable[[Moment], Iterable[str]]
) -> list[_Group]:
    members: Mapping[str, list[int]] = defaultdict(list)
    for at, each in enumerate(felt):
        for name in names(each):
            members[name].append(at)
    return [
        (kind, name, at)
        for name, at in members.items()
        if MIN_GROUP <= len(at) <= len(felt) - MIN_GROUP and _days(felt, at) >= MIN_DAYS
    ]


def _days(felt: Sequence[Moment], members: Sequence[int]) -> int:
    return len({_local(felt[at].at).date() for at in members})


def _standing_out(
    groups: Sequence[_Group], felt: Sequence[Moment], looked_at: int
) -> list[Pattern]:
    """Return the groups that stand out; of each kind the clearest first, then without it again.

    Else heavy evenings would make mornings stand out as light.
    """
    least = _z_of(CHANCE / looked_at)
    found: list[Pattern] = []
    for kind in dict.fromkeys(kind for kind, _, _ in groups):
        left = dict(enumerate(map(_valence, felt)))
        waiting = {name: members for each, name, members in groups if each == kind}
        while waiting:
            name, z = _clearest(waiting, left)
            members = [at for at in waiting.pop(name) if at in left]
            if abs(z) < least:
                break
            inside = [left.pop(at) for at in members]
            change = statistics.median(inside) - statistics.median(left.values())
            if abs(change) >= CLEAR_SHIFT:
                found.append(Pattern(kind, name, round(change, 3), len(members)))  # pyright: ignore[reportArgumentType]
    return found


def _clearest(waiting: Mapping[str, Sequence[int]], left: Mapping[int, float]) -> tuple[str, float]:
    ranks = dict(zip(left, _ranks(list(left.values())), strict=True))
    scored = {
        name: _rank_sum_z(ranks, [at for at in members if at in ranks])
        for name, members in waiting.items()
    }
    # Of a kind and all the rest, which stand out alike, the rarer is what is worth a word.
    name = max(scored, key=lambda each: (round(abs(scored[each]), 6), -len(waiting[each])))
    return name, scored[name]


def _ranks(values: Sequence[float]) -> list[float]:
    """Return the rank of each value, ties sharing their middle rank."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and values[order[end + 1]] == values[order[start]]:
            end += 1
        for at in range(start, end + 1):
            ranks[order[at]] = (start + end) / 2 + 1
        start = end + 1
    return ranks


def _rank_sum_z(ranks: Mapping[int, float], members: Sequence[int]) -> float:
    n, m = len(members), len(ranks) - len(members)
    if min(n, m) < MIN_GROUP:
        return 0.0
    expected = n * (n + m + 1) / 2
    return (sum(ranks[at] for at in members) - expected) / math.sqrt(n * m * (n + m + 1) / 12)


def _z_of(chance: float) -> float:
    """Return the z that a normal value exceeds, either way, with this chance."""
    return statistics.NormalDist().inv_cdf(1 - chance / 2)


def _effects(sessions: Sequence[Sequence[Moment]]) -> dict[str, list[float]]:
    """Return, for each way of answering, how valence moved until the next turn."""
    moved: dict[str, list[float]] = defaultdict(list)
    for session in sessions:
        for one, later in zip(session, session[1:], strict=False):
            if one.strategy:
                moved[one.strategy].append(_valence(later) - _valence(one))
    return {name: changes for name, changes in moved.items() if len(changes) >= MIN_GROUP}


def _helpful(effects: Mapping[str, Sequence[float]], looked_at: int) -> list[Pattern]:
    """Return what the others of its kind do not do as well; a low turn rises by itself."""
    every = [change for changes in effects.values() for change in changes]
    ranks = dict(enumerate(_ranks(every)))
    least = _z_of(CHANCE / looked_at)
    found: list[Pattern] = []
    start = 0
    for name, changes in effects.items():
        members = range(start, start + len(changes))
        start += len(changes)
        if abs(_rank_sum_z(ranks, members)) < least:
            continue
        change = statistics.median(changes)
        if abs(change) >= CLEAR_SHIFT / 2:
            found.append(Pattern("after", name, round(change, 3), len(changes)))
    return found


def _local(at: float) -> datetime:
    return datetime.fromtimestamp(at).astimezone()


def _part_of_day(at: float) -> str:
    hour = _local(at).hour
    if hour < 5 or hour >= 22:
        return "night"
    return "morning" if hour < 12 else "afternoon" if hour < 18 else "evening"


def _kind_of_day(at: float) -> str:
    return _local(at).strftime("%A")


_WORD = re.compile(r"[^\W\d_]{4,}")
_EMPTY = frozenset(
    re.findall(
        r"\S+",
        "a about after again also always because been before being cannot come comes coming could "
        "does doing done don else even ever every everything feel feeling feels felt from getting "
        "give gives goes going gonna good have having here into just keep kind know like little "
        "made make makes making many maybe mean more most much need never nothing only other over "
        "people please quite really right said same says should since some somehow something "
        "sometimes still such sure take talk tell than thank thanks that their them then there "
        "these they thing things think this those though thought time today told tomorrow very "
        "wait want wanted wants well went were what when where which while will with without "
        "would yeah yesterday your",
    )
)
"""Words that are no subject."""


def subjects(said: str) -> tuple[str, ...]:
    """Return the words of a message that it may be about, each once."""
    words = Counter(word.lower() for word in _WORD.findall(said[:2000]))
    return tuple(word for word in words if word not in _EMPTY)
