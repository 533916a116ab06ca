import random
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from empathy_agent.affect import RiskLevel
from empathy_agent.errors import SetupError
from empathy_agent.safety.normalise import sentences
from empathy_agent.safety.rules import Rulebook, read_rules, rulebook
from empathy_agent.safety.screen import Risk
from empathy_agent.safety.screen import screen as screen_with_all

screen = partial(screen_with_all, classifier=None)
"""By rules alone; `test_screen_net.py` tests the net and both together."""
TABLES = Path(__file__).parent / "safety_cases"


@dataclass(frozen=True)
class Case:
    id: str
    text: str
    least: RiskLevel = RiskLevel.none
    most: RiskLevel = RiskLevel.imminent
    kind: str | None = None
    about: str | None = None

    def holds(self, risk: Risk) -> bool:
        return (
            self.least <= risk.level <= self.most
            and self.kind in {None, risk.kind}
            and self.about in {None, risk.about}
        )


def cases(name: str) -> list[Case]:
    rows = [
        line.split("\t")
        for line in (TABLES / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    return [case(f"{name}-{number}", *row) for number, row in enumerate(rows, start=1)]


def case(name: str, label: str, text: str) -> Case:
    if name.startswith("benign"):
        return Case(name, text, most=RiskLevel[label])
    kind, _, level = label.rpartition("/")
    about = "other" if name.startswith("others") else None
    return Case(name, text, least=RiskLevel[level], kind=kind or None, about=about)


RISKY = [
    "suicide",
    "families",
    "together",
    "veiled",
    "disguised",
    "other_kinds",
    "others",
    "languages",
]
ALL = [each for name in [*RISKY, "benign"] for each in cases(name)]


@pytest.mark.parametrize("row", ALL, ids=lambda row: row.id)
def test_every_written_case_is_screened_as_labelled(row: Case):
    risk = screen(row.text)

    assert row.holds(risk), (row, risk)


def test_the_tables_are_large_and_hold_no_text_twice():
    texts = [row.text for row in ALL]

    assert len(texts) >= 600
    assert len(set(texts)) == len(texts)


def test_a_plan_for_tonight_is_imminent_and_traffic_is_not():
    assert screen("I am going to kill myself tonight").level is RiskLevel.imminent
    assert screen("this traffic is killing me") == Risk(RiskLevel.none, 0.0)


def test_signals_name_the_rules_and_never_the_words():
    risk = screen("I am going to kill myself tonight, the zebra is loaded")
    names = {rule.id for rule in rulebook().rules} | {row.id for row in rulebook().combinations}

    assert risk.signals
    assert set(risk.signals) <= names


def test_the_score_follows_the_level_and_stays_below_one():
    for row in ALL:
        risk = screen(row.text)
        assert 0.2 * risk.level <= risk.score < 0.2 * (risk.level + 1)


@pytest.mark.parametrize("text", ["", " ", "\n\n", "...", "🙂", "\x00\x07", "\ud800", "\u200b"])
def test_a_message_without_words_is_no_risk(text: str):
    assert screen(text).level is RiskLevel.none


def test_cues_never_hide_a_phrase():
    for row in ALL:
        for sentence in sentences(row.text):
            for rule in rulebook().rules:
                if any(True for _ in rule.find(sentence)):
                    assert rule.concerns(sentence), (rule.id, row.id)


def test_every_phrase_of_every_rule_can_be_looked_for():
    for rule in rulebook().rules:
        assert not any(True for _ in rule.find("_")), rule.id


RULES = [rule.id for rule in rulebook().rules] + [row.id for row in rulebook().combinations]


@pytest.fixture(scope="module")
def signals() -> dict[str, list[Case]]:
    """Which cases each rule has a say in."""
    found: dict[str, list[Case]] = {name: [] for name in RULES}
    combined = {row.id: row.all for row in rulebook().combinations}
    for row in ALL:
        names = set(screen(row.text).signals)
        for name in names & set(RULES):
            found[name].append(row)
        for name in names & set(combined):
            for rule in rulebook().rules:
                if rule.facets & combined[name]:
                    found[rule.id].append(row)
    return found


@pytest.mark.parametrize("rule", RULES)
def test_without_any_one_rule_some_case_fails(rule: str, signals: dict[str, list[Case]]):
    fewer: Rulebook = rulebook().without(rule)

    assert any(not row.holds(screen(row.text, rules=fewer)) for row in signals[rule])


@pytest.mark.parametrize(
    "said",
    [
        "I don't want to {}",
        "I would never {}",
        "I am not going to {}",
        "I have never wanted to {}",
        "I no longer want to {}",
        "I have no intention to {}",
    ],
)
@pytest.mark.parametrize("what", ["kill myself", "end my life", "hurt myself"])
def test_a_plain_negation_silences_a_rule(said: str, what: str):
    assert screen(said.format(what)).level is RiskLevel.none


@pytest.mark.parametrize(
    "said",
    [
        "I can't stop wanting to kill myself",
        "why not kill myself",
        "I don't know if I will kill myself",
        "nothing stops me from killing myself",
        "I'm not going to lie, I want to kill myself",
        "no, I want to kill myself",
        "it's not like I want to die but I think about it",
    ],
)
def test_a_not_that_negates_nothing_silences_nothing(said: str):
    assert screen(said).level >= RiskLevel.moderate


@pytest.mark.parametrize(
    "frame",
    ["lol {} 😂", "haha just kidding, {}", "in my story: {}", "for a novel: {}", "jk but {}"],
)
def test_a_joke_or_a_story_makes_a_wish_to_die_no_harmless_thing(frame: str):
    assert screen(frame.format("I want to die")).level >= RiskLevel.moderate


def test_words_of_a_friend_are_a_risk_about_the_friend():
    risk = screen('My brother texted me "I want to die"')

    assert (risk.level, risk.about) == (RiskLevel.moderate, "other")


def test_fear_for_a_friend_and_for_oneself_is_about_oneself():
    assert screen("My friend wants to die and I want to die too").about == "self"


class TestContext:
    calm = "What is the weather like?"

    def after(self, first: str, turns: int) -> RiskLevel:
        return screen(self.calm, [first, *[self.calm] * (turns - 1)]).level

    def test_a_high_risk_three_turns_ago_is_at_least_moderate(self):
        assert self.after("I am going to kill myself", 3) >= RiskLevel.moderate

    def test_an_earlier_risk_counts_in_full_at_first(self):
        assert self.after("I am going to kill myself tonight", 1) is RiskLevel.imminent

    def test_an_earlier_risk_sinks_a_level_every_four_turns(self):
        levels = [self.after("I am going to kill myself tonight", age) for age in range(1, 16)]

        assert levels == sorted(levels, reverse=True)
        assert levels[2] is RiskLevel.high
        assert levels[6] is RiskLevel.moderate
        assert levels[-1] is RiskLevel.none

    def test_it_never_falls_below_what_the_message_says(self):
        for row in ALL[::7]:
            assert screen(row.text, [self.calm] * 5).level >= screen(row.text).level

    def test_it_says_where_the_risk_comes_from(self):
        risk = screen(self.calm, ["My friend wants to die"])

        assert risk.signals == ("earlier.suicide",)
        assert risk.about == "other"

    def test_quiet_signals_over_several_turns_add_up(self):
        quiet = ["I can't go on", "there is no point anymore", "I am a burden to everyone"]

        assert screen(quiet[2]).level is RiskLevel.low
        assert screen(quiet[2], quiet[:2]).level is RiskLevel.moderate

    def test_the_same_quiet_signal_again_and_again_does_not(self):
        assert screen("I can't go on", ["I can't go on"] * 5).level is RiskLevel.low

    def test_a_long_talk_that_darkens_without_one_plain_word_is_caught(self):
        small_talk = ["Work was fine", "I watched a film", "I slept badly", "Not much to tell"] * 12
        darker = [
            "I feel so alone lately",
            "I cry myself to sleep every night",
            "I am worthless",
            "nothing will ever change",
            "I am so tired of everything",
            "I can't keep going",
            "I have been giving away my things",
            "you won't hear from me again",
            "take care of my dog",
            "it will all be over soon",
            "thank you for everything",
            "goodbye",
        ]
        turns = small_talk + darker
        levels = [screen(text, turns[:i]).level for i, text in enumerate(turns)]

        assert max(levels[: len(small_talk)]) is RiskLevel.none
        assert levels.index(RiskLevel.moderate) < len(turns) - 4


class TestBadInput:
    def test_a_megabyte_is_screened_in_time_wherever_the_phrase_stands(self):
        filler = " ".join(f"word{i % 997} and then we talked." for i in range(38_000))
        half = len(filler) // 2
        text = f"{filler[:half]}. I am going to kill myself tonight. {filler[half:]}"
        screen("warm up")
        start = time.process_time()

        assert len(text) > 1_000_000
        assert screen(text).level is RiskLevel.imminent
        assert time.process_time() - start < 3

    @pytest.mark.parametrize(
        "text",
        [
            "k " * 400_000,
            "i want to " * 60_000,
            "not " * 200_000,
            "a" * 800_000,
            "!1$" * 200_000,
            "my friend " * 60_000,
            "我想" * 200_000,
            "\u0301" * 300_000,
        ],
        ids=range(8),
    )
    def test_no_text_takes_more_than_linear_time(self, text: str):
        screen("warm up")
        start = time.process_time()
        screen(text)

        assert time.process_time() - start < 4

    def test_ten_thousand_fuzzed_texts_raise_nothing(self):
        rng = random.Random(0)
        scripts = [(0, 0x80), (0x80, 0x250), (0x370, 0x530), (0x590, 0x700), (0x900, 0xE00)]
        scripts += [(0x1E00, 0x2100), (0x3040, 0x30FF), (0x4E00, 0x4F00), (0xAC00, 0xAD00)]
        scripts += [(0x1F300, 0x1F650), (0xD800, 0xE000), (0x200B, 0x2010)]
        words = [word for row in ALL[::5] for word in row.text.split()]
        for _ in range(10_000):
            parts = [
                chr(rng.randrange(*rng.choice(scripts)))
                if rng.random() < 0.6
                else rng.choice(words) + " "
                for _ in range(rng.randrange(24))
            ]
            risk = screen("".join(parts))
            assert 0 <= risk.score <= 1


@pytest.mark.parametrize(
    "text",
    [
        "frames: {past: '('}\nrules: {}",
        "rules: {a: {kind: suicide, level: low, cues: [x], patterns: ['{unknown}']}}",
        "rules: {a: {kind: suicide, level: dire, cues: [x], patterns: [x]}}",
        "rules: {a: {kind: suicide, level: low, cues: [], patterns: [x]}}",
        "rules: {a: {kind: sadness, level: low, cues: [x], patterns: [x]}}",
        "rules: [",
    ],
)
def test_a_malformed_rule_file_is_refused_in_one_clear_error(text: str):
    with pytest.raises(SetupError, match="rules of the risk screen"):
        read_rules(text)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("K1LL MYS3LF", "kill myself"),
        ("k i l l  m y s e l f", "kill myself"),
        ("k.i.l.l my-self", "kill myself"),
        ("ki\u200bll myse\u00adlf", "kill myself"),
        ("кill мysеlf", "kill myself"),
        ("kiiilll myselfff", "kill myself"),
        ("k**l mys*lf", "kill myself"),
        ("𝕜𝕚𝕝𝕝 𝓂𝓎𝓈𝑒𝓁𝒻", "kill myself"),
        ("killmyself", "kill myself"),
        ("I’m gonna, like, wanna", "i am going to, like, want to"),
        ("suicde sucidal suicidle", "suicide suicidal suicidal"),
        ("Ich möchte nicht mehr", "ich mochte nicht mehr"),
        ("call 113 at 10.30", "call 113 at 10.30"),
    ],
)
def test_disguised_words_come_out_in_one_spelling(typed: str, meant: str):
    assert " ".join(sentences(typed)) == meant
