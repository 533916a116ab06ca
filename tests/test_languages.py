"""Eight languages beside English: what the rules find, and the idioms that they leave alone."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from empathy_agent.affect import RiskLevel
from empathy_agent.safety.rules import rulebook
from empathy_agent.safety.screen import screen

TABLES = Path(__file__).parent / "safety_cases"
LANGUAGES = ("es", "fr", "de", "pt", "it", "hi", "zh", "ar")


@dataclass(frozen=True)
class Case:
    id: str
    language: str
    label: str
    """A level it reaches at least, or `harmless`: below moderate."""
    text: str


def cases(name: str) -> list[Case]:
    lines = (TABLES / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [
        Case(f"{name}-{number}", row[0], row[1] if len(row) > 2 else "harmless", row[-1])
        for number, row in enumerate(rows, start=1)
    ]


ALL = [
    case
    for name in ("languages_harmless", "languages_first", "languages_second", "languages_third")
    for case in cases(name)
]


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.id)
def test_every_case_is_heard_as_written(case: Case):
    level = screen(case.text).level

    assert (level < RiskLevel.moderate) is (case.label == "harmless"), level.name


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_enough_of_both(language: str):
    rows = [case for case in ALL if case.language == language]
    direct = [case for case in cases("languages_first") if case.language == language]

    assert sum(case.label == "harmless" for case in rows) >= 25
    assert sum(case.label != "harmless" for case in rows) >= 23
    assert {case.label for case in direct} >= {"moderate", "high", "imminent", "harmless"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_goes_from_a_wish_to_somebody_else(language: str):
    known = {rule.id for rule in rulebook().rules}
    steps = ("wish", "intent", "plan", "now", "taken", "harm", "abuse", "other", "low")

    assert {f"{language}.{step}" for step in steps} <= known


@pytest.mark.parametrize(
    ("said", "negated"),
    [
        ("quiero morir", "no quiero morir"),
        ("je veux mourir", "je ne veux pas mourir"),
        ("ich will sterben", "ich will nicht sterben"),
        ("ich werde mich umbringen", "ich werde mich nicht umbringen"),
        ("quero morrer", "não quero morrer"),
        ("voglio morire", "non voglio morire"),
        ("मैं मरना चाहता हूँ", "मैं मरना नहीं चाहता"),
        ("main marna chahti hoon", "main marna nahi chahti"),
        ("我想自杀", "我不想自杀"),
        ("أريد أن أموت", "لا أريد أن أموت"),
    ],
)
def test_a_negation_silences_it(said: str, negated: str):
    assert screen(said).level >= RiskLevel.moderate
    assert screen(negated).level < RiskLevel.moderate


@pytest.mark.parametrize(
    "text",
    [
        "hace muchos años intenté suicidarme, ahora estoy bien",
        "Il y a longtemps j'ai voulu mourir, aujourd'hui je vais très bien",
        "früher wollte ich mich umbringen, heute geht es mir gut",
        "há muitos anos tentei me matar, agora estou feliz",
        "anni fa ho provato a uccidermi, oggi sto bene",
        "saal pehle maine suicide ki koshish ki thi, ab main khush hoon",
        "很多年前我试过自杀，现在很幸福",
        "قبل سنوات حاولت الانتحار، الآن أنا سعيد",
    ],
)
def test_who_is_well_now_may_tell_of_long_ago(text: str):
    assert screen(text).level < RiskLevel.moderate


@pytest.mark.parametrize(
    "text",
    [
        "QUIERO MORIRME",
        "quierooo moriiir",
        "ya no kiero vivir",
        "ich will sterben!!!",
        "j e veux mourir je veux mourir",
    ],
)
def test_marks_and_capitals_hide_nothing(text: str):
    assert screen(text).level >= RiskLevel.moderate
