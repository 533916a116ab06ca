"""The risk net beside the rules: it raises, never lowers, and is measured on texts it never saw."""

import io
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from empathy_agent.affect import RiskLevel
from empathy_agent.errors import SetupError
from empathy_agent.models.ngrams import BUCKETS, runs_of
from empathy_agent.models.risknet import COMMENT, KINDS, LEVELS, RiskNet, inputs, is_long
from empathy_agent.safety import classifier as classifiers
from empathy_agent.safety.classifier import NOTHING, Judgement, NetClassifier, parts, shipped
from empathy_agent.safety.screen import Risk, screen
from empathy_agent.training.hidden import hidden_odds, learn_hidden
from empathy_agent.training.material import FOLDER, Labelled, read_material
from empathy_agent.training.risk import (
    Texts,
    bounds,
    hand_of,
    levels_of,
    targets,
    train,
    unseen,
)
from empathy_agent.training.wording import learn_wording, packed, wording_odds

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
        assert reached(held("held_safe_harmless")) <= 0.25

    def test_fuzzed_texts_raise_nothing(self, net: NetClassifier):
        rng = np.random.default_rng(0)
        for _ in range(100):
            text = "".join(map(chr, rng.integers(1, 0x1FFFF, 30)))
            assert 0 <= net.judge(text).chance <= 1


class TestTraining:
    def test_the_material_is_large_balanced_and_holds_nothing_held_out(self):
        rows = list(read_material(*sorted(FOLDER.glob("*.txt"))))
        texts = {row.text.casefold() for row in rows}
        urgent = sum(row.level >= RiskLevel.moderate for row in rows)
        unseen = [row for file in sorted(HELD.glob("held_*.txt")) for row in read_material(file)]

        assert len(rows) >= 1500
        assert 0.4 <= urgent / len(rows) <= 0.6
        assert {row.kind for row in rows} == {*KINDS, "none"}
        assert not [row for row in unseen if row.text.casefold() in texts]

    def test_what_is_told_apart_in_training_is_told_apart_after(self):
        rows, given, wanted, comments = example()
        odds = train(given, wanted, comments).odds(given)

        assert odds.shape == (len(rows), len(LEVELS) + len(KINDS) + 2)
        for column in range(len(LEVELS)):
            assert np.mean((odds[:, column] > 0) == wanted[:, column]) > 0.85

    def test_a_text_is_judged_by_a_net_that_never_read_its_writer(self):
        _, given, wanted, comments = example()
        hands = ["one" if row % 2 else "other" for row in range(len(wanted))]
        seen = unseen(given, wanted, comments, hands)
        others = np.array([hand == "other" for hand in hands])
        alone = train(given[others], wanted[others], comments)

        assert np.allclose(seen[~others], alone.odds(given[~others]))

    def test_an_input_that_never_changes_is_not_blown_up(self):
        _, given, wanted, comments = example()
        given.vectors[:, 3] = comments.vectors[:, 3] = 0.5
        learnt = learn_hidden(given.vectors, wanted, comments.vectors)

        assert np.abs(learnt.inner.astype(np.float16)).max() < 100
        assert np.isfinite(hidden_odds(learnt, given.vectors)).all()

    @pytest.mark.parametrize(
        ("source", "hand"), [("hand_b_harmless", "b"), ("hand_b", "b"), ("veiled", "first")]
    )
    def test_files_tell_who_wrote_them(self, source: str, hand: str):
        assert hand_of(source) == hand

    def test_only_a_short_text_must_stand_apart_from_comments(self):
        odds = np.full((2, len(LEVELS) + len(KINDS) + 2), 3.0, np.float32)
        odds[:, -1] = -3.0
        short, long = levels_of(odds, np.array([False, True]))

        assert short[1] < 0.1
        assert long[1] > 0.9

    def test_bounds_leave_few_harmless_texts_above(self):
        rng = np.random.default_rng(0)
        comments, harmless = rng.uniform(0, 0.95, (2, 1000, 4)).astype(np.float32)
        harmless[:500] *= 0.8
        short, long = bounds(comments, harmless, np.arange(1000) < 500)

        assert short[0] == long[0] == 0.5
        assert all((comments[:, at] >= short[at]).mean() <= 0.004 for at in (1, 2, 3))
        assert 0.02 <= (harmless[:500, 1] >= long[1]).mean() <= 0.06
        assert long[1] < short[1]

    def test_levels_never_rise_from_one_to_the_next(self):
        outputs = len(LEVELS) + len(KINDS) + 2
        arrays = {
            "weights": np.zeros((2688, outputs)),
            "inner": np.zeros((2688, 2)),
            "inner_bias": np.zeros(2),
            "outer": np.zeros((2, outputs)),
            "bias": np.arange(float(outputs)),
            "runs": np.zeros((2 * BUCKETS, outputs), np.int8),
            "scale": np.ones(outputs),
            "rarity": np.ones(2 * BUCKETS),
            "bounds": np.array([[0.1, 0.1, 0.9, 0.9], [0.1, 0.9, 0.1, 0.1]]),
        }
        net, means = RiskNet(arrays), np.ones((7, 384), np.float32)
        short, long = (net.read(means, "word " * count) for count in (3, COMMENT + 1))

        assert np.all(np.diff(short.levels) <= 0)
        assert (short.reached, long.reached) == (2, 1)
        assert inputs(means).shape == (2688,)

    @pytest.mark.parametrize(
        "text", ["a text without a heading", "== suicide/dire\nx", "== a/b/high\nx"]
    )
    def test_malformed_material_is_refused_with_its_line(self, text: str, tmp_path: Path):
        file = tmp_path / "some.txt"
        file.write_text(text, encoding="utf-8")

        with pytest.raises(SetupError, match=r"some\.txt:1"):
            list(read_material(file))

    def test_missing_material_is_one_clear_error(self, tmp_path: Path):
        with pytest.raises(SetupError, match="material"):
            list(read_material(tmp_path / "nothing.txt"))


def test_the_shipped_weights_are_small_and_hold_no_text():
    weights = Path(classifiers.__file__).parents[1] / "models" / "weights" / "risk-1.npz"
    with np.load(io.BytesIO(weights.read_bytes()), allow_pickle=False) as arrays:
        kinds = {array.dtype.kind for array in arrays.values()}

    assert weights.stat().st_size < 3_000_000
    assert kinds == {"f", "i"}


def example() -> tuple[list[Labelled], Texts, NDArray[np.bool_], Texts]:
    """Return labelled texts of each level, what the net is given of them, and comments."""
    rng = np.random.default_rng(0)
    levels = [level for level in range(5) for _ in range(20)]
    rows = [Labelled(f"text of level {level}", RiskLevel(level), KINDS[0]) for level in levels]
    vectors = rng.normal(size=(100, 8)).astype(np.float32)
    vectors[:, 0] += [6.0 * level for level in levels]
    wanted = np.array(targets(rows))
    wanted[:2, len(LEVELS) :] = True  # every output needs both answers, of either writer
    wanted[98:, len(LEVELS) :] = False
    given = Texts(vectors, [runs_of(row.text) for row in rows], np.zeros(100, np.bool_))
    comments = rng.normal(size=(50, 8)).astype(np.float32)
    return rows, given, wanted, Texts(comments, [runs_of("well")] * 50, np.zeros(50, np.bool_))


class TestWording:
    def test_runs_are_of_words_and_of_letters_within_words(self):
        runs = runs_of("Go on, go on!")

        assert runs.words.max() < BUCKETS <= runs.letters.min()
        # go, on, !, go on, on go, on !, go on go, on go on, go on !
        assert len(runs.words) == 9
        assert runs.word_counts.max() > 1

    @pytest.mark.parametrize("text", ["", " ", "\ud800", "🙂", "a" * 100_000])
    def test_any_text_has_runs_of_length_one_at_most(self, text: str):
        _, numbers = runs_of(text).weighed(np.ones(2 * BUCKETS, np.float32))

        assert np.isfinite(numbers).all()
        assert np.linalg.norm(numbers) <= 1.5

    def test_wording_tells_apart_what_has_the_same_words_in_another_order(self):
        at_risk, harmless = "I want to go for good", "good to go, I want for nothing"
        texts = [runs_of(text) for text in [at_risk] * 10 + [harmless] * 10]
        wanted = np.zeros((20, 13), np.bool_)
        wanted[:10] = True
        learnt = learn_wording(texts, wanted, texts[10:])
        odds = wording_odds(learnt, texts)

        assert odds[:10, 1].min() > 0 > odds[10:, 1].max()
        assert odds[:10, -1].min() > odds[10:, -1].max()

    def test_weights_in_whole_numbers_are_worth_the_same(self):
        weights = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
        whole, scale = packed(weights)

        assert whole.dtype == np.int8
        assert np.abs(whole * scale - weights).max() < 0.03

    def test_a_text_is_long_from_one_word_more_than_a_comment(self):
        assert not is_long("word " * COMMENT)
        assert is_long("word " * (COMMENT + 1))
