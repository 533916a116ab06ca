# pyright: basic, reportMissingImports=false
"""Train the net of the risk screen: `empathy-agent train risk --data PATH`.

The texts are those of `training/material`, written for this project and labelled by reading. The
comments of GoEmotions' train split that no rule flags stand beside them as what is everyday: some
at random, and those of many more that a first net takes for urgent, unless they speak of death or
harm at all. The bounds from which the net speaks up are chosen on what it was not trained on: other
comments, and the texts of each writer by a net that learnt from the other writers alone.
"""

import argparse
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from empathy_agent.affect import RiskLevel
from empathy_agent.errors import SetupError
from empathy_agent.models.embedder import MiniLM
from empathy_agent.models.minilm import DEPTH, WIDTH
from empathy_agent.models.ngrams import Runs, runs_of
from empathy_agent.models.risknet import KINDS, LEVELS, WEIGHTS, both, chances, inputs, is_long
from empathy_agent.safety.screen import screen
from empathy_agent.training.checksums import make_folder, report, write_arrays
from empathy_agent.training.hidden import Hidden, hidden_odds, learn_hidden
from empathy_agent.training.material import FOLDER, Labelled, read_material
from empathy_agent.training.wording import Wording, learn_wording, packed, wording_odds

__all__ = [
    "Net",
    "Texts",
    "bounds",
    "everyday",
    "hand_of",
    "levels_of",
    "main",
    "targets",
    "train",
    "unseen",
]

_PENALTY = 0.05
"""Inverse strength of the quadratic penalty."""
_WORDING_SHARE = 0.75
"""What the odds of the wording count beside those of the vectors."""
_HIDDEN_SHARE = 1.5
"""The same of the hidden layer's."""
_LEAD = 1.0
"""Log odds by which a text may look like an everyday comment before that counts against it."""
_COMMENTS = 2_500
"""Comments at random."""
_MINED = 4_000
"""Comments besides that a first net takes for urgent."""
_POOL = 24_000
"""Comments that those are looked for in."""
_CHECKED = 8_000
"""Comments that the bounds are chosen on."""
_AT_ONCE = 32
"""Texts that MiniLM reads in one pass."""
_SUSPECT = re.compile(
    r"suicid|kill|\bdie|dead|death|dying|harm|\bcut|myself|hurt|rape|abus|alive|\blife|\blive|gun\b"
    r"|shoot|murder|overdos|pills|blood|beat(?:s|en)? me|starv|depress|\bend it|scared|afraid",
    re.IGNORECASE,
)
_FALSE = {"moderate": 0.0025, "high": 0.0008, "imminent": 0.0004}
"""Share of everyday comments, besides those that a rule flags, that may reach a level."""
_FALSE_WRITTEN = {"moderate": 0.05, "high": 0.012, "imminent": 0.006}
"""The same of written harmless texts by writers not learnt from, which were made to be mistaken."""
_LEAST = 0.4
"""No bound is lower."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Texts:
    """What the net is given of N texts."""

    vectors: Floats
    """[N, 2688]"""
    runs: list[Runs]
    long: NDArray[np.bool_]
    """[N] whether each is longer than an everyday comment."""

    def __getitem__(self, rows: Any) -> "Texts":
        chosen = np.arange(len(self.runs))[rows]
        runs = [self.runs[row] for row in chosen]
        return Texts(self.vectors[chosen], runs, self.long[chosen])


@dataclass(frozen=True, eq=False)
class Net:
    """What is learnt."""

    weights: NDArray[Any]
    """[2688, 14]"""
    bias: NDArray[Any]
    """[14]"""
    hidden: Hidden
    wording: Wording

    def odds(self, texts: Texts) -> Floats:
        """Return [N, 14] log odds, of the vectors and the wording together."""
        odds = texts.vectors @ self.weights + self.bias
        odds += _HIDDEN_SHARE * hidden_odds(self.hidden, texts.vectors)
        odds += _WORDING_SHARE * wording_odds(self.wording, texts.runs)
        odds[:, -1] += _LEAD
        return odds.astype(np.float32)


def everyday(data: Path, *, seed: int = 0) -> list[str]:
    """Return the comments of GoEmotions' train split that no rule flags, in random order.

    Raises:
        SetupError: They are not there.
    """
    path = data / "text/goemotions/original/train.tsv"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise SetupError(f"no text data under {str(data)!r}; point --data at the folder") from error
    texts = [line.split("\t")[0] for line in lines]
    random.Random(seed).shuffle(texts)
    chosen: list[str] = []
    for text in texts:
        if len(chosen) == _COMMENTS + _POOL + _CHECKED:
            break
        if screen(text, classifier=None).level < RiskLevel.moderate:
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


def train(given: Texts, wanted: NDArray[np.bool_], comments: Texts) -> Net:
    """Return what is learnt: logistic regressions, on vectors and wording, and a hidden layer.

    Args:
        given: N texts of ours.
        wanted: [N, 13] of `targets`.
        comments: everyday ones, which only the last output learns from.
    """
    fitted = [_fit(given.vectors, column) for column in wanted.T]
    urgent = given.vectors[wanted[:, 1]]
    truth = np.arange(len(urgent) + len(comments.vectors)) < len(urgent)
    fitted.append(_fit(np.concatenate([urgent, comments.vectors]), truth))
    weights = np.stack([each for each, _ in fitted], axis=1)
    bias = np.array([each for _, each in fitted])
    return Net(
        weights,
        bias,
        learn_hidden(given.vectors, wanted, comments.vectors),
        learn_wording(given.runs, wanted, comments.runs),
    )


def _fit(given: Floats, truth: NDArray[np.bool_]) -> tuple[NDArray[Any], float]:
    from sklearn.linear_model import LogisticRegression

    centre = given.mean(axis=0)
    model = LogisticRegression(C=_PENALTY, max_iter=300).fit(given - centre, truth)
    weights = np.ravel(model.coef_)
    return weights, float(np.ravel(model.intercept_)[0] - centre @ weights)


def unseen(
    given: Texts, wanted: NDArray[np.bool_], comments: Texts, hands: Sequence[str]
) -> Floats:
    """Return [N, 14] log odds of each text of ours by a net that learnt from other hands alone.

    Args:
        given: N texts of ours.
        wanted: [N, 13] of `targets`.
        comments: everyday ones.
        hands: N names of who wrote each.
    """
    result = np.empty((len(wanted), wanted.shape[1] + 1), np.float32)
    for hand in sorted(set(hands)):
        held = np.array([each == hand for each in hands])
        report(f"learning from all but {hand}")
        net = train(given[~held], wanted[~held], comments)
        result[held] = net.odds(given[held])
    return result


def levels_of(odds: Floats, long: NDArray[np.bool_]) -> Floats:
    """Return [N, 4] probabilities of at least each level, of [N, 14] of `Net.odds`."""
    levels = odds[:, : len(LEVELS)]
    levels = np.where(long[:, None], levels, both(levels, odds[:, -1:]))
    return np.minimum.accumulate(chances(levels), axis=1).astype(np.float32)


def bounds(comments: Floats, harmless: Floats, long: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return [2, 4], the probability from which a short and a long text counts as each level.

    Args:
        comments: [N, 4] probabilities of everyday comments.
        harmless: [M, 4] of harmless texts of ours, unseen.
        long: [M] which of those are long: comments say nothing of them.
    """
    chosen = np.full((2, len(LEVELS)), 0.5, np.float32)
    for column, level in enumerate(LEVELS[1:], 1):
        written = harmless[:, column]
        of_each = (written[~long], written[long]) if level == "moderate" else (written, written)
        least = [np.quantile(each, 1 - _FALSE_WRITTEN[level]) for each in of_each]
        least[0] = max(least[0], np.quantile(comments[:, column], 1 - _FALSE[level]))
        chosen[:, column] = np.clip(least, _LEAST, 0.999)
    return chosen


def _mined(net: Net, pool: Texts, texts: Sequence[str]) -> NDArray[np.int64]:
    """Return the comments that a net takes for urgent, except where they may be."""
    urgent = levels_of(net.odds(pool), pool.long)[:, 1]
    urgent[[bool(_SUSPECT.search(text)) for text in texts]] = 0
    return np.argsort(-urgent)[:_MINED]


def _given(texts: Sequence[str], base: MiniLM, what: str) -> Texts:
    order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
    vectors = np.empty((len(texts), (DEPTH + 1) * WIDTH), np.float32)
    for start in range(0, len(order), _AT_ONCE):
        if start % (50 * _AT_ONCE) == 0:
            report(f"{what}: {start} of {len(texts)} texts")
        rows = order[start : start + _AT_ONCE]
        for row, means in zip(rows, base.means_of([texts[row] for row in rows]), strict=True):
            vectors[row] = inputs(means)
    long = np.array([is_long(text) for text in texts])
    return Texts(vectors, [runs_of(text) for text in texts], long)


def hand_of(source: str) -> str:
    """Return who wrote a file of the material: `hand_b_harmless` is by hand b, others by the first.

    Args:
        source: name of the file.
    """
    return source.split("_")[1] if source.startswith("hand_") else "first"


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, write the weights, and say what is found of writers not learnt from.

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
    texts = everyday(asked.data)
    base = MiniLM()
    ours = _given([row.text for row in rows], base, "material")
    comments = _given(texts, base, "comments")
    wanted = targets(rows)
    known, checked = _COMMENTS, _COMMENTS + _POOL
    first = train(ours, wanted, comments[:known])
    mined = known + _mined(first, comments[known:checked], texts[known:checked])
    everyday_ones = comments[np.concatenate([np.arange(known), mined])]
    seen = unseen(ours, wanted, everyday_ones, [hand_of(row.source) for row in rows])
    net = train(ours, wanted, everyday_ones)
    slope = _slope(seen, wanted[:, 1], ours.long)
    levels, rest = levels_of(slope * seen, ours.long), comments[checked:]
    others = levels_of(slope * net.odds(rest), rest.long)
    harmless = ~wanted[:, 1]
    chosen = bounds(others, levels[harmless], ours.long[harmless])
    report(_told(chosen, levels, wanted, ours.long))
    report(f"of comments not learnt from, {np.mean(others[:, 1] >= chosen[0, 1]):.4f} are mistaken")
    write_arrays(_arrays(net, chosen, slope), asked.out, WEIGHTS)
    report(f"wrote {asked.out / WEIGHTS}")


def _slope(odds: Floats, truth: NDArray[np.bool_], long: NDArray[np.bool_]) -> float:
    """Return what log odds of texts not learnt from are multiplied by to be calibrated."""
    from sklearn.linear_model import LogisticRegression

    level = odds[:, 1]
    level = np.where(long, level, both(level, odds[:, -1]))
    return float(LogisticRegression(C=1e6).fit(level[:, None], truth).coef_[0, 0])


def _arrays(net: Net, chosen: Floats, slope: float) -> dict[str, NDArray[Any]]:
    """Return what `RiskNet` reads, with everything but the sum multiplied out."""
    share = slope * _WORDING_SHARE
    runs, scale = packed(net.wording.weights)
    deep = slope * _HIDDEN_SHARE
    bias = slope * net.bias + share * net.wording.bias + deep * net.hidden.outer_bias
    bias[-1] += slope * _LEAD
    return {
        "weights": (slope * net.weights).astype(np.float16),
        "inner": net.hidden.inner.astype(np.float16),
        "inner_bias": net.hidden.inner_bias.astype(np.float32),
        "outer": (deep * net.hidden.outer).astype(np.float32),
        "bias": bias.astype(np.float32),
        "runs": runs,
        "scale": share * scale,
        "rarity": net.wording.rarity.astype(np.float16),
        "bounds": chosen,
    }


def _told(chosen: Floats, seen: Floats, wanted: NDArray[np.bool_], long: NDArray[np.bool_]) -> str:
    """Return what the bounds find and what they mistake, of writers not learnt from."""
    lines = [f"{len(seen)} texts, each by a net that learnt from other writers alone:"]
    for column, level in enumerate(LEVELS[1:], 1):
        truth = wanted[:, column]
        over = seen[:, column] >= chosen[long.astype(int), column]
        lines.append(
            f"{level} or higher: bounds {chosen[0, column]:.3f} and, of long ones,"
            f" {chosen[1, column]:.3f}, found {over[truth].mean():.3f} of {truth.sum()},"
            f" mistaken {over[~truth].mean():.4f} of {(~truth).sum()}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
