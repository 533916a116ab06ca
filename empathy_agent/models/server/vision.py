"""A vision model on a server."""

import json
import logging
import re
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar

from empathy_agent.errors import EmpathyError, ModelUnavailable, ReadingError
from empathy_agent.models.address import Address
from empathy_agent.models.server.likely import Doubt, Spread, Step, spread
from empathy_agent.models.server.line import Line
from empathy_agent.models.server.means import WAYS, Known, Way
from empathy_agent.models.server.pictures import data_url
from empathy_agent.models.server.refusals import Refused, explain
from empathy_agent.models.server.replies import Reply
from empathy_agent.models.speech import OwnWords
from empathy_agent.models.vision import parts_of

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["ServerVision"]

logger = logging.getLogger(__name__)

_KNOWN = Known()
_NO_THINKING = {"chat_template_kwargs": {"enable_thinking": False}}
"""vLLM, SGLang and llama.cpp hand this to the model's template; others ignore it."""
_YES_NO = ("yes", "no")
_BARE_WORD = -2.3
"""Log-likelihood of every other option when only a word is known: ten to one against each."""
_WANTED = 0.01
"""Likelihood of all options together, under which the model meant something else."""
_DOUBT = 0.05
"""Of what was placed: smaller doubts are not worth a request."""
_MOST_DOUBTS = 4
_CONTINUED = 0.2
"""Likelihood that some option goes on, under which the server did not continue the answer."""

T = TypeVar("T")


class ServerVision:
    """Asks a server that speaks the OpenAI protocol; safe to share by threads."""

    def __init__(self, address: Address, line: Line) -> None:
        """Remember whom to ask.

        Args:
            address: which model on which server.
            line: to that server.
        """
        self.name = address.model
        # Ollama hands models with this tag on to its cloud, though it runs here.
        self.remote = not address.here or address.model.rpartition(":")[2].endswith("cloud")
        self._address = address
        self._line = line
        self._worked = False
        self._finding = threading.Lock()

    def warm(self) -> None:
        """Let the server load the model, and find out how it makes a choice.

        A server that is down now may be up later, so that is only noted.

        Raises:
            SetupError: the model, the key or the address is not right.
        """
        try:
            self.examine()
        except (ModelUnavailable, ReadingError) as error:
            logger.warning("%s is not ready: %s", self.name, error)

    def examine(self) -> str:
        """Ask once, about a grey picture, and say how the server tells what is likely.

        Raises:
            ModelUnavailable: it did not answer.
            ReadingError: it answered something else.
            SetupError: the model, the key or the address is not right.
        """
        from PIL import Image

        self.score([Image.new("RGB", (64, 64), "grey")], "Is this grey? Say yes or no.", _YES_NO)
        way = self._way()
        assert way is not None, "a question was answered"
        return way.told

    def score(self, views: "Sequence[Image]", prompt: str, options: Sequence[str]) -> list[float]:
        """Return the log-likelihood of each option, in one request where the server tells it.

        Raises:
            ModelUnavailable: it did not answer.
            ReadingError: it answered something else.
            SetupError: the model, the key or the address is not right.
        """
        return self._explained(lambda: self._score(_messages(views, prompt), options))

    def answer(self, views: "Sequence[Image]", prompt: str, max_tokens: int = 200) -> str:
        """Answer in words.

        Raises:
            ModelUnavailable: it did not answer.
            ReadingError: it answered nothing.
            SetupError: the model, the key or the address is not right.
        """
        body = {"messages": _messages(views, prompt), "max_tokens": max_tokens}
        own = OwnWords()
        text = self._explained(lambda: self._ask(body)).text
        said = (own.feed(text) + own.flush()).strip()
        if not said:
            raise ReadingError("the vision server answered nothing", text)
        return said

    def stream(self, views: "Sequence[Image]", prompt: str, max_tokens: int = 200) -> Iterator[str]:
        """Answer in words, piece by piece as they come.

        Raises:
            ModelUnavailable: it did not answer, or not to the end.
            ReadingError: it answered nothing.
            SetupError: the model, the key or the address is not right.
        """
        body = {"messages": _messages(views, prompt), "max_tokens": max_tokens}
        first, rest = self._explained(lambda: self._begin(body))
        own, silent = OwnWords(), True
        with closing(rest):
            for piece in chain([first], rest):
                if said := own.feed(piece):
                    silent = False
                    yield said
                if own.ended:
                    break
        if last := own.flush():
            yield last
        elif silent:
            raise ReadingError("the vision server answered nothing")

    def _begin(self, body: dict[str, Any]) -> tuple[str, Generator[str]]:
        def begin(body: dict[str, Any]) -> tuple[str, Generator[str]]:
            pieces = self._line.stream(body)
            return next(pieces), pieces

        return self._sent(begin, body)

    def _ask(self, body: dict[str, Any]) -> Reply:
        return self._sent(self._line.ask, body)

    def _sent(self, send: Callable[[dict[str, Any]], T], body: dict[str, Any]) -> T:
        """Send with our extra fields, and without them where the server refuses them by name."""
        whole = {"model": self.name, "temperature": 0, **body}
        if not _KNOWN.of(self._address).bare:
            try:
                return send({**whole, **_NO_THINKING})
            except Refused as refused:
                if not any(name in refused.said for name in _NO_THINKING):
                    raise
                _KNOWN.note(self._address, bare=True)
        return send(whole)

    def _explained(self, ask: Callable[[], T]) -> T:
        try:
            result = ask()
        except Refused as refused:
            error: EmpathyError = explain(refused, "vision", self._address, self._line.models)
            if self._worked:
                # Nobody can be told to fix their settings in the middle of a conversation.
                error = ModelUnavailable(str(error))
            raise error from refused
        self._worked = True
        return result

    def _score(self, messages: list[dict[str, Any]], options: Sequence[str]) -> list[float]:
        known = self._way()
        if known is None:
            with self._finding:
                known = self._way()
                if known is None:
                    return self._find(messages, options)
        try:
            return self._by(known, messages, options)
        except _Unable:  # it was started anew, with other options
            with self._finding:
                return self._find(messages, options)

    def _way(self) -> Way | None:
        return _KNOWN.of(self._address).way

    def _find(self, messages: list[dict[str, Any]], options: Sequence[str]) -> list[float]:
        """Ask in every way, the best first, and remember the first that works."""
        able: Way | None = None
        failed: ReadingError | None = None
        for way in WAYS:
            try:
                scores = self._by(way, messages, options)
            except _Unable as error:
                failed = error
                continue
            except ReadingError as error:
                # It can, and said something else this time: another way may still hold it to the
                # options, and if none does, the next question need not try them all again.
                able, failed = able or way, error
                continue
            _KNOWN.note(self._address, way=way)
            return scores
        assert failed is not None, "there is a way"
        _KNOWN.note(self._address, way=able)
        raise failed

    def _by(self, way: Way, messages: list[dict[str, Any]], options: Sequence[str]) -> list[float]:
        try:
            got = self._ask({"messages": messages, **way.body(options)})
        except Refused as refused:
            if way.name == "words" or not refused.about_the_way:
                raise
            raise _Unable("the vision server refused this way of asking") from refused
        if way.name == "words":
            return _hard(_meant(got.text, options), options)
        if way.name == "logprobs":
            if not got.steps:
                raise _Unable("the vision server tells no likelihoods", got.text)
            return self._likely(got.steps, got.text, messages, options)
        said = _unwrapped(got.text) if way.name == "schema" else got.text
        if said not in options:
            raise _Unable("the vision server answered with none of the options", got.text)
        return _hard(options.index(said), options)

    def _likely(
        self,
        steps: Sequence[Step],
        said: str,
        messages: list[dict[str, Any]],
        options: Sequence[str],
    ) -> list[float]:
        told = spread(steps, options)
        doubts = sorted(told.doubts, key=lambda doubt: -doubt.mass)[:_MOST_DOUBTS]
        for doubt in doubts:
            if doubt.mass > _DOUBT * max(told.placed, _WANTED):
                self._settle(told, doubt, messages, options)
        if told.placed < _WANTED:
            raise ReadingError("the vision server answered with none of the options", said)
        return told.scores()

    def _settle(
        self,
        told: Spread,
        doubt: Doubt,
        messages: list[dict[str, Any]],
        options: Sequence[str],
    ) -> None:
        """Let the server go on from a beginning that several options share."""
        # Templates drop blanks, and then there is nothing to go on with.
        if not doubt.begun.strip() or not _KNOWN.of(self._address).continues:
            return
        among = [options[at] for at in doubt.among]
        begun = {"role": "assistant", "content": doubt.begun.lstrip()}
        body = {
            "messages": [*messages, begun],
            "continue_final_message": True,
            "add_generation_prompt": False,
            **WAYS[0].body(among),
        }
        try:
            steps = self._ask(body).steps
        except (Refused, ModelUnavailable):
            steps = []
        parts = spread(steps, among, doubt.begun) if steps else None
        if parts is None or (parts.placed < _CONTINUED and not doubt.loose):
            _KNOWN.note(self._address, continues=False)
            return
        for each in list(parts.doubts):
            parts.share(each)
        told.share(doubt, parts.mass)


def _messages(views: "Sequence[Image]", prompt: str) -> list[dict[str, Any]]:
    content = [
        {"type": "text", "text": part}
        if isinstance(part, str)
        else {"type": "image_url", "image_url": {"url": data_url(part)}}
        for part in parts_of(views, prompt)
    ]
    return [{"role": "user", "content": content}]


class _Unable(ReadingError):
    """The server does not know this way of asking, or no longer."""


def _unwrapped(text: str) -> str:
    """Return the answer inside of the JSON object that was asked for; else the text itself."""
    try:
        told: Any = json.loads(text)
        return str(told["answer"])
    except (ValueError, LookupError, TypeError):
        return text


def _hard(chosen: int, options: Sequence[str]) -> list[float]:
    return [0.0 if at == chosen else _BARE_WORD for at in range(len(options))]


def _meant(text: str, options: Sequence[str]) -> int:
    """Return which option a text says: at its start, or as the only one in it.

    Raises:
        ReadingError: it says none, or several.
    """
    said = text.strip().lstrip("\"'*").casefold()
    found = [at for at, option in enumerate(options) if _in(option.casefold(), said)]
    first = [at for at in found if said.startswith(options[at].casefold())]
    for only in (first, found):
        if len(only) == 1:
            return only[0]
    raise ReadingError("the vision server answered with none of the options", text)


def _in(option: str, said: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(option)}(?!\w)", said) is not None
