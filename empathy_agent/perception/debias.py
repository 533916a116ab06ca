"""Scores of a vision model without its habits: no training, and any `VisionModel` will do.

A general model has habits that show before it has looked. It likes some answers better than others
whatever the picture, and it likes answers by where they stand in the list; both together move its
accuracy on faces by 15 to 20 points, and bury the rare emotions. Three remedies, each its own
switch:

*Prior.* The same question is put about pictures with nothing in them. What the model prefers then
it prefers by habit, and it is divided out (Zhao et al., 2021, *Calibrate before use*). A prior
belongs to a model, a prompt, a set of options and a number of pictures, and is asked for once. From
a model that names its choice and no likelihoods, as some servers do, nothing can be divided.

*Order.* The question is put several times with the options in different places, and the logs are
averaged. The orders are rows of a Latin square in which every option also follows every other
equally often (Williams, 1949); rows come in pairs of an order and its reverse, so that two of
them already cancel a liking for the beginning or the end of a list. As the options are sorted
first, the result does not depend on the order in which they were given.

*Mode.* A list of options; or yes or no about each option by itself; or every pair of options, from
which the strengths of Bradley & Terry (1952) follow in closed form, as the log-odds are given. On a
model without habits all three give the same distribution.
"""

import itertools
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from empathy_agent.errors import ReadingError, SetupError, near
from empathy_agent.models.vision import VisionModel

__all__ = ["Debias", "Mode", "Priors", "Scores", "Wording", "begin", "blanks", "orders", "score"]

Floats = NDArray[np.float64]
Mode = Literal["list", "yes-no", "pairwise"]
Wording = Callable[[Mode, Sequence[str]], str]
"""Words a question: for `list` about all options in this order, for `pairwise` about two, for
`yes-no` about the first, with the two answers after it."""

_T = TypeVar("_T")

_AT_ONCE = 8
"""Questions put at a time, so that a model can answer them as one batch."""
_MOST_PRIORS = 64
_FLOOR = 1e-4
"""The least a prior is taken to be: no answer is favoured without limit for being disliked."""
_YES_NO = ("yes", "no")
_BLANKS = ((255, 255, 255), (124, 116, 104))
"""White, and the mean colour of ImageNet: nothing to see, and nothing to see on average."""
_MODES: Mapping[str, Mode] = {"list": "list", "yes-no": "yes-no", "pairwise": "pairwise"}


@dataclass(frozen=True)
class Debias:
    """Which habits are taken away, and how sharp what is left is."""

    mode: Mode = "list"
    """How the question is put."""
    orders: int = 2
    """In how many orders the options are listed."""
    prior: float = 1.0
    """How much of the prior is divided out: 1 all, 0 nothing, and then none is asked for."""
    temperature: float = 1.0
    """Logs are divided by it; above 1, the model is surer than it is right."""

    @classmethod
    def parse(cls, text: str) -> "Debias":
        """Return what a setting such as `prior,order`, `order=8`, `pairwise` or `none` names.

        Raises:
            SetupError: it names something else.
        """
        names = [each.strip() for each in text.split(",") if each.strip()]
        chosen = NONE
        for name, _, value in (each.partition("=") for each in names if each != "none"):
            if name == "prior" and not value:
                chosen = replace(chosen, prior=1.0)
            elif name == "order" and value in {"", "2", "4", "8"}:
                chosen = replace(chosen, orders=int(value or 2))
            elif name in _MODES and not value:
                chosen = replace(chosen, mode=_MODES[name])
            else:
                known = ("none", "prior", "order", "order=4", "order=8", *_MODES)
                raise SetupError(
                    f"vision_debias has no {f'{name}={value}'.strip('=')!r}{near(name, known)}"
                )
        return chosen

    def __str__(self) -> str:
        parts = [self.mode] if self.mode != "list" else []
        parts += ["prior"] if self.prior else []
        parts += [f"order={self.orders}"] if self.orders > 1 else []
        return ",".join(parts) or "none"


NONE = Debias(orders=1, prior=0.0)
"""Take the scores as they come."""


@dataclass(frozen=True, eq=False)
class Scores:
    """What a model makes of some options, in the order in which they were given."""

    logs: Floats
    """[N] log-probabilities, averaged over the orders; the prior is still in them."""
    prior: Floats
    """[N] log-probabilities of pictures with nothing in them; all the same where not asked for."""

    def distribution(self, prior: float, temperature: float) -> Floats:
        """Return [N] probabilities without so much of the prior, at a temperature."""
        logs = (self.logs - prior * self.prior) / temperature
        likely = np.exp(logs - logs.max())
        return likely / likely.sum()


class Priors:
    """The priors asked for so far; many threads may share them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[object, ...], Floats] = OrderedDict()

    def get(self, key: tuple[object, ...], ask: Callable[[], Floats]) -> Floats:
        """Return what is known under a key; two threads may ask at once, and then agree."""
        with self._lock:
            known = self._known.get(key)
        if known is None:
            known = ask()
            with self._lock:
                self._known[key] = known
                while len(self._known) > _MOST_PRIORS:
                    self._known.popitem(last=False)
        return known


def score(
    model: VisionModel,
    views: Sequence[Image.Image],
    word: Wording,
    options: Sequence[str],
    how: Debias,
    *,
    priors: Priors,
    prompt: str,
    blank: Wording | None = None,
) -> Scores:
    """Ask a model how likely each option is, in several orders, and what it would say blindfold.

    Args:
        model: whom to ask.
        views: the pictures.
        word: words the question.
        options: what it may answer; two at least, no two alike.
        how: which habits are taken away.
        priors: those known already; what is asked for now is added.
        prompt: the hash of the prompt files that `word` fills.
        blank: words the question about nothing, where `word` tells what is in the pictures.

    Raises:
        ModelUnavailable: it did not answer.
        ReadingError: it answered nonsense.
    """
    named = sorted(options)
    back = [named.index(option) for option in options]
    logs, bare = _asked(model, views, word, named, how)
    prior = np.zeros(len(named))
    if how.prior and not bare:
        key = (model.name, prompt, how.mode, how.orders, tuple(named), len(views))
        prior = priors.get(key, lambda: _blindfold(model, views, blank or word, named, how))
    return Scores(logs[back], prior[back])


def orders(n: int, count: int) -> list[tuple[int, ...]]:
    """Return `count` orders of `n` things: each stands equally often in each place, if all are.

    Rows of the Latin square of Williams (1949), each followed by its reverse while `n` is even.
    """
    zigzag = [at // 2 + 1 if at % 2 else -(at // 2) for at in range(n)]
    rows = [tuple((each + shift) % n for each in zigzag) for shift in range(n)]
    apart = max(1, n // count)
    if count == 1 or n % 2:
        return rows[::apart][:count]
    pairs = list(zip(rows, rows[n // 2 :], strict=False))[::apart]
    return list(itertools.chain.from_iterable(pairs))[:count]


def blanks(views: Sequence[Image.Image]) -> list[list[Image.Image]]:
    """Return sets of pictures as large as these, with nothing in them."""
    return [[Image.new("RGB", view.size, colour) for view in views] for colour in _BLANKS]


def begin(task: Callable[[], _T]) -> "Future[_T]":
    """Run a task on a thread of its own, which does not keep the program alive if it hangs."""
    future: Future[_T] = Future()

    def run() -> None:
        try:
            future.set_result(task())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, name="vision", daemon=True).start()
    return future


def _blindfold(
    model: VisionModel,
    views: Sequence[Image.Image],
    word: Wording,
    options: Sequence[str],
    how: Debias,
) -> Floats:
    """Return the [N] log-probabilities of nothing to see, averaged over kinds of nothing.

    A model that refuses to choose when there is nothing to see shows no habit.
    """
    asked: list[Floats] = []
    for blank in blanks(views):
        try:
            asked.append(np.exp(_asked(model, blank, word, options, how)[0]))
        except ReadingError:
            continue
    if not asked:
        return np.zeros(len(options))
    mean = np.maximum(np.mean(asked, axis=0), _FLOOR)
    return np.log(mean / mean.sum())


def _asked(
    model: VisionModel,
    views: Sequence[Image.Image],
    word: Wording,
    options: Sequence[str],
    how: Debias,
) -> tuple[Floats, bool]:
    """Return [N] log-probabilities of the options, and whether they are a bare choice."""
    bare: list[bool] = []

    def ask(about: Sequence[str], answers: Sequence[str]) -> Floats:
        logs = _checked(model.score(views, word(how.mode, about), answers), len(answers))
        # One option stands out, and of the others nothing is known.
        bare.append(len(answers) > 2 and len(np.unique(logs)) == 2)
        return logs

    match how.mode:
        case "list":
            strengths = _by_list(ask, options, how.orders)
        case "yes-no":
            strengths = _by_yes_no(ask, options, how.orders)
        case "pairwise":
            strengths = _by_pairs(ask, options, how.orders)
    return strengths - np.logaddexp.reduce(strengths), any(bare)


_Ask = Callable[[Sequence[str], Sequence[str]], Floats]


def _by_list(ask: _Ask, options: Sequence[str], count: int) -> Floats:
    rows = orders(len(options), count)

    def one(row: tuple[int, ...]) -> Floats:
        logs = np.empty(len(options))
        listed = [options[at] for at in row]
        logs[list(row)] = ask(listed, listed)
        return logs - np.logaddexp.reduce(logs)

    return np.mean(_together([lambda row=row: one(row) for row in rows]), axis=0)


def _by_yes_no(ask: _Ask, options: Sequence[str], count: int) -> Floats:
    answers = [_YES_NO, _YES_NO[::-1]][: min(count, 2)]

    def one(option: str, named: tuple[str, ...]) -> float:
        logs = ask((option, *named), named)
        return float(logs[named.index("yes")] - logs[named.index("no")])

    tasks = [lambda o=o, a=a: one(o, a) for o in options for a in answers]
    return np.array(_together(tasks)).reshape(len(options), -1).mean(axis=1)


def _by_pairs(ask: _Ask, options: Sequence[str], count: int) -> Floats:
    pairs = list(itertools.combinations(range(len(options)), 2))
    turned = [*pairs, *((b, a) for a, b in pairs)] if count > 1 else pairs

    def one(a: int, b: int) -> float:
        pair = [options[a], options[b]]
        first, second = ask(pair, pair)
        return float(first - second)

    odds = _together([lambda a=a, b=b: one(a, b) for a, b in turned])
    table = np.zeros((len(options), len(options)))
    for (a, b), ahead in zip(turned, odds, strict=True):
        table[a, b] += ahead
        table[b, a] -= ahead
    return table.sum(axis=1) / (len(options) * (len(turned) // len(pairs)))


def _together(tasks: Iterable[Callable[[], _T]]) -> list[_T]:
    """Run tasks side by side, a few at a time, and return their results in order."""
    waiting = list(tasks)
    if len(waiting) == 1:
        return [waiting[0]()]
    done: list[_T] = []
    for start in range(0, len(waiting), _AT_ONCE):
        running = [begin(task) for task in waiting[start : start + _AT_ONCE]]
        done += [each.result() for each in running]
    return done


def _checked(scores: Sequence[float], count: int) -> Floats:
    logs = np.asarray(scores, np.float64)
    if logs.shape != (count,) or not np.isfinite(logs).all():
        raise ReadingError(f"a vision model gave {len(scores)} scores that are no likelihoods")
    return logs
