# pyright: basic, reportMissingImports=false
"""Let a larger encoder rate texts nobody rated: `python -m empathy_agent.training.teacher`.

EmoBank has nine thousand rated sentences, which is few for a small encoder and enough for a large
one. So a large one (all-mpnet-base-v2 for the weights that ship) learns valence, arousal and
dominance from its train split, and its opinions of comments and of our own texts teach the small
one as well (distillation, Hinton et al., 2015). It is not needed to run anything.
"""

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from empathy_agent.errors import SetupError
from empathy_agent.training.checksums import report
from empathy_agent.training.material import FOLDER, read_material
from empathy_agent.training.words import Row, load

__all__ = ["Teacher", "main", "unrated"]

_RATE, _HEAD_RATE = 4e-5, 1e-3
_BATCH = 16
_PIECES = 64
_ALIKE = 512
"""Texts that are sorted by length before they are cut into batches."""
_COMMENTS = 22_000
_OURS = 9_000
_SHORT = 40
"""Words of the longest text of ours that is rated."""

Floats = NDArray[np.float32]


class Teacher:
    """An encoder with three outputs on the mean over its pieces."""

    def __init__(self, folder: Path) -> None:
        """Load it.

        Args:
            folder: of any encoder that transformers reads.

        Raises:
            SetupError: there is none.
        """
        import torch
        from transformers import AutoModel, AutoTokenizer

        try:
            self._cut: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            self._net: Any = AutoModel.from_pretrained(folder, local_files_only=True)
        except (OSError, ValueError) as error:
            raise SetupError(f"no encoder under {str(folder)!r}; point --model at one") from error
        self._head: Any = torch.nn.Linear(self._net.config.hidden_size, 3)
        self._centre, self._spread = np.zeros(3, np.float32), np.ones(3, np.float32)

    def learn(self, rows: Sequence[Row], epochs: int, rate: float = _RATE) -> None:
        """Learn from rated texts, the encoder's weights at this rate."""
        import torch

        torch.manual_seed(0)
        rng = np.random.default_rng(0)
        truth = np.array([row.dimensions for row in rows], np.float32)
        self._centre, self._spread = truth.mean(axis=0), np.maximum(truth.std(axis=0), 1e-3)
        truth = (truth - self._centre) / self._spread
        groups = [(self._net, rate), (self._head, _HEAD_RATE)]
        optimiser = torch.optim.AdamW(
            [{"params": part.parameters(), "lr": most} for part, most in groups], weight_decay=0.01
        )
        steps, step = epochs * -(-len(rows) // _BATCH), 0
        self._net.train()
        for _ in range(epochs):
            for chosen in _batches([len(row.text) for row in rows], rng):
                share = min(1.0, (step + 1) / (0.06 * steps)) * (1 - step / steps)
                for group, (_, most) in zip(optimiser.param_groups, groups, strict=True):
                    group["lr"] = most * share
                said = self._run([rows[index].text for index in chosen])
                loss = ((said - torch.from_numpy(truth[chosen])) ** 2).mean()
                optimiser.zero_grad()
                loss.backward()
                torch.nn.utils.clip_grad_norm_(self._net.parameters(), 1.0)
                optimiser.step()
                step += 1
                if step % 50 == 0:
                    report(f"step {step} of {steps}: loss {loss.item():.3f}")

    def rate(self, texts: Sequence[str]) -> Floats:
        """Return [N, 3] valence, arousal and dominance in about [-1, 1]."""
        import torch

        self._net.eval()
        said = np.empty((len(texts), 3), np.float32)
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        with torch.inference_mode():
            for start in range(0, len(order), 4 * _BATCH):
                rows = order[start : start + 4 * _BATCH]
                said[rows] = self._run([texts[row] for row in rows]).numpy()
        return said * self._spread + self._centre

    def _run(self, texts: Sequence[str]) -> Any:
        import torch

        given = self._cut(
            list(texts), padding=True, truncation=True, max_length=_PIECES, return_tensors="pt"
        )
        with torch.autocast("cpu", torch.bfloat16):
            states = self._net(**given).last_hidden_state
        mask = given["attention_mask"].unsqueeze(-1)
        return self._head((states.float() * mask).sum(1) / mask.sum(1))


def _batches(lengths: Sequence[int], rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """Give batches of texts of about the same length, in random order."""
    order = rng.permutation(len(lengths))
    alike = [order[start : start + _ALIKE] for start in range(0, len(order), _ALIKE)]
    order = np.concatenate([rows[np.argsort([lengths[row] for row in rows])] for rows in alike])
    starts = np.arange(0, len(order), _BATCH)
    rng.shuffle(starts)
    for start in starts:
        yield order[start : start + _BATCH]


def unrated(rows: Sequence[Row], ours: Sequence[str], *, seed: int = 0) -> list[str]:
    """Return comments of the train split and short texts of ours, at random."""
    rng = random.Random(seed)
    comments = [row.text for row in rows if row.labels is not None and row.split == "train"]
    short = [text for text in ours if len(text.split()) <= _SHORT]
    return [
        *rng.sample(comments, min(_COMMENTS, len(comments))),
        *rng.sample(short, min(_OURS, len(short))),
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Teach the large one, say how well it rates what it never saw, and write its opinions.

    Args:
        arguments: of the command line, instead of the process's.
    """
    parser = argparse.ArgumentParser(prog="python -m empathy_agent.training.teacher")
    parser.add_argument("--data", type=Path, required=True, help="folder with text/emobank")
    parser.add_argument("--model", type=Path, required=True, help="folder of a large encoder")
    parser.add_argument("--out", type=Path, required=True, help="file for the opinions")
    parser.add_argument("--epochs", type=int, default=2)
    asked = parser.parse_args(arguments)
    rows = load(asked.data)
    rated = [row for row in rows if row.dimensions is not None]
    teacher = Teacher(asked.model)
    teacher.learn([row for row in rated if row.split != "dev"], asked.epochs)
    measured = [row for row in rated if row.split == "dev"]
    said = teacher.rate([row.text for row in measured])
    truth = np.array([row.dimensions for row in measured])
    for column, name in enumerate(("valence", "arousal", "dominance")):
        report(f"dev, r of {name}: {np.corrcoef(said[:, column], truth[:, column])[0, 1]:.3f}")
    texts = unrated(rows, [row.text for row in read_material(*sorted(FOLDER.glob("*.txt")))])
    with asked.out.open("w", encoding="utf-8") as file:
        for text, opinion in zip(texts, teacher.rate(texts), strict=True):
            file.write(json.dumps({"text": text, "opinion": [float(each) for each in opinion]}))
            file.write("\n")
    report(f"wrote {asked.out}")


if __name__ == "__main__":
    main()
