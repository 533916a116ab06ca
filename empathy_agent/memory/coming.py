"""Days that lie ahead, out of words: "on Friday", "in two weeks", "on the 3rd of March".

`when.py` looks back, this looks ahead. A weekday is the next of its name, never today; "next
Friday" is the one of the next calendar week. Times are in the local calendar.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from empathy_agent.memory.when import COUNTS, DAYS, MONTHS, Span, days, month_after

__all__ = ["Day", "coming", "day_of_year"]


@dataclass(frozen=True)
class Day:
    """A day or a stretch of days that a text names."""

    span: Span
    begins: int
    """Where its words begin in the text."""
    ends: int
    """Where they end."""


_SHORT = {name[:3]: at + 1 for at, name in enumerate(MONTHS)}
_MONTH = rf"(?P<month>{'|'.join(MONTHS)}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?"
_NUMBER = r"(?P<number>[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?"
_YEAR = r"(?:,? (?P<year>20\d\d|19\d\d))?"
_COUNT = rf"(?P<count>\d{{1,3}}|(?:a )?(?:{'|'.join(COUNTS)})(?: of)?)"
_PART = r"(?:,? (?:in the )?(?P<part>morning|afternoon|evening|night))?"
_WEEKDAY = (
    rf"(?P<day>{'|'.join(DAYS)}|(?:(?<=on )|(?<=this )|(?<=next ))"
    r"(?:mon|tues?|wed|thurs?|fri|sat|sun)(?![\w']))"
)


def _in_days(count: int) -> Callable[[re.Match[str], date], Span | None]:
    def span(_match: re.Match[str], today: date) -> Span:
        day = today + timedelta(count)
        return days(day, day + timedelta(1))

    return span


def _counted(match: re.Match[str], today: date) -> Span | None:
    word = match["count"].removesuffix(" of").removeprefix("a ")
    count = int(word) if word.isdigit() else COUNTS.get(word, 1)
    ahead = count * {"day": 1, "week": 7, "month": 30, "year": 365}[match["unit"]]
    # "In three weeks" is not a day: the further ahead, the wider it is meant.
    slack = {"day": 0, "week": 2, "month": 10, "year": 60}[match["unit"]]
    middle = today + timedelta(min(ahead, 36_500))
    return days(middle - timedelta(slack), middle + timedelta(slack + 1))


def _weekday(match: re.Match[str], today: date) -> Span | None:
    day = next(at for at, name in enumerate(DAYS) if name.startswith(match["day"][:3]))
    ahead = (day - today.weekday()) % 7
    if match["which"] == "next":
        ahead = day - today.weekday() + 7
    elif ahead == 0 and match["which"] != "this":
        ahead = 7
    first = today + timedelta(ahead)
    return days(first, first + timedelta(1))


def _weekend(match: re.Match[str], today: date) -> Span | None:
    saturday = today + timedelta((5 - today.weekday()) % 7)
    if today.weekday() == 6:
        saturday = today - timedelta(1)
    if match["which"] == "next":
        saturday += timedelta(7)
    return days(saturday, saturday + timedelta(2))


def _unit(match: re.Match[str], today: date) -> Span | None:
    ahead = 1 if match["which"] == "next" else 0
    if match["unit"] == "week":
        monday = today + timedelta(7 * ahead - today.weekday())
        return days(monday, monday + timedelta(7))
    if match["unit"] == "month":
        return days(month_after(today, ahead), month_after(today, ahead + 1))
    return days(date(today.year + ahead, 1, 1), date(today.year + ahead + 1, 1, 1))


def _dated(match: re.Match[str], today: date) -> Span | None:
    named = match["year"]
    return day_of_year(
        _SHORT[match["month"][:3]], int(match["number"]), today, int(named) if named else None
    )


def day_of_year(month: int, number: int, today: date, year: int | None = None) -> Span | None:
    """Return the next such day from today on; None: there is none such.

    Args:
        month: 1 to 12.
        number: Day of the month.
        today: In the local calendar.
        year: That year's, instead of the next.
    """
    for named in (year,) if year else range(today.year, today.year + 9):
        try:
            day = date(named, month, number)
        except ValueError:
            continue
        if year or day >= today:
            return days(day, day + timedelta(1))
    return None


def _of_month(match: re.Match[str], today: date) -> Span | None:
    number = int(match["number"])
    for ahead in range(12):
        first = month_after(today, ahead)
        span = day_of_year(first.month, number, today, first.year)
        if span is not None and (ahead or number >= today.day):
            return span
    return None


def _month(match: re.Match[str], today: date) -> Span | None:
    month = _SHORT[match["month"][:3]]
    year = int(match["year"]) if match["year"] else today.year + (month < today.month)
    first = date(year, month, 1)
    return days(first, month_after(first, 1))


def _iso(match: re.Match[str], _today: date) -> Span | None:
    try:
        day = date(int(match["year"]), int(match["month"]), int(match["number"]))
    except ValueError:
        return None
    return days(day, day + timedelta(1))


def _feast(month: int, number: int) -> Callable[[re.Match[str], date], Span | None]:
    return lambda _match, today: day_of_year(month, number, today)


_Rule = Callable[[re.Match[str], date], Span | None]
_RULES: tuple[tuple[re.Pattern[str], _Rule], ...] = tuple(
    (re.compile(rf"(?<![\w'])(?:{pattern})(?![\w'])"), rule)
    for pattern, rule in (
        (r"(?:on )?(?P<year>20\d\d)-(?P<month>\d\d)-(?P<number>\d\d)", _iso),
        (rf"(?:on )?{_WEEKDAY},? (?:the )?{_NUMBER} (?:of )?{_MONTH}{_YEAR}", _dated),
        (rf"(?:on )?{_WEEKDAY},? {_MONTH} (?:the )?{_NUMBER}(?!\d){_YEAR}", _dated),
        (rf"(?:on )?{_WEEKDAY},? the {_NUMBER}", _of_month),
        (rf"(?:on )?(?:the )?{_NUMBER} (?:of )?{_MONTH}{_YEAR}", _dated),
        (rf"(?:on )?{_MONTH} (?:the )?{_NUMBER}(?!\d){_YEAR}", _dated),
        (r"(?:the )?day after tomorrow", _in_days(2)),
        (rf"tomorrow{_PART}", _in_days(1)),
        (r"today|tonight|this (?:morning|afternoon|evening)|later today", _in_days(0)),
        (rf"in {_COUNT} (?P<unit>day|week|month|year)s?(?:' time)?", _counted),
        (rf"{_COUNT} (?P<unit>day|week|month|year)s? from (?:now|today)", _counted),
        (rf"(?:on )?(?:(?P<which>this|next|this coming) )?{_WEEKDAY}{_PART}", _weekday),
        (rf"(?P<which>next) week,? (?:on )?{_WEEKDAY}{_PART}", _weekday),
        (rf"(?:on )?{_WEEKDAY} (?:of )?(?P<which>next) week", _weekday),
        (r"(?:on |at )?(?P<which>this|next|the) weekend", _weekend),
        (r"(?:later )?(?P<which>this|next) (?P<unit>week|month|year)", _unit),
        (r"(?:on|at|for) christmas(?: day)?", _feast(12, 25)),
        (r"(?:on )?christmas eve", _feast(12, 24)),
        (r"(?:on )?new year'?s eve", _feast(12, 31)),
        (rf"on the {_NUMBER}", _of_month),
        (rf"(?:in|this|next) (?:early |late )?{_MONTH}(?: (?P<year>20\d\d))?", _month),
    )
)
_CLOCK = re.compile(r",? at (?P<hour>[01]?\d|2[0-3])(?::(?P<minute>[0-5]\d))? ?(?P<half>am|pm)?\b")


def coming(text: str, now: float, begins: int = 0, reach: int = 1_000) -> Day | None:
    """Return the first day that a text names from a place on, or None.

    Args:
        text: In lower case, with straight apostrophes.
        now: Seconds since the epoch.
        begins: Where to look from.
        reach: How many characters further on it may begin.
    """
    today = datetime.fromtimestamp(now, tz=UTC).astimezone().date()
    found: tuple[int, re.Match[str], _Rule] | None = None
    for pattern, rule in _RULES:
        match = pattern.search(text, begins)
        if match and match.start() <= begins + reach and (not found or match.start() < found[0]):
            found = match.start(), match, rule
    span = found and found[2](found[1], today)
    if not found or not span:
        return None
    match = found[1]
    return _at_hour(Day(span, match.start(), match.end()), text)


def _at_hour(day: Day, text: str) -> Day:
    clock = _CLOCK.match(text, day.ends)
    if clock is None or not clock["half"] and not clock["minute"]:
        return day
    hour = int(clock["hour"]) % 12 if clock["half"] else int(clock["hour"])
    hour += 12 * (clock["half"] == "pm")
    since = day.span.since + hour * 3600 + int(clock["minute"] or 0) * 60
    return Day(Span(since, max(since + 3600, day.span.until)), day.begins, clock.end())
