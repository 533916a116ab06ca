"""The small nets that ship as packed arrays: found, verified and read."""

import hashlib
import io
import json
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from empathy_agent.errors import SetupError

__all__ = ["shipped_arrays"]


def shipped_arrays(file: str, remake: str) -> dict[str, NDArray[Any]]:
    """Return the arrays of a weights file that ships with the package.

    Args:
        file: its name among the weights.
        remake: the command that makes it anew.

    Raises:
        SetupError: it is missing or damaged.
    """
    mend = f"reinstall empathy-agent, or remake it with `{remake}`"
    folder = files("empathy_agent.models.weights")
    try:
        data = folder.joinpath(file).read_bytes()
        known = json.loads(folder.joinpath("checksums.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SetupError(f"the weights {file!r} are missing; {mend}") from error
    if hashlib.sha256(data).hexdigest() != known.get(file):
        raise SetupError(f"the weights {file!r} are damaged (wrong checksum); {mend}")
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return dict(arrays)
