"""From reading, words, history and risk to one small typed object in plain words."""

from collections.abc import Mapping, Sequence

from empathy_agent.affect import AffectReading, Appraisal, Emotion, RecalledNote
from empathy_agent.agent.correction import Correction, correction
from empathy_agent.personas import Persona
from empathy_agent.safety.screen import Risk

__all__ = ["appraise", "feeling_word"]

_FELT = {
    "anger": "angry",
    "annoyance": "annoyed",
    "confusion": "confused",
    "desire": "longing",
    "disappointment": "disappointed",
    "disgust": "disgusted",
    "embarrassment": "embarrassed",
    "excitement": "excited",
    "fear": "scared",
    "gratitude": "grateful",
    "grief": "grieving",
    "joy": "happy",
    "love": "fond",
    "nervousness": "worried",
    "optimism": "hopeful",
    "pride": "proud",
    "relief": "relieved",
    "remorse": "sorry",
    "sadness": "sad",
    "surprise": "surprised",
    "amusement": "amused",
}
_FELT_OF_EMOTION = {
    Emotion.HAPPINESS: "happy",
    Emotion.SURPRISE: "surprised",
    Emotion.SADNESS: "sad",
    Emotion.ANGER: "angry",
    Emotion.DISGUST: "disgusted",
    Emotion.FEAR: "scared",
    Emotion.CONTEMPT: "dismissive",
}
_OWN_WORD = 0.95
"""How sure we are of a feeling that the user names, once they have corrected us."""
_LIKELY = 0.3
"""A GoEmotions label counts from this probability."""


def feeling_word(reading: AffectReading | None, likely: Sequence[str]) -> str | None:
    """Return a plain word for how the person may feel; null when nothing could be read.

    A likely GoEmotions label is finer than one of eight, so it goes first, unless face and words
    together have settled on something else.
    """
    if reading is None or reading.emotion is None:
        return None
    if reading.emotion is not Emotion.NEUTRAL or reading.confidence < 0.5:
        for label in likely:
            if label in _FELT:
                return _FELT[label]
    return _FELT_OF_EMOTION.get(reading.emotion)


def _likely(reading: AffectReading | None) -> tuple[str, ...]:
    if reading is None or reading.words is None:
        return ()
    scored = reading.words.goemotions.items()
    ranked = sorted(scored, key=lambda each: each[1], reverse=True)
    return tuple(name for name, p in ranked if p >= _LIKELY and name != "neutral")


def _intensity(reading: AffectReading | None) -> str:
    if reading is None or reading.valence is None or reading.arousal is None:
        return "slight"
    strength = max(abs(reading.valence), abs(reading.arousal))
    if reading.words is not None:
        strength = max(strength, *reading.words.intensity.model_dump().values())
    if strength >= 0.6:
        return "strong"
    return "clear" if strength >= 0.25 else "slight"


def _set_right(right: Correction) -> dict[str, object]:
    """Return what the user's own word leaves of a reading: numbers of a wrong one are wrong too."""
    sure = _OWN_WORD if right.instead else 0.0
    return {
        "feeling": right.feeling,
        "emotion": right.instead,
        "valence": None,
        "arousal": None,
        "confidence": sure,
        "corrected": right.word,
    }


def appraise(
    said: str,
    reading: AffectReading | None,
    risk: Risk,
    *,
    persona: Persona,
    turn: int,
    recalled: Sequence[RecalledNote] = (),
    shift: str | None = None,
    trend: str | None = None,
    tried: Sequence[str] = (),
    used: Sequence[str] = (),
    known: Mapping[str, object] | None = None,
    noted: Sequence[str] = (),
) -> Appraisal:
    """Return what this turn means for how to answer.

    Args:
        said: the user's message.
        reading: face and words of this moment; null when it could not be made.
        risk: what the screen found.
        persona: who answers.
        turn: 1 for the first message of the thread.
        recalled: earlier moments that bear on this one.
        shift: the present against the user's baseline, in words.
        trend: over the last sessions, in words.
        tried: strategies of this thread, oldest first.
        used: ids of wordings already spoken.
        known: how the user wants to be spoken to: `called`, `brief` and `wishes`.
        noted: what they have told in this thread, a clause each.
    """
    right = correction(said, reading, persona.setting)
    likely = () if right else _likely(reading)
    return Appraisal.model_validate(
        {
            "said": said,
            "persona": persona.name,
            "setting": persona.setting,
            "turn": turn,
            "feeling": feeling_word(reading, likely),
            "emotion": reading.emotion if reading else None,
            "intensity": _intensity(reading),
            "valence": reading.valence if reading else None,
            "arousal": reading.arousal if reading else None,
            "confidence": reading.confidence if reading else 0.0,
            **(_set_right(right) if right else {}),
            "goemotions": likely,
            "conflict": reading.conflict if reading else None,
            "shift": shift,
            "trend": trend,
            "recalled": tuple(recalled),
            "risk": risk.level.name,
            "tried": tuple(tried),
            "used": tuple(used),
            "noted": tuple(noted),
            **(known or {}),
        }
    )
