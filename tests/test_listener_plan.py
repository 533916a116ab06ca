"""Which helping skill comes next: by what was said, how it felt, and what was tried."""

from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from empathy_agent.affect import Appraisal, RecalledNote
from empathy_agent.models.listener.hear import hear
from empathy_agent.models.listener.plan import HELPING_SKILLS, plan
from empathy_agent.models.listener.wording import families

Setting = Literal["support", "service"]


def appraisal(said: str, setting: Setting = "support", **changed: Any) -> Appraisal:
    told: dict[str, Any] = {
        "said": said,
        "persona": "p",
        "setting": setting,
        "turn": 1,
        "feeling": None,
        "emotion": None,
        "intensity": "clear",
        "valence": None,
        "arousal": None,
        "confidence": 0.0,
    }
    return Appraisal.model_validate({**told, **changed})


def note(said: str) -> RecalledNote:
    return RecalledNote(when="3 days ago", said=said, emotion=None, why="same matter")


SAD: dict[str, Any] = {"emotion": "sadness", "feeling": "sad", "confidence": 0.7}
ANGRY: dict[str, Any] = {
    "emotion": "anger", "feeling": "angry", "confidence": 0.7, "intensity": "strong",
}  # fmt: skip
HAPPY: dict[str, Any] = {
    "emotion": "happiness", "feeling": "happy", "confidence": 0.8, "intensity": "strong",
}  # fmt: skip


def tried(*skills: str) -> dict[str, Any]:
    return {**SAD, "tried": skills}


def after(*used: str) -> dict[str, Any]:
    return {"used": used}


@dataclass(frozen=True)
class Case:
    id: str
    said: str
    strategy: str
    moves: tuple[str, ...] | None = None
    setting: Setting = "support"
    given: dict[str, Any] = field(default_factory=dict[str, Any])


CASES = [
    Case("opens with a reflection", "It was the last chance", "reflection", ("reflect", "ask"),
         given=SAD),
    Case("a particular matter has its own words", "I failed my exam", "reflection",
         ("say_back", "theme", "tinge", "theme_ask"), given=SAD),
    Case("then says it back", "It was the last chance", "restatement", given=tried("reflection")),
    Case("then comforts", "It was the last chance", "affirmation", given=tried("reflection",
         "restatement")),
    Case("then offers", "It was the last chance", "suggestion",
         given=tried("reflection", "restatement", "affirmation", "question")),
    Case("explores before advice", "What should I do?", "question", ("stuck", "ask_tried"),
         given=SAD),
    Case("advice when explored", "What should I do?", "suggestion", ("stuck", "offer"),
         given=tried("reflection")),
    Case("takes an offer", "yes please", "suggestion", ("steps",),
         given=after("support.offer.any.1")),
    Case("declines an offer", "no thanks", "affirmation", ("declined",),
         given=after("support.offer.any.1")),
    Case("yes to nothing", "yes", "question", ("brief_yes", "ask_more")),
    Case("good news", "I got the job! I am so happy", "celebration", given=HAPPY),
    Case("somebody else's luck against one's own", "He said it's fine, but she passed at once",
         "question", given={"tried": ("reflection",)}),
    Case("good news against the reading", "I passed my exam!", "celebration", given=SAD),
    Case("no joy over low words", "Everything is falling apart and I cry", "reflection",
         given=HAPPY),
    Case("irony is no joy", "oh great, just great, another rejection", "reflection",
         ("sarcasm",), given=HAPPY),
    Case("conflict", "All good, I only cry at night", "reflection", ("reflect", "conflict"),
         given={**SAD, "conflict": "the face smiles"}),
    Case("conflict once", "All good, I only cry at night", "reflection", ("reflect", "ask"),
         given={**SAD, "conflict": "the face smiles", "used": ("support.conflict.any.1",)}),
    Case("bot", "are you a bot?", "about_me", ("about_ai",)),
    Case("sees", "can you see me?", "about_me", ("about_sight",)),
    Case("saw", "what did you see?", "about_me", ("about_seen",)),
    Case("remembers", "do you remember me?", "about_me", ("about_memory",)),
    Case("private", "is this private?", "about_me", ("about_privacy",)),
    Case("therapist", "are you a therapist?", "about_me", ("about_therapy",)),
    Case("thanks", "thank you so much", "thanks"),
    Case("goodbye", "ok bye", "goodbye"),
    Case("hello", "hi there", "greeting", ("greet",)),
    Case("correction", "I'm not angry", "correction", ("corrected",), given=ANGRY),
    Case("unhappy is no correction", "I'm not happy with how things are", "reflection", given=SAD),
    Case("medicine", "should I stop taking my sertraline?", "boundary", ("medicine",)),
    Case("diagnosis", "do I have depression?", "boundary", ("diagnosis",)),
    Case("human", "can I talk to a human", "hand_over"),
    Case("lines", "what helplines are there", "information"),
    Case("complaint", "you're useless", "correction", ("accused",)),
    Case("too many questions", "stop asking me questions", "correction", ("less",)),
    Case("language", "estoy muy triste y no sé qué hacer", "information", ("language",)),
    Case("emoji", "😭", "question", ("signs",)),
    Case("punctuation", "???", "question", ("wordless",)),
    Case("will do something", "I think I will call my sister", "affirmation", ("intent",)),
    Case("told nobody before", "I haven't told anyone about it", "affirmation", ("theme",
    "theme_ask")),
    Case("should I", "Should I text her?", "question", ("stuck", "ask_tried"), given=SAD),
    Case("one word", "pigeons", "question", ("brief_word",)),
    Case("one feeling", "sad", "reflection", given=SAD),
    Case("unsure", "idk", "question", ("brief_unsure",)),
    Case("normal", "is it normal to cry every day?", "information", ("normal",), given=SAD),
    Case("risk before all", "I wish I could sleep for ever", "question", ("heavy", "check_in"),
         given={"risk": "low"}),
    Case("risk before an answer about itself", "are you a bot?", "question",
         given={"risk": "moderate"}),
    Case("human before risk", "can I talk to a human", "hand_over", given={"risk": "low"}),
    Case("not asked twice", "It is just hard", "reflection",
         given={**SAD, "risk": "low", "used": ("shared.check_in.any.1", "support.reflect.any.1")}),
    Case("no to the question", "no", "question", ("safe_no",),
         given=after("shared.check_in.any.1")),
    Case("yes to the question", "yes", "question", ("safe_yes",),
         given=after("shared.check_in.any.1")),
    Case("service: angry", "Where is my parcel?", "apologise", ("sorry", "ask_number"),
         "service", ANGRY),
    Case("service: calm", "My parcel is late", "acknowledge", ("ack", "ask_number"), "service"),
    Case("service: unclear", "I have a question", "clarify", ("ask_open",), "service"),
    Case("service: number", "The order number is 48213", "solve", ("noted", "offer"), "service"),
    Case("service: promise", "Can you promise it comes tomorrow?", "solve", ("promise",
         "offer"), "service"),
    Case("service: card", "my card is 4111 1111 1111 1111", "boundary", ("card",), "service"),
    Case("service: human", "I want to talk to a real person please", "hand_over", None, "service"),
    Case("service: taken offer", "yes please", "hand_over", None, "service",
         after("service.offer.any.2")),
    Case("service: declined offer", "no", "confirm", ("declined",), "service",
         after("service.offer.any.2")),
    Case("service: in circles", "This still does not work", "hand_over", None, "service",
         {**ANGRY, "tried": ("apologise", "solve", "confirm")}),
    Case("service: settled", "It works now, wonderful!", "confirm", ("glad",), "service", HAPPY),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_policy(case: Case):
    told = plan(appraisal(case.said, case.setting, **case.given))
    assert told.strategy == case.strategy, told.reason
    assert case.moves is None or told.moves == case.moves
    assert told.reason


@pytest.mark.parametrize("setting", ["support", "service"])
def test_every_move_has_wordings(setting: Setting):
    for case in CASES:
        told = plan(appraisal(case.said, setting, **case.given))
        assert set(told.moves) <= set(families(setting)), told


def test_a_matter_told_before_is_followed_up():
    told = plan(appraisal("Still thinking about that exam", recalled=(note("I failed my exam"),)))
    assert "recall" in told.moves


def test_the_same_told_again_is_noticed():
    said = "I failed my exam"
    assert plan(appraisal(said, recalled=(note(said),), **SAD)).moves == ("reflect", "recall_same")


def test_a_question_they_once_asked_is_no_matter():
    told = plan(appraisal("The exam again", recalled=(note("do you remember the exam?"),), **SAD))
    assert "recall" not in told.moves


def test_another_matter_is_left_alone():
    told = plan(appraisal("My grandmother died", recalled=(note("I lost my keys"),), **SAD))
    assert "recall" not in told.moves


def test_a_hello_is_met_with_what_was_told_before():
    assert plan(appraisal("hi", recalled=(note("I failed my exam"),))).moves == ("recall",)


def test_no_skill_twice_in_a_row_over_thirty_turns():
    done: list[str] = []
    for turn in range(1, 31):
        told = plan(appraisal("It is all so hard", tried=tuple(done), turn=turn, **SAD))
        assert told.strategy in HELPING_SKILLS["support"]
        assert not done or told.strategy != done[-1]
        done.append(told.strategy)
    assert len(set(done)) >= 5


def test_ids_of_other_speakers_are_no_trouble():
    assert plan(appraisal("yes", used=("hold.opening", "x"))).moves == ("brief_yes", "ask_more")


@pytest.mark.parametrize(
    ("said", "felt"),
    [("I feel so lonely", "lonely"), ("I'm not angry, just tired", "tired"), ("very sad", "sad")],
)
def test_their_own_word_for_a_feeling_is_heard(said: str, felt: str):
    assert hear(said).felt == felt
