import datetime as dt

import pytest

from empathy_agent.errors import SetupError
from empathy_agent.safety.helplines import (
    ANYWHERE,
    countries,
    faults,
    helplines,
    load,
    stale,
    unverified,
)

ROW = """
- code: {code}
  name: Nowhere
  emergency: "112"
  lines:
    - {{name: A line, phone: "{phone}", hours: 24/7, languages: [en],
       source: "{source}", verified_at: {at}}}
"""


def table(
    code: str = "XX", phone: str = "116 123", source: str = "https://a.org", at: str = "null"
):
    return ROW.format(code=code, phone=phone, source=source, at=at)


def test_the_shipped_table_is_whole():
    rows = countries()

    assert len([row for row in rows if row.lines]) >= 60
    assert [row.code for row in rows] == sorted(row.code for row in rows)
    assert all(row.emergency for row in rows)
    names = [name.casefold() for row in rows for name in (row.code, row.name, *row.also)]
    assert len(set(names)) == len(names)


def test_no_shipped_row_claims_a_check_that_nobody_made():
    lines = sum(len(row.lines) for row in countries())

    assert len(unverified()) == lines
    assert stale(dt.date(2100, 1, 1)) == ()


@pytest.mark.parametrize(
    ("country", "code", "phone", "emergency"),
    [
        ("US", "US", "988", "911"),
        ("us", "US", "988", "911"),
        ("en-GB", "GB", "116 123", "999"),
        ("en_GB.UTF-8", "GB", "116 123", "999"),
        ("de_DE", "DE", "0800 111 0 111", "112"),
        ("zh-Hant-TW", "TW", "1925", "119"),
        ("Germany", "DE", "0800 111 0 111", "112"),
        ("the Netherlands", "NL", "0800-0113", "112"),
        (" united states ", "US", "988", "911"),
        ("España", "ES", "024", "112"),
        ("NO", "NO", "116 123", "113"),
        ("Australia", "AU", "13 11 14", "000"),
        ("fr-FR", "FR", "3114", "112"),
    ],
)
def test_a_country_is_found_by_code_locale_or_name(
    country: str, code: str, phone: str, emergency: str
):
    found = helplines(country)
    best = found.best()

    assert (found.country, found.emergency) == (code, emergency)
    assert best is not None
    assert best.phone == phone


@pytest.mark.parametrize("country", [None, "", "  ", "ZZ", "en", "Atlantis", "English", "x" * 5000])
def test_an_unknown_country_is_asked_for_and_still_helped(country: str | None):
    found = helplines(country)

    assert found.country is None
    assert found.lines == ()
    assert ANYWHERE in found.text()
    assert "112" in found.emergency
    assert "911" in found.emergency
    assert "Which country" in found.text()


def test_what_is_told_stands_in_the_table_word_for_word():
    for row in countries():
        told = helplines(row.code).text()
        assert row.emergency in told
        for line in row.lines:
            for way in (line.phone, line.text, line.chat):
                assert way is None or way in told


def test_the_line_offered_first_is_always_open_where_there_is_one():
    for row in countries():
        fit = [line for line in row.lines if "suicide" in line.topics]
        best = helplines(row.code).best()
        if any(line.always_open for line in fit):
            assert best is not None
            assert best.always_open


def test_a_topic_has_its_own_line_and_none_where_there_is_none():
    abuse = helplines("US").best("abuse")

    assert abuse is not None
    assert abuse.phone == "1-800-799-7233"
    assert helplines("HR").best("abuse") is None


@pytest.mark.parametrize(
    "text",
    [
        table(code="xx"),
        table(code="XXX"),
        table(phone="call us"),
        table(phone=""),
        table(source="nowhere"),
        table(at="soon"),
        table() + table(),
        table().replace("languages: [en]", "languages: []"),
        table().replace("hours: 24/7, ", ""),
        table().replace('phone: "116 123", ', ""),
        table().replace("name: Nowhere", "nam: Nowhere"),
        "not: a list",
        "[",
    ],
)
def test_a_malformed_row_is_refused(text: str):
    with pytest.raises(SetupError, match="table of helplines"):
        load(text)


def test_a_check_older_than_a_year_is_stale():
    rows = load(table(at="2025-01-01"))

    assert unverified(rows) == ()
    assert stale(dt.date(2026, 1, 1), rows) == ()
    assert stale(dt.date(2026, 1, 2), rows) == ("XX: A line",)


TODAY = dt.date(2026, 11, 21)


def test_nothing_in_the_shipped_table_looks_wrong():
    assert faults(TODAY) == ()


LINE = """    - {{name: {name}, phone: "{phone}", hours: {hours}, languages: [en],
       source: "https://b.org", verified_at: null{more}}}
"""


def second(
    name: str = "Another", phone: str = "116 124", hours: str = "24/7", more: str = ""
) -> str:
    return table() + LINE.format(name=name, phone=phone, hours=hours, more=more)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (second(name="A LINE"), "a line: stands here twice"),
        (second(phone="116-123"), "116123: stands here twice"),
        (second(phone="12"), "'12' is no phone number"),
        (second(phone="1234 5678 9012 3456"), "is no phone number"),
        (second(hours="often"), "'often' does not say when"),
        (second(more=", text: HOME to us"), "does not say what to text"),
        (second(more=", chat: www.b.org"), "is no bare web address"),
        (second(more=", chat: here"), "is no bare web address"),
        (table(at="2027-01-01"), "checked in the future"),
        (table(at="2024-11-01"), "checked more than a year ago"),
    ],
)
def test_a_row_that_looks_wrong_is_found(text: str, told: str):
    found = faults(TODAY, load(text))

    assert len(found) == 1
    assert found[0].startswith("XX: ")
    assert told in found[0]


def test_the_same_number_may_serve_two_needs():
    assert faults(TODAY, load(second(phone="116 123", more=", topics: [child]"))) == ()


def test_where_a_number_was_read_is_a_page_and_no_check():
    read = [line for row in countries() for line in row.lines if line.read_in]

    assert len(read) >= 8
    assert all(line.verified_at is None for line in read)
