"""What comes before any helping skill: questions to the agent, answers to ours, and heat."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from empathy_agent.affect import RecalledNote
from empathy_agent.models.listener.hear import hear
from empathy_agent.models.listener.moves import related
from empathy_agent.models.listener.plan import plan
from empathy_agent.models.listener.recollection import in_words, note_down
from empathy_agent.models.listener.service import heat
from empathy_agent.models.listener.wording import families
from tests.test_listener_plan import ANGRY, HAPPY, SAD, Setting, appraisal


@dataclass(frozen=True)
class Case:
    said: str
    moves: tuple[str, ...]
    given: dict[str, Any] = field(default_factory=dict[str, Any])
    setting: Setting = "support"


def after(used: str, **more: Any) -> dict[str, Any]:
    return {"used": (used,), **more}


PLAN = RecalledNote(when="a week ago", said="My driving test is on Thursday", emotion=None,
                    why="due", kind="fact", topic="plan", about="driving test",
                    value="driving test", due="passed")  # fmt: skip

CASES = [
    Case("Who made you?", ("about_maker",)),
    Case("are you chatgpt?", ("about_model",)),
    Case("How old are you?", ("about_life",)),
    Case("Do you think I'm a bad person?", ("about_verdict",)),
    Case("do you love me", ("about_love",)),
    Case("Can you delete everything?", ("about_delete",)),
    Case("What do you keep about me?", ("about_privacy",)),
    Case("please don't tell my mum", ("secret",)),
    Case("can you keep a secret?", ("secret",)),
    Case("What do you know of me?", ("about_memory",)),
    Case("what happens to what I write?", ("about_privacy",)),
    Case("Can my boss read this?", ("about_privacy",)),
    Case("what exactly are you?", ("about_ai",)),
    Case("ok forget what I said", ("about_delete",)),
    Case("did you understand what my problem is?", ("summary",)),
    Case("how can I get him to trust me again?", ("stuck", "ask_tried")),
    Case("What are my options?", ("stuck", "ask_tried")),
    Case("is that terrible of me?", ("normal",)),
    Case("no, I mean about the piano", ("corrected",)),
    Case("What's my name?", ("own_name",)),
    Case("why am I like this", ("why_self",)),
    Case("what helps?", ("stuck", "ask_tried")),
    Case("Should I take time off work?", ("stuck", "ask_tried")),
    Case("should I stop taking it?", ("medicine",)),
    Case("can I ask you something weird", ("ask_away",)),
    Case("so you can't do anything", ("doubted",)),
    Case("please don't remember the joke", ("about_delete",)),
    Case("my boss gave me a raise!", ("celebrate", "celebrate_ask"), HAPPY),
    Case("+49 151 2345678", ("theme",), setting="service"),
    Case("I finished chemo today", ("celebrate", "celebrate_ask"), HAPPY),
    Case("are you just going to ask questions?", ("less",)),
    Case("what would a reasonable person do?", ("stuck", "ask_tried")),
    Case("do you know a good gift?", ("outside",)),
    Case("fine, human please", ("human_none",), setting="service"),
    Case("It rained but it was beautiful", ("warm", "warm_ask"), HAPPY),
    Case("he calls me beautiful but he has to", ("reflect", "ask"), HAPPY),
    Case("my friend Omar passed!", ("celebrate", "celebrate_ask"), HAPPY),
    Case("my friend Omar passed!", ("follow", "ask_more"),
         {**HAPPY, "noted": ("you failed your exam",)}),
    Case("I said stop", ("less",)),
    Case("no questions please", ("less",)),
    Case("do you sing?", ("about_life",)),
    Case("can you remind me?", ("cannot_act",)),
    Case("lol ok bye", ("bye",)),
    Case("can you practise with me?", ("practice",)),
    Case("How do I apologise?", ("wording",)),
    Case("how do I stop shaking?", ("stuck", "ask_tried")),
    Case("why did she leave?", ("mind",)),
    Case("why does he have to suffer?", ("why_me",)),
    Case("do you think I'm depressed?", ("diagnosis",)),
    Case("she's back!!!", ("celebrate", "celebrate_ask"), HAPPY),
    Case("English is fine", ("greet",), after("shared.language.fr.1")),
    Case("my mum cried", ("happy_tears",), {**HAPPY, "tried": ("celebration",)}),
    Case("everyone is getting promoted except me", ("reflect", "ask"), SAD),
    Case("you have been helpful, thank you", ("thanked",)),
    Case("I want to praise one of your drivers", ("theme",), ANGRY, "service"),
    Case("I missed my sister's funeral", ("theme",), ANGRY, "service"),
    Case("do you sell gift cards", ("theme",), setting="service"),
    Case("great", ("brief_ack",), {**HAPPY, "tried": ("solve",)}, "service"),
    Case("ok", ("brief_ack",), {"tried": ("solve", "confirm", "acknowledge")}, "service"),
    Case("I'd rather not talk about the divorce", ("theme", "theme_ask")),
    Case("Why do you ask?", ("about_why",)),
    Case("what did you just say?", ("repeat",)),
    Case("huh?", ("meaning",)),
    Case("Could you text him for me?", ("cannot_act",)),
    Case("What's the weather like?", ("outside",)),
    Case("Can you help me with my taxes?", ("outside",)),
    Case("Can you help me with my anxiety?", ("about_help",)),
    Case("Do you think he knew that I loved him?", ("mind",)),
    Case("Will it ever get better?", ("future",)),
    Case("What would you write to her?", ("wording",)),
    Case("How do I talk to her?", ("wording",)),
    Case("You can call me Sam", ("named_self", "greet")),
    Case("keep it short please", ("brief_wish",)),
    Case("I don't want any advice", ("theme",)),
    Case("I have tried talking to my manager and nothing changed", ("say_back", "theme",
         "tinge", "theme_ask"), SAD),
    Case("better, I slept", ("update_better", "update_ask"), after("support.recall.known.1")),
    Case("better, I slept", ("update_better", "check_again"), after("shared.check_in.any.2")),
    Case("no, still bad", ("update_worse", "update_worse_ask"), after("support.recall.known.1")),
    Case("I'm not angry", ("denied",)),
    Case("I'm not angry", ("corrected",), ANGRY),
    Case("hi", ("hello", "plan_came"), {"recalled": (PLAN,)}),
    Case("I failed my driving test", ("say_back", "theme", "tinge", "theme_ask"),
         {**SAD, "recalled": (PLAN,)}),
    Case("Can you send a new one?", ("theme",), {"tried": ("acknowledge",)}, "service"),
    Case("What did you note?", ("summary",), {"tried": ("acknowledge",)}, "service"),
    Case("Do you fucking idiots ever listen!", ("human_none",), {"tried": ("apologise",)},
         "service"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.said} {case.moves[-1]}")
def test_it_is_answered(case: Case):
    assert plan(appraisal(case.said, case.setting, **case.given)).moves == case.moves


def test_after_a_refusal_of_advice_none_is_offered():
    done: list[str] = []
    for _ in range(20):
        told = plan(
            appraisal(
                "It is all so hard", tried=tuple(done), used=("support.theme.no_advice.1",), **SAD
            )
        )
        assert told.strategy not in {"suggestion", "self_care", "information"}
        done.append(told.strategy)


@pytest.mark.parametrize(
    ("said", "level"),
    [
        ("Where is my parcel?", 0),
        ("This is ridiculous", 1),
        ("THIS IS RIDICULOUS!!!", 2),
        ("You stupid idiots", 3),
    ],
)
def test_how_hot_it_is_shows_in_words_and_marks(said: str, level: int):
    assert heat(appraisal(said, "service"), hear(said, "service")) == level


def test_several_matters_are_told_each_once():
    moment = RecalledNote(when="3 days ago", said="I lost my key", emotion=None, why="")
    name = RecalledNote(
        when="3 days ago", said="call me Sam", emotion=None, why="", kind="fact", topic="name",
        about="called", value="Sam",
    )  # fmt: skip
    told = in_words((moment, name, moment, PLAN))
    assert told == (
        "You like to be called Sam; a week ago you told me about your driving test; "
        "and 3 days ago you said that you lost your key"
    )
    assert in_words(()) == ""


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.said} at the desk")
def test_whatever_is_asked_has_words_at_the_desk_as_well(case: Case):
    moves = plan(appraisal(case.said, "service", **case.given)).moves
    assert set(moves) <= set(families("service"))


def test_a_number_to_call_is_no_number_of_an_order():
    assert hear("my number is 0151 555 0142", "service").number is None
    assert hear("my number is 4471902", "service").number == "4471902"


def test_who_died_on_stage_is_not_mourned():
    assert hear("I died on stage").about != "loss"
    assert hear("my dad died").about == "loss"


@pytest.mark.parametrize(
    "said", ["I always say yes", "everyone will laugh", "I won't see a doctor"]
)
def test_a_glad_word_within_another_is_not_glad(said: str):
    assert hear(said).tone != "glad"


def test_the_name_they_ask_for_is_the_last_they_say():
    assert hear("My name is Viktor but call me Vik").name == "Vik"


def test_somebody_elses_joy_is_not_their_own():
    assert hear("She is so excited").tone is None
    assert hear("I am so excited").tone == "glad"


def test_what_was_told_at_one_time_is_told_in_one_breath():
    start = PLAN.model_copy(
        update={"about": "daughter's starting school", "value": "daughter starting school"}
    )
    assert in_words((PLAN, start)) == (
        "A week ago you told me about your driving test and your daughter starting school"
    )


def test_a_remembered_she_says_nothing_where_nobody_knows_who_was_meant():
    moment = RecalledNote(when="3 days ago", said="She is so excited", emotion=None, why="")
    assert in_words((moment,)) == ""


def test_what_they_asked_not_to_be_spoken_of_is_not_brought_up():
    moment = RecalledNote(
        when="3 days ago", said="I am sad about my divorce", emotion=None, why="same matter"
    )
    open_to_it = appraisal("The divorce again", recalled=(moment,))
    wish = {"wishes": ("I'd rather not talk about the divorce",)}
    assert related(open_to_it) == moment
    assert related(open_to_it.model_copy(update=wish)) is None


def test_what_is_told_is_noted_and_stays_bounded():
    noted: list[str] = []
    for i in range(40):
        noted = note_down(noted, f"My number {i} cousin moved to another city", "support")
        noted = note_down(noted, "thanks", "support")
    assert 0 < len(noted) <= 12
    assert note_down([], "the order number is 48213", "service") == ["the number is 48213"]
