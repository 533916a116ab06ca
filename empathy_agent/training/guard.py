# pyright: basic, reportMissingImports=false
"""Train the net of the guard: `empathy-agent train guard --data PATH`.

The breaches and the fine sentences of `training/material/replies` were written for this project.
Half of our own reviewed wordings stand beside them as what is fine, and half of what people wrote
for a kind bot (EmpatheticPersonas, MIT). The other halves, and the sentences of each writer as a
net sees them that learnt from other writers alone, choose the bounds.
"""

import argparse
import csv
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
from empathy_agent.models.ngrams import BUCKETS
from empathy_agent.safety.guard_net import KINDS, WEIGHTS, Wording, key_of, wording_of
from empathy_agent.training.checksums import make_folder, report, write_arrays
from empathy_agent.training.material import FOLDER

__all__ = ["Reply", "bounds", "hand_of", "learn_first", "main", "read_replies", "wordings"]

_REPLIES = FOLDER / "replies"
_PENALTY = 4.0
"""Inverse strength of the quadratic penalty of the first look."""
_FALSE_WRITTEN = 0.03
"""Share of fine sentences of ours, made to be mistaken, that may be taken for a breach."""
_FALSE_PLAIN = 0.002
"""The same of reviewed wordings and of what people wrote for a kind bot."""
_LEEWAY = 0.5
"""Odds below the bound from which one of our own wordings is spared: nets are rounded to ship."""
_CLEARED = 0.01
"""Share of breaches that the second look would find and the first may let go."""
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
    hand: str
    """Who wrote it."""


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
                yield Reply(line.strip(), kind, hand_of(path.name))


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


def hand_of(source: str) -> str:
    """Return who wrote a file of replies: `hand_b_warm_fine.txt` is by hand b, others by the first.

    Args:
        source: name of the file.
    """
    return source.split("_")[1] if source.startswith("hand_") else "first"


def learn_first(texts: Sequence[Wording], breaching: NDArray[np.bool_]) -> Floats:
    """Return the weights [131072] of the first look; its offset is left to its bound."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=_PENALTY, max_iter=100, solver="liblinear", random_state=0)
    return model.fit(_matrix(texts), breaching).coef_[0].astype(np.float32)


def _matrix(texts: Sequence[Wording]) -> Any:
    from scipy.sparse import csr_matrix

    ends = np.cumsum([0, *(len(buckets) for buckets, _ in texts)])
    numbers = np.concatenate([each for _, each in texts])
    buckets = np.concatenate([each for each, _ in texts])
    return csr_matrix((numbers, buckets, ends), shape=(len(texts), 2 * BUCKETS))


def bounds(looks: tuple[Floats, Floats], kinds: NDArray[np.int64], plain: Floats) -> list[float]:
    """Return the bounds of both looks.

    Args:
        looks: [N] scores by each of written sentences, by nets that did not learn from them.
        kinds: [N] of 0 where a sentence is fine.
        plain: [M] scores by the second look of plain sentences, unseen.
    """
    first, second = looks
    bound = max(
        np.quantile(second[kinds == 0], 1 - _FALSE_WRITTEN), np.quantile(plain, 1 - _FALSE_PLAIN)
    )
    found = first[(kinds > 0) & (second >= bound)]
    return [float(np.quantile(found, _CLEARED)) if len(found) else -np.inf, float(bound)]


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, write the weights, and say what is found of writers not learnt from.

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
    rows = list(read_replies(asked.replies))
    calm, people = wordings(), _for_a_kind_bot(asked.data)
    plain = [*calm, *people]
    # Half of them teach while the bounds are chosen; then all of our own do.
    known = np.array([*(np.arange(len(calm)) % 2 == 0), *(np.arange(len(people)) % 2 == 0)])
    ours = np.arange(len(plain)) < len(calm)
    report(f"{len(rows)} written sentences, {len(calm)} wordings, {len(people)} for a kind bot")
    kinds = np.array([KINDS.index(row.kind) + 1 if row.kind != "none" else 0 for row in rows])
    learner = _Learner([row.text for row in rows], plain, kinds)
    hands = np.array([row.hand for row in rows])
    looks = np.empty(len(rows), np.float32), np.empty(len(rows), np.float32)
    unseen: list[Floats] = []
    for hand in sorted(set(hands)):
        report(f"without hand {hand}")
        held = hands == hand
        net = learner.learn(~held, known)
        looks[0][held], looks[1][held] = net.written(held)
        unseen.append(net.plain(~known))
    others = np.mean(unseen, axis=0)
    report("with every hand")
    net = learner.learn(np.ones(len(rows), np.bool_), known | ours)
    chosen = bounds(looks, kinds, others)
    report(_told(chosen, looks, kinds, hands, others))
    risky = np.flatnonzero(net.plain(ours) >= chosen[1] - _LEEWAY)
    report(f"{len(risky)} of our own wordings would be mistaken and are spared")
    write_arrays(net.arrays(chosen, [calm[row] for row in risky]), asked.out, WEIGHTS)
    report(f"wrote {asked.out / WEIGHTS}")


class _Learner:
    """All sentences, as either look takes them."""

    def __init__(
        self, texts: Sequence[str], plain: Sequence[str], kinds: NDArray[np.int64]
    ) -> None:
        from empathy_agent.training import adapt

        self.count, self.kinds = len(texts), kinds
        self.encoder = MiniLM().encoder()
        told = [*texts, *plain]
        self.words = [wording_of(text) for text in told]
        self.states = adapt.lower(
            self.encoder, [self.encoder.pieces(each) for each in told], report
        )

    def learn(self, written: NDArray[np.bool_], plain: NDArray[np.bool_]) -> "_Learnt":
        """Return both looks, learnt from some of the written sentences and of the plain ones."""
        from empathy_agent.training import guard_fit

        rows, more = np.flatnonzero(written), self.count + np.flatnonzero(plain)
        breaching = np.append(self.kinds[rows] > 0, np.zeros(len(more), np.bool_))
        first = learn_first([self.words[row] for row in (*rows, *more)], breaching)
        sentences = guard_fit.Sentences([self.states[row] for row in rows], self.kinds[rows])
        rest = [self.states[row] for row in more]
        return _Learnt(self, first, guard_fit.fit(self.encoder, sentences, rest, report))


class _Learnt(NamedTuple):
    learner: _Learner
    first: Floats
    second: Any

    def written(self, which: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """Return the scores of both looks at some of the written sentences."""
        return self._scores(np.flatnonzero(which))

    def plain(self, which: NDArray[np.bool_]) -> Floats:
        """Return the scores of the second look at some of the plain ones."""
        return self._scores(self.learner.count + np.flatnonzero(which))[1]

    def _scores(self, rows: NDArray[np.int64]) -> tuple[Floats, Floats]:
        from empathy_agent.training.guard_fit import odds_of

        first = _matrix([self.learner.words[row] for row in rows]) @ self.first
        return first, odds_of(self.second, [self.learner.states[row] for row in rows])[1]

    def arrays(self, chosen: Sequence[float], spared: Sequence[str]) -> dict[str, NDArray[Any]]:
        """Return what `GuardNet` reads."""
        from empathy_agent.training.guard_fit import arrays_of

        scale = np.abs(self.first).max() / 127
        return {
            "first": np.round(self.first / scale).astype(np.int8),
            "scale": np.array(scale, np.float32),
            "bounds": np.array(chosen),
            "spared": np.array([key_of(text) for text in spared], np.uint64),
        } | arrays_of(self.second)


def _told(
    chosen: Sequence[float],
    looks: tuple[Floats, Floats],
    kinds: NDArray[np.int64],
    hands: NDArray[Any],
    plain: Floats,
) -> str:
    """Return what the bounds find and mistake, of writers not learnt from."""
    found = (looks[0] >= chosen[0]) & (looks[1] >= chosen[1])
    lines = [
        f"bounds {chosen[0]:.2f} and {chosen[1]:.2f}; of plain sentences not learnt from, mistaken"
        f" {(plain >= chosen[1]).mean():.4f} of {len(plain)}; the first look clears"
        f" {(looks[0][kinds == 0] < chosen[0]).mean():.2f} of the fine ones that were written"
    ]
    for hand in sorted(set(hands)):
        bad, fine = (hands == hand) & (kinds > 0), (hands == hand) & (kinds == 0)
        lines.append(
            f"hand {hand}, by a net that learnt from others alone: found {found[bad].mean():.3f}"
            f" of {bad.sum()}, mistaken {found[fine].mean():.4f} of {fine.sum()}"
        )
    for number, kind in enumerate(KINDS, 1):
        lines.append(f"{kind}: found {found[kinds == number].mean():.2f}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
