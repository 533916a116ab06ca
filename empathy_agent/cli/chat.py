"""`chat`: talk with the agent, in a terminal UI or a line at a time."""

import argparse
import sys
from typing import TYPE_CHECKING

from empathy_agent.cli.common import Add, add_common, pictures_go_to, say, settings_of

if TYPE_CHECKING:
    from empathy_agent.agent.agent import Agent
    from empathy_agent.settings import Settings

__all__ = ["add"]


def add(commands: Add) -> None:
    """Add the command."""
    chat = commands("chat", _run, "talk with the agent, in a terminal UI or a line at a time")
    chat.add_argument("--persona", help="a persona's name, or a path to a persona file")
    chat.add_argument("--source", help="camera:0, a video, a picture, a folder, demo, or none")
    chat.add_argument("--user", help="whose memory is read and written")
    chat.add_argument(
        "--chat",
        metavar="C",
        help="who talks: scripted, hf:REPOSITORY_OR_FOLDER, or openai:BASE_URL#MODEL",
    )
    chat.add_argument("--country", help="ISO code, for helplines")
    chat.add_argument("--consent", action="store_true", help="yes to being read by the camera")
    chat.add_argument("--human", action="store_true", help="somebody here can take over")
    chat.add_argument("--plain", action="store_true", help="a line a turn, no terminal UI")
    chat.add_argument("--json", action="store_true", help="one JSON object a turn; implies --plain")
    add_common(chat)


def _run(arguments: argparse.Namespace) -> int:
    settings = settings_of(arguments)
    if arguments.json or arguments.plain or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return _chat_plainly(settings, as_json=arguments.json)
    from empathy_agent.personas import load_persona
    from empathy_agent.tui import run

    def build() -> "Agent":
        from empathy_agent.app import open_agent

        return open_agent(settings)

    persona = load_persona(settings.persona)
    ask = settings.source != "none" and not settings.consent
    error = run(
        build,
        persona_title=persona.title,
        ask_consent=ask,
        pictures_go_to=pictures_go_to(settings),
    )
    if error is not None:
        raise error
    return 0


def _chat_plainly(settings: "Settings", *, as_json: bool) -> int:
    from empathy_agent.app import open_agent
    from empathy_agent.plain import chat

    goes_to = pictures_go_to(settings)
    if goes_to and settings.source != "none":
        say(f"Pictures of the camera leave this machine: they are sent to {goes_to}.")
    agent = open_agent(settings)
    try:
        chat(agent, as_json=as_json, camera_off=settings.source != "none" and not agent.consent)
    finally:
        agent.close()
    return 0
