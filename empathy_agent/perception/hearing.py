"""Hearing a second opinion, without waiting for it too long: what comes late joins the next turn.

A turn waits for its budget and no longer. The question goes on in a thread of its own meanwhile;
its answer is kept for the same conversation alone, weighs less the older it gets, and is dropped
when it is stale, when a newer opinion came in time, or when it is forgotten. One conversation has
one question open at most, so a model that hangs costs one thread and no turn.
"""

import functools
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace

from empathy_agent.errors import EmpathyError, ModelUnavailable, ReadingError, SetupError
from empathy_agent.perception.asking import SecondOpinion
from empathy_agent.perception.debias import begin
from empathy_agent.perception.look import Look
from empathy_agent.perception.opinion import Opinion
from empathy_agent.perception.reading import Digest

__all__ = ["KEPT_S", "Heard", "Hearing"]

logger = logging.getLogger(__name__)

KEPT_S = 60.0
"""Seconds after which an opinion about earlier frames is stale."""

_HALF_S = 20.0
"""Seconds in which a late opinion loses half its weight."""
_MOST = 128
"""Questions kept for a next turn, over all conversations; the oldest goes first."""
_MOST_OPEN = 16
"""Questions that may be under way at a time, over all conversations."""
_ALONE = "the expert alone reads"
_UNAVAILABLE = "vision unavailable"

_Key = tuple[str, str]


@dataclass(frozen=True)
class Heard:
    """What came of asking."""

    opinion: Opinion | None
    """In time, or from an earlier turn and then worth less."""
    notes: tuple[str, ...] = ()
    """What a reading tells of it."""


@dataclass(frozen=True)
class _Asked:
    at: float
    future: "Future[Opinion]"


class Hearing:
    """Asks for second opinions, and keeps those that come late; many threads may share it."""

    def __init__(
        self, second: SecondOpinion, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Build without asking anything.

        Args:
            second: whose opinion.
            clock: seconds; tells how late an answer came.
        """
        self.second = second
        """Whose opinion."""
        self._clock = clock
        self._lock = threading.Lock()
        self._asked: OrderedDict[_Key, _Asked] = OrderedDict()

    def hear(self, look: Look, seen: Digest, session: str | None) -> Heard:
        """Ask about a look at a window; a turn goes on whatever the model does.

        Args:
            look: at a window; with a shot at least.
            seen: its digest.
            session: whose conversation it is: the turn waits for the budget at most, and what
                comes late is heard in the next turn of the same session. Null: wait for as long as
                it takes.

        Raises:
            SetupError: the user can make the model answer; raised without a session alone, as a
                turn goes on.
        """
        show = functools.cache(lambda: self.second.show(look, seen))
        started = self._clock()
        try:
            heard = self._wait((session, "scores"), lambda: self.second.ask(show()), started)
        except (ModelUnavailable, ReadingError) as error:
            # What it answered may tell of the person, so only the kind of failure is logged.
            logger.warning("%s gave no opinion: %s", self.second.name, type(error).__name__)
            return Heard(None, (_UNAVAILABLE,))
        except SetupError as error:
            if session is None:
                raise
            logger.warning("%s gave no opinion: %s", self.second.name, error)
            return Heard(None, (_UNAVAILABLE,))
        opinion = heard.opinion
        asked_for = self.second.asking.describe and (session is None or self._left(started) > 0)
        if opinion is None or heard.notes or not asked_for:
            return heard
        try:
            words = self._wait(
                (session, "words"), lambda: self.second.describe(show(), opinion), started
            )
        except EmpathyError as error:
            logger.warning("%s gave no words: %s", self.second.name, type(error).__name__)
            return heard
        return heard if words.opinion is None or words.notes else words

    def answer(self, look: Look, seen: Digest, question: str) -> str:
        """Answer a question about a look within the budget; empty if nothing may be told.

        Raises:
            ModelUnavailable: it did not answer, or not in time.
            ReadingError: it answered nonsense.
        """
        budget = self.second.asking.budget_s
        future = begin(lambda: self.second.answer(self.second.show(look, seen), question))
        try:
            return future.result(budget)
        except TimeoutError as error:
            raise ModelUnavailable(f"it takes longer than {budget:g} s") from error

    def forget(self, session: str) -> None:
        """Let go of what is still to come for a conversation."""
        for what in ("scores", "words"):
            self._take((session, what))

    def _wait(
        self, key: tuple[str | None, str], task: Callable[[], Opinion], started: float
    ) -> Heard:
        session, what = key
        if session is None:
            return Heard(task())
        return self._wait_within((session, what), task, started)

    def _wait_within(self, key: _Key, task: Callable[[], Opinion], started: float) -> Heard:
        """Put a question, and wait for its answer no longer than what is left of the budget."""
        earlier = self._take(key)
        if earlier is not None and not earlier.future.done():
            self._keep(key, earlier)
            return Heard(None, (f"vision is still at an earlier moment: {_ALONE}",))
        if self._busy():
            return self._late(earlier, started, "vision is busy")
        future = begin(task)
        try:
            return Heard(future.result(self._left(started)))
        except TimeoutError:
            self._keep(key, _Asked(started, future))
            return self._late(earlier, started, "vision took too long")

    def _left(self, started: float) -> float:
        """Return the seconds that are left of the budget."""
        return max(0.0, self.second.asking.budget_s - (self._clock() - started))

    def _late(self, earlier: _Asked | None, now: float, why: str) -> Heard:
        """Return what an earlier question came to, unless it failed or is stale."""
        if earlier is None or now - earlier.at > KEPT_S or earlier.future.exception() is not None:
            return Heard(None, (f"{why}: {_ALONE}",))
        age = now - earlier.at
        worth = 0.5 ** (age / _HALF_S)
        told = f"{why}: what it saw {age:.0f} s ago counts instead, for less"
        return Heard(replace(earlier.future.result(), worth=worth), (told,))

    def _take(self, key: _Key) -> _Asked | None:
        with self._lock:
            return self._asked.pop(key, None)

    def _keep(self, key: _Key, asked: _Asked) -> None:
        with self._lock:
            self._asked[key] = asked
            while len(self._asked) > _MOST:
                self._asked.popitem(last=False)

    def _busy(self) -> bool:
        with self._lock:
            return sum(not each.future.done() for each in self._asked.values()) >= _MOST_OPEN
