"""The graph of three layers says what the formulas say, padded or not; its script writes it."""

import numpy as np
import pytest

from empathy_agent.models.layers import BLOCK, GRAPH, HEADS, SHAPES, WIDTH, Block, Layer
from empathy_agent.models.minilm import batch, gelu
from empathy_agent.models.onnx import checked


def layer(seed: int) -> Layer:
    rng = np.random.default_rng(seed)
    return Layer(
        **{name: rng.normal(0, 0.05, shape).astype(np.float32) for name, shape in SHAPES.items()}
    )


def by_hand(states: np.ndarray, given: Layer) -> np.ndarray:
    """Return one layer over [T, 384] by the formulas of Vaswani et al. (2017)."""
    count, width = states.shape
    parts = (states @ given.mix + given.mix_bias).reshape(count, 3, HEADS, width // HEADS)
    queries, keys, values = parts.transpose(1, 2, 0, 3)
    scores = queries @ keys.transpose(0, 2, 1) / np.sqrt(width // HEADS)
    shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares /= shares.sum(axis=-1, keepdims=True)
    mixed = (shares @ values).transpose(1, 0, 2).reshape(count, width)
    states = norm(states + mixed @ given.out + given.out_bias, given.out_gain, given.out_shift)
    fed = gelu(states @ given.wide + given.wide_bias) @ given.back + given.back_bias
    return norm(states + fed, given.back_gain, given.back_shift)


def norm(states: np.ndarray, gain: np.ndarray, shift: np.ndarray) -> np.ndarray:
    centred = states - states.mean(axis=-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-12) * gain + shift


@pytest.fixture(scope="module")
def layers() -> list[Layer]:
    return [layer(seed) for seed in range(BLOCK)]


def text(pieces: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 1, (pieces, WIDTH)).astype(np.float32)


def test_the_graph_says_what_the_formulas_say(layers: list[Layer]) -> None:
    states = text(7, 0)
    out, means = Block(layers).run(*batch([states]))
    for depth, given in enumerate(layers):
        states = by_hand(states, given)
        assert means[0, depth] == pytest.approx(states.mean(axis=0), abs=1e-4)
    assert out[0] == pytest.approx(states, abs=1e-4)


def test_a_text_says_the_same_beside_a_longer_one(layers: list[Layer]) -> None:
    block = Block(layers)
    texts = [text(3, 1), text(40, 2), text(1, 3)]
    out, means = block.run(*batch(texts))
    for row, each in enumerate(texts):
        alone, its_means = block.run(*batch([each]))
        assert out[row, : len(each)] == pytest.approx(alone[0], abs=1e-4)
        assert means[row] == pytest.approx(its_means[0], abs=1e-4)


def test_the_graph_that_ships_is_what_its_script_writes() -> None:
    pytest.importorskip("onnx", reason="needs the extra 'train'")
    from empathy_agent.training.graph import build

    assert build() == checked(GRAPH)
