"""Labelled sets, read from files of the user's own; nothing of them is kept here."""

import csv
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from empathy_agent.affect import Emotion
from empathy_agent.benchmarks.task import DIMENSIONS, Example, Task
from empathy_agent.errors import SetupError, near
from empathy_agent.perception.decode import PICTURES
from empathy_agent.perception.frames import Window, as_frame
from empathy_agent.perception.sources import read_window
from empathy_agent.perception.words import EIGHT

__all__ = ["TASKS", "load", "majority"]

_ALSO: Mapping[str, Emotion] = {
    "happy": Emotion.HAPPINESS,
    "joy": Emotion.HAPPINESS,
    "joyful": Emotion.HAPPINESS,
    "surprised": Emotion.SURPRISE,
    "sad": Emotion.SADNESS,
    "angry": Emotion.ANGER,
    "disgusted": Emotion.DISGUST,
    "fearful": Emotion.FEAR,
    "afraid": Emotion.FEAR,
    "scared": Emotion.FEAR,
    "contemptuous": Emotion.CONTEMPT,
}
_FACES: Mapping[str, Emotion] = {str(each): each for each in Emotion} | _ALSO
_BOTH = "says two emotions alike"
_NO_LABEL = "no label"
_NO_FOLDER = "in no emotion's folder"
_SHORT = {
    "v": "valence",
    "a": "arousal",
    "d": "dominance",
    "emotion": "label",
    "expression": "label",
    "file": "image",
    "filename": "image",
    "path": "image",
}
"""Other names of columns, taken where the usual name is not there."""


def load(name: str, data: Path, split: str = "valid") -> Task:
    """Read a labelled set.

    Args:
        name: one of `TASKS`.
        data: `ferplus`: the folder of the npz files. `folder`: pictures, in a folder for each
            emotion. `csv`: image,label. `text`: text,label or text,valence,arousal,dominance.
        split: of `ferplus`, and of `text` where the file has a column `split`.

    Raises:
        SetupError: There is no such task, or the data is not what the task needs.
    """
    if name not in TASKS:
        raise SetupError(f"no benchmark {name!r}{near(name, TASKS)}")
    if not data.exists():
        raise SetupError(f"no data at {str(data)!r}; give its place with --data")
    task = TASKS[name](data, split)
    if not task.examples:
        left = "".join(f"; {n} dropped: {why}" for why, n in task.dropped.items())
        raise SetupError(f"nothing to read in {str(data)!r}{left}")
    return task


def majority(votes: NDArray[np.integer]) -> tuple[NDArray[np.int64], dict[str, NDArray[np.bool_]]]:
    """Return the majority of FER+ votes [N, 10], and which pictures have none, by reason.

    The recipe of Barsoum et al. (2016): a single vote is noise. What most people call unknown or no
    face has no emotion, nor has a tie.
    """
    counts = np.where(votes > 1, votes, 0)
    best = counts.max(1)
    tied = (counts == best[:, None]).sum(1) > 1
    label = counts.argmax(1)
    return label, {"no majority": tied, "unknown or no face": ~tied & (label >= len(Emotion))}


def _ferplus(data: Path, split: str) -> Task:
    path = _file_of(data, split)
    images, votes = _arrays(path)
    train = path.with_name("ferplus_train.npz")
    apart = path != train and train.is_file()
    seen = {each.tobytes() for each in _arrays(train)[0]} if apart else set[bytes]()
    fresh = np.array([each.tobytes() not in seen for each in images], bool)
    label, without = majority(votes)
    dropped = {why: int((where & fresh).sum()) for why, where in without.items()}
    kept = fresh & ~np.logical_or.reduce(list(without.values()))
    emotions = list(Emotion)
    return Task(
        "ferplus",
        tuple(
            Example(_still(picture), emotions[int(at)])
            for picture, at in zip(images[kept], label[kept], strict=True)
        ),
        {"also in train": int((~fresh).sum()), **dropped},
        framed=True,
    )


def _file_of(data: Path, split: str) -> Path:
    folder = data / "faces" if (data / "faces").is_dir() else data
    path = folder / f"ferplus_{split}.npz"
    if not path.is_file():
        known = [each.stem.removeprefix("ferplus_") for each in folder.glob("ferplus_*.npz")]
        known = [each for each in known if not each.endswith("_face")]
        told = near(split, known) if known else "; it holds no ferplus_*.npz"
        raise SetupError(f"no split {split!r} in {str(folder)!r}{told}")
    return path


def _arrays(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the pictures of an FER+ file and their votes, in the order of `Emotion`."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            images, votes = np.asarray(arrays["images"]), np.asarray(arrays["votes"])
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise SetupError(f"{str(path)!r} is no FER+ file with images and votes") from error
    if images.ndim != 3 or votes.shape != (len(images), 10) or images.dtype != np.uint8:
        raise SetupError(f"{str(path)!r} needs images uint8 [N, side, side] and votes [N, 10]")
    return images, votes.astype(np.uint8)


def _still(pixels: NDArray[np.uint8]) -> Callable[[], Window]:
    return lambda: Window((as_frame(pixels),))


def _file(path: Path) -> Callable[[], Window]:
    return lambda: read_window(path)


def _folder(data: Path, split: str) -> Task:
    if not data.is_dir():
        raise SetupError(f"{str(data)!r} is no folder; give one with a folder for each emotion")
    folders = sorted(each for each in data.iterdir() if each.is_dir() and each.name[0] not in "._")
    held = {folder: _pictures(folder) for folder in folders}
    truths = {
        folder: _face(_word(folder.name) or folder.name, f"folder {str(folder)!r}")
        for folder, pictures in held.items()
        if pictures or _is_face(folder.name)
    }
    stray = [path for path in data.iterdir() if _is_picture(path)]
    return Task(
        "folder",
        tuple(
            Example(_file(path), truth) for folder, truth in truths.items() for path in held[folder]
        ),
        _counted([_NO_FOLDER] * len(stray)),
    )


def _pictures(folder: Path) -> list[Path]:
    """Return the pictures of an emotion's folder.

    Raises:
        SetupError: It holds folders of emotions itself, as a split does.
    """
    inside = sorted(each.name for each in folder.iterdir() if each.is_dir() and _is_face(each.name))
    if inside and not _is_face(folder.name):
        raise SetupError(f"{str(folder)!r} holds {inside[0]!r} and more: give it with --data")
    return [path for path in sorted(folder.rglob("*")) if _is_picture(path)]


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in PICTURES and path.name[0] != "." and path.is_file()


def _is_face(label: str) -> bool:
    return _word(label).lower() in _FACES


def _word(name: str) -> str:
    """Return a folder's name without the number that sorts it."""
    return name.strip("0123456789_-. ")


def _face(label: str, where: str) -> Emotion:
    name = label.strip().lower()
    if name.lstrip("-").isdigit():
        raise SetupError(f"{where} is a number, and sets count emotions differently: write names")
    if name not in _FACES:
        raise SetupError(f"{where} names no emotion{near(name, _FACES)}")
    return _FACES[name]


def _csv(data: Path, split: str) -> Task:
    rows = list(_rows(data, [("image", "label")]))
    labelled = [(where, row) for where, row in rows if row["label"].strip()]
    return Task(
        "csv",
        tuple(
            Example(
                _file(data.parent / row["image"].strip()),
                _face(row["label"], f"{where}: label {row['label']!r}"),
            )
            for where, row in labelled
        ),
        _counted([_NO_LABEL] * (len(rows) - len(labelled))),
    )


def _text(data: Path, split: str) -> Task:
    rows = _of_split(list(_rows(data, [("text", "label"), ("text", *DIMENSIONS)])), data, split)
    if rows and "label" not in rows[0][1]:
        return Task("text", tuple(Example(row["text"], _rated(row, at)) for at, row in rows))
    truths = [_said(row["label"], where) for where, row in rows]
    return Task(
        "text",
        tuple(
            Example(row["text"], truth)
            for (_, row), truth in zip(rows, truths, strict=True)
            if isinstance(truth, Emotion)
        ),
        _counted([truth for truth in truths if not isinstance(truth, Emotion)]),
    )


def _of_split(
    rows: list[tuple[str, dict[str, str]]], data: Path, split: str
) -> list[tuple[str, dict[str, str]]]:
    """Return the rows of a split, by the column of that name; without such a column, all."""
    named = {row.get("split", "").strip() for _, row in rows} - {""}
    if not named:
        return rows
    # "valid" is what holds when no split was asked for; others call it otherwise.
    meant = [split, "dev", "validation"] if split == "valid" else [split]
    found = next((name for name in meant if name in named), None)
    if found is None:
        raise SetupError(f"no split {split!r} in {str(data)!r}{near(split, named)}")
    return [(where, row) for where, row in rows if row["split"].strip() == found]


def _said(label: str, where: str) -> Emotion | str:
    """Return the emotion of one or several labels, of the eight or of GoEmotions; or why none."""
    names = [each.lower() for each in re.split(r"[\s,;|]+", label) if each]
    if not names:
        return _NO_LABEL
    shares = dict.fromkeys(Emotion, 0.0)
    for name in names:
        if name not in _FACES and name not in EIGHT:
            told = near(name, [*_FACES, *EIGHT])
            raise SetupError(f"{where}: label {name!r} names no emotion{told}")
        part = {_FACES[name]: 1.0} if name in _FACES else EIGHT[name]
        for emotion, share in part.items():
            shares[emotion] += share
    top = max(shares.values())
    likeliest = [emotion for emotion, share in shares.items() if share > top - 1e-9]
    return likeliest[0] if len(likeliest) == 1 else _BOTH


def _rated(row: Mapping[str, str], where: str) -> tuple[float, float, float]:
    try:
        valence, arousal, dominance = (float(row[name]) for name in DIMENSIONS)
    except ValueError as error:
        raise SetupError(f"{where}: {error}; {', '.join(DIMENSIONS)} are numbers") from error
    if not all(map(math.isfinite, (valence, arousal, dominance))):
        raise SetupError(f"{where}: {', '.join(DIMENSIONS)} are finite numbers")
    return valence, arousal, dominance


def _rows(path: Path, headers: Sequence[Sequence[str]]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield where each row stands and its columns, which must be those of one of the headers."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file, delimiter=_delimiter(file.readline()))
            file.seek(0)
            names = _columns(next(lines, list[str]()))
            if not any(set(header) <= set(names) for header in headers):
                wanted = " or ".join(repr(",".join(header)) for header in headers)
                begins = repr(",".join(names)[:80])
                raise SetupError(f"{str(path)!r} begins with {begins}, not with {wanted}")
            for cells in filter(None, lines):
                where = f"{str(path)!r} line {lines.line_num}"
                if len(cells) != len(names):
                    raise SetupError(f"{where}: {len(cells)} cells, not {len(names)}")
                yield where, dict(zip(names, cells, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SetupError(f"{str(path)!r} cannot be read: {error}") from error


def _delimiter(header: str) -> str:
    return next((each for each in "\t," if each in header), ";")


def _columns(header: Sequence[str]) -> list[str]:
    names = [name.strip().lower() for name in header]
    return [
        _SHORT[name] if name in _SHORT and _SHORT[name] not in names else name for name in names
    ]


def _counted(reasons: Sequence[str]) -> dict[str, int]:
    return dict(Counter(reasons))


TASKS: Mapping[str, Callable[[Path, str], Task]] = {
    "ferplus": _ferplus,
    "folder": _folder,
    "csv": _csv,
    "text": _text,
}
"""Each benchmark and what reads its data."""
