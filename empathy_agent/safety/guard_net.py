"""What no phrase of the guard foresaw: a small net that reads a sentence of ours for breaches.

Two looks. The first weighs runs of words and of letters (`models/ngrams.py`), and lets most plain
sentences go. What it does not clear is read again by MiniLM, its upper layers changed for this
reading, which takes some milliseconds. The net was taught by sentences written for this project
(`training/material/replies`); it stands beside the phrases and takes none of them back.
"""

import hashlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from empathy_agent.errors import SetupError
from empathy_agent.models.arrays import shipped_arrays
from empathy_agent.models.embedder import SHARED, MiniLM, States, open_embedder
from empathy_agent.models.layers import Block, Low
from empathy_agent.models.minilm import DEPTH, Encoder, batch, gelu, one_thread
from empathy_agent.models.ngrams import BUCKETS, runs_of
from empathy_agent.models.wordnet import MATRICES
from empathy_agent.safety.plain import plain

__all__ = [
    "KINDS",
    "WEIGHTS",
    "GuardNet",
    "SecondLook",
    "Wording",
    "key_of",
    "shipped",
    "wording_of",
]

_logger = logging.getLogger(__name__)

KINDS = (
    "diagnosis",
    "medication",
    "method",
    "secrecy",
    "contract",
    "identity",
    "harm",
    "delusion",
    "shaming",
    "romance",
    "leak",
    "abandoning",
    "promise",
)
"""What the outputs after the first say; the first says that a sentence is fine."""
WEIGHTS = "guard-1.npz"
"""The file among the weights."""
_REMEMBERED = 512
"""Sentences whose odds are kept: a reply is checked while it streams and once more as a whole."""
_LETTERS = 0.7
"""Share of letters that must be plain ones: the net knows English alone."""


Wording = tuple[NDArray[np.int64], NDArray[np.float32]]
"""Buckets of the runs in a sentence, and their numbers."""
_ALIKE = np.ones(2 * BUCKETS, np.float32)
"""No run counts more than another because it is rare."""


def wording_of(text: str) -> Wording:
    """Return the runs of a sentence in one spelling, and of whether it asks."""
    asks = " ?" if text.rstrip().endswith("?") else ""
    return runs_of(plain(text) + asks).weighed(_ALIKE)


def key_of(text: str) -> int:
    """Return 64 bits that tell a sentence from others, whatever its marks and capitals."""
    told = plain(text).encode("utf-8", "replace")
    return int.from_bytes(hashlib.blake2b(told, digest_size=8).digest(), "little")


class GuardNet:
    """The trained arrays, ready to run; safe to share between threads."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Unpack.

        Args:
            arrays: as `training/guard.py` exports them: `first` [131072] in eight bits and its
                `scale`; `layer3.mix.down` [384, 16] and so on, the changes of the upper layers;
                `inner` [1920, 128], `inner_bias`, `outer` [128, 14], `skip` [1920, 14] and `bias`
                on top of them; `bounds` [2], of either look; `spared`, the keys of our own
                reviewed sentences that it would mistake.
        """
        bounds = arrays["bounds"].tolist()
        self._clear, self.bound = float(bounds[0]), float(bounds[1])
        self._first, self._scale = arrays["first"], np.float32(arrays["scale"])
        self._spared = frozenset(arrays["spared"].tolist())
        self._arrays = {
            name: value.astype(np.float32)
            for name, value in arrays.items()
            if value.dtype == np.float16
        }
        self._block: Block | None = None
        self._lock = threading.Lock()

    @classmethod
    def load(cls) -> "GuardNet":
        """Load the weights that ship with the package.

        Raises:
            SetupError: they are missing or damaged.
        """
        return cls(shipped_arrays(WEIGHTS, "empathy-agent train guard"))

    def clears(self, wording: Wording) -> bool:
        """Say whether the first look is enough to let a sentence go."""
        buckets, numbers = wording
        return bool(numbers @ self._first[buckets] * self._scale < self._clear)

    def spares(self, sentence: str) -> bool:
        """Say whether a sentence is a reviewed one of ours that the net would mistake."""
        return key_of(sentence) in self._spared

    def odds(self, states: States, encoder: Encoder) -> NDArray[np.float32]:
        """Return [13] log odds of each of `KINDS` against a fine sentence.

        Args:
            states: what MiniLM's shared layers made of it.
            encoder: MiniLM's, whose other layers are changed.
        """
        arrays = self._arrays
        out, means = self._changed(encoder).run(*batch([states.pieces]))
        pooled = np.concatenate([states.means[SHARED], means[0].ravel(), out[0].max(axis=0)])
        with one_thread():
            hidden = gelu(pooled @ arrays["inner"] + arrays["inner_bias"])
            raw = hidden @ arrays["outer"] + pooled @ arrays["skip"] + arrays["bias"]
        return raw[1:] - raw[0]

    def _changed(self, encoder: Encoder) -> Block:
        with self._lock:
            if self._block is None:
                layers = enumerate(encoder.layers(range(SHARED, DEPTH)), SHARED)
                self._block = Block(
                    [
                        layer.plus({name: self._low(f"layer{depth}.{name}") for name in MATRICES})
                        for depth, layer in layers
                    ]
                )
            return self._block

    def _low(self, name: str) -> Low:
        return Low(self._arrays[f"{name}.down"], self._arrays[f"{name}.up"])


class SecondLook:
    """The net on MiniLM; safe to share between threads."""

    def __init__(self, net: GuardNet, base: MiniLM) -> None:
        """Build.

        Args:
            net: the trained one.
            base: gives the states of the second look.
        """
        self._net, self._base = net, base
        self._lock = threading.Lock()
        self._known: OrderedDict[str, NDArray[np.float32] | None] = OrderedDict()

    def kind_of(self, sentence: str, *, promises: bool) -> str | None:
        """Return the kind of breach a sentence is, or null.

        Args:
            sentence: one of ours.
            promises: whether a promise is a breach here.

        Raises:
            SetupError: the sentence vectors are missing.
        """
        odds = self._odds(sentence)
        if odds is None:
            return None
        here = odds if promises else odds[: KINDS.index("promise")]
        if np.logaddexp.reduce(here) < self._net.bound:
            return None
        return KINDS[int(here.argmax())]

    def _odds(self, sentence: str) -> NDArray[np.float32] | None:
        with self._lock:
            if sentence in self._known:
                self._known.move_to_end(sentence)
                return self._known[sentence]
        odds = self._read(sentence)
        with self._lock:
            self._known[sentence] = odds
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return odds

    def _read(self, sentence: str) -> NDArray[np.float32] | None:
        letters = [letter for letter in sentence if letter.isalpha()]
        if sum(map(str.isascii, letters)) < max(2, _LETTERS * len(letters)):
            return None
        if self._net.clears(wording_of(sentence)) or self._net.spares(sentence):
            return None
        [states] = self._base.states_of([sentence])
        return self._net.odds(states, self._base.encoder())


@cache
def shipped() -> SecondLook | None:
    """Return the second layer that ships; null where its weights or sentence vectors are missing.

    Phrases alone then guard, which is said once.
    """
    try:
        net, base = GuardNet.load(), open_embedder()
        assert isinstance(base, MiniLM)
        [states] = base.states_of(["warm"])
        net.odds(states, base.encoder())
    except SetupError as error:
        _logger.warning("replies are guarded by phrases alone: %s", error)
        return None
    return SecondLook(net, base)
