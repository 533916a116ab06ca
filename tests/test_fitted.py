"""What was fitted for a vision model is kept in one file, and read back or refused in one line."""

import json
from pathlib import Path

import numpy as np
import pytest

from empathy_agent.errors import SetupError
from empathy_agent.perception.debias import Scores
from empathy_agent.perception.fitted import FILE, Fitted, fit, read_fitted, write_fitted

FITTED = Fitted(prompt="abc", debias="prior", temperature=1.5, prior=0.5, task="folder", n=60)


def drawn(temperature: float, habit: np.ndarray, n: int = 3000) -> tuple[np.ndarray, ...]:
    """Draw labels from known odds, and logs that overstate them and carry a habit."""
    random = np.random.default_rng(3)
    honest = random.normal(0, 1.0, (n, 8))
    odds = np.exp(honest) / np.exp(honest).sum(axis=1, keepdims=True)
    truth = (odds.cumsum(axis=1) < random.random((n, 1))).sum(axis=1)
    logs = temperature * honest + habit
    return logs - np.logaddexp.reduce(logs, axis=1, keepdims=True), truth


def test_a_known_temperature_and_habit_are_found() -> None:
    habit = np.log(np.array([0.5, 0.3, 0.05, 0.05, 0.04, 0.02, 0.03, 0.01]))
    logs, truth = drawn(3.0, habit)
    found = fit(logs, np.tile(habit, (len(logs), 1)), truth)
    assert 2.6 < found.temperature < 3.4
    assert found.prior == 1.0
    assert found.nll[1] < found.nll[0]
    assert found.n == len(truth)


def test_a_prior_that_is_no_habit_is_left_in() -> None:
    logs, truth = drawn(1.0, np.zeros(8))
    misleading = np.tile(np.log([0.9, *[0.1 / 7] * 7]), (len(logs), 1))
    found = fit(logs, misleading, truth)
    assert found.prior == 0.0
    assert 0.9 < found.temperature < 1.1


def test_without_a_prior_the_temperature_alone_is_fitted() -> None:
    logs, truth = drawn(2.0, np.zeros(8))
    found = fit(logs, np.zeros_like(logs), truth, prior=False)
    assert found.prior == 0.0
    assert 1.8 < found.temperature < 2.2


def test_what_was_fitted_makes_the_labels_likelier() -> None:
    habit = np.linspace(-1, 1, 8)
    logs, truth = drawn(2.0, habit)
    priors = np.tile(habit, (len(logs), 1))
    found = fit(logs, priors, truth)
    likely = [
        Scores(row, prior).distribution(found.prior, found.temperature)[label]
        for row, prior, label in zip(logs, priors, truth, strict=True)
    ]
    assert abs(float(-np.log(likely).mean()) - found.nll[1]) < 1e-3


def test_what_was_fitted_is_kept_for_its_model(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert read_fitted(home, "one") is None
    path = write_fitted(home, "one", FITTED)
    write_fitted(home, "two", FITTED.model_copy(update={"temperature": 2.0}))
    write_fitted(home, "one", FITTED.model_copy(update={"temperature": 3.0}))
    found = read_fitted(home, "one")
    assert found is not None
    assert found.temperature == 3.0
    assert sorted(json.loads(path.read_text(encoding="utf-8"))) == ["one", "two"]
    assert [each.name for each in home.iterdir()] == [FILE]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"one": {}}',
        '{"one": {"prompt": "a", "debias": "", "temperature": -1, "prior": 0}}',
    ],
)
def test_a_damaged_file_is_told_in_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    for attempt in (
        lambda: read_fitted(tmp_path, "one"),
        lambda: write_fitted(tmp_path, "one", FITTED),
    ):
        with pytest.raises(SetupError, match="is damaged; remove it") as caught:
            attempt()
        assert "\n" not in str(caught.value)
    assert (tmp_path / FILE).read_text(encoding="utf-8") == text


def test_a_home_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("", encoding="utf-8")
    with pytest.raises(SetupError):
        write_fitted(tmp_path / "home", "one", FITTED)
