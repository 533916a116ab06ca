"""What a scenario file may say: turns of words and camera, and what must come of them."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from empathy_agent.affect import Abstention, Emotion, Signed, Unit
from empathy_agent.documents import load
from empathy_agent.errors import SetupError

__all__ = ["Drawn", "Expect", "Given", "Scenario", "Step", "find_scenarios", "seconds_of"]

_UNITS = {"s": 1, "min": 60, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_SPAN = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(s|min|m|h|d|w)\s*")


def seconds_of(span: str) -> float:
    """Return a span such as `3d`, `90min` or `2w` in seconds.

    Raises:
        ValueError: it is no span.
    """
    match = _SPAN.fullmatch(span)
    if match is None:
        raise ValueError(f"{span!r} is no span of time; write 3d, 2w, 5h, 90min or 30s")
    return float(match[1]) * _UNITS[match[2]]


def _check_span(span: str) -> str:
    seconds_of(span)
    return span


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Drawn(_Strict):
    """The drawn face shows an emotion for a while."""

    emotion: Emotion
    seconds: Annotated[float, Field(gt=0, le=60)] = 2.0
    intensity: Unit = 0.8


class Given(_Strict):
    """A reading of the face, given outright."""

    emotion: Emotion | None = None
    confidence: Unit = 0.8
    valence: Signed | None = None
    """Left out, that of the emotion."""
    arousal: Signed | None = None
    abstained: Abstention | None = None
    """Why the face could not be read; then there is no emotion."""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.emotion is None) == (self.abstained is None):
            raise ValueError("a given reading has either an emotion or a reason to abstain")
        return self


class Camera(_Strict):
    """What the camera sees during a turn: one of the three."""

    draw: tuple[Drawn, ...] = ()
    file: str | None = None
    """A picture or video, beside the scenario file."""
    reading: Given | None = None

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        if sum([bool(self.draw), self.file is not None, self.reading is not None]) != 1:
            raise ValueError("a camera has one of draw, file and reading")
        return self


class Expect(_Strict):
    """What must be true after a turn; what is left out is not checked."""

    emotion: tuple[Emotion, ...] = ()
    """The fused emotion is one of these."""
    abstained: Abstention | Literal["none"] | None = None
    """Why the face was not read; `none`: it was."""
    conflict: bool | None = None
    """Whether face and words disagree."""
    risk: tuple[Literal["none", "low", "moderate", "high", "imminent"], ...] = ()
    route: Literal["respond", "hold"] | None = None
    strategy: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    """These tools were called."""
    recalled_contains: str | None = None
    """One recalled moment holds this, whatever the case."""
    reply_must: tuple[str, ...] = ()
    """Regular expressions that the reply matches, whatever the case."""
    reply_must_not: tuple[str, ...] = ()
    helpline: str | None = None
    """The reply quotes a line of this country verbatim."""
    human_asked: bool | None = None
    """Whether the agent asked for a human."""
    alerted: bool | None = None
    """Whether the app's risk hook was told."""

    @model_validator(mode="after")
    def _patterns_compile(self) -> Self:
        for pattern in (*self.reply_must, *self.reply_must_not):
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
        return self


class Step(_Strict):
    """One turn: what the user says while the camera looks."""

    user: Annotated[str, Field(min_length=1)]
    camera: Camera | None = None
    """Left out, the camera is off."""
    advance: Annotated[str, AfterValidator(_check_span)] | None = None
    """Time that passes before this turn, such as `3d`; a new session begins."""
    human: Literal["accepts", "busy"] = "busy"
    """What happens when the agent asks for a human."""
    expect: Expect = Expect()


class Scenario(_Strict):
    """A scripted conversation and what must come of it."""

    id: Annotated[str, Field(min_length=1)]
    title: str = ""
    tags: tuple[str, ...] = ()
    persona: str = "mental_health_support"
    """A shipped persona, or a path beside the scenario file."""
    country: str | None = None
    consent: bool = True
    """Whether the user has agreed to the camera."""
    vision: str | None = None
    """Who looks besides the expert, as for `--vision`; left out, as the run was told."""
    seed: int = 0
    """Which drawn person it is."""
    turns: Annotated[tuple[Step, ...], Field(min_length=1)]

    @classmethod
    def load(cls, path: Path) -> Self:
        """Return the scenario of a file.

        Raises:
            SetupError: in one line, with the near name of an unknown key.
        """
        return load(path, cls)


def find_scenarios(paths: Iterable[Path]) -> list[tuple[Path, Scenario]]:
    """Return every scenario of files and folders, by name.

    Raises:
        SetupError: a path is not there or holds none, or two scenarios have one id.
    """
    found: list[tuple[Path, Scenario]] = []
    for path in paths:
        if not path.exists():
            raise SetupError(f"there is no scenario {str(path)!r}")
        files = sorted([*path.rglob("*.yaml"), *path.rglob("*.yml")]) if path.is_dir() else [path]
        if not files:
            raise SetupError(f"{str(path)!r} holds no .yaml file")
        found.extend((file, Scenario.load(file)) for file in files)
    seen: dict[str, Path] = {}
    for file, scenario in found:
        other = seen.setdefault(scenario.id, file)
        if other != file:
            raise SetupError(f"{str(file)!r} and {str(other)!r} have one id, {scenario.id!r}")
    return found
