"""Other readers of words: a text-classification model, or the chat model, by the setting `words`.

What they say takes the place of the embedded net's labels; what they do not say (valence, arousal
and dominance of a classifier) and whatever they cannot read stays the embedded net's. The reading
names who made it, so that a fall back is seen.
"""

import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from empathy_agent.affect import Signed, Unit
from empathy_agent.errors import ModelUnavailable, ReadingError, SetupError
from empathy_agent.models.wordnet import LABELS
from empathy_agent.prompts import fill

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from empathy_agent.models.texts import TextClassifier

__all__ = ["ChatOpinion", "ModelOpinion", "Opinion", "Second", "mapped"]

logger = logging.getLogger(__name__)

_SAME: Mapping[str, str] = {
    "angry": "anger",
    "anticipation": "desire",
    "calm": "relief",
    "calmness": "relief",
    "disgusted": "disgust",
    "embarrassed": "embarrassment",
    "enthusiasm": "excitement",
    "fearful": "fear",
    "anxiety": "nervousness",
    "worry": "nervousness",
    "worried": "nervousness",
    "happiness": "joy",
    "happy": "joy",
    "fun": "amusement",
    "hate": "anger",
    "no emotion": "neutral",
    "none": "neutral",
    "others": "neutral",
    "other": "neutral",
    "empty": "neutral",
    "pessimism": "disappointment",
    "sad": "sadness",
    "scared": "fear",
    "surprised": "surprise",
    "trust": "approval",
}
"""Names that other label sets have for a GoEmotions label."""
_LEAST = 3
"""Emotions a model must tell apart, neutral not counted."""
_READ = 4_000
"""Characters of a message that the chat model is shown."""
_OBJECT = re.compile(r"\{.*\}", re.DOTALL)


@dataclass(frozen=True, eq=False)
class Opinion:
    """What another reader says of a text."""

    labels: NDArray[np.float32]
    """[28] probabilities, in the order of `LABELS`."""
    dimensions: NDArray[np.float32] | None = None
    """[3] valence, arousal and dominance; None: not said."""


class Second(Protocol):
    """A reader whose labels replace those of the embedded net."""

    name: str

    def read(self, texts: Sequence[str]) -> Sequence[Opinion | None]:
        """Return an opinion a text; None where it has none, and the embedded net reads."""
        ...


def mapped(names: Sequence[str], model: str) -> list[int]:
    """Return the place in `LABELS` of each label of a model.

    Args:
        names: what the model calls its labels.
        model: what the user calls it, for messages.

    Raises:
        SetupError: a label is no emotion that we know, or there are too few.
    """
    clean = [re.sub(r"[\W_]+", " ", name).strip().lower() for name in names]
    known = [_SAME.get(name, name) for name in clean]
    strange = [name for name, label in zip(names, known, strict=True) if label not in LABELS]
    if strange:
        told = ", ".join(map(repr, strange[:3])) + (", ..." if len(strange) > 3 else "")
        raise SetupError(
            f"{model!r} has labels that name no emotion we know ({told}); choose a model with the "
            "labels of GoEmotions, Ekman or SemEval, named in its config.json under id2label"
        )
    if len(set(known) - {"neutral"}) < _LEAST:
        raise SetupError(f"{model!r} tells fewer than {_LEAST} emotions apart: {', '.join(names)}")
    return [LABELS.index(label) for label in known]


class ModelOpinion:
    """A text-classification model whose labels are emotions."""

    def __init__(self, model: "TextClassifier") -> None:
        """Build without loading.

        Args:
            model: the classifier.
        """
        self.name = f"hf:{model.name}"
        self._model = model
        self._places: list[int] | None = None

    def read(self, texts: Sequence[str]) -> Sequence[Opinion | None]:
        """Return an opinion a text.

        Raises:
            SetupError: the model is not here, or its labels are no emotions.
        """
        if self._places is None:
            self._places = mapped(self._model.labels(), self._model.name)
        said = self._model.read(texts)
        labels = np.zeros((len(texts), len(LABELS)), np.float32)
        for column, place in enumerate(self._places):  # two labels may mean the same
            labels[:, place] = np.maximum(labels[:, place], said[:, column])
        return [Opinion(row) for row in labels]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    emotions: Annotated[dict[str, Unit], Field(min_length=1, max_length=len(LABELS))]
    valence: Signed
    arousal: Signed
    dominance: Signed


class ChatOpinion:
    """The chat model, asked for strict JSON; silent when it does not answer so."""

    def __init__(self, chat: "BaseChatModel", name: str) -> None:
        """Build without asking.

        Args:
            chat: opened with a short time-out, so that a turn does not wait for ever.
            name: what a reading calls it.
        """
        self.name = name
        self._chat = chat

    def read(self, texts: Sequence[str]) -> Sequence[Opinion | None]:
        """Return an opinion a text; None where the model failed or answered nonsense."""
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> Opinion | None:
        from empathy_agent.models.chat import translate_errors

        asked = fill(
            "hear/words.md",
            labels=", ".join(LABELS),
            said=json.dumps(text[:_READ], ensure_ascii=False),
        )
        try:
            with translate_errors():
                answer: Any = self._chat.invoke(asked)
            return _opinion(str(answer.text))
        except (ModelUnavailable, ReadingError) as error:
            # Its answer may repeat what was said, so only the kind of failure is logged.
            logger.warning("the chat model did not read the words: %s", type(error).__name__)
            return None


def _opinion(answer: str) -> Opinion:
    found = _OBJECT.search(answer)
    try:
        told = _Answer.model_validate_json(found[0] if found else "")
    except ValidationError as error:
        raise ReadingError("no JSON object as asked for", answer) from error
    labels = np.zeros(len(LABELS), np.float32)
    for name, probability in told.emotions.items():
        if name not in LABELS:
            raise ReadingError(f"no emotion {name!r}", answer)
        labels[LABELS.index(name)] = probability
    return Opinion(labels, np.array([told.valence, told.arousal, told.dominance], np.float32))
