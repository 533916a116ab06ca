"""Small typed records of a user beside their moments, such as how their face is when at rest.

Numbers and short codes by kind, written by code and never a person's words: so they are kept even
where texts are not. In Chroma they lie in the metadata of the user's own collection, as JSON.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from empathy_agent.errors import SetupError

__all__ = ["NOTE_BYTES", "Note", "as_text", "from_text", "kind_of", "note_key", "notes_among"]

NOTE_BYTES = 8192
"""The most UTF-8 bytes of one note as JSON."""

Note = dict[str, Any]
"""A JSON object: texts, finite numbers, and lists of them."""

_PREFIX = "note-"
_NOTE = TypeAdapter(Note)
_KIND = re.compile(r"[a-z][a-z0-9_]{0,39}")


def note_key(kind: str) -> str:
    """Return where a collection's metadata holds a kind of note.

    Raises:
        ValueError: the kind is no short lower-case name.
    """
    if not _KIND.fullmatch(kind):
        raise ValueError(f"{kind!r} is no kind of note; use lower-case letters and _")
    return _PREFIX + kind


def kind_of(key: str) -> str:
    """Return the kind that `note_key` was given."""
    return key.removeprefix(_PREFIX)


def as_text(value: Mapping[str, Any]) -> str:
    """Return a note as JSON.

    Raises:
        ValueError: it holds what JSON cannot, or is longer than a note may be.
    """
    try:
        text = json.dumps(dict(value), allow_nan=False)
    except TypeError as error:
        raise ValueError(f"a note holds numbers and texts: {error}") from error
    if len(text) > NOTE_BYTES:
        raise ValueError(f"a note has at most {NOTE_BYTES} bytes, this one {len(text)}")
    return text


def from_text(text: object) -> Note:
    """Return the note that `as_text` wrote.

    Raises:
        SetupError: the record is damaged.
    """
    try:
        return _NOTE.validate_json(str(text))
    except ValidationError as error:
        raise SetupError(
            "a note about a user is damaged; restore the memory folder from a backup, "
            "or forget this user"
        ) from error


def notes_among(metadata: Mapping[str, object]) -> dict[str, str]:
    """Return the notes of a collection's metadata as they are kept, by their keys."""
    return {name: str(value) for name, value in metadata.items() if name.startswith(_PREFIX)}
