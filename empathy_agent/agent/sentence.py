"""One sentence of a language model before the reviewed words, if it is fit to be said.

A crisis is answered the same when the model is down, slow or wrong: then the sentence is missing.
"""

import logging
import re
import threading
from collections.abc import Sequence

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableConfig

from empathy_agent.affect import RiskLevel
from empathy_agent.models.listener.voice import ScriptedListener
from empathy_agent.prompts import fill
from empathy_agent.safety.guard import Setting, guard
from empathy_agent.safety.screen import Risk

__all__ = ["empathic_sentence", "is_fit", "may_have_one"]

_logger = logging.getLogger(__name__)

_MOST_WORDS = 30
_READ = 600
"""Characters of the message that the model is shown."""
_QUIET: RunnableConfig = {"tags": ["nostream"]}
_ALONE = frozenset({"medical", "psychosis"})
"""Kinds without it: seconds count, or a model may confirm what it should not."""
_ADVICE = re.compile(
    r"\b(?:should|you must|ought|need to|have to|needs? help|try|trying to|please|call|text|phone"
    r"|contact|reach(?:ing)? out|talk(?:ing)? to|speak(?:ing)? to|see(?:ing)? a|go(?:ing)? to"
    r"|consider|could you|can you|would you|you can|you could|why not|let's|let us|breathe|breath"
    r"|remember (?:that|to)|hold on|hang on|stay (?:safe|strong|with|here)|take (?:a|some|your)"
    r"|keep (?:safe|going|talking)|seek|help is|there is help|focus|think of"
    r"|therap\w+|doctors?|hospital|hotline|helpline|lifeline|emergency|police)\b"
    r"|^(?:do not|don't|never)\b",
    re.IGNORECASE,
)
_PROMISE = re.compile(
    r"\b(?:will|won't|promise|guarantee|everything (?:is|gets|happens)|gets? better|be ok|be okay"
    r"|be fine|be alright|pass(?:es)?|at least|but|(?:so|you are|you're) strong|brave|proud"
    r"|hope(?:less)?|no way out|burden|deserved?|right to)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|hundred|thousand|dozens?)\b",
    re.IGNORECASE,
)
_DANGER = re.compile(
    r"\b(?:pills?|guns?|rope|knife|knives|blades?|razors?|bridges?|overdos\w+|hang(?:ing)?"
    r"|jump(?:ing)?|cut(?:ting)?|kill\w*|suicid\w+|die|dying|death|dead|noose|poison\w*|medication|drugs?)\b",
    re.IGNORECASE,
)
_ME = re.compile(
    r"\b(?:me|my|mine|myself|we|us|our)\b|\bI\b(?! (?:can |do )?hear\b| am sorry\b|'m sorry\b)"
)
_NAME = re.compile(r"(?<=\s)(?!I\b|I'm\b)[A-ZÀ-ÖØ-Þ]\w+|^[A-ZÀ-ÖØ-Þ]\w+,")
_LINK = re.compile(r"https?:|www\.|@|\w\.(?:com|org|net)\b|[*_#`<>\[\]{}|\\]")


def may_have_one(risk: Risk) -> bool:
    """Say whether a sentence has its place: not where seconds count."""
    return risk.level < RiskLevel.imminent and risk.kind not in _ALONE


def empathic_sentence(
    chat: BaseChatModel, said: str, setting: Setting, *, limit_s: float, before: Sequence[str] = ()
) -> str | None:
    """Return a sentence of the model that is fit to be said, or null.

    Args:
        chat: a language model; the embedded voice gives none.
        said: what the person wrote.
        setting: of the persona.
        limit_s: how long it is waited for; 0 asks for none.
        before: replies already given, none of which is repeated.
    """
    if limit_s <= 0 or isinstance(chat, ScriptedListener):
        return None
    answer: list[str] = []
    prompt = fill("crisis/sentence.md", said=" ".join(said[:_READ].split()).replace('"', "'"))

    def ask() -> None:
        try:
            answer.append(str(chat.invoke([HumanMessage(prompt)], _QUIET).text))
        except Exception as error:  # whatever a model does wrong, the reviewed words are said
            _logger.warning("no sentence of the chat model: %s", type(error).__name__)

    # A thread of its own: a model that hangs must hold up neither the turn nor the program's end.
    thread = threading.Thread(target=ask, name="empathic-sentence", daemon=True)
    thread.start()
    thread.join(limit_s)
    if not answer:
        return None
    sentence = answer[0].strip().strip('"“”').strip()
    if not is_fit(sentence, setting) or any(sentence in each for each in before):
        return None
    return sentence


def is_fit(sentence: str, setting: Setting) -> bool:
    """Say whether it is one short sentence that asks, advises, promises and names nothing."""
    words = sentence.split()
    if not 3 <= len(words) <= _MOST_WORDS or "\n" in sentence:
        return False
    if not sentence.endswith(".") or re.search(r"[.!?…:;]", sentence[:-1]):
        return False
    if any(
        pattern.search(sentence)
        for pattern in (_ADVICE, _PROMISE, _NUMBER, _DANGER, _ME, _NAME, _LINK)
    ):
        return False
    return not guard(sentence, setting).breaches
