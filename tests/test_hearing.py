"""A turn waits for the vision model so long and no longer; what comes late joins the next."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from empathy_agent.affect import Emotion
from empathy_agent.errors import ModelUnavailable, ReadingError, SetupError
from empathy_agent.perception.asking import Asking, SecondOpinion
from empathy_agent.perception.debias import Debias
from empathy_agent.perception.hearing import KEPT_S, Heard, Hearing
from tests.likely_vision import LikelyVision, answered
from tests.looks import seen_of

LOOK, SEEN = seen_of()
PLAIN = Debias(orders=1, prior=0)


class Slow(LikelyVision):
    """Answers when it is let go, or at once while it is free."""

    def __init__(self, sees: str = "fear", answer: str = "") -> None:
        super().__init__({sees: 3.0}, answer=answer)
        self.free = threading.Event()
        self.began = 0

    def score(
        self, views: Sequence[Image.Image], prompt: str, options: Sequence[str]
    ) -> list[float]:
        self.began += 1
        assert self.free.wait(10)
        return super().score(views, prompt, options)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def hearing(model: LikelyVision, clock: Clock | None = None, budget_s: float = 0.02) -> Hearing:
    asking = Asking(PLAIN, describe=bool(model.answers), budget_s=budget_s)
    return Hearing(SecondOpinion(model, asking), clock=clock or Clock())


@pytest.fixture
def slow() -> Iterator[Callable[..., Slow]]:
    made: list[Slow] = []

    def make(*args: str) -> Slow:
        made.append(Slow(*args))
        return made[-1]

    yield make
    for model in made:
        model.free.set()


def test_an_opinion_in_time_is_heard(slow: Callable[..., Slow]) -> None:
    model = slow()
    model.free.set()
    heard = hearing(model, budget_s=10).hear(LOOK, SEEN, "ana/1")
    assert heard.opinion is not None
    assert (heard.opinion.ranked[0][0], heard.opinion.worth) == (Emotion.FEAR, 1.0)
    assert heard.notes == ()


def test_a_turn_goes_on_without_an_opinion_that_is_late(slow: Callable[..., Slow]) -> None:
    heard = hearing(slow()).hear(LOOK, SEEN, "ana/1")
    assert heard == Heard(None, ("vision took too long: the expert alone reads",))


def test_a_late_opinion_joins_the_next_turn_for_less(slow: Callable[..., Slow]) -> None:
    model, clock = slow(), Clock()
    ears = hearing(model, clock)
    ears.hear(LOOK, SEEN, "ana/1")
    model.free.set()
    answered()
    model.free.clear()
    clock.now += 20
    heard = ears.hear(LOOK, SEEN, "ana/1")
    assert heard.opinion is not None
    assert heard.opinion.ranked[0][0] == Emotion.FEAR
    assert abs(heard.opinion.worth - 0.5) < 1e-9
    assert heard.notes == ("vision took too long: what it saw 20 s ago counts instead, for less",)


def test_an_opinion_in_time_makes_a_late_one_needless(slow: Callable[..., Slow]) -> None:
    model, clock = slow(), Clock()
    ears = hearing(model, clock, budget_s=0.5)
    ears.hear(LOOK, SEEN, "ana/1")
    model.free.set()
    answered()
    heard = ears.hear(LOOK, SEEN, "ana/1")
    assert heard.opinion is not None
    assert (heard.opinion.worth, heard.notes) == (1.0, ())


def test_a_stale_opinion_is_dropped(slow: Callable[..., Slow]) -> None:
    model, clock = slow(), Clock()
    ears = hearing(model, clock)
    ears.hear(LOOK, SEEN, "ana/1")
    model.free.set()
    answered()
    model.free.clear()
    clock.now += KEPT_S + 1
    assert ears.hear(LOOK, SEEN, "ana/1").opinion is None


@pytest.mark.parametrize("other", ["ben/1", "ana/2"])
def test_nobody_else_hears_a_late_opinion(slow: Callable[..., Slow], other: str) -> None:
    model = slow()
    ears = hearing(model)
    ears.hear(LOOK, SEEN, "ana/1")
    model.free.set()
    answered()
    model.free.clear()
    assert ears.hear(LOOK, SEEN, other).opinion is None


def test_a_forgotten_opinion_is_not_heard(slow: Callable[..., Slow]) -> None:
    model = slow()
    ears = hearing(model)
    ears.hear(LOOK, SEEN, "ana/1")
    model.free.set()
    answered()
    model.free.clear()
    ears.forget("ana/1")
    assert ears.hear(LOOK, SEEN, "ana/1").opinion is None


def test_a_model_that_hangs_is_not_asked_again_meanwhile(slow: Callable[..., Slow]) -> None:
    model = slow()
    ears = hearing(model)
    notes = [ears.hear(LOOK, SEEN, "ana/1").notes for _ in range(5)]
    assert model.began == 1
    assert notes[-1] == ("vision is still at an earlier moment: the expert alone reads",)


def test_many_conversations_open_only_so_many_questions(slow: Callable[..., Slow]) -> None:
    model = slow()
    ears = hearing(model, budget_s=0.001)
    heard = [ears.hear(LOOK, SEEN, f"user {number}/1") for number in range(40)]
    assert all(each.opinion is None for each in heard)
    assert model.began <= 16
    assert heard[-1].notes == ("vision is busy: the expert alone reads",)


def test_without_a_conversation_the_answer_is_waited_for(slow: Callable[..., Slow]) -> None:
    model = slow()
    threading.Timer(0.1, model.free.set).start()
    assert hearing(model).hear(LOOK, SEEN, None).opinion is not None


class Failing(LikelyVision):
    def __init__(self, error: Exception) -> None:
        super().__init__({})
        self._error = error

    def score(
        self, views: Sequence[Image.Image], prompt: str, options: Sequence[str]
    ) -> list[float]:
        raise self._error


@pytest.mark.parametrize("error", [ModelUnavailable("down"), ReadingError("what?", "a secret")])
@pytest.mark.parametrize("session", ["ana/1", None])
def test_a_model_that_fails_is_told_and_never_quoted(
    error: Exception, session: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    heard = hearing(Failing(error), budget_s=10).hear(LOOK, SEEN, session)
    assert heard == Heard(None, ("vision unavailable",))
    assert "secret" not in caplog.text
    assert type(error).__name__ in caplog.text


def test_a_turn_goes_on_where_the_user_could_mend_the_model(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ears = hearing(Failing(SetupError("the server wants a key")), budget_s=10)
    assert ears.hear(LOOK, SEEN, "ana/1") == Heard(None, ("vision unavailable",))
    assert "the server wants a key" in caplog.text
    with pytest.raises(SetupError, match="wants a key"):
        ears.hear(LOOK, SEEN, None)


def test_a_question_that_failed_late_is_not_heard(slow: Callable[..., Slow]) -> None:
    class FailsLate(Slow):
        def score(
            self, views: Sequence[Image.Image], prompt: str, options: Sequence[str]
        ) -> list[float]:
            self.began += 1
            assert self.free.wait(10)
            raise ModelUnavailable("down")

    model = FailsLate()
    ears = hearing(model)
    ears.hear(LOOK, SEEN, "ana/1")
    model.free.set()
    heard = ears.hear(LOOK, SEEN, "ana/1")
    assert heard.opinion is None


def test_words_come_with_the_opinion_when_there_is_time(slow: Callable[..., Slow]) -> None:
    model = slow("fear", "agree: no\nfelt: on edge\nseen: eyes widened")
    model.free.set()
    heard = hearing(model, budget_s=10).hear(LOOK, SEEN, "ana/1")
    assert heard.opinion is not None
    assert heard.opinion.description is not None
    assert heard.opinion.description.felt == ("on edge",)


@pytest.mark.parametrize("session", ["ana/1", None])
def test_words_that_fail_do_not_cost_the_opinion(session: str | None) -> None:
    class Mute(LikelyVision):
        def answer(self, *args: object, **kwargs: object) -> str:
            raise ModelUnavailable("down")

    heard = hearing(Mute({"fear": 3.0}, answer="yes"), budget_s=10).hear(LOOK, SEEN, session)
    assert heard.opinion is not None
    assert (heard.opinion.description, heard.notes) == (None, ())


def test_words_that_come_late_do_not_cost_the_opinion() -> None:
    free = threading.Event()

    class Wordy(LikelyVision):
        def answer(self, *args: object, **kwargs: object) -> str:
            free.wait(10)
            return ""

    heard = hearing(Wordy({"fear": 3.0}, answer="yes"), budget_s=0.3).hear(LOOK, SEEN, "ana/1")
    free.set()
    assert heard.opinion is not None
    assert heard.opinion.description is None


def test_an_answer_that_takes_too_long_is_told() -> None:
    free = threading.Event()

    class Wordy(LikelyVision):
        def answer(self, *args: object, **kwargs: object) -> str:
            free.wait(10)
            return ""

    with pytest.raises(ModelUnavailable, match=r"longer than 0\.02 s"):
        hearing(Wordy({})).answer(LOOK, SEEN, "what changed?")
    free.set()


def test_an_answer_in_time_is_given() -> None:
    model = LikelyVision({}, answer="The brows seem to rise.")
    assert hearing(model, budget_s=10).answer(LOOK, SEEN, "what?") == "The brows seem to rise."


def test_many_threads_hear_their_own(slow: Callable[..., Slow]) -> None:
    model = slow()
    model.free.set()
    ears = hearing(model, budget_s=10)
    names = [f"user {number}/1" for number in range(32)]
    with ThreadPoolExecutor(8) as pool:
        heard = list(pool.map(ears.hear, [LOOK] * 32, [SEEN] * 32, names))
    assert all(each.opinion is not None for each in heard)
