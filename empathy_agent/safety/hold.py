"""What is said in a crisis: reviewed words and one real helpline. No model is asked.

The words stand in `prompts/crisis/`, one file a kind. The first held turn opens: it names the
concern, says that an AI is speaking, offers one line, points to people, and ends in one direct
question. Every later turn takes up what was just said and takes one further step: the next open
question of the protocol, or something that helps. Questions that are not answered make room for
other things and come back once. It never ends the conversation.
"""

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
from empathy_agent.safety.answers import answer_to
from empathy_agent.safety.guard import Setting
from empathy_agent.safety.helplines import Helplines, Line, Topic, helplines
from empathy_agent.safety.protocol import Protocol, advance
from empathy_agent.safety.screen import Risk

__all__ = ["FILES", "MOST_WORDS", "Held", "follow_up", "hold", "read_script"]

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
MOST_WORDS: Mapping[Literal["opening", "later"], int] = {"opening": 125, "later": 75}
"""How many words a held turn has at most."""

_OWN_WORDS = frozenset({"medical", "minor"})
"""Kinds whose words fit whoever is in danger."""
_TOPICS: Mapping[str, Topic] = {
    "abuse": "abuse",
    "minor": "child",
    "eating": "eating",
}
_COMMON = "common"
_QUESTION = "question"
"""In a script's opening: the next open question."""
_LINE_AGAIN = 6
"""Turns before a line is offered anew; the same number every time is no help."""
_IN_A_ROW = 3
"""Answered questions after which something else comes first."""
_LATELY = 12
"""Wordings back that count as just said: about three turns."""
_LEAVE_ALONE = frozenset({"quiet", "angry", "refusal"})
"""What a person says who does not want to be asked on."""
_WHEN_SAFE = frozenset({"thoughts", "company", "line", "yourself"})
"""What may still be asked when the person has said that they are safe."""
_Level = Literal["moderate", "high", "imminent"]
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


class _Script(BaseModel):
    """One file of `prompts/crisis/`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    opening: dict[_Level, _Steps] = Field(default_factory=dict[_Level, _Steps])
    questions: dict[_Level, _Steps] = Field(default_factory=dict[_Level, _Steps])
    after: dict[_Stage, _Steps] = Field(default_factory=dict[_Stage, _Steps])
    steps: dict[str, _Wordings]

    @model_validator(mode="after")
    def _is_whole(self) -> "_Script":
        named = {step for steps in (*self.opening.values(), *self.after.values()) for step in steps}
        named |= {f"ask_{each}" for steps in self.questions.values() for each in steps}
        named |= {f"{step}_anywhere" for step in named if step.startswith("line")}
        missing = sorted(named - {_QUESTION} - set(self.steps) - set(_shared()))
        if missing:
            raise ValueError(f"no words for {', '.join(missing)}")
        return self


@cache
def _shared() -> Mapping[str, tuple[str, ...]]:
    """Return the steps that all scripts share."""
    told: dict[str, dict[str, list[str]]] = yaml.safe_load(read(f"crisis/{_COMMON}.yaml"))
    return {step: tuple(texts) for step, texts in told["steps"].items()}


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
    setting: Setting = "support",
    protocol: Protocol | None = None,
) -> Held:
    """Return the words for a person at risk.

    Args:
        risk: how urgent it is, as `protocol.standing` says, or the screen where there is none.
        country: ISO code, locale or English name, for the helpline; null asks for it.
        said: the user's message; it chooses between wordings and is never quoted.
        told: ids of the wordings already spoken in this session.
        setting: of the persona.
        protocol: where the conversation stands after `said`; left out, what `told` shows of it.
    """
    state = protocol or _gathered(risk, said, tuple(told))
    name = _file_of(risk)
    here = helplines(country or state.country or None)
    speech = _Speech(name, here, _line_of(name, here), tuple(told))
    turn = _Turn(speech, state, _level_of(risk), said)
    opens = not speech.has_told(_script(name).opening[turn.level][0])
    if opens:
        turn.open(setting)
    else:
        turn.go_on(setting)
    return speech.held()


def follow_up(*, told: Sequence[str] = ()) -> Held:
    """Return how a session begins that follows a high risk by some days: by asking about it.

    Args:
        told: ids of the wordings already spoken.
    """
    speech = _Speech("suicide", helplines(None), None, tuple(told))
    speech.say("follow_up")
    speech.say("ask_safe")
    return speech.held()


def _gathered(risk: Risk, said: str, told: tuple[str, ...]) -> Protocol:
    """Return the protocol that a caller without one would have, from the wordings spoken."""
    asked = [each.split(".")[2][4:] for each in told if each.split(".")[2].startswith("ask_")]
    ends_so = bool(told) and told[-1].split(".")[2].startswith("ask_")
    offered = any(each.split(".")[2].startswith("line") for each in told[-_LATELY:])
    before = Protocol(
        kind=risk.kind,
        about=risk.about,
        peak=risk.level.name if told else "none",
        asked=" ".join(f"{each}@0" for each in asked),
        pending=asked[-1] if ends_so else "",
        line_at=0 if offered else -1,
    )
    return advance(before, risk, said)


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
    """The words of one turn in the making."""

    def __init__(
        self, name: str, here: Helplines, line: Line | None, told: tuple[str, ...]
    ) -> None:
        self.name = name
        self._here = here
        self._line = line
        self._told = told
        self._texts: list[str] = []
        self._ids: list[str] = []

    def held(self) -> Held:
        """Return what was said."""
        steps = [each.split(".")[2] for each in self._ids]
        return Held(
            text=" ".join(self._texts),
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
        return step in _script(self.name).steps or step in _shared()

    def has_told(self, step: str, *, lately: bool = False) -> bool:
        """Say whether any wording of a step was spoken before, or in the last turns."""
        file, step = self._resolve(step)
        spoken = self._told[-_LATELY:] if lately else self._told
        return any(each.startswith(f"crisis.{file}.{step}.") for each in spoken)

    def next_of(self, steps: Sequence[str]) -> str:
        """Return the step spoken least often, the earliest of them."""
        return min(steps, key=lambda step: self._times(self._resolve(step)))

    def say(self, step: str) -> None:
        """Add a step in the wording that was not spoken for longest."""
        file, step = self._resolve(step)
        texts = _script(file).steps[step] if file != _COMMON else _shared()[step]
        ids = [f"crisis.{file}.{step}.{number}" for number in range(1, len(texts) + 1)]
        chosen = min(range(len(texts)), key=lambda number: self._last_told(ids[number]))
        self._ids.append(ids[chosen])
        self._texts.append(Template(texts[chosen]).substitute(self._slots()))

    def _resolve(self, step: str) -> tuple[str, str]:
        """Return the file and step to speak: without a line, the words that do without one."""
        if step.startswith("line") and self._line is None:
            step = "line_elsewhere" if self._here.country is not None else f"{step}_anywhere"
        return (self.name if step in _script(self.name).steps else _COMMON), step

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


@dataclass(frozen=True)
class _Turn:
    """Which steps a turn takes."""

    speech: _Speech
    state: Protocol
    level: _Level
    said: str

    @property
    def script(self) -> _Script:
        return _script(self.speech.name)

    def open(self, setting: Setting) -> None:
        """Name the concern, offer a line, point to people, ask directly."""
        speech = self.speech
        if self.state.topic == "method":
            speech.say("about_method")
        for step in self.script.opening[self.level]:
            if step == _QUESTION:
                self._ask()
            elif not (step.startswith("line") and self.level != "imminent" and self._line_is_new()):
                speech.say(step)
            if step.startswith("name"):
                if self.state.follow_up:
                    speech.say("again")
                if setting == "service" and not speech.has_told("aside"):
                    speech.say("aside")

    def go_on(self, setting: Setting) -> None:
        """Take up what was said, then take one further step."""
        self._take_up()
        if self.speech.needs_line:
            self.speech.say("line")
            self._ask()
        elif self.state.topic in _LEAVE_ALONE:
            self._leave_alone()
        elif RiskLevel[self.state.raised] >= RiskLevel.imminent:
            self._support()  # told just now that it is near: what to do comes before any question
        else:
            if self.state.rose and self.level != "imminent" and not self._line_is_new():
                self.speech.say("line_again")
            if not (self._may_ask() and self._ask()):
                self._support()
        if setting == "service" and not self.speech.has_told("back"):
            self.speech.say("back")

    def _take_up(self) -> None:
        """Say one thing about what was just answered or told."""
        question, _, answer = self.state.answered.partition("=")
        answer = answer or answer_to(self.said)
        topic = f"about_{self.state.topic}" if self.state.topic else ""
        steps = [
            topic if topic == "about_method" else "",
            f"heard_{question}_{answer}",
            "" if self.speech.has_told(topic, lately=True) else topic,
            f"heard_{answer}",
        ]
        known = next((step for step in steps if self.speech.knows(step)), None)
        if known is not None:
            self.speech.say(known)

    def _line_is_new(self) -> bool:
        """Say whether a line was offered in the turns just before."""
        at = self.state.line_at
        return at >= 0 and self.state.turns - at < _LINE_AGAIN

    def _may_ask(self) -> bool:
        """Say whether a question is welcome: none is open, and there were not too many."""
        asked = {int(each.split("@")[1]) for each in self.state.asked.split()}
        row = range(self.state.turns - _IN_A_ROW, self.state.turns)
        return self.state.streak == 0 and not all(turn in asked for turn in row)

    def _ask(self) -> bool:
        """Put the next open question; say whether there was one."""
        for question in self.script.questions[self.level]:
            if self.state.is_safe and question not in _WHEN_SAFE:
                continue
            if self.state.may_ask(question):
                self.speech.say(f"ask_{question}")
                return True
        return False

    def _leave_alone(self) -> None:
        if self.state.topic == "refusal":
            own = "barriers_now" if self.level == "imminent" else "barriers"
            self.speech.say(own if self.speech.knows(own) else "barriers")
        elif self.level == "imminent":
            self._support()
        else:
            self.speech.say("presence")

    def _support(self) -> None:
        """Say the step of this stage that was taken least."""
        easing = self.state.is_safe and self.level != "imminent"
        steps = self.script.after["easing" if easing else self.level]
        left_out = ("line",) if self._line_is_new() else ()
        if self.state.answer("called") == "yes":
            left_out += ("emergency",)
        steps = [step for step in steps if not step.startswith(left_out)] if left_out else steps
        self.speech.say(self.speech.next_of(steps))


def _offer(line: Line) -> str:
    """Return one line as words for a sentence, without its web address where it has a number."""
    spoken = line.model_copy(update={"chat": None}) if line.phone or line.text else line
    free = ", free" if line.free else ""
    return f"{line.name} ({spoken.how()}{free}, {line.when()})"
