# pyright: basic, reportMissingImports=false
"""What every training run of a net shares: options, rate, running mean, going on where it was."""

import argparse
import logging
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from empathy_agent.errors import SetupError, near

__all__ = ["device_of", "follow", "options", "rate", "resume", "running", "save"]

_log = logging.getLogger(__name__)


def options(program: str, about: str | None, epochs: int, seed: int) -> argparse.ArgumentParser:
    """Return a parser of the options that every run takes."""
    parser = argparse.ArgumentParser(prog=program, description=about)
    parser.add_argument("--data", type=Path, required=True, help="folder that has faces/")
    parser.add_argument("--out", type=Path, required=True, help="folder for the weights")
    parser.add_argument("--keep", type=Path, help="checkpoint to write and to go on from")
    parser.add_argument("--log", type=Path, help="file to which the log is added")
    parser.add_argument("--epochs", type=int, default=epochs)
    parser.add_argument("--seed", type=int, default=seed)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, ...")
    return parser


@contextmanager
def running(chosen: argparse.Namespace) -> Generator[torch.device]:
    """Log and use threads as chosen while a run lasts; gives where to learn.

    Raises:
        SetupError: A folder is missing, or there is no such device.
    """
    for path in (chosen.out, *(each.parent for each in (chosen.keep, chosen.log) if each)):
        if not path.is_dir():
            raise SetupError(f"no folder {str(path)!r}; make it first")
    device = device_of(chosen.device)
    torch.set_num_threads(chosen.threads)
    handlers: list[logging.Handler] = [logging.StreamHandler()]
    if chosen.log is not None:
        handlers.append(logging.FileHandler(chosen.log, encoding="utf-8"))
    logger = logging.getLogger("empathy_agent.training")
    logger.setLevel(logging.INFO)
    for each in handlers:
        each.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        logger.addHandler(each)
    try:
        yield device
    finally:
        for each in handlers:
            logger.removeHandler(each)
            each.close()


def device_of(name: str) -> torch.device:
    """Return where to learn: `auto` is the first GPU where there is one.

    Raises:
        SetupError: There is no such device.
    """
    count = torch.cuda.device_count()
    known = ["auto", "cpu", *(["cuda"] if count else []), *(f"cuda:{at}" for at in range(count))]
    if name not in known:
        raise SetupError(f"no device {name!r} here{near(name, known)}")
    return torch.device(("cuda" if count else "cpu") if name == "auto" else name)


def rate(done: float, peak: float) -> float:
    """Return the learning rate after a share `done` of a run: a short rise, then a cosine down."""
    warm = 0.06
    if done < warm:
        return peak * (0.05 + 0.95 * done / warm)
    return peak * (0.005 + 0.995 * 0.5 * (1 + float(np.cos(np.pi * (done - warm) / (1 - warm)))))


@torch.no_grad()
def follow(mean: torch.nn.Module, net: torch.nn.Module, decay: float) -> None:
    """Move the running mean of the weights a step towards a net's."""
    for slow, fast in zip(mean.state_dict().values(), net.state_dict().values(), strict=True):
        if slow.dtype.is_floating_point:
            slow.lerp_(fast, 1 - decay)
        else:
            slow.copy_(fast)


def save(keep: Path, epoch: int, net: Any, mean: Any, optimiser: Any) -> None:
    """Write all that a run needs to go on, in one step."""
    state = {"epoch": epoch, "net": net.state_dict(), "mean": mean.state_dict()}
    fresh = keep.with_suffix(".part")
    torch.save(state | {"optimiser": optimiser.state_dict()}, fresh)
    fresh.replace(keep)


def resume(keep: Path | None, net: Any, mean: Any, optimiser: Any) -> int:
    """Read back what `save` wrote, if it is there, and return how many epochs are done."""
    if keep is None or not keep.exists():
        return 0
    state = torch.load(keep, weights_only=True, map_location="cpu")
    net.load_state_dict(state["net"])
    mean.load_state_dict(state["mean"])
    optimiser.load_state_dict(state["optimiser"])
    _log.info("going on after epoch %d", state["epoch"])
    return int(state["epoch"])
