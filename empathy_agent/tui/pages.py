"""The words of the pages: help, and what was remembered."""

from collections.abc import Sequence

from textual.content import Content

from empathy_agent.affect import RecalledNote
from empathy_agent.tui.words import FEELING, clean, shorten

__all__ = ["COMMANDS", "help_page", "remembered_page"]

COMMANDS = (
    ("Live panel", "Show or hide what the camera shows", "panel"),
    ("Memory", "What was remembered for the last reply", "remembered"),
    ("Camera", "Give or withdraw your yes to the camera", "camera"),
    ("Readings", "Show or hide how messages were read", "readings"),
    ("Copy", "Copy the last reply", "copy_reply"),
    ("Forget", "Have everything about you forgotten", "forget"),
    ("Help", "Keys and signs", "help"),
)
"""Title, words and action of what the command palette offers."""

_KEYS = (
    ("enter", "send"),
    ("ctrl+j", "new line; alt+enter in some terminals"),
    ("up, down", "what you sent before"),
    ("pageup, pagedown", "scroll the conversation"),
    ("F2", "live panel on, off"),
    ("F3", "what was remembered for the reply"),
    ("F4", "your yes to the camera on, off"),
    ("F5", "copy the last reply"),
    ("ctrl+r", "how messages were read on, off"),
    ("ctrl+delete", "forget everything about me"),
    ("escape", "put the line to call away"),
    ("ctrl+p", "every command, and themes"),
    ("ctrl+q", "quit, once the turn is remembered"),
)
_ABOUT = """
Readings are guesses. A word such as "probably" and the number behind it say how sure the guess \
is: 0.62 is meant as "about six of ten such guesses are right". The darker the blocks of a bar, \
the surer the reading. Where nothing can be read, the panel says why, and nothing is made up.

● the camera is on   ○ it is off   ◌ it is opening
✕ it was lost   ■ the video has ended
"""


def help_page() -> Content:
    """Return keys and signs."""
    lines = [Content.assemble((f"{keys:<17}", "bold"), words) for keys, words in _KEYS]
    return Content("\n").join([*lines, Content(_ABOUT.rstrip())])


def remembered_page(notes: Sequence[RecalledNote]) -> Content:
    """Return what was recalled for the last reply."""
    if not notes:
        return Content("Nothing was recalled for the last reply.")
    return Content("\n\n").join([_note(note) for note in notes])


def _note(note: RecalledNote) -> Content:
    felt = f" · {FEELING[note.emotion]}" if note.emotion else ""
    return Content.assemble(
        (clean(note.when), "bold"),
        f"{felt}\n",
        f"“{shorten(clean(note.said), 400)}”\n",
        (f"recalled because: {clean(note.why)}", "dim"),
    )
