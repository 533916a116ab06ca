"""Questions of many threads are answered in one run, and one that fails spoils no other."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from empathy_agent.errors import ModelUnavailable
from empathy_agent.models.local.gather import Gatherer


class Doubler:
    """Doubles numbers, and keeps how many it was given at once; a negative one is an error."""

    def __init__(self, hold: threading.Event | None = None) -> None:
        self.runs: list[int] = []
        self._hold = hold

    def __call__(self, asked: Sequence[int]) -> list[int]:
        self.runs.append(len(asked))
        if self._hold:
            self._hold.wait(10)
        if min(asked) < 0:
            raise ValueError(f"{min(asked)} is negative")
        return [2 * each for each in asked]


def test_one_question_runs_by_itself_and_at_once() -> None:
    double = Doubler()
    assert Gatherer(double).ask(21) == 42
    assert double.runs == [1]


def test_everybody_gets_the_own_answer_in_fewer_runs() -> None:
    hold = threading.Event()
    double = Doubler(hold)
    gatherer = Gatherer(double, most=8)
    with ThreadPoolExecutor(24) as pool:
        asked = [pool.submit(gatherer.ask, each) for each in range(24)]
        _until(lambda: gatherer.waiting == 23)
        hold.set()
        assert [each.result() for each in asked] == [2 * each for each in range(24)]
    assert double.runs == [1, 8, 8, 7]


def test_questions_on_the_way_are_waited_for() -> None:
    double = Doubler()
    gatherer = Gatherer(double, patience=5)
    ready = threading.Barrier(4)

    def ask(number: int) -> int:
        with gatherer.coming():
            ready.wait(5)
            time.sleep(0.02 * number)
        return gatherer.ask(number)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(4))) == [0, 2, 4, 6]
    assert len(double.runs) < 4


def test_the_wait_for_one_that_never_comes_is_short() -> None:
    double = Doubler()
    gatherer = Gatherer(double, patience=0.01)
    with gatherer.coming():
        assert gatherer.ask(1) == 2


def test_an_error_stays_with_the_question_that_raised_it() -> None:
    hold = threading.Event()
    gatherer = Gatherer(Doubler(hold))
    with ThreadPoolExecutor(6) as pool:
        first = pool.submit(gatherer.ask, 1)
        asked = [pool.submit(gatherer.ask, each) for each in (2, -3, 4, -5)]
        _until(lambda: gatherer.waiting == 4)
        hold.set()
        assert first.result() == 2
        assert asked[0].result() == 4
        assert asked[2].result() == 8
        for each, told in ((asked[1], "-3"), (asked[3], "-5")):
            with pytest.raises(ValueError, match=f"{told} is negative"):
                each.result()


def test_too_many_questions_are_refused_and_the_others_answered() -> None:
    hold = threading.Event()
    gatherer = Gatherer(Doubler(hold), room=2)
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(gatherer.ask, 0)]
        _until(lambda: gatherer.waiting == 0 and gatherer.busy)
        asked += [pool.submit(gatherer.ask, each) for each in (1, 2)]
        _until(lambda: gatherer.waiting == 2)
        with pytest.raises(ModelUnavailable, match="2 questions wait already"):
            gatherer.ask(3)
        hold.set()
        assert [each.result() for each in asked] == [0, 2, 4]


def test_whoever_has_the_device_for_long_can_serve_others() -> None:
    gatherer = Gatherer(Doubler())
    with gatherer.alone(), ThreadPoolExecutor(2) as pool:
        asked = pool.submit(gatherer.ask, 4)
        _until(lambda: gatherer.waiting == 1)
        gatherer.serve()
        assert asked.result(5) == 8


def _until(true: Callable[[], bool]) -> None:
    """Wait for other threads to come as far."""
    for _ in range(1000):
        if true():
            return
        time.sleep(0.005)
    raise AssertionError("the other threads did not come")
