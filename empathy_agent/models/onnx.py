# pyright: basic, reportMissingImports=false
"""The small nets that ship with the package, run by ONNX Runtime on one thread.

One thread, because a net below a millisecond loses more to waking a second one than it gains.
"""

import hashlib
import json
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from empathy_agent.errors import SetupError, near

__all__ = ["OnnxNet", "card", "checked", "checksums", "session"]

_WEIGHTS = "empathy_agent.models.weights"
_MEND = "reinstall empathy-agent"


def _shipped() -> Traversable:
    return files(_WEIGHTS)


def checksums(folder: Traversable | None = None) -> dict[str, str]:
    """Return the SHA-256 of every weights file, by file name.

    Args:
        folder: Where the weights are; the ones that ship when left out.

    Raises:
        SetupError: The list itself is missing or damaged.
    """
    try:
        text = (folder or _shipped()).joinpath("checksums.json").read_text(encoding="utf-8")
        return {str(name): str(digest) for name, digest in json.loads(text).items()}
    except (OSError, ValueError, AttributeError) as error:
        raise SetupError(f"the list of weights checksums.json cannot be read; {_MEND}") from error


def card(name: str) -> str:
    """Return what is known about a net, as Markdown: data, licence, scores, limits.

    Raises:
        SetupError: No net of this name has a card.
    """
    try:
        return _shipped().joinpath(f"{name}.md").read_text(encoding="utf-8")
    except OSError as error:
        cards = [each.name[:-3] for each in _shipped().iterdir() if each.name.endswith(".md")]
        raise SetupError(f"no card for the net {name!r}{near(name, cards)}") from error


def checked(name: str, folder: Traversable | None = None) -> bytes:
    """Return a net as it is on the disk.

    Args:
        name: The file name without its ending.
        folder: Where the weights are; the ones that ship when left out.

    Raises:
        SetupError: It is unknown, missing or damaged.
    """
    folder = folder or _shipped()
    file = f"{name}.onnx"
    known = checksums(folder)
    if file not in known:
        nets = [each.removesuffix(".onnx") for each in known if each.endswith(".onnx")]
        raise SetupError(f"no net {name!r} ships with this package{near(name, nets)}")
    try:
        weights = folder.joinpath(file).read_bytes()
    except OSError as error:
        raise SetupError(f"the weights {file!r} are missing; {_MEND}") from error
    if hashlib.sha256(weights).hexdigest() != known[file]:
        raise SetupError(f"the weights {file!r} are damaged (wrong checksum); {_MEND}")
    return weights


class OnnxNet:
    """One net of a weights folder; loaded and verified at its first run."""

    def __init__(self, name: str, folder: Traversable | None = None) -> None:
        self.name = name
        """The file name without its ending."""
        self._folder = folder or _shipped()
        self._session: Any = None
        self._lock = Lock()

    def warm(self) -> None:
        """Load the net now.

        Raises:
            SetupError: Its weights are unknown, missing or damaged.
        """
        self._open()

    def run(self, array: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
        """Return every output of the net for one input; many threads may call.

        Raises:
            SetupError: Its weights are unknown, missing or damaged.
        """
        session = self._open()
        feed = {session.get_inputs()[0].name: np.ascontiguousarray(array, dtype=np.float32)}
        return tuple(session.run(None, feed))

    def _open(self) -> Any:
        with self._lock:
            if self._session is None:
                self._session = session(checked(self.name, self._folder))
        return self._session


def session(graph: bytes, given: Mapping[str, NDArray[np.float32]] | None = None) -> Any:
    """Open a net on one thread, silent but for errors.

    Args:
        graph: The net.
        given: Weights that the graph names and does not hold; they are copied.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    if given:
        tensors = [onnxruntime.OrtValue.ortvalue_from_numpy(value) for value in given.values()]
        options.add_external_initializers(list(given), tensors)
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
