"""One held turn in the making: steps of a script, in wordings not lately spoken.

`prompts/crisis/` has one file a kind: which steps open, which questions are put, what else helps,
and at least two wordings of each. Steps of `common.yaml` serve them all. Other languages have one
file each in `crisis/tongues/`, and share which steps are taken (`shape.yaml`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from string import Template
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from empathy_agent.errors import SetupError
from empathy_agent.prompts import read
from empathy_agent.safety.helplines import Helplines, Line

__all__ = [
    "LATELY",
    "OURS",
    "QUESTION",
    "Held",
    "Level",
    "Script",
    "Speech",
    "Words",
    "read_script",
    "script_of",
    "words_of",
]

Level = Literal["moderate", "high", "imminent"]
"""How urgent a script takes it to be."""
LATELY = 12
"""Wordings back that count as just said: about three turns."""
QUESTION = "question"
"""In a script's opening: the next open question."""

_COMMON = "common"
OURS = "crisis."
"""How the ids of these wordings begin; a persona has its own."""
_OF = "-"
"""Between the language of a script and its kind."""
_Stage = Literal["moderate", "high", "imminent", "easing"]
_Steps = Annotated[tuple[str, ...], Field(min_length=1)]
_Wordings = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=2)]


@dataclass(frozen=True)
class Held:
    """What is said, and which wordings it is made of."""

    text: str
    wordings: tuple[str, ...]
    """Ids to pass as `told` in the next turn, so that nothing is said twice."""
    asked: str = ""
    """The question of the protocol that it ends in; empty when a bare answer would mean nothing."""
    line: bool = False
    """Whether it offers a helpline."""


class Script(BaseModel):
    """One file of `prompts/crisis/`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    opening: dict[Level, _Steps] = Field(default_factory=dict[Level, _Steps])
    questions: dict[Level, _Steps] = Field(default_factory=dict[Level, _Steps])
    after: dict[_Stage, _Steps] = Field(default_factory=dict[_Stage, _Steps])
    steps: dict[str, _Wordings]
    alone: bool = False
    """Whether it does without the steps that the English scripts share."""

    @model_validator(mode="after")
    def _is_whole(self) -> "Script":
        named = {step for steps in (*self.opening.values(), *self.after.values()) for step in steps}
        named |= {f"ask_{each}" for steps in self.questions.values() for each in steps}
        named |= {f"{step}_anywhere" for step in named if step.startswith("line")}
        shared = () if self.alone else _shared()
        missing = sorted(named - {QUESTION} - set(self.steps) - set(shared))
        if missing:
            raise ValueError(f"no words for {', '.join(missing)}")
        return self


@cache
def _shared() -> Mapping[str, tuple[str, ...]]:
    """Return the steps that all scripts share."""
    told: dict[str, dict[str, list[str]]] = yaml.safe_load(read(f"crisis/{_COMMON}.yaml"))
    return {step: tuple(texts) for step, texts in told["steps"].items()}


def read_script(text: str) -> Script:
    """Read one file of crisis wordings.

    Raises:
        SetupError: it is malformed, or a step it names has no words.
    """
    try:
        return Script.model_validate(yaml.safe_load(text))
    except (yaml.YAMLError, ValidationError) as error:
        raise SetupError(f"crisis wordings cannot be read: {error}") from error


@cache
def script_of(name: str) -> Script:
    """Return a shipped script, such as `suicide`, or `es-suicide` for the Spanish one."""
    tongue, _, kind = name.rpartition(_OF)
    if not tongue:
        return read_script(read(f"crisis/{name}.yaml"))
    shape = yaml.safe_load(read("crisis/tongues/shape.yaml"))[kind]
    steps = dict(words_of(tongue).steps)
    steps["name"] = steps[shape.pop("name")]
    return Script.model_validate({**shape, "steps": steps, "alone": True})


class Words(BaseModel):
    """One file of `prompts/crisis/tongues/`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    free: str = "free"
    """Costs nothing."""
    emergency: str | None = None
    """What to call where the number is not known; null takes the English words."""
    steps: dict[str, _Wordings] = Field(default_factory=dict[str, _Wordings])


@cache
def words_of(tongue: str) -> Words:
    """Return the crisis words of a language; empty ones for English.

    Raises:
        SetupError: the file is malformed.
    """
    if not tongue:
        return Words()
    try:
        return Words.model_validate(yaml.safe_load(read(f"crisis/tongues/{tongue}.yaml")))
    except (yaml.YAMLError, ValidationError) as error:
        raise SetupError(f"the crisis words of {tongue!r} cannot be read: {error}") from error


class Speech:
    """The words of one turn in the making."""

    def __init__(
        self,
        kind: str,
        here: Helplines,
        line: Line | None,
        told: tuple[str, ...],
        tongue: str = "",
    ) -> None:
        self.kind = kind
        self.name = f"{tongue}{_OF}{kind}" if tongue else kind
        self._tongue = tongue
        self._here = here
        self._line = line
        self._told = tuple(each for each in told if each.startswith(OURS))
        self._last = told[-1] if told else ""
        self._texts: list[str] = []
        self._ids: list[str] = []

    def held(self) -> Held:
        """Return what was said."""
        steps = [each.split(".")[2] for each in self._ids]
        return Held(
            text=("" if self._tongue.startswith("zh") else " ").join(self._texts),
            wordings=tuple(self._ids),
            asked=steps[-1][4:] if steps[-1].startswith("ask_") else "",
            line=any(step.startswith("line") for step in steps),
        )

    @property
    def needs_line(self) -> bool:
        """Whether only the directory was named so far, and a real line is known by now."""
        named = [each.split(".")[2] for each in self._told]
        return (
            self._line is not None
            and any(step.endswith("_anywhere") for step in named)
            and not any(step.startswith("line") and "_anywhere" not in step for step in named)
        )

    def knows(self, step: str) -> bool:
        """Say whether there are words for a step."""
        script = script_of(self.name)
        return step in script.steps or (not script.alone and step in _shared())

    def has_told(self, step: str, *, lately: bool = False) -> bool:
        """Say whether any wording of a step was spoken before, or in the last turns."""
        file, step = self._resolve(step)
        spoken = self._told[-LATELY:] if lately else self._told
        return any(each.startswith(f"crisis.{file}.{step}.") for each in spoken)

    @property
    def has_asked(self) -> bool:
        """Whether what we said last may have ended in a question, of the protocol or not."""
        if not self._last.startswith(OURS):
            return True  # words of a persona: nobody knows here
        _, file, step, number = self._last.split(".")
        steps = _shared() if file == _COMMON else script_of(file).steps
        return steps[step][int(number) - 1].endswith("?")

    def has_opened(self, files: frozenset[str]) -> bool:
        """Say whether the opening of one of these kinds was spoken in this language."""
        names = {f"{self._tongue}{_OF}{kind}" if self._tongue else kind for kind in files}
        opened = (each.split(".") for each in self._told)
        return any(file in names and step.startswith("name") for _, file, step, _ in opened)

    def next_of(self, steps: Sequence[str]) -> str:
        """Return the step spoken least often, the earliest of them."""
        return min(steps, key=lambda step: self._times(self._resolve(step)))

    def say(self, step: str) -> None:
        """Add a step, if there are words for it, in the wording not spoken for longest."""
        file, step = self._resolve(step)
        if not self.knows(step):
            return
        texts = script_of(file).steps[step] if file != _COMMON else _shared()[step]
        ids = [f"crisis.{file}.{step}.{number}" for number in range(1, len(texts) + 1)]
        chosen = min(range(len(texts)), key=lambda number: self._last_told(ids[number]))
        self._ids.append(ids[chosen])
        self._texts.append(Template(texts[chosen]).substitute(self._slots()))

    def _resolve(self, step: str) -> tuple[str, str]:
        """Return the file and step to speak: without a line, the words that do without one."""
        if step.startswith("line") and self._line is None:
            step = "line_elsewhere" if self._here.country is not None else f"{step}_anywhere"
        return (self.name if step in script_of(self.name).steps else _COMMON), step

    def _times(self, step: tuple[str, str]) -> int:
        return sum(each.startswith(f"crisis.{step[0]}.{step[1]}.") for each in self._told)

    def _last_told(self, wording: str) -> int:
        return max((i for i, each in enumerate(self._told) if each == wording), default=-1)

    def _emergency(self) -> str:
        known = self._here.country is not None
        words = words_of(self._tongue).emergency
        return self._here.emergency if known or words is None else words

    def _slots(self) -> dict[str, str]:
        return {
            "emergency": self._emergency(),
            "line": _offer(self._line, self._tongue) if self._line else "",
            "country": self._here.name or "",
        }


def _offer(line: Line, tongue: str) -> str:
    """Return one line as words for a sentence, without its web address where it has a number."""
    spoken = line.model_copy(update={"chat": None}) if line.phone or line.text else line
    how = (line.phone or line.text or line.chat) if tongue else spoken.how()
    free = f", {words_of(tongue).free}" if line.free else ""
    return f"{line.name} ({how}{free}, {line.when()})"
