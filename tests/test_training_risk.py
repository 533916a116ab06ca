"""Training the risk net: material, what it learns, windows, bounds, and how it is read."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from empathy_agent.affect import RiskLevel
from empathy_agent.errors import SetupError
from empathy_agent.models.ngrams import BUCKETS, runs_of
from empathy_agent.models.risknet import COMMENT, KINDS, LEVELS, RiskNet, inputs, is_long
from empathy_agent.training.bounds import Judged, bounds, levels_of, told
from empathy_agent.training.hidden import hidden_odds, learn_hidden
from empathy_agent.training.material import FOLDER, Labelled, read_material
from empathy_agent.training.noise import run_on
from empathy_agent.training.risk import folds_of, hand_of, targets, train, unseen
from empathy_agent.training.windows import Taught, Texts, windows_of
from empathy_agent.training.wording import learn_wording, packed, wording_odds

HELD = Path(__file__).parent / "safety_cases"


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
        taught = Taught(given, wanted, given[:10], np.arange(10))
        seen, cut = unseen(taught, comments, hands)
        others = np.array([hand == "other" for hand in hands])
        alone = train(given[others], wanted[others], comments)

        assert np.allclose(seen[~others], alone.odds(given[~others]))
        assert np.allclose(cut[1::2], alone.odds(given[1:10:2]))

    def test_writers_are_grouped_so_that_each_group_wrote_about_as_much(self):
        hands = [
            name
            for name, count in zip("abcdefghi", range(9, 0, -1), strict=True)
            for _ in range(count)
        ]
        groups = folds_of(hands)

        assert len(groups) == 6
        assert sorted(name for group in groups for name in group) == list("abcdefghi")
        assert {sum(hands.count(name) for name in group) for group in groups} <= {6, 7, 8, 9}

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
        judged, comments = opinions()
        chosen = bounds(judged, comments)
        short, long, window = chosen
        harmless = ~judged.wanted[:, 1]
        is_short, is_long = harmless & ~judged.long, harmless & judged.long
        raised = (judged.whole[:, 1] >= long[1]) | (judged.peaks[:, 1] >= window[1])

        assert short[0] == long[0] == window[0] == 0.5
        assert all((comments[:, at] >= short[at]).mean() <= 0.004 for at in (1, 2, 3))
        assert (judged.whole[is_short, 1] >= short[1]).mean() <= 0.06
        assert 0.02 <= raised[is_long].mean() <= 0.06
        assert "found" in told(judged, chosen)

    def test_a_window_raises_the_alarm_where_the_whole_says_little(self):
        judged, comments = opinions()
        _, long, window = bounds(judged, comments)
        urgent = judged.wanted[:, 1] & judged.long

        assert (judged.whole[urgent, 1] >= long[1]).mean() < 0.3
        assert (judged.peaks[urgent, 1] >= window[1]).mean() > 0.8

    def test_levels_never_rise_from_one_to_the_next(self):
        outputs = len(LEVELS) + len(KINDS) + 2
        arrays = {
            "inner": np.zeros((2688, 2)),
            "inner_bias": np.zeros(2),
            "outer": np.zeros((2, outputs)),
            "bias": np.arange(float(outputs)),
            "runs": np.zeros((2 * BUCKETS, outputs), np.int8),
            "scale": np.ones(outputs),
            "rarity": np.ones(2 * BUCKETS),
            "bounds": np.array([[0.1, 0.1, 0.9, 0.9], [0.1, 0.9, 0.1, 0.1], [0.1] * 4]),
        }
        net, means = RiskNet(arrays), np.ones((7, 384), np.float32)
        short, long = (net.read(means, "word " * count) for count in (3, COMMENT + 1))

        assert np.all(np.diff(short.levels) <= 0)
        assert (short.reached, long.reached) == (2, 1)
        assert net.read(means, "word", window=True).reached == 4
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


def opinions() -> tuple[Judged, NDArray[np.float32]]:
    """Return what nets might say of 2,000 texts, of comments, and of a window of each long text."""
    rng = np.random.default_rng(0)
    comments, whole = rng.uniform(0, 0.95, (2, 2000, 4)).astype(np.float32)
    wanted = np.zeros((2000, 13), np.bool_)
    wanted[1000:, :4] = True
    long = np.arange(2000) % 2 == 0
    owners = np.flatnonzero(long)
    cut = rng.uniform(0, 0.9, (len(owners), 4)).astype(np.float32)
    cut[wanted[owners, 1]] += 0.09
    cut[wanted[owners, 1], 1] = 0.99
    return Judged(whole, wanted, long, cut, owners), comments


def test_running_on_keeps_the_words_and_drops_the_stops():
    assert run_on("I'm OK – really.\n\n“So”, I said: fine!") == "im ok really so i said fine"


class TestWindows:
    def test_only_long_texts_have_windows(self):
        long = " ".join(f"This is sentence number {number} of it." for number in range(12))
        found = windows_of(["short", long, "short too"])

        assert {each.owner for each in found} == {1}
        assert len(found) > 3

    def test_every_window_of_a_harmless_text_teaches_and_the_darkest_of_one_at_risk(self):
        _, given, wanted, _ = example()
        owners = np.array([0, 0, 99, 99, 99, 98])  # the first is harmless, the last two are not
        taught = Taught(given, wanted, given[:6], owners)
        chosen = taught.choosing(np.array([0.9, 0.1, 0.2, 0.8, 0.6, 0.4], np.float32))
        texts, told_of = chosen.teaching(np.ones(100, np.bool_))

        assert chosen.teach.tolist() == [True, True, False, True, False, False]
        assert len(texts.runs) == len(told_of) == 103
        assert told_of[100:, 1].tolist() == [False, False, True]
        assert len(taught.teaching(np.ones(100, np.bool_))[1]) == 100

    def test_a_window_goes_where_its_text_goes(self):
        _, given, wanted, _ = example()
        taught = Taught(given, wanted, given[:2], np.array([0, 1]))
        rows = np.arange(100) == 1
        texts, told_of = taught.choosing(np.zeros(2, np.float32)).teaching(rows)

        assert len(texts.runs) == len(told_of) == 2
