"""Episodes and sessions as their moments tell them; nothing where too little was felt."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from empathy_agent.affect import Emotion
from empathy_agent.memory import Moment
from empathy_agent.memory.episodes import by_session, episodes, summary

NOW = 1_790_000_000.0
MINUTE = 60.0
SAD, FEAR, GLAD, FLAT = Emotion.SADNESS, Emotion.FEAR, Emotion.HAPPINESS, Emotion.NEUTRAL
_VALENCE = {SAD: -0.6, FEAR: -0.5, GLAD: 0.7, FLAT: 0.0}


def turn(number: int, said: str, emotion: Emotion | None, **more: object) -> Moment:
    plain = Moment(
        id=f"m{number}",
        session="s1",
        at=NOW + number * MINUTE,
        said=said,
        emotion=emotion,
        valence=_VALENCE.get(emotion) if emotion else None,
        arousal=0.1 if emotion else None,
        confidence=0.4,
        strategy="question" if number % 2 else "reflection",
    )
    return replace(plain, **more)  # pyright: ignore[reportArgumentType]


HEAVY_THEN_LIGHT = (
    turn(0, "hello", FLAT),
    turn(1, "my sister moved out on Sunday", SAD),
    turn(2, "the flat is so empty, I cried all night", SAD, valence=-0.9, risk="low"),
    turn(3, "I miss her", SAD),
    turn(4, "but talking about it does help", GLAD),
    turn(5, "thank you, I feel lighter", GLAD),
)


def test_an_episode_tells_trigger_peak_answer_and_outcome_in_the_user_s_words():
    heavy, _light = episodes(HEAVY_THEN_LIGHT)
    assert (heavy.emotion, heavy.valence, heavy.moments) == (SAD, -0.6, 3)
    assert heavy.said == "my sister moved out on Sunday"
    assert (heavy.peak, heavy.peak_valence) == ("the flat is so empty, I cried all night", -0.9)
    assert heavy.strategies == ("question", "reflection")
    assert (heavy.outcome, heavy.after) == ("lighter", "but talking about it does help")
    assert heavy.after_valence == 0.7
    assert (heavy.at, heavy.until) == (NOW + MINUTE, NOW + 3 * MINUTE)
    assert heavy.risk == "low"


def test_an_episode_names_the_moments_it_was_made_from():
    heavy, light = episodes(HEAVY_THEN_LIGHT)
    assert heavy.sources == ("m1", "m2", "m3", "m4")
    assert light.sources == ("m4", "m5")


def test_how_the_last_one_went_on_is_open():
    assert episodes(HEAVY_THEN_LIGHT)[-1].outcome == "open"
    assert episodes(HEAVY_THEN_LIGHT)[-1].after_valence is None


def test_the_order_of_the_moments_does_not_matter():
    assert episodes(HEAVY_THEN_LIGHT[::-1]) == episodes(HEAVY_THEN_LIGHT)


def emotions(*moments: Moment) -> list[tuple[Emotion | None, int]]:
    return [(each.emotion, each.moments) for each in episodes(moments)]


def test_one_weak_reading_is_no_episode():
    assert emotions(turn(0, "it rained today", SAD), turn(1, "and then?", FLAT)) == []


def test_one_strong_and_sure_moment_is_one():
    assert emotions(turn(0, "my dog died", SAD, valence=-0.9, confidence=0.8)) == [(SAD, 1)]


def test_one_neutral_moment_does_not_end_a_feeling_and_two_do():
    one = [turn(0, "a b c", SAD), turn(1, "hm", FLAT), turn(2, "d e f", SAD)]
    assert emotions(*one) == [(SAD, 3)]
    two = [turn(0, "a", SAD), turn(1, "b", SAD), turn(2, "c", FLAT), turn(3, "d", None)]
    assert emotions(*two, turn(4, "e", SAD), turn(5, "f", SAD)) == [(SAD, 2), (SAD, 2)]


def test_a_long_silence_ends_a_feeling():
    later = [replace(each, at=each.at + 3 * 3600) for each in HEAVY_THEN_LIGHT[2:4]]
    assert emotions(*HEAVY_THEN_LIGHT[:2], *later) == [(SAD, 2)]


@pytest.mark.parametrize("moments", [(), (turn(0, "", None),), HEAVY_THEN_LIGHT[:1]], ids=len)
def test_where_nothing_was_felt_there_is_no_episode_and_no_summary(moments: Sequence[Moment]):
    assert episodes(moments) == []
    assert summary(moments) is None


def test_without_words_the_numbers_still_tell():
    silent = [replace(each, said="") for each in HEAVY_THEN_LIGHT]
    assert [each.emotion for each in episodes(silent)] == [SAD, GLAD]
    told = summary(silent)
    assert told is not None and (told.said, told.moments) == ("", 6)


def test_a_summary_tells_how_a_session_began_and_ended():
    told = summary(HEAVY_THEN_LIGHT)
    assert told is not None
    assert (told.moments, told.felt, told.risk) == (6, 6, "low")
    assert (told.began, told.ended) == (-0.3, 0.7)
    assert told.emotion is SAD
    assert told.sources == ("m0", "m1", "m2", "m3", "m4", "m5")
    assert told.strategies == ("reflection", "question")


def test_a_summary_quotes_the_gravest_moments_in_their_order():
    told = summary(HEAVY_THEN_LIGHT)
    assert told is not None
    quotes = told.said.split(" … ")
    assert len(quotes) == 3
    assert "the flat is so empty, I cried all night" in quotes
    assert [q for m in HEAVY_THEN_LIGHT for q in quotes if m.said == q] == quotes


def test_too_few_numbers_give_no_beginning_and_no_end():
    told = summary(
        [*HEAVY_THEN_LIGHT[:2], turn(2, "I do not know", None), turn(3, "one two three", None)]
    )
    assert told is not None
    assert (told.felt, told.began, told.ended) == (2, None, None)


def test_topics_came_up_more_than_once():
    told = summary([turn(n, f"my sister said {n} things again", SAD) for n in range(3)])
    assert told is not None
    assert "sister" in told.topics


def test_a_long_message_is_quoted_in_part():
    told = summary([turn(n, "word " * 500, SAD) for n in range(3)])
    assert told is not None and len(told.said) < 600


def test_moments_are_told_by_session_the_oldest_first():
    early, late = turn(0, "a", SAD, session="z"), turn(5, "b", SAD, session="a")
    middle = turn(2, "c", SAD, session="z")
    assert by_session([late, middle, early]) == [[early, middle], [late]]
