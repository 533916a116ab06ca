"""How things are said on the screen: pure functions from data to plain words and small drawings."""

import re
import unicodedata
from collections.abc import Sequence
from pathlib import PurePath
from typing import NamedTuple

from empathy_agent.affect import Abstention, AffectReading, Emotion
from empathy_agent.tui.port import Source, SourceState

__all__ = [
    "ABSTAINED",
    "AFTER",
    "FEELING",
    "Camera",
    "ago",
    "as_markdown",
    "bar",
    "camera",
    "clean",
    "counted",
    "feeling",
    "line_to_call",
    "reading_line",
    "shade",
    "shorten",
    "trace",
]

FEELING = {
    Emotion.NEUTRAL: "neutral",
    Emotion.HAPPINESS: "happy",
    Emotion.SURPRISE: "surprised",
    Emotion.SADNESS: "sad",
    Emotion.ANGER: "angry",
    Emotion.DISGUST: "disgusted",
    Emotion.FEAR: "scared",
    Emotion.CONTEMPT: "dismissive",
}
"""An adjective for each emotion."""

ABSTAINED = {
    Abstention.NO_FACE: "no face in view",
    Abstention.BLURRED: "the picture is blurred",
    Abstention.DARK: "it is too dark",
    Abstention.OCCLUDED: "the face is covered",
    Abstention.TURNED_AWAY: "the face is turned away",
    Abstention.UNCERTAIN: "too uncertain to say",
    Abstention.NO_CONSENT: "no consent to the camera",
    Abstention.SOURCE_LOST: "the camera is gone",
}
"""Why the face could not be read, in words."""

AFTER = {
    "perceive": "remembering…",
    "recall": "thinking…",
    "appraise": "writing…",
    "respond": "checking the reply…",
    "hold": "checking the reply…",
}
"""What comes after a node of the graph has finished."""

_STATES: dict[SourceState, tuple[str, str]] = {
    "open": ("●", "on"),
    "opening": ("◌", "opening"),
    "lost": ("✕", "lost"),
    "ended": ("■", "ended"),
    "closed": ("○", "off"),
}
_SURE, _LIKELY = 0.75, 0.45
_LEVELS = "▁▂▃▄▅▆▇█"
_UNITS = (
    (60, "minute"),
    (3600, "hour"),
    (86400, "day"),
    (7 * 86400, "week"),
    (30.4 * 86400, "month"),
    (365.25 * 86400, "year"),
)
_NUMBER = re.compile(r"(?<![\w.])\+?\d[\d ()-]*\d(?!\w)")
_CALLING = re.compile(r"\b(?:call|text|dial|ring|phone|reach)\b", re.IGNORECASE)
_CODE = re.compile(r"(```.*?```|`[^`\n]*`)", re.DOTALL)
_LINE_END = re.compile(r"(?<!\n)\n(?!\n)")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_ADDRESS = re.compile(r"\b(?:[\w-]+\.)+(?:com|org|net|info|int|[a-z]{2})\b", re.IGNORECASE)


class Camera(NamedTuple):
    """The camera's state, as shown in the title and the panel."""

    sign: str
    words: str
    on: bool = False


def camera(source: Source | None, consent: bool, goes_to: str | None = None) -> Camera:
    """Say what the camera does, and where its pictures go.

    Args:
        source: null: the agent is not built yet.
        consent: whether the user agreed to be read.
        goes_to: the server that pictures are sent to; null: they stay here.
    """
    if source is None:
        return Camera("◌", "waking up")
    if source.name == "none":
        return Camera("○", "no camera")
    name = _source_name(source.name)
    if not consent:
        return Camera("○", f"{name} off · no consent")
    sign, state = _STATES[source.state]
    sent = f" → {shorten(clean(goes_to), 24)}" if goes_to else ""
    return Camera(sign, f"{name} {state}{sent}", on=source.state == "open")


def _source_name(name: str) -> str:
    kind = name.partition(":")[0]
    if kind in {"camera", "demo"}:
        return kind
    return shorten(clean(PurePath(name).name), 16)


def feeling(reading: AffectReading) -> str:
    """Return a hedged adjective, or why there is none."""
    if reading.emotion is None:
        return ABSTAINED[reading.abstained] if reading.abstained else "nothing to read yet"
    hedge = "most likely" if reading.confidence >= _SURE else "probably"
    if reading.confidence < _LIKELY:
        hedge = "perhaps"
    return f"{hedge} {FEELING[reading.emotion]}"


def reading_line(reading: AffectReading | None) -> str:
    """Return a turn's reading as one line, such as `probably sad · 0.62 · from words alone`."""
    if reading is None:
        return "not read"
    if reading.emotion is None:
        return f"could not tell: {feeling(reading)}"
    parts = [feeling(reading), f"{reading.confidence:.2f}"]
    if reading.abstained:
        parts.append(f"from words alone: {ABSTAINED[reading.abstained]}")
    elif not reading.frames:
        parts.append("from words alone")
    if reading.conflict:
        parts.append("words and face disagree")
    return " · ".join(parts)


def shade(confidence: float) -> str:
    """Return the block that bars of this confidence are drawn with: the surer, the darker."""
    if confidence >= _SURE:
        return "█"
    return "▓" if confidence >= _LIKELY else "░"


def bar(share: float, width: int, confidence: float) -> str:
    """Draw a share in [0, 1] as a bar, padded to the width; what is not zero shows."""
    cells = round(share * width)
    return (shade(confidence) * (cells or int(share >= 0.01))).ljust(width)


def trace(values: Sequence[float | None], width: int, rows: int = 1) -> list[str]:
    """Draw values in [-1, 1] over time, newest at the right; a null is a gap.

    The scale is fixed. Textual's Sparkline stretches to its own data, so that a calm minute would
    look like a storm.
    """
    recent = values[-width:] if width > 0 else ()
    steps = len(_LEVELS) * rows
    heights = [
        None if each is None else min(steps, max(1, 1 + int((each + 1) / 2 * steps)))
        for each in recent
    ]
    return [
        "".join(_cell(height, row * len(_LEVELS)) for height in heights).rjust(width)
        for row in reversed(range(rows))
    ]


def _cell(height: int | None, below: int) -> str:
    if height is None:
        return " " if below else "·"
    if height <= below:
        return " "
    return _LEVELS[min(height - below, len(_LEVELS)) - 1]


def ago(seconds: float) -> str:
    """Say how long ago, such as `3 days ago`."""
    if seconds < 60:
        return "just now"
    length, name = next((unit for unit in reversed(_UNITS) if seconds >= unit[0]), _UNITS[0])
    count = int(seconds / length)
    if name == "day" and count == 1:
        return "yesterday"
    return f"{counted(count, name)} ago"


def counted(number: int, thing: str) -> str:
    """Return `1 day`, `2 days`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def clean(text: str) -> str:
    """Drop what a terminal must not get: control characters, lone surrogates, direction overrides.

    New lines and tabs stay.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(each for each in lines if each in "\n\t" or not _is_hostile(each))


def _is_hostile(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cs"} or "\u202a" <= character <= "\u202e"


def shorten(text: str, limit: int) -> str:
    """Cut a long text for display; its true length is told."""
    if len(text) <= limit:
        return text
    if limit < 100:
        return f"{text[: limit - 1]}…"
    return f"{text[:limit]}… [{len(text):,} characters in all]"


def as_markdown(text: str) -> str:
    """Keep in Markdown what plain text means: a line ends where it ends, and `<` is no markup."""
    parts = _CODE.split(text)
    parts[::2] = [_LINE_END.sub("  \n", part.replace("<", "&lt;")) for part in parts[::2]]
    return "".join(parts)


def line_to_call(reply: str) -> str | None:
    """Return the first line of a reply that names a number or an address to turn to."""
    lines = [part for line in reply.splitlines() for part in _parts(line)]
    numbered = [line for line in lines if _has_number(line)]
    inviting = [line for line in numbered if _CALLING.search(line)]
    addressed = [line for line in lines if _ADDRESS.search(line)]
    return next(iter([*inviting, *numbered, *addressed]), None)


def _parts(line: str) -> list[str]:
    line = line.replace("**", "").strip(" -*•\t")
    return [line] if len(line) <= 160 else _SENTENCE.split(line)


def _has_number(line: str) -> bool:
    return any(sum(map(str.isdigit, found)) >= 3 for found in _NUMBER.findall(line))
