"""What is remembered of somebody, in a few clauses: different matters, the older session first."""

from collections.abc import Iterable, Sequence

from empathy_agent.affect import RecalledNote
from empathy_agent.models.listener.echo import echo, thing
from empathy_agent.models.listener.hear import hear
from empathy_agent.models.listener.slots import planned

__all__ = ["in_words", "note_down"]

_MOST = 4
_FIRST, _LAST = 4, 8
"""Clauses of a session that are kept: what it began with, and the latest."""
_LEAST_WORDS = 4


def in_words(notes: Iterable[RecalledNote], earlier: Sequence[str] = ()) -> str:
    """Return several remembered matters as one or two sentences; empty when there are none.

    Args:
        notes: what was recalled, the best first.
        earlier: the user's messages of this session, which are "today".
    """
    told: list[str] = []
    matters: set[str] = set()
    for note in notes:
        clause = _of_fact(note) if note.kind == "fact" else _of_moment(note, earlier)
        matter = note.about or thing(note.said) or note.said
        if clause and matter not in matters and clause not in told:
            told.append(clause)
            matters.add(matter)
        if len(told) == _MOST:
            break
    if not told:
        return ""
    joined = told[0] if len(told) == 1 else f"{'; '.join(told[:-1])}; and {told[-1]}"
    return joined[0].upper() + joined[1:]


def _of_fact(note: RecalledNote) -> str | None:
    """Return a stated fact as a clause; null where it cannot be said without breaking."""
    value, about = note.value or "", note.about or ""
    match note.topic:
        case "name":
            return f"you like to be called {value}"
        case "person" if " " in about:
            return f"your {about.rsplit(' ', 1)[0]} is called {value}"
        case "plan":
            return f"{note.when} you told me about {planned(value)}"
        case "work" if value.startswith("as "):
            return f"you work {value}"
        case "preference" if about == "length":
            return "you like it short" if value == "brief" else "you like me to take my time"
        case _:
            clause = echo(note.said)
            return f"you told me that {clause}" if clause else None


def _of_moment(note: RecalledNote, earlier: Sequence[str]) -> str | None:
    clause = echo(note.said)
    if clause is None:
        return None
    return f"today that {clause}" if note.said in earlier else f"{note.when} you said that {clause}"


def note_down(noted: Sequence[str], said: str, setting: str) -> list[str]:
    """Return what a session has told, with this message taken in; bounded.

    Args:
        noted: so far, oldest first.
        said: the user's message.
        setting: `support` or `service`.
    """
    heard = hear(said, setting)
    clause = echo(said)
    if heard.number:
        clause = f"the number is {heard.number}"
    elif heard.act is not None or heard.question or heard.words < _LEAST_WORDS:
        clause = None
    if clause is None or clause in noted:
        return list(noted)
    whole = [*noted, clause]
    return whole if len(whole) <= _FIRST + _LAST else [*whole[:_FIRST], *whole[-_LAST:]]
