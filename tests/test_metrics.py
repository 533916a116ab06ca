"""Measures of guesses, against values worked out by hand."""

import math
from dataclasses import dataclass

import numpy as np
import pytest

from empathy_agent.benchmarks import metrics

COUNTS = np.array([[3, 1, 0], [2, 2, 0], [0, 0, 0]])
"""Eight items of two classes; the third class never occurs."""


def test_a_confusion_matrix_has_truth_by_row_and_guess_by_column() -> None:
    counts = metrics.confusion(np.array([0, 0, 2]), np.array([1, 0, 2]), 3)
    assert counts.tolist() == [[1, 1, 0], [0, 0, 0], [0, 0, 1]]


def test_nothing_guessed_is_a_matrix_of_zeros() -> None:
    nothing = np.array([], np.int64)
    assert metrics.confusion(nothing, nothing, 2).tolist() == [[0, 0], [0, 0]]


def test_accuracy_is_the_share_of_hits() -> None:
    assert metrics.accuracy(COUNTS) == pytest.approx(5 / 8)


def test_recall_is_told_of_the_classes_that_occur() -> None:
    found = metrics.recalls(COUNTS)
    assert found[:2].tolist() == [0.75, 0.5]
    assert math.isnan(found[2])


def test_uar_leaves_out_a_class_that_never_occurs() -> None:
    assert metrics.uar(COUNTS) == pytest.approx((0.75 + 0.5) / 2)


def test_f1_is_twice_the_hits_over_what_occurs_and_what_is_guessed() -> None:
    assert metrics.f1s(COUNTS)[:2] == pytest.approx([6 / 9, 4 / 7])
    assert metrics.macro_f1(COUNTS) == pytest.approx((6 / 9 + 4 / 7) / 2)


def test_a_class_guessed_but_never_there_is_no_class_of_the_mean() -> None:
    wrong = np.array([[1, 0, 1], [0, 2, 0], [0, 0, 0]])
    assert metrics.macro_f1(wrong) == pytest.approx((2 / 3 + 1) / 2)


def test_accuracy_and_uar_part_where_classes_are_uneven() -> None:
    lazy = np.array([[90, 0], [10, 0]])
    assert metrics.accuracy(lazy) == pytest.approx(0.9)
    assert metrics.uar(lazy) == pytest.approx(0.5)
    assert metrics.macro_f1(lazy) == pytest.approx((180 / 190) / 2)


def test_many_matrices_are_measured_at_once() -> None:
    both = np.stack([COUNTS, COUNTS[::-1, ::-1]])
    assert metrics.accuracy(both) == pytest.approx([5 / 8, 5 / 8])
    assert metrics.uar(both).shape == (2,)


def test_no_items_have_no_score() -> None:
    empty = np.zeros((3, 3), np.int64)
    for measure in (metrics.accuracy, metrics.uar, metrics.macro_f1):
        assert math.isnan(measure(empty))
        assert all(math.isnan(end) for end in metrics.interval(empty, measure))


def test_one_item_is_right_or_wrong() -> None:
    right = np.array([[1, 0], [0, 0]])
    assert metrics.accuracy(right) == metrics.uar(right) == metrics.macro_f1(right) == 1
    assert metrics.interval(right, metrics.uar) == (1, 1)


@dataclass(frozen=True)
class Case:
    id: str
    probabilities: list[list[float]]
    truth: list[int]
    error: float


CALIBRATION = (
    Case("sure and right", [[1.0, 0.0]] * 4, [0] * 4, 0.0),
    Case("sure and wrong", [[1.0, 0.0]] * 4, [1] * 4, 1.0),
    Case("half right at one half", [[0.5, 0.5]] * 2, [0, 1], 0.0),
    Case("three quarters sure, always right", [[0.75, 0.25]] * 4, [0] * 4, 0.25),
    # Bins of a fifteenth: 0.7 twice (gap 0.2 of two), 0.95 once (gap 0.05 of one).
    Case("two bins", [[0.7, 0.3], [0.7, 0.3], [0.05, 0.95]], [0, 1, 1], (0.4 + 0.05) / 3),
)


@pytest.mark.parametrize("case", CALIBRATION, ids=lambda case: case.id)
def test_calibration_error_is_the_weighted_gap(case: Case) -> None:
    found = metrics.calibration_error(np.array(case.probabilities), np.array(case.truth))
    assert found == pytest.approx(case.error)


def test_gaps_of_opposite_sign_in_different_bins_do_not_cancel() -> None:
    odds, truth = np.array([[0.9, 0.1], [0.6, 0.4]]), np.array([1, 0])
    assert metrics.calibration_error(odds, truth) == pytest.approx((0.9 + 0.4) / 2)
    assert metrics.calibration_error(odds, truth, bins=1) == pytest.approx(0.5 / 2)


def test_accuracy_over_the_surest_leaves_out_the_least_sure() -> None:
    sure = np.array([0.9, 0.5, 0.8, 0.6])
    right = np.array([True, False, True, False])
    assert metrics.risk_coverage(sure, right, (1.0, 0.75, 0.5)) == pytest.approx([0.5, 2 / 3, 1.0])


def test_the_surest_of_one_item_is_that_item() -> None:
    assert metrics.risk_coverage(np.array([0.4]), np.array([True]), (1.0, 0.1)) == [1.0, 1.0]


def test_nothing_has_neither_calibration_nor_coverage() -> None:
    nothing = np.array([])
    assert math.isnan(metrics.calibration_error(np.zeros((0, 8)), np.zeros(0, np.int64)))
    assert math.isnan(metrics.risk_coverage(nothing, nothing.astype(bool), (1.0,))[0])


def test_pearson_is_as_worked_out_by_hand() -> None:
    one, other = np.array([1.0, 2.0, 3.0]), np.array([1.0, 3.0, 2.0])
    assert metrics.pearson(one, other) == pytest.approx(0.5)
    assert metrics.pearson(one, 5 - 2 * one) == pytest.approx(-1)


@pytest.mark.parametrize("still", [[1.0], [], [2.0, 2.0, 2.0]], ids=["one", "none", "constant"])
def test_what_does_not_vary_has_no_correlation(still: list[float]) -> None:
    one, other = np.array(still), np.arange(len(still), dtype=np.float64)
    assert math.isnan(metrics.pearson(one, other))
    assert all(math.isnan(end) for end in metrics.pearson_interval(one, other))


def test_an_interval_is_that_of_the_binomial_for_accuracy() -> None:
    # 80 of 100: the normal approximation gives 0.8 +- 1.96 * 0.04.
    low, high = metrics.interval(np.array([[40, 10], [10, 40]]), metrics.accuracy)
    assert low == pytest.approx(0.8 - 0.0784, abs=0.015)
    assert high == pytest.approx(0.8 + 0.0784, abs=0.015)


def test_an_interval_is_the_same_each_time_and_moves_with_the_seed() -> None:
    counts = np.array([[40, 13], [7, 40]])
    first = metrics.interval(counts, metrics.macro_f1)
    assert metrics.interval(counts, metrics.macro_f1) == first
    assert metrics.interval(counts, metrics.macro_f1, seed=1) != first


def test_an_interval_holds_where_some_resamples_miss_a_class() -> None:
    low, high = metrics.interval(np.array([[30, 0], [0, 1]]), metrics.uar)
    assert (low, high) == (1, 1)


def test_a_correlation_has_an_interval_round_it() -> None:
    rng = np.random.default_rng(3)
    one = rng.normal(size=300)
    other = one + rng.normal(size=300)
    low, high = metrics.pearson_interval(one, other)
    r = metrics.pearson(one, other)
    # Fisher's z gives a width of about 2 * 1.96 * (1 - r^2) / sqrt(n).
    assert low < r < high
    assert high - low == pytest.approx(3.92 * (1 - r**2) / math.sqrt(300), rel=0.3)
