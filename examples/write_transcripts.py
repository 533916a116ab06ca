"""Write the conversations of `transcripts/`: what the embedded voice answers to what is said there.

    python examples/write_transcripts.py             writes transcripts/NAME.md for every NAME.yaml
    python examples/write_transcripts.py --check     says which of them are no longer true

No model is downloaded, no clock is read, nothing is kept: the same version writes the same words.
"""

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from empathy_agent import Settings, open_agent
from empathy_agent.agent.agent import Agent
from empathy_agent.agent.events import TurnResult

FOLDER = Path(__file__).parent / "transcripts"
MINUTE = 60.0


def transcript(talk: Path) -> str:
    """Return a conversation as Markdown."""
    told: dict[str, Any] = yaml.load(talk.read_text(encoding="utf-8"), yaml.BaseLoader)
    lines = [f"<!-- Written by examples/write_transcripts.py from {talk.name}. -->", ""]
    with tempfile.TemporaryDirectory() as home:
        for session in told["sessions"]:
            lines += _session(told["persona"], session, Path(home))
    return "\n".join(lines).rstrip() + "\n"


def _session(persona: str, session: dict[str, Any], home: Path) -> list[str]:
    begun = datetime.fromisoformat(str(session["at"])).replace(tzinfo=UTC)
    now = [begun.timestamp()]
    settings = Settings(home=home, persona=persona, source="none", human=True)
    agent = open_agent(settings, clock=lambda: now[0])
    lines = [f"## {begun:%A, %d %B}", ""]
    try:
        for said in session["said"]:
            result = agent.turn(said)
            lines += [f"**Person:** {said}", "", f"**Agent:** {result.reply}", ""]
            lines += [f"<sub>{_noted(agent, result)}</sub>", ""]
            now[0] += MINUTE
    finally:
        agent.close()
    return lines


def _noted(agent: Agent, result: TurnResult) -> str:
    """Return what the agent took this turn to be, in a line."""
    state = agent.graph.get_state({"configurable": {"thread_id": agent.session}}).values
    appraisal: dict[str, Any] = state["appraisal"]
    parts = [result.strategy]
    if appraisal["feeling"]:
        sure = "probably" if appraisal["confidence"] >= 0.5 else "possibly"
        parts.append(f"{sure} {appraisal['feeling']}")
    parts += [appraisal[name] for name in ("shift", "trend") if appraisal[name]]
    parts += [f"risk {result.risk}"] if result.risk != "none" else []
    parts += [f"recalled “{note.said}”, {note.when}" for note in result.recalled[:1]]
    return " · ".join(parts)


def main() -> int:
    """Write the transcripts, or check them."""
    stale: list[str] = []
    for talk in sorted(FOLDER.glob("*.yaml")):
        written = talk.with_suffix(".md")
        told = transcript(talk)
        if "--check" in sys.argv:
            if not written.exists() or written.read_text(encoding="utf-8") != told:
                stale.append(written.name)
        else:
            written.write_text(told, encoding="utf-8")
    for name in stale:
        sys.stderr.write(f"{name} is stale; run: python examples/write_transcripts.py\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
