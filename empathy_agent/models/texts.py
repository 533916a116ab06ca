# pyright: basic, reportMissingImports=false
"""A local text-classification model of Transformers: texts in, a probability a label out.

Only safetensors are read, and no code that comes with a model is run. Nothing is loaded before the
first use.
"""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from empathy_agent.errors import SetupError
from empathy_agent.models.local.find import find, line
from empathy_agent.models.local.name import Name

__all__ = ["TextClassifier"]

_BATCH = 16
_TOKENS = 512


class TextClassifier:
    """A sequence classifier from a folder or from the model hub's cache; safe between threads."""

    def __init__(self, where: str) -> None:
        """Build without loading.

        Args:
            where: a folder, or a repository of the model hub.
        """
        self.name = Path(where).name if Path(where).expanduser().is_dir() else where
        self._where = where
        self._lock = threading.Lock()
        self._opened: tuple[Any, Any] | None = None

    def labels(self) -> list[str]:
        """Return the names of its labels, in the order of its answers.

        Raises:
            SetupError: it is not here, or is no such model.
        """
        model, _ = self._open()
        return [str(model.config.id2label[index]) for index in range(model.config.num_labels)]

    def read(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return [N, labels] probabilities: each by itself if the model was so trained, or shares.

        Raises:
            SetupError: it is not here, or is no such model.
        """
        import torch

        model, tokenizer = self._open()
        several = model.config.problem_type == "multi_label_classification"
        found: list[Any] = []
        with self._lock, torch.inference_mode():
            for start in range(0, len(texts), _BATCH):
                given = tokenizer(
                    list(texts[start : start + _BATCH]),
                    padding=True,
                    truncation=True,
                    max_length=min(_TOKENS, tokenizer.model_max_length),
                    return_tensors="pt",
                )
                logits = model(**given).logits.float()
                found.append((logits.sigmoid() if several else logits.softmax(-1)).numpy())
        return np.concatenate(found)

    def _open(self) -> tuple[Any, Any]:
        with self._lock:
            if self._opened is None:
                self._opened = _load(self._where)
            return self._opened


def _load(where: str) -> tuple[Any, Any]:
    try:
        from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer
    except ImportError as error:
        raise SetupError(
            "a model for words needs two libraries; run: pip install torch transformers"
        ) from error
    source = find(Name(where))
    try:
        config = AutoConfig.from_pretrained(source, trust_remote_code=False)
        if not any(each.endswith("SequenceClassification") for each in config.architectures or ()):
            raise SetupError(f"{where!r} is no text-classification model")
        model = AutoModelForSequenceClassification.from_pretrained(
            source, config=config, use_safetensors=True, trust_remote_code=False
        )
        tokenizer = AutoTokenizer.from_pretrained(source, trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        raise SetupError(
            f"{where!r} cannot be opened as a text-classification model with safetensors: "
            f"{line(error)}"
        ) from error
    return model.eval(), tokenizer
