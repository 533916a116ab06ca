"""From the first paint to the last thread: the one way to run the app."""

import asyncio
import os
import sys
from collections.abc import Callable

from empathy_agent.tui.app import EmpathyApp
from empathy_agent.tui.port import Conversation

__all__ = ["run"]


def run(
    open_agent: Callable[[], Conversation],
    title: str = "Empathy Agent",
    persona_title: str = "Agent",
    ask_consent: bool = False,
    pictures_go_to: str | None = None,
) -> Exception | None:
    """Show the app until the user leaves; the agent is built after the first paint.

    Args:
        open_agent: builds the agent; called once, in a thread.
        title: name of the program.
        persona_title: who answers.
        ask_consent: whether to ask at the start if the camera may be read.
        pictures_go_to: the server that pictures are sent to; null: they stay on this machine.

    Returns:
        Why the agent could not be built, or the first bug that came up on the way; for the caller
        to raise now that the terminal is itself again.

    Raises:
        SystemExit: the screen itself failed; Textual has shown the traceback.
    """
    app = EmpathyApp(open_agent, title, persona_title, ask_consent, pictures_go_to=pictures_go_to)
    loop = asyncio.new_event_loop()
    app.run(loop=loop)
    if app.forced or "wake" in app.backstage.running:
        # A thread in a model cannot be stopped, and Python waits for its threads. Memory survives
        # this: every finished turn is on the disk.
        sys.stdout.flush()
        os._exit(130 if app.forced else 0)
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
    if app.backstage.conversation is not None:
        app.backstage.conversation.close()
    if app.return_code and app.error is None:
        raise SystemExit(app.return_code)
    return app.error
