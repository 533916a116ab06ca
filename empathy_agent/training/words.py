# pyright: basic, reportMissingImports=false
"""Train the net that reads words: `python -m empathy_agent.training.words --data PATH`.

GoEmotions teaches the labels, EmoBank valence, arousal and dominance, and a thousand sentences of
our own what neither has. What a large encoder says of texts that nobody rated (`teacher.py`) helps
with those three, and so do twenty thousand sentences of reviews, tweets and editorials that twenty
people rated from bad to good (Hutto & Gilbert, 2014), where the files are given. A twelfth of the
training texts, chosen by a hash of their ids, is held out to calibrate on; the dev splits are only
measured.
"""

import argparse
import csv
import hashlib
import html
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from empathy_agent.errors import SetupError
from empathy_agent.models.embedder import SHARED, MiniLM
from empathy_agent.models.minilm import Encoder
from empathy_agent.models.wordnet import LABELS, WEIGHTS, unpacked
from empathy_agent.perception.surface import features, plain
from empathy_agent.training.adapt import (
    Adapted,
    Alone,
    Examples,
    Recipe,
    fit,
    lower,
    scores,
    start_from,
)
from empathy_agent.training.checksums import make_folder, report, write_arrays
from empathy_agent.training.fitting import beside, blended, calibrated, table
from empathy_agent.training.noise import mistyped, noisy
from empathy_agent.training.packing import export, joined, mean_of, restore
from empathy_agent.training.phrases import phrases

__all__ = ["Row", "load", "main", "mixed", "polished", "train"]

_CALIBRATED_ON = 21
"""Of 256 values of a hash, those that hold a text out."""
_PHRASES_TIMES = 3
"""How often a sentence of ours is seen in an epoch as it is, and once less typed badly."""
_RATED_TIMES = 2
"""How often a text with valence is seen in an epoch as it is, and once more typed badly."""
_SELDOM = 0.2
"""The share of the comments that is typed badly in the first stage."""
_SENTIMENT_SPREAD = 1.5
"""About the standard deviation of the rated sentiments."""
_RATINGS = ("amazonReviewSnippets", "movieReviewSnippets", "nytEditorialSnippets", "tweets")

POLISH = Recipe(epochs=1, rate=5e-4, head_rate=5e-4, bag_rate=3e-3)
"""How the second stage trains, over `polished` texts."""
_NETS = 2
"""Nets whose mean is read; they start and see their texts in other orders."""
_SEEDS = (0, 1)
"""Of its two runs."""
_POLISHED = 12_000
"""Comments that the second stage sees, or more if more have an opinion."""
_NOISY = 0.4
"""The share of them that is typed badly."""

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Row:
    """One labelled text."""

    text: str
    split: str
    """`train`, `held` (for calibration) or `dev`."""
    labels: tuple[str, ...] | None = None
    dimensions: tuple[float, float, float] | None = None
    """Valence, arousal, dominance in [-1, 1]."""
    sentiment: float | None = None
    """From bad to good, -4 to 4."""
    opinion: tuple[float, float, float] | None = None
    """What a larger model says the dimensions are, where nobody rated them."""


def load(data: Path, ratings: Path | None = None, opinions: Path | None = None) -> list[Row]:
    """Read GoEmotions and EmoBank, and rated sentences and opinions where there are any.

    Args:
        data: the folder that holds `text/goemotions` and `text/emobank`.
        ratings: the folder `hutto_ICWSM_2014` from the source of vaderSentiment 3.3.2.
        opinions: the file that `training/teacher.py` wrote.

    Raises:
        SetupError: They are not there.
    """
    try:
        rows = [*_goemotions(data / "text/goemotions/original"), *_emobank(data / "text/emobank")]
    except OSError as error:
        raise SetupError(f"no text data under {str(data)!r}; point --data at the folder") from error
    if opinions is not None:
        rows = _with_opinions(rows, opinions)
    try:
        return [*rows, *(_sentiments(ratings) if ratings else ())]
    except OSError as error:
        raise SetupError(
            f"no ratings under {str(ratings)!r}; point --ratings at hutto_ICWSM_2014"
        ) from error


def _goemotions(folder: Path) -> list[Row]:
    names = (folder / "labels.txt").read_text(encoding="utf-8").split()
    rows: list[Row] = []
    for split in ("train", "dev"):
        for line in (folder / f"{split}.tsv").read_text(encoding="utf-8").splitlines():
            text, ids, key = line.split("\t")
            labels = tuple(names[int(each)] for each in ids.split(","))
            rows.append(Row(text, _split(split, key), labels))
    return rows


def _emobank(folder: Path) -> list[Row]:
    rows: list[Row] = []
    with (folder / "emobank_train_dev.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            valence, arousal, dominance = ((float(row[name]) - 3) / 2 for name in "VAD")
            split = _split(row["split"], row["id"])
            rows.append(Row(row["text"], split, dimensions=(valence, arousal, dominance)))
    return rows


def _with_opinions(rows: Sequence[Row], file: Path) -> list[Row]:
    """Return the rows with the opinions of their texts, and rows of the texts that none has."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
        known = {(each := json.loads(line))["text"]: tuple(each["opinion"]) for line in lines}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SetupError(
            f"no opinions in {str(file)!r}; make them by training/teacher.py"
        ) from error
    given = [
        replace(row, opinion=known.pop(row.text))
        if row.split == "train" and row.dimensions is None and row.text in known
        else row
        for row in rows
    ]
    return [*given, *(Row(text, "train", opinion=opinion) for text, opinion in known.items())]


def _sentiments(folder: Path) -> Iterator[Row]:
    for name in _RATINGS:
        file = folder / f"{name}_GroundTruth.txt"
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            _, rating, text = line.split("\t", 2)
            yield Row(html.unescape(text), "train", sentiment=float(rating))


def _split(split: str, key: str) -> str:
    if split == "dev":
        return "dev"
    held = hashlib.sha256(key.encode()).digest()[0] < _CALIBRATED_ON
    return "held" if held else "train"


def _examples(rows: Sequence[Row], encoder: Encoder, centre: Any, spread: Any) -> Examples:
    texts = [plain(row.text) for row in rows]
    labels = np.full((len(rows), len(LABELS)), np.nan, np.float32)
    dimensions = np.full((len(rows), 4), np.nan, np.float32)
    for index, row in enumerate(rows):
        if row.labels is not None:
            labels[index] = [name in row.labels for name in LABELS]
        rated = row.dimensions or row.opinion
        if rated is not None:
            dimensions[index, :3] = (np.array(rated) - centre) / spread
        if row.sentiment is not None:
            dimensions[index, 3] = row.sentiment / _SENTIMENT_SPREAD
    # Comments are short; the few longer ones only cost time here.
    pieces = [[*ids[:63], *ids[63:][-1:]] for ids in map(encoder.pieces, texts)]
    return Examples(pieces, [features(text) for text in texts], labels, dimensions)


def _taught(rows: Sequence[Row]) -> list[Row]:
    own = [Row(text, "train", labels) for text, labels in phrases()] * _PHRASES_TIMES
    return [*(row for row in rows if row.split == "train"), *own]


def _rated(rows: Sequence[Row]) -> tuple[Any, Any]:
    values = np.array([row.dimensions for row in rows if row.dimensions is not None])
    return values.mean(axis=0), np.maximum(values.std(axis=0), 1e-3)


def train(
    rows: Sequence[Row],
    recipe: Recipe,
    keep: Path | None = None,
    start: Mapping[str, NDArray[Any]] | None = None,
) -> Arrays:
    """Return the trained and calibrated arrays, as `WordNet` takes them.

    Args:
        rows: texts of the splits `train` and `held`.
        recipe: how.
        keep: a file for what the shared layers give, which another run over the same texts
            takes from there; about 1.5 GB.
        start: arrays of an earlier run; the first stage is skipped.
    """
    encoder = MiniLM().encoder()
    taught, held = _taught(rows), [row for row in rows if row.split == "held"]
    scale, prior = _rated(taught), _prior(taught)
    kept = _examples(held, encoder, *scale)
    finish = _Finish(rows, encoder, kept, scale)
    nets: list[Arrays] = []
    for index in range(_NETS):
        mine = replace(recipe, seed=index)
        start_from(index)
        alone, whole = Alone(prior), Adapted(encoder, prior, mine)
        if start is None:
            begun = _examples(mixed(rows), encoder, *scale)
            _teach(alone, whole, begun, encoder, mine, keep)
        else:
            known = unpacked(start)
            restore(known[min(index, len(known) - 1)], alone, whole)
        _polish(alone, whole, rows, encoder, scale)
        nets.append(finish(alone, whole))
    return joined(nets)


class _Finish:
    """Calibrates a net on the texts that are held out; what all nets need is run once."""

    def __init__(
        self, rows: Sequence[Row], encoder: Encoder, kept: Examples, scale: tuple[Any, Any]
    ) -> None:
        known = [row for row in rows if row.split == "train" and (row.dimensions or row.opinion)]
        plainly = _examples(known, encoder, *scale)
        means = np.empty((len(known), SHARED + 1, 384), np.float32)
        lower(encoder, plainly.pieces, report, means)
        seen = np.empty((len(kept.pieces), SHARED + 1, 384), np.float32)
        self._states = lower(encoder, kept.pieces, report, seen)
        self._kept, self._scale = kept, scale
        self._ridge = beside(means, plainly.dimensions[:, :3])
        weights, offset = self._ridge
        self._more = seen.reshape(len(seen), -1) @ weights + offset

    def __call__(self, alone: Alone, whole: Adapted) -> Arrays:
        """Return a net as it is read."""
        kept = self._kept
        arrays: Arrays = {"eight.table": table()} | export(alone, whole)
        by_itself = scores(alone, kept.features, self._states)
        arrays |= calibrated("alone", by_itself, kept.labels)
        said = scores(whole, kept.features, self._states)
        arrays |= calibrated("whole", said, kept.labels)
        truth = kept.dimensions[:, :3]
        return arrays | blended(said[:, -3:], self._more, truth, self._ridge, self._scale)


def _prior(taught: Sequence[Row]) -> NDArray[np.float32]:
    labels = [row.labels for row in taught if row.labels is not None]
    return np.array([[name in each for name in LABELS] for each in labels], np.float32).mean(axis=0)


def _teach(
    alone: Alone,
    whole: Adapted,
    examples: Examples,
    encoder: Encoder,
    recipe: Recipe,
    keep: Path | None,
) -> None:
    """Run the first stage, over everything."""
    prior = np.nanmean(examples.labels, axis=0)
    known = _shared(encoder, examples.pieces, keep)
    for net in (alone, whole):
        fit(net, examples, known, recipe, report, prior=prior)


def _polish(
    alone: Alone, whole: Adapted, rows: Sequence[Row], encoder: Encoder, scale: tuple[Any, Any]
) -> None:
    """Run the second stage twice from where the first ended, and leave the mean of both."""
    begun, prior = export(alone, whole), _prior(_taught(rows))
    ends: list[Arrays] = []
    for seed in _SEEDS:
        restore(begun, alone, whole)
        last = _examples(polished(rows, seed), encoder, *scale)
        states = lower(encoder, last.pieces, report)
        fit(whole, last, states, replace(POLISH, seed=seed), report, prior=prior)
        ends.append(export(alone, whole))
    restore(mean_of(ends), alone, whole)


def mixed(rows: Sequence[Row], seed: int = 0) -> list[Row]:
    """Return what the first stage sees: everything, some of it typed badly.

    Args:
        rows: all of them; only those of the split `train` are used.
        seed: chooses which.
    """
    rng = Random(seed)
    taught = [row for row in rows if row.split == "train"]
    comments = [_typed(row, rng) if rng.random() < _SELDOM else row for row in taught if row.labels]
    rated = [row for row in taught if row.dimensions is not None]
    others = [row for row in taught if row.sentiment is not None or _unlabelled(row)]
    slips = [replace(row, text=mistyped(row.text, rng)) for row in rated]
    ours = [Row(text, "train", labels) for text, labels in phrases()]
    typed = [_typed(row, rng) for row in ours * (_PHRASES_TIMES - 1)]
    return [*comments, *rated * _RATED_TIMES, *slips, *others, *ours * _PHRASES_TIMES, *typed]


def _typed(row: Row, rng: Random) -> Row:
    return replace(row, text=noisy(row.text, row.labels or (), rng))


def polished(rows: Sequence[Row], seed: int = 0) -> list[Row]:
    """Return what the second stage sees: texts as they are typed, and all with ratings or opinions.

    Args:
        rows: all of them; only those of the split `train` are used.
        seed: chooses which.
    """
    rng = Random(seed)
    taught = [row for row in rows if row.split == "train"]
    comments = [row for row in taught if row.labels is not None]
    rated = [row for row in taught if row.dimensions is not None]
    told = [row for row in comments if row.opinion is not None]
    rest = [row for row in comments if row.opinion is None]
    drawn = [*told, *rng.sample(rest, min(len(rest), max(0, _POLISHED - len(told))))]
    others = [row for row in taught if _unlabelled(row)]
    changed = [_typed(row, rng) if rng.random() < _NOISY else row for row in drawn]
    slips = [
        replace(row, text=mistyped(row.text, rng)) if rng.random() < _NOISY else row
        for row in rated
    ]
    ours = [Row(text, "train", labels) for text, labels in phrases()] * _PHRASES_TIMES
    typed = [_typed(row, rng) for row in ours]
    return [*changed, *slips, *others, *ours, *typed]


def _unlabelled(row: Row) -> bool:
    return row.opinion is not None and row.labels is None


def _shared(encoder: Encoder, pieces: list[list[int]], keep: Path | None) -> list[Any]:
    ends = np.cumsum([len(each) for each in pieces])
    if keep is not None and keep.exists():
        whole = np.load(keep, mmap_mode="r")
        if len(whole) == ends[-1]:
            return np.split(whole, ends[:-1])
    states = lower(encoder, pieces, report)
    if keep is not None:
        np.save(keep, np.concatenate(states))
    return states


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, write the weights, and say where they are; `tests/benchmarks/words.py` measures.

    Args:
        arguments: of the command line, instead of the process's.
    """
    parser = argparse.ArgumentParser(prog="python -m empathy_agent.training.words")
    parser.add_argument("--data", type=Path, required=True, help="folder with text/goemotions")
    here = Path(__file__).parents[1] / "models" / "weights"
    parser.add_argument("--ratings", type=Path, help="hutto_ICWSM_2014 of vaderSentiment 3.3.2")
    parser.add_argument("--opinions", type=Path, help="what training/teacher.py wrote")
    parser.add_argument("--out", type=Path, default=here, help="folder for the weights")
    parser.add_argument("--epochs", type=float, default=Recipe.epochs)
    parser.add_argument("--keep", type=Path, help="file for the shared layers, 1.5 GB")
    parser.add_argument("--start", type=Path, help="an earlier run: the last stage alone")
    given = parser.parse_args(arguments)
    make_folder(given.out)
    rows = load(given.data, given.ratings, given.opinions)
    start = None if given.start is None else dict(np.load(given.start, allow_pickle=False))
    arrays = train(rows, Recipe(epochs=given.epochs), given.keep, start)
    write_arrays(arrays, given.out, WEIGHTS)
    report(f"wrote {given.out / WEIGHTS}")


if __name__ == "__main__":
    main()
