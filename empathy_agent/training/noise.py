"""Texts as a phone gets them: typing errors, capitals, no marks, and an emoji at the end.

The labels of a text stay what they were. Comments of GoEmotions are spelt better than messages are;
noise on a share of them teaches the net not to rest on the spelling of one word.
"""

import re
from collections.abc import Sequence
from random import Random

__all__ = ["EMOJI", "mistyped", "noisy", "run_on"]

EMOJI = {
    "joy": "😊 😁 🙂 😄",
    "love": "❤️ 😘 💖 💗",
    "excitement": "🎉 🤩 🥳",
    "amusement": "😂 🤣 😆",
    "gratitude": "🙏 😊",
    "admiration": "👏 😍 🙌",
    "approval": "👍 👌",
    "optimism": "🤞 🌈",
    "pride": "💪 🏆",
    "sadness": "😢 😭 😔 ☹️ 💔",
    "grief": "😭 🖤",
    "disappointment": "😞 😕",
    "remorse": "😔 😣",
    "anger": "😡 🤬 😠",
    "annoyance": "😒 🙄 😤",
    "disapproval": "👎 😒",
    "disgust": "🤮 🤢",
    "fear": "😱 😨",
    "nervousness": "😰 😟 😬",
    "embarrassment": "😳 🙈",
    "surprise": "😮 😲 🤯",
    "confusion": "🤔 😕",
    "curiosity": "🤔",
    "caring": "🤗",
}
"""Emoji that people put behind a text with a label."""
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def noisy(text: str, labels: Sequence[str], rng: Random) -> str:
    """Return a text as somebody in a hurry would send it; one or two things are changed.

    Args:
        text: what was written.
        labels: its labels, for the emoji.
        rng: chooses.
    """
    for how in rng.sample(("typos", "plain", "capitals", "emoji", "typos"), 2):
        if how == "typos":
            text = mistyped(text, rng)
        elif how == "plain":
            text = "".join(each for each in text.lower() if each not in ".,;:'\"")
        elif how == "capitals" and rng.random() < 0.5:
            text = text.upper()
        elif how == "emoji":
            known = [label for label in labels if label in EMOJI]
            text = f"{text} {rng.choice(EMOJI[rng.choice(known)].split())}" if known else text
    return text


_STOPS = re.compile(r"['’‘`.,;:!?\"“”()]")
_DASHES = str.maketrans({"-": " ", "–": " ", "—": " "})


def mistyped(text: str, rng: Random, share: float = 0.2) -> str:
    """Return a text with typing errors in a share of its longer words."""
    return " ".join(
        _mistyped(word, rng) if len(word) > 3 and rng.random() < share else word
        for word in text.split(" ")
    )


def _mistyped(word: str, rng: Random) -> str:
    place = rng.randrange(1, len(word) - 1)
    before, letter, after = word[:place], word[place], word[place + 1 :]
    return rng.choice(
        (
            f"{before}{after}",
            f"{before}{letter}{letter}{after}",
            f"{before}{after[0]}{letter}{after[1:]}",
            f"{before}{_beside(letter, rng)}{after}",
        )
    )


def _beside(letter: str, rng: Random) -> str:
    for row in _ROWS:
        place = row.find(letter.lower())
        if place >= 0:
            return row[min(len(row) - 1, max(0, place + rng.choice((-1, 1))))]
    return letter


def run_on(text: str) -> str:
    """Return a text as some people type all of theirs: small letters, and no stop or apostrophe."""
    return " ".join(_STOPS.sub("", text.lower().translate(_DASHES)).split())
