"""Who the agent is: a persona is a file, and a file may come from anywhere.

A persona also says what it may be used for. Reading the feelings of employees, students or
applicants is refused outright (EU AI Act, Article 5(1)(f)), whatever the file allows.

A persona may extend another. What it says replaces what the other said, with one exception: what
the other never does and refuses is kept, and added to, so that no heir is less careful.
"""

import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from empathy_agent.affect import Appraisal, RecalledNote
from empathy_agent.documents import check, parse, read
from empathy_agent.errors import SetupError, near
from empathy_agent.prompts import fill, quoted

__all__ = ["Escalation", "Persona", "describe", "instruct", "load_persona", "persona_names"]

_SHIPPED = "personas"
_WATCHED = re.compile(
    r"\b(employees?|workers?|workforce|staff|colleagues|call[- ]?cent(?:er|re) agents?|"
    r"students?|pupils?|schoolchildren|learners|trainees|"
    r"(?:job )?(?:applicants?|candidates?)|interviewees?|recruits?|exam takers?)\b",
    re.IGNORECASE,
)
_REFUSED: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), why)
    for pattern, why in (
        (
            r"\bwithout (?:\w+ ){0,2}(?:knowing|knowledge|consent|permission|being told|"
            r"noticing)\b|"
            r"\b(?:secret(?:ly)?|covert(?:ly)?|hidden|spy(?:ing)?|unnoticed)\b",
            "would read somebody who has not agreed to it; only people who said yes may be read",
        ),
        (
            r"\b(?:decid\w*|scor\w+|rank\w*|rat(?:e|ing)|grad(?:e|ing)|select\w*|eligib\w*|"
            r"approv\w*|"
            r"screen(?:ing)?|filter\w*)\b.{0,60}\b(?:loans?|credit|insurance|benefits?|mortgages?|"
            r"tenan(?:ts?|cy)|visas?|asylum|custody|parole|bail|admission|promotion|hir(?:e|ing)|"
            r"dismissal)\b",
            "would decide about people by how they seem to feel; a reading is a guess",
        ),
        (
            r"\b(?:police|border|interrogat\w*|lie detect\w*|detect\w* lies|decepti\w+|suspects?|"
            r"crimes?)\b",
            "would hold a guess about feelings against somebody before the law",
        ),
        (
            r"\b(?:manipulat\w*|exploit\w*|upsell\w*|nudg\w+ .{0,40}\b(?:buy|spend|sign)|"
            r"weak moments?)\b",
            "would turn feelings against the person who has them",
        ),
    )
)
"""Uses that no file can allow, and why."""
_MOST_CHARACTERS = 600
_KEPT = {"boundaries", "refused_uses"}
"""What an heir adds to and cannot replace."""

Lines = tuple[str, ...]


class _Plain(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Escalation(_Plain):
    """When a human is asked for."""

    human_at: Literal["low", "moderate", "high", "imminent"] | None = None
    """The risk from which a human is asked to join; null: never because of risk."""
    on_request: bool = True
    """Whether the user may ask for a human."""


class Persona(_Plain):
    """Who answers, how, and within which bounds."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """Letters, digits and `_`; what `--persona` takes."""
    title: str = Field(min_length=1, max_length=60)
    """What people see, such as "Support companion"."""
    setting: Literal["support", "service"]
    """Which helping skills and reviewed wordings it draws on."""
    voice: Lines = Field(min_length=1)
    """How it speaks, a sentence each."""
    aims: Lines = Field(min_length=1)
    boundaries: Lines = Field(min_length=1)
    """What it never does, a sentence each."""
    escalation: Escalation = Escalation()
    allowed_uses: Lines = Field(min_length=1)
    refused_uses: Lines = Field(min_length=1)
    greeting: str = Field(min_length=1, max_length=_MOST_CHARACTERS)
    """The first words of a session."""
    notice: str = Field(min_length=1, max_length=_MOST_CHARACTERS)
    """Said with the greeting: an AI, no therapy, how readings are used."""
    locale: str = Field(default="en", pattern=r"^[a-z]{2}(-[A-Z]{2})?$")
    """BCP 47, such as `en-GB`. Its region stands for the user's country where none is known."""

    @property
    def region(self) -> str | None:
        """The region of the locale, an ISO 3166 code."""
        return self.locale[3:] or None

    @field_validator("voice", "aims", "boundaries", "allowed_uses", "refused_uses", mode="before")
    @classmethod
    def _is_a_list(cls, lines: object) -> object:
        if isinstance(lines, str):
            raise ValueError("this is a list; begin each sentence on a line of its own with '- '")
        return lines

    @field_validator("locale")
    @classmethod
    def _speaks_what_is_guarded(cls, locale: str) -> str:
        if not locale.startswith("en"):
            raise ValueError(
                f"{locale!r} cannot be spoken yet: reviewed wordings and the guard are in English; "
                "give 'en' or a region of it, such as 'en-GB'"
            )
        return locale

    @field_validator("allowed_uses")
    @classmethod
    def _reads_nobody_at_work_or_school(cls, uses: Lines) -> Lines:
        for use in uses:
            watched = _WATCHED.search(use)
            if watched:
                raise ValueError(
                    f"{use!r} would read the feelings of {watched.group().lower()!r}; emotion "
                    "recognition at work and in education is prohibited (EU AI Act, Article "
                    "5(1)(f)); take it out"
                )
            for pattern, why in _REFUSED:
                if pattern.search(use):
                    raise ValueError(f"{use!r} {why}; take it out")
        return uses

    @field_validator("notice")
    @classmethod
    def _says_what_it_is(cls, notice: str) -> str:
        if not re.search(r"\bAI\b", notice):
            raise ValueError("the notice must tell people that they talk to an AI")
        return notice


def persona_names() -> tuple[str, ...]:
    """Return the names of the shipped personas, sorted."""
    folder = files("empathy_agent.prompts").joinpath(_SHIPPED)
    return tuple(sorted(each.name[:-5] for each in folder.iterdir() if each.name.endswith(".yaml")))


def load_persona(persona: str | Path | Persona) -> Persona:
    """Return a persona by its shipped name or from a YAML file.

    Args:
        persona: a name such as `customer_service`, a path to a `.yaml` file, or a persona, which
            is returned as it is.

    Raises:
        SetupError: no such persona or file, or a file that says what a persona may not.
    """
    if isinstance(persona, Persona):
        return persona
    told = str(persona)
    if isinstance(persona, Path) or "/" in told or "\\" in told or told.endswith((".yaml", ".yml")):
        return _from_file(Path(told).expanduser())
    return _shipped(told)


def _from_file(path: Path) -> Persona:
    return check(_grown(read(path), path, ()), Persona, str(path))


def _grown(told: dict[str, Any], path: Path, heirs: tuple[Path, ...]) -> dict[str, Any]:
    """Return what a file says on top of what it extends."""
    origin = told.pop("extends", None)
    if origin is None:
        return told
    heirs = (*heirs, path.resolve())
    beside = path.parent / str(origin)
    if str(origin).endswith((".yaml", ".yml")):
        if beside.resolve() in heirs:
            raise SetupError(f"{str(path)!r} extends itself; take 'extends' out of one file")
        base = _grown(read(beside), beside, heirs)
    else:
        base = load_persona(str(origin)).model_dump(mode="json")
    for kept in _KEPT & told.keys() & base.keys():
        if isinstance(told[kept], list):
            told[kept] = [*base[kept], *(line for line in told[kept] if line not in base[kept])]
    return {**base, **told}


@cache
def _shipped(name: str) -> Persona:
    known = persona_names()
    if name not in known:
        raise SetupError(f"no persona {name!r}{near(name, known)}; or give a path to a YAML file")
    path = files("empathy_agent.prompts").joinpath(_SHIPPED, f"{name}.yaml")
    return parse(path.read_text(encoding="utf-8"), Persona, f"{name}.yaml")


def describe(persona: Persona) -> str:
    """Return a persona in words, for a language model."""
    parts = (
        ("How you speak", persona.voice),
        ("What you are here for", persona.aims),
        ("What you never do", (*persona.boundaries, *persona.refused_uses)),
    )
    told = [f"You are the {persona.title}, an AI."]
    for heading, lines in parts:
        told.append(f"{heading}:\n" + "\n".join(f"- {line}" for line in lines))
    return "\n\n".join(told)


def instruct(persona: Persona, appraisal: Appraisal, strategy: str) -> str:
    """Return the system prompt for a language model: who it is and what this turn means.

    Args:
        persona: who answers.
        appraisal: this turn, in plain words.
        strategy: the helping skill to answer with, as `plan` chose it.
    """
    return fill(
        "respond/system.md",
        persona=describe(persona),
        appraisal=_in_words(appraisal),
        strategy=_skill(appraisal.setting, strategy),
        recalled=_quoted(appraisal),
        human=_on_humans(persona),
    )


def _in_words(appraisal: Appraisal) -> str:
    told = [f"- This is message {appraisal.turn} of the conversation."]
    if appraisal.feeling is None:
        told.append("- Nothing certain could be read of how the user feels.")
    else:
        sure = "probably" if appraisal.confidence >= 0.5 else "possibly"
        told.append(f"- The user is {sure} {appraisal.feeling} ({appraisal.intensity}).")
    if appraisal.corrected:
        told.append(f"- They say that they are not {appraisal.corrected}: believe them.")
    told += _wished(appraisal)
    if appraisal.goemotions:
        told.append(f"- Their words alone suggest: {', '.join(appraisal.goemotions[:3])}.")
    if appraisal.conflict:
        told.append(f"- Face and words differ: {appraisal.conflict}")
    if appraisal.shift:
        told.append(f"- Against how they usually are: {appraisal.shift}.")
    if appraisal.trend:
        told.append(f"- Over the last sessions: {appraisal.trend}.")
    if appraisal.risk != "none":
        told.append(f"- Risk in what was said: {appraisal.risk}. Ask directly and kindly about it.")
    return "\n".join(told)


def _wished(appraisal: Appraisal) -> list[str]:
    """Return how the user asked to be spoken to; their words are quoted like any others."""
    told: list[str] = []
    if appraisal.called:
        told.append(f"- They like to be called {quoted(appraisal.called, 40)}.")
    if appraisal.brief is not None:
        told.append(f"- They asked for {'short' if appraisal.brief else 'long'} answers.")
    if appraisal.wishes:
        wishes = "; ".join(quoted(each, 120) for each in appraisal.wishes)
        told.append(f"- About how you speak with them they said: {wishes}.")
    return told


def _quoted(appraisal: Appraisal) -> str:
    """Return remembered words as quoted data, on one line each, so that none can pose as ours."""
    if not appraisal.recalled:
        return "- nothing that bears on this"
    return "\n".join(f"- {_note(each)}" for each in appraisal.recalled)


def _note(note: RecalledNote) -> str:
    told = f"{note.when}: {quoted(note.said)}"
    if note.kind == "fact" and note.topic and note.value:
        told += f" (stated, {note.topic}: {quoted(note.value, 80)})"
    elif note.emotion:
        told += f" (seemed {note.emotion})"
    if note.outcome in {"lighter", "heavier"}:
        told += f" (it got {note.outcome} afterwards)"
    if note.due:
        told += " (it is today)" if note.due == "now" else " (it is over: ask once how it went)"
    return told


def _skill(setting: str, strategy: str) -> str:
    skills = dict(
        line.split(": ", 1)
        for line in fill(f"respond/skills_{setting}.md").splitlines()
        if ": " in line
    )
    return f"{strategy}: {skills[strategy]}" if strategy in skills else strategy


def _on_humans(persona: Persona) -> str:
    if persona.escalation.on_request:
        return "If the user asks for a human, call `hand_over` and say so."
    return "There is no human to hand over to; say so when asked."
