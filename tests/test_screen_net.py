"""The risk net beside the rules: it raises, never lowers, and is measured on texts it never saw."""

import io
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from empathy_agent.affect import RiskLevel
from empathy_agent.errors import SetupError
from empathy_agent.models.risknet import RiskNet
from empathy_agent.safety import classifier as classifiers
from empathy_agent.safety.classifier import NOTHING, Judgement, NetClassifier, parts, shipped
from empathy_agent.safety.rules import rulebook
from empathy_agent.safety.screen import Risk, screen
from empathy_agent.training.material import Labelled, read_material

HELD = Path(__file__).parent / "safety_cases"
RISKY = Judgement(RiskLevel.high, "suicide", "self", 0.97)


@dataclass
class Fixed:
    """Judges by a table, and what is not in it as nothing."""

    table: dict[str, Judgement]

    def judge(self, text: str) -> Judgement:
        return self.table.get(text, NOTHING)


@pytest.fixture(scope="module")
def net() -> NetClassifier:
    found = shipped()
    assert isinstance(found, NetClassifier)
    return found


def held(name: str) -> list[Labelled]:
    return list(read_material(HELD / f"{name}.txt"))


def reached(rows: list[Labelled], least: RiskLevel = RiskLevel.moderate) -> float:
    return float(np.mean([screen(row.text).level >= least for row in rows]))


class TestRaising:
    text = "the quiet is so loud"

    def test_the_net_raises_what_the_rules_found(self):
        risk = screen(self.text, classifier=Fixed({self.text: RISKY}))

        assert risk.level is RiskLevel.high
        assert risk.kind == "suicide"
        assert "classifier.suicide" in risk.signals
        assert risk.chance == 0.97

    def test_the_net_never_lowers_what_the_rules_found(self):
        text = "I am going to kill myself tonight"

        assert screen(text, classifier=Fixed({})).level is RiskLevel.imminent

    def test_a_doubtful_rule_asks_the_net_and_counts_in_full_without_one(self):
        text = "Blood everywhere. Beetroot. I'll never get it off the ceiling."
        some = NOTHING._replace(chance=0.2)

        assert screen(text, classifier=None).level >= RiskLevel.moderate
        assert screen(text, classifier=Fixed({text: some})).level >= RiskLevel.moderate
        assert screen(text, classifier=Fixed({})).level is RiskLevel.low
        assert screen(text).level < RiskLevel.moderate

    def test_few_rules_are_doubtful_and_none_that_hears_a_wish_to_die(self):
        doubtful = {rule.id for rule in rulebook().rules if rule.doubtful}

        assert 0 < len(doubtful) <= 6
        assert not doubtful & {
            "suicide.wish",
            "suicide.thoughts",
            "suicide.intent",
            "suicide.tonight",
        }

    def test_rules_alone_answer_without_a_net(self):
        assert screen(self.text, classifier=None) == Risk(RiskLevel.none, 0.0)

    def test_somebody_else_at_risk_is_not_the_person(self):
        judged = Judgement(RiskLevel.moderate, "suicide", "other", 0.9)

        assert screen(self.text, classifier=Fixed({self.text: judged})).about == "other"

    def test_an_earlier_turn_the_net_found_still_counts(self):
        risk = screen("ok", [self.text], classifier=Fixed({self.text: RISKY}))

        assert risk.level is RiskLevel.high
        assert risk.signals == ("earlier.suicide",)
        assert risk.chance == 0.0

    def test_what_the_net_finds_combines_with_what_a_rule_finds(self):
        text = "I have the pills in front of me"
        alone = screen(text, classifier=None)
        judged = Judgement(RiskLevel.moderate, "suicide", "self", 0.9)

        assert alone.level < RiskLevel.imminent
        assert screen(text, classifier=Fixed({text: judged})).level is RiskLevel.imminent


class TestOverTurns:
    doubtful = Judgement(RiskLevel.none, "suicide", "self", 0.7)

    def judged(self, each: Judgement, turns: int) -> RiskLevel:
        said = [f"turn {number}" for number in range(turns)]
        return screen(said[-1], said[:-1], classifier=Fixed(dict.fromkeys(said, each))).level

    def test_doubts_of_many_turns_add_up_though_none_is_enough(self):
        assert self.judged(self.doubtful, 2) is RiskLevel.none
        assert self.judged(self.doubtful, 8) is RiskLevel.moderate

    def test_small_doubts_do_not_however_many(self):
        assert self.judged(self.doubtful._replace(chance=0.38), 12) is RiskLevel.none

    def test_doubts_about_somebody_else_or_of_another_kind_do_not(self):
        assert self.judged(self.doubtful._replace(about="other"), 12) is RiskLevel.none
        assert self.judged(self.doubtful._replace(kind="violence"), 12) is RiskLevel.none

    @pytest.mark.parametrize("name", ["darker_seen", "darker_unseen_1", "darker_unseen_2"])
    def test_a_talk_of_sixty_turns_that_darkens_is_caught_before_its_end(self, name: str):
        text = (HELD / "talks" / f"{name}.txt").read_text(encoding="utf-8")
        said = [line for line in text.splitlines() if not line.startswith("#")]
        levels = [screen(each, said[max(0, i - 12) : i]).level for i, each in enumerate(said)]

        assert len(said) == 60
        assert max(levels[:9]) < RiskLevel.moderate
        assert max(levels[:45]) >= RiskLevel.moderate

    def test_a_talk_that_is_merely_sad_is_not(self):
        text = (HELD / "talks" / "sad_seen.txt").read_text(encoding="utf-8")
        said = [line for line in text.splitlines() if not line.startswith("#")]

        assert len(said) == 60
        for i, each in enumerate(said):
            assert screen(each, said[max(0, i - 12) : i]).level < RiskLevel.moderate


class TestParts:
    def test_a_short_message_is_read_once(self):
        assert parts(" I\u2019m here ") == ["I'm here"]

    @pytest.mark.parametrize("text", ["", "  ", "...", "\n\n", "\ud800", "🙂🙂"])
    def test_a_message_without_words_is_not_read(self, text: str):
        assert parts(text) == []

    def test_a_long_message_is_read_in_windows_too(self):
        text = " ".join(f"This is sentence number {number} of it." for number in range(40))
        read = parts(text)

        assert read[0] == text
        assert 5 <= len(read) - 1 <= 40
        assert read[1].startswith("This is sentence number 0")
        assert read[-1].endswith("number 39 of it.")

    def test_a_message_without_a_stop_is_cut_all_the_same(self):
        words = " ".join(f"word{number}" for number in range(130))
        windows = parts(words)[1:]

        assert [len(each.split()) for each in windows] == [25, 25, 25, 25, 25, 5]

    def test_a_megabyte_is_read_in_a_bounded_number_of_windows(self):
        assert len(parts("word after word. " * 60_000)) <= 41

    def test_one_dark_sentence_in_a_long_harmless_post_counts(self, net: NetClassifier):
        filler = "We walked along the river and had ice cream with the children. " * 12
        text = f"{filler}I don't want to live anymore and I think about ending my life. {filler}"

        assert net.judge(filler).chance < 0.5
        assert net.judge(text).level >= RiskLevel.moderate


class TestShipped:
    def test_a_judgement_is_the_same_again(self, net: NetClassifier):
        assert net.judge("I want to be gone for good") == net.judge("I want to be gone for good")

    def test_missing_weights_leave_the_rules_and_say_so_once(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ):
        def missing() -> RiskNet:
            raise SetupError("the weights are missing")

        monkeypatch.setattr(classifiers.RiskNet, "load", missing)
        shipped.cache_clear()
        with caplog.at_level(logging.WARNING):
            assert screen("I want to die").level is RiskLevel.moderate
            assert screen("I want to die").chance is None
        shipped.cache_clear()

        assert len(caplog.records) == 1
        assert "rules alone" in caplog.text
        assert "want to die" not in caplog.text

    def test_on_texts_it_never_saw_it_finds_far_more_than_the_rules(self):
        rows = held("held_first") + held("held_second") + held("held_third")
        by_rules = np.mean(
            [screen(row.text, classifier=None).level >= RiskLevel.moderate for row in rows]
        )

        assert len(rows) == 350
        assert reached(rows) >= 0.75
        assert reached(rows) >= 2 * by_rules

    def test_on_texts_it_never_saw_it_seldom_raises_a_false_alarm(self):
        rows = [
            row for name in ("first", "second", "third") for row in held(f"held_{name}_harmless")
        ]

        assert len(rows) >= 350
        assert reached(rows) <= 0.06

    def test_having_found_company_or_distance_is_seldom_taken_for_a_risk(self):
        assert reached(held("held_safe_harmless")) <= 0.35

    def test_fuzzed_texts_raise_nothing(self, net: NetClassifier):
        rng = np.random.default_rng(0)
        for _ in range(100):
            text = "".join(map(chr, rng.integers(1, 0x1FFFF, 30)))
            assert 0 <= net.judge(text).chance <= 1


def test_the_shipped_weights_are_small_and_hold_no_text():
    weights = Path(classifiers.__file__).parents[1] / "models" / "weights" / "risk-1.npz"
    with np.load(io.BytesIO(weights.read_bytes()), allow_pickle=False) as arrays:
        kinds = {array.dtype.kind for array in arrays.values()}

    assert weights.stat().st_size < 3_000_000
    assert kinds == {"f", "i"}
