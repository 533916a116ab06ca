"""A memory as lines of JSON: written whole by an export, and read back by an import."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from empathy_agent.affect import Emotion
from empathy_agent.errors import SetupError
from empathy_agent.memory.notes import Note, as_text, note_key
from empathy_agent.memory.record import Moment

__all__ = ["lines_of", "read_lines"]

_Finite = Annotated[float, Field(allow_inf_nan=False)]
_Signed = Annotated[float, Field(ge=-1, le=1)]
_NOTE = "note"


class _Line(BaseModel):
    """A moment as it was exported."""

    model_config = ConfigDict(extra="forbid", strict=False)

    id: Annotated[str, Field(min_length=1)]
    session: str
    at: _Finite
    said: str
    reply: str = ""
    emotion: Emotion | None = None
    valence: _Signed | None = None
    arousal: _Signed | None = None
    confidence: Annotated[float, Field(ge=0, le=1)] = 0.0
    risk: str = "none"
    strategy: str = ""
    persona: str = ""


def lines_of(moments: Sequence[Moment], notes: Mapping[str, Note]) -> list[str]:
    """Return everything that is kept about a user, a JSON object a line."""
    rows: list[dict[str, Any]] = [asdict(each) for each in moments]
    rows += [{_NOTE: kind, **notes[kind]} for kind in sorted(notes)]
    return [json.dumps(row, ensure_ascii=False) for row in rows]


def read_lines(lines: Iterable[str]) -> tuple[list[Moment], dict[str, Note]]:
    """Return the moments and notes of an export; all of them, or none and why.

    Raises:
        SetupError: a line is no moment and no note, and which.
    """
    moments: list[Moment] = []
    notes: dict[str, Note] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        row = _row(line, number)
        if _NOTE in row:
            kind = str(row.pop(_NOTE))
            notes[kind] = _note(kind, row, number)
        else:
            moments.append(_moment(row, number))
    return moments, notes


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


def _moment(row: dict[str, Any], number: int) -> Moment:
    try:
        return Moment(**dict(_Line.model_validate(row)))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SetupError(f"line {number}, {where!r}: {first['msg']}") from error
