"""What a checkpoint holds, read from its headers; nothing of it is loaded or run.

A safetensors file starts with the length of its header (8 bytes, little-endian), then the header:
JSON of each tensor's type, shape and place. Format: huggingface/safetensors, README, "Format".
"""

import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from empathy_agent.errors import SetupError

__all__ = ["Checkpoint", "inspect"]

_INDEX = "model.safetensors.index.json"
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")
_LONGEST_HEADER = 100_000_000
"""What the safetensors library accepts at most."""
_BITS = {"F64": 64, "I64": 64, "F32": 32, "I32": 32, "F16": 16, "BF16": 16, "F4": 4}


@dataclass(frozen=True)
class Checkpoint:
    """A folder with a model in it."""

    folder: Path
    model_type: str
    """Its family, as `config.json` names it."""
    parameters: int
    """How many numbers its weights are."""
    stored: int
    """Bytes of its weights as they are on disk."""
    quantised: bool = False
    """Whether the weights are stored in a packed form, which is loaded as it is."""
    own_code: bool = False
    """Whether it brings code of its own."""


def inspect(folder: Path, name: str) -> Checkpoint:
    """Look at a checkpoint without loading it.

    Args:
        folder: where it is.
        name: what the user calls it, for messages.

    Raises:
        SetupError: it is none, or a part of it is missing, broken, or pickled.
    """
    config = _object(folder / "config.json", name)
    model_type = config.get("model_type")
    if not isinstance(model_type, str):
        raise SetupError(f"{name!r} is no model of Transformers: its config.json has no model_type")
    shapes = [header for path in _shards(folder, name) for header in _header(path, name)]
    return Checkpoint(
        folder,
        model_type,
        parameters=sum(math.prod(shape) for _, shape in shapes),
        stored=sum(math.prod(shape) * _BITS.get(kind, 8) // 8 for kind, shape in shapes),
        quantised="quantization_config" in config,
        own_code="auto_map" in config,
    )


def _object(path: Path, name: str) -> dict[str, object]:
    try:
        value: object = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SetupError(f"{name!r} is no model: there is no {path.name} in it") from None
    except (OSError, ValueError) as error:
        raise SetupError(f"{name!r} is broken: {path.name} cannot be read; get it again") from error
    if not isinstance(value, dict):
        raise SetupError(f"{name!r} is broken: {path.name} holds no object; get it again")
    return cast("dict[str, object]", value)


def _shards(folder: Path, name: str) -> list[Path]:
    if (folder / _INDEX).exists():
        placed = _object(folder / _INDEX, name).get("weight_map")
        if not isinstance(placed, dict):
            raise SetupError(f"{name!r} is broken: {_INDEX} has no weight_map; get it again")
        files = sorted({str(file) for file in cast("Mapping[str, object]", placed).values()})
        missing = [file for file in files if not (folder / Path(file).name).exists()]
        if missing:
            raise SetupError(
                f"{name!r} is only partly here: {len(missing)} of {len(files)} files are missing, "
                f"such as {missing[0]!r}; get it again"
            )
        return [folder / Path(file).name for file in files]
    if (folder / "model.safetensors").exists():
        return [folder / "model.safetensors"]
    pickles = sorted(path.name for pattern in _PICKLES for path in folder.glob(pattern))
    if pickles:
        raise SetupError(
            f"{name!r} has pickled weights ({pickles[0]!r}), which can run code when they are "
            "opened; choose a model with safetensors, or convert them"
        )
    raise SetupError(f"{name!r} is only partly here: it has no model.safetensors; get it again")


def _header(path: Path, name: str) -> list[tuple[str, list[int]]]:
    broken = SetupError(f"{name!r} is broken: {path.name!r} is damaged or cut off; get it again")
    try:
        with path.open("rb") as file:
            [length] = struct.unpack("<Q", file.read(8))
            if length > _LONGEST_HEADER:
                raise broken
            told: object = json.loads(file.read(length))
        size = path.stat().st_size
    except (OSError, ValueError, struct.error) as error:
        raise broken from error
    if not isinstance(told, dict):
        raise broken
    tensors = [
        tensor
        for key, tensor in cast("dict[str, dict[str, object]]", told).items()
        if key != "__metadata__"
    ]
    try:
        ends = [cast("list[int]", tensor["data_offsets"])[1] for tensor in tensors]
        read = [(str(tensor["dtype"]), cast("list[int]", tensor["shape"])) for tensor in tensors]
    except (KeyError, IndexError, TypeError) as error:
        raise broken from error
    if size != 8 + length + max(ends, default=0):
        raise broken
    return read
