"""Labelled sets are read as their recipes say, and what is wrong with one is one line."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from empathy_agent.affect import Emotion
from empathy_agent.benchmarks.datasets import load, majority
from empathy_agent.benchmarks.run import render, run_bench
from empathy_agent.errors import SetupError
from empathy_agent.perception.avatar import draw, expression_of
from empathy_agent.settings import Settings

NEUTRAL, HAPPINESS, SADNESS = Emotion.NEUTRAL, Emotion.HAPPINESS, Emotion.SADNESS


def quiet(text: str) -> None:
    pass


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


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
