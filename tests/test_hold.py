import itertools
import re
from typing import Literal, get_args

import pytest

from empathy_agent.affect import RiskLevel
from empathy_agent.errors import SetupError
from empathy_agent.safety.guard import guard
from empathy_agent.safety.helplines import countries, helplines
from empathy_agent.safety.hold import FILES, Held, hold, read_script
from empathy_agent.safety.rules import Kind
from empathy_agent.safety.screen import Risk, screen

Setting = Literal["support", "service"]
LEVELS = [RiskLevel.moderate, RiskLevel.high, RiskLevel.imminent]
SETTINGS: tuple[Setting, ...] = get_args(Setting)
PLACES = ["GB", "US", "IT", "HR", "BD", None]
ANSWERS = ["no", "yes", "I won't call anyone", "thank you", "I don't know", "..."]


def risk(kind: str, level: RiskLevel) -> Risk:
    if kind == "other":
        return Risk(level, 0.5, about="other", kind="suicide")
    kinds: dict[str, Kind] = {name: name for name in get_args(Kind)}
    return Risk(level, 0.5, kind=kinds[kind])


def talk(
    what: Risk, country: str | None, turns: int, setting: Setting = "support", said: str = "..."
) -> list[Held]:
    told: list[str] = []
    held: list[Held] = []
    for _ in range(turns):
        held.append(hold(what, country, said=said, told=told, setting=setting))
        told += held[-1].wordings
    return held


EVERY = list(itertools.product(FILES, LEVELS, PLACES, SETTINGS))
every = pytest.mark.parametrize(
    ("kind", "level", "country", "setting"),
    EVERY,
    ids=lambda value: str(getattr(value, "name", value)),
)


@every
def test_eight_turns_in_a_row_say_eight_different_things(
    kind: str, level: RiskLevel, country: str | None, setting: Setting
):
    texts = [held.text for held in talk(risk(kind, level), country, 8, setting)]

    assert len(set(texts)) == 8


@every
def test_it_opens_as_an_ai_shortly_and_leaves_no_slot_empty(
    kind: str, level: RiskLevel, country: str | None, setting: Setting
):
    first, *later = [held.text for held in talk(risk(kind, level), country, 8, setting)]

    assert "I am an AI" in first
    assert len(first.split()) <= 120
    assert all(len(text.split()) <= 70 for text in later)
    for text in (first, *later):
        assert "$" not in text
        assert "  " not in text
        assert not re.search(r"\(\s*[,)]|\s[.,]| \.", text)


@every
def test_everything_said_passes_the_guard(
    kind: str, level: RiskLevel, country: str | None, setting: Setting
):
    for held in talk(risk(kind, level), country, 16, setting):
        checked = guard(held.text, setting)
        assert checked.breaches == (), held.text
        assert checked.text == held.text


@pytest.mark.parametrize("level", [RiskLevel.moderate, RiskLevel.high])
@pytest.mark.parametrize("kind", ["suicide", "self_harm", "eating", "other"])
def test_it_asks_directly_about_suicide(kind: str, level: RiskLevel):
    told = " ".join(held.text for held in talk(risk(kind, level), "GB", 3))

    assert re.search(r"thinking of killing yourself|thoughts of suicide|think of suicide", told)


@pytest.mark.parametrize("country", [row.code for row in countries()])
def test_an_imminent_risk_gets_the_emergency_number_of_every_country(country: str):
    for kind in FILES:
        text = hold(risk(kind, RiskLevel.imminent), country, said="...").text
        assert helplines(country).emergency in text


def test_an_imminent_risk_is_sent_to_a_person_and_away_from_means():
    text = hold(risk("suicide", RiskLevel.imminent), None, said="...").text

    assert "your local emergency number (112 or 911 in many countries)" in text
    assert "do not stay alone" in text
    assert "get away from anything you could use to hurt yourself" in text
    assert "findahelpline.com" in text
    assert "Which country" in text


@pytest.mark.parametrize("kind", [name for name in FILES if name != "medical"])
@pytest.mark.parametrize("level", LEVELS)
def test_the_opening_offers_one_line_word_for_word(kind: str, level: RiskLevel):
    text = hold(risk(kind, level), "US", said="...").text
    offered = [line for line in helplines("US").lines if line.name in text]

    assert len(offered) == 1
    assert offered[0].phone is not None
    assert offered[0].phone in text


def test_abuse_and_children_have_their_own_lines():
    assert "1-800-799-7233" in hold(risk("abuse", RiskLevel.high), "US", said="").text
    assert "0800 1111" in hold(risk("minor", RiskLevel.high), "GB", said="").text


def test_a_country_without_a_line_is_named_and_not_asked_for():
    text = hold(risk("suicide", RiskLevel.high), "Croatia", said="...").text

    assert "findahelpline.com" in text
    assert "Croatia" in text
    assert "ountry are you in" not in text


def test_a_risk_that_becomes_imminent_is_answered_anew():
    first = hold(risk("suicide", RiskLevel.moderate), "GB", said="...")
    second = hold(risk("suicide", RiskLevel.imminent), "GB", said="...", told=first.wordings)

    assert "999" not in first.text
    assert "Please call 999 now" in second.text


def test_a_worried_friend_is_spoken_to_about_the_friend():
    what = screen("my friend is going to kill himself tonight")
    text = hold(what, "GB", said="my friend is going to kill himself tonight").text

    assert what.about == "other"
    assert "do not leave them alone" in text
    assert "999" in text


def test_service_puts_the_request_aside_and_comes_back_to_it():
    first, second, *_ = talk(risk("suicide", RiskLevel.high), "GB", 2, "service")

    assert "service questions" in first.text
    assert "request" in second.text
    assert (
        "service questions" not in talk(risk("suicide", RiskLevel.high), "GB", 1, "support")[0].text
    )


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("yes", "honest"),
        ("No.", "Thank you for answering"),
        ("I won't call a hotline", "your choice"),
        ("thanks for listening", "You are welcome here"),
    ],
)
def test_a_short_answer_is_heard(said: str, answer: str):
    assert answer in talk(risk("suicide", RiskLevel.high), "GB", 2, said=said)[1].text


def test_what_was_said_is_never_quoted():
    said = "I want to die because of the xylophone"

    assert "xylophone" not in hold(screen(said), "GB", said=said).text


def test_it_goes_on_for_a_hundred_turns():
    texts = [held.text for held in talk(risk("suicide", RiskLevel.imminent), "GB", 100)]

    assert all(now != then for now, then in itertools.pairwise(texts))


@pytest.mark.parametrize("level", [RiskLevel.none, RiskLevel.low])
def test_a_lesser_risk_is_answered_like_a_moderate_one(level: RiskLevel):
    lesser = hold(Risk(level, 0.1), "GB", said="...")

    assert lesser == hold(risk("suicide", RiskLevel.moderate), "GB", said="...")


@pytest.mark.parametrize(
    "text",
    [
        "opening: {moderate: [name]}\nsteps: {ask: [a, b]}",
        "opening: {moderate: [line]}\nsteps: {line: [a, b]}",
        "opening: {dire: [name]}\nsteps: {name: [a, b]}",
        "steps: {name: [only one]}",
        "steps: [",
    ],
)
def test_a_script_with_missing_words_is_refused(text: str):
    with pytest.raises(SetupError, match="crisis wordings"):
        read_script(text)
