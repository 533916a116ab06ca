"""Looks for what should be gone: many texts and vectors at once, in the raw bytes of files.

Texts are cut into pieces, because a database splits long values over pages; vectors into blocks of
floats, compared to about five digits, because an index stores them normalised once more. A file is
looked at a word at a time: whatever a piece's own alignment, one of its first bytes begins such a
word, and the words of all alignments of a piece are in the table that is looked up.
"""

import json
from collections.abc import Iterable, Iterator, Sequence, Set
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Traces"]

_KEY = 8
"""Bytes of a word; a shorter text is no evidence."""
_PIECE = 24
"""Bytes of a piece of a long text."""
_STRIDE = 256
_BLOCK = 64
"""Floats of a piece of a vector."""
_FLOAT = 4
_CHUNK = 1 << 22
"""Bytes read at a time."""
_OVERLAP = 1024
_AT_ONCE = 1 << 14
"""Words looked up at a time: few enough for the processor's cache."""
_ROOM = 16
"""Places of a table for each word in it: more rule out more, fewer stay in the cache."""
_MIX = np.uint64(0x9E3779B97F4A7C15)
_EXACT = np.uint64(0xFFFFFFFFFFFFFFFF)

_Words = NDArray[np.uint64]


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
        self._parts = (_Short(pieces[:short]), _Long(pieces[short:]), _Blocks(_blocks(vectors)))

    def __len__(self) -> int:
        return sum(part.count for part in self._parts)

    def in_file(self, path: Path, *, aligned: bool = False) -> set[int]:
        """Return the numbers of the traces found in a file.

        Args:
            path: Any file.
            aligned: Floats begin at every fourth byte, as in the files of an index.
        """
        with path.open("rb") as file:
            chunks = iter(lambda: file.read(_CHUNK), b"")
            return self.in_parts(chunks, contiguous=True, aligned=aligned)

    def in_parts(
        self,
        parts: Iterable[bytes],
        *,
        contiguous: bool = False,
        aligned: bool = False,
        among: Set[int] | None = None,
    ) -> set[int]:
        """Return the numbers of the traces found in any part.

        Args:
            parts: Any amount of bytes.
            contiguous: A trace may reach from one part into the next.
            aligned: Floats begin at every fourth byte of what follows on.
            among: Only these traces matter.
        """
        found: set[int] = set()
        tail = b""
        for part in parts:
            data = tail + part
            first = 0
            for each in self._parts:
                numbers = range(first, first + each.count)
                if each.count and (among is None or not among.isdisjoint(numbers)):
                    found.update(first + number for number in each.find(data, aligned))
                first += each.count
            tail = data[-_OVERLAP:] if contiguous else b""
        return found


class _Short:
    """Finds texts of 8 to 23 bytes, by words of four."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self.count = len(pieces)
        self._lengths = sorted({len(piece) for piece in pieces})
        self._keys = [
            _sorted([int.from_bytes(each[shift : shift + 4], "little") for each in pieces])
            for shift in range(4)
        ]
        self._table = _table(np.concatenate(self._keys))
        self._whole = {
            length: {piece: number for number, piece in enumerate(pieces) if len(piece) == length}
            for length in self._lengths
        }
        self._mixed = {
            length: _sorted([int(each) for each in _mix_ends(_rows(list(whole)))])
            for length, whole in self._whole.items()
        }

    def find(self, data: bytes, aligned: bool) -> Iterator[int]:
        """Yield the numbers of the pieces that are there."""
        del aligned
        raw, words = np.frombuffer(data, np.uint8), _words(data, "<u4")
        places = _looked_up(words, self._table)
        keys = words[places].astype(np.uint64)
        for shift, known in enumerate(self._keys):
            starts = places[_among(keys, known)] * 4 - shift
            for length in self._lengths:
                rows = _cut(raw, starts, length)
                mixed = _mix_ends(rows)
                likely = np.flatnonzero(_among(mixed, self._mixed[length]))
                whole = self._whole[length]
                for row in {rows[at].tobytes() for at in likely.tolist()} & whole.keys():
                    yield whole[row]


class _Long:
    """Finds texts of 24 bytes, by words of eight."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self.count = len(pieces)
        rows = _rows(pieces) if pieces else np.empty((0, _PIECE), np.uint8)
        # From the middle: many sentences begin alike.
        self._keys = [
            np.sort(np.ascontiguousarray(rows[:, first : first + _KEY]).view("<u8")[:, 0])
            for first in range(_KEY, 2 * _KEY)
        ]
        self._table = _table(np.concatenate(self._keys))
        mixed = _mix(rows)
        self._numbers = np.argsort(mixed)
        self._mixed = mixed[self._numbers]

    def find(self, data: bytes, aligned: bool) -> Iterator[int]:
        """Yield the numbers of the pieces that are there."""
        del aligned
        raw, words = np.frombuffer(data, np.uint8), _words(data, "<u8")
        places = _looked_up(words, self._table)
        keys = words[places]
        for first, known in enumerate(self._keys, _KEY):
            mixed = _mix(_cut(raw, places[_among(keys, known)] * _KEY - first, _PIECE))
            there = mixed[_among(mixed, self._mixed)]
            yield from set(self._numbers[np.searchsorted(self._mixed, there)].tolist())


class _Blocks:
    """Finds blocks of floats at any byte, whatever the lowest byte of each float says."""

    def __init__(self, blocks: NDArray[np.float32]) -> None:
        self.count = len(blocks)
        self._blocks = blocks
        if self.count:
            self._spots = np.abs(blocks[:, :-3]).argmax(axis=1) * _FLOAT
            self._phases = [self._phase(phase) for phase in range(_FLOAT)]

    def _phase(self, phase: int) -> tuple[np.uint64, _Words, NDArray[np.intp], NDArray[np.bool_]]:
        """Return mask, sorted words, the offset and number of each, and the table to look up."""
        kept = [0x00 if (at + phase) % _FLOAT == 0 else 0xFF for at in range(_KEY)]
        mask = np.uint64(int.from_bytes(bytes(kept), "little"))
        raw = np.ascontiguousarray(self._blocks).view(np.uint8)
        # A word of the file begins in one of two floats that follow each other.
        firsts = np.concatenate([self._spots + phase, self._spots + phase + _FLOAT])
        numbers = np.tile(np.arange(self.count), 2)
        rows = raw[numbers[:, None], firsts[:, None] + np.arange(_KEY)]
        words = rows.view("<u8")[:, 0] & mask
        order = np.argsort(words)
        told = np.stack([firsts[order], numbers[order]])
        return mask, words[order], told, _table(words)

    def find(self, data: bytes, aligned: bool) -> Iterator[int]:
        """Yield the numbers of the blocks that are there."""
        words = _words(data, "<u8")
        for mask, known, (firsts, numbers), table in self._phases[: 1 if aligned else None]:
            places = _looked_up(words, table, mask)
            keys = words[places] & mask
            there = _among(keys, known)
            for place, key in zip(places[there].tolist(), keys[there], strict=True):
                for at in range(*np.searchsorted(known, [key, key + np.uint64(1)])):
                    if self._holds(data, place * _KEY - int(firsts[at]), int(numbers[at])):
                        yield int(numbers[at])

    def _holds(self, data: bytes, start: int, number: int) -> bool:
        block = self._blocks[number]
        if start < 0 or start + block.nbytes > len(data):
            return False
        there = np.frombuffer(data, "<f4", count=len(block), offset=start)
        return bool(np.allclose(there, block, rtol=1e-4, atol=1e-7))


def _words(data: bytes, kind: str) -> NDArray[np.unsignedinteger[Any]]:
    return np.frombuffer(data, kind, count=len(data) // np.dtype(kind).itemsize)


def _looked_up(
    words: NDArray[np.unsignedinteger[Any]], table: NDArray[np.bool_], mask: np.uint64 = _EXACT
) -> NDArray[np.intp]:
    """Return the places of the words that the table does not rule out."""
    found = [np.empty(0, np.intp)]
    for start in range(0, len(words), _AT_ONCE):
        part = words[start : start + _AT_ONCE].astype(np.uint64, copy=False)
        if mask != _EXACT:
            part = part & mask
        found.append(np.flatnonzero(table[_slot(part, table)]) + start)
    return np.concatenate(found)


def _cut(raw: NDArray[np.uint8], starts: NDArray[np.intp], length: int) -> NDArray[np.uint8]:
    starts = starts[(starts >= 0) & (starts + length <= len(raw))]
    return raw[starts[:, None] + np.arange(length)]


def _table(keys: _Words) -> NDArray[np.bool_]:
    bits = max(_ROOM * len(keys), 1024).bit_length()
    table = np.zeros(1 << bits, dtype=np.bool_)
    table[_slot(keys, table)] = True
    return table


def _sorted(keys: Sequence[int]) -> _Words:
    return np.array(sorted(keys), dtype=np.uint64)


def _among(values: _Words, ascending: _Words) -> NDArray[np.bool_]:
    if not len(ascending):
        return np.zeros(len(values), dtype=np.bool_)
    places = np.minimum(np.searchsorted(ascending, values), len(ascending) - 1)
    return ascending[places] == values


def _rows(pieces: Sequence[bytes]) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(pieces), np.uint8).reshape(len(pieces), -1)


def _mix(rows: NDArray[np.uint8]) -> _Words:
    """Return one number for each row of 24 bytes."""
    words = np.ascontiguousarray(rows).view("<u8")
    total = words[:, 0] * _MIX
    for column in (1, 2):
        total = (total ^ (total >> np.uint64(29)) ^ words[:, column]) * _MIX
    return total


def _mix_ends(rows: NDArray[np.uint8]) -> _Words:
    """Return one number for each row of 8 to 23 bytes, by its first eight and its last eight."""
    head = np.ascontiguousarray(rows[:, :_KEY]).view("<u8")[:, 0]
    tail = np.ascontiguousarray(rows[:, -_KEY:]).view("<u8")[:, 0]
    return (head * _MIX) ^ tail


def _slot(words: _Words, table: NDArray[np.bool_]) -> _Words:
    return (words * _MIX) >> np.uint64(65 - len(table).bit_length())


def _text_pieces(text: str) -> Iterator[bytes]:
    # A database keeps a text plainly, as JSON, and as JSON within JSON in its log.
    if text.isascii() and text.isprintable() and not {'"', "\\"}.intersection(text):
        forms = {text}
    else:
        forms = _forms(text)
    for raw in (form.encode("utf-8", "replace") for form in forms):
        size = min(len(raw), _PIECE)
        if size >= _KEY:
            starts = {*range(0, len(raw) - size + 1, _STRIDE), len(raw) - size}
            yield from (raw[start : start + size] for start in starts)


def _forms(text: str) -> set[str]:
    plain = {text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    return plain | {json.dumps(form)[1:-1] for form in plain}


def _blocks(vectors: Iterable[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Return the pieces of vectors of one length that say something, [n, at most 64]."""
    rows = [np.asarray(vector, dtype="<f4") for vector in vectors]
    if not rows:
        return np.empty((0, _BLOCK), np.float32)
    whole = np.stack(rows)
    size = min(_BLOCK, whole.shape[1])
    pieces = whole[:, : whole.shape[1] // size * size].reshape(-1, size)
    return pieces[np.abs(pieces[:, :-3]).max(axis=1) > 0]
