"""Time in words: "3 days ago" out of seconds, and a span of time out of "last week"."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

__all__ = [
    "COUNTS",
    "DAYS",
    "Event",
    "MONTHS",
    "Span",
    "Spoken",
    "ago",
    "days",
    "month_after",
    "spoken_event",
    "spoken_span",
]


@dataclass(frozen=True)
class Span:
    """A stretch of time, [since, until), in seconds since the epoch."""

    since: float
    until: float


@dataclass(frozen=True)
class Spoken:
    """The time that a text mentions."""

    span: Span | None
    """None: the last time we talked, whenever that was."""
    asks: bool
    """It is a question about that time, not a statement that happens to mention it."""
    anything: bool
    """Nothing else is asked than what was then."""


_STEPS = (
    (60.0, 1.0, ""),
    (3600.0, 60.0, "minute"),
    (86400.0, 3600.0, "hour"),
    (7 * 86400.0, 86400.0, "day"),
    (30.44 * 86400.0, 7 * 86400.0, "week"),
    (365.25 * 86400.0, 30.44 * 86400.0, "month"),
    (float("inf"), 365.25 * 86400.0, "year"),
)


def ago(seconds: float) -> str:
    """Return how long ago in words: "a moment ago", "an hour ago", "3 days ago"."""
    # Two days less an hour are two days in anyone's words.
    _, size, name = next(step for step in _STEPS if seconds + step[1] / 4 < step[0])
    if not name:
        return "a moment ago"
    count = int((seconds + size / 4) // size)
    if count <= 1:
        return f"{'an' if name == 'hour' else 'a'} {name} ago"
    return f"{count} {name}s ago"


COUNTS = {
    word: count
    for count, words in enumerate(
        ("", "a an one", "two couple", "three few", "four", "five", "six", "seven", "eight")
        + ("nine", "ten")
    )
    for word in words.split()
}
"""How many a word for a number means."""
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
) + ("october", "november", "december")
_COUNT = rf"(?P<count>\d{{1,4}}|(?:a )?(?:{'|'.join(COUNTS)})(?: of)?)"
_UNIT = r"(?P<unit>day|week|month|year)s?"
_DAY = rf"(?P<day>{'|'.join(DAYS)})"


def _midnight(day: date) -> float:
    return datetime.combine(day, time.min).astimezone().timestamp()


def days(first: date, after: date) -> Span:
    """Return the time from one day's midnight to another's, in the local calendar."""
    return Span(_midnight(first), _midnight(after))


def month_after(day: date, ahead: int) -> date:
    """Return the first day of the month that is so many ahead of a day's; negative: back."""
    months = day.year * 12 + day.month - 1 + ahead
    return max(_FIRST, date(max(1, months // 12), months % 12 + 1, 1))


def _counted(match: re.Match[str]) -> int:
    word = match["count"].removesuffix(" of").removeprefix("a ")
    return int(word) if word.isdigit() else COUNTS.get(word, 1)


_FIRST = date(1970, 1, 2)
_LENGTH = {"day": 1, "week": 7, "month": 30, "year": 365}


def _back(today: date, days: int) -> date:
    # No clock of every system can tell an earlier time.
    return max(_FIRST, today - timedelta(days=min(days, today.toordinal() - 1)))


def _counted_ago(match: re.Match[str], today: date) -> Span:
    # "Two weeks ago" is not a day: the further back, the wider it is meant.
    slack = {"day": 0, "week": 3, "month": 15, "year": 90}[match["unit"]]
    middle = _back(today, _counted(match) * _LENGTH[match["unit"]])
    return days(_back(middle, slack), min(middle + timedelta(slack), today) + timedelta(1))


def _counted_past(match: re.Match[str], today: date) -> Span:
    return days(_back(today, _counted(match) * _LENGTH[match["unit"]]), today + timedelta(1))


def _this_or_last(match: re.Match[str], today: date) -> Span:
    if match["which"] == "past":
        return days(_back(today, _LENGTH[match["unit"]]), today + timedelta(1))
    back = 0 if match["which"] == "this" else 1
    if match["unit"] == "week":
        monday = _back(today, today.weekday() + 7 * back)
        return days(monday, monday + timedelta(7))
    if match["unit"] == "month":
        return days(month_after(today, -back), month_after(today, 1 - back))
    first = max(_FIRST, date(max(1, today.year - back), 1, 1))
    return days(first, date(first.year + 1, 1, 1))


def _weekday(match: re.Match[str], today: date) -> Span:
    gone = (today.weekday() - DAYS.index(match["day"])) % 7
    day = _back(today, gone or 7)
    return days(day, day + timedelta(1))


def _weekend(match: re.Match[str], today: date) -> Span:
    saturday = _back(today, (today.weekday() - 5) % 7)
    if today.weekday() >= 5 and match["which"] != "this":
        saturday = _back(saturday, 7)
    return days(saturday, saturday + timedelta(2))


def _named_month(match: re.Match[str], today: date) -> Span:
    month = MONTHS.index(match["month"]) + 1
    year = int(match["year"] or 0) or today.year - (month > today.month)
    first = date(year, month, 1)
    return days(first, month_after(first, 1))


def _one_day(back: int) -> Callable[[re.Match[str], date], Span]:
    def span(_match: re.Match[str], today: date) -> Span:
        day = _back(today, back)
        return days(day, day + timedelta(1))

    return span


def _last_night(_match: re.Match[str], today: date) -> Span:
    midnight = _midnight(today)
    return Span(midnight - 6 * 3600, midnight + 6 * 3600)


def _lately(_match: re.Match[str], today: date) -> Span:
    return days(_back(today, 14), today + timedelta(1))


_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], Span]], ...] = tuple(
    (re.compile(rf"\b(?:{pattern})\b"), rule)
    for pattern, rule in (
        (r"(?:the )?day before yesterday", _one_day(2)),
        (r"last night", _last_night),
        (r"yesterday(?: (?:morning|afternoon|evening|night))?", _one_day(1)),
        (rf"{_COUNT} {_UNIT} ago", _counted_ago),
        (rf"(?:(?:in|over|during|for) )?the (?:last|past) {_COUNT} {_UNIT}", _counted_past),
        (r"(?:the )?(?P<which>this|last|past|previous) (?P<unit>week|month|year)", _this_or_last),
        (r"(?:(?:on|over) )?(?:the )?(?P<which>this|last|past|previous|the) weekend", _weekend),
        (rf"(?:on |last |this |past ){_DAY}(?: (?:morning|afternoon|evening|night))?", _weekday),
        (rf"(?:in|during|last|since) (?P<month>{'|'.join(MONTHS)})(?: (?P<year>20\d\d))?",)
        + (_named_month,),
        (r"today|this (?:morning|afternoon|evening)|tonight", _one_day(0)),
        (r"lately|recently", _lately),
    )
)
_LAST_TALK = re.compile(
    r"\b(?:(?:the )?(?:last|previous) (?:session|conversation|chat|talk)"
    r"|(?:the )?last time(?: (?:we|i) (?:talked|spoke|chatted|met)(?: (?:to|with) you)?)?"
    r"|when we last (?:talked|spoke|chatted|met))\b"
)
_QUESTION = re.compile(
    r"\b(?:remember|recall|remind me)\b"
    r"|\b(?:how|what|when|why|where|who)\b.*\b(?:was|were|did|have|had)\b"
    r"|^(?:was|were|did|have|had) (?:i|we|you)\b"
    r"|\bhow (?:i|we) (?:felt|was|were|did)\b|\bwhat (?:i|we) (?:said|told|felt|did)\b"
)
_FIRST_PERSON = re.compile(r"\b(?:i|i'm|i've|my|me|we|our|us|mine|myself)\b")
_EMPTY = frozenset(
    re.findall(
        r"\S+",
        "a about again all am and any anything are at be been can could did do does doing "
        "everything feel feeling feelings felt for go going had happen happened have how i i'd "
        "i'm in is it know let me mention mentioned mood my of on please recall remember remind "
        "said say saying see so something speak spoke talk talked talking tell than that the then "
        "there things time to told up us was we were what what's when which with you your",
    )
)


def spoken_span(text: str, now: float) -> Spoken | None:
    """Return the time that a text mentions, in the local calendar, or None when it names none.

    Only the first 2,000 characters are read.
    """
    said = " ".join(text[:2000].lower().replace("’", "'").split())
    today = datetime.fromtimestamp(now, tz=UTC).astimezone().date()
    asks = _QUESTION.search(said) is not None
    for pattern, rule in _RULES:
        match = pattern.search(said)
        if match is not None:
            return _spoken(said, match, rule(match, today), asks)
    match = _LAST_TALK.search(said)
    # "The last time I saw him" is no talk of ours, unless it is a question.
    if match is not None and (asks or not match[0].endswith("time")):
        return _spoken(said, match, None, asks)
    return None


def _spoken(said: str, match: re.Match[str], span: Span | None, asks: bool) -> Spoken:
    rest = said[: match.start()] + " " + said[match.end() :]
    words = re.findall(r"[^\W_]+(?:'\w+)?", rest)
    bare = _FIRST_PERSON.search(said) is None
    return Spoken(span, asks or bare, anything=all(word in _EMPTY for word in words))


@dataclass(frozen=True)
class Event:
    """An event that a text counts from, such as "since the exam"."""

    way: str
    """How: "since", "after", "before", "around"."""
    stems: frozenset[str]
    """What the event is called, each word cut to its first letters."""
    spoken: Spoken

    def is_in(self, text: str) -> bool:
        """Say whether a text is about the event."""
        return self.stems <= _stems(text)

    def span(self, event: Span, now: float) -> Span:
        """Return the time that is meant, of an event at this time."""
        if self.way == "before":
            return Span(event.since - 30 * 86400, event.since)
        if self.way == "around":
            return Span(event.since - 3 * 86400, event.until + 3 * 86400)
        # What was told of it on the same day counts to it.
        return Span(event.since, now + 1)


_STEM = 5
_EVENT = re.compile(
    r"\b(?P<way>ever since|since|after|before|around|during|at the time of) "
    r"(?P<event>(?:the|my|our|that|i|we|they|he|she) (?:[\w'-]+ ?){1,6})"
)


def spoken_event(text: str) -> Event | None:
    """Return the event that a text counts from, or None; whether there was one is not known here.

    Only the first 2,000 characters are read.
    """
    said = " ".join(text[:2000].lower().replace("’", "'").split())
    match = _EVENT.search(said)
    stems = _stems(match["event"]) if match else frozenset[str]()
    if match is None or not stems:
        return None
    way = match["way"].removeprefix("ever ")
    way = "around" if way in {"during", "at the time of"} else way
    asks = _QUESTION.search(said) is not None
    return Event(way, stems, _spoken(said, match, None, asks))


def _stems(text: str) -> frozenset[str]:
    words = re.findall(r"[^\W_]+(?:'\w+)?", text.lower())
    return frozenset(
        word.removesuffix("'s")[:_STEM] for word in words if len(word) > 2 and word not in _EMPTY
    )
