"""What follows from the 27 labels and three dimensions: intensities, ordinal classes, the eleven.

EmoLLMs (Liu et al., 2024) answers the tasks of SemEval-2018: intensity of four emotions (EI-reg,
EI-oc), ordinal valence (V-oc) and eleven emotions at once (E-c). No text with such labels was at
hand, so nothing here is learnt: each is a table over what the net was taught, written down before
any of it was measured. They are ordinal at best, and were never compared with SemEval's raters.
"""

import math
from collections.abc import Mapping

from empathy_agent.affect import Degrees, Intensity, SemEval
from empathy_agent.perception.degrees import graded, strength

__all__ = ["ELEVEN", "intensities", "semeval"]

_FAMILIES: Mapping[str, Mapping[str, float]] = {
    "anger": {"anger": 1.0, "annoyance": 0.6, "disapproval": 0.2},
    "fear": {"fear": 1.0, "nervousness": 0.7},
    "joy": {
        "joy": 1.0,
        "excitement": 1.0,
        "pride": 0.8,
        "love": 0.7,
        "amusement": 0.6,
        "gratitude": 0.5,
        "relief": 0.5,
        "admiration": 0.4,
        "optimism": 0.4,
    },
    "sadness": {
        "sadness": 1.0,
        "grief": 1.0,
        "disappointment": 0.6,
        "remorse": 0.6,
        "embarrassment": 0.3,
    },
}
"""How much of an emotion each label of its family has."""
ELEVEN: Mapping[str, Mapping[str, float]] = {
    "anger": {"anger": 1.0, "annoyance": 0.9, "disapproval": 0.4, "disgust": 0.3},
    "anticipation": {"desire": 0.7, "excitement": 0.5, "curiosity": 0.4, "optimism": 0.4},
    "disgust": {"disgust": 1.0, "annoyance": 0.4, "anger": 0.4, "disapproval": 0.4},
    "fear": {"fear": 1.0, "nervousness": 1.0},
    "joy": {
        "joy": 1.0,
        "amusement": 0.9,
        "excitement": 0.9,
        "pride": 0.8,
        "love": 0.7,
        "relief": 0.7,
        "gratitude": 0.6,
        "admiration": 0.5,
    },
    "love": {"love": 1.0, "caring": 0.6, "admiration": 0.2},
    "optimism": {"optimism": 1.0, "pride": 0.4, "relief": 0.3, "joy": 0.3, "caring": 0.2},
    "pessimism": {"disappointment": 0.5, "grief": 0.4, "sadness": 0.3, "nervousness": 0.3},
    "sadness": {
        "sadness": 1.0,
        "grief": 1.0,
        "remorse": 0.8,
        "disappointment": 0.7,
        "embarrassment": 0.4,
    },
    "surprise": {"surprise": 1.0, "realization": 0.3, "confusion": 0.3},
    "trust": {"gratitude": 0.4, "admiration": 0.4, "approval": 0.4, "caring": 0.3},
}
"""How likely each emotion of SemEval's E-c is, given that a GoEmotions label holds.

By the definitions in SemEval's annotation form: anger "also includes annoyance, rage", anticipation
"interest, vigilance", love "affection", optimism "hopefulness, confidence", pessimism "cynicism, no
confidence", trust "acceptance, liking, admiration".
"""
_HOLDS = 1 / 3
"""From here on a label of E-c holds.

The F1 of a calibrated label is best at half of that F1 (Lipton et al., 2014); the best known F1 on
E-c lies between .55 and .7.
"""
_DEGREES = (0.2, 0.45, 0.7)
"""Intensities at which the ordinal classes 1, 2 and 3 begin."""
_VALENCES = (0.12, 0.4, 0.7)
_NARROW = 2.5
"""EmoBank's ratings lie within 0.4 of zero, mostly; this spreads them."""


def intensities(labels: Mapping[str, float], arousal: float, text: str) -> Intensity:
    """Return how strong anger, fear, joy and sadness are.

    The probability that any label of the family holds, times how much the text insists. Where a
    word of known grade names the emotion, its grade counts rather than the probability alone.

    Args:
        labels: probability of each GoEmotions label.
        arousal: of the text, in [-1, 1].
        text: the plain text.
    """
    insists = strength(text, arousal)
    found: dict[str, float] = {}
    for family, shares in _FAMILIES.items():
        likely = _any(labels, shares)
        grade = graded(text, family)
        # Half of how far the label is from sure counts: the word itself says what is felt.
        said = likely if grade is None else math.sqrt(likely) * grade * 1.3
        found[family] = min(1.0, insists * said)
    return Intensity(**found)


def semeval(labels: Mapping[str, float], intensity: Intensity, valence: float) -> SemEval:
    """Return the ordinal classes and the eleven emotions.

    Args:
        labels: probability of each GoEmotions label.
        intensity: of the four emotions.
        valence: in [-1, 1], on EmoBank's narrow scale.
    """
    strong = intensity.model_dump()
    eleven = {name: _any(labels, shares) for name, shares in ELEVEN.items()}
    pleasant = strong["joy"] - max(strong["anger"], strong["fear"], strong["sadness"])
    signed = (math.tanh(_NARROW * valence) + pleasant) / 2
    return SemEval(
        degrees=Degrees(**{name: _class(value, _DEGREES) for name, value in strong.items()}),
        valence=int(math.copysign(_class(abs(signed), _VALENCES), signed)),
        emotions=eleven,
        holds=tuple(sorted((n for n in eleven if eleven[n] >= _HOLDS), key=lambda n: -eleven[n])),
    )


def _class(value: float, begins: tuple[float, ...]) -> int:
    return sum(value >= each for each in begins)


def _any(labels: Mapping[str, float], shares: Mapping[str, float]) -> float:
    """Return the probability that any of some labels holds, were they independent."""
    return 1 - math.prod(1 - share * labels[name] for name, share in shares.items())
