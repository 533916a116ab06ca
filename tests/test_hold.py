import itertools
import re
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

import pytest
import yaml

from empathy_agent.affect import RiskLevel
from empathy_agent.errors import SetupError
from empathy_agent.safety.guard import guard
from empathy_agent.safety.helplines import countries, helplines
from empathy_agent.safety.hold import FILES, MOST_WORDS, follow_up, hold
from empathy_agent.safety.protocol import Protocol, advance, told
from empathy_agent.safety.rules import Kind
from empathy_agent.safety.screen import Risk, screen
from empathy_agent.safety.speech import Held, read_script

Setting = Literal["support", "service"]
LEVELS = [RiskLevel.moderate, RiskLevel.high, RiskLevel.imminent]
SETTINGS: tuple[Setting, ...] = get_args(Setting)
PLACES = ["GB", "HR", None]
"""A country with lines, one without, and none known."""
ANSWERS = ["no", "yes", "I won't call anyone", "thank you", "I don't know", "..."]
RAMBLES = [
    "everything hurts",
    "no",
    "I don't know",
    "yes",
    "leave me alone",
    "...",
    "I am so tired",
]
LONG = 30


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


@cache
def long_talk(kind: str, level: RiskLevel, country: str | None, setting: Setting) -> list[Held]:
    """Thirty turns at one level with the protocol, and somebody who answers this and that."""
    state, held = Protocol(), list[Held]()
    used: list[str] = []
    for turn in range(LONG):
        said = RAMBLES[turn % len(RAMBLES)]
        found = risk(kind, level)
        state = replace(advance(state, found, said), answers="", raised="none", about=found.about)
        state = replace(state, kind=found.kind)
        held.append(hold(found, country, said=said, told=used, setting=setting, protocol=state))
        used += held[-1].wordings
        state = told(state, asked=held[-1].asked, line=held[-1].line)
    return held


def sentences(text: str) -> list[str]:
    return [each for each in re.split(r"(?<=[.?!])\s+", text) if len(each.split()) > 3]


EVERY = list(itertools.product(FILES, LEVELS, PLACES, SETTINGS))
every = pytest.mark.parametrize(
    ("kind", "level", "country", "setting"),
    EVERY,
    ids=lambda value: str(getattr(value, "name", value)),
)


@every
def test_thirty_turns_in_a_row_repeat_no_sentence_of_the_five_before(
    kind: str, level: RiskLevel, country: str | None, setting: Setting
):
    told = [sentences(held.text) for held in long_talk(kind, level, country, setting)]

    for turn, said in enumerate(told):
        lately = {sentence for earlier in told[max(0, turn - 5) : turn] for sentence in earlier}
        assert not lately & set(said), (turn, lately & set(said))
    assert len({" ".join(each) for each in told}) >= 24


@every
def test_it_opens_as_an_ai_shortly_and_leaves_no_slot_empty(
    kind: str, level: RiskLevel, country: str | None, setting: Setting
):
    first, *later = [held.text for held in long_talk(kind, level, country, setting)]

    assert "I am an AI" in first
    assert len(first.split()) <= MOST_WORDS["opening"]
    assert all(0 < len(text.split()) <= MOST_WORDS["later"] for text in later), later
    for text in (first, *later):
        assert "$" not in text
        assert "  " not in text
        assert not re.search(r"\(\s*[,)]|\s[.,]| \.", text)


@every
def test_every_turn_helps_on(kind: str, level: RiskLevel, country: str | None, setting: Setting):
    for held in long_talk(kind, level, country, setting):
        assert held.text.count("?") <= 2, held.text
        if held.asked:
            last = sentences(f"{held.text} .")[-2:]
            assert any(each.endswith("?") for each in last) or setting == "service", held.text


@every
def test_everything_said_passes_the_guard(
    kind: str, level: RiskLevel, country: str | None, setting: Setting
):
    for held in long_talk(kind, level, country, setting):
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
        ("yes", "Thank you for telling me"),
        ("No.", "Thank you for answering"),
        ("maybe", "Not being sure"),
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


CONTRACT: dict[RiskLevel, dict[str, str]] = {
    RiskLevel.moderate: {
        "a trusted person": r"trust|friend|relative|grown-up|one more person|calm",
        "care": r"doctor|therapist|counsellor|teacher",
        "staying": r"I am (?:here|staying)|keep talking|staying with you",
        "one question": r"\?",
    },
    RiskLevel.high: {
        "staying": r"I am (?:here|staying)|keep talking|staying with you|Which country|\?",
        "one question": r"\?",
    },
    RiskLevel.imminent: {
        "another person": r"alone|person|somebody|someone|grown-up|neighbou?r|them",
        "no power to come": r"cannot|can not",
        "now": r"now|this minute|right away",
    },
}
PEOPLE = {"abuse", "other"}
"""Their openings point to people in their own way."""


@every
def test_every_opening_keeps_its_contract(
    kind: str, level: RiskLevel, country: str | None, setting: Setting
):
    text = long_talk(kind, level, country, setting)[0].text

    for name, pattern in CONTRACT[level].items():
        if name in {"care", "a trusted person"} and kind in {*PEOPLE, "medical"}:
            continue
        assert re.search(pattern, text, re.I), f"{name}: {text}"
    if level is RiskLevel.imminent:
        assert helplines(country).emergency in text
    if kind != "medical":
        assert "findahelpline.com" in text or "24/7" in text
        assert text.count("24/7") <= 1


@every
def test_care_and_people_and_a_line_are_spoken_of_within_ten_turns(
    kind: str, level: RiskLevel, country: str | None, setting: Setting
):
    told = " ".join(held.text for held in long_talk(kind, level, country, setting)[:12])

    if kind == "medical":  # there the emergency number is all three
        assert helplines(country).emergency in told
        return
    assert re.search(r"doctor|therapist|counsellor|hospital|emergency room", told)
    assert re.search(r"trust|friend|relative|neighbour|somebody|grown-up|person", told)
    assert re.search(r"findahelpline\.com|24/7", told)


NEVER = (
    r"\bpromise me\b|\byou must\b|\byou should be\b|\bdisorder\b|\bdepress|\bsuicidal\b",
    r"\b(?:calm down|cheer up|it could be worse|at least you)\b",
    r"\bnot (?:going to|thinking of|planning)[^.?]*, (?:right|are you)\?",
    r"\b\d+ ?(?:mg|pills|tablets)\b|\b(?:bridge|rope|noose|blade|gun)s?\b",
    r"\b(?:goodbye|end this (?:chat|conversation)|cannot talk about)\b",
)
"""A contract, a diagnosis, a belittling, a leading question, a method, an end."""


def wordings() -> list[tuple[str, str, str]]:
    folder = files("empathy_agent.prompts").joinpath("crisis")
    return [
        (each.name[:-5], step, text)
        for each in folder.iterdir()
        if each.name.endswith(".yaml")
        for step, texts in yaml.safe_load(each.read_text(encoding="utf-8"))["steps"].items()
        for text in texts
    ]


@pytest.mark.parametrize("row", wordings(), ids=lambda row: f"{row[0]}-{row[1]}-{row[2][:20]}")
def test_no_wording_says_what_may_never_be_said(row: tuple[str, str, str]):
    _, step, text = row

    for pattern in NEVER:
        assert not re.search(pattern, text, re.I), pattern
    if step.startswith("ask_"):
        assert (
            text.endswith(("?", "Just yes or no.", "is enough, I do not need details."))
            or "?" in text
        )
        assert text.count("?") <= 2


def test_every_wording_stands_once():
    for kind in FILES:
        own = {step for name, step, _ in wordings() if name == kind}
        texts = [
            text
            for name, step, text in wordings()
            if name == kind or (name == "common" and step not in own)
        ]
        assert [text for text in texts if texts.count(text) > 1] == [], kind


def test_every_answer_to_a_question_is_taken_up():
    steps = {(name, step) for name, step, _ in wordings()}
    for name, step in steps:
        if step.startswith("ask_"):
            assert ("common", "heard_yes") in steps
            assert ("common", "heard_no") in steps, name


@pytest.mark.parametrize(
    ("topic", "said", "answer"),
    [
        ("method", "how many pills would it take to die", "ways to do that"),
        ("secrecy", "please do not tell anyone", "cannot promise to keep a danger secret"),
        ("police", "will you call the police?", "cannot call the police"),
        ("bot", "you are just a bot", "I am an AI"),
        ("quiet", "I don't want to talk about it", "stop asking"),
        ("angry", "shut up, you're not helping", "fed up"),
        ("burden", "I'm a burden to everyone", "weight on others"),
        ("hospital", "they will lock me up", "fear"),
        ("cost", "I can't afford a therapist", "cost"),
        ("why", "why do you ask", "seriously"),
        ("believe", "do you believe me?", "I believe that you are going through this"),
    ],
)
def test_what_is_brought_up_is_taken_up(topic: str, said: str, answer: str):
    what = risk("suicide", RiskLevel.high)
    first = hold(what, "GB", said="I want to die")
    text = hold(what, "GB", said=said, told=first.wordings).text

    assert answer in text


def test_who_does_not_want_to_be_asked_is_not_asked():
    what = risk("suicide", RiskLevel.high)
    first = hold(what, "GB", said="I want to die")
    held = hold(what, "GB", said="stop asking me questions", told=first.wordings)

    assert held.asked == ""
    assert "?" not in held.text


def test_a_country_that_is_told_gets_its_line_at_once():
    what = risk("suicide", RiskLevel.high)
    state = advance(Protocol(), what, "I want to die")
    first = hold(what, None, said="I want to die", protocol=state)
    state = advance(told(state, asked=first.asked, line=first.line), what, "Germany")
    second = hold(what, None, said="Germany", told=first.wordings, protocol=state)

    assert "Tell me yours" in first.text
    assert "0800 111 0 111" in second.text


def test_a_line_is_not_pressed_on_anybody():
    texts = [held.text for held in long_talk("suicide", RiskLevel.high, "GB", "support")]
    offers = [turn for turn, text in enumerate(texts) if "116 123" in text]

    assert len(offers) >= 3
    assert min(b - a for a, b in itertools.pairwise(offers)) >= 6


def test_a_follow_up_asks_how_it_is_and_whether_the_person_is_safe():
    held = follow_up()

    assert held.asked == "safe"
    assert "last time" in held.text.lower()
    assert held.text != follow_up(told=held.wordings).text


def test_a_voice_is_neither_confirmed_nor_argued_with():
    what = risk("psychosis", RiskLevel.high)
    first = hold(what, "GB", said="the voices are real, do you believe me?")
    second = hold(what, "GB", said="do you believe me?", told=first.wordings)

    for text in (first.text, second.text):
        assert not re.search(r"they are (?:not )?real|you are right|imagin|hallucin|delusion", text)


def test_abuse_is_never_told_to_confront_or_asked_why_they_stay():
    told = " ".join(
        held.text for level in LEVELS for held in long_talk("abuse", level, "GB", "support")
    )

    assert not re.search(
        r"why do you stay|confront|talk to (?:him|her) about|leave (?:him|her)", told
    )
    assert re.search(r"not your fault|did not cause", told)


def test_a_risk_that_runs_into_a_kindred_one_is_not_met_anew():
    first = hold(risk("self_harm", RiskLevel.moderate), "GB", said="I cut myself")
    second = hold(
        risk("suicide", RiskLevel.moderate), "GB", said="I want to die", told=first.wordings
    )
    third = hold(risk("abuse", RiskLevel.high), "GB", said="he hits me", told=first.wordings)

    assert "I am an AI" not in second.text
    assert "not your fault" in third.text or "did not cause" in third.text


def test_a_yes_to_an_offer_is_no_confession():
    what = risk("suicide", RiskLevel.high)
    told_so_far = ("crisis.suicide.name.1", "crisis.common.small_step.3")
    text = hold(what, "GB", said="yes", told=told_so_far).text

    assert text.startswith(("I am glad to hear", "That is good", "Good,"))


@pytest.mark.parametrize("country", PLACES)
@pytest.mark.parametrize(
    "kind", ["suicide", "self_harm", "violence", "psychosis", "other", "abuse"]
)
def test_an_imminent_danger_is_put_at_a_distance(kind: str, country: str | None):
    first = long_talk(kind, RiskLevel.imminent, country, "support")[0].text

    assert re.search(r"away from|leave behind|leave anything|distance|out of the room", first)


@pytest.mark.parametrize("kind", [name for name in FILES if name != "medical"])
def test_a_line_is_offered_for_later_when_it_is_calm_again(kind: str):
    found = risk(kind, RiskLevel.high)
    state = told(advance(Protocol(), found, "it hurts"), asked="safe")
    used, said = list(hold(found, "US", said="it hurts").wordings), list[str]()
    for answer in ("yes", *["thank you"] * 11):
        state = advance(state, Risk(RiskLevel.none, 0.0), answer)
        held = hold(found, "US", said=answer, told=used, protocol=replace(state, line_at=-1))
        used += held.wordings
        said.append(held.text)
        state = told(state, asked=held.asked, line=held.line)

    assert "24/7" in " ".join(said)
    assert not re.search(r"when you would do it|kill yourself\?", " ".join(said[1:]))


def test_a_bare_no_to_an_urgent_step_is_heard_as_a_refusal_and_not_as_an_answer():
    what = risk("suicide", RiskLevel.imminent)
    first = hold(what, "GB", said="tonight")
    second = hold(what, "GB", said="no", told=first.wordings)

    assert first.asked == ""
    assert "That is all right" not in second.text
    assert re.search(r"in the way of that call|fear what happens after they call", second.text)


def test_a_yes_where_nothing_was_asked_is_not_applauded():
    what = risk("suicide", RiskLevel.imminent)
    first = hold(what, "GB", said="tonight")
    second = hold(what, "GB", said="yes", told=first.wordings)

    assert not re.search(r"I am glad to hear|That is good\.|hold on to that", second.text)


def test_words_of_a_persona_before_do_not_break_it():
    what = risk("suicide", RiskLevel.high)
    first = hold(what, "GB", said="...")
    told = ["support.ask.topic.work.2", *first.wordings, "support.reflect.sad.3"]

    assert hold(what, "GB", said="no", told=told).text
    assert hold(what, "GB", said="no", told=told[:1]).text == hold(what, "GB", said="no").text
