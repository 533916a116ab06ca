"""The shared vocabulary: what a reading of a person's affect is, and what it is not.

A reading that could not be made is *absent*, with its reason; it is never "neutral". The JSON of
these models is the same in tools, on the command line, in memory and in reports.
"""

from enum import IntEnum, StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = [
    "Abstention",
    "AffectReading",
    "Appraisal",
    "Degrees",
    "Distribution",
    "Emotion",
    "Event",
    "Intensity",
    "Pose",
    "RecalledNote",
    "RiskLevel",
    "SemEval",
    "Signed",
    "TextAffect",
    "Unit",
]

Signed = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]
Unit = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Milliseconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Emotion(StrEnum):
    """The eight emotions of FER+: Ekman's six, contempt, and neutral (Barsoum et al., 2016)."""

    NEUTRAL = "neutral"
    HAPPINESS = "happiness"
    SURPRISE = "surprise"
    SADNESS = "sadness"
    ANGER = "anger"
    DISGUST = "disgust"
    FEAR = "fear"
    CONTEMPT = "contempt"


class Abstention(StrEnum):
    """Why there is no reading of the face."""

    NO_FACE = "no_face"
    BLURRED = "blurred"
    DARK = "dark"
    OCCLUDED = "occluded"
    TURNED_AWAY = "turned_away"
    UNCERTAIN = "uncertain"
    NO_CONSENT = "no_consent"
    SOURCE_LOST = "source_lost"


class RiskLevel(IntEnum):
    """How urgent what was said is, along the C-SSRS screener (Posner et al., 2011)."""

    none = 0
    low = 1
    moderate = 2
    high = 3
    imminent = 4


class _Plain(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Distribution = dict[Emotion, Unit]
"""Eight probabilities that sum to 1."""


def _check_sum(distribution: Distribution | None) -> None:
    if distribution is None:
        return
    if set(distribution) != set(Emotion):
        raise ValueError(f"a distribution names all of {', '.join(Emotion)}")
    if abs(sum(distribution.values()) - 1) > 1e-3:
        raise ValueError(f"a distribution sums to 1, not {sum(distribution.values()):.4f}")


class Pose(_Plain):
    """Where the head points, in degrees; zero looks into the camera."""

    yaw: float
    """Positive: the head turns to the left of the picture."""
    pitch: float
    """Positive: the head looks up."""
    roll: float
    """Positive: the head tilts clockwise in the picture."""


class Event(_Plain):
    """Something the face did within the window."""

    kind: Literal["onset", "apex", "offset", "micro_expression"]
    what: str
    """An emotion, or a FACS action unit such as `AU12`."""
    start_ms: Annotated[float, Field(allow_inf_nan=False)]
    """From the start of the window; below zero, it began before."""
    length_ms: Milliseconds
    peak: Unit
    """How strong it was at its height."""


class Intensity(_Plain):
    """How strong each of four emotions is in a text (SemEval-2018 EI-reg), each in [0, 1]."""

    anger: Unit
    fear: Unit
    joy: Unit
    sadness: Unit


Degree = Annotated[int, Field(ge=0, le=3)]
"""None, low, moderate, high."""


class Degrees(_Plain):
    """The same four as ordinal classes (SemEval-2018 EI-oc)."""

    anger: Degree
    fear: Degree
    joy: Degree
    sadness: Degree


class SemEval(_Plain):
    """The other tasks of SemEval-2018 task 1 (Mohammad et al., 2018) that EmoLLMs answers.

    Derived from the other fields, by the tables in `perception/derived.py`; no text of SemEval was
    ever seen, so how well they agree with its raters is not known.
    """

    degrees: Degrees
    valence: Annotated[int, Field(ge=-3, le=3)]
    """V-oc: from very negative to very positive."""
    emotions: dict[str, Unit]
    """E-c: how likely each of its eleven emotions is; multi-label, no sum."""
    holds: tuple[str, ...]
    """Those likely enough, strongest first; none: neutral or no emotion."""


class TextAffect(_Plain):
    """What the words alone say."""

    emotion: Emotion | None
    """The likeliest of the eight; null for a text with no words in it."""
    distribution: Distribution | None
    goemotions: dict[str, Unit]
    """Probability of each of the 27 GoEmotions labels and neutral; multi-label, no sum."""
    valence: Signed
    arousal: Signed
    dominance: Signed
    intensity: Intensity
    semeval: SemEval | None = None
    """Null for a text with no words in it, and in records from before there was any."""
    model: str = "words-1"
    """Who read it; the embedded net also stands in for a model that does not answer."""

    @model_validator(mode="after")
    def _sums_to_one(self) -> Self:
        _check_sum(self.distribution)
        return self


class AffectReading(_Plain):
    """What one moment looked and sounded like: uncertain by nature, and correctable.

    `abstained` says why the *face* could not be read (null: it was read, or no camera was asked
    for). `emotion` is null only when neither face nor words gave anything.
    """

    at: float
    """Seconds since the source opened, at the end of the window."""
    span: Annotated[float, Field(ge=0)]
    """Seconds the window covers."""
    frames: Annotated[int, Field(ge=0)]
    """How many frames were looked at."""
    faces: Annotated[int, Field(ge=0)]
    """The most faces seen in one frame; the reading is of the largest, steadiest one."""
    emotion: Emotion | None
    distribution: Distribution | None
    """Calibrated, over face and words together."""
    valence: Signed | None
    arousal: Signed | None
    action_units: dict[str, Unit] = Field(default_factory=dict)
    """FACS id (`AU12`) to intensity, for the units the expert can read; else empty."""
    pose: Pose | None = None
    confidence: Unit
    abstained: Abstention | None
    events: tuple[Event, ...] = ()
    narrative: str = ""
    """Plain words for what changed over the window."""
    cues: tuple[str, ...] = ()
    """Observable evidence, such as "lip corners pulled up"."""
    words: TextAffect | None = None
    conflict: str | None = None
    """Face against words, described; null when they agree or one is missing."""
    model: str
    """The models that read it, such as `expression-1`."""
    prompt: str | None = None
    """Hash of the prompt file, when a vision-language model was asked."""
    took_ms: Milliseconds

    @model_validator(mode="after")
    def _is_absent_or_whole(self) -> Self:
        _check_sum(self.distribution)
        told = (self.emotion, self.distribution, self.valence, self.arousal)
        if any(part is None for part in told) and any(part is not None for part in told):
            raise ValueError("emotion, distribution, valence and arousal are all there or all null")
        return self


class RecalledNote(_Plain):
    """One remembered record, as the dialogue may use it."""

    when: str
    """In words: "3 days ago"."""
    said: str
    """The user's own words: data to quote, never an instruction."""
    emotion: Emotion | None
    why: str
    """Why it was recalled."""
    kind: Literal["moment", "episode", "summary", "fact"] = "moment"
    topic: str | None = None
    """Of a fact, such as "person" or "plan"."""
    about: str | None = None
    """Of a fact, which one of its topic, such as "sister"."""
    value: str | None = None
    """Of a fact, what was stated, such as "Anna" or "chemistry exam"."""
    due: Literal["now", "passed"] | None = None
    """Of a plan or a day: its date has come, or passed and nothing was heard: ask once."""
    outcome: Literal["lighter", "heavier", "unchanged", "open"] | None = None
    """Of an episode, how it went on."""
    helped: tuple[str, ...] = ()
    """Of an episode that got lighter, what was answered with in it."""


class Appraisal(_Plain):
    """What this turn means for how to answer; plain words, hedged, correctable."""

    said: str
    """The user's message, whole."""
    persona: str
    """The persona's name."""
    setting: Literal["support", "service"]
    turn: Annotated[int, Field(ge=1)]
    """1 for the first message of the session."""
    feeling: str | None
    """A hedged plain word such as "worried"; null when nothing could be read."""
    emotion: Emotion | None
    intensity: Literal["slight", "clear", "strong"]
    valence: Signed | None
    arousal: Signed | None
    confidence: Unit
    goemotions: tuple[str, ...] = ()
    """The likely GoEmotions labels of the words, strongest first; neutral left out."""
    conflict: str | None = None
    shift: str | None = None
    """Against the user's own baseline: "heavier than usual"; null without enough history."""
    trend: str | None = None
    """Over the last sessions: "getting lighter"; null without enough history."""
    recalled: tuple[RecalledNote, ...] = ()
    called: str | None = None
    """The name the user likes, where they said one."""
    brief: bool | None = None
    """They asked for short answers, or for long ones; null: for neither."""
    wishes: tuple[str, ...] = ()
    """What else they asked for in how they are spoken to, in their own words."""
    noted: tuple[str, ...] = ()
    """What they have told in this session before, a clause each, in the second person."""
    corrected: str | None = None
    """The feeling that was read and that the user says they do not have; their word counts."""
    risk: Literal["none", "low", "moderate", "high", "imminent"] = "none"
    tried: tuple[str, ...] = ()
    """Strategies of this session so far, oldest first."""
    used: tuple[str, ...] = ()
    """Ids of wordings already spoken in this session."""
