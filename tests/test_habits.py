"""On real faces: habits planted in a model that can see are taken away again."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from empathy_agent.affect import Emotion
from empathy_agent.benchmarks import metrics
from empathy_agent.benchmarks.datasets import load
from empathy_agent.benchmarks.run import Eyes, opened, spread
from empathy_agent.perception.expression import ExpressionModel
from empathy_agent.perception.fitted import fit
from empathy_agent.perception.frames import Window
from empathy_agent.perception.framing import REFERENCE, Face
from empathy_agent.perception.track import EMOTIONS
from empathy_agent.settings import Settings
from tests.likely_vision import LikelyVision

HABIT = {"neutral": 3.0, "happiness": 2.5, "contempt": -3.0, "disgust": -2.5, "fear": -2.0}
BOAST = 1.5


class Habitual(LikelyVision):
    """Sees faces as the expert does, and answers with the habits of a general model.

    It favours common answers and the first of a list, and is far surer than it is right.
    """

    def __init__(self) -> None:
        super().__init__({}, likes=HABIT, first=0.4)
        self._expert = ExpressionModel()

    def score(
        self, views: Sequence[Image.Image], prompt: str, options: Sequence[str]
    ) -> list[float]:
        pixels = np.asarray(views[0])
        height, width = pixels.shape[:2]
        # The view has the whole picture in its middle, as the face fills it.
        face = Face((0, 0, width, height), REFERENCE * np.array([width, height], np.float32), 1.0)
        (seen,) = self._expert.read_many([(pixels, face)])
        logs = BOAST * np.log(np.maximum(seen.distribution, 1e-6))
        self.sees = dict(zip(EMOTIONS, logs.tolist(), strict=True))
        return super().score(views, prompt, options)


@pytest.fixture
def habitual(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def open_habitual(name: str, **_: object) -> Habitual:
        return Habitual()

    monkeypatch.setattr("empathy_agent.app.open_vision", open_habitual)
    yield


@pytest.mark.slow
def test_planted_habits_bury_rare_emotions_and_debiasing_finds_them_again(
    habitual: None, data_folder: Path
) -> None:
    task = load("ferplus", data_folder, "valid")
    some = spread(task.examples, 240)
    truth = np.array([EMOTIONS.index(Emotion(str(each.truth))) for each in some])

    def asked(how: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        eyes = Eyes(Settings(vision="hf:any", vision_debias=how), framed=task.framed)
        logs: list[NDArray[np.float64]] = []
        priors: list[NDArray[np.float64]] = []
        for each in some:
            window = opened(each)
            assert isinstance(window, Window)
            opinion = eyes.opinion(window)
            assert opinion is not None
            logs.append(opinion.scores.logs)
            priors.append(opinion.scores.prior)
        return np.array(logs), np.array(priors)

    plain, _ = asked("none")
    logs, priors = asked("prior,order")
    found = fit(logs, priors, truth)
    honest = (logs - found.prior * priors) / found.temperature
    assert uar(logs - priors, truth) > uar(plain, truth) + 0.05
    assert ece(honest, truth) < 0.7 * ece(plain, truth)


def uar(logs: NDArray[np.float64], truth: NDArray[np.intp]) -> float:
    return float(metrics.uar(metrics.confusion(truth, logs.argmax(1), len(Emotion))))


def ece(logs: NDArray[np.float64], truth: NDArray[np.intp]) -> float:
    odds = np.exp(logs - logs.max(axis=1, keepdims=True))
    return metrics.calibration_error(odds / odds.sum(axis=1, keepdims=True), truth)
