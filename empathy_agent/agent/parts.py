"""What the graph is made of. `app.py` builds these; a test or an app may build its own."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from langchain_core.language_models import BaseChatModel
from langchain_core.tools import BaseTool

from empathy_agent.agent.hook import Alarm
from empathy_agent.memory import Memory
from empathy_agent.perception.perceiver import Perceiver
from empathy_agent.perception.store import FrameStore
from empathy_agent.personas import Persona, load_persona
from empathy_agent.tools.cases import CaseSystem, create_case_tools
from empathy_agent.tools.crisis_lines import create_crisis_lines
from empathy_agent.tools.hand_over import create_hand_over
from empathy_agent.tools.look_again import create_look_again
from empathy_agent.tools.note_preference import create_note_preference
from empathy_agent.tools.perceive_emotion import create_perceive_emotion
from empathy_agent.tools.recall_affect import create_recall_affect
from empathy_agent.tools.resting_faces import RestingFaces

__all__ = ["Parts"]


@dataclass(frozen=True)
class Parts:
    """Eyes, memory and voice, each opened on first use."""

    perceiver: Perceiver
    memory: Memory
    chat: BaseChatModel
    """The voice; when it does not answer, the embedded one stands in for that turn."""
    frames: FrameStore = field(default_factory=FrameStore)
    clock: Callable[[], float] = time.time
    """Seconds since the epoch."""
    persona: Callable[[str], Persona] = load_persona

    alarm: Alarm | None = None
    """Who is told when somebody is in danger; null: nobody outside the conversation."""
    answer_s: float = 240.0
    """How long a language model may take for an answer; then the embedded voice stands in."""
    sentence_s: float = 3.0
    """How long a language model may take for its one sentence in a crisis; 0: none is asked for."""
    cases: CaseSystem | None = None
    """Orders and tickets, for a service persona; null: it can only note and hand over."""
    recall_tokens: int = 240
    """What is recalled for a turn at most, in tokens of a prompt."""
    resting: RestingFaces = field(init=False)
    """How each user's face is at rest, learnt with their consent alone."""

    def __post_init__(self) -> None:
        """Know users' faces at rest from the memory."""
        object.__setattr__(self, "resting", RestingFaces(self.memory))

    def tools(self) -> list[BaseTool]:
        """Return the agent's tools; the first reads the user, the same for graph and model."""
        return [
            create_perceive_emotion(self.perceiver, self.frames, self.resting),
            create_look_again(self.perceiver, self.frames),
            create_recall_affect(self.memory, self.clock),
            create_note_preference(self.memory, self.clock),
            create_crisis_lines(),
            create_hand_over(),
            *(create_case_tools(self.cases) if self.cases else ()),
        ]
