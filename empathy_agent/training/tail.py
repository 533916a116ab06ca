# pyright: basic, reportMissingImports=false
"""What balancing the long tail buys and costs: every recipe on the same features, WAR beside UAR.

Run as `python -m empathy_agent.training.tail --data FOLDER --keep CHECKPOINT [--card FILE]`, after
`empathy-agent train expression` wrote the checkpoint. Heads are taught anew on the features of the
learnt net (Kang et al., 2020, "Decoupling representation and classifier"), so that recipes differ
in nothing else; with `--epochs`, small nets are taught whole under some of them as well.
"""

import argparse
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from empathy_agent.benchmarks.metrics import Guessed, guessed
from empathy_agent.training.augment import example, plain, spoil
from empathy_agent.training.calibrate import softmax, temperature
from empathy_agent.training.cards import with_section
from empathy_agent.training.corpus import TEACHER, Samples, load_fer, load_photos
from empathy_agent.training.expression import Plan, train
from empathy_agent.training.nets import ExpressionNet
from empathy_agent.training.report import truth_of

__all__ = ["RECIPES", "Recipe", "Row", "compare", "main", "render", "teach"]

_log = logging.getLogger(__name__)

Floats = NDArray[np.float32]

SMALL = (16, 32, 64)
"""Widths of the nets that are taught whole."""
_SEED = 1


@dataclass(frozen=True)
class Recipe:
    """One way to treat the long tail."""

    name: str
    tau: float = 0.0
    """Strength of logit adjustment in the loss (Menon et al., 2021)."""
    power: float = 0.0
    """Pictures are weighed by how rare their majority is to this power; 1 is full balance."""
    after: float = 0.0
    """Strength of logit adjustment after training, in place of the loss."""


RECIPES = (
    Recipe("plain"),
    Recipe("balanced sampling", power=1.0),
    Recipe("balanced by the root", power=0.5),
    *(Recipe(f"logit adjustment, tau {tau}", tau=tau) for tau in (0.25, 0.5, 0.75, 1.0)),
    Recipe("root and tau 0.25", tau=0.25, power=0.5),
    Recipe("root and tau 0.5", tau=0.5, power=0.5),
    *(Recipe(f"plain, adjusted after by {tau}", after=tau) for tau in (0.25, 0.5, 1.0)),
)


@dataclass(frozen=True, eq=False)
class Views:
    """A labelled set as the net sees it: each picture and its mirror image."""

    features: tuple[Floats, Floats]
    """[N, width] each."""
    truth: NDArray[np.int64]
    """[N] classes."""


@dataclass(frozen=True, eq=False)
class Row:
    """What one recipe is worth."""

    name: str
    sets: tuple[Guessed, ...]
    """Its scores on each set: valid, valid spoilt, photos of people held out."""

    @property
    def sum(self) -> float:
        """WAR and UAR on the first set together."""
        return self.sets[0].accuracy + self.sets[0].uar


@torch.no_grad()
def features(net: ExpressionNet, crops: NDArray[np.uint8]) -> Floats:
    """Return what the net's heads see of crops [N, side, side]: [N, width]."""
    kept: list[torch.Tensor] = []
    watch = net.drop.register_forward_hook(lambda *seen: kept.append(seen[1][0]))
    net.eval()
    for at in range(0, len(crops), 256):
        batch = torch.from_numpy(np.ascontiguousarray(crops[at : at + 256, None], np.float32))
        with torch.autocast("cpu", torch.bfloat16):
            net(batch.to(memory_format=torch.channels_last))
    watch.remove()
    return torch.cat(kept).float().numpy()


def teach(seen: Floats, votes: Floats, recipe: Recipe, steps: int = 300) -> torch.nn.Linear:
    """Teach a head on frozen features [N, width] with people's votes [N, 8]."""
    torch.manual_seed(_SEED)
    share = votes.mean(0) + 1e-6
    weight = torch.from_numpy((share[votes.argmax(1)] ** -recipe.power).astype(np.float32))
    weight /= weight.mean()
    shift = torch.from_numpy((recipe.tau * np.log(share)).astype(np.float32))
    x, y = torch.from_numpy(seen), torch.from_numpy(votes)
    head = torch.nn.Linear(seen.shape[1], votes.shape[1])
    optimiser = torch.optim.Adam(head.parameters(), lr=0.02, weight_decay=1e-4)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = 0.02 * (1 - step / steps)
        loss = -(weight * (y * functional.log_softmax(head(x) + shift, 1)).sum(1)).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        head.bias.sub_(torch.from_numpy((recipe.after * np.log(share)).astype(np.float32)))
    return head


def compare(
    net: ExpressionNet, learn: Samples, sets: Sequence[Samples], recipes: Iterable[Recipe] = RECIPES
) -> list[Row]:
    """Teach a head under each recipe, and score it on each set.

    Args:
        net: learnt; its own head gives the first row.
        learn: the training pictures.
        sets: whole pictures, the same spoilt, photos upright; each is scored as it is.
        recipes: what to try.
    """
    rng = np.random.default_rng(_SEED)
    crops = [plain(each) for each in learn] + [example(each, rng).crop for each in learn]
    seen, votes = features(net, np.stack(crops)), np.stack([each.emotion for each in learn] * 2)
    views = [_views(net, each) for each in sets]
    rows = [Row("the net's own head", tuple(_scored(net.emotion, each) for each in views))]
    for recipe in recipes:
        head = teach(seen, votes, recipe)
        rows.append(Row(recipe.name, tuple(_scored(head, each) for each in views)))
        _log.info("%s: %.4f", recipe.name, rows[-1].sum)
    return rows


def _views(net: ExpressionNet, samples: Samples) -> Views:
    crops = np.stack([each.picture if each.framed else plain(each) for each in samples])
    both = features(net, crops), features(net, np.ascontiguousarray(crops[:, :, ::-1]))
    return Views(both, truth_of(samples))


@torch.no_grad()
def _scored(head: torch.nn.Linear, views: Views) -> Guessed:
    """Score a head; each half is told with the temperature of the other."""
    logits = np.stack([head(torch.from_numpy(each)).numpy() for each in views.features])
    logits = logits.astype(np.float64)
    odds = np.zeros(logits.shape[1:])
    for part in (0, 1):
        learn, told = slice(part, None, 2), slice(1 - part, None, 2)
        divisor = temperature(logits[:, learn], views.truth[learn])
        odds[told] = softmax(logits[:, told] / divisor).mean(0)
    return guessed(odds, views.truth)


def small(learn: Samples, blanks: Samples, sets: Sequence[Samples], plan: Plan) -> list[Row]:
    """Teach small nets whole under a few recipes, alike in all else."""
    rows: list[Row] = []
    for name, tau, rare in (
        ("plain", 0.0, 1),
        ("rare seen up to 4 times", 0.0, 4),
        ("tau 0.5", 0.5, 1),
        ("tau 1", 1.0, 1),
        ("tau 0.5, rare seen up to 4 times", 0.5, 4),
    ):
        net = train(learn, blanks, replace(plan, tau=tau, rare=rare))
        views = [_views(net, each) for each in sets]
        rows.append(Row(f"small net, {name}", tuple(_scored(net.emotion, each) for each in views)))
        _log.info("%s: %.4f", rows[-1].name, rows[-1].sum)
    return rows


def render(rows: Sequence[Row]) -> str:
    """Return the table as Markdown, with what it says."""
    head = "recipe | WAR | UAR | macro-F1 | ECE | spoilt WAR | spoilt UAR | photos WAR | photos UAR"
    lines = [f"| {head} |", "| --- " * 9 + "|"]
    for row in rows:
        valid, spoilt, photos = row.sets
        values = (valid.accuracy, valid.uar, valid.macro_f1, valid.ece, spoilt.accuracy)
        cells = (*values, spoilt.uar, photos.accuracy, photos.uar)
        lines.append(f"| {row.name} | " + " | ".join(f"{each:.3f}" for each in cells) + " |")
    heads = [row for row in rows[1:] if not row.name.startswith("small")]
    best = max(heads, key=lambda row: row.sum)
    return "\n".join(
        [
            "Heads taught anew on the frozen features of the net, alike in all but the recipe:",
            f"on FER+ valid ({rows[0].sets[0].n}, whole pictures), the same spoilt, and photos of",
            f"people held out ({rows[0].sets[2].n}, noisy labels). Each half is told with the",
            "temperature of the other. Balance is bought with WAR: the more weight on the rare,",
            "the higher UAR and the lower WAR.",
            f"The sum of both is highest for: {best.name}.",
            f"What ships is the net's own head, taught with tau {Plan.tau} and rare pictures seen",
            f"up to {Plan.rare} times, and the two shifts of its calibration: they move it",
            "along the same line, towards the common, without giving the rare up again.",
            "",
            *lines,
        ]
    )  # fmt: skip


def main(arguments: list[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="empathy_agent.training.tail", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that has faces/")
    parser.add_argument("--keep", type=Path, required=True, help="checkpoint of a learnt net")
    parser.add_argument("--card", type=Path, help="card into which the table goes")
    parser.add_argument("--epochs", type=int, default=0, help="teach small nets for so many")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    folder = chosen.data / "faces"
    learn, blanks = load_fer(folder, "train")
    valid = [
        each for each in load_fer(folder, "valid", folder / "ferplus_train.npz")[0] if each.sure
    ]
    photos, aside = load_photos(folder)
    rng = np.random.default_rng(0)
    spoilt = [replace(each, picture=spoil(each.picture, rng)) for each in valid]
    sets = (valid, spoilt, [each for each in aside if each.trust > 0])
    net = ExpressionNet(len(TEACHER), Plan.widths)
    net.load_state_dict(torch.load(chosen.keep, weights_only=True, map_location="cpu")["mean"])
    rows = compare(net, learn, sets)
    if chosen.epochs:
        plan = Plan(epochs=chosen.epochs, widths=SMALL, photos=1000)
        rows += small(learn + photos, blanks, sets, plan)
    table = render(rows)
    _log.info("\n%s", table)
    if chosen.card is not None:
        card = chosen.card.read_text(encoding="utf-8")
        chosen.card.write_text(with_section(card, "The long tail", table), encoding="utf-8")


if __name__ == "__main__":
    main()
