"""Recipes against the long tail, and limits of quality, on what is drawn."""

import numpy as np
import torch

from empathy_agent.benchmarks.metrics import guessed
from empathy_agent.training import limits
from empathy_agent.training.corpus import TEACHER
from empathy_agent.training.nets import ExpressionNet
from empathy_agent.training.tail import RECIPES, Recipe, compare, render, teach
from tests.test_training_faces import samples


def skewed(n: int = 3000) -> tuple[np.ndarray, np.ndarray]:
    """Return features of two classes that overlap, one of them rare, and their votes."""
    rng = np.random.default_rng(0)
    rare = rng.random(n) < 0.06
    seen = rng.normal(0, 1, (n, 4)) + rare[:, None] * 1.0
    votes = np.zeros((n, 8), np.float32)
    votes[np.arange(n), rare.astype(int)] = 1
    return seen.astype(np.float32), votes


def found(recipe: Recipe) -> tuple[float, float]:
    seen, votes = skewed()
    head = teach(seen, votes, recipe, steps=120)
    logits = head(torch.from_numpy(seen)).detach().numpy()[:, :2]
    odds = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    came = guessed(odds.astype(np.float64), votes.argmax(1))
    return came.accuracy, came.uar


def test_weight_on_the_rare_buys_uar_with_accuracy() -> None:
    plain = found(Recipe("plain"))
    for recipe in (
        Recipe("adjusted", tau=1.0),
        Recipe("balanced", power=1.0),
        Recipe("after", after=1.0),
    ):
        accuracy, uar = found(recipe)
        assert uar > plain[1] + 0.05
        assert accuracy < plain[0]


def test_half_the_adjustment_lies_between() -> None:
    none, half, all_of_it = (found(Recipe("x", tau=tau))[1] for tau in (0.0, 0.5, 1.0))
    assert none < half < all_of_it


def test_every_recipe_gets_a_row_beside_the_nets_own_head() -> None:
    net = ExpressionNet(len(TEACHER), (8, 8, 8)).eval()
    recipes = RECIPES[:2]
    rows = compare(net, samples(1), (samples(2), samples(2), samples(1)), recipes)
    assert [row.name for row in rows] == ["the net's own head", *(each.name for each in recipes)]
    assert [each.n for each in rows[0].sets] == [16, 16, 8]
    table = render(rows)
    assert table.count("\n| ") == 2 + len(rows)
    assert "balanced sampling | 0." in table


def test_the_more_a_picture_is_spoilt_the_less_is_read() -> None:
    steps = limits.measure(samples(1), limits.WAYS)
    for way in limits.WAYS:
        mine = [each for each in steps if each.way == way.name]
        assert len(mine) == len(way.strengths)
        assert mine[-1].kept <= mine[0].kept
        assert mine[-1].measured != mine[0].measured
    by_size = [each for each in steps if each.way == "smaller"]
    assert [each.measured for each in by_size] == [32, 24, 16, 12, 8]
    assert by_size[-1].kept == 0
    assert "| smaller | 8.000 |" in limits.render(steps, 8)
