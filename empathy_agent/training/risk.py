# pyright: basic, reportMissingImports=false
"""Train the net of the risk screen: `empathy-agent train risk --data PATH`.

The texts are those of `training/material`, written for this project and labelled by reading. The
comments of GoEmotions' train split that no rule flags stand beside them as what is everyday: some
at random, and those of many more that a first net takes for urgent, unless they speak of death or
harm at all. Long texts are read in windows too (`windows.py`), which teach as well. The bounds from
which the net speaks up are chosen on what it was not trained on: other comments, and the texts of
each writer by a net that learnt from other writers alone.
"""

import argparse
import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from empathy_agent.affect import RiskLevel
from empathy_agent.errors import SetupError
from empathy_agent.models.embedder import MiniLM
from empathy_agent.models.minilm import DEPTH, WIDTH
from empathy_agent.models.ngrams import runs_of
from empathy_agent.models.risknet import KINDS, LEVELS, WEIGHTS, both, inputs, is_long
from empathy_agent.safety.screen import screen
from empathy_agent.training.bounds import Judged, bounds, levels_of, told
from empathy_agent.training.checksums import make_folder, report, write_arrays
from empathy_agent.training.hidden import Hidden, hidden_odds, learn_hidden
from empathy_agent.training.material import FOLDER, Labelled, read_material
from empathy_agent.training.noise import run_on
from empathy_agent.training.windows import Taught, Texts, windows_of
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

_WORDING_SHARE = 0.5
"""What the odds of the wording count beside those of the vectors."""
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
_FOLDS = 6
"""Groups of writers; each is judged by a net that learnt from the other groups."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Net:
    """What is learnt."""

    hidden: Hidden
    wording: Wording

    def odds(self, texts: Texts) -> Floats:
        """Return [N, 14] log odds, of the vectors and the wording together."""
        odds = hidden_odds(self.hidden, texts.vectors)
        odds += _WORDING_SHARE * wording_odds(self.wording, texts.runs)
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
    """Return what is learnt: a hidden layer on vectors, logistic regressions on the wording.

    Args:
        given: N texts of ours.
        wanted: [N, 13] of `targets`.
        comments: everyday ones, which only the last output learns from.
    """
    return Net(
        learn_hidden(given.vectors, wanted, comments.vectors),
        learn_wording(given.runs, wanted, comments.runs),
    )


def unseen(given: Taught, comments: Texts, hands: Sequence[str]) -> tuple[Floats, Floats]:
    """Return log odds by nets that learnt from other hands alone.

    Args:
        given: N texts of ours, with M windows of theirs.
        comments: everyday ones.
        hands: N names of who wrote each.

    Returns:
        [N, 14] of the texts, and [M, 14] of the windows.
    """
    whole = np.empty((len(given.wanted), given.wanted.shape[1] + 1), np.float32)
    cut = np.empty((len(given.owners), whole.shape[1]), np.float32)
    for fold in folds_of(hands):
        held = np.isin(hands, fold)
        report(f"learning from all but {', '.join(fold)}")
        texts, wanted = given.teaching(~held)
        net = train(texts, wanted, comments)
        whole[held] = net.odds(given.texts[held])
        cut[held[given.owners]] = net.odds(given.windows[held[given.owners]])
    return whole, cut


def folds_of(hands: Sequence[str]) -> list[list[str]]:
    """Return the names in at most six groups that wrote about as much."""
    groups: list[list[str]] = [[] for _ in range(_FOLDS)]
    sizes = [0] * _FOLDS
    for name, count in Counter(hands).most_common():
        least = sizes.index(min(sizes))
        groups[least].append(name)
        sizes[least] += count
    return [sorted(group) for group in groups if group]


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
    long = np.array([is_long(text) for text in texts], np.bool_)
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
    # Else the net learns that whoever types without a stop is at risk.
    rows += [replace(row, text=run_on(row.text)) for row in rows if is_long(row.text)]
    texts = everyday(asked.data)
    base = MiniLM()
    known, checked = _COMMENTS, _COMMENTS + _POOL
    comments, rest = _given(texts, base, "comments"), slice(checked, None)
    cut = windows_of([row.text for row in rows])
    ours = Taught(
        _given([row.text for row in rows], base, "material"),
        targets(rows),
        _given([each.text for each in cut], base, "windows"),
        np.array([each.owner for each in cut], np.int64),
    )
    first = train(ours.texts, ours.wanted, comments[:known])
    mined = known + _mined(first, comments[known:checked], texts[known:checked])
    ours = ours.choosing(levels_of(first.odds(ours.windows), ours.windows.long)[:, 1])
    everyday_ones = comments[np.concatenate([np.arange(known), mined])]
    seen, seen_cut = unseen(ours, everyday_ones, [hand_of(row.source) for row in rows])
    net = train(*ours.teaching(np.ones(len(rows), np.bool_)), everyday_ones)
    slope = _slope(seen, ours.wanted[:, 1], ours.texts.long)
    others = levels_of(slope * net.odds(comments[rest]), comments[rest].long)
    judged = Judged(
        levels_of(slope * seen, ours.texts.long),
        ours.wanted,
        ours.texts.long,
        levels_of(slope * seen_cut, ours.windows.long),
        ours.owners,
    )
    chosen = bounds(judged, others)
    report(told(judged, chosen))
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
    bias = share * net.wording.bias + slope * net.hidden.outer_bias
    return {
        "inner": net.hidden.inner.astype(np.float16),
        "inner_bias": net.hidden.inner_bias.astype(np.float32),
        "outer": (slope * net.hidden.outer).astype(np.float32),
        "bias": bias.astype(np.float32),
        "runs": runs,
        "scale": share * scale,
        "rarity": net.wording.rarity.astype(np.float16),
        "bounds": chosen,
    }


if __name__ == "__main__":
    main()
