"""Where a crisis conversation stands: what was asked, what was answered, and when it is over."""

import itertools
import json
import random
from typing import get_args

import pytest

from empathy_agent.affect import RiskLevel
from empathy_agent.safety.answers import Answer
from empathy_agent.safety.protocol import (
    DAY,
    GAP,
    Protocol,
    advance,
    resume,
    standing,
    told,
)
from empathy_agent.safety.rules import Kind
from empathy_agent.safety.screen import Risk, screen

NONE = Risk(RiskLevel.none, 0.0)
LOW = Risk(RiskLevel.low, 0.3, ("suicide.hopeless",), kind="suicide")
MODERATE = Risk(RiskLevel.moderate, 0.5, ("suicide.burden",), kind="suicide")
HIGH = Risk(RiskLevel.high, 0.7, ("x.urgent",), kind="suicide")
NOW = 1_800_000_000.0


def asked(question: str, risk: Risk = MODERATE) -> Protocol:
    """A conversation whose last message of ours ended in a question."""
    return told(advance(Protocol(), risk, "it hurts", at=NOW), asked=question)


def level_after(state: Protocol, said: str, risk: Risk = NONE) -> RiskLevel:
    after = advance(state, risk, said, at=NOW + 60)
    return standing(after, risk, NOW + 60).level


@pytest.mark.parametrize("said", ["yes", "Yes.", "yeah", "kind of", "I am", "sí", "ja"])
def test_a_bare_yes_to_thoughts_of_suicide_is_high_whatever_the_screen_says(said: str):
    assert level_after(asked("thoughts"), said) == RiskLevel.high


@pytest.mark.parametrize(
    ("question", "said", "level"),
    [
        ("means", "yes", RiskLevel.imminent),
        ("means", "in my drawer", RiskLevel.imminent),
        ("intent", "yes", RiskLevel.imminent),
        ("behaviour", "yes", RiskLevel.imminent),
        ("plan", "yes", RiskLevel.high),
        ("method", "kind of", RiskLevel.high),
        ("safe", "no", RiskLevel.high),
        ("safe", "I'm not safe", RiskLevel.high),
        ("wish", "yes", RiskLevel.moderate),
        ("harm", "yes", RiskLevel.high),
        ("voices", "yes", RiskLevel.high),
        ("them_means", "yes", RiskLevel.imminent),
        ("yourself", "yes", RiskLevel.high),
    ],
)
def test_an_answer_to_a_direct_question_raises_the_risk(question: str, said: str, level: RiskLevel):
    assert level_after(asked(question), said) == level


def test_somebody_at_high_risk_who_is_not_safe_is_in_immediate_danger():
    assert level_after(asked("safe", HIGH), "no") == RiskLevel.imminent


def test_a_yes_means_nothing_where_nothing_was_asked():
    assert level_after(Protocol(), "yes") == RiskLevel.none


def test_a_yes_answers_only_the_last_message():
    state = advance(asked("thoughts"), NONE, "what do you mean", at=NOW)

    assert level_after(state, "yes") <= RiskLevel.moderate


@pytest.mark.parametrize(
    "question", ["thoughts", "means", "intent", "plan", "behaviour", "company"]
)
def test_a_no_never_lowers_what_was_said_before(question: str):
    state = asked(question, HIGH)

    assert level_after(state, "no") == RiskLevel.high


def test_a_no_moves_on():
    state = advance(asked("thoughts"), MODERATE, "no", at=NOW)

    assert state.answer("thoughts") == "no"
    assert not state.may_ask("thoughts")
    assert not state.may_ask("plan")
    assert state.may_ask("safe")


def test_a_question_that_is_not_answered_comes_back_once():
    state, turns = asked("thoughts"), list[int]()
    for turn in range(40):
        state = advance(state, MODERATE, "it hurts", at=NOW)
        if state.may_ask("thoughts"):
            turns.append(turn)
            state = told(state, asked="thoughts")

    assert len(turns) == 1
    assert turns[0] >= 6


def test_nobody_is_asked_what_they_just_said():
    said = "I want to kill myself"
    state = advance(Protocol(), screen(said), said)

    assert state.answer("thoughts") == "yes"


def test_a_high_risk_stands_until_safety_is_said_and_turns_are_quiet():
    state = asked("safe", HIGH)
    for _ in range(30):
        state = advance(state, NONE, "hm", at=NOW)
        assert standing(state, NONE, NOW).level == RiskLevel.high
    state = told(state, asked="safe")
    levels: list[RiskLevel] = []
    for said in ("yes", "thanks", "good", "fine", "bye"):
        state = advance(state, NONE, said, at=NOW)
        levels.append(standing(state, NONE, NOW).level)

    assert levels[0] >= RiskLevel.moderate
    assert levels == sorted(levels, reverse=True)
    assert levels[-1] == RiskLevel.none


def test_safety_that_was_said_before_a_new_sign_counts_no_more():
    state = told(advance(Protocol(), HIGH, "it hurts", at=NOW), asked="safe")
    state = advance(state, NONE, "yes", at=NOW)
    state = advance(state, HIGH, "no I can't do this", at=NOW)
    for _ in range(6):
        state = advance(state, NONE, "hm", at=NOW)

    assert standing(state, NONE, NOW).level == RiskLevel.high


@pytest.mark.parametrize("level", list(RiskLevel))
def test_what_the_screen_finds_is_never_lowered(level: RiskLevel):
    risk = Risk(level, 0.5, ("a",), kind="suicide")
    states = [Protocol(), asked("thoughts"), asked("safe", HIGH)]
    for state, said in itertools.product(states, ("no", "yes", "maybe", "I am safe", "")):
        assert level_after(state, said, risk) >= level


def test_an_own_answer_is_about_oneself_also_after_talk_about_a_friend():
    friend = Risk(RiskLevel.moderate, 0.5, ("other.suicide",), about="other", kind="suicide")
    state = told(advance(Protocol(), friend, "my friend wants to die", at=NOW), asked="yourself")
    after = advance(state, NONE, "yes", at=NOW)
    risk = standing(after, NONE, NOW)

    assert (risk.level, risk.about) == (RiskLevel.high, "self")


def test_what_was_done_today_is_a_medical_matter():
    after = advance(asked("behaviour"), NONE, "yes", at=NOW)

    assert standing(after, NONE, NOW).kind == "medical"


def test_a_new_session_forgets_the_answers_and_not_the_risk():
    state = advance(asked("thoughts"), NONE, "yes", at=NOW)
    later = resume(state, NOW + 3 * DAY)

    assert later.follow_up
    assert later.answers == later.asked == ""
    assert later.watched(NOW + 3 * DAY)
    assert standing(
        advance(later, LOW, "so tired", at=NOW + 3 * DAY), LOW, NOW + 3 * DAY
    ).level == (RiskLevel.moderate)


@pytest.mark.parametrize(
    ("days", "follow_up", "watched"),
    [
        (0.1, True, True),
        (6.9, True, True),
        (8, False, True),
        (31, False, False),
        (-1, False, False),
    ],
)
def test_the_watch_ends_in_time(days: float, follow_up: bool, watched: bool):
    state = advance(Protocol(), HIGH, "it hurts", at=NOW)
    then = NOW + days * DAY

    assert resume(state, then).follow_up == follow_up
    assert resume(state, then).watched(then) == watched


def test_a_moderate_risk_needs_no_follow_up():
    state = advance(Protocol(), MODERATE, "it hurts", at=NOW)

    assert not resume(state, NOW + DAY).follow_up


def test_a_long_silence_begins_a_new_session():
    state = advance(asked("thoughts"), HIGH, "it hurts", at=NOW)
    later = advance(told(state, asked="thoughts"), NONE, "yes", at=NOW + GAP + 1)

    assert later.follow_up
    assert later.raised == "none"


def test_an_answer_after_a_follow_up_counts():
    state = told(resume(advance(Protocol(), HIGH, "x", at=NOW), NOW + DAY), asked="safe")
    after = advance(state, NONE, "no", at=NOW + DAY)

    assert not after.follow_up
    assert standing(after, NONE, NOW + DAY).level >= RiskLevel.high


def test_it_is_flat_json_and_reads_itself_back():
    state = asked("thoughts", HIGH)
    for said in ("yes", "Germany", "my mom is here", "no"):
        state = told(advance(state, HIGH, said, at=NOW), asked="means", line=True)
    plain = json.loads(json.dumps(state.as_json()))

    assert Protocol.read(plain) == state
    assert all(isinstance(value, str | int | float | bool) for value in plain.values())


@pytest.mark.parametrize("bad", [None, {}, {"unknown": 1}, {"turns": "many", "peak": 3}])
def test_what_another_version_wrote_is_left_out(bad: dict[str, object] | None):
    assert Protocol.read(bad) == Protocol()


def test_it_holds_no_word_that_was_said():
    state = Protocol()
    for said in ("I want to die because of the xylophone", "yes the xylophone", "in xylophonia"):
        state = told(advance(state, screen(said), said, at=NOW), asked="thoughts")

    assert "xylophon" not in json.dumps(state.as_json())


def test_any_conversation_keeps_the_rules():
    rng = random.Random(3)
    says = ["yes", "no", "maybe", "I am safe", "it hurts", "Germany", "nobody", "", "I called 911"]
    questions = ["thoughts", "means", "safe", "plan", "intent", "company", ""]
    kinds: tuple[Kind, ...] = get_args(Kind)
    for _ in range(300):
        state = Protocol()
        for turn in range(25):
            risk = Risk(rng.choice(list(RiskLevel)), 0.5, ("a",), kind=rng.choice(kinds))
            state = advance(state, risk, rng.choice(says), at=NOW + 60 * turn)
            counts = standing(state, risk, NOW + 60 * turn)
            assert counts.level >= risk.level
            assert Protocol.read(json.loads(json.dumps(state.as_json()))) == state
            state = told(state, asked=rng.choice(questions))


def test_every_answer_has_a_place():
    assert set(get_args(Answer)) == {"yes", "no", "unsure"}


def test_of_two_things_told_at_once_the_more_urgent_counts():
    assert level_after(asked("method"), "yes, and I have it right here") == RiskLevel.imminent
    assert level_after(asked("thoughts"), "yes, I'm alone") == RiskLevel.high


def test_a_yes_that_only_says_safe_is_no_yes_to_another_question():
    state = asked("plan", HIGH)
    after = advance(state, NONE, "yes I am safe now", at=NOW)

    assert after.answer("plan") is None
    assert after.is_safe


def test_a_classifier_alone_does_not_unsay_what_tells_of_safety():
    guess = Risk(RiskLevel.high, 0.7, ("classifier.suicide", "hint.someone_close"), kind="suicide")
    state = advance(asked("safe", HIGH), guess, "I gave the pills to my wife and I am safe", at=NOW)

    assert state.is_safe
    assert state.calm == 1
    assert standing(state, guess, NOW).level == RiskLevel.high


def test_a_refusal_that_begins_with_no_answers_nothing():
    after = advance(asked("intent", HIGH), NONE, "no hotlines, please don't call anyone", at=NOW)

    assert after.answer("intent") is None
    assert after.topic == "refusal"


def test_a_promise_to_a_friend_in_danger_is_not_taken_for_abuse():
    friend = Risk(RiskLevel.moderate, 0.5, ("other.wants_to_die",), about="other", kind="suicide")
    guess = Risk(RiskLevel.moderate, 0.5, ("classifier.abuse",), kind="abuse")
    before = told(advance(Protocol(), friend, "my brother wants to die", at=NOW), asked="them")
    after = advance(before, guess, "he made me promise not to tell", at=NOW)
    counts = standing(after, guess, NOW)

    assert (after.about, after.kind) == ("other", "suicide")
    assert (counts.about, counts.kind, counts.level) == ("other", "suicide", RiskLevel.moderate)


def test_the_same_words_without_a_friend_in_danger_stay_abuse():
    guess = Risk(RiskLevel.moderate, 0.5, ("classifier.abuse",), kind="abuse")
    after = advance(Protocol(), guess, "he made me promise not to tell", at=NOW)

    assert standing(after, guess, NOW).kind == "abuse"


def test_a_country_told_instead_of_an_answer_leaves_the_question_open():
    first = told(advance(Protocol(), MODERATE, "it hurts", at=NOW), asked="thoughts")
    after = advance(first, NONE, "I am in Germany", at=NOW)

    assert after.country == "DE"
    assert after.streak == 0
    assert after.may_ask("thoughts")
