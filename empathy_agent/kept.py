"""What the command line does with the memory of a user: show, export, import, erase."""

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from empathy_agent.agent.consent import ConsentLog
from empathy_agent.app import open_memory
from empathy_agent.errors import SetupError
from empathy_agent.memory import AffectMemory, Moment, Part, history
from empathy_agent.memory.audit import Audit, Right
from empathy_agent.memory.exchange import lines_of, read_lines
from empathy_agent.memory.patterns import patterns
from empathy_agent.memory.record import KINDS, Record, line_of, shelf_name
from empathy_agent.memory.repair import repair
from empathy_agent.memory.timeline import draw_svg, draw_text
from empathy_agent.memory.timeline_png import draw_png
from empathy_agent.models.embedder import open_embedder
from empathy_agent.settings import Settings

__all__ = ["ACTS", "Asked"]

_ALL = 1_000_000
_BATCH = 500


@dataclass(frozen=True)
class Asked:
    """Whose memory, and how it is told."""

    user: str
    part: Part = Part()
    """With forget: only this."""
    as_json: bool = False
    sure: bool = False
    """With forget: do not ask."""
    file: Path | None = None
    """With timeline: where the drawing goes; with import: what is read, else stdin."""
    kind: str | None = None
    """With list: of which kind; left out, moments, and with JSON everything."""


@contextmanager
def _memory(settings: Settings) -> Generator[AffectMemory]:
    memory = open_memory(settings)
    try:
        yield memory
    finally:
        memory.close()


def _moments(settings: Settings, asked: Asked) -> list[Moment]:
    with _memory(settings) as memory:
        return memory.recent(asked.user, _ALL)


def _list(settings: Settings, asked: Asked) -> int:
    if asked.as_json and asked.kind is None:
        return _export(settings, asked)
    with _memory(settings) as memory:
        records = memory.records(asked.user, KINDS[asked.kind or "moment"])
    if asked.as_json:
        for line in lines_of(records, {}):
            _tell(line)
        return 0
    for each in records:
        when = datetime.fromtimestamp(each.at).astimezone().isoformat(" ", "minutes")
        _tell(f"{when}  {each.emotion or '-':<10} {each.risk:<9} {line_of(each)}")
    return 0


def _export(settings: Settings, asked: Asked) -> int:
    with _memory(settings) as memory:
        lines = lines_of(memory.records(asked.user, Record), memory.notes(asked.user))
    _noted(settings, asked.user, "export", len(lines))
    for line in lines:
        _tell(line)
    return 0


def _import(settings: Settings, asked: Asked) -> int:
    try:
        text = sys.stdin.read() if asked.file is None else asked.file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"cannot read {str(asked.file)!r}: {error}") from error
    records, notes = read_lines(text.splitlines())
    with _memory(settings) as memory:
        for start in range(0, len(records), _BATCH):
            memory.remember(asked.user, *records[start : start + _BATCH])
        for kind, note in notes.items():
            memory.note(asked.user, kind, note)
    _noted(settings, asked.user, "import", len(records) + len(notes))
    told = {"moments": len(records), "notes": len(notes)}
    words = "imported {moments} records and {notes} notes"
    _tell(json.dumps(told) if asked.as_json else words.format(**told))
    return 0


def _stats(settings: Settings, asked: Asked) -> int:
    with _memory(settings) as memory:
        records = memory.records(asked.user, Record)
    moments = [each for each in records if isinstance(each, Moment)]
    told, repeats = asdict(history(moments, time.time())), patterns(moments)
    counted = Counter(each.kind for each in records)
    told["kept"] = {kind: counted[kind] for kind in KINDS}
    audit, name = Audit(settings.home / "audit.jsonl"), shelf_name(asked.user)
    if asked.as_json:
        rights = [dict(each) for each in audit.of(name)]
        _tell(json.dumps(told | {"patterns": asdict(repeats), "rights": rights}))
        return 0
    told["kept"] = ", ".join(f"{n} {kind}" for kind, n in told["kept"].items())
    told["earlier_sessions_with_a_feeling_read"] = told.pop("sessions")
    told["rights_used"] = audit.told(name)
    told["volatility"] = repeats.volatility
    for name, value in told.items():
        shown = round(value, 3) if isinstance(value, float) else value
        _tell(f"{name.replace('_', ' ')}: {'not enough yet' if value is None else shown}")
    for turn in repeats.turns:
        day = datetime.fromtimestamp(turn.at).astimezone().date()
        _tell(f"changed around {day}: from {turn.before:+.2f} to {turn.after:+.2f}")
    for each in repeats.found:
        _tell(each.told())
    return 0


def _timeline(settings: Settings, asked: Asked) -> int:
    moments = _moments(settings, asked)
    if asked.file is None:
        _tell(draw_text(moments, time.time()))
        return 0
    suffix = asked.file.suffix.lower()
    if suffix not in {".svg", ".png"}:
        raise SetupError("a timeline is drawn as SVG or PNG; name a file such as timeline.svg")
    now = time.time()
    drawn = draw_png(moments, now) if suffix == ".png" else draw_svg(moments, now).encode()
    try:
        asked.file.write_bytes(drawn)
    except OSError as error:
        raise SetupError(f"cannot write {str(asked.file)!r}: {error.strerror}") from error
    return 0


def _repair(settings: Settings, asked: Asked) -> int:
    if settings.memory:
        raise SetupError(
            "repair works on a folder, and the memory is on a server; "
            "leave out EMPATHY_MEMORY to repair the folder in --home"
        )
    done = repair(settings.home / "memory", open_embedder().embed)
    words = "made {users} damaged indexes again, from {moments} moments"
    words += "; {without_words} of them without words" if done.without_words else ""
    _tell(json.dumps(asdict(done)) if asked.as_json else words.format(**asdict(done)))
    return 0


def _noted(settings: Settings, user: str, right: Right, records: int) -> None:
    audit = Audit(settings.home / "audit.jsonl")
    audit.record(shelf_name(user), right, time.time(), records=records)


def _forget(settings: Settings, asked: Asked) -> int:
    what = "everything" if asked.part.everything else "this part of what is"
    if not asked.sure and sys.stdin.isatty():
        answer = input(f"Erase {what} kept about {asked.user!r}? [y/N] ")
        if answer.strip().lower() != "y":
            _tell("nothing was erased")
            return 0
    with _memory(settings) as memory:
        done = memory.forget(asked.user, **asdict(asked.part))
    if asked.part.everything:
        ConsentLog(settings.home / "consent.jsonl").forget(asked.user)
    told: dict[str, Any] = {
        "moments": done.moments,
        "files_checked": done.files_checked,
        "traces": done.traces,
    }
    if asked.as_json:
        _tell(json.dumps(told | ({"note": done.note} if done.note else {})))
        return 0
    words = "erased {moments} records; {files_checked} files searched, {traces} traces left"
    _tell(words.format(**told) + (f"; {done.note}" if done.note else ""))
    return 0


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")


ACTS: Mapping[str, Callable[[Settings, Asked], int]] = {
    "list": _list,
    "stats": _stats,
    "timeline": _timeline,
    "export": _export,
    "import": _import,
    "forget": _forget,
    "repair": _repair,
}
"""What can be done with a memory; each returns the exit code."""
