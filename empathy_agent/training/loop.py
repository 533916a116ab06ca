# pyright: basic, reportMissingImports=false
"""What every training run of a net shares: its rate, its running mean, going on where it was."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import torch

__all__ = ["follow", "rate", "resume", "save"]

_log = logging.getLogger(__name__)


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
    state = torch.load(keep, weights_only=True)
    net.load_state_dict(state["net"])
    mean.load_state_dict(state["mean"])
    optimiser.load_state_dict(state["optimiser"])
    _log.info("going on after epoch %d", state["epoch"])
    return int(state["epoch"])
