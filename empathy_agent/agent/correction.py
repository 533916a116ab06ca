"""When somebody says what they do not feel, their word counts and the reading does not."""

from dataclasses import dataclass

from empathy_agent.affect import AffectReading, Emotion
from empathy_agent.models.listener.hear import feeling_group, hear

__all__ = ["Correction", "correction"]

_OF_GROUP = {
    "anger": Emotion.ANGER,
    "confusion": Emotion.SURPRISE,
    "fear": Emotion.FEAR,
    "joy": Emotion.HAPPINESS,
    "sadness": Emotion.SADNESS,
}


@dataclass(frozen=True)
class Correction:
    """What the user set right."""

    denied: Emotion
    """What was read, and is not so."""
    word: str
    """The user's own word for what they do not feel."""
    instead: Emotion | None
    """What they feel instead, where they say it and it is one of the eight."""
    feeling: str | None
    """The same in their own word."""


def correction(said: str, reading: AffectReading | None, setting: str) -> Correction | None:
    """Return what a message sets right in this reading; null when it denies something else.

    "I'm not angry" corrects a reading of anger, and says nothing about one of fear.
    """
    if reading is None or reading.emotion is None:
        return None
    heard = hear(said, setting)
    if heard.denied is None or _OF_GROUP.get(feeling_group(heard.denied) or "") != reading.emotion:
        return None
    instead = _OF_GROUP.get(feeling_group(heard.felt) or "")
    if instead == reading.emotion:
        return None
    return Correction(reading.emotion, heard.denied, instead, heard.felt)
