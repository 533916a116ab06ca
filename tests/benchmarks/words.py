"""How well and how fast words are read: `python -m tests.benchmarks.words [--data PATH]`.

Scores are on the dev splits, which nothing was trained or calibrated on. The thresholds that turn
probabilities into labels are chosen on the held-out part of the training split.
"""

import argparse
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from empathy_agent.affect import Emotion, TextAffect
from empathy_agent.models.embedder import Embedder, MiniLM, open_embedder
from empathy_agent.models.wordnet import LABELS
from empathy_agent.perception.words import WordReader
from empathy_agent.training.fitting import table
from empathy_agent.training.words import Row, load
from tests.hard_words import CASES
from tests.unseen_words import GRADED, UNSEEN

Floats = NDArray[np.float64]
EKMAN = {
    "anger": ("anger", "annoyance", "disapproval"),
    "disgust": ("disgust",),
    "fear": ("fear", "nervousness"),
    "joy": (
        *("joy", "amusement", "approval", "excitement", "gratitude", "love", "optimism", "relief"),
        *("pride", "admiration", "desire", "caring"),
    ),
    "sadness": ("sadness", "disappointment", "embarrassment", "grief", "remorse"),
    "surprise": ("surprise", "realization", "confusion", "curiosity"),
    "neutral": ("neutral",),
}
"""The grouping of GoEmotions' authors, for their Ekman figure."""
MESSAGES = (
    ("short", "I failed my exam and I cannot face my parents"),
    ("50 words", "I wanted to tell you what happened at work on Monday, " * 5),
    ("1 MB", "I wanted to tell you what happened at work on Monday, " * 19_000),
)
GRID = np.arange(0.02, 0.9, 0.02)


def f1(said: NDArray[np.bool_], truth: Floats) -> Floats:
    """Return the F1 of each column."""
    hits = (said & (truth > 0)).sum(axis=0)
    return 2 * hits / np.maximum(said.sum(axis=0) + truth.sum(axis=0), 1)


def macro_f1(held: tuple[Floats, Floats], dev: tuple[Floats, Floats]) -> float:
    """Return the macro-F1 on dev, with the thresholds that are best on the held-out texts."""
    found = np.array([f1(held[0] >= threshold, held[1]) for threshold in GRID])
    thresholds = GRID[found.argmax(axis=0)]
    return float(f1(dev[0] >= thresholds, dev[1]).mean())


def ekman(labels: Floats, merge: Callable[[Floats], Floats]) -> Floats:
    """Return [N, 7], each group of labels merged into one."""
    groups = [[LABELS.index(each) for each in names] for names in EKMAN.values()]
    return np.stack([merge(labels[:, group]) for group in groups], axis=1)


def calibration_error(shares: Floats, truth: Floats) -> float:
    """Return the expected calibration error of the likeliest emotion, in 15 bins."""
    sure, right = shares.max(axis=1), truth[np.arange(len(truth)), shares.argmax(axis=1)]
    bins = np.minimum((sure * 15).astype(int), 14)
    gaps = [abs(sure[bins == b].sum() - right[bins == b].sum()) for b in range(15)]
    return float(sum(gaps) / len(sure))


def label_errors(said: Floats, truth: Floats) -> Floats:
    """Return [28], the expected calibration error of each label's probability, in 15 bins."""
    bins = np.minimum((said * 15).astype(int), 14)
    return np.array(
        [
            sum(abs((said[:, n] - truth[:, n])[bins[:, n] == b].sum()) for b in range(15))
            / len(said)
            for n in range(len(LABELS))
        ]
    )


def _read(reader: WordReader, rows: Sequence[Row]) -> list[TextAffect]:
    return reader.read_many([row.text for row in rows])


def _labels(readings: Sequence[TextAffect]) -> Floats:
    return np.array([[each.goemotions[label] for label in LABELS] for each in readings])


def _truth(rows: Sequence[Row]) -> Floats:
    return np.array([[label in (row.labels or ()) for label in LABELS] for row in rows], float)


def _shares(readings: Sequence[TextAffect]) -> Floats:
    even = dict.fromkeys(Emotion, 1 / len(Emotion))
    return np.array([[(each.distribution or even)[e] for e in Emotion] for each in readings])


def goemotions(reader: WordReader, rows: Sequence[Row]) -> None:
    """Print the scores of the labels and of the eight."""
    held = [row for row in rows if row.split == "held" and row.labels]
    dev = [row for row in rows if row.split == "dev" and row.labels]
    known, asked = _read(reader, held), _read(reader, dev)
    mine, truth = (_labels(known), _truth(held)), (_labels(asked), _truth(dev))
    print(f"GoEmotions dev, macro-F1 of 28          {macro_f1(mine, truth):.3f}")

    def either(part: Floats) -> Floats:
        return 1 - np.prod(1 - part, axis=1)

    def any_of(part: Floats) -> Floats:
        return part.max(axis=1)

    first = (ekman(mine[0], either), ekman(mine[1], any_of))
    second = (ekman(truth[0], either), ekman(truth[1], any_of))
    print(f"GoEmotions dev, macro-F1 of Ekman's 7   {macro_f1(first, second):.3f}")
    shares = _shares(asked)
    aims = truth[1] @ table()
    aims = aims / aims.sum(axis=1, keepdims=True)
    hit = aims[np.arange(len(aims)), shares.argmax(axis=1)].mean()
    print(f"the eight, share of the truth it hits   {hit:.3f}")
    print(f"the eight, calibration error (15 bins)  {calibration_error(shares, aims):.3f}")
    errors = label_errors(*truth)
    worst = int(errors.argmax())
    print(f"the 28, mean calibration error          {errors.mean():.3f}")
    print(f"  the worst, {LABELS[worst]:<27}{errors[worst]:.3f}")


def emobank(reader: WordReader, rows: Sequence[Row]) -> None:
    """Print Pearson's r of the three dimensions."""
    dev = [row for row in rows if row.split == "dev" and row.dimensions]
    read = _read(reader, dev)
    mine = np.array([[each.valence, each.arousal, each.dominance] for each in read])
    truth = np.array([row.dimensions for row in dev])
    for column, name in enumerate(("valence", "arousal", "dominance")):
        r = float(np.corrcoef(mine[:, column], truth[:, column])[0, 1])
        print(f"EmoBank dev, r of {name:<22}{r:.3f}")


def unseen_cases(reader: WordReader) -> None:
    """Print how many messages that nothing was chosen by hold, a kind at a time; never which."""
    asked = Counter(case.kind for case in UNSEEN)
    held = Counter(
        case.kind for case in UNSEEN if reader.read(case.text, case.context).emotion in case.right
    )
    print(f"unseen messages that hold               {held.total()} of {len(UNSEEN)}")
    for kind, count in sorted(asked.items()):
        print(f"  {kind:<38}{held[kind]} of {count}")
    alone = sum(
        reader.read(case.text).emotion in case.right for case in UNSEEN if case.kind == "context"
    )
    print(f"  context, were it not told             {alone} of {asked['context']}")


def graded(reader: WordReader) -> None:
    """Print how many triples of rising strength are read so."""
    found = [
        [getattr(reader.read(step).intensity, each.family) for step in each.steps]
        for each in GRADED
    ]
    pairs = sum((low < mid) + (mid < high) for low, mid, high in found)
    whole = sum(low < mid < high for low, mid, high in found)
    print(f"triples of rising strength in order     {whole} of {len(GRADED)}")
    print(f"  their steps                           {pairs} of {2 * len(GRADED)}")


def batches(embedder: Embedder) -> None:
    """Print how many messages a minute are read together, and one by one."""
    texts = [f"{case.text} {n}" for n in range(4) for case in (*CASES, *UNSEEN)]
    reader = WordReader(embedder)
    reader.warm()
    began = time.perf_counter()
    reader.read_many(texts)
    together = time.perf_counter() - began
    some = texts[:: len(texts) // 100]
    began = time.perf_counter()
    for text in some:
        reader.read(f"{text} again")
    alone = time.perf_counter() - began
    print(f"messages a minute, together             {60 * len(texts) / together:,.0f}")
    print(f"messages a minute, one by one           {60 * len(some) / alone:,.0f}")


def hard_cases(reader: WordReader) -> None:
    """Print how many hard cases hold, and which do not."""
    missed = [
        case for case in CASES if reader.read(case.text, case.context).emotion not in case.right
    ]
    print(f"hard cases that hold                    {len(CASES) - len(missed)} of {len(CASES)}")
    for case in missed:
        print(
            f"  missed: {case.kind}: {case.text} -> {reader.read(case.text, case.context).emotion}"
        )


def speed(embedder: Embedder) -> None:
    """Print milliseconds a message, each one new."""
    for name, text in MESSAGES:
        reader = WordReader(embedder)
        reader.read("warm")
        spent: list[float] = []
        worked: list[float] = []
        for index in range(40):
            began, used = time.perf_counter(), time.process_time()
            reader.read(f"{index} {text}")
            spent.append((time.perf_counter() - began) * 1e3)
            worked.append((time.process_time() - used) * 1e3)
        p95 = statistics.quantiles(spent, n=20)[-1]
        print(
            f"{name:<9} median {statistics.median(spent):6.1f} ms, p95 {p95:6.1f} ms, "
            f"processor {statistics.median(worked):6.1f} ms"
        )


def main(arguments: Sequence[str] = ()) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.words")
    here = Path(__file__).parents[3] / "shared" / "data"
    data = Path(os.environ.get("EMPATHY_DATA") or here)
    parser.add_argument("--data", type=Path, default=data)
    parser.add_argument("--embedder", default="minilm", help="minilm or scripted")
    given = parser.parse_args(arguments)
    embedder = open_embedder(given.embedder)
    began = time.perf_counter()
    reader = WordReader(embedder)
    reader.warm()
    if isinstance(embedder, MiniLM):
        print(f"ready after                             {time.perf_counter() - began:.2f} s")
    speed(embedder)
    batches(embedder)
    hard_cases(reader)
    unseen_cases(reader)
    graded(reader)
    if given.data.is_dir():
        rows = load(given.data)
        goemotions(reader, rows)
        emobank(reader, rows)
    else:
        print(f"no labelled data at {given.data}: no scores")


if __name__ == "__main__":
    main(sys.argv[1:])
