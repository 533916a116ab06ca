"""Builds everything: settings -> models -> perceiver -> memory -> parts -> agent.

The only file that knows every part. Nothing here loads a model: weights, sessions and the
database are opened by their first use, or by `Agent.warm`.
"""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from empathy_agent.settings import Settings, prepare_environment

prepare_environment()

from langchain_core.language_models import BaseChatModel  # noqa: E402

from empathy_agent.affect import RiskLevel  # noqa: E402
from empathy_agent.agent.agent import Agent  # noqa: E402
from empathy_agent.agent.camera import Camera  # noqa: E402
from empathy_agent.agent.consent import ConsentLog  # noqa: E402
from empathy_agent.agent.events import Asked  # noqa: E402
from empathy_agent.agent.graph import Graph, build_graph  # noqa: E402
from empathy_agent.agent.hook import Alarm, OnRisk, Webhook  # noqa: E402
from empathy_agent.agent.parts import Parts  # noqa: E402
from empathy_agent.memory import AffectMemory, Memory  # noqa: E402
from empathy_agent.memory.audit import Audit  # noqa: E402
from empathy_agent.memory.retention import Retention  # noqa: E402
from empathy_agent.memory.served import Server  # noqa: E402
from empathy_agent.models.chat import open_chat  # noqa: E402
from empathy_agent.models.embedder import Embedder, open_embedder  # noqa: E402
from empathy_agent.models.vision import open_vision  # noqa: E402
from empathy_agent.perception.asking import Asking  # noqa: E402
from empathy_agent.perception.debias import Debias  # noqa: E402
from empathy_agent.perception.finders import open_finder  # noqa: E402
from empathy_agent.perception.fitted import read_fitted  # noqa: E402
from empathy_agent.perception.perceiver import Perceiver, Words  # noqa: E402
from empathy_agent.perception.sources import FrameSource, open_source  # noqa: E402
from empathy_agent.perception.words import WordReader, open_words  # noqa: E402
from empathy_agent.tools.cases import CaseSystem  # noqa: E402

if TYPE_CHECKING:
    from empathy_agent.perception.faces import Finder
    from empathy_agent.perception.look import Expert

__all__ = [
    "make_graph",
    "open_agent",
    "open_eyes",
    "open_memory",
    "open_parts",
    "open_perceiver",
    "read_words",
]

_WORDS_S = 4.0
"""Seconds that the chat model may take to read the words; then the embedded net does."""


def open_perceiver(settings: Settings | None = None) -> Perceiver:
    """Return the eyes and the word reader that the settings ask for."""
    settings = settings or Settings()
    return open_eyes(settings, words=read_words(settings, open_embedder()))


def read_words(settings: Settings, embedder: Embedder) -> WordReader:
    """Return the reader of words that the settings ask for.

    Raises:
        SetupError: there is no such reader, or it needs a chat model that is not named.
    """
    if settings.words != "chat":
        return open_words(settings.words, embedder)
    chat = open_chat(settings.chat, api_key=settings.api_key, timeout=_WORDS_S, max_retries=0)
    return open_words("chat", embedder, chat)


def open_eyes(
    settings: Settings,
    *,
    words: Words | None = None,
    finder: "Finder | None" = None,
    expression: "Expert | None" = None,
) -> Perceiver:
    """Return the eyes that the settings ask for.

    Args:
        settings: who looks, and how a vision model is asked.
        words: reads what was said; left out, it is not read.
        finder: finds faces, instead of the one that the settings name.
        expression: reads them, instead of the embedded net.

    Raises:
        SetupError: there is no such vision model, or its calibration is damaged.
    """
    vision = open_vision(settings.vision, api_key=settings.vision_api_key)
    auto = settings.vision_debias == "auto"
    asking = Asking(
        debias=None if auto else Debias.parse(settings.vision_debias),
        between=settings.vision_between,
        told=settings.vision_told,
        describe=None if settings.vision_describe else False,
        pixels=settings.vision_pixels,
        budget_s=settings.vision_budget_s,
    )
    fitted = read_fitted(settings.home, vision.name) if vision else None
    return Perceiver(
        vision=vision,
        asking=asking,
        fitted=fitted,
        words=words,
        finder=finder or open_finder(settings.faces),
        expression=expression,
    )


def open_parts(
    settings: Settings | None = None,
    *,
    memory: Memory | None = None,
    clock: Callable[[], float] = time.time,
    perceiver: Perceiver | None = None,
    chat: BaseChatModel | None = None,
    cases: CaseSystem | None = None,
    on_risk: OnRisk | None = None,
) -> Parts:
    """Return what `build_graph` needs, from settings; what is given is used as it is.

    Raises:
        SetupError: a setting names something that is not there.
    """
    settings = settings or Settings()
    embedder = open_embedder()
    return Parts(
        perceiver=perceiver or open_eyes(settings, words=read_words(settings, embedder)),
        memory=memory or open_memory(settings, embedder),
        chat=chat or open_chat(settings.chat, api_key=settings.api_key),
        clock=clock,
        cases=cases,
        alarm=_alarm(settings, on_risk),
        sentence_s=settings.crisis_sentence_s,
        recall_tokens=settings.recall_tokens,
    )


def open_memory(settings: Settings, embedder: Embedder | None = None) -> AffectMemory:
    """Return the memory that the settings ask for, in a folder or on a server; not yet opened.

    Raises:
        SetupError: the server's address or the retention cannot be read.
    """
    key = settings.memory_api_key.get_secret_value() if settings.memory_api_key else None
    server = Server(settings.memory, key) if settings.memory else None
    return AffectMemory(
        server or settings.home / "memory",
        embedder or open_embedder(),
        store_text=settings.store_text,
        retention=Retention.parse(settings.retention),
        audit=Audit(settings.home / "audit.jsonl"),
    )


def _alarm(settings: Settings, on_risk: OnRisk | None) -> Alarm | None:
    """Return who is told when somebody is in danger; null when nobody is."""
    receivers: list[OnRisk] = [] if on_risk is None else [on_risk]
    if settings.hook_url:
        secret = settings.hook_secret.get_secret_value() if settings.hook_secret else ""
        receivers.append(Webhook(settings.hook_url, secret))
    if not receivers:
        return None
    return Alarm(*receivers, at=RiskLevel[settings.hook_at], text=settings.hook_text)


def open_agent(
    settings: Settings | None = None,
    *,
    memory: Memory | None = None,
    clock: Callable[[], float] = time.time,
    source: FrameSource | None = None,
    perceiver: Perceiver | None = None,
    chat: BaseChatModel | None = None,
    human: Callable[[Asked], Mapping[str, object]] | None = None,
    cases: CaseSystem | None = None,
    on_risk: OnRisk | None = None,
) -> Agent:
    """Return an agent ready to talk.

    Args:
        settings: left out, what the environment says.
        memory: instead of the one in `settings.home`.
        clock: seconds since the epoch.
        source: instead of the one that `settings.source` names.
        perceiver: instead of the embedded eyes.
        chat: any LangChain chat model, instead of the one that `settings.chat` names.
        human: answers when the agent asks for one; left out, nobody is there.
        cases: orders and tickets for a service persona; see `empathy_agent.tools.cases`.
        on_risk: is called, in another thread, when somebody is in danger; see `agent.hook`.

    Raises:
        SetupError: a setting names something that is not there.
    """
    settings = settings or Settings()
    parts = open_parts(
        settings,
        memory=memory,
        clock=clock,
        perceiver=perceiver,
        chat=chat,
        cases=cases,
        on_risk=on_risk,
    )
    return Agent(
        parts,
        source or _source(settings.source),
        user=settings.user,
        persona=settings.persona,
        country=settings.country,
        consent=settings.consent,
        consents=ConsentLog(settings.home / "consent.jsonl"),
        desk=settings.human or human is not None,
        human=human,
    )


def _source(name: str) -> FrameSource:
    """A camera is opened by the user's yes; anything else may be opened now."""
    return Camera(name, open_source) if name.startswith("camera") else open_source(name)


def make_graph() -> Graph:
    """Return the graph for a LangGraph server, which brings its own checkpointer."""
    return build_graph(open_parts())
