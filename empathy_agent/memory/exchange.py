"""A memory as lines of JSON: written whole by an export, and read back by an import."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from pydantic import TypeAdapter, ValidationError

from empathy_agent.errors import SetupError, near
from empathy_agent.memory.notes import Note, as_text, note_key
from empathy_agent.memory.record import KINDS, Moment, Record

__all__ = ["lines_of", "read_lines"]

_NOTE = "note"
_RECORD = "record"
_RANGES = {
    "valence": (-1, 1),
    "arousal": (-1, 1),
    "peak_valence": (-1, 1),
    "after_valence": (-1, 1),
    "began": (-1, 1),
    "ended": (-1, 1),
    "confidence": (0, 1),
}


def lines_of(records: Sequence[Record], notes: Mapping[str, Note]) -> list[str]:
    """Return everything that is kept about a user, a JSON object a line."""
    rows = [_told(each) for each in records]
    rows += [{_NOTE: kind, **notes[kind]} for kind in sorted(notes)]
    return [json.dumps(row, ensure_ascii=False) for row in rows]


def _told(record: Record) -> dict[str, Any]:
    kind = {} if isinstance(record, Moment) else {_RECORD: record.kind}
    return kind | asdict(record)


def read_lines(lines: Iterable[str]) -> tuple[list[Record], dict[str, Note]]:
    """Return the records and notes of an export; all of them, or none and why.

    Raises:
        SetupError: a line is no record and no note, and which.
    """
    records: list[Record] = []
    notes: dict[str, Note] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        row = _row(line, number)
        if _NOTE in row:
            kind = str(row.pop(_NOTE))
            notes[kind] = _note(kind, row, number)
        else:
            records.append(_record(row, number))
    return records, notes


def _row(line: str, number: int) -> dict[str, Any]:
    try:
        row: Any = json.loads(line)
    except ValueError as error:
        raise SetupError(f"line {number} is not JSON; import what `memory export` wrote") from error
    if not isinstance(row, dict):
        raise SetupError(f"line {number} is no JSON object; import what `memory export` wrote")
    return row  # pyright: ignore[reportUnknownVariableType]


def _note(kind: str, row: Note, number: int) -> Note:
    try:
        note_key(kind)
        as_text(row)
    except ValueError as error:
        raise SetupError(f"line {number}: {error}") from error
    return row


def _check_values(row: Mapping[str, Any], number: int) -> None:
    for field, value in row.items():
        if value == "" and field == "id":
            raise SetupError(f"line {number}, 'id': it is empty")
        if isinstance(value, float) and not math.isfinite(value):
            raise SetupError(f"line {number}, {field!r}: {value} is no finite number")


def _record(row: dict[str, Any], number: int) -> Record:
    name = str(row.pop(_RECORD, Moment.kind))
    if name not in KINDS:
        raise SetupError(f"line {number}: no kind of record is called {name!r}{near(name, KINDS)}")
    kind = KINDS[name]
    unknown = sorted(row.keys() - {each.name for each in fields(kind)})
    if unknown:
        raise SetupError(f"line {number}, {unknown[0]!r}: a {name} has no such field")
    _check_values(row, number)
    try:
        record = TypeAdapter(kind).validate_python(row)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SetupError(f"line {number}, {where!r}: {first['msg']}") from error
    for field, (least, most) in _RANGES.items():
        value = getattr(record, field, None)
        if value is not None and not least <= value <= most:
            raise SetupError(f"line {number}, {field!r}: {value} is not in [{least}, {most}]")
    return record
