"""A vision model's temperature is fitted on faces and kept, or refused where they are too few."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from empathy_agent.affect import Emotion
from empathy_agent.app import open_eyes
from empathy_agent.benchmarks.calibrate import calibrate
from empathy_agent.errors import SetupError
from empathy_agent.perception.fitted import FILE, read_fitted
from empathy_agent.settings import Settings
from tests.likely_vision import LikelyVision
from tests.test_benchmark_data import faces, fer, quiet, votes

ORDER = (Emotion.HAPPINESS, Emotion.NEUTRAL, Emotion.SADNESS)


class Boasting(LikelyVision):
    """Names an emotion in turn, right two times in three, and is far surer than that."""

    name = "boasting"

    def __init__(self) -> None:
        super().__init__({})
        self.number = -1

    def score(
        self, views: Sequence[Image.Image], prompt: str, options: Sequence[str]
    ) -> list[float]:
        if not all(len(view.getcolors() or []) == 1 for view in views):
            self.number += 1
        said = ORDER[(self.number + (self.number % 3 == 0)) % 3].value
        self.sees = {said: 9.0}
        return super().score(views, prompt, options)


@pytest.fixture
def boasting(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def opened(name: str, **_: object) -> Boasting:
        return Boasting()

    monkeypatch.setattr("empathy_agent.app.open_vision", opened)
    yield


def labelled(folder: Path, n: int) -> Path:
    pictures = np.concatenate([faces(*ORDER, seed=seed) for seed in range(-(-n // 3))])[:n]
    ballots = [votes(**{ORDER[at % 3].value: 9}) for at in range(n)]
    return fer(folder, "valid", pictures, ballots)


def settings(home: Path) -> Settings:
    return Settings(home=home, vision="hf:anything", vision_debias="prior")


def test_a_boasting_model_is_cooled_and_what_was_fitted_is_used(
    boasting: None, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    came = calibrate("ferplus", labelled(tmp_path, 60), settings=settings(home), tell=quiet)
    assert came.n == 60
    assert came.temperature > 2
    assert came.nll[1] < came.nll[0]
    assert came.ece[1] < came.ece[0]
    assert abs(came.accuracy[0] - 2 / 3) < 0.02
    assert came.kept == str(home / FILE)
    kept = read_fitted(home, "boasting")
    assert kept is not None
    assert (kept.temperature, kept.n) == (came.temperature, 60)
    second = open_eyes(settings(home)).second
    assert second is not None
    assert second.name == f"boasting@T{came.temperature:.2f}"


def test_a_calibration_is_told_to_people_and_to_programs(boasting: None, tmp_path: Path) -> None:
    came = calibrate("ferplus", labelled(tmp_path, 51), settings=settings(tmp_path), tell=quiet)
    assert json.loads(came.to_json())["temperature"] == came.temperature
    assert "51 faces" in came.render()
    assert f"temperature {came.temperature:.2f}" in came.render()


def test_too_few_faces_fit_nothing(boasting: None, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="6 faces are too few"):
        calibrate("ferplus", labelled(tmp_path, 6), settings=settings(tmp_path), tell=quiet)
    assert not (tmp_path / FILE).exists()


def test_without_a_vision_model_there_is_nothing_to_fit(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="name one with --vision"):
        calibrate("ferplus", labelled(tmp_path, 3), settings=Settings(), tell=quiet)


def test_texts_have_no_faces_to_fit_on(boasting: None, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,label\nhi,joy\n", encoding="utf-8")
    with pytest.raises(SetupError, match="a task of pictures"):
        calibrate("text", path, settings=settings(tmp_path), tell=quiet)
