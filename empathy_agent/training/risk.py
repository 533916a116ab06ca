# pyright: basic, reportMissingImports=false
"""Train the net of the risk screen: `empathy-agent train risk --data PATH`.

The texts are those of `training/material`, written for this project and labelled by reading.
Everyday comments of GoEmotions stand beside them as what is none: those that a rule flags, or that
speak of death or harm at all, are left out, because some of them are no everyday comments. The
bounds from which the net speaks up are chosen on texts it was not trained on, by cross-validation.
"""

import argparse
import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from empathy_agent.affect import RiskLevel
from empathy_agent.errors import SetupError
from empathy_agent.models.embedder import MiniLM
from empathy_agent.models.minilm import DEPTH, WIDTH
from empathy_agent.models.risknet import KINDS, LEVELS, WEIGHTS, both, chances, inputs
from empathy_agent.safety.screen import screen
from empathy_agent.training.checksums import make_folder, report, write_arrays
from empathy_agent.training.material import FOLDER, Labelled, read_material

__all__ = ["bounds", "everyday", "main", "targets", "train", "unseen"]

_PENALTY = 0.05
"""Inverse strength of the quadratic penalty."""
_COMMENT_PENALTY = 0.03
_COMMENT_SHARE = 1.5
"""How much the odds against an everyday comment count beside those against a harmless text."""
_COMMENTS = 2_500
_CHECKED = 2_500
"""Comments that the bounds are chosen on."""
_FOLDS = 5
_AT_ONCE = 32
"""Texts that MiniLM reads in one pass."""
_SUSPECT = re.compile(
    r"suicid|kill|\bdie|dead|death|dying|harm|\bcut|myself|hurt|rape|abus|alive|\blife|\blive|gun\b"
    r"|shoot|murder|overdos|pills|blood|beat(?:s|en)? me|starv|depress|\bend it|scared|afraid",
    re.IGNORECASE,
)
_FALSE = {"moderate": 0.0035, "high": 0.0008, "imminent": 0.0004}
"""Share of everyday comments that may reach a level."""
_FALSE_WRITTEN = {"moderate": 0.06, "high": 0.012, "imminent": 0.006}
"""The same of written harmless texts, which were made to be mistaken."""
_LEAST = 0.6
"""No bound is lower: the comments it is chosen on are tamer than those of a whole forum."""

Floats = NDArray[np.float32]


def everyday(data: Path, count: int, *, seed: int = 0) -> list[str]:
    """Return comments of GoEmotions' train split that speak of nothing dark, in random order.

    Raises:
        SetupError: They are not there.
    """
    path = data / "text/goemotions/original/train.tsv"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise SetupError(f"no text data under {str(data)!r}; point --data at the folder") from error
    texts = [text for text in (line.split("\t")[0] for line in lines) if not _SUSPECT.search(text)]
    random.Random(seed).shuffle(texts)
    chosen: list[str] = []
    for text in texts:
        if len(chosen) == count:
            break
        if screen(text, classifier=None).level == RiskLevel.none:
            chosen.append(text)
    return chosen


def targets(rows: Sequence[Labelled]) -> NDArray[np.bool_]:
    """Return [N, 13]: at least each level, each kind, and whether somebody else is at risk."""
    return np.array(
        [
            [
                *(row.level >= RiskLevel[level] for level in LEVELS),
                *(row.kind == kind for kind in KINDS),
                row.about == "other",
            ]
            for row in rows
        ]
    )


def train(
    given: Floats, wanted: NDArray[np.bool_], comments: Floats
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the weights [inputs, 14] and bias [14] of one logistic regression an output.

    Args:
        given: [N, inputs] of texts of ours.
        wanted: [N, 13] of `targets`.
        comments: [M, inputs] of everyday comments, which only the last output learns from.
    """
    fitted = [_fit(given, column, _PENALTY) for column in wanted.T]
    urgent = given[wanted[:, 1]]
    truth = np.arange(len(urgent) + len(comments)) < len(urgent)
    weights, bias = _fit(np.concatenate([urgent, comments]), truth, _COMMENT_PENALTY)
    fitted.append((_COMMENT_SHARE * weights, _COMMENT_SHARE * bias))
    return np.stack([each for each, _ in fitted], axis=1), np.array([each for _, each in fitted])


def _fit(given: Floats, truth: NDArray[np.bool_], penalty: float) -> tuple[NDArray[Any], float]:
    from sklearn.linear_model import LogisticRegression

    centre = given.mean(axis=0)
    model = LogisticRegression(C=penalty, max_iter=300).fit(given - centre, truth)
    weights = np.ravel(model.coef_)
    return weights, float(np.ravel(model.intercept_)[0] - centre @ weights)


def unseen(given: Floats, wanted: NDArray[np.bool_], comments: Floats) -> Floats:
    """Return [N, 4] probabilities of each text of ours by nets that were not trained on it."""
    folds = np.random.default_rng(0).integers(0, _FOLDS, len(given))
    result = np.empty((len(given), len(LEVELS)), np.float32)
    for fold in range(_FOLDS):
        held = folds == fold
        matrix, bias = train(given[~held], wanted[~held], comments)
        result[held] = _levels(given[held] @ matrix + bias)
    return result


def bounds(comments: Floats, harmless: Floats) -> list[float]:
    """Return the probability from which a text counts as each level.

    Args:
        comments: [N, 4] probabilities of everyday comments.
        harmless: [M, 4] of harmless texts of ours, unseen.
    """
    chosen = [0.5]
    for column, level in enumerate(LEVELS[1:], 1):
        least = [
            np.quantile(comments[:, column], 1 - _FALSE[level]),
            np.quantile(harmless[:, column], 1 - _FALSE_WRITTEN[level]),
        ]
        chosen.append(float(np.clip(max(least), _LEAST, 0.999)))
    return chosen


def _levels(odds: NDArray[Any]) -> Floats:
    levels = chances(both(odds[:, : len(LEVELS)], odds[:, -1:]))
    return np.minimum.accumulate(levels, axis=1).astype(np.float32)


def _inputs(texts: Sequence[str], base: MiniLM, what: str) -> Floats:
    order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
    result = np.empty((len(texts), (DEPTH + 1) * WIDTH), np.float32)
    for start in range(0, len(order), _AT_ONCE):
        if start % (20 * _AT_ONCE) == 0:
            report(f"{what}: {start} of {len(texts)} texts")
        rows = order[start : start + _AT_ONCE]
        for row, means in zip(rows, base.means_of([texts[row] for row in rows]), strict=True):
            result[row] = inputs(means)
    return result


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, write the weights, and say what cross-validation finds.

    Args:
        arguments: of the command line, instead of the process's.
    """
    parser = argparse.ArgumentParser(prog="empathy-agent train risk")
    parser.add_argument("--data", type=Path, required=True, help="folder with text/goemotions")
    here = Path(__file__).parents[1] / "models" / "weights"
    parser.add_argument("--out", type=Path, default=here, help="folder for the weights")
    parser.add_argument("--material", type=Path, default=FOLDER, help="folder of labelled texts")
    asked = parser.parse_args(arguments)
    make_folder(asked.out)
    rows = list(read_material(*sorted(asked.material.glob("*.txt"))))
    if not rows:
        raise SetupError(f"no labelled texts under {str(asked.material)!r}; give --material")
    texts = everyday(asked.data, _COMMENTS + _CHECKED)
    base = MiniLM()
    ours = _inputs([row.text for row in rows], base, "material")
    comments = _inputs(texts, base, "comments")
    known, checked = comments[:_COMMENTS], comments[_COMMENTS:]
    wanted = targets(rows)
    seen = unseen(ours, wanted, known)
    matrix, bias = train(ours, wanted, known)
    chosen = bounds(_levels(checked @ matrix + bias), seen[~wanted[:, 1]])
    report(_told(chosen, seen, wanted))
    arrays = {"weights": matrix.astype(np.float16), "bias": bias, "bounds": np.array(chosen)}
    write_arrays(arrays, asked.out, WEIGHTS)
    report(f"wrote {asked.out / WEIGHTS}")


def _told(chosen: Sequence[float], seen: Floats, wanted: NDArray[np.bool_]) -> str:
    """Return what the bounds find and what they mistake, of texts not trained on."""
    lines = [f"{len(seen)} texts, cross-validated in {_FOLDS} folds:"]
    for column, level in enumerate(LEVELS[1:], 1):
        over, truth = seen[:, column] >= chosen[column], wanted[:, column]
        lines.append(
            f"{level} or higher: bound {chosen[column]:.3f}, found {over[truth].mean():.3f}"
            f" of {truth.sum()}, mistaken {over[~truth].mean():.4f} of {(~truth).sum()}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
