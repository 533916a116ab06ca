"""What is remembered of somebody, in a few clauses: different matters, the older session first."""

import re
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
    given = sorted(notes, key=lambda note: note.kind != "fact")
    stated = {note.said for note in given if note.kind == "fact" and _of_fact(note)}
    told: list[tuple[str, str]] = []
    matters: set[str] = set()
    for note in given:
        if note.kind != "fact" and note.said in stated:
            continue
        part = _of_fact(note) if note.kind == "fact" else _of_moment(note, earlier)
        matter = note.about or thing(note.said) or note.said
        if part and matter not in matters and part not in told:
            told.append(part)
            matters.add(matter)
        if len(told) == _MOST:
            break
    joined = _listed("; ", [f"{lead} {_listed(', ', ends)}" for lead, ends in _by_lead(told)])
    return joined[:1].upper() + joined[1:]


def _by_lead(told: Sequence[tuple[str, str]]) -> Iterable[tuple[str, list[str]]]:
    """Gather what begins alike, so that "3 days ago you told me about" is said once."""
    ends: dict[str, list[str]] = {}
    for lead, end in told:
        ends.setdefault(lead, []).append(end)
    return ends.items()


def _listed(comma: str, parts: Sequence[str]) -> str:
    last = "; and " if comma == "; " else " and "
    return last.join(filter(None, (comma.join(parts[:-1]), *parts[-1:])))


def _of_fact(note: RecalledNote) -> tuple[str, str] | None:
    """Return a stated fact as how it begins and ends; null where it cannot be said soundly."""
    value, about = note.value or "", note.about or ""
    match note.topic:
        case "name":
            return "you like to be called", value
        case "person" if " " in about:
            return f"your {about.rsplit(' ', 1)[0]} is called", value
        case "plan":
            return f"{note.when} you told me about", planned(value)
        case "day":
            return "you told me the date of", planned(value)
        case "work" if value.startswith("as "):
            return "you work", value
        case "preference" if about == "length":
            return "you like", "it short" if value == "brief" else "me to take my time"
        case "preference":
            return "you asked of me:", f"“{value}”"
        case _:
            clause = echo(note.said)
            return ("you told me that", clause) if clause else None


_WHO = re.compile(
    r"(?:he|she|it|they|that|this|there|these|those|we)\b|you(?:'d| would) rather not\b|"
    r"you (?:don't|do not) want to (?:talk|say|speak)\b"
)
"""Begins a clause that says nothing where nobody knows any more who is meant, or that is no matter
to bring up."""


def _of_moment(note: RecalledNote, earlier: Sequence[str]) -> tuple[str, str] | None:
    clause = echo(note.said)
    if clause is None or _WHO.match(clause):
        return None
    return ("today you said that" if note.said in earlier else f"{note.when} you said that"), clause


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
