"""An agent from small parts: real graph, real safety, no weights."""

from collections.abc import Sequence

from langchain_core.language_models import BaseChatModel

from empathy_agent.affect import Abstention, AffectReading, Distribution, Emotion, TextAffect
from empathy_agent.agent.agent import Agent
from empathy_agent.agent.parts import Parts
from empathy_agent.errors import ModelUnavailable
from empathy_agent.memory import ListMemory, Memory
from empathy_agent.models.listener.voice import ScriptedListener
from empathy_agent.perception.baseline import OwnFace
from empathy_agent.perception.frames import Window
from empathy_agent.perception.perceiver import Perceiver
from empathy_agent.perception.sources import open_source


class StillClock:
    """A clock that moves when it is told to."""

    def __init__(self, now: float = 1_767_603_600.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def distribution(emotion: Emotion, probability: float = 0.8) -> Distribution:
    rest = (1 - probability) / 7
    return {each: probability if each is emotion else rest for each in Emotion}


class KnownEyes(Perceiver):
    """Eyes that read what they are told to; they keep what they were given."""

    def __init__(self, emotion: Emotion | None = Emotion.SADNESS) -> None:
        self.emotion = emotion
        self.asked: list[tuple[Window | None, str, tuple[str, ...], bool]] = []

    def perceive(
        self,
        window: Window | None,
        text: str = "",
        context: Sequence[str] = (),
        *,
        consent: bool = True,
        session: str | None = None,
        own: OwnFace | None = None,
    ) -> AffectReading:
        self.asked.append((window, text, tuple(context), consent))
        emotion = self.emotion
        valence = {None: None, Emotion.HAPPINESS: 0.8, Emotion.NEUTRAL: 0.0}.get(emotion, -0.6)
        abstained = None if consent or window is None else Abstention.NO_CONSENT
        return AffectReading(
            at=0.0,
            span=0.0,
            frames=len(window.frames) if window and consent else 0,
            faces=1 if window and consent else 0,
            emotion=emotion,
            distribution=distribution(emotion) if emotion else None,
            valence=valence,
            arousal=0.1 if emotion else None,
            confidence=0.8 if emotion else 0.0,
            abstained=abstained,
            words=None,
            model="known",
            took_ms=0.1,
        )

    def glance(
        self, window: Window | None, *, consent: bool = True, own: OwnFace | None = None
    ) -> AffectReading:
        return self.perceive(window, consent=consent)

    def answer(self, window: Window, question: str) -> str | None:
        raise ModelUnavailable("there is no vision model here")

    def warm(self) -> None:
        pass


def words(emotion: Emotion = Emotion.SADNESS) -> TextAffect:
    return TextAffect.model_validate(
        {
            "emotion": emotion,
            "distribution": distribution(emotion),
            "goemotions": {"sadness": 0.8, "neutral": 0.1},
            "valence": -0.6,
            "arousal": -0.2,
            "dominance": -0.3,
            "intensity": {"anger": 0.1, "fear": 0.2, "joy": 0.0, "sadness": 0.7},
        }
    )


def parts(
    *,
    eyes: Perceiver | None = None,
    memory: Memory | None = None,
    chat: BaseChatModel | None = None,
    clock: StillClock | None = None,
) -> Parts:
    return Parts(
        perceiver=eyes or KnownEyes(),
        memory=memory or ListMemory(),
        chat=chat or ScriptedListener(),
        clock=clock or StillClock(),
    )


def agent(made_of: Parts | None = None, *, source: str = "none", **said: str | bool) -> Agent:
    return Agent(made_of or parts(), open_source(source), user="ana", **said)  # pyright: ignore[reportArgumentType]
