# pyright: basic, reportMissingImports=false
"""Asks a loaded model: how likely each option is in one run over one prompt, or for words.

The prompt, pictures and all, runs once. Its last logits already tell how likely each option's
first token is. Options of more tokens then run together as a batch over the prompt's cache, which
is repeated for each. Scores are sums of log-likelihoods divided by the number of tokens, without
an end-of-turn token: options compete as beginnings of the answer.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from empathy_agent.errors import ModelUnavailable, ReadingError
from empathy_agent.models.local.load import Loaded

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["Prompt", "prepare", "reuses", "score", "score_apart", "tokens_of", "write"]

_ROWS = 64
"""Options that run together at most: each holds a copy of its prompt's cache."""
_TAIL = 40
"""Characters before an option that decide where its tokens begin."""
_AGREE = 0.05
"""How near a shared cache must come to separate runs, in log-likelihood a token; bf16 has 0.02."""


@dataclass(frozen=True, eq=False)
class Prompt:
    """Words and pictures as one family of models reads them."""

    inputs: Mapping[str, Any]
    """Tensors of a batch of one, on the CPU."""
    tail: str
    """What the words end in, before the answer begins."""

    @property
    def length(self) -> int:
        """Return its tokens, those of pictures too."""
        return self.inputs["input_ids"].shape[1]


def prepare(loaded: Loaded, parts: "Sequence[str | Image]", smaller: int = 0) -> Prompt:
    """Put a question through the model's own chat template and processor.

    Args:
        loaded: the model.
        parts: words and pictures in their order.
        smaller: which of the family's picture sizes to use; 0 is the usual one.

    Raises:
        ModelUnavailable: the question is longer than the model reads.
    """
    processor, family = loaded.processor, loaded.family
    views = [part.convert("RGB") for part in parts if not isinstance(part, str)]
    content = [
        {"type": "text", "text": _plain(processor, part)}
        if isinstance(part, str)
        else {"type": "image"}
        for part in parts
    ]
    text = processor.apply_chat_template(
        [{"role": "user", "content": content}], add_generation_prompt=True, tokenize=False
    )
    begin = processor.tokenizer.bos_token
    pictures = family.pictures[min(smaller, len(family.pictures) - 1)]
    inputs = processor(
        text=[text],
        images=[views] if views else None,
        return_tensors="pt",
        add_special_tokens=not (begin and text.startswith(begin)),
        **(pictures if views else {}),
    )
    prompt = Prompt({key: inputs[key] for key in inputs}, text[-_TAIL:])
    most = getattr(loaded.model.config.get_text_config(), "max_position_embeddings", None)
    if most and prompt.length > most:
        raise ModelUnavailable(f"the question has {prompt.length} tokens, and it reads {most}")
    return prompt


def tokens_of(loaded: Loaded, tail: str, option: str) -> list[int]:
    """Return an option's tokens as they would follow the prompt.

    A template that ends in a visible character, as `ASSISTANT:` does, is followed by a space;
    after a line break or a special token the option follows at once. Both are what the model saw
    in training. Tokens are cut out of the whole, so that no tokenizer adds a space of its own;
    where the option's first letter would join the last of the prompt it is read by itself.
    """
    tokenizer = loaded.processor.tokenizer
    ends = any(tail.endswith(token) for token in tokenizer.all_special_tokens)
    said = option if ends or not tail or tail[-1].isspace() else f" {option}"
    before = tokenizer.encode(tail, add_special_tokens=False)
    whole = tokenizer.encode(tail + said, add_special_tokens=False)
    if whole[: len(before)] == before and len(whole) > len(before):
        return whole[len(before) :]
    return tokenizer.encode(said, add_special_tokens=False)


@torch.inference_mode()
def score(
    loaded: Loaded, asked: Sequence[tuple[Prompt, Sequence[Sequence[int]]]]
) -> list[list[float]]:
    """Return the score of every option of every prompt, computed in one run.

    Args:
        loaded: the model.
        asked: prompts, each with the tokens of its options.

    Raises:
        ReadingError: a score is no number.
    """
    inputs = _together(loaded, [prompt for prompt, _ in asked])
    told = _read(loaded, inputs, use_cache=True, **_last(loaded))
    first = told.logits[:, -1].float().log_softmax(-1)
    sums: list[list[float]] = [
        first[row, [option[0] for option in options]].tolist()
        for row, (_, options) in enumerate(asked)
    ]
    longer = [
        (row, place, option)
        for row, (_, options) in enumerate(asked)
        for place, option in enumerate(options)
        if len(option) > 1
    ]
    for begin in range(0, len(longer), _ROWS):
        some = longer[begin : begin + _ROWS]
        cache = told.past_key_values
        cache = _copy(cache) if begin + _ROWS < len(longer) else cache
        rows = torch.tensor([row for row, _, _ in some], device=loaded.device)
        rest = _rest(loaded, cache, inputs["attention_mask"], rows, [each for *_, each in some])
        for (row, place, _), more in zip(some, rest, strict=True):
            sums[row][place] += more
    return [
        [_finite(total / len(option)) for total, option in zip(row, options, strict=True)]
        for row, (_, options) in zip(sums, asked, strict=True)
    ]


@torch.inference_mode()
def score_apart(loaded: Loaded, prompt: Prompt, options: Sequence[Sequence[int]]) -> list[float]:
    """Return the score of every option by a whole run for each: slow, but it needs no cache."""
    return [_whole(loaded, prompt, option) for option in options]


def reuses(loaded: Loaded, prompt: Prompt, options: Sequence[Sequence[int]]) -> bool:
    """Find out whether a family's options may share the cache of their prompt."""
    apart = score_apart(loaded, prompt, options)
    try:
        [shared] = score(loaded, [(prompt, options)])
    except (torch.OutOfMemoryError, ReadingError):
        raise
    except Exception:
        return False
    return all(abs(one - other) < _AGREE for one, other in zip(shared, apart, strict=True))


@torch.inference_mode()
def write(
    loaded: Loaded,
    prompt: Prompt,
    most: int,
    piece: Callable[[str], None],
    stop: Callable[[], bool],
) -> None:
    """Write an answer, the likeliest token each time.

    Args:
        loaded: the model.
        prompt: what is asked.
        most: tokens to write at most.
        piece: is given the answer word by word.
        stop: asked after each token; True ends the answer. May run other prompts meanwhile.
    """
    from transformers import StoppingCriteriaList, TextStreamer

    class Pieces(TextStreamer):
        def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
            if text:
                piece(text)

    def between(ids: Any, _: Any, **__: Any) -> Any:
        kept = [(each, each.rope_deltas) for each in loaded.placed]
        ended = stop()
        for module, delta in kept:
            module.rope_deltas = delta
        return torch.full((ids.shape[0],), ended, device=ids.device, dtype=torch.bool)

    loaded.model.generate(
        **_together(loaded, [prompt]),
        do_sample=False,
        max_new_tokens=most,
        pad_token_id=_padding(loaded),
        streamer=Pieces(loaded.processor.tokenizer, skip_prompt=True, skip_special_tokens=True),
        stopping_criteria=StoppingCriteriaList([between]),
    )


def _rest(
    loaded: Loaded, cache: Any, mask: Any, rows: Any, options: Sequence[Sequence[int]]
) -> list[float]:
    """Return the log-likelihood of each option but its first token, over a cache of prompts."""
    width = max(len(option) for option in options) - 1
    both = torch.full((len(options), width + 1), -1)
    for row, option in enumerate(options):
        both[row, : len(option)] = torch.tensor(option)
    both = both.to(loaded.device)
    ids, wanted = both[:, :-1].clamp(min=0), both[:, 1:]
    cache.reorder_cache(rows)  # repeats a prompt as often as it has options
    # What pads a shorter option stands after it, where nothing of it looks.
    mask = torch.cat([mask.index_select(0, rows), torch.ones_like(ids)], dim=1)
    told = loaded.model(
        input_ids=ids,
        attention_mask=mask,
        past_key_values=cache,
        use_cache=True,
        return_dict=True,
        **_places(loaded, mask, rows, width),
    )
    sure = told.logits[:, -width:].float().log_softmax(-1)
    found = sure.gather(2, wanted.clamp(min=0)[..., None])[..., 0]
    return found.masked_fill(wanted < 0, 0).sum(1).tolist()


def _whole(loaded: Loaded, prompt: Prompt, option: Sequence[int]) -> float:
    inputs = _together(loaded, [prompt])
    for key, value in inputs.items():
        if _is_line(prompt, key):
            fill = 1 if key == "attention_mask" else 0
            more = torch.full((1, len(option)), fill, dtype=value.dtype, device=value.device)
            inputs[key] = torch.cat([value, more], dim=1)
    inputs["input_ids"][0, -len(option) :] = torch.tensor(option, device=loaded.device)
    told = _read(loaded, inputs, use_cache=False)
    sure = told.logits[0, -len(option) - 1 : -1].float().log_softmax(-1)
    return _finite(
        float(sum(sure[place, token] for place, token in enumerate(option))) / len(option)
    )


def _read(loaded: Loaded, inputs: Mapping[str, Any], **more: Any) -> Any:
    """Run whole prompts; say where padded ones stand to a family that does not work it out."""
    for module in loaded.placed:
        module.rope_deltas = None  # a prompt without pictures would take those of the one before
    mask = inputs["attention_mask"]
    works_it_out = loaded.placed and "pixel_values" in inputs
    if "position_ids" in loaded.accepts and not works_it_out and not bool(mask.all()):
        more["position_ids"] = (mask.cumsum(-1) - 1).clamp(min=0)
    return loaded.model(**inputs, return_dict=True, **more)


def _places(loaded: Loaded, mask: Any, rows: Any, width: int) -> dict[str, Any]:
    """Say where the last `width` tokens of each row stand.

    Families with positions in space and time (M-RoPE: Qwen-VL, GLM-V) go on from the edge of their
    pictures, an offset they keep from the run of the prompt.
    """
    if "position_ids" not in loaded.accepts:
        return {}
    places = (mask.cumsum(-1) - 1).clamp(min=0)[:, -width:]
    for module in loaded.placed:
        if module.rope_deltas is not None:
            moved = places + module.rope_deltas.index_select(0, rows)
            return {"position_ids": moved[None].expand(3, -1, -1)}
    return {"position_ids": places}


def _last(loaded: Loaded) -> dict[str, Any]:
    """Ask for the last logits alone: those of a whole prompt are half a gigabyte."""
    return {"logits_to_keep": 1} if "logits_to_keep" in loaded.accepts else {}


def _together(loaded: Loaded, prompts: Sequence[Prompt]) -> dict[str, Any]:
    """Put prompts into one batch: words padded on the left, pictures one after the other."""
    lengths = [prompt.length for prompt in prompts]
    batch: dict[str, Any] = {}
    for key in prompts[0].inputs:
        each = [prompt.inputs[key] for prompt in prompts]
        if len(prompts) > 1 and _is_line(prompts[0], key):
            fill = _padding(loaded) if key == "input_ids" else 0
            each = [
                torch.nn.functional.pad(one, (max(lengths) - one.shape[1], 0), value=fill)
                for one in each
            ]
        elif len(prompts) > 1:
            each = _same_size(each)
        value = torch.cat(each) if len(each) > 1 else each[0]
        wide = loaded.model.dtype if value.is_floating_point() else value.dtype
        batch[key] = value.to(loaded.device, wide)
    return batch


def _is_line(prompt: Prompt, key: str) -> bool:
    """Whether a tensor has one number a token."""
    return prompt.inputs[key].shape == prompt.inputs["input_ids"].shape


def _same_size(each: Sequence[Any]) -> list[Any]:
    """Fill up with zeros, which families that cut pictures into tiles leave out again."""
    sizes = [max(size) for size in zip(*(one.shape[1:] for one in each), strict=True)]
    filled: list[Any] = []
    for one in each:
        ends = [
            side
            for size, have in zip(sizes, one.shape[1:], strict=True)
            for side in (size - have, 0)
        ]
        filled.append(torch.nn.functional.pad(one, tuple(reversed(ends))))
    return filled


def _padding(loaded: Loaded) -> int:
    tokenizer = loaded.processor.tokenizer
    return tokenizer.pad_token_id if tokenizer.pad_token_id is not None else 0


def _copy(cache: Any) -> Any:
    """Copy a cache as far as `reorder_cache` and one more run change it."""
    made = copy.copy(cache)
    made.layers = [copy.copy(layer) for layer in cache.layers]
    for layer in made.layers:  # those that are no attention keep their states in lists or dicts
        for key, value in vars(layer).items():
            if isinstance(value, (list, dict)):
                setattr(layer, key, copy.copy(value))
    return made


def _plain(processor: Any, text: str) -> str:
    """Keep words from posing as a picture or as the end of a turn."""
    tokenizer = processor.tokenizer
    special = {str(token) for token in tokenizer.added_tokens_decoder.values() if token.special}
    own = (getattr(processor, each, None) for each in ("image_token", "video_token", "boi_token"))
    special |= {str(token) for token in own if token}
    for token in special:
        if token in text:
            text = text.replace(token, " ")
    return text


def _finite(value: float) -> float:
    if value != value or value in (float("inf"), float("-inf")):
        raise ReadingError("the model gave no number; its weights may be damaged")
    return value
