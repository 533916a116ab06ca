"""What the command line does with the memory of a user: list, count, export, erase."""

import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from empathy_agent.agent.consent import ConsentLog
from empathy_agent.memory import AffectMemory, Moment, history
from empathy_agent.models.embedder import open_embedder
from empathy_agent.settings import Settings

__all__ = ["ACTS", "Asked"]

_ALL = 1_000_000


@dataclass(frozen=True)
class Asked:
    """Whose memory, and how it is told."""

    user: str
    session: str | None = None
    """With forget: only this session."""
    as_json: bool = False
    sure: bool = False
    """With forget: do not ask."""


def _moments(settings: Settings, asked: Asked) -> list[Moment]:
    memory = AffectMemory(settings.home / "memory", open_embedder())
    try:
        return memory.recent(asked.user, _ALL)
    finally:
        memory.close()


def _list(settings: Settings, asked: Asked) -> int:
    if asked.as_json:
        return _export(settings, asked)
    for moment in _moments(settings, asked):
        when = datetime.fromtimestamp(moment.at).astimezone().isoformat(" ", "minutes")
        felt = moment.emotion or "-"
        _tell(f"{when}  {felt:<10} {moment.risk:<9} {' '.join(moment.said.split())[:100]}")
    return 0


def _export(settings: Settings, asked: Asked) -> int:
    memory = AffectMemory(settings.home / "memory", open_embedder())
    try:
        moments, notes = memory.recent(asked.user, _ALL), memory.notes(asked.user)
    finally:
        memory.close()
    for line in [*map(asdict, moments), *({"note": kind, **notes[kind]} for kind in sorted(notes))]:
        _tell(json.dumps(line, ensure_ascii=False))
    return 0


def _stats(settings: Settings, asked: Asked) -> int:
    told = asdict(history(_moments(settings, asked), time.time()))
    if asked.as_json:
        _tell(json.dumps(told))
        return 0
    for name, value in told.items():
        _tell(f"{name.replace('_', ' ')}: {'not enough yet' if value is None else value}")
    return 0


def _forget(settings: Settings, asked: Asked) -> int:
    what = "everything" if asked.session is None else f"session {asked.session!r}"
    if not asked.sure and sys.stdin.isatty():
        answer = input(f"Erase {what} kept about {asked.user!r}? [y/N] ")
        if answer.strip().lower() != "y":
            _tell("nothing was erased")
            return 0
    memory = AffectMemory(settings.home / "memory", open_embedder())
    try:
        done = memory.forget(asked.user, session=asked.session)
    finally:
        memory.close()
    if asked.session is None:
        ConsentLog(settings.home / "consent.jsonl").forget(asked.user)
    told: dict[str, Any] = {
        "moments": done.moments,
        "files_checked": done.files_checked,
        "traces": done.traces,
    }
    words = "erased {moments} moments; {files_checked} files searched, {traces} traces left"
    _tell(json.dumps(told) if asked.as_json else words.format(**told))
    return 0


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")


ACTS: Mapping[str, Callable[[Settings, Asked], int]] = {
    "list": _list,
    "stats": _stats,
    "export": _export,
    "forget": _forget,
}
"""What can be done with a memory; each returns the exit code."""
