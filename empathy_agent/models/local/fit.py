# pyright: basic, reportMissingImports=false
"""Which models fit this machine: memory that is free, against what a model needs."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

from empathy_agent.errors import SetupError

__all__ = ["KNOWN", "Known", "Room", "check", "fits", "largest", "need", "room"]

_CGROUP = Path("/sys/fs/cgroup")
_WORKING = 0.5e9
"""Bytes beside the weights: what three views of 256 tokens need while they run, and the runtime."""


@dataclass(frozen=True)
class Known:
    """A model worth knowing, and how large it is."""

    repository: str
    parameters: float
    """Rounded, from the shapes in the model's config or from what is told of it."""


KNOWN: tuple[Known, ...] = (
    Known("HuggingFaceTB/SmolVLM2-256M-Video-Instruct", 0.256e9),
    Known("HuggingFaceTB/SmolVLM2-500M-Video-Instruct", 0.507e9),
    Known("OpenGVLab/InternVL3-1B-hf", 0.94e9),
    Known("Qwen/Qwen3-VL-2B-Instruct", 2.13e9),
    Known("Qwen/Qwen2.5-VL-3B-Instruct", 3.75e9),
    Known("google/gemma-3-4b-it", 4.30e9),
    Known("Qwen/Qwen3-VL-4B-Instruct", 4.44e9),
    Known("Qwen/Qwen2.5-VL-7B-Instruct", 8.29e9),
    Known("Qwen/Qwen3-VL-8B-Instruct", 8.77e9),
    Known("Qwen/Qwen2.5-VL-32B-Instruct", 33.5e9),
)
"""From small to large."""


@dataclass(frozen=True)
class Room:
    """The memory a model can have."""

    device: str
    """`cuda:0`, `mps` or `cpu`."""
    free: float
    """Bytes."""
    bytes_each: int
    """What a weight takes there unless the name says otherwise."""


def room() -> Room:
    """Return the device that models go to, and what is free on it."""
    import torch

    if torch.cuda.is_available():
        index = torch.cuda.current_device()
        return Room(f"cuda:{index}", torch.cuda.mem_get_info(index)[0], 2)
    if torch.backends.mps.is_available():
        free = torch.mps.recommended_max_memory() - torch.mps.current_allocated_memory()
        return Room("mps", free, 2)
    return Room("cpu", _free_memory(), 4)


def need(parameters: float, bytes_each: float) -> float:
    """Return the bytes a model takes when it works."""
    return 1.1 * parameters * bytes_each + _WORKING


def fits(known: Known, room: Room) -> bool:
    """Whether a known model fits at two bytes a weight, which every device can do."""
    return need(known.parameters, 2) <= room.free


def largest(room: Room) -> Known | None:
    """Return the largest known model that fits."""
    fitting = [known for known in KNOWN if fits(known, room)]
    return fitting[-1] if fitting else None


def check(name: str, parameters: float, bytes_each: float, room: Room) -> None:
    """Refuse a model that will not fit, before it is loaded.

    Raises:
        SetupError: it needs more memory than is free; the message names a smaller model.
    """
    needed = need(parameters, bytes_each)
    if needed <= room.free:
        return
    smaller = largest(room)
    hint = f"'hf:{smaller.repository}' would" if smaller else "no known model does; use a server"
    if bytes_each > 1 and room.device.startswith("cuda") and need(parameters, 0.6) <= room.free:
        hint = f"'hf:{name}#4bit' would"
    raise SetupError(
        f"{name!r} needs {needed / 1e9:.1f} GB and {room.free / 1e9:.1f} GB are free on "
        f"{room.device}; {hint}"
    )


def _free_memory() -> float:
    """Return the bytes free for this process: the machine's, or its container's where fewer."""
    free = float("inf")
    with contextlib.suppress(OSError, StopIteration, ValueError):
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        told = next(line for line in lines if line.startswith("MemAvailable"))
        free = 1024.0 * int(told.split()[1])
    with contextlib.suppress(OSError, ValueError):  # no limit reads "max"
        most = int((_CGROUP / "memory.max").read_text(encoding="ascii"))
        used = int((_CGROUP / "memory.current").read_text(encoding="ascii"))
        free = min(free, most - used + _reclaimable())
    if free == float("inf"):
        free = _physical()
    return free


def _reclaimable() -> int:
    """Return bytes of files in a container's cache, which make way."""
    told = (_CGROUP / "memory.stat").read_text(encoding="ascii").split()
    return int(told[told.index("inactive_file") + 1])


def _physical() -> float:
    """Return half the machine's memory, where nothing says what is free (macOS, Windows)."""
    import os

    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2
    except (AttributeError, OSError, ValueError):
        return 4e9
