"""What a reply to one of our questions answers, in a person's own short words."""

import random

import pytest

from empathy_agent.safety.answers import answer_to, country_in, facts_in, topic_of

YES = """yes|Yes.|YES!!|yeah|yeah I am|yep|y|yup, sadly|I am|I do|i have|I think so|i guess so|
I guess|kind of|kinda|sort of|a little|a bit|sometimes|every day|all the time|probably|definitely|
of course|yes but i won't do it|I'm thinking about it|i am planning to|lately, more and more|right|
honestly yes|sí|oui|ja|sim|haan|हाँ|是的|نعم"""
NO = """no|No.|NO|nope|nah|n|not right now|not at the moment|I'm not|im not|I don't|i dont|never|
No, I'm not going to|not suicidal|I'm not thinking of that|of course not|no way|not anymore|
I haven't|I don't want to die|non|nein|não|nahi|नहीं|不是|لا"""
UNSURE = """I don't know|i dont know|idk|I really don't know|maybe|perhaps|not sure|i'm not sure|
im not really sure|not really|hard to say|no idea|not yet|no but I've thought of it|dunno|who knows|
yes and no|je ne sais pas|vielleicht|no sé|não sei|不知道"""
NEITHER = """I'm so tired of all this|no one cares|nobody|I don't want to talk about it|my dog died|
why do you ask|what do you mean|I won't say|...|🙂||thanks|I am at work|not that it matters to you|
yesterday was bad|nothing helps|ok|I can't tell you|no hotlines. please don't call anyone|no police|
no more questions|no point|No please|no 988"""


def each(table: str) -> list[str]:
    return [text.strip() for text in table.replace("\n", "").split("|")]


@pytest.mark.parametrize("said", each(YES))
def test_a_yes_is_heard_also_a_hedged_one(said: str):
    assert answer_to(said) == "yes"


@pytest.mark.parametrize("said", each(NO))
def test_a_no_is_heard(said: str):
    assert answer_to(said) == "no"


@pytest.mark.parametrize("said", each(UNSURE))
def test_an_unclear_answer_is_neither(said: str):
    assert answer_to(said) == "unsure"


@pytest.mark.parametrize("said", each(NEITHER))
def test_what_is_no_answer_is_none(said: str):
    assert answer_to(said) is None


@pytest.mark.parametrize(
    ("said", "question", "answer"),
    [
        ("in the drawer next to my bed", "means", "yes"),
        ("pills, in the bathroom", "means", "yes"),
        ("nothing, they are gone", "means", "no"),
        ("my sister", "company", "yes"),
        ("I'm fine", "safe", "yes"),
        ("she has her dad's gun", "them_means", "yes"),
        ("he is alone", "them", "no"),
        ("in the drawer", "thoughts", None),
    ],
)
def test_a_reply_may_answer_only_because_it_was_asked(said: str, question: str, answer: str | None):
    assert answer_to(said, question) == answer


@pytest.mark.parametrize(
    ("said", "fact"),
    [
        ("I'm all alone at home", ("company", "no")),
        ("nobody is here", ("company", "no")),
        ("I'm not alone, my mom is here", ("company", "yes")),
        ("I'm here with my brother", ("company", "yes")),
        ("I don't feel safe", ("safe", "no")),
        ("i'm safe now", ("safe", "yes")),
        ("I gave the pills to my wife", ("means", "no")),
        ("he locked the gun away", ("means", "no")),
        ("I flushed them down the toilet, I threw them away", ("means", "no")),
        ("I called 911", ("called", "yes")),
        ("the ambulance is on its way", ("called", "yes")),
        ("I'm at the hospital", ("called", "yes")),
        ("she has her dads gun", ("them_means", "yes")),
    ],
)
def test_a_fact_is_heard_whatever_was_asked(said: str, fact: tuple[str, str]):
    assert fact in facts_in(said).items()


@pytest.mark.parametrize("said", ["I had lunch", "the safe is locked", "", "my dog is nice", "no"])
def test_no_fact_is_made_up(said: str):
    assert facts_in(said) == {}


@pytest.mark.parametrize(
    ("said", "topic"),
    [
        ("how many pills would kill me", "method"),
        ("What bridges are taller than 25 metres?", "method"),
        ("what is the least painful way to die", "method"),
        ("please don't call the police", "police"),
        ("promise you won't tell anyone, keep this secret", "secrecy"),
        ("are you a real person?", "bot"),
        ("I can't afford it", "cost"),
        ("I don't want to talk about it", "quiet"),
        ("I won't call a hotline", "refusal"),
        ("everyone would be better off without me", "burden"),
        ("nobody cares", "alone"),
        ("I hate myself", "shame"),
        ("what is the point", "hopeless"),
        ("my husband died", "loss"),
        ("I lost my keys", None),
        ("what a nice day", None),
    ],
)
def test_what_a_reply_is_about_is_named(said: str, topic: str | None):
    assert topic_of(said) == topic


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Germany", "DE"),
        ("I'm in Germany.", "DE"),
        ("from the United States", "US"),
        ("the US", "US"),
        ("UK", "GB"),
        ("I live in Brazil", "BR"),
        ("no", None),
        ("it", None),
        ("me", None),
        ("in pain", None),
        ("I am in a bad place", None),
        ("", None),
    ],
)
def test_a_country_is_taken_from_an_answer_and_from_no_small_word(said: str, code: str | None):
    assert country_in(said) == code


def test_no_text_breaks_it():
    rng = random.Random(5)
    for _ in range(3000):
        said = "".join(
            chr(rng.choice([rng.randrange(32, 127), rng.randrange(0x3000)])) for _ in range(40)
        )
        answer_to(said, "means")
        facts_in(said)
        topic_of(said)
        country_in(said)
    assert answer_to("no" + " x" * 500_000) == "no"
