"""Labelled sets in, scores out: drawn faces, written files, and readers told what to say."""

import json
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast
from xml.etree import ElementTree

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from empathy_agent.affect import Abstention, Emotion, Pose
from empathy_agent.benchmarks import picture
from empathy_agent.benchmarks.datasets import load, majority
from empathy_agent.benchmarks.framed import TwoWays, WholePicture
from empathy_agent.benchmarks.run import measure, render, run_bench
from empathy_agent.benchmarks.task import Answer, Example, Score, Task
from empathy_agent.errors import SetupError
from empathy_agent.perception.avatar import draw, expression_of
from empathy_agent.perception.expression import ExpressionModel, FrameAffect, Quality
from empathy_agent.perception.faces import FaceFinder
from empathy_agent.perception.frames import Window
from empathy_agent.perception.framing import Face
from empathy_agent.settings import Settings

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


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


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


def votes(**given: int) -> list[int]:
    names = [*map(str, Emotion), "unknown", "NF"]
    return [given.get(name, 0) for name in names]


def test_the_majority_follows_the_recipe_of_fer_plus() -> None:
    label, without = majority(
        np.array(
            [
                votes(happiness=8, neutral=2),
                votes(sadness=2, unknown=1, NF=1, anger=1, fear=1, disgust=1, neutral=1),
                votes(anger=5, disgust=5),
                votes(neutral=4, unknown=6),
                votes(NF=10),
                [1] * 10,
            ]
        )
    )
    assert [list(Emotion)[at] for at in label[:2]] == [HAPPINESS, SADNESS]
    assert without["no majority"].tolist() == [False, False, True, False, False, True]
    assert without["unknown or no face"].tolist() == [False, False, False, True, True, False]


def faces(*emotions: Emotion, seed: int = 0) -> NDArray[np.uint8]:
    """Return drawn faces, cut about as FER2013 cuts them."""
    cut = [
        Image.fromarray(draw(expression_of(each), (240, 240), colour=False, seed=seed)).crop(
            (62, 40, 178, 156)
        )
        for each in emotions
    ]
    return np.stack([np.asarray(each.resize((48, 48))) for each in cut])


def fer(folder: Path, split: str, images: NDArray[np.uint8], ballots: list[list[int]]) -> Path:
    np.savez(folder / f"ferplus_{split}.npz", images=images, votes=np.array(ballots, np.uint8))
    return folder


def test_pictures_of_the_training_set_are_left_out_of_the_others(tmp_path: Path) -> None:
    pictures = faces(HAPPINESS, NEUTRAL, SADNESS)
    ballots = [votes(happiness=9), votes(neutral=5, sadness=5), votes(sadness=9)]
    fer(tmp_path, "train", pictures[2:], ballots[2:])
    fer(tmp_path, "valid", pictures, ballots)
    kept = load("ferplus", tmp_path)
    assert [each.truth for each in kept.examples] == [HAPPINESS]
    assert kept.dropped == {"also in train": 1, "no majority": 1, "unknown or no face": 0}
    assert len(load("ferplus", tmp_path, "train").examples) == 1


def test_a_tight_crop_is_read_without_a_search_for_a_face(tmp_path: Path) -> None:
    fer(tmp_path, "valid", faces(HAPPINESS, HAPPINESS, seed=2), [votes(happiness=9)] * 2)
    came = run_bench("ferplus", tmp_path, tell=quiet)
    assert (came.scored, came.accuracy) == (2, 1.0)
    assert came.models == {"expression-1": 2}


def test_a_tight_crop_without_features_is_doubted_and_not_searched(tmp_path: Path) -> None:
    fer(tmp_path, "valid", np.full((1, 48, 48), 120, np.uint8), [votes(happiness=9)])
    came = run_bench("ferplus", tmp_path, tell=quiet)
    assert (came.scored, sum(came.abstained.values())) == (0, 1)
    assert "no_face" not in came.abstained


def test_a_folder_for_each_emotion_is_read_face_first(tmp_path: Path) -> None:
    for name in ("happy", "Sadness", ".cache"):
        (tmp_path / name).mkdir()
    Image.fromarray(draw(expression_of(HAPPINESS), (320, 240))).save(tmp_path / "happy/1.png")
    Image.new("RGB", (80, 60), "grey").save(tmp_path / "happy/wall.png")
    write(tmp_path / "happy/notes.txt", "no picture")
    write(tmp_path / "Sadness/torn.jpg", "no picture either")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        came = run_bench("folder", tmp_path, tell=quiet)
    assert (came.n, came.scored, came.unreadable) == (3, 1, 1)
    assert came.abstained == {"no_face": 1}
    assert came.recall == {"happiness": 1.0}


def test_folders_without_pictures_and_pictures_without_folder_score_nothing(tmp_path: Path) -> None:
    for name in ("03_sad", "__MACOSX", "notes"):
        (tmp_path / name).mkdir()
    picture = Image.fromarray(draw(expression_of(SADNESS), (64, 64)))
    picture.save(tmp_path / "03_sad/a.PNG")
    picture.save(tmp_path / "lost.png")
    kept = load("folder", tmp_path)
    assert [each.truth for each in kept.examples] == [SADNESS]
    assert kept.dropped == {"in no emotion's folder": 1}


def test_a_csv_may_use_semicolons_and_other_names_of_columns(tmp_path: Path) -> None:
    rows = "Path;Emotion;note\na.png;Happy;x\n b.png ;SAD;\n"
    kept = load("csv", write(tmp_path / "set.csv", rows))
    assert [each.truth for each in kept.examples] == [HAPPINESS, SADNESS]


def test_a_csv_names_pictures_beside_it(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    Image.fromarray(draw(expression_of(HAPPINESS), (320, 240))).save(tmp_path / "pictures/1.png")
    rows = "Image,Label\npictures/1.png,Joy\npictures/gone.png,sad\npictures/1.png,\n"
    came = run_bench("csv", write(tmp_path / "set.csv", rows), tell=quiet)
    assert (came.n, came.scored, came.unreadable, came.accuracy) == (2, 1, 1, 1.0)
    assert came.dropped == {"no label": 1}


def test_a_vision_model_is_asked_besides_the_expert(tmp_path: Path) -> None:
    fer(tmp_path, "valid", faces(HAPPINESS), [votes(happiness=9)])
    came = run_bench(
        "ferplus", tmp_path, settings=Settings(vision="scripted:happiness"), tell=quiet
    )
    assert came.models == {"expression-1+scripted": 1}


def test_labels_of_texts_are_of_the_eight_or_of_goemotions(tmp_path: Path) -> None:
    rows = (
        "text\tlabel\nso glad\tjoy\nthanks\tgratitude\nwell\tapproval\nhm\t\n"
        'ok\t"grief, fear, sad"\n'
    )
    kept = load("text", write(tmp_path / "set.tsv", rows))
    assert [each.truth for each in kept.examples] == [HAPPINESS, HAPPINESS, SADNESS]
    assert kept.dropped == {"says two emotions alike": 1, "no label": 1}


def test_only_the_rows_of_a_split_are_read_where_a_file_has_several(tmp_path: Path) -> None:
    path = write(
        tmp_path / "set.csv", "split,text,label\ntrain,hi,joy\ndev,oh,anger\ntest,no,fear\n"
    )
    assert [each.give for each in load("text", path).examples] == ["oh"]
    assert [each.give for each in load("text", path, "train").examples] == ["hi"]
    with pytest.raises(SetupError, match="no split 'tset'.*did you mean 'test'"):
        load("text", path, "tset")


def test_texts_are_scored_by_their_emotion(tmp_path: Path) -> None:
    rows = (
        'text,label\n"I am so happy today, thank you!",happiness\n'
        '"I miss her, I cry all day",sad\n...,neutral\n'
    )
    came = run_bench("text", write(tmp_path / "set.csv", rows), tell=quiet)
    assert (came.scored, came.accuracy) == (2, 1.0)
    assert came.abstained == {"no_words": 1}


def test_rated_texts_are_scored_by_correlation(tmp_path: Path) -> None:
    rows = (
        "id,V,A,D,text\n1,4.6,3.9,3.5,I am so happy and excited!\n"
        "2,1.4,2.2,2.1,I feel sad and tired.\n3,1.3,4.2,2.0,I am terrified of him!\n"
        "4,3.0,2.6,3.0,The table is made of wood.\n"
    )
    came = run_bench("text", write(tmp_path / "set.csv", rows), tell=quiet)
    valence = came.pearson["valence"]
    assert valence is not None and valence > 0.8
    low, high = came.intervals["valence"]
    assert low <= valence <= high
    assert came.accuracy is None and came.confusion == ()
    assert "r valence" in render(came) and "accuracy" not in render(came)


@dataclass(frozen=True)
class Wrong:
    id: str
    make: Callable[[Path], tuple[str, Path]]
    told: str


def _text(content: str) -> Callable[[Path], tuple[str, Path]]:
    return lambda folder: ("text", write(folder / "set.csv", content))


def _folder(name: str) -> Callable[[Path], tuple[str, Path]]:
    def make(folder: Path) -> tuple[str, Path]:
        (folder / name).mkdir()
        return "folder", folder

    return make


def _split(folder: Path) -> tuple[str, Path]:
    (folder / "train/happy").mkdir(parents=True)
    return "folder", folder


def _numbered(folder: Path) -> tuple[str, Path]:
    return "csv", write(folder / "set.csv", "image,label\na.png,3\n")


def _misnamed(folder: Path) -> tuple[str, Path]:
    (folder / "happines").mkdir()
    write(folder / "happines/a.png", "")
    return "folder", folder


def _damaged(folder: Path) -> tuple[str, Path]:
    write(folder / "ferplus_valid.npz", "no npz")
    return "ferplus", folder


def _misshapen(folder: Path) -> tuple[str, Path]:
    return "ferplus", fer(folder, "valid", np.zeros((2, 48, 48), np.uint8), [[1, 2]] * 2)


def _only_train(folder: Path) -> tuple[str, Path]:
    return "ferplus", fer(folder, "train", np.zeros((1, 48, 48), np.uint8), [votes(fear=9)])


WRONG = (
    Wrong("no such task", lambda folder: ("ferplu", folder), "did you mean 'ferplus'"),
    Wrong("no data", lambda folder: ("csv", folder / "gone.csv"), "gone.csv"),
    Wrong("unknown folder", _misnamed, "did you mean 'happiness'"),
    Wrong("folder of splits", _split, "train' holds 'happy' and more: give it with --data"),
    Wrong("label by number", _numbered, "line 2: label '3' is a number"),
    Wrong("empty folder", _folder("happy"), "nothing to read"),
    Wrong("no npz", lambda folder: ("ferplus", folder), "holds no ferplus_"),
    Wrong("another split", _only_train, "'train'"),
    Wrong("damaged npz", _damaged, "no FER+ file"),
    Wrong("wrong shape", _misshapen, "votes [N, 10]"),
    Wrong("no header", _text("hello,4\n"), "'text,label'"),
    Wrong("empty file", _text(""), "'text,label'"),
    Wrong("header alone", _text("text,label\n"), "nothing to read"),
    Wrong("unknown label", _text("text,label\nhi,hapiness\n"), "line 2: label 'hapiness'"),
    Wrong("no number", _text("text,v,a,d\nhi,1,2,high\n"), "line 2"),
    Wrong("not finite", _text("text,v,a,d\nhi,1,nan,2\n"), "finite"),
    Wrong("short row", _text("text,label\nhi\n"), "1 cells, not 2"),
    Wrong("a folder as file", lambda folder: ("text", folder), "cannot be read"),
    Wrong("a file as folder", lambda f: ("folder", write(f / "a.txt", "")), "is no folder"),
)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.id)
def test_what_the_user_can_fix_is_said_in_one_line(wrong: Wrong, tmp_path: Path) -> None:
    name, data = wrong.make(tmp_path)
    with pytest.raises(SetupError) as caught:
        run_bench(name, data, tell=quiet)
    assert wrong.told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_limit_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="limit"):
        run_bench("text", write(tmp_path / "a.csv", "text,label\nhi,joy\n"), limit=0, tell=quiet)


def test_an_unknown_vision_model_is_refused(tmp_path: Path) -> None:
    fer(tmp_path, "valid", faces(HAPPINESS), [votes(happiness=9)])
    with pytest.raises(SetupError, match="embeded"):
        run_bench("ferplus", tmp_path, settings=Settings(vision="embeded"), tell=quiet)


class Turned:
    """An expert that says happiness of a whole picture, and otherwise what it was told."""

    def __init__(self, upright: Emotion, why_not: Abstention | None = None) -> None:
        self.upright = upright
        self.why_not = why_not

    def warm(self) -> None:
        pass

    def read_many(self, pairs: Sequence[tuple[NDArray[np.uint8], Face]]) -> list[FrameAffect]:
        return [
            self.said(HAPPINESS if at == 0 else self.upright, None if at else self.why_not)
            for at in range(len(pairs))
        ]

    def said(self, emotion: Emotion, why_not: Abstention | None) -> FrameAffect:
        seen = Quality(1, 0.5, 0.3, 48, 0)
        pose = Pose(yaw=0, pitch=0, roll=0)
        return FrameAffect(odds(emotion), np.zeros(2), ("AU1", "AU2"), pose, 1, seen, why_not)


@dataclass
class Found:
    """A finder that finds one face of this side in pixels."""

    size: float

    def warm(self) -> None:
        pass

    def find(self, pixels: NDArray[np.uint8]) -> list[Face]:
        points = np.zeros((5, 2), np.float32)
        return [Face((0, 0, self.size, self.size), points, 1)]


FRAMED = np.zeros((48, 48), np.uint8)


def two_ways(expert: Turned, size: float = 40) -> FrameAffect:
    reader = TwoWays(cast("ExpressionModel", expert), cast("FaceFinder", Found(size)))
    return reader.read_many([(FRAMED, WholePicture().find(FRAMED)[0])])[0]


def test_a_framed_face_is_read_as_framed_and_upright() -> None:
    told = two_ways(Turned(SADNESS)).distribution
    assert told[1] == pytest.approx(told[3])
    assert told[1] > 4 * told[0]
    assert told.sum() == pytest.approx(1)
    assert two_ways(Turned(HAPPINESS)).distribution[1] == pytest.approx(0.79)


def test_a_small_face_within_a_framed_picture_is_somebody_elses() -> None:
    assert two_ways(Turned(SADNESS), size=10).distribution[1] == pytest.approx(0.79)


def test_a_framed_face_that_can_be_read_one_way_alone_is_read_that_way() -> None:
    told = two_ways(Turned(SADNESS, Abstention.BLURRED))
    assert told.why_not is None
    assert told.distribution[3] == pytest.approx(0.79)
