"""Chat without a terminal UI: a line of stdin a turn, words or JSON on stdout."""

import json
import sys
import time
from typing import Any, TextIO

from empathy_agent.agent.agent import NOBODY, Agent
from empathy_agent.agent.events import Asked, Delta, Done, TurnResult

__all__ = ["chat", "turn_as_json"]

_NOTICE_EVERY_S = 3 * 3600
"""How often people are told again that this is an AI (New York S-3008, California SB 243)."""


def chat(agent: Agent, *, as_json: bool, camera_off: bool) -> None:
    """Answer every line of stdin until it ends.

    Args:
        agent: who answers; loaded here, closed by the caller.
        as_json: print one JSON object a turn, and everything else on stderr.
        camera_off: say that a camera is there and may not be read.
    """
    _write(agent.opening(), sys.stderr if as_json else sys.stdout)
    if camera_off:
        _write("The camera stays off: start with --consent to let it be read.", sys.stderr)
    agent.warm()
    told = time.monotonic()
    for line in sys.stdin:
        text = line.strip()
        if time.monotonic() - told > _NOTICE_EVERY_S:
            _write(agent.persona.notice, sys.stderr if as_json else sys.stdout)
            told = time.monotonic()
        if not text:
            _write("An empty message was skipped; say something, or end with ctrl+d.", sys.stderr)
        elif as_json:
            _write(json.dumps(turn_as_json(agent.turn(text)), ensure_ascii=False))
        else:
            _speak(agent, text)


def _speak(agent: Agent, text: str) -> None:
    events = agent.stream(text)
    while True:
        asked = None
        for event in events:
            if isinstance(event, Delta):
                sys.stdout.write(event.text)
                sys.stdout.flush()
            elif isinstance(event, Asked):
                asked = event
            elif isinstance(event, Done):
                _write("\n")
                for note in event.result.notes:
                    _write(note, sys.stderr)
                return
        assert asked is not None, "a turn ends in Done or in Asked"
        _write(f"(a human was asked for, {asked.reason}; none is connected here)", sys.stderr)
        events = agent.resume(NOBODY)


def _write(text: str, file: TextIO | None = None) -> None:
    out = file or sys.stdout
    out.write(f"{text}\n")
    out.flush()


def turn_as_json(result: TurnResult) -> dict[str, Any]:
    """Return a finished turn as `chat --json` prints it."""
    return {
        "reply": result.reply,
        "risk": result.risk,
        "reading": result.reading.model_dump(mode="json") if result.reading else None,
        "recalled": [note.model_dump(mode="json") for note in result.recalled],
        "strategy": result.strategy,
        "tools": list(result.tools),
        "took_ms": round(result.took_ms, 1),
        **({"notes": list(result.notes)} if result.notes else {}),
    }
