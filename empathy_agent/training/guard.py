# pyright: basic, reportMissingImports=false
"""Train the net of the guard: `empathy-agent train guard --data PATH`.

The breaches and the fine sentences of `training/material/replies` were written for this project.
Half of our own reviewed wordings stand beside them as what is fine, and half of what people wrote
for a kind bot (EmpatheticPersonas, MIT). The other halves and cross-validation choose the bounds.
"""

import argparse
import csv
import random
import re
from collections.abc import Iterator, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml
from numpy.typing import NDArray

from empathy_agent.errors import SetupError
from empathy_agent.models.embedder import MiniLM
from empathy_agent.safety.guard_net import GRAMS, KINDS, WEIGHTS, grams, inputs
from empathy_agent.training.checksums import make_folder, report, write_arrays
from empathy_agent.training.material import FOLDER

__all__ = ["Reply", "bounds", "main", "opened", "read_replies", "train", "wordings"]

_REPLIES = FOLDER / "replies"
_PENALTY = 1.0
_FOLDS = 3
_AT_ONCE = 32
"""Sentences that MiniLM reads in one pass."""
_FALSE_WRITTEN = 0.04
"""Share of fine sentences of ours, made to be mistaken, that may be taken for a breach."""
_FALSE_PLAIN = 0.002
"""The same of reviewed wordings and of what people wrote for a kind bot."""
_CLEARED = 0.01
"""Share of breaches that the second look would find and the first may let go."""
_OPENERS = (
    "I hear you, and",
    "To be honest,",
    "From what you say,",
    "I'm sorry that it's so hard, and",
    "Well,",
    "You know,",
    "I understand, and",
    "Thank you for telling me,",
    "Listen,",
    "That sounds painful, and",
    "Of course,",
    "Hmm,",
)
_SENTENCES = re.compile(r"(?<=[.!?])\s+")
_HEARD = ("when", "not")
"""Keys of what a person says, not of what we say."""
_SLOT = re.compile(r"[{$]\w+}?")

Floats = NDArray[np.float32]


class Reply(NamedTuple):
    """A sentence of ours and what it is."""

    text: str
    kind: str
    """One of `KINDS`, or `none`."""


def read_replies(folder: Path = _REPLIES) -> Iterator[Reply]:
    """Yield every written sentence: those below `== kind` are breaches, all others are fine.

    Raises:
        SetupError: there is none, or a heading names no kind.
    """
    paths = sorted(folder.glob("*.txt"))
    if not paths:
        raise SetupError(f"no replies under {str(folder)!r}; give --replies")
    for path in paths:
        kind = "none"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.startswith("=="):
                kind = line.removeprefix("==").strip()
                if kind not in KINDS:
                    known = ", ".join(KINDS)
                    raise SetupError(f"{path.name}:{number}: no kind {kind!r}; known are {known}")
            elif line.strip() and not line.startswith("#"):
                yield Reply(line.strip(), kind)


def wordings() -> list[str]:
    """Return every sentence of the reviewed replies, crisis texts and replacements."""
    folder = files("empathy_agent.prompts")
    told = [_strings(yaml.safe_load(file.read_text(encoding="utf-8"))) for file in _yaml(folder)]
    breaches = files("empathy_agent.safety").joinpath("breaches.yaml").read_text(encoding="utf-8")
    entries = yaml.safe_load(breaches)["breaches"].values()
    told.append([text for entry in entries for text in entry["instead"]])
    whole = [_SLOT.sub("it", text) for texts in told for text in texts]
    sentences = [each for text in whole for each in _SENTENCES.split(text.strip())]
    return sorted({each for each in sentences if " " in each})


def _yaml(folder: Traversable) -> Iterator[Traversable]:
    for each in folder.iterdir():
        if each.is_dir():
            yield from _yaml(each)
        elif each.name.endswith(".yaml"):
            yield each


def _strings(told: Any) -> list[str]:
    if isinstance(told, str):
        return [told]
    if isinstance(told, dict):
        told = [each for key, each in told.items() if key not in _HEARD]
    parts = told if isinstance(told, list) else []
    return [text for part in parts for text in _strings(part)]


def _for_a_kind_bot(data: Path) -> list[str]:
    path = data / "text/empathetic_personas/EP_rewritings_2144_EN.csv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            told = [row["rewriting"].strip() for row in csv.DictReader(file)]
    except (OSError, KeyError) as error:
        raise SetupError(f"no text data under {str(data)!r}; point --data at the folder") from error
    return sorted({each for text in told for each in _SENTENCES.split(text) if each})


def opened(rows: Sequence[Reply], *, seed: int = 0) -> dict[int, Reply]:
    """Return every other sentence once more, behind the words that a kind reply opens with.

    Its key is the row that it was made of: whoever has read the one knows the other.
    """
    rng = random.Random(seed)
    return {
        number: Reply(f"{rng.choice(_OPENERS)} {_lower(row.text)}", row.kind)
        for number, row in enumerate(rows)
        if rng.random() < 0.5
    }


def _lower(text: str) -> str:
    return text if re.match(r"I\b", text) else text[:1].lower() + text[1:]


def train(given: Floats, kinds: NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
    """Return the weights of the first look [4096], and weights [6784, 14] and bias [14].

    Args:
        given: [N, 6784] of `inputs`.
        kinds: [N] of 0 where a sentence is fine, and 1 and on for the kinds.
    """
    first, offset = _fit(given[:, :GRAMS], (kinds > 0).astype(np.int64), 1)
    # The offset of the first look is left to its bound.
    del offset
    weights, bias = _fit(given, kinds, len(KINDS) + 1)
    return first[:, 0], weights, bias


def _fit(given: Floats, truth: NDArray[np.int64], outputs: int) -> tuple[Floats, Floats]:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1 / _PENALTY, max_iter=1000, tol=1e-4).fit(given, truth)
    weights = np.zeros((outputs, given.shape[1]), np.float32)
    bias = np.full(outputs, -30, np.float32)
    rows = [0] if outputs == 1 else model.classes_
    weights[rows], bias[rows] = model.coef_, model.intercept_
    return weights.T.copy(), bias


def _seen(given: Floats, net: tuple[Floats, Floats, Floats]) -> tuple[Floats, Floats]:
    """Return the scores [N] of both looks."""
    first, weights, bias = net
    scores = given @ weights + bias
    odds = np.logaddexp.reduce(scores[:, 1:], axis=1) - scores[:, 0]
    return given[:, :GRAMS] @ first, odds


def bounds(looks: tuple[Floats, Floats], kinds: NDArray[np.int64], plain: Floats) -> list[float]:
    """Return the score from which the first look is not enough, and that of a breach.

    Args:
        looks: scores [N] of either look of written sentences, unseen.
        kinds: [N] of 0 where a sentence is fine.
        plain: scores [M] of the second look of plain fine sentences, unseen.
    """
    first, second = looks
    bound = max(
        np.quantile(second[kinds == 0], 1 - _FALSE_WRITTEN), np.quantile(plain, 1 - _FALSE_PLAIN)
    )
    found = first[(kinds > 0) & (second >= bound)]
    return [float(np.quantile(found, _CLEARED)) if len(found) else -np.inf, float(bound)]


def _inputs(texts: Sequence[str], base: MiniLM) -> Floats:
    order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
    result = np.empty((len(texts), GRAMS + 2688), np.float32)
    for start in range(0, len(order), _AT_ONCE):
        rows = order[start : start + _AT_ONCE]
        for row, means in zip(rows, base.means_of([texts[row] for row in rows]), strict=True):
            result[row] = inputs(grams(texts[row]), means)
    return result


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, write the weights, and say what cross-validation finds.

    Args:
        arguments: of the command line, instead of the process's.
    """
    parser = argparse.ArgumentParser(prog="empathy-agent train guard")
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with text/empathetic_personas"
    )
    here = Path(__file__).parents[1] / "models" / "weights"
    parser.add_argument("--out", type=Path, default=here, help="folder for the weights")
    parser.add_argument("--replies", type=Path, default=_REPLIES, help="folder of sentences")
    asked = parser.parse_args(arguments)
    make_folder(asked.out)
    written = list(read_replies(asked.replies))
    calm, people = wordings(), _for_a_kind_bot(asked.data)
    more = opened(written)
    ours = [Reply(text, "none") for text in (*calm[::2], *people[::2])]
    rows = [*written, *more.values(), *ours]
    others = [*calm[1::2], *people[1::2]]
    report(f"{len(rows)} sentences and {len(others)} to check")
    base = MiniLM()
    given, checked = _inputs([row.text for row in rows], base), _inputs(others, base)
    kinds = np.array([KINDS.index(row.kind) + 1 if row.kind != "none" else 0 for row in rows])
    count = len(written)
    folds = np.random.default_rng(0).integers(0, _FOLDS, len(given))
    folds[count : count + len(more)] = folds[list(more)]
    looks = _unseen(given, kinds, folds)
    plain = _seen(checked, train(given, kinds))[1]
    chosen = bounds((looks[0][:count], looks[1][:count]), kinds[:count], plain)
    report(_told(chosen, (looks[0][:count], looks[1][:count]), kinds[:count], plain))
    # The bounds are chosen: the other half of our own wordings may teach as well.
    rest = checked[: len(calm[1::2])]
    net = train(np.concatenate([given, rest]), np.append(kinds, np.zeros(len(rest), np.int64)))
    first, weights, bias = net
    arrays = {
        "first": first.astype(np.float16),
        "weights": weights.astype(np.float16),
        "bias": bias,
        "bounds": np.array(chosen),
    }
    write_arrays(arrays, asked.out, WEIGHTS)
    report(f"wrote {asked.out / WEIGHTS}")


def _unseen(
    given: Floats, kinds: NDArray[np.int64], folds: NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """Return the scores of both looks by nets that were not trained on a sentence."""
    first, second = np.empty(len(given), np.float32), np.empty(len(given), np.float32)
    for fold in range(_FOLDS):
        held = folds == fold
        first[held], second[held] = _seen(given[held], train(given[~held], kinds[~held]))
        report(f"fold {fold + 1} of {_FOLDS}")
    return first, second


def _told(
    chosen: Sequence[float], looks: tuple[Floats, Floats], kinds: NDArray[np.int64], plain: Floats
) -> str:
    """Return what the bounds find and mistake, of sentences not trained on."""
    found = (looks[0] >= chosen[0]) & (looks[1] >= chosen[1])
    lines = [
        f"{len(kinds)} written sentences, cross-validated in {_FOLDS} folds: bounds"
        f" {chosen[0]:.2f} and {chosen[1]:.2f}, found {found[kinds > 0].mean():.3f},"
        f" mistaken {found[kinds == 0].mean():.4f}, of plain ones"
        f" {(plain >= chosen[1]).mean():.4f} of {len(plain)};"
        f" the first look clears {(looks[0][kinds == 0] < chosen[0]).mean():.2f} of the fine ones"
    ]
    for number, kind in enumerate(KINDS, 1):
        lines.append(f"{kind}: found {found[kinds == number].mean():.2f}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
