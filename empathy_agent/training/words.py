# pyright: basic, reportMissingImports=false
"""Train the net that reads words: `python -m empathy_agent.training.words --data PATH`.

GoEmotions teaches the labels, EmoBank valence, arousal and dominance, and a few hundred sentences
of our own what neither has. A twelfth of the training texts, chosen by a hash of their ids, is held
out to calibrate on; the dev splits are only measured.
"""

import argparse
import csv
import hashlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from empathy_agent.affect import Emotion
from empathy_agent.errors import SetupError
from empathy_agent.models.embedder import MiniLM
from empathy_agent.models.minilm import Encoder
from empathy_agent.models.wordnet import LABELS, MATRICES, WEIGHTS
from empathy_agent.perception.surface import features, plain
from empathy_agent.perception.words import EIGHT
from empathy_agent.training.adapt import Adapted, Alone, Examples, Recipe, fit, lower, scores
from empathy_agent.training.checksums import record
from empathy_agent.training.phrases import phrases

__all__ = ["Row", "calibrate_labels", "export", "load", "main", "settled", "table", "train"]

_CALIBRATED_ON = 21
"""Of 256 values of a hash, those that hold a text out."""
_PHRASES_TIMES = 3
"""How often a sentence of ours is seen in an epoch."""

SETTLE = Recipe(epochs=2.5, rate=1e-3, head_rate=1e-3, bag_rate=1e-2)
"""How the second stage trains: a short one, over `settled` examples."""
_SETTLED_TIMES = 3
"""How often the sentences of ours, three times each already, come in the second stage."""

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


def load(data: Path) -> list[Row]:
    """Read GoEmotions and EmoBank.

    Args:
        data: the folder that holds `text/goemotions` and `text/emobank`.

    Raises:
        SetupError: They are not there.
    """
    try:
        return [*_goemotions(data / "text/goemotions/original"), *_emobank(data / "text/emobank")]
    except OSError as error:
        raise SetupError(f"no text data under {str(data)!r}; point --data at the folder") from error


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


def _split(split: str, key: str) -> str:
    if split == "dev":
        return "dev"
    held = hashlib.sha256(key.encode()).digest()[0] < _CALIBRATED_ON
    return "held" if held else "train"


def table() -> NDArray[np.float32]:
    """Return [28, 8]: what share of each label each emotion has."""
    emotions = list(Emotion)
    shares = np.zeros((len(LABELS), len(emotions)), np.float32)
    for index, label in enumerate(LABELS):
        for emotion, share in EIGHT[label].items():
            shares[index, emotions.index(emotion)] = share
    return shares


def _examples(rows: Sequence[Row], encoder: Encoder, centre: Any, spread: Any) -> Examples:
    texts = [plain(row.text) for row in rows]
    labels = np.full((len(rows), len(LABELS)), np.nan, np.float32)
    dimensions = np.full((len(rows), 3), np.nan, np.float32)
    for index, row in enumerate(rows):
        if row.labels is not None:
            labels[index] = [name in row.labels for name in LABELS]
        if row.dimensions is not None:
            dimensions[index] = (np.array(row.dimensions) - centre) / spread
    # Comments are short; the few longer ones only cost time here.
    pieces = [[*ids[:63], *ids[63:][-1:]] for ids in map(encoder.pieces, texts)]
    return Examples(pieces, [features(text) for text in texts], labels, dimensions)


def _taught(rows: Sequence[Row]) -> list[Row]:
    own = [Row(text, "train", labels) for text, labels in phrases()] * _PHRASES_TIMES
    return [*(row for row in rows if row.split == "train"), *own]


def _rated(rows: Sequence[Row]) -> tuple[Any, Any]:
    values = np.array([row.dimensions for row in rows if row.dimensions is not None])
    return values.mean(axis=0), np.maximum(values.std(axis=0), 1e-3)


def train(rows: Sequence[Row], recipe: Recipe, keep: Path | None = None) -> Arrays:
    """Return the trained and calibrated arrays, as `WordNet` takes them.

    Args:
        rows: texts of the splits `train` and `held`.
        recipe: how.
        keep: a file for what the shared layers give, which another run over the same texts
            takes from there; about 1 GB.
    """
    encoder = MiniLM().encoder()
    taught, held = _taught(rows), [row for row in rows if row.split == "held"]
    centre, spread = _rated(taught)
    examples = _examples(taught, encoder, centre, spread)
    kept = _examples(held, encoder, centre, spread)
    prior = np.nanmean(examples.labels, axis=0)
    states = _shared(encoder, [*examples.pieces, *kept.pieces], keep)
    known, unseen = states[: len(taught)], states[len(taught) :]
    arrays: Arrays = {
        "eight.table": table(),
        "dimensions.centre": np.asarray(centre, np.float32),
        "dimensions.spread": np.asarray(spread, np.float32),
    }
    alone, whole = Alone(prior), Adapted(encoder, prior, recipe)
    settling, chosen = settled(examples)
    few = [known[row] for row in chosen]
    fit(alone, examples, known, recipe, _report, prior=prior)
    fit(alone, settling, few, SETTLE, _report, prior=prior)
    arrays |= _calibrated("alone", scores(alone, kept.features, unseen), kept.labels)
    fit(whole, examples, known, recipe, _report, prior=prior)
    fit(whole, settling, few, SETTLE, _report, prior=prior)
    arrays |= _calibrated("whole", scores(whole, kept.features, unseen), kept.labels)
    return arrays | export(alone, whole)


def settled(examples: Examples) -> tuple[Examples, NDArray[np.int64]]:
    """Return the second stage's examples: the sentences of ours, as many others, all rated ones.

    Among 48,000 comments a thousand sentences are noise; without comments beside them, what the
    comments taught is soon forgotten. Ours carry no valence, arousal and dominance, so every
    sentence that does goes along: without them, valence lost .05 of its correlation here.

    Args:
        examples: all that is taught, the sentences of ours last.

    Returns:
        The examples, and which of the given ones they are.
    """
    ours = len(list(phrases())) * _PHRASES_TIMES
    others = len(examples.pieces) - ours
    count = min(others, ours * _SETTLED_TIMES)
    drawn = np.random.default_rng(0).choice(others, count, replace=False)
    rated = np.flatnonzero(~np.isnan(examples.dimensions[:others, 0]))
    mine = [np.arange(others, others + ours)] * _SETTLED_TIMES
    chosen = np.concatenate([np.union1d(drawn, rated), *mine])
    some = Examples(
        [examples.pieces[row] for row in chosen],
        [examples.features[row] for row in chosen],
        examples.labels[chosen],
        examples.dimensions[chosen],
    )
    return some, chosen


def _shared(encoder: Encoder, pieces: list[list[int]], keep: Path | None) -> list[Any]:
    ends = np.cumsum([len(each) for each in pieces])
    if keep is not None and keep.exists():
        whole = np.load(keep, mmap_mode="r")
        if len(whole) == ends[-1]:
            return np.split(whole, ends[:-1])
    states = lower(encoder, pieces, _report)
    if keep is not None:
        np.save(keep, np.concatenate(states))
    return states


def export(alone: Alone, whole: Adapted) -> Arrays:
    """Return the weights of both nets, as small as they can be without a loss that is measured."""
    return _bag("alone", alone) | _bag("bag", whole.bag) | _net(whole)


def _bag(name: str, bag: Alone) -> Arrays:
    rows = bag.rows.weight.detach().numpy()[:-1]
    scale = np.maximum(np.abs(rows).max(axis=0), 1e-6) / 127
    return {
        f"{name}.rows": np.round(rows / scale).astype(np.int8),
        f"{name}.scale": scale,
        f"{name}.bias_row": bag.bias.detach().numpy(),
    }


def _net(net: Adapted) -> Arrays:
    arrays: Arrays = {
        "head.in": net.inner.weight.detach().numpy().T,
        "head.in_bias": net.inner.bias.detach().numpy(),
        "head.out": net.outer.weight.detach().numpy().T,
        "head.out_bias": net.outer.bias.detach().numpy(),
    }
    named: Any = net.changes
    for depth, changes in enumerate(named, 3):
        for name in MATRICES:
            arrays[f"layer{depth}.{name}.down"] = changes[name].down.detach().numpy()
            arrays[f"layer{depth}.{name}.up"] = changes[name].up.detach().numpy()
    return {name: value.astype(np.float16) for name, value in arrays.items()}


def calibrate_labels(
    raw: NDArray[np.float32], truth: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return slope and offset [28] of Platt's sigmoid for each label.

    Args:
        raw: [N, 28] scores on texts that were not trained on.
        truth: [N, 28] of 0 and 1.
    """
    import torch

    scores_, labels = torch.from_numpy(raw), torch.from_numpy(truth)
    slope = torch.ones(raw.shape[1], requires_grad=True)
    offset = torch.zeros(raw.shape[1], requires_grad=True)
    optimiser = torch.optim.LBFGS([slope, offset], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> Any:
        optimiser.zero_grad()
        each = torch.nn.functional.binary_cross_entropy_with_logits(
            scores_ * slope + offset, labels, reduction="none"
        )
        # A label with twenty texts shall not leave its prior far behind.
        loss = each.sum() + 4 * ((slope - 1) ** 2).sum() + (offset**2).sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    return slope.detach().numpy(), offset.detach().numpy()


def _calibrated(kind: str, raw: NDArray[np.float32], truth: NDArray[np.float32]) -> Arrays:
    """Fit the sigmoids, then the power and bias that make shares of emotions probabilities."""
    import torch

    labelled = ~np.isnan(truth[:, 0])
    raw, truth = raw[labelled, : len(LABELS)], truth[labelled]
    slope, offset = calibrate_labels(raw, truth)
    labels = 1 / (1 + np.exp(-(raw * slope + offset)))
    aims = truth @ table()
    goal = torch.from_numpy(aims / aims.sum(axis=1, keepdims=True))
    evidence = torch.from_numpy(np.log(labels @ table() + 1e-4))
    power = torch.ones((), requires_grad=True)
    bias = torch.zeros(len(Emotion), requires_grad=True)
    optimiser = torch.optim.LBFGS([power, bias], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> Any:
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(evidence * power + bias, goal)
        loss.backward()
        return loss

    optimiser.step(closure)
    return {
        f"{kind}.slope": slope,
        f"{kind}.offset": offset,
        f"{kind}.power": power.detach().numpy(),
        f"{kind}.bias": bias.detach().numpy(),
    }


def _report(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _write(arrays: Arrays, folder: Path) -> None:
    """Write the weights, whole or not at all, and their checksum."""
    fresh = folder / f".{WEIGHTS}"
    with fresh.open("wb") as file:
        named: Any = arrays
        np.savez_compressed(file, allow_pickle=False, **named)
    os.replace(fresh, folder / WEIGHTS)
    record(folder, WEIGHTS)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, write the weights, and say where they are; `tests/benchmarks/words.py` measures.

    Args:
        arguments: of the command line, instead of the process's.
    """
    parser = argparse.ArgumentParser(prog="python -m empathy_agent.training.words")
    parser.add_argument("--data", type=Path, required=True, help="folder with text/goemotions")
    here = Path(__file__).parents[1] / "models" / "weights"
    parser.add_argument("--out", type=Path, default=here, help="folder for the weights")
    parser.add_argument("--epochs", type=float, default=Recipe.epochs)
    parser.add_argument("--keep", type=Path, help="file for the shared layers, 1 GB")
    given = parser.parse_args(arguments)
    rows = load(given.data)
    _write(train(rows, Recipe(epochs=given.epochs), given.keep), given.out)
    _report(f"wrote {given.out / WEIGHTS}")


if __name__ == "__main__":
    main()
