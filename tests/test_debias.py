"""Habits of a vision model are taken away: its prior, and the order of the options."""

from collections.abc import Sequence
from itertools import permutations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from empathy_agent.affect import Emotion
from empathy_agent.errors import ModelUnavailable, ReadingError, SetupError
from empathy_agent.models.vision import VisionModel
from empathy_agent.perception.debias import (
    NONE,
    Debias,
    Mode,
    Priors,
    begin,
    blanks,
    orders,
    score,
)
from tests.likely_vision import LikelyVision

OPTIONS = [emotion.value for emotion in Emotion]
SEES = dict(zip(OPTIONS, [0.4, -1.0, 0.1, 1.6, -0.5, -2.0, 0.9, -1.4], strict=True))
LIKES = dict(zip(OPTIONS, [3.0, 2.0, 0.0, 0.0, 0.0, -1.5, 0.0, -3.0], strict=True))
TRUTH = np.exp([SEES[each] for each in OPTIONS]) / np.exp([SEES[each] for each in OPTIONS]).sum()


def pictures() -> list[Image.Image]:
    drawn = Image.new("RGB", (40, 30))
    drawn.putpixel((3, 3), (200, 10, 10))
    return [drawn, drawn.resize((20, 20))]


def word(mode: Mode, about: Sequence[str]) -> str:
    match mode:
        case "yes-no":
            return f"Does the person show {about[0]}? {about[1]} or {about[-1]}"
        case _:
            return f"One of: {', '.join(about)}."


def asked(
    model: VisionModel,
    how: Debias,
    options: Sequence[str] = OPTIONS,
    priors: Priors | None = None,
    prompt: str = "p",
) -> NDArray[np.float64]:
    found = score(model, pictures(), word, options, how, priors=priors or Priors(), prompt=prompt)
    return found.distribution(how.prior, how.temperature)


PLAIN: list[Debias] = [
    NONE,
    Debias(),
    Debias(orders=8),
    Debias(mode="yes-no"),
    Debias(mode="yes-no", orders=1, prior=0),
    Debias(mode="pairwise"),
    Debias(mode="pairwise", orders=1, prior=0),
]


@pytest.mark.parametrize("how", PLAIN, ids=str)
def test_a_model_without_habits_is_taken_at_its_word_in_every_mode(how: Debias) -> None:
    assert np.allclose(asked(LikelyVision(SEES), how), TRUTH, atol=1e-9)


@pytest.mark.parametrize("mode", ["list", "yes-no", "pairwise"])
def test_a_planted_liking_for_some_answers_is_removed(mode: Mode) -> None:
    model = LikelyVision(SEES, likes=LIKES, says_yes=1.0)
    biased = asked(model, Debias(mode=mode, prior=0))
    assert OPTIONS[int(biased.argmax())] == "neutral"
    assert np.allclose(asked(model, Debias(mode=mode)), TRUTH, atol=1e-6)


def test_half_of_a_prior_can_be_taken_away() -> None:
    model = LikelyVision(SEES, likes=LIKES)
    none, half, whole = (
        asked(model, Debias(prior=share))[OPTIONS.index("contempt")] for share in (0, 0.5, 1)
    )
    assert none < half < whole


@pytest.mark.parametrize("mode", ["list", "pairwise"])
def test_a_planted_liking_for_the_first_answers_is_averaged_out(mode: Mode) -> None:
    model = LikelyVision(SEES, first=0.8)
    assert not np.allclose(asked(model, Debias(mode=mode, orders=1, prior=0)), TRUTH, atol=0.02)
    assert np.allclose(asked(model, Debias(mode=mode, orders=2, prior=0)), TRUTH, atol=1e-9)


def test_averaged_over_all_orders_no_place_counts_whatever_its_habit() -> None:
    class Odd(LikelyVision):
        def score(
            self, views: Sequence[Image.Image], prompt: str, options: Sequence[str]
        ) -> list[float]:
            place = [0.0, 2.0, -1.0, 0.5, 0.0, -3.0, 1.0, 0.2]
            logs = [SEES[option] + place[at] for at, option in enumerate(options)]
            return (np.array(logs) - np.logaddexp.reduce(logs)).tolist()

    assert not np.allclose(asked(Odd(SEES), Debias(prior=0)), TRUTH, atol=0.02)
    assert np.allclose(asked(Odd(SEES), Debias(prior=0, orders=8)), TRUTH, atol=1e-9)


@pytest.mark.parametrize("how", [Debias(), Debias(orders=1), Debias(mode="pairwise")], ids=str)
def test_the_order_in_which_options_are_given_does_not_matter(how: Debias) -> None:
    few = ["fear", "anger", "neutral"]
    model = LikelyVision(SEES, likes=LIKES, first=0.7)
    found = {
        given: dict(zip(given, asked(model, how, given), strict=True))
        for given in permutations(few)
    }
    first = found[("fear", "anger", "neutral")]
    for told in found.values():
        assert all(abs(told[option] - first[option]) < 1e-12 for option in few)


def test_a_prior_is_asked_for_once_for_a_model_a_prompt_options_and_a_number_of_pictures() -> None:
    model, priors = LikelyVision(SEES, likes=LIKES), Priors()
    for _ in range(3):
        asked(model, Debias(), priors=priors)
    once = model.blank
    assert once == 2 * len(blanks(pictures()))
    asked(model, Debias(), priors=priors, prompt="another")
    asked(model, Debias(), ["fear", "anger"], priors=priors)
    asked(model, Debias(orders=4), priors=priors)
    assert model.blank == once * (1 + 1 + 1 + 2)
    score(model, pictures()[:1], word, OPTIONS, Debias(), priors=priors, prompt="p")
    assert model.blank == once * 6


def test_without_a_prior_nothing_blank_is_shown() -> None:
    model = LikelyVision(SEES)
    asked(model, Debias(prior=0))
    assert (model.blank, len(model.asked)) == (0, 2)


def test_blank_pictures_are_as_many_and_as_large() -> None:
    for blank in blanks(pictures()):
        assert [each.size for each in blank] == [(40, 30), (20, 20)]
        assert all(len(each.getcolors() or []) == 1 for each in blank)


def test_a_question_about_nothing_has_its_own_words() -> None:
    model = LikelyVision(SEES)

    def blindly(mode: Mode, about: Sequence[str]) -> str:
        return f"Blindly: {', '.join(about)}."

    score(
        model,
        pictures(),
        word,
        OPTIONS,
        Debias(orders=1),
        priors=Priors(),
        prompt="p",
        blank=blindly,
    )
    prompts = [prompt for _, prompt in model.asked]
    assert sum(prompt.startswith("Blindly") for prompt in prompts) == model.blank == 2
    assert prompts[0].startswith("One of")


def test_a_temperature_flattens_and_keeps_the_order() -> None:
    model = LikelyVision(SEES)
    warm = asked(model, Debias(temperature=3.0))
    assert list(warm.argsort()) == list(TRUTH.argsort())
    assert warm.max() < TRUTH.max()


@pytest.mark.parametrize("n", [2, 3, 4, 5, 7, 8])
def test_in_all_orders_each_option_stands_once_in_each_place(n: int) -> None:
    rows = orders(n, n)
    assert len(rows) == n
    assert all(sorted(place) == list(range(n)) for place in zip(*rows, strict=True))


def test_eight_orders_let_each_option_follow_each_other_once() -> None:
    follows = [pair for row in orders(8, 8) for pair in zip(row, row[1:], strict=False)]
    assert len(follows) == len(set(follows)) == 56


@pytest.mark.parametrize("count", [2, 4, 8])
def test_orders_come_with_their_reverse(count: int) -> None:
    rows = orders(8, count)
    assert len(rows) == count
    assert {row[::-1] for row in rows} == set(rows)


@pytest.mark.parametrize("scores", [[0.0], [float("nan")] * 8, [float("-inf")] * 8])
def test_scores_that_are_no_likelihoods_are_nonsense(scores: list[float]) -> None:
    class Wrong(LikelyVision):
        def score(
            self, views: Sequence[Image.Image], prompt: str, options: Sequence[str]
        ) -> list[float]:
            return scores

    with pytest.raises(ReadingError, match="no likelihoods"):
        asked(Wrong(SEES), Debias())


class Choosing(LikelyVision):
    """Names its choice and no likelihoods, as a server held to a list of choices does."""

    def score(
        self, views: Sequence[Image.Image], prompt: str, options: Sequence[str]
    ) -> list[float]:
        scores = super().score(views, prompt, options)
        return [0.0 if each == max(scores) else -4.0 for each in scores]


def test_from_a_bare_choice_no_prior_is_divided() -> None:
    honest = Choosing({"neutral": 2.0}, likes={"neutral": 1.0})
    assert OPTIONS[int(asked(honest, Debias()).argmax())] == "neutral"
    assert asked(honest, Debias()).max() > 0.8
    assert honest.blank == 0


def test_a_model_that_refuses_to_judge_nothing_has_no_habit_to_take_away() -> None:
    class Refusing(LikelyVision):
        def score(
            self, views: Sequence[Image.Image], prompt: str, options: Sequence[str]
        ) -> list[float]:
            scores = super().score(views, prompt, options)
            if all(len(view.getcolors() or []) == 1 for view in views):
                raise ReadingError("it answered with none of the options", "nobody is there")
            return scores

    assert np.allclose(asked(Refusing(SEES), Debias()), TRUTH, atol=1e-9)


def test_a_model_that_goes_down_while_its_habits_are_asked_for_is_told() -> None:
    class Leaving(LikelyVision):
        def score(
            self, views: Sequence[Image.Image], prompt: str, options: Sequence[str]
        ) -> list[float]:
            if all(len(view.getcolors() or []) == 1 for view in views):
                raise ModelUnavailable("down")
            return super().score(views, prompt, options)

    with pytest.raises(ModelUnavailable):
        asked(Leaving(SEES), Debias())


def test_one_failed_question_of_many_is_told() -> None:
    class Flaky(LikelyVision):
        def score(
            self, views: Sequence[Image.Image], prompt: str, options: Sequence[str]
        ) -> list[float]:
            if options[0] == "disgust":
                raise ModelUnavailable("down")
            return super().score(views, prompt, options)

    with pytest.raises(ModelUnavailable):
        asked(Flaky(SEES), Debias(mode="pairwise"))


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("prior,order", Debias()),
        ("none", NONE),
        ("", NONE),
        ("prior", Debias(orders=1)),
        ("order=8", Debias(orders=8, prior=0)),
        ("pairwise, prior, order", Debias(mode="pairwise")),
        ("yes-no", Debias(mode="yes-no", orders=1, prior=0)),
    ],
)
def test_a_setting_names_what_is_taken_away(text: str, how: Debias) -> None:
    assert Debias.parse(text) == how
    assert Debias.parse(str(how)) == how


@pytest.mark.parametrize("text", ["priors", "order=3", "prior=2", "yesno", "prior;order"])
def test_a_setting_that_names_nothing_is_told(text: str) -> None:
    with pytest.raises(SetupError, match="vision_debias has no") as caught:
        Debias.parse(text)
    assert "\n" not in str(caught.value)


def test_a_task_that_fails_on_its_thread_fails_where_it_is_waited_for() -> None:
    def fail() -> None:
        raise ModelUnavailable("down")

    with pytest.raises(ModelUnavailable):
        begin(fail).result(5)
