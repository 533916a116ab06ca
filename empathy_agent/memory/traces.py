"""Looks for what should be gone: many texts and vectors at once, in the raw bytes of files.

Texts are cut into pieces, because a database splits long values over pages; vectors into blocks of
floats, compared to about five digits, because an index stores them normalised once more. A first
pass over all offsets finds eight bytes of a piece by table, a second compares the whole piece.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["Traces"]

_KEY = 8
_PIECE = 24
"""Bytes of a piece of text; a shorter text is one piece."""
_STRIDE = 256
_BLOCK = 64
"""Floats of a piece of a vector."""
_CHUNK = 4 << 20
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
        pieces = sorted({piece for text in set(texts) for piece in _text_pieces(text)})
        blocks = [block for vector in vectors for block in _blocks(vector)]
        self._texts = _Keys(_EXACT, [_text_key(piece) for piece in pieces])
        self._blocks = _Keys(_ROUGH, [_block_key(block) for block in blocks])
        self._wanted: list[bytes | NDArray[np.float32]] = [*pieces, *blocks]
        self._first_block = len(pieces)

    def __len__(self) -> int:
        return len(self._wanted)

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
            found |= self._in(data)
            tail = data[-_OVERLAP:] if contiguous else b""
        return found

    def _in(self, data: bytes) -> set[int]:
        found = {
            number
            for start, number in self._texts.find(data)
            if start >= 0 and data.startswith(self._text(number), start)
        }
        for start, block in self._blocks.find(data):
            number = self._first_block + block
            if start >= 0 and number not in found and _holds(data, start, self._block(number)):
                found.add(number)
        return found

    def _text(self, number: int) -> bytes:
        piece = self._wanted[number]
        assert isinstance(piece, bytes)
        return piece

    def _block(self, number: int) -> NDArray[np.float32]:
        block = self._wanted[number]
        assert not isinstance(block, bytes)
        return block


class _Keys:
    """Finds any of many 8-byte keys at any offset."""

    def __init__(self, mask: np.uint64, keys: Sequence[tuple[bytes, int]]) -> None:
        self._mask = mask
        self._numbers: dict[int, list[tuple[int, int]]] = {}
        for number, (raw, offset) in enumerate(keys):
            key = int(np.frombuffer(raw, "<u8")[0] & mask)
            self._numbers.setdefault(key, []).append((offset, number))
        self._sorted = np.array(sorted(self._numbers), dtype=np.uint64)
        self._table = np.zeros(1 << _TABLE_BITS, dtype=bool)
        self._table[_slot(self._sorted)] = True

    def find(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Yield where a piece would start, and its number."""
        if not len(self._sorted):
            return
        for align in range(_KEY):
            count = (len(data) - align) // _KEY
            if count < 1:
                return
            windows = np.frombuffer(data, "<u8", count=count, offset=align) & self._mask
            places = np.flatnonzero(self._table[_slot(windows)])
            places = places[np.isin(windows[places], self._sorted)]
            for place in places.tolist():
                for offset, number in self._numbers[int(windows[place])]:
                    yield place * _KEY + align - offset, number


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


def _text_key(piece: bytes) -> tuple[bytes, int]:
    # The middle: many sentences begin alike.
    offset = _KEY if len(piece) == _PIECE else 0
    return piece[offset : offset + _KEY], offset


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
