"""What is said in a crisis: reviewed words and one real helpline. No model is asked.

The words stand in `prompts/crisis/`, one file a kind. The first held turn opens: it names the
concern, says that an AI is speaking, asks directly, offers one line, points to people. Every later
turn is shorter and takes one further step (safe now? who is with you? what is within reach?), so
that nothing is said twice. It never ends the conversation.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from string import Template
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from empathy_agent.affect import RiskLevel
from empathy_agent.errors import SetupError
from empathy_agent.prompts import read
from empathy_agent.safety.helplines import Helplines, Line, Topic, helplines
from empathy_agent.safety.screen import Risk

__all__ = ["FILES", "Held", "hold", "read_script"]

FILES = (
    "suicide",
    "self_harm",
    "violence",
    "abuse",
    "minor",
    "medical",
    "eating",
    "psychosis",
    "other",
)
"""The scripts of `prompts/crisis/`, by kind of risk; `other` is for fear about somebody else."""

_OWN_WORDS = frozenset({"medical", "minor"})
"""Kinds whose words fit whoever is in danger."""
_TOPICS: Mapping[str, Topic] = {
    "abuse": "abuse",
    "minor": "child",
    "eating": "eating",
}
_COMMON = "common"
_Level = Literal["moderate", "high", "imminent"]
_Steps = Annotated[tuple[str, ...], Field(min_length=1)]
_Wordings = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=2)]


@dataclass(frozen=True)
class Held:
    """What is said, and which wordings it is made of."""

    text: str
    wordings: tuple[str, ...]
    """Ids to pass as `told` in the next turn, so that nothing is said twice."""


class _Script(BaseModel):
    """One file of `prompts/crisis/`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    opening: dict[_Level, _Steps] = Field(default_factory=dict[_Level, _Steps])
    after: dict[_Level, _Steps] = Field(default_factory=dict[_Level, _Steps])
    steps: dict[str, _Wordings]

    @model_validator(mode="after")
    def _is_whole(self) -> "_Script":
        named = {step for steps in (*self.opening.values(), *self.after.values()) for step in steps}
        named |= {f"{step}_anywhere" for step in named if step.startswith("line")}
        missing = sorted(named - set(self.steps))
        if missing:
            raise ValueError(f"no words for {', '.join(missing)}")
        return self


def read_script(text: str) -> _Script:
    """Read one file of crisis wordings.

    Raises:
        SetupError: it is malformed, or a step it names has no words.
    """
    try:
        return _Script.model_validate(yaml.safe_load(text))
    except (yaml.YAMLError, ValidationError) as error:
        raise SetupError(f"crisis wordings cannot be read: {error}") from error


@cache
def _script(name: str) -> _Script:
    return read_script(read(f"crisis/{name}.yaml"))


def hold(
    risk: Risk,
    country: str | None,
    *,
    said: str,
    told: Sequence[str] = (),
    setting: Literal["support", "service"] = "support",
) -> Held:
    """Return the words for a person at risk.

    Args:
        risk: what the screen found.
        country: ISO code, locale or English name, for the helpline; null asks for it.
        said: the user's message; it chooses between wordings and is never quoted.
        told: ids of the wordings already spoken in this session.
        setting: of the persona.
    """
    name = _file_of(risk)
    level: _Level = _level_of(risk)
    here = helplines(country)
    speech = _Speech(name, _script(name), here, _line_of(name, here), tuple(told))
    opening = speech.script.opening[level]
    if not speech.has_told(opening[0]):
        for step in opening:
            speech.say(step)
            if step == opening[0] and setting == "service":
                speech.say("aside", _COMMON)
        return speech.held()
    heard = _heard(said)
    if heard is not None:
        speech.say(f"heard_{heard}", _COMMON)
    speech.say(speech.next_of(speech.script.after[level]))
    if setting == "service" and not speech.has_told("back", _COMMON):
        speech.say("back", _COMMON)
    return speech.held()


def _file_of(risk: Risk) -> str:
    if risk.about == "other" and risk.kind not in _OWN_WORDS:
        return "other"
    return risk.kind if risk.kind in FILES else "suicide"


def _level_of(risk: Risk) -> _Level:
    if risk.level >= RiskLevel.imminent:
        return "imminent"
    return "high" if risk.level >= RiskLevel.high else "moderate"


def _line_of(name: str, here: Helplines) -> Line | None:
    return here.best(_TOPICS.get(name, "suicide")) or here.best()


class _Speech:
    """One turn in the making."""

    def __init__(
        self, name: str, script: _Script, here: Helplines, line: Line | None, told: tuple[str, ...]
    ) -> None:
        self.script = script
        self._name = name
        self._here = here
        self._line = line
        self._told = told
        self._texts: list[str] = []
        self._ids: list[str] = []

    def held(self) -> Held:
        """Return what was said."""
        return Held(" ".join(self._texts), tuple(self._ids))

    def has_told(self, step: str, name: str | None = None) -> bool:
        """Say whether any wording of a step was spoken before."""
        return self._times(self._resolve(step, name or self._name)) > 0

    def next_of(self, steps: Sequence[str]) -> str:
        """Return the step spoken least often, the earliest of them."""
        return min(steps, key=lambda step: self._times(self._resolve(step, self._name)))

    def say(self, step: str, name: str | None = None) -> None:
        """Add a step in the wording that was not spoken for longest."""
        file, step = self._resolve(step, name or self._name)
        texts = _script(file).steps[step]
        ids = [f"crisis.{file}.{step}.{number}" for number in range(1, len(texts) + 1)]
        chosen = min(range(len(texts)), key=lambda number: self._last_told(ids[number]))
        self._ids.append(ids[chosen])
        self._texts.append(Template(texts[chosen]).substitute(self._slots()))

    def _resolve(self, step: str, name: str) -> tuple[str, str]:
        """Return the file and step to speak: without a line, the words that do without one."""
        if not step.startswith("line") or self._line is not None:
            return name, step
        if self._here.country is not None:
            return _COMMON, "line_elsewhere"
        return name, f"{step}_anywhere"

    def _times(self, step: tuple[str, str]) -> int:
        return sum(each.startswith(f"crisis.{step[0]}.{step[1]}.") for each in self._told)

    def _last_told(self, wording: str) -> int:
        return max((i for i, each in enumerate(self._told) if each == wording), default=-1)

    def _slots(self) -> dict[str, str]:
        return {
            "emergency": self._here.emergency,
            "line": _offer(self._line) if self._line else "",
            "country": self._here.name or "",
        }


def _offer(line: Line) -> str:
    """Return one line as words for a sentence, without its web address where it has a number."""
    spoken = line.model_copy(update={"chat": None}) if line.phone or line.text else line
    free = ", free" if line.free else ""
    return f"{line.name} ({spoken.how()}{free}, {line.when()})"


_REFUSAL = re.compile(
    r"\b(?:do not|don'?t|won'?t|will not|can'?t|cannot|never|refuse to|not going to)\b.{0,20}"
    r"\b(?:call|phone|talk to|ring|text|tell|go to|therap\w+|hospital|hotlines?|police)\b"
)
_YES = re.compile(
    r"^\W*(?:yes|yeah|yep|yea|i am|i do|i have|maybe|sometimes|kind of|a little|i think so)\b"
)
_NO = re.compile(r"^\W*(?:no|nope|nah|not really|i'?m not|i am not|i don'?t|never)\b")
_THANKS = re.compile(r"\b(?:thank you|thanks|thx|ty)\b")


def _heard(said: str) -> Literal["yes", "no", "refusal", "thanks"] | None:
    """Return what a short answer answers; null when it is more than that."""
    text = said.casefold().replace("’", "'")[:400]
    if _REFUSAL.search(text):
        return "refusal"
    if _YES.search(text):
        return "yes"
    if _NO.search(text):
        return "no"
    return "thanks" if _THANKS.search(text) else None
