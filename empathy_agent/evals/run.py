"""Run scenarios: the whole loop with real perception, memory, safety and dialogue, checked.

Each run has a memory of its own in a temporary folder and a clock of its own, so runs can go
side by side and agree from one time to the next. What could not be run is counted as an error,
never as a failed or a passed check.
"""

import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from empathy_agent.agent.agent import Agent
from empathy_agent.agent.events import Asked, Done, TurnResult
from empathy_agent.app import open_agent, open_eyes
from empathy_agent.errors import EmpathyError
from empathy_agent.evals.check import Check, check_turn
from empathy_agent.evals.report import Report, Run, Spoken
from empathy_agent.evals.scenario import Scenario, Step, find_scenarios, seconds_of
from empathy_agent.evals.stage import Clock, RehearsedEyes, window_of
from empathy_agent.memory import AffectMemory
from empathy_agent.models.embedder import Embedder, open_embedder
from empathy_agent.perception.perceiver import Perceiver
from empathy_agent.perception.sources import open_source
from empathy_agent.perception.words import WordReader
from empathy_agent.settings import Settings

__all__ = ["evaluate", "run_scenario"]

_BETWEEN_TURNS_S = 30.0
_PATIENCE_S = 120.0
"""Seconds that a turn waits for a vision model: a run is to come out the same on a slow machine."""


@dataclass(frozen=True)
class _Shared:
    """What all runs share, because it is heavy and has no state."""

    embedder: Embedder
    words: WordReader
    chat: str
    eyes: Callable[[str], Perceiver]
    """Opens the eyes of a vision model's name, once each."""
    vision: str = "embedded"
    """Who looks where a scenario does not say."""


def evaluate(
    paths: Sequence[Path],
    *,
    at_once: int = 2,
    repeat: int = 1,
    seed: int = 0,
    chat: str = "scripted",
    vision: str = "embedded",
    tell: Callable[[str], None] = lambda _: None,
) -> Report:
    """Run every scenario of files and folders.

    Args:
        paths: scenario files, or folders of them.
        at_once: how many run side by side.
        repeat: how often each is run; it passes when every run does.
        seed: added to each scenario's own seed, and to the number of the repetition.
        chat: who talks, as for `open_chat`.
        vision: who looks besides the expert, as for `open_vision`, where a scenario does not say.
        tell: is called with a line when a run is over.

    Raises:
        SetupError: a scenario file is wrong.
    """
    found = find_scenarios(paths)
    embedder = open_embedder()
    shared = _shared(embedder, chat, vision)
    todo = [
        (file, scenario, number) for file, scenario in found for number in range(max(1, repeat))
    ]

    def one(each: tuple[Path, Scenario, int]) -> Run:
        file, scenario, number = each
        run = run_scenario(scenario, file, shared=shared, seed=seed + number, number=number)
        tell(run.line())
        return run

    with ThreadPoolExecutor(max(1, at_once)) as pool:
        return Report(tuple(pool.map(one, todo)))


def run_scenario(
    scenario: Scenario,
    file: Path = Path("scenario.yaml"),
    *,
    shared: _Shared | None = None,
    seed: int = 0,
    number: int = 0,
) -> Run:
    """Play one scenario and check every turn.

    Args:
        scenario: what is said and seen, and what must come of it.
        file: where it stands; pictures and personas are looked for beside it.
        shared: heavy parts; left out, they are opened here.
        seed: added to the scenario's own.
        number: which repetition this is.
    """
    if shared is None:
        embedder = open_embedder()
        shared = _shared(embedder, "scripted", "embedded")
    started = time.perf_counter()
    checks: list[Check] = []
    spoken: list[Spoken] = []
    error: str | None = None
    try:
        with tempfile.TemporaryDirectory(prefix="empathy-eval-") as home:
            _play(scenario, file, shared, seed, Path(home), checks, spoken)
    except EmpathyError as failure:
        error = f"turn {len(spoken) + 1}: {failure}"
    took = 1000 * (time.perf_counter() - started)
    return Run(scenario.id, str(file), number, tuple(checks), tuple(spoken), error, took)


def _shared(embedder: Embedder, chat: str, vision: str) -> _Shared:
    words = WordReader(embedder)

    def eyes(name: str) -> Perceiver:
        settings = Settings(vision=name, vision_budget_s=_PATIENCE_S)
        return open_eyes(settings, words=words)

    # A script begins anew with each scenario; a model that must be loaded is loaded once.
    loaded = cache(eyes)
    return _Shared(
        embedder,
        words,
        chat,
        lambda name: eyes(name) if name.startswith("scripted") else loaded(name),
        vision,
    )


def _play(
    scenario: Scenario,
    file: Path,
    shared: _Shared,
    seed: int,
    home: Path,
    checks: list[Check],
    spoken: list[Spoken],
) -> None:
    clock = Clock()
    eyes = RehearsedEyes(shared.eyes(scenario.vision or shared.vision), shared.words)
    memory = AffectMemory(home / "memory", shared.embedder)
    agent: Agent | None = None
    try:
        for i, step in enumerate(scenario.turns, 1):
            if agent is None or step.advance is not None:
                clock.pass_by(seconds_of(step.advance) if step.advance else 0.0)
                agent = _begin(scenario, file, shared, home, clock, eyes, memory)
            eyes.given = step.camera.reading if step.camera else None
            frames = window_of(step.camera, file.parent, scenario.seed + seed)
            result, asked = _say(agent, step, frames)
            found = check_turn(i, result, step.expect, human_asked=asked)
            checks.extend(found)
            spoken.append(Spoken(step.user, result))
            clock.pass_by(_BETWEEN_TURNS_S)
    finally:
        memory.close()


def _begin(
    scenario: Scenario,
    file: Path,
    shared: _Shared,
    home: Path,
    clock: Clock,
    eyes: RehearsedEyes,
    memory: AffectMemory,
) -> Agent:
    beside = file.parent / scenario.persona
    settings = Settings(
        home=home,
        user="scenario",
        persona=str(beside) if beside.is_file() else scenario.persona,
        source="none",
        chat=shared.chat,
        country=scenario.country,
        consent=scenario.consent,
        human=True,
        hook_url=None,  # a rehearsal must never alarm anybody, whatever the environment says
    )
    return open_agent(
        settings,
        memory=memory,
        clock=clock,
        source=open_source("none"),
        perceiver=eyes,
        on_risk=lambda event: None,
    )


def _say(agent: Agent, step: Step, frames: Any) -> tuple[TurnResult, bool]:
    events = agent.stream(step.user, frames)
    asked = False
    while True:
        for event in events:
            if isinstance(event, Done):
                return event.result, asked
            if isinstance(event, Asked):
                asked = True
        events = agent.resume({"accepted": step.human == "accepts", "note": ""})
