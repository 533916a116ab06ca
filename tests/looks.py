"""Looks at drawn windows, for tests of what a vision model is shown and asked."""

from empathy_agent.affect import Emotion
from empathy_agent.perception.frames import Window
from empathy_agent.perception.look import Look, look_at
from empathy_agent.perception.reading import Digest, digest
from empathy_agent.perception.tracker import FaceTracker
from tests.test_perceiver import Expert, Finder, moving

__all__ = ["SMILE", "look_of", "seen_of"]

SMILE = moving((Emotion.NEUTRAL, 0.8), (Emotion.HAPPINESS, 0.6), (Emotion.NEUTRAL, 0.8))
"""A smile in the middle of two quiet seconds."""


def look_of(window: Window = SMILE) -> Look:
    return look_at(window.frames, FaceTracker(Finder()), Expert())


def seen_of(window: Window = SMILE) -> tuple[Look, Digest]:
    look = look_of(window)
    return look, digest(look)
