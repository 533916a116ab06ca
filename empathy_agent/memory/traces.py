"""Looks for what should be gone: many texts and vectors at once, in the raw bytes of files.

Texts are cut into pieces, because a database splits long values over pages; vectors into blocks of
floats, compared to about five digits, because an index stores them normalised once more. A first
pass over all offsets finds eight bytes of a piece by table, a second compares the whole piece.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["Traces"]

_KEY = 8
_PIECE = 24
"""Bytes of a piece of text; a shorter text is one piece."""
_STRIDE = 256
_BLOCK = 64
"""Floats of a piece of a vector."""
_CHUNK = 1 << 19
"""Bytes read at a time: few enough for the processor's cache."""
_OVERLAP = 1024
_TABLE_BITS = 20
_MIX = np.uint64(0x9E3779B97F4A7C15)
_EXACT = np.uint64(0xFFFFFFFFFFFFFFFF)
_ROUGH = np.uint64(0xFFFFFF00FFFFFF00)
"""Leaves out the last eight bits of each of two floats."""


class Traces:
    """The traces that texts and vectors could leave; finding one gives its number."""

    def __init__(self, texts: Iterable[str], vectors: Iterable[NDArray[np.float32]] = ()) -> None:
        """Prepare the search.

        Args:
            texts: What should be gone; one of fewer than eight bytes is no evidence, as it may
                stand anywhere by chance.
            vectors: Each [n]; blocks of zeros are no evidence either.
        """
        pieces = sorted({piece for text in set(texts) for piece in _text_pieces(text)}, key=len)
        short = sum(len(piece) < _PIECE for piece in pieces)
        self._short = _Keys(pieces[:short], _EXACT, [(piece[:_KEY], 0) for piece in pieces[:short]])
        self._long = _Runs(pieces[short:])
        blocks = [block for vector in vectors for block in _blocks(vector)]
        self._blocks = _Keys(blocks, _ROUGH, [_block_key(block) for block in blocks])

    def __len__(self) -> int:
        return len(self._short.wanted) + self._long.count + len(self._blocks.wanted)

    def in_file(self, path: Path) -> set[int]:
        """Return the numbers of the traces found in a file."""
        with path.open("rb") as file:
            return self.in_parts(iter(lambda: file.read(_CHUNK), b""), contiguous=True)

    def in_parts(self, parts: Iterable[bytes], *, contiguous: bool = False) -> set[int]:
        """Return the numbers of the traces found in any part.

        Args:
            parts: Any amount of bytes.
            contiguous: A trace may reach from one part into the next.
        """
        found: set[int] = set()
        tail = b""
        for part in parts:
            data = tail + part
            for start in range(0, len(data), _CHUNK):
                found.update(self._in(data[start : start + _CHUNK + _OVERLAP]))
            tail = data[-_OVERLAP:] if contiguous else b""
        return found

    def _in(self, data: bytes) -> Iterator[int]:
        for start, number in self._short.find(data):
            if data.startswith(self._short.wanted[number], start):
                yield number
        first = len(self._short.wanted)
        yield from (first + number for number in self._long.find(data))
        first += self._long.count
        for start, number in self._blocks.find(data):
            if _holds(data, start, self._blocks.wanted[number]):
                yield first + number


_Wanted = TypeVar("_Wanted")


class _Keys(Generic[_Wanted]):
    """Finds where any of many things may start, by eight bytes of each."""

    def __init__(
        self, wanted: Sequence[_Wanted], mask: np.uint64, keys: Sequence[tuple[bytes, int]]
    ) -> None:
        self.wanted = wanted
        self._mask = mask
        self._numbers: dict[int, list[tuple[int, int]]] = {}
        for number, (raw, offset) in enumerate(keys):
            key = int(np.frombuffer(raw, "<u8")[0] & mask)
            self._numbers.setdefault(key, []).append((offset, number))
        self._sorted = np.array(sorted(self._numbers), dtype=np.uint64)
        self._table = _table(self._sorted)

    def find(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Yield where a thing would start, and its number."""
        for align, windows, places in _passes(data, self._table, self._mask):
            for place in places[_among(windows[places], self._sorted)].tolist():
                for offset, number in self._numbers[int(windows[place])]:
                    start = place * _KEY + align - offset
                    if start >= 0:
                        yield start, number


class _Runs:
    """Finds any of many pieces of 24 bytes, without looking at each place in Python."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        rows = np.frombuffer(b"".join(pieces), "<u8").reshape(-1, _PIECE // _KEY)
        mixed = _mix(rows)
        order = np.argsort(mixed)
        self.count = len(pieces)
        self._numbers = order
        self._sorted = mixed[order]
        # The middle: many sentences begin alike.
        self._table = _table(rows[:, 1])

    def find(self, data: bytes) -> Iterator[int]:
        """Yield the numbers of the pieces that are there."""
        raw = np.frombuffer(data, np.uint8)
        for align, _, places in _passes(data, self._table, _EXACT):
            starts = places * _KEY + align - _KEY
            starts = starts[(starts >= 0) & (starts + _PIECE <= len(data))]
            rows = raw[starts[:, None] + np.arange(_PIECE)].view("<u8")
            mixed = _mix(rows)
            there = mixed[_among(mixed, self._sorted)]
            yield from self._numbers[np.searchsorted(self._sorted, np.unique(there))].tolist()


def _passes(
    data: bytes, table: NDArray[np.bool_], mask: np.uint64
) -> Iterator[tuple[int, NDArray[np.uint64], NDArray[np.intp]]]:
    """Yield for each alignment the eight-byte windows, and which the table does not rule out."""
    for align in range(_KEY if table.any() else 0):
        count = (len(data) - align) // _KEY
        if count < 1:
            return
        windows = np.frombuffer(data, "<u8", count=count, offset=align)
        if mask != _EXACT:
            windows = windows & mask
        yield align, windows, np.flatnonzero(table[_slot(windows)])


def _table(keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
    table = np.zeros(1 << _TABLE_BITS, dtype=np.bool_)
    table[_slot(keys)] = True
    return table


def _among(values: NDArray[np.uint64], ascending: NDArray[np.uint64]) -> NDArray[np.bool_]:
    if not len(ascending):
        return np.zeros(len(values), dtype=np.bool_)
    places = np.minimum(np.searchsorted(ascending, values), len(ascending) - 1)
    return ascending[places] == values


def _mix(rows: NDArray[np.uint64]) -> NDArray[np.uint64]:
    total = rows[:, 0] * _MIX
    for column in (1, 2):
        total = (total ^ (total >> np.uint64(29)) ^ rows[:, column]) * _MIX
    return total


def _slot(windows: NDArray[np.uint64]) -> NDArray[np.uint64]:
    return (windows * _MIX) >> np.uint64(64 - _TABLE_BITS)


def _text_pieces(text: str) -> Iterator[bytes]:
    # A database keeps a text plainly, and as JSON in its log.
    forms = {text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    for raw in (form.encode() for form in forms):
        if _KEY <= len(raw) < _PIECE:
            yield raw
        elif len(raw) >= _PIECE:
            starts = {*range(0, len(raw) - _PIECE + 1, _STRIDE), len(raw) - _PIECE}
            yield from (raw[start : start + _PIECE] for start in starts)


def _blocks(vector: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    row = np.asarray(vector, dtype="<f4")
    for start in range(0, max(len(row) - _BLOCK + 1, 1), _BLOCK):
        block = row[start : start + _BLOCK]
        if len(block) > 1 and np.any(block[:-1]):
            yield block


def _block_key(block: NDArray[np.float32]) -> tuple[bytes, int]:
    place = int(np.argmax(np.abs(block[:-1])))
    return block[place : place + 2].tobytes(), place * block.itemsize


def _holds(data: bytes, start: int, block: NDArray[np.float32]) -> bool:
    if start + block.nbytes > len(data):
        return False
    there = np.frombuffer(data, "<f4", count=len(block), offset=start)
    return bool(np.allclose(there, block, rtol=1e-4, atol=1e-7))
