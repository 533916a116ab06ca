"""Asking a vision model for its second opinion: what it is shown, how it is asked, what it said.

The model is first asked for a label, then for its reasons: reasoning before the label makes labels
worse. By default the scores are taken without telling it what the expert saw. Its opinion is pooled
with the expert's, and an opinion formed on hearing the expert's would count the expert twice. For
the description it is told, in hedged words, so that it can disagree; that answer is never pooled.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL.Image import Image

from empathy_agent.affect import Pose
from empathy_agent.models.vision import ScriptedVision, VisionModel
from empathy_agent.perception.between import (
    PROMPT,
    Between,
    by_expert,
    by_model,
    gaps_of,
    pictures_told,
)
from empathy_agent.perception.debias import NONE, Debias, Mode, Priors, Wording, score
from empathy_agent.perception.fitted import Fitted
from empathy_agent.perception.guarded import description_of, sentences_of
from empathy_agent.perception.look import Look
from empathy_agent.perception.narrative import cues_of
from empathy_agent.perception.opinion import Opinion
from empathy_agent.perception.reading import Digest, pose_of, units_of
from empathy_agent.perception.track import EMOTIONS
from empathy_agent.perception.views import PIXELS, choose_views
from empathy_agent.prompts import fill, prompt_hash

__all__ = ["Asking", "SecondOpinion", "Shown", "expert_in_words"]

_FILES: dict[Mode, str] = {
    "list": "see/emotion.md",
    "yes-no": "see/yes_no.md",
    "pairwise": "see/pair.md",
}
_LOOK, _EXPERT = "see/look.md", "see/expert.md"
_TOLD = 0.15
"""Emotions that the expert holds likelier than this are told."""
_TURNED = 10.0
"""Degrees from which on a head is told to be turned."""
_DESCRIPTION_TOKENS = 90
_ANSWER_TOKENS = 120
_LONGEST_QUESTION = 300


@dataclass(frozen=True)
class Asking:
    """How a vision model is asked."""

    debias: Debias | None = None
    """Which habits are taken away; null: the prior and the order, and nothing from a script."""
    between: Between = "expert"
    """Who tells what happened between key frames."""
    told: bool = False
    """Whether the scores, too, are taken with what the expert saw in the prompt."""
    describe: bool | None = None
    """Whether it is asked for its own words besides; null: unless it is a script."""
    pixels: int = PIXELS
    """Of all pictures together, at most."""
    budget_s: float = 2.0
    """Seconds that a turn waits for it."""


class SecondOpinion:
    """A vision model, and how it is asked; many threads may share one."""

    def __init__(
        self, model: VisionModel, asking: Asking | None = None, fitted: Fitted | None = None
    ) -> None:
        """Build without asking anything.

        Args:
            model: whom to ask.
            asking: how.
            fitted: the calibration of this model; left aside when it was fitted for other prompts
                or another way of asking.
        """
        asking = asking or Asking()
        script = isinstance(model, ScriptedVision)
        self.model = model
        """Whom to ask."""
        self.debias = asking.debias or (NONE if script else Debias())
        """Which habits are taken away."""
        self.asking = replace(
            asking, describe=not script if asking.describe is None else asking.describe
        )
        """How it is asked."""
        self.prompt = prompt_hash(*self._files())
        """Hash of the prompt files that are asked for scores."""
        self.dropped = 0
        """Answers that were to be a description and were none, so far."""
        holds = fitted and (fitted.prompt, fitted.debias) == (self.prompt, str(self.debias))
        self.fitted = fitted if holds else None
        """The calibration in use; null where there is none for what is asked here."""
        self._priors = Priors()
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """What a reading tells of the model, with the temperature where one was fitted."""
        return (
            f"{self.model.name}@T{self.fitted.temperature:.2f}" if self.fitted else self.model.name
        )

    def show(self, look: Look, seen: Digest) -> "Shown":
        """Choose what the model is shown of a look, and find the words for what lies between.

        Raises:
            ModelUnavailable: it was to find them itself, and did not answer.
        """
        views = choose_views(look, seen, self.asking.pixels)
        match self.asking.between:
            case "none":
                between: list[str] = []
            case "expert":
                between = [by_expert(seen, gap) for gap in gaps_of(views)]
            case "vlm":
                between = [by_model(self.model, look, seen, gap) for gap in gaps_of(views)]
        pictures = tuple(view.picture for view in views)
        expert = expert_in_words(look, seen)
        return Shown(pictures, pictures_told(views, between), pictures_told(views), expert)

    def ask(self, shown: "Shown") -> Opinion:
        """Let the model score the eight emotions.

        Raises:
            ModelUnavailable: it did not answer.
            ReadingError: it answered nonsense.
        """
        scores = score(
            self.model,
            shown.pictures,
            _wording(shown.lines, shown.expert if self.asking.told else ""),
            [emotion.value for emotion in EMOTIONS],
            self.debias,
            priors=self._priors,
            prompt=self.prompt,
            blank=_wording(shown.bare, ""),
        )
        prior, temperature = self.debias.prior, self.debias.temperature
        if self.fitted:
            prior, temperature = self.fitted.prior, self.fitted.temperature
        distribution = scores.distribution(prior, temperature)
        return Opinion(distribution, self.prompt, scores, calibrated=self.fitted is not None)

    def describe(self, shown: "Shown", opinion: Opinion) -> Opinion:
        """Return the opinion with the model's own words in it, where it has any.

        Raises:
            ModelUnavailable: it did not answer.
            ReadingError: it answered nonsense.
        """
        look = fill(_LOOK, pictures=shown.lines, expert=shown.expert)
        prompt = fill("see/describe.md", look=look)
        description = description_of(self.model.answer(shown.pictures, prompt, _DESCRIPTION_TOKENS))
        if description is None:
            with self._lock:
                self.dropped += 1
        return replace(opinion, description=description)

    def answer(self, shown: "Shown", question: str) -> str:
        """Answer a question about the window, from what can be seen; empty if nothing may be told.

        Raises:
            ModelUnavailable: it did not answer.
            ReadingError: it answered nonsense.
        """
        plain = " ".join(question.replace("<", " ").replace('"', "'").split())
        prompt = fill("see/again.md", pictures=shown.lines, question=plain[:_LONGEST_QUESTION])
        return sentences_of(self.model.answer(shown.pictures, prompt, _ANSWER_TOKENS))

    def _files(self) -> tuple[str, ...]:
        told = (_EXPERT,) if self.asking.told else ()
        asked = (PROMPT,) if self.asking.between == "vlm" else ()
        return (_FILES[self.debias.mode], _LOOK, *told, *asked)


@dataclass(frozen=True, eq=False)
class Shown:
    """What a vision model is shown of one window."""

    pictures: tuple[Image, ...]
    """In the order of their places in the lines."""
    lines: str
    """Of the prompt: the pictures' places, with what happened between them."""
    bare: str
    """The pictures' places alone."""
    expert: str
    """What the expert saw, in words."""


def _wording(pictures: str, expert: str) -> Wording:
    look = fill(_LOOK, pictures=pictures, expert=expert)

    def word(mode: Mode, about: Sequence[str]) -> str:
        match mode:
            case "list":
                return fill(_FILES[mode], look=look, options=", ".join(about))
            case "yes-no":
                option, *answers = about
                return fill(_FILES[mode], look=look, option=option, answers=" or ".join(answers))
            case "pairwise":
                return fill(_FILES[mode], look=look, options=" or ".join(about))

    return word


def expert_in_words(look: Look, seen: Digest) -> str:
    """Return what the expert saw, hedged, for a model that is to make up its own mind."""
    order = np.argsort(-seen.fused, kind="stable")
    likely = [at for at in order if seen.fused[at] >= _TOLD] or [order[0]]
    emotions = ", ".join(f"perhaps {EMOTIONS[at]} ({seen.fused[at]:.0%})" for at in likely)
    units = ", ".join(cues_of(units_of(seen))) or "nothing that stands out"
    return fill(_EXPERT, emotions=emotions, units=units, pose=_pose_in_words(pose_of(look, seen)))


def _pose_in_words(pose: Pose) -> str:
    turned = {
        "turned to the left of the picture": pose.yaw,
        "turned to the right of the picture": -pose.yaw,
        "raised": pose.pitch,
        "lowered": -pose.pitch,
        "tilted": abs(pose.roll),
    }
    told = [f"{how} by {angle:.0f}°" for how, angle in turned.items() if angle >= _TURNED]
    return f"is {' and '.join(told)}" if told else "faces the camera"
