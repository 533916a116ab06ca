"""What the words say: 27 emotions, the eight, valence, arousal, dominance, and how strong.

Intensities and the classes of SemEval are derived, not learnt (`derived.py`).

*Context.* A short answer such as "fine." says little by itself, so it leans on what the same person
said in the last few messages, the latest most: the emptier and shorter it is, the more, and more
still where it points back ("he did it again").
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from empathy_agent.affect import Emotion, Intensity, TextAffect
from empathy_agent.errors import SetupError, near
from empathy_agent.models.embedder import Embedder, MiniLM
from empathy_agent.models.listener.voice import ScriptedListener
from empathy_agent.models.wordnet import LABELS, WordNet, WordScores
from empathy_agent.perception.derived import intensities, semeval
from empathy_agent.perception.leaning import lean
from empathy_agent.perception.opinions import ChatOpinion, ModelOpinion, Opinion, Second
from empathy_agent.perception.surface import features, has_words, plain

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

__all__ = ["EIGHT", "MODEL", "WordReader", "open_words"]

MODEL = "words-1"
"""What a reading calls the embedded net."""

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


_LOOKED_BACK = 3
_DECAY = 0.6
"""What each earlier message counts, to the one after it."""
_REMEMBERED = 64
_READERS = ("embedded", "hf:REPOSITORY_OR_FOLDER", "chat")
_NEUTRAL_ODDS = 0.4
"""What the odds of neutral are multiplied by: a shift of the prior, from comments to conversation.

The net is calibrated on comments, where neutral is the likeliest label. Somebody who writes to a
listener or to a help desk has a feeling more often. It was chosen by `tests/hard_words.py` for an
earlier net, which read 89 right without it and 92 with it; this one reads 95, 96, and 98 at 0.25.
"""
_EMOTIONS = list(Emotion)
_NEUTRAL, _SURPRISE = _EMOTIONS.index(Emotion.NEUTRAL), _EMOTIONS.index(Emotion.SURPRISE)
_PASS = 1_200
"""Word pieces of one pass at most, about: more leave the processor's cache."""


class WordReader:
    """Reads the affect of a message; loaded on first use, safe to share between threads."""

    def __init__(self, embedder: Embedder, second: Second | None = None) -> None:
        """Build without loading.

        Args:
            embedder: `MiniLM` gives the best reading. Of any other, the net cannot use the
                vectors, and a smaller one reads the words alone.
            second: a reader whose labels replace the net's, where it has an opinion.
        """
        self._second = second
        self._base = embedder if isinstance(embedder, MiniLM) else None
        self._net: WordNet | None = None
        self._lock = threading.Lock()
        self._remembered: OrderedDict[str, tuple[WordScores, str]] = OrderedDict()

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
        scores, model = self._scores(said)
        share = lean(said, float(scores.eight[_NEUTRAL]), float(scores.eight[_SURPRISE]))
        earlier = [each for each in map(plain, context[-_LOOKED_BACK:]) if has_words(each)]
        if share > 0 and earlier:
            scores = _mix(scores, self._earlier(earlier), share)
        return _affect(scores, said, model)

    def read_many(self, texts: Sequence[str]) -> list[TextAffect]:
        """Return what each of many messages says by itself: as `read`, several in one pass.

        Raises:
            SetupError: The weights are missing or damaged.
        """
        said = [plain(text) for text in texts]
        asked = list(dict.fromkeys(text for text in said if has_words(text)))
        known: dict[str, tuple[WordScores, str]] = {}
        for some in _passes(sorted(asked, key=len)):
            known.update(zip(some, self._fresh(some), strict=True))
        return [
            _affect(known[text][0], text, known[text][1]) if text in known else _nothing()
            for text in said
        ]

    def warm(self) -> None:
        """Load everything now.

        Raises:
            SetupError: The weights are missing or damaged.
        """
        self._scores("warm")

    def _earlier(self, texts: Sequence[str]) -> WordScores:
        mixed, _ = self._scores(texts[0])
        for text in texts[1:]:
            mixed = _mix(self._scores(text)[0], mixed, _DECAY / (1 + _DECAY))
        return mixed

    def _scores(self, said: str) -> tuple[WordScores, str]:
        with self._lock:
            known = self._remembered.pop(said, None)
        if known is None:
            [known] = self._fresh([said])
        with self._lock:
            self._remembered[said] = known
            if len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        return known

    def _fresh(self, said: Sequence[str]) -> list[tuple[WordScores, str]]:
        mine = [(_to_someone(scores), MODEL) for scores in self._embedded(said)]
        if self._second is None:
            return mine
        theirs = zip(mine, self._second.read(said), strict=True)
        return [
            own if opinion is None else (_instead(own[0], opinion), self._second.name)
            for own, opinion in theirs
        ]

    def _embedded(self, said: Sequence[str]) -> list[WordScores]:
        net = self._loaded()
        hashed = [features(text) for text in said]
        if self._base is None:
            return net.read_alone(hashed)
        # One message is remembered, for the memory and the risk screen, which read it too.
        one = len(said) == 1
        states = [self._base.states(said[0])] if one else self._base.states_of(said)
        return net.read(hashed, states, self._base.encoder())

    def _loaded(self) -> WordNet:
        with self._lock:
            if self._net is None:
                self._net = WordNet.load()
            return self._net


def open_words(name: str, embedder: Embedder, chat: "BaseChatModel | None" = None) -> WordReader:
    """Return the reader of words that a setting names; nothing is loaded yet.

    Args:
        name: `embedded`, `hf:REPOSITORY_OR_FOLDER` of a text-classification model, or `chat`.
        embedder: for the embedded net, which every reader rests on.
        chat: the chat model, for `chat`; it should be opened with a short time-out.

    Raises:
        SetupError: there is no such reader.
    """
    if name == "embedded":
        return WordReader(embedder)
    if name == "chat":
        if chat is None or isinstance(chat, ScriptedListener):
            raise SetupError("words 'chat' needs a language model; name one with --chat")
        return WordReader(embedder, ChatOpinion(chat, "chat"))
    kind, _, where = name.partition(":")
    if kind == "hf" and where:
        from empathy_agent.models.texts import TextClassifier

        return WordReader(embedder, ModelOpinion(TextClassifier(where)))
    raise SetupError(f"no reader of words {name!r}{near(name, _READERS)}")


def _passes(texts: Sequence[str]) -> Iterator[list[str]]:
    """Give texts in groups that one pass holds; a piece has about four characters."""
    some: list[str] = []
    held = 0
    for text in texts:
        size = 2 + min(len(text), 512) // 4
        if some and held + size > _PASS:
            yield some
            some, held = [], 0
        some.append(text)
        held += size
    if some:
        yield some


def _to_someone(scores: WordScores) -> WordScores:
    eight = np.array(scores.eight)
    eight[_NEUTRAL] *= _NEUTRAL_ODDS
    return replace(scores, eight=eight / eight.sum())


def _instead(own: WordScores, opinion: Opinion) -> WordScores:
    """Return an opinion with what it leaves open filled in; it is taken as it is, uncalibrated."""
    shares = np.array([[EIGHT[name].get(e, 0.0) for e in Emotion] for name in LABELS])
    eight = opinion.labels @ shares + 1e-6
    dimensions = own.dimensions if opinion.dimensions is None else opinion.dimensions
    return WordScores(opinion.labels, eight / eight.sum(), dimensions)


def _mix(now: WordScores, before: WordScores, share: float) -> WordScores:
    """Return both, `before` counting its share."""
    return WordScores(
        (1 - share) * now.labels + share * before.labels,
        (1 - share) * now.eight + share * before.eight,
        (1 - share) * now.dimensions + share * before.dimensions,
    )


def _affect(scores: WordScores, said: str, model: str) -> TextAffect:
    shares = np.asarray(scores.eight, np.float64)
    distribution = dict(zip(Emotion, (shares / shares.sum()).tolist(), strict=True))
    labels = dict(zip(LABELS, map(float, scores.labels), strict=True))
    valence, arousal, dominance = map(float, scores.dimensions)
    intensity = intensities(labels, arousal, said)
    return TextAffect(
        emotion=max(distribution, key=distribution.__getitem__),
        distribution=distribution,
        goemotions=labels,
        valence=valence,
        arousal=arousal,
        dominance=dominance,
        intensity=intensity,
        semeval=semeval(labels, intensity, valence),
        model=model,
    )


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
