"""What the words say: 27 emotions, the eight, valence, arousal, dominance, and how strong.

*Intensity* of anger, fear, joy and sadness is derived, not learnt: no corpus with such labels was
at hand. It is the calibrated probability that any label of that family holds (each counted by how
much of the emotion it has), times 0.7 to 1 by how much the message insists: intensifiers, capitals,
exclamation marks and arousal. It is ordinal at best, and was never compared with human ratings.

*Context.* A short answer such as "fine." says little by itself, so it leans on what the same person
said in the last few messages, the latest most: the emptier and shorter it is, the more.
"""

import math
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from empathy_agent.affect import Emotion, Intensity, TextAffect
from empathy_agent.models.embedder import Embedder, MiniLM
from empathy_agent.models.wordnet import LABELS, WordNet, WordScores
from empathy_agent.perception.surface import emphasis, features, has_words, plain, words_of

__all__ = ["EIGHT", "WordReader"]

_HAPPY: Mapping[Emotion, float] = {Emotion.HAPPINESS: 1.0}
_SAD: Mapping[Emotion, float] = {Emotion.SADNESS: 1.0}
EIGHT: Mapping[str, Mapping[Emotion, float]] = {
    "admiration": _HAPPY,
    "amusement": _HAPPY,
    "excitement": _HAPPY,
    "gratitude": _HAPPY,
    "joy": _HAPPY,
    "love": _HAPPY,
    "optimism": _HAPPY,
    "pride": _HAPPY,
    "relief": _HAPPY,
    "approval": {Emotion.HAPPINESS: 0.5, Emotion.NEUTRAL: 0.5},
    "caring": {Emotion.HAPPINESS: 0.5, Emotion.NEUTRAL: 0.5},
    "desire": {Emotion.HAPPINESS: 0.5, Emotion.NEUTRAL: 0.5},
    "anger": {Emotion.ANGER: 0.95, Emotion.CONTEMPT: 0.05},
    "annoyance": {Emotion.ANGER: 0.85, Emotion.CONTEMPT: 0.15},
    "disapproval": {Emotion.ANGER: 0.5, Emotion.CONTEMPT: 0.25, Emotion.NEUTRAL: 0.25},
    "disgust": {Emotion.DISGUST: 0.85, Emotion.CONTEMPT: 0.15},
    "fear": {Emotion.FEAR: 1.0},
    "nervousness": {Emotion.FEAR: 1.0},
    "disappointment": _SAD,
    "grief": _SAD,
    "remorse": _SAD,
    "sadness": _SAD,
    "embarrassment": {Emotion.SADNESS: 0.6, Emotion.FEAR: 0.4},
    "surprise": {Emotion.SURPRISE: 1.0},
    "realization": {Emotion.SURPRISE: 0.5, Emotion.NEUTRAL: 0.5},
    "confusion": {Emotion.SURPRISE: 0.5, Emotion.NEUTRAL: 0.5},
    "curiosity": {Emotion.SURPRISE: 0.25, Emotion.NEUTRAL: 0.75},
    "neutral": {Emotion.NEUTRAL: 1.0},
}
"""What share of each GoEmotions label each of the eight has.

The grouping of GoEmotions' authors by Ekman's six (Demszky et al., 2020), made finer where a helper
would be misled. A question is curious and not surprised; a wish, a nod or a kind word is half
neutral; shame is half fear. Nobody labelled contempt: it gets a share of what looks down on
someone, so it is seldom the likeliest, and the words alone are weak evidence for it.
"""


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
_FILLERS = frozenset(
    [
        "ok",
        "okay",
        "k",
        "kk",
        "yes",
        "yeah",
        "yep",
        "ya",
        "no",
        "nope",
        "nah",
        "fine",
        "sure",
        "maybe",
        "perhaps",
        "idk",
        "dunno",
        "whatever",
        "nothing",
        "right",
        "alright",
        "hm",
        "hmm",
        "mhm",
        "well",
        "and",
        "so",
        "i",
        "do",
        "don't",
        "dont",
        "not",
        "know",
        "guess",
        "think",
        "suppose",
        "really",
        "just",
        "it",
        "it's",
        "that",
        "that's",
        "is",
        "am",
        "i'm",
        "im",
        "all",
        "good",
        "nvm",
        "same",
        "still",
    ]
)
"""Words of which a whole message may be made without its saying how the person is."""
_FILLED = 5
"""Words that such a message has at most."""
_LEAN = 0.7
"""What context counts in a message of fillers; the message counts the rest."""
_LEAN_SHORT = 0.5
"""What it counts at most in a short neutral message."""
_SHORT = 6
"""From this many further words on, a message stands by itself."""
_LOOKED_BACK = 3
_DECAY = 0.6
"""What each earlier message counts, to the one after it."""
_REMEMBERED = 64
_NEUTRAL_ODDS = 0.4
"""What the odds of neutral are multiplied by: a shift of the prior, from comments to conversation.

The net is calibrated on comments, where neutral is the likeliest label. Somebody who writes to a
listener or to a help desk has a feeling more often. Of `tests/hard_words.py` the net reads 89 right
without the shift, 92 at 0.4 and 94 at 0.25, where plain service messages begin to sound angry.
"""
_NEUTRAL = list(Emotion).index(Emotion.NEUTRAL)


class WordReader:
    """Reads the affect of a message; loaded on first use, safe to share between threads."""

    def __init__(self, embedder: Embedder) -> None:
        """Build without loading.

        Args:
            embedder: `MiniLM` gives the best reading. Of any other, the net cannot use the
                vectors, and a smaller one reads the words alone.
        """
        self._base = embedder if isinstance(embedder, MiniLM) else None
        self._net: WordNet | None = None
        self._lock = threading.Lock()
        self._remembered: OrderedDict[str, WordScores] = OrderedDict()

    def read(self, text: str, context: Sequence[str] = ()) -> TextAffect:
        """Return what the words say; without an emotion for a text that has no words.

        Args:
            text: the message.
            context: earlier messages of the same person, oldest first.

        Raises:
            SetupError: The weights are missing or damaged.
        """
        said = plain(text)
        if not has_words(said):
            return _nothing()
        scores = self._scores(said)
        lean = _lean(said, scores)
        earlier = [each for each in map(plain, context[-_LOOKED_BACK:]) if has_words(each)]
        if lean > 0 and earlier:
            scores = _mix(scores, self._earlier(earlier), lean)
        return _affect(scores, emphasis(said))

    def warm(self) -> None:
        """Load everything now.

        Raises:
            SetupError: The weights are missing or damaged.
        """
        self._scores("warm")

    def _earlier(self, texts: Sequence[str]) -> WordScores:
        mixed = self._scores(texts[0])
        for text in texts[1:]:
            mixed = _mix(self._scores(text), mixed, _DECAY / (1 + _DECAY))
        return mixed

    def _scores(self, said: str) -> WordScores:
        with self._lock:
            if self._net is None:
                self._net = WordNet.load()
            known = self._remembered.pop(said, None)
            if known is None:
                known = self._read(self._net, said)
            self._remembered[said] = known
            if len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
            return known

    def _read(self, net: WordNet, said: str) -> WordScores:
        if self._base is None:
            return _to_someone(net.read(features(said), None, ()))
        states = self._base.states(said)
        return _to_someone(net.read(features(said), states, self._base.encoder().layers))


def _to_someone(scores: WordScores) -> WordScores:
    eight = np.array(scores.eight)
    eight[_NEUTRAL] *= _NEUTRAL_ODDS
    return replace(scores, eight=eight / eight.sum())


def _lean(said: str, scores: WordScores) -> float:
    """Return how much a message leans on those before it, in [0, 1)."""
    words = words_of(said)
    if len(words) <= _FILLED and _FILLERS.issuperset(words) and not emphasis(said):
        return _LEAN
    brevity = max(0.0, 1 - max(0, len(words) - 1) / _SHORT)
    return _LEAN_SHORT * brevity * float(scores.eight[_NEUTRAL])


def _mix(now: WordScores, before: WordScores, share: float) -> WordScores:
    """Return both, `before` counting its share."""
    return WordScores(
        (1 - share) * now.labels + share * before.labels,
        (1 - share) * now.eight + share * before.eight,
        (1 - share) * now.dimensions + share * before.dimensions,
    )


def _affect(scores: WordScores, insistence: float) -> TextAffect:
    shares = np.asarray(scores.eight, np.float64)
    eight = (shares / shares.sum()).tolist()
    distribution = dict(zip(Emotion, eight, strict=True))
    labels = dict(zip(LABELS, map(float, scores.labels), strict=True))
    valence, arousal, dominance = map(float, scores.dimensions)
    strength = 0.7 + 0.3 * min(1.0, insistence + max(0.0, 2 * arousal))
    return TextAffect(
        emotion=max(distribution, key=distribution.__getitem__),
        distribution=distribution,
        goemotions=labels,
        valence=valence,
        arousal=arousal,
        dominance=dominance,
        intensity=Intensity(
            **{name: strength * _any(labels, family) for name, family in _FAMILIES.items()}
        ),
    )


def _any(labels: Mapping[str, float], family: Mapping[str, float]) -> float:
    """Return the probability that any label of a family holds, were they independent."""
    return 1 - math.prod(1 - share * labels[name] for name, share in family.items())


def _nothing() -> TextAffect:
    return TextAffect(
        emotion=None,
        distribution=None,
        goemotions=dict.fromkeys(LABELS, 0.0),
        valence=0,
        arousal=0,
        dominance=0,
        intensity=Intensity(anger=0, fear=0, joy=0, sadness=0),
    )
