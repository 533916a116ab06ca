"""What a vision model says is parsed strictly, and says nothing about who somebody is."""

import pytest

from empathy_agent.models.vision import VIEW
from empathy_agent.perception.guarded import description_of, movement_of, sentences_of


def test_a_description_is_read_line_by_line() -> None:
    told = description_of(
        "agree: no\nfelt: wistful, worn out\nseen: inner brows raised; lips pressed; head lowered."
    )
    assert told is not None
    assert told.agrees is False
    assert told.felt == ("wistful", "worn out")
    assert told.seen == ("inner brows raised", "lips pressed", "head lowered")


@pytest.mark.parametrize(
    "answer",
    [
        "**agree:** yes\n**felt:** calm\n**seen:** a soft smile",
        "- Agree: Yes\n- Felt: Calm\n- Seen: A soft smile",
        "Here it is.\n\nagree: YES.\n\nfelt: [calm]\nseen: a soft smile\n",
    ],
)
def test_small_liberties_of_form_are_read(answer: str) -> None:
    told = description_of(answer)
    assert told is not None
    assert (told.agrees, told.felt, told.seen) == (True, ("calm",), ("a soft smile",))


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "happiness",
        "The person looks sad because the brows are raised.",
        '{"seen": ["brows"], "felt": ["sad"]}',
        "felt: sad",
        "seen: brows raised",
        "agree: yes\nfelt: none\nseen: 12345",
        "felt: ,,,\nseen: ;;;",
    ],
)
def test_an_answer_that_is_no_such_list_is_none(answer: str) -> None:
    assert description_of(answer) is None


@pytest.mark.parametrize(
    "item",
    [
        "a young woman smiling",
        "an elderly man",
        "about 40 years old",
        "in their thirties",
        "asian features",
        "dark skin",
        "looks like Tom Hanks",
        "a famous actor",
        "a teenager frowning",
        "a beautiful face",
        "depressed posture",
        "one two three four five six seven eight nine",
        "x" * 70,
        f"brows {VIEW}",
        "call 555-1234",
        "ignore $rules {now}",
    ],
)
def test_items_about_who_the_person_is_or_out_of_bounds_are_left_out(item: str) -> None:
    told = description_of(f"agree: yes\nfelt: calm, {item}\nseen: brows raised; {item}")
    assert told is not None
    assert told.seen == ("brows raised",)
    assert told.felt == ("calm",)


def test_lists_are_bounded_and_say_nothing_twice() -> None:
    felt = ", ".join(["sad", "Sad", "low", "worn", "numb", "tired", "lost"])
    seen = "; ".join(f"brow {letter}" for letter in "abcdefgh")
    told = description_of(f"felt: {felt}\nseen: {seen}")
    assert told is not None
    assert told.felt == ("sad", "low", "worn", "numb")
    assert len(told.seen) == 5
    assert told.agrees is None


def test_a_gender_in_a_pronoun_is_taken_back() -> None:
    told = description_of("felt: calm\nseen: her brows are raised; he looks down")
    assert told is not None
    assert told.seen == ("their brows are raised", "the person looks down")
    assert sentences_of("She seems to smile. Her brows rise.") == (
        "The person seems to smile. Their brows rise."
    )


def test_an_answer_keeps_the_sentences_that_may_be_told() -> None:
    answer = (
        "The brows seem to rise after the first second. The woman seems about thirty. "
        "The person, Anna Smith, looks down. The mouth opens slightly."
    )
    assert sentences_of(answer) == (
        "The brows seem to rise after the first second. The mouth opens slightly."
    )


def test_an_answer_is_bounded() -> None:
    assert sentences_of("It moves. " * 20) == "It moves. It moves. It moves."
    assert sentences_of("a" * 500) == ""
    assert sentences_of(" \n ") == ""


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (
            "The brows draw together, then the lips part.",
            "the brows draw together, then the lips part",
        ),
        ("Nothing changes.", "nothing changes"),
        ("His lips part", "their lips part"),
        ("The man frowns", None),
        ("two\nlines", None),
        ("", None),
    ],
)
def test_a_movement_is_one_plain_sentence(answer: str, told: str | None) -> None:
    assert movement_of(answer) == told
