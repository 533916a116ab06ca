"""The calibration of a vision model: fitted on labelled pictures, kept in a small file, used later.

Two numbers are fitted together, by likelihood: a temperature (Guo et al., 2017), and how much of
the content-free prior is divided out. The second is not 1 for every model: to a blank picture
`neutral` is an honest answer as well as a habit. Both hold for one model, one set of prompts and
one way of asking, and are left aside for any other.
"""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from empathy_agent.errors import SetupError

__all__ = ["FILE", "Fitted", "fit", "read_fitted", "write_fitted"]

Floats = NDArray[np.float64]

FILE = "vision.json"
"""Its name in the home folder."""

_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
_RANGE = (0.05, 50.0)
"""Temperatures between which the best is looked for."""
_STEPS = 40


class Fitted(BaseModel):
    """What was fitted for one model."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt: str
    """Hash of the prompt files it holds for."""
    debias: str
    """The way of asking it holds for, as `Debias` names itself."""
    temperature: float = Field(gt=0, allow_inf_nan=False)
    """Logs are divided by it."""
    prior: float = Field(ge=0, le=1)
    """How much of the prior is divided out."""
    task: str = ""
    """What it was fitted on."""
    n: int = 0
    """How many pictures."""
    nll: tuple[float, float] = (0.0, 0.0)
    """Mean negative log-likelihood of the labels before and after, on the same pictures."""


_File = TypeAdapter(dict[str, Fitted])


def fit(logs: Floats, priors: Floats, truth: NDArray[np.intp], *, prior: bool = True) -> Fitted:
    """Return the temperature and the share of the prior that make the labels likeliest.

    Args:
        logs: [N, 8] log-probabilities that a model gave.
        priors: [N, 8] those of pictures with nothing in them.
        truth: [N] columns of the labels.
        prior: whether a prior was asked for at all.
    """
    best = min(
        (*_coolest(logs - share * priors, truth), share) for share in (_SHARES if prior else (0.0,))
    )
    before = _loss(logs - float(prior) * priors, truth, 1.0)
    return Fitted(
        prompt="",
        debias="",
        temperature=round(best[1], 4),
        prior=best[2],
        n=len(truth),
        nll=(round(before, 4), round(best[0], 4)),
    )


def read_fitted(home: Path, model: str) -> Fitted | None:
    """Return what was fitted for a model; None where nothing was.

    Raises:
        SetupError: the file is damaged.
    """
    return _read(home / FILE).get(model)


def write_fitted(home: Path, model: str, fitted: Fitted) -> Path:
    """Keep what was fitted for a model, in place of what was there, and return the file.

    Raises:
        SetupError: the file is damaged, or cannot be written.
    """
    path = home / FILE
    kept = {**_read(path), model: fitted}
    told = {name: each.model_dump(mode="json") for name, each in sorted(kept.items())}
    try:
        home.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".tmp")
        beside.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise SetupError(f"{str(path)!r} cannot be written: {error.strerror}") from error
    return path


def _read(path: Path) -> dict[str, Fitted]:
    try:
        return _File.validate_json(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValidationError) as error:
        raise SetupError(
            f"{str(path)!r} is damaged; remove it, and run bench with --calibrate again"
        ) from error


def _coolest(logs: Floats, truth: NDArray[np.intp]) -> tuple[float, float]:
    """Return the least loss and its temperature; the loss is convex in its inverse."""
    low, high = (float(np.log(end)) for end in _RANGE)
    for _ in range(_STEPS):
        third = (high - low) / 3
        left = _loss(logs, truth, float(np.exp(low + third)))
        if left < _loss(logs, truth, float(np.exp(high - third))):
            high -= third
        else:
            low += third
    temperature = float(np.exp((low + high) / 2))
    return _loss(logs, truth, temperature), temperature


def _loss(logs: Floats, truth: NDArray[np.intp], temperature: float) -> float:
    scaled = logs / temperature
    likely = scaled - np.logaddexp.reduce(scaled, axis=1, keepdims=True)
    return float(-likely[np.arange(len(truth)), truth].mean())
