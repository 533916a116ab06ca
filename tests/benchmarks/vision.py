# pyright: basic, reportMissingImports=false
"""Times a local vision model: options in one pass against other ways to the same answer.

Weights are random, shapes are real: on a GPU those of Qwen2.5-VL-3B and 7B in bf16, else one of
122 million weights that a CPU can run. Run it from the top of the repository:
`python -m tests.benchmarks.vision [--runs 5]`. All ratios are of one run.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from PIL import Image

from empathy_agent.models.local import LocalVision, ask
from empathy_agent.models.local.load import Loaded, hold
from empathy_agent.models.local.name import Name
from tests.tiny_models import qwen

__all__ = ["main"]

_PROMPT = "The emotion on the face is one of these words. Answer with that one word first."
_WORDS = ["ab", "cd", "ef", "gh", "ij", "kl", "mn", "op"]
_WRITTEN = 60
_AT_ONCE = 16


@dataclass(frozen=True)
class Shape:
    """A model to build."""

    name: str
    words: dict[str, Any] = field(default_factory=dict)
    pictures: dict[str, Any] = field(default_factory=dict)
    side: int = 448
    """Pixels of a square view."""
    goal_ms: int | None = None
    """The most a reading of three views may take at the median."""


_SIGHT = {
    "depth": 32,
    "hidden_size": 1280,
    "intermediate_size": 3420,
    "num_heads": 16,
    "window_size": 112,
    "fullatt_block_indexes": [7, 15, 23, 31],
}
_ROPE = {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [16, 24, 24]}
_LARGE = {"vocab_size": 151936, "head_dim": 128, "rope_parameters": _ROPE}
_ON_GPU = [
    Shape(
        "Qwen2.5-VL-3B",
        {
            **_LARGE,
            "hidden_size": 2048,
            "intermediate_size": 11008,
            "num_hidden_layers": 36,
            "num_attention_heads": 16,
            "num_key_value_heads": 2,
        },
        _SIGHT,
        goal_ms=120,
    ),
    Shape(
        "Qwen2.5-VL-7B",
        {
            **_LARGE,
            "hidden_size": 3584,
            "intermediate_size": 18944,
            "num_hidden_layers": 28,
            "num_attention_heads": 28,
            "num_key_value_heads": 4,
        },
        _SIGHT,
        goal_ms=200,
    ),
]
_ON_CPU = [
    Shape(
        "127 M weights",
        {
            "vocab_size": 32000,
            "hidden_size": 768,
            "intermediate_size": 2048,
            "num_hidden_layers": 12,
            "num_attention_heads": 12,
            "num_key_value_heads": 2,
            "head_dim": 64,
            "rope_parameters": {**_ROPE, "mrope_section": [8, 12, 12]},
        },
        {"depth": 4, "hidden_size": 256, "intermediate_size": 512, "fullatt_block_indexes": [3]},
        side=168,
    )
]


def main(arguments: Sequence[str] = ()) -> list[dict[str, object]]:
    """Print the table, then a JSON object a row; return the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs: int = parser.parse_args(arguments).runs
    rows: list[dict[str, object]] = []
    if not torch.cuda.is_available():
        torch.set_num_threads(1)
    for shape in _ON_GPU if torch.cuda.is_available() else _ON_CPU:
        rows += _measure(shape, max(1, runs))
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
    print(f"{'':52}{'value':>10}{'goal':>10}")
    for row in rows:
        print(f"{row['model']!s:16}{row['what']!s:36}{row['value']:>10}{row['goal']!s:>10}")
    for row in rows:
        print(json.dumps(row))
    return rows


def _measure(shape: Shape, runs: int) -> list[dict[str, object]]:
    model = LocalVision(Name(shape.name), _built(shape))
    views = [_view(shape.side, seed) for seed in range(3)]
    options = [_split(model, word) for word in _WORDS]
    model.score(views, _PROMPT, options)  # what is compiled or allocated at first
    took = _times(_acts(model, views, options), runs)
    rows: list[dict[str, object]] = []

    def row(what: str, value: float, goal: str = "-") -> None:
        rows.append({"model": shape.name, "what": what, "value": round(value, 2), "goal": goal})

    for views_count in (1, 3):
        one = took[f"one pass {views_count}"]
        row(f"{views_count} views, 8 options, ms", 1000 * one)
        row(
            f"{views_count} views, {_WRITTEN} tokens / one pass",
            took[f"write {views_count}"] / one,
            ">= 8",
        )
        row(f"{views_count} views, 8 passes / one pass", took[f"apart {views_count}"] / one, ">= 4")
    over = 100 * (took["first tokens"] / took["bare"] - 1)
    row("our code over processor and forward, %", over, "<= 10")
    goal = ">= 40" if shape.goal_ms == 120 else "-"
    row(f"{_AT_ONCE} at once, readings/s", _at_once(model, views, options), goal)
    return rows


def _acts(
    model: LocalVision, views: list[Image.Image], options: list[str]
) -> dict[str, Callable[[], object]]:
    loaded = model.loaded()
    singles = [option[0] for option in options]
    acts: dict[str, Callable[[], object]] = {}
    for count in (1, 3):
        some = views[:count]
        ready = ask.prepare(loaded, [*some, _PROMPT])
        tokens = [ask.tokens_of(loaded, ready.tail, option) for option in options]
        acts[f"one pass {count}"] = lambda some=some: model.score(some, _PROMPT, options)
        acts[f"write {count}"] = lambda some=some: model.answer(some, _PROMPT, _WRITTEN)
        acts[f"apart {count}"] = lambda ready=ready, tokens=tokens: ask.score_apart(
            loaded, ready, tokens
        )
    acts["first tokens"] = lambda: model.score(views, _PROMPT, singles)
    acts["bare"] = lambda: _bare(loaded, views)
    return acts


def _bare(loaded: Loaded, views: list[Image.Image]) -> object:
    """Run the processor and the model as a script would that does nothing else."""
    content = [*({"type": "image"} for _ in views), {"type": "text", "text": _PROMPT}]
    text = loaded.processor.apply_chat_template(
        [{"role": "user", "content": content}], add_generation_prompt=True, tokenize=False
    )
    inputs = loaded.processor(
        text=[text], images=[views], return_tensors="pt", **loaded.family.pictures[0]
    ).to(loaded.device, loaded.model.dtype)
    with torch.inference_mode():
        told = loaded.model(**inputs, use_cache=True, logits_to_keep=1)
    return told.logits[0, -1].float().log_softmax(-1).tolist()[:8]


def _times(acts: dict[str, Callable[[], object]], runs: int) -> dict[str, float]:
    """Return the median seconds of each act; all take turns, so that a busy machine is fair.

    Without a GPU they are seconds of one core at work, which other processes take nothing from.
    """
    clock = time.perf_counter if torch.cuda.is_available() else time.process_time
    took: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(runs):
        for name, act in acts.items():
            began = clock()
            act()
            took[name].append(clock() - began)
    return {name: float(np.median(each)) for name, each in took.items()}


def _at_once(model: LocalVision, views: list[Image.Image], options: list[str]) -> float:
    count = 8 * _AT_ONCE if torch.cuda.is_available() else _AT_ONCE
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(lambda _: model.score(views, _PROMPT, options), range(_AT_ONCE)))
        began = time.perf_counter()
        list(pool.map(lambda _: model.score(views, _PROMPT, options), range(count)))
        return count / (time.perf_counter() - began)


def _split(model: LocalVision, word: str) -> str:
    """Return a word of three tokens, as the names of emotions have one to three."""
    loaded = model.loaded()
    ready = ask.prepare(loaded, [_PROMPT])
    for letters in range(2, 9):
        option = (word * letters)[: letters + 1]
        if len(ask.tokens_of(loaded, ready.tail, option)) == 3:
            return option
    raise RuntimeError(f"no word of three tokens from {word!r}")


def _built(shape: Shape) -> Loaded:
    on_gpu = torch.cuda.is_available()
    torch.manual_seed(0)
    torch.set_default_dtype(torch.bfloat16 if on_gpu else torch.float32)
    try:
        with torch.device("cuda" if on_gpu else "cpu"):
            model, processor = qwen("Qwen2_5_VL", shape.words, shape.pictures)
    finally:
        torch.set_default_dtype(torch.float32)
    loaded = hold(model, processor)
    loaded.model.generation_config.eos_token_id = None  # every answer is as long as it may be
    return loaded


def _view(side: int, seed: int) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 255, (side, side, 3), np.uint8)
    return Image.fromarray(pixels)


if __name__ == "__main__":
    main(sys.argv[1:])
