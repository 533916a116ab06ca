# pyright: basic, reportMissingImports=false
"""A vision-language model that runs here, behind the seam of `models/vision.py`."""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from empathy_agent.errors import ModelUnavailable, SetupError
from empathy_agent.models.local.checkpoint import inspect
from empathy_agent.models.local.gather import Gatherer
from empathy_agent.models.local.name import Name, read_name
from empathy_agent.models.vision import parts_of

if TYPE_CHECKING:
    from PIL.Image import Image

    from empathy_agent.models.local.ask import Prompt
    from empathy_agent.models.local.load import Loaded

__all__ = ["LocalVision", "gatherer_of", "is_memory", "make_room", "open_local"]

_BATCH = 16


def open_local(name: str) -> "LocalVision":
    """Return a model by `FOLDER_OR_REPOSITORY#WORDS`; nothing is loaded before its first use.

    The words, separated by commas: `4bit` and `8bit` (quantised by bitsandbytes), `fp32` and
    `bf16`, and `trust`, which lets code that comes with the model run.

    Raises:
        SetupError: the name cannot be read, or the folder holds no checkpoint.
    """
    return LocalVision(read_name(name))


@dataclass(frozen=True, eq=False)
class _Question:
    parts: "Sequence[str | Image]"
    prompt: "Prompt"
    options: list[list[int]]


class LocalVision:
    """A model of Transformers; loaded on first use, and shared by all that name it."""

    remote = False

    def __init__(self, name: Name, model: "Loaded | None" = None) -> None:
        """Build without loading; a folder is looked at, as that costs a millisecond.

        Args:
            name: which model.
            model: that model, where it is in memory already (`load.hold`).

        Raises:
            SetupError: it is a folder, and holds no checkpoint.
        """
        self.name = name.title
        """A repository in full, or the last part of a folder's name."""
        self._name = name
        self._model = model
        if model is None and name.is_path:
            folder = Path(name.where).expanduser()
            if not folder.is_dir():
                raise SetupError(f"there is no folder {name.where!r}")
            inspect(folder, name.title)

    def warm(self) -> None:
        """Load it now and run it once, so that the first question waits for nothing.

        Raises:
            SetupError: it cannot be loaded.
            ModelUnavailable: it does not run.
        """
        from PIL import Image

        self.score([Image.new("RGB", (224, 224), "grey")], "What is it?", ["a picture", "nothing"])

    def score(self, views: "Sequence[Image]", prompt: str, options: Sequence[str]) -> list[float]:
        """Return how likely each option is: one log-likelihood a token, from one run.

        Raises:
            SetupError: it cannot be loaded, or an option is empty.
            ModelUnavailable: memory ran out, or too many questions wait.
            ReadingError: it gave no numbers.
        """
        from empathy_agent.models.local import ask

        if not all(option.strip() for option in options):
            raise SetupError("an option to score is empty; give every option a word")
        if not options:
            return []
        parts, loaded = parts_of(views, prompt), self.loaded()
        gatherer = gatherer_of(loaded)
        with gatherer.coming():
            ready = ask.prepare(loaded, parts)
            tokens = [ask.tokens_of(loaded, ready.tail, option) for option in options]
        return gatherer.ask(_Question(parts, ready, tokens))

    def answer(self, views: "Sequence[Image]", prompt: str, max_tokens: int = 200) -> str:
        """Answer in words, always the likeliest.

        Raises:
            SetupError: it cannot be loaded.
            ModelUnavailable: memory ran out.
        """
        said: list[str] = []
        self._write(views, prompt, max_tokens, said.append, threading.Event())
        return "".join(said)

    def stream(self, views: "Sequence[Image]", prompt: str, max_tokens: int = 200) -> Iterator[str]:
        """Answer in words, piece by piece; closing the iterator ends the answer.

        Raises:
            SetupError: it cannot be loaded.
            ModelUnavailable: memory ran out.
        """
        pieces: queue.SimpleQueue[str | BaseException | None] = queue.SimpleQueue()
        closed = threading.Event()

        def work() -> None:
            try:
                self._write(views, prompt, max_tokens, pieces.put, closed)
                pieces.put(None)
            except BaseException as error:
                pieces.put(error)

        thread = threading.Thread(target=work, name="vision answer", daemon=True)
        thread.start()
        try:
            while (piece := pieces.get()) is not None:
                if isinstance(piece, BaseException):
                    raise piece
                yield piece
        finally:
            closed.set()
            thread.join()

    def loaded(self) -> "Loaded":
        """Return the model itself, loaded on first use.

        Raises:
            SetupError: it cannot be loaded.
        """
        if self._model is None:
            from empathy_agent.models.local.load import load

            self._model = load(self._name)
        return self._model

    def _write(
        self,
        views: "Sequence[Image]",
        prompt: str,
        most: int,
        piece: Callable[[str], None],
        closed: threading.Event,
    ) -> None:
        from empathy_agent.models.local import ask

        parts, loaded = parts_of(views, prompt), self.loaded()
        gatherer = gatherer_of(loaded)

        began = threading.Event()

        def tell(text: str) -> None:
            began.set()
            piece(text)

        def between() -> bool:
            gatherer.serve()
            return closed.is_set()

        with gatherer.alone():
            for smaller in range(len(loaded.family.pictures)):
                try:
                    ready = ask.prepare(loaded, parts, smaller)
                    ask.write(loaded, ready, max(1, most), tell, between)
                    return
                except Exception as error:
                    if not is_memory(error):
                        raise
                make_room()
                if began.is_set():  # half an answer cannot be begun again
                    break
        raise _no_memory(self.name, parts)


def gatherer_of(loaded: "Loaded") -> "Gatherer[_Question, list[float]]":
    """Return who has the device of a model: all its users take turns there."""
    with loaded.lock:
        if Gatherer not in loaded.shares:
            most = _BATCH if loaded.family.batch else 1
            loaded.shares[Gatherer] = Gatherer(_Runner(loaded), most=most)
        return loaded.shares[Gatherer]


class _Runner:
    """Scores what was gathered, with smaller pictures where memory runs out."""

    def __init__(self, loaded: "Loaded") -> None:
        self._loaded = loaded
        self._reuse = loaded.family.reuse

    def __call__(self, asked: Sequence[_Question]) -> list[list[float]]:
        try:
            return self._score(asked)
        except Exception as error:
            if not is_memory(error):
                raise
        make_room()
        if len(asked) > 1:  # the gatherer runs them one by one
            raise ModelUnavailable("no memory for so many questions at once")
        return [self._smaller(asked[0])]

    def _score(self, asked: Sequence[_Question]) -> list[list[float]]:
        from empathy_agent.models.local import ask

        if self._reuse is None:
            longest = max(asked[0].options, key=len)
            probe = [*asked[0].options[:2], longest, [*longest, *longest]]
            self._reuse = ask.reuses(self._loaded, asked[0].prompt, probe)
        if not self._reuse:
            return [ask.score_apart(self._loaded, each.prompt, each.options) for each in asked]
        return [
            told
            for some in _alike(asked)
            for told in ask.score(self._loaded, [(each.prompt, each.options) for each in some])
        ]

    def _smaller(self, asked: _Question) -> list[float]:
        from empathy_agent.models.local import ask

        for smaller in range(1, len(self._loaded.family.pictures)):
            prompt = ask.prepare(self._loaded, asked.parts, smaller)
            try:
                return self._score([_Question(asked.parts, prompt, asked.options)])[0]
            except Exception as error:
                if not is_memory(error):
                    raise
            make_room()
        raise _no_memory(str(self._loaded.device), asked.parts)


def _alike(asked: Sequence[_Question]) -> Iterator[list[_Question]]:
    """Part questions into neighbours with the same kinds of input: with pictures, and without."""
    run: list[_Question] = []
    for each in asked:
        if run and set(run[0].prompt.inputs) != set(each.prompt.inputs):
            yield run
            run = []
        run.append(each)
    yield run


def is_memory(error: Exception) -> bool:
    """Whether memory ran out; on the CPU torch tells so in words alone."""
    import torch

    told = isinstance(error, RuntimeError) and "allocate memory" in str(error)
    return told or isinstance(error, (torch.OutOfMemoryError, MemoryError))


def make_room() -> None:
    """Let go of memory that nobody uses."""
    import gc

    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    elif torch.backends.mps.is_available():
        torch.mps.empty_cache()


def _no_memory(where: str, parts: "Sequence[Any]") -> ModelUnavailable:
    views = sum(not isinstance(part, str) for part in parts)
    return ModelUnavailable(f"vision unavailable: no memory left on {where} for {views} pictures")
