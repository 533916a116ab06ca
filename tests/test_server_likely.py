"""From the likelihoods of tokens to those of options, against a model whose answers are known."""

import math
import random
from collections import defaultdict
from typing import Any

import pytest

from empathy_agent.affect import Emotion
from empathy_agent.models.server import open_server
from tests.servers import Likely, serving
from tests.test_server_vision import QUICK, face

EMOTIONS = tuple(each.value for each in Emotion)


class KnownModel:
    """Answers with each option as often as it was told, one token at a time."""

    def __init__(self, options: dict[str, float], rng: random.Random) -> None:
        self._said = {tuple(_cut(option, rng)): often for option, often in options.items()}

    def answer(self, body: dict[str, Any]) -> Likely:
        """Go on with what was begun by the likeliest tokens."""
        last = body["messages"][-1]
        begun = last["content"] if last["role"] == "assistant" else ""
        places: list[dict[str, float]] = []
        while len(places) < body["max_tokens"] and (place := self._next(begun)):
            places.append(place)
            begun += max(place, key=lambda token: place[token])
        return Likely(places)

    def _next(self, begun: str) -> dict[str, float]:
        going: dict[str, float] = defaultdict(float)
        for tokens, often in self._said.items():
            for at in range(len(tokens)):
                if "".join(tokens[:at]) == begun:
                    going[tokens[at]] += often
        return {token: often / sum(going.values()) for token, often in going.items()}


def _cut(word: str, rng: random.Random) -> list[str]:
    word = word.capitalize() if rng.random() < 0.5 else word
    ends = sorted({rng.randint(1, len(word)) for _ in range(rng.randint(0, 3))} | {len(word)})
    pieces = [word[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    return ["**", *pieces] if rng.random() < 0.2 else pieces


@pytest.mark.parametrize("seed", range(30))
def test_likelihoods_of_tokens_give_those_of_the_options(seed: int) -> None:
    rng = random.Random(seed)
    weights = [rng.random() ** 3 for _ in EMOTIONS]
    often = {
        each: 0.9 * weight / sum(weights) for each, weight in zip(EMOTIONS, weights, strict=True)
    }
    model = KnownModel({**often, "The person looks calm": 0.1}, rng)
    with serving(model.answer) as server:
        opened = open_server(server.name.removeprefix("openai:"), limits=QUICK)
        scores = opened.score([face()], "?", EMOTIONS)
    assert len(server.asked) <= 5
    for score, option in zip(scores, EMOTIONS, strict=True):
        assert math.exp(score) == pytest.approx(often[option], abs=0.08)
    best = max(EMOTIONS, key=lambda option: often[option])
    assert EMOTIONS[scores.index(max(scores))] == best
