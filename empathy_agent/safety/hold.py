"""What is said in a crisis: reviewed words and one real helpline. No model is asked.

The words stand in `prompts/crisis/`, one file a kind. The first held turn opens: it names the
concern, says that an AI is speaking, offers one line, points to people, and ends in one direct
question. Every later turn takes up what was just said and takes one further step: the next open
question of the protocol, or something that helps. Questions that are not answered make room for
other things and come back once. It never ends the conversation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from empathy_agent.affect import RiskLevel
from empathy_agent.safety.answers import answer_to
from empathy_agent.safety.guard import Setting
from empathy_agent.safety.helplines import Helplines, Line, Topic, helplines
from empathy_agent.safety.protocol import Protocol, advance
from empathy_agent.safety.screen import Risk
from empathy_agent.safety.speech import (
    LATELY,
    OURS,
    QUESTION,
    Held,
    Level,
    Script,
    Speech,
    script_of,
)
from empathy_agent.safety.tongue import ENGLISH, TONGUES, locale_tongue

__all__ = ["FILES", "MOST_WORDS", "follow_up", "hold", "spoken_in"]

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
_AKIN = frozenset({"suicide", "self_harm", "eating"})
"""Kinds that run into each other: who has been met with one of them is not met anew."""
_TOPICS: Mapping[str, Topic] = {
    "abuse": "abuse",
    "minor": "child",
    "eating": "eating",
}
_LINE_AGAIN = 6
"""Turns before a line is offered anew; the same number every time is no help."""
_IN_A_ROW = 3
"""Answered questions after which something else comes first."""
_BARE = 3
"""Words up to which a "no" is nothing but a no."""
_LEAVE_ALONE = frozenset({"quiet", "angry", "refusal"})
"""What a person says who does not want to be asked on."""
_WHEN_SAFE = frozenset({"thoughts", "company", "line", "yourself"})
"""What may still be asked when the person has said that they are safe."""


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
    kind = _file_of(risk)
    here = helplines(country or state.country or None)
    tongue = spoken_in(state, country)
    speech = Speech(kind, here, _line_of(kind, here, tongue), tuple(told), tongue)
    turn = _Turn(speech, state, _level_of(risk), said)
    if not turn.is_open():
        turn.open(setting)
    else:
        turn.go_on(setting)
    return speech.held()


def spoken_in(state: Protocol, country: str | None = None) -> str:
    """Return the language to answer in, one of `TONGUES`; empty for English.

    Args:
        state: what the person writes in, as far as their messages told.
        country: a locale such as `es-MX`, where they did not.
    """
    tongue = state.tongue or locale_tongue(country) or ENGLISH
    return tongue if tongue in TONGUES else ""


def follow_up(*, told: Sequence[str] = (), tongue: str = "") -> Held:
    """Return how a session begins that follows a high risk by some days: by asking about it.

    Args:
        told: ids of the wordings already spoken.
        tongue: one of `TONGUES`; empty for English.
    """
    speech = Speech("suicide", helplines(None), None, tuple(told), tongue)
    speech.say("follow_up")
    speech.say("ask_safe")
    return speech.held()


def _gathered(risk: Risk, said: str, told: tuple[str, ...]) -> Protocol:
    """Return the protocol that a caller without one would have, from the wordings spoken."""
    steps = [each.split(".")[2] for each in told if each.startswith(OURS)]
    asked = [step[4:] for step in steps if step.startswith("ask_")]
    ends_so = bool(steps) and steps[-1].startswith("ask_") and told[-1].startswith(OURS)
    offered = any(step.startswith("line") for step in steps[-LATELY:])
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


def _level_of(risk: Risk) -> Level:
    if risk.level >= RiskLevel.imminent:
        return "imminent"
    return "high" if risk.level >= RiskLevel.high else "moderate"


def _line_of(kind: str, here: Helplines, tongue: str) -> Line | None:
    language = tongue[:2] or ENGLISH
    return here.best(_TOPICS.get(kind, "suicide"), language) or here.best(language=language)


@dataclass(frozen=True)
class _Turn:
    """Which steps a turn takes."""

    speech: Speech
    state: Protocol
    level: Level
    said: str

    @property
    def script(self) -> Script:
        return script_of(self.speech.name)

    def is_open(self) -> bool:
        """Say whether this conversation has been opened for a risk like this."""
        if self.speech.has_told(self.script.opening[self.level][0]):
            return True
        akin = self.level != "imminent" and self.speech.kind in _AKIN
        return akin and self.speech.has_opened(_AKIN)

    def open(self, setting: Setting) -> None:
        """Name the concern, offer a line, point to people, ask directly."""
        speech = self.speech
        if self.state.topic == "method":
            speech.say("about_method")
        for step in self.script.opening[self.level]:
            if step == QUESTION:
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
        elif self._will_not():
            self.speech.say("barriers_now" if self.speech.knows("barriers_now") else "barriers")
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
        if not answer and self.speech.has_asked:  # something that was no question of the protocol
            answer = f"soft_{answer_to(self.said)}"
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

    def _will_not(self) -> bool:
        """Say whether it is a bare no to what they were told to do at once."""
        urged = self.level == "imminent" and not self.speech.has_asked
        bare = len(self.said.split()) <= _BARE and answer_to(self.said) == "no"
        return urged and not self.state.answered and bare

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
