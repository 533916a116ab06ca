# pyright: basic, reportMissingImports=false
"""One model that writes for many at once, a token each at every step.

Whoever comes while others are being answered joins them at the next step: the newcomer's prompt
runs by itself, and its cache is put beside theirs, the shorter padded on the left. So a long answer
keeps nobody waiting. Families whose cache cannot be put together start together or not at all
(sliding windows), or are answered one after the other (anything else). The device is shared with
the questions of the vision side, which are answered between two steps.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import torch
from transformers.cache_utils import DynamicLayer, DynamicSlidingWindowLayer

from empathy_agent.errors import ModelUnavailable
from empathy_agent.models.local.load import Loaded
from empathy_agent.models.local.vision import gatherer_of, is_memory, make_room

__all__ = ["Ended", "Wish", "Writing", "writing_of"]

logger = logging.getLogger(__name__)

_MAKING = threading.Lock()

_MOST = 16
"""Answers at a time; each holds a cache of its conversation."""
_ROOM = 256
"""Wishes that may wait; one more is refused."""
_PROMPTS = 8_192
"""Tokens of prompts that run together at most, padding counted."""


@dataclass(frozen=True)
class Ended:
    """The last thing that is told of an answer."""

    why: str
    """`stop`, `length` or `time`."""
    error: Exception | None = None


@dataclass(eq=False)
class Wish:
    """An answer that somebody wants."""

    ids: Sequence[int]
    """The prompt."""
    ends: frozenset[int]
    """Tokens that end the answer."""
    tell: Callable[[int | Ended], None]
    """Is told each token, then the end; called in another thread."""
    most: int = 400
    """Tokens of the answer."""
    temperature: float = 0.0
    """0 takes the likeliest token each time."""
    top_p: float = 1.0
    """Share of the likeliest tokens among which one is drawn."""
    seed: int = 0
    until: float = float("inf")
    """When it is broken off, on `time.monotonic`'s clock."""
    closed: threading.Event = field(default_factory=threading.Event)
    """Set by whoever wants no more of it."""


class _Joins(Enum):
    """Who may be answered at the same time."""

    ANYBODY = "anybody"
    TOGETHER = "those who start together"
    NOBODY = "nobody else"


@dataclass(eq=False)
class _Row:
    wish: Wish
    source: torch.Generator
    next: int = 0
    """Its last token, which the model has not read yet."""
    told: int = 0


class Writing:
    """Writes for all users of a model; safe to share between threads."""

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self._gatherer = gatherer_of(loaded)
        self._lock = threading.Lock()
        self._waiting: deque[Wish] = deque()
        self._working = False
        self._most = _MOST
        self._joins: _Joins | None = None if "position_ids" in loaded.accepts else _Joins.NOBODY
        # Whoever has the device may take a step, so all below is theirs alone.
        self._rows: list[_Row] = []
        self._cache: Any = None
        self._mask: Any = None
        self._gatherer.beside.append(self._step)

    def write(self, wish: Wish) -> None:
        """Put a wish on the list; it is told what is written from another thread.

        Raises:
            ModelUnavailable: too many wait already.
        """
        with self._lock:
            if len(self._waiting) >= _ROOM:
                raise ModelUnavailable(f"{len(self._waiting)} answers wait already; try again")
            self._waiting.append(wish)
            if not self._working:
                self._working = True
                threading.Thread(target=self._work, name="chat answers", daemon=True).start()

    def _work(self) -> None:
        """Take steps while there is something to write; nobody works where nobody waits."""
        while True:
            with self._gatherer.alone():
                self._gatherer.serve()
                with self._lock:
                    if not self._waiting and not self._rows:
                        self._working = False
                        return

    def _step(self) -> None:
        """Write one token for everybody, after letting in who waits; the device must be ours."""
        self._leave([row for row in self._rows if _is_over(row.wish)])
        try:
            self._admit()
            if self._rows:
                self._read_on()
        except Exception as error:
            if is_memory(error):
                logger.warning("no memory for %d answers at once", len(self._rows))
            self._fail(error)

    @torch.inference_mode()
    def _admit(self) -> None:
        wishes = self._next_wishes()
        if not wishes:
            return
        rows = [_Row(each, torch.Generator().manual_seed(each.seed)) for each in wishes]
        try:
            told, mask = self._read([each.ids for each in wishes])
            if self._joins is None:
                self._joins = _joins(told.past_key_values)
            if self._rows:
                mask = self._put_beside(told.past_key_values, mask)
            else:
                self._cache = told.past_key_values
        except Exception as error:
            if not is_memory(error):
                _tell_all(rows, error)
                return
            make_room()
            self._again(rows, error)
            return
        self._mask = mask
        self._rows += rows
        self._choose(rows, told.logits[:, -1])

    def _put_beside(self, cache: Any, mask: Any) -> Any:
        """Put newcomers below those who are there; return the mask of all."""
        try:
            return _put_beside(self._cache, self._mask, cache, mask)
        except Exception as error:  # half of the layers may be put together already
            self._fail(error)
            raise

    def _next_wishes(self) -> list[Wish]:
        """Take those off the list that can start now."""
        if self._rows and self._joins is not _Joins.ANYBODY:
            return []
        free = 1 if self._joins in (None, _Joins.NOBODY) else self._most - len(self._rows)
        taken: list[Wish] = []
        longest = 0
        with self._lock:
            while self._waiting and len(taken) < free:
                longest = max(longest, len(self._waiting[0].ids))
                if taken and longest * (len(taken) + 1) > _PROMPTS:
                    break
                taken.append(self._waiting.popleft())
        over = [each for each in taken if _is_over(each)]
        for each in over:
            each.tell(Ended("time"))
        return [each for each in taken if each not in over]

    def _read(self, prompts: Sequence[Sequence[int]]) -> tuple[Any, Any]:
        """Run whole prompts, the shorter padded on the left; return what came, and the mask."""
        width, device = max(map(len, prompts)), self._loaded.device
        ids = torch.zeros((len(prompts), width), dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, prompt in enumerate(prompts):
            ids[row, width - len(prompt) :] = torch.tensor(prompt)
            mask[row, width - len(prompt) :] = 1
        mask = mask.to(device)
        return self._run(ids.to(device), mask, None), mask

    def _run(self, ids: Any, mask: Any, cache: Any) -> Any:
        more: dict[str, Any] = {}
        if "position_ids" in self._loaded.accepts:
            more["position_ids"] = (mask.cumsum(-1) - 1).clamp(min=0)[:, -ids.shape[1] :]
        if "logits_to_keep" in self._loaded.accepts:
            more["logits_to_keep"] = 1
        return self._loaded.model(
            input_ids=ids,
            attention_mask=mask,
            past_key_values=cache,
            use_cache=True,
            return_dict=True,
            **more,
        )

    @torch.inference_mode()
    def _read_on(self) -> None:
        last = torch.tensor([[row.next] for row in self._rows], device=self._loaded.device)
        self._mask = torch.cat([self._mask, torch.ones_like(last)], dim=1)
        told = self._run(last, self._mask, self._cache)
        self._choose(list(self._rows), told.logits[:, -1])

    def _choose(self, rows: Sequence[_Row], logits: Any) -> None:
        """Choose a token for each row and tell it; let go of those that have ended."""
        gone: list[_Row] = []
        for row, token in zip(rows, _tokens(rows, logits.float()), strict=True):
            if token is None:
                damaged = ModelUnavailable("the model gave no number; its weights may be damaged")
                row.wish.tell(Ended("stop", damaged))
                gone.append(row)
            elif token in row.wish.ends:
                row.wish.tell(Ended("stop"))
                gone.append(row)
            else:
                row.next = token
                row.told += 1
                row.wish.tell(token)
                if row.told >= row.wish.most:
                    row.wish.tell(Ended("length"))
                    gone.append(row)
        self._forget(gone)

    def _leave(self, rows: Sequence[_Row]) -> None:
        for row in rows:
            row.wish.tell(Ended("time"))
        self._forget(rows)

    @torch.inference_mode()
    def _forget(self, gone: Sequence[_Row]) -> None:
        """Let go of rows and of their cache."""
        if not gone:
            return
        keep = [place for place, row in enumerate(self._rows) if row not in gone]
        self._rows = [self._rows[place] for place in keep]
        if not keep:
            self._cache = self._mask = None
            return
        chosen = torch.tensor(keep, device=self._mask.device)
        self._cache.batch_select_indices(chosen)
        self._mask = self._mask[chosen]
        if self._joins is _Joins.ANYBODY:
            self._mask = _narrow(self._cache, self._mask)

    def _again(self, rows: Sequence[_Row], error: Exception) -> None:
        """Let newcomers wait for whom there is no memory now; fail one for whom there never is."""
        if not self._rows and len(rows) == 1:
            _tell_all(rows, error)
            return
        self._most = max(1, len(self._rows) + len(rows) - 1)
        with self._lock:
            self._waiting.extendleft(row.wish for row in reversed(rows))

    def _fail(self, error: Exception) -> None:
        rows, self._rows = self._rows, []
        self._cache = self._mask = None
        if is_memory(error):
            make_room()
            self._most = max(1, len(rows) // 2)
        _tell_all(rows, error)


def writing_of(loaded: Loaded) -> Writing:
    """Return who writes for all users of a model."""
    with _MAKING:
        if Writing not in loaded.shares:
            loaded.shares[Writing] = Writing(loaded)
        return loaded.shares[Writing]


def _is_over(wish: Wish) -> bool:
    return wish.closed.is_set() or time.monotonic() > wish.until


def _tell_all(rows: Sequence[_Row], error: Exception) -> None:
    if is_memory(error):
        error = ModelUnavailable("no memory is left for the chat model's answer")
    for row in rows:
        row.wish.tell(Ended("stop", error))


def _joins(cache: Any) -> _Joins:
    """Find out from a cache whose answers may be written at the same time."""
    layers: list[Any] = getattr(cache, "layers", None) or []
    kinds = {type(layer) for layer in layers}
    plain = bool(kinds) and kinds <= {DynamicLayer, DynamicSlidingWindowLayer}
    if not plain or not all(layer.is_initialized for layer in layers):
        return _Joins.NOBODY
    return _Joins.ANYBODY if kinds == {DynamicLayer} else _Joins.TOGETHER


def _put_beside(cache: Any, mask: Any, other: Any, theirs: Any) -> Any:
    """Put the rows of another cache below those of a cache; return the mask of both."""
    width = max(mask.shape[1], theirs.shape[1])
    for layer, more in zip(cache.layers, other.layers, strict=True):
        layer.keys = torch.cat([_widen(layer.keys, width), _widen(more.keys, width)])
        layer.values = torch.cat([_widen(layer.values, width), _widen(more.values, width)])
    pad = torch.nn.functional.pad
    masks = [pad(each, (width - each.shape[1], 0)) for each in (mask, theirs)]
    return torch.cat(masks)


def _widen(states: Any, width: int) -> Any:
    """Pad [B, heads, T, size] to `width` tokens with what the mask hides."""
    return torch.nn.functional.pad(states, (0, 0, width - states.shape[2], 0))


def _narrow(cache: Any, mask: Any) -> Any:
    """Cut off what pads every row; return the mask that is left."""
    empty = int((mask.cumsum(-1) == 0).all(0).sum())
    if empty:
        for layer in cache.layers:
            layer.keys = layer.keys[:, :, empty:].contiguous()
            layer.values = layer.values[:, :, empty:].contiguous()
    return mask[:, empty:]


def _tokens(rows: Sequence[_Row], logits: Any) -> list[int | None]:
    """Return the next token of each row, from [B, vocabulary]; null where there are no numbers."""
    top = logits.max(-1)
    sound = torch.isfinite(top.values).tolist()
    likeliest: list[int] = top.indices.tolist()
    return [
        None if not fine else _drawn(row, logits[at]) if row.wish.temperature > 0 else likeliest[at]
        for at, (row, fine) in enumerate(zip(rows, sound, strict=True))
    ]


def _drawn(row: _Row, logits: Any) -> int:
    """Draw a token among the likeliest; on the CPU, where draws are the same on every machine."""
    shares = (logits.cpu() / row.wish.temperature).softmax(-1)
    shares, order = shares.sort(descending=True)
    above = shares.cumsum(-1) - shares
    shares = shares.masked_fill(above >= row.wish.top_p, 0)
    return int(order[torch.multinomial(shares, 1, generator=row.source)])
