"""Puts the questions of many threads into one run of a model.

There is no thread of its own. Whoever asks puts the question on a list and takes the device; who
has it runs everything on the list at once, and the others find their answers done. A lone caller
waits for nobody: only while others are known to be on the way is there a wait, of a few
milliseconds at most.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Generic, TypeVar

from empathy_agent.errors import ModelUnavailable

__all__ = ["Gatherer"]

Asked = TypeVar("Asked")
Told = TypeVar("Told")


class Gatherer(Generic[Asked, Told]):
    """One device, and the questions that wait for it; safe to share between threads."""

    def __init__(
        self,
        run: Callable[[Sequence[Asked]], list[Told]],
        *,
        most: int = 16,
        room: int = 64,
        patience: float = 0.004,
    ) -> None:
        """Build without starting anything.

        Args:
            run: answers several questions in one go, one answer each, in their order.
            most: questions of one run.
            room: questions that may wait; one more is refused.
            patience: seconds to wait for questions that are on the way.
        """
        self._run = run
        self._most = most
        self._room = room
        self._patience = patience
        self._held = False
        self._changed = threading.Condition()
        self._line: deque[object] = deque()
        self.beside: list[Callable[[], None]] = []
        """What else runs in small steps on the device, whenever waiting questions are answered."""
        self._list: deque[tuple[Asked, Future[Told]]] = deque()
        self._coming = 0

    @property
    def waiting(self) -> int:
        """How many questions nobody has begun to answer."""
        return len(self._list)

    @property
    def busy(self) -> bool:
        """Whether somebody has the device."""
        return self._held

    @contextmanager
    def coming(self) -> Generator[None]:
        """Tell that a question is being prepared; left before it is asked."""
        with self._changed:
            self._coming += 1
        try:
            yield
        finally:
            with self._changed:
                self._coming -= 1
                self._changed.notify_all()

    def ask(self, question: Asked) -> Told:
        """Answer a question, in one run with others that are asked meanwhile.

        Raises:
            ModelUnavailable: too many wait already.
            Exception: whatever its own run raised; never that of another.
        """
        mine: Future[Told] = Future()
        with self._changed:
            if len(self._list) >= self._room:
                raise ModelUnavailable(f"{len(self._list)} questions wait already; try again")
            self._list.append((question, mine))
            self._changed.notify_all()
            while self._held and not mine.done():
                self._changed.wait()  # whoever has the device may serve us, and keep it
            if mine.done():
                return mine.result()
            self._held = True
        try:
            while not mine.done():
                self._answer()
        finally:
            self._give_back()
        return mine.result()

    @contextmanager
    def alone(self) -> Generator[None]:
        """Have the device, first come first served; call `serve` now and then if it takes long."""
        mine = object()
        with self._changed:
            self._line.append(mine)
            while self._held or self._line[0] is not mine:
                self._changed.wait()
            self._line.popleft()
            self._held = True
        try:
            yield
        finally:
            self._give_back()

    def serve(self) -> None:
        """Answer what waits, in one run; only for whoever has the device."""
        self._answer()
        for step in self.beside:
            step()

    def _answer(self) -> None:
        taken = self._take()
        if not taken:
            return
        try:
            for (_, future), told in zip(
                taken, self._run([asked for asked, _ in taken]), strict=True
            ):
                future.set_result(told)
        except Exception as error:
            if len(taken) == 1:
                taken[0][1].set_exception(error)
            else:
                self._one_by_one(taken)
        except BaseException:  # a key press stops the program; nobody may wait for ever
            for _, future in taken:
                future.set_exception(ModelUnavailable("stopped"))
            raise
        finally:
            with self._changed:
                self._changed.notify_all()

    def _give_back(self) -> None:
        with self._changed:
            self._held = False
            self._changed.notify_all()

    def _one_by_one(self, taken: Sequence[tuple[Asked, Future[Told]]]) -> None:
        for asked, future in taken:
            try:
                future.set_result(self._run([asked])[0])
            except Exception as error:
                future.set_exception(error)

    def _take(self) -> list[tuple[Asked, "Future[Told]"]]:
        until = time.monotonic() + self._patience
        with self._changed:
            while self._list and self._coming and len(self._list) < self._most:
                left = until - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    break
            return [self._list.popleft() for _ in range(min(self._most, len(self._list)))]
