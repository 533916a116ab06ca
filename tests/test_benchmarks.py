"""Readers told what to say are scored, and scores are printed and drawn."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from empathy_agent.affect import Emotion
from empathy_agent.benchmarks import picture
from empathy_agent.benchmarks.run import measure, render
from empathy_agent.benchmarks.task import Answer, Example, Score, Task
from empathy_agent.errors import SetupError
from empathy_agent.perception.frames import Window

NEUTRAL, HAPPINESS, SADNESS = Emotion.NEUTRAL, Emotion.HAPPINESS, Emotion.SADNESS


def quiet(text: str) -> None:
    pass


def odds(emotion: Emotion, sure: float = 0.79) -> NDArray[np.float64]:
    rest = (1 - sure) / 7
    return np.array([sure if each is emotion else rest for each in Emotion])


@dataclass
class Told:
    """A reader that answers what it was told, one after the other."""

    answers: Iterator[Answer]
    warmed: int = 0
    given: list[Window | str] = field(default_factory=list[Window | str])

    def warm(self) -> None:
        self.warmed += 1

    def read(self, given: Window | str) -> Answer:
        self.given.append(given)
        return next(self.answers)


def told(*answers: Emotion | str) -> Told:
    """Return a reader: an emotion is answered, anything else is why it abstains."""
    return Told(
        iter(
            Answer(odds(each), "told") if isinstance(each, Emotion) else Answer(None, "told", each)
            for each in answers
        )
    )


def task(*truths: Emotion) -> Task:
    return Task("text", tuple(Example(f"text {at}", truth) for at, truth in enumerate(truths)))


def broken() -> Window:
    raise SetupError("no picture")


def test_abstained_and_unreadable_are_counted_and_not_scored() -> None:
    examples = (*task(HAPPINESS, HAPPINESS, SADNESS).examples, Example(broken, NEUTRAL))
    came = measure(Task("folder", examples), told(HAPPINESS, "no_face", HAPPINESS), tell=quiet)
    assert (came.n, came.scored, came.unreadable) == (4, 2, 1)
    assert came.abstained == {"no_face": 1}
    assert came.accuracy == 0.5
    assert came.recall == {"happiness": 1.0, "sadness": 0.0}
    assert came.uar == 0.5
    assert came.confusion[1][1] == came.confusion[3][1] == 1
    assert sum(map(sum, came.confusion)) == came.scored


def test_when_all_abstain_there_is_no_score_rather_than_zero() -> None:
    came = measure(task(HAPPINESS, SADNESS), told("dark", "dark"), tell=quiet)
    assert (came.scored, came.abstained) == (0, {"dark": 2})
    assert came.accuracy is None and came.uar is None and came.ece is None
    assert json.loads(came.to_json())["accuracy"] is None
    assert "2 dark" in render(came)


def test_calibration_and_coverage_come_from_the_likeliest_probability() -> None:
    answers = [Answer(odds(HAPPINESS, sure), "told") for sure in (0.9, 0.5)]
    came = measure(task(HAPPINESS, SADNESS), Told(iter(answers)), tell=quiet)
    assert came.ece == pytest.approx((0.1 + 0.5) / 2)
    assert came.coverage["1.0"] == 0.5
    assert came.coverage["0.5"] == 1.0


def test_a_model_that_went_away_meanwhile_shows() -> None:
    answers = [Answer(odds(HAPPINESS), name) for name in ("a+b", "a", "a+b")]
    came = measure(task(*[HAPPINESS] * 3), Told(iter(answers)), tell=quiet)
    assert came.models == {"a+b": 2, "a": 1}


def test_a_limit_takes_from_the_whole_of_a_sorted_set() -> None:
    reader = told(*[HAPPINESS] * 4)
    came = measure(task(*[HAPPINESS] * 6, *[SADNESS] * 6), reader, limit=4, tell=quiet)
    assert came.n == 4
    assert reader.given == ["text 0", "text 3", "text 6", "text 9"]
    assert reader.warmed == 1


def test_progress_is_told_now_and_then_and_not_for_each_item() -> None:
    lines: list[str] = []
    measure(task(*[HAPPINESS] * 500), told(*[HAPPINESS] * 500), tell=lines.append)
    assert lines[0] == "text: 500 to read"
    assert len(lines) < 5


def test_the_score_is_plain_json_and_a_table() -> None:
    came = measure(task(HAPPINESS, SADNESS), told(HAPPINESS, SADNESS), tell=quiet)
    read = json.loads(came.to_json())
    assert (read["n"], read["accuracy"], read["uar"], read["macro_f1"]) == (2, 1.0, 1.0, 1.0)
    assert read["intervals"]["accuracy"] == [1.0, 1.0]
    assert len(read["confusion"]) == len(read["confusion"][0]) == 8
    assert read["ms_median"] >= 0
    table = render(came)
    assert "accuracy (WAR)      1.000  95 % in 1.000 to 1.000" in table
    assert "read by    told (2)" in table
    assert max(map(len, table.splitlines())) <= 100


def test_a_progress_bar_is_told_of_every_item_and_nothing_else_is() -> None:
    lines: list[str] = []
    steps: list[tuple[int, int]] = []
    measure(
        task(HAPPINESS, SADNESS),
        told(HAPPINESS, "dark"),
        tell=lines.append,
        watch=lambda done, of: steps.append((done, of)),
    )
    assert steps == [(0, 2), (1, 2), (2, 2)]
    assert lines == []


def test_the_curve_falls_from_all_answers_to_the_surest() -> None:
    answers = [Answer(odds(HAPPINESS, sure), "told") for sure in (0.9, 0.8, 0.4, 0.3)]
    truths = (HAPPINESS, HAPPINESS, SADNESS, SADNESS)
    curve = dict(measure(task(*truths), Told(iter(answers)), tell=quiet).risk_coverage)
    assert curve[1.0] == 0.5
    assert curve[0.5] == 0
    assert curve[0.75] == pytest.approx(1 / 3)


def test_recalls_and_calibration_have_intervals_too() -> None:
    came = measure(
        task(*[HAPPINESS] * 6, *[SADNESS] * 2), told(*[HAPPINESS] * 5, *[SADNESS] * 3), tell=quiet
    )
    low, high = came.recall_intervals["happiness"]
    assert 0 < low < 5 / 6 < high <= 1
    assert set(came.recall_intervals) == {"happiness", "sadness"}
    assert came.intervals["ece"][0] <= came.intervals["ece"][1]
    assert "0.833" in render(came) and "95 % in" in render(came)


def scored() -> Score:
    return measure(
        task(HAPPINESS, HAPPINESS, SADNESS), told(HAPPINESS, SADNESS, SADNESS), tell=quiet
    )


@pytest.mark.parametrize("name", ["a.png", "a.SVG", "a.jpg", "a.webp"])
def test_a_score_is_drawn(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    picture.save(scored(), file)
    if name.endswith("SVG"):
        drawing = file.read_text(encoding="utf-8")
        assert ElementTree.fromstring(drawing).tag.endswith("svg")
        assert drawing.count(">50%<") == 2
        assert "<polyline" in drawing
    else:
        with Image.open(file) as drawn:
            assert len(np.unique(np.asarray(drawn.convert("L")))) > 20


def test_a_cell_is_the_darker_the_more_of_its_row_it_holds() -> None:
    shades = [each.fill for each in picture.shapes(scored()) if isinstance(each, picture.Box)][1:]
    brightness = [int(each[1:3], 16) for each in shades]
    happiness = brightness[8:16]
    sadness = brightness[24:32]
    assert happiness[1] == happiness[3] < happiness[0]
    assert sadness[3] < happiness[1]


@pytest.mark.parametrize(
    ("name", "told"), [("a.pnj", "did you mean '.png'"), ("gone/a.png", "no place")]
)
def test_a_picture_that_cannot_be_written_is_refused_at_once(
    name: str, told: str, tmp_path: Path
) -> None:
    with pytest.raises(SetupError, match=told):
        picture.check(tmp_path / name)


def test_what_has_no_confusion_matrix_is_not_drawn(tmp_path: Path) -> None:
    nothing = measure(task(HAPPINESS), told("dark"), tell=quiet)
    with pytest.raises(SetupError, match="nothing to draw"):
        picture.save(nothing, tmp_path / "a.png")
    assert not list(tmp_path.iterdir())
