# pyright: basic, reportMissingImports=false
"""Builds tiny real models, that see or only talk: real classes, random weights, no download.

Each builder returns a model and its processor as Transformers would load them. The tokenizer is
trained here, from a few lines; the chat template is the family's own shape, made short.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["BUILDERS", "TALKERS", "TEMPLATES", "build", "qwen", "save", "save_talker", "talker"]

_LINES = [
    "The person smiles and looks at a letter. What is the emotion on the face?",
    "One of: neutral, happiness, surprise, sadness, anger, disgust, fear, contempt.",
    "She raised her brows, opened her eyes and held her breath for a second.",
    "Answer with one word first. Then say what shows it: brows, eyes, mouth, posture.",
]
_SPECIAL = [
    *("<pad>", "<bos>", "<eos>", "<|im_start|>", "<|im_end|>"),
    *("<image>", "<video>", "<boi>", "<eoi>", "<vision_start>", "<vision_end>"),
    *("<fake_token_around_image>", "<global-img>", "<end_of_utterance>", "<img_ctx>"),
    *(f"<row_{row}_col_{col}>" for row in range(1, 5) for col in range(1, 5)),
    *("[INST]", "[/INST]", "[TOOL_CALLS]", "<|python_tag|>", "<tool_call>", "</tool_call>"),
]
_TURNS = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% for part in message['content'] %}{% if part['type'] == 'image' %}IMAGE"
    "{% else %}{{ part['text'] }}{% endif %}{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_COLON = (
    "{% for message in messages %}{{ message['role'] | upper }}: "
    "{% for part in message['content'] %}{% if part['type'] == 'image' %}IMAGE\n"
    "{% else %}{{ part['text'] }}{% endif %}{% endfor %}<end_of_utterance>\n{% endfor %}"
    "{% if add_generation_prompt %}ASSISTANT:{% endif %}"
)


@functools.cache
def _trained() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=420, special_tokens=_SPECIAL, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(_LINES, trainer)
    return tokenizer


def _tokenizer(**extra: str) -> Any:
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast(
        tokenizer_object=_trained(),
        pad_token="<pad>",
        eos_token="<|im_end|>",
        padding_side="left",
        extra_special_tokens=extra,
    )


def _ids(*names: str) -> list[int]:
    tokenizer = _trained()
    return [tokenizer.token_to_id(name) for name in names]


def _text(width: int = 32, layers: int = 2, **more: Any) -> dict[str, Any]:
    [pad, end] = _ids("<pad>", "<|im_end|>")
    return {
        "hidden_size": width,
        "intermediate_size": 2 * width,
        "num_hidden_layers": layers,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": width // 4,
        "vocab_size": _trained().get_vocab_size(),
        "max_position_embeddings": 4096,
        "pad_token_id": pad,
        "bos_token_id": pad,
        "eos_token_id": end,
        **more,
    }


def _sight(**more: Any) -> dict[str, Any]:
    return {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        **more,
    }


def _watching(processor: str, videos: str, **parts: Any) -> Any:
    """Build a processor that wants one for videos too; where torchvision is not, it sees none."""
    import transformers
    from transformers.utils.import_utils import is_torchvision_available

    from empathy_agent.models.local.load import NoVideos, still

    kind = getattr(transformers, processor)
    if is_torchvision_available():
        return kind(video_processor=getattr(transformers, videos)(), **parts)
    return still(kind)(video_processor=NoVideos(), **parts)


def qwen(
    version: str, words: dict[str, Any] | None = None, pictures: dict[str, Any] | None = None
) -> tuple[Any, Any]:
    """Return a Qwen-VL, tiny but for what is said of its words and pictures.

    Args:
        version: `Qwen2_5_VL` or `Qwen3VL`.
        words: changes to the language half.
        pictures: changes to the vision half.
    """
    import transformers as library

    image, video, start, end = _ids("<image>", "<video>", "<vision_start>", "<vision_end>")
    patch = 14 if version == "Qwen2_5_VL" else 16
    sight: dict[str, Any] = {
        "depth": 2,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_heads": 4,
        "patch_size": patch,
    }
    if version == "Qwen2_5_VL":
        sight |= {"window_size": 56, "fullatt_block_indexes": [1]}
    else:
        sight |= {"deepstack_visual_indexes": [0, 1], "num_position_embeddings": 64}
    rope = {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [1, 1, 2]}
    text = {**_text(rope_parameters=rope), **(words or {})}
    sight |= {"out_hidden_size": text["hidden_size"], **(pictures or {})}
    config = getattr(library, f"{version}Config")(
        text_config=text,
        vision_config=sight,
        image_token_id=image,
        video_token_id=video,
        vision_start_token_id=start,
        vision_end_token_id=end,
    )
    tokenizer = _tokenizer(
        image_token="<image>",
        video_token="<video>",
        vision_bos_token="<vision_start>",
        vision_eos_token="<vision_end>",
    )
    processor = _watching(
        f"{version}Processor",
        "Qwen2VLVideoProcessor" if version == "Qwen2_5_VL" else "Qwen3VLVideoProcessor",
        image_processor=library.Qwen2VLImageProcessorPil(patch_size=patch),
        tokenizer=tokenizer,
        chat_template=_TURNS.replace("IMAGE", "<vision_start><image><vision_end>"),
    )
    return getattr(library, f"{version}ForConditionalGeneration")(config), processor


def _llava(*, hybrid: bool = False) -> tuple[Any, Any]:
    """LLaVA; a hybrid one has layers whose memory is no cache of keys and values (LFM2's)."""
    from transformers import (
        CLIPImageProcessorPil,
        CLIPVisionConfig,
        Lfm2Config,
        LlamaConfig,
        LlavaConfig,
        LlavaForConditionalGeneration,
        LlavaProcessor,
    )

    [image] = _ids("<image>")
    kinds = ["conv", "full_attention", "conv"]
    mixed = Lfm2Config(**_text(layers=3), layer_types=kinds, block_multiple_of=8)
    config = LlavaConfig(
        text_config=mixed if hybrid else LlamaConfig(**_text()),
        vision_config=CLIPVisionConfig(**_sight(image_size=42, patch_size=14)),
        image_token_index=image,
        image_seq_length=9,
        vision_feature_layer=-1,
    )
    side = {"height": 42, "width": 42}
    processor = LlavaProcessor(
        image_processor=CLIPImageProcessorPil(size={"shortest_edge": 42}, crop_size=side),
        tokenizer=_tokenizer(image_token="<image>"),
        patch_size=14,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=_COLON.replace("IMAGE", "<image>"),
    )
    return LlavaForConditionalGeneration(config), processor


def _idefics(name: str) -> tuple[Any, Any]:
    import transformers as library

    [image] = _ids("<image>")
    sight = _sight(image_size=32, patch_size=8)
    config = getattr(library, f"{name}Config")(
        text_config=library.LlamaConfig(**_text()),
        vision_config=sight,
        image_token_id=image,
        scale_factor=2,
    )
    pictures = getattr(library, f"{name}ImageProcessorPil")(
        size={"longest_edge": 64}, max_image_size={"longest_edge": 32}
    )
    tokenizer = _tokenizer(
        image_token="<image>",
        fake_image_token="<fake_token_around_image>",
        global_image_token="<global-img>",
        end_of_utterance_token="<end_of_utterance>",
    )
    parts: dict[str, Any] = {
        "image_processor": pictures,
        "tokenizer": tokenizer,
        "image_seq_len": 4,
        "chat_template": _COLON.replace("IMAGE", "<image>"),
    }
    if name == "SmolVLM":
        processor = _watching("SmolVLMProcessor", "SmolVLMVideoProcessor", **parts)
    else:
        processor = library.Idefics3Processor(**parts)
    return getattr(library, f"{name}ForConditionalGeneration")(config), processor


def _gemma3() -> tuple[Any, Any]:
    from transformers import (
        Gemma3Config,
        Gemma3ForConditionalGeneration,
        Gemma3ImageProcessorPil,
        Gemma3Processor,
        Gemma3TextConfig,
        SiglipVisionConfig,
    )

    image, begin, end = _ids("<image>", "<boi>", "<eoi>")
    config = Gemma3Config(
        # A window shorter than a prompt with a picture, so that it slides.
        text_config=Gemma3TextConfig(
            **_text(layers=3, sliding_window=24),
            layer_types=["sliding_attention", "full_attention", "sliding_attention"],
        ),
        vision_config=SiglipVisionConfig(
            **_sight(image_size=32, patch_size=8, vision_use_head=False)
        ),
        mm_tokens_per_image=4,
        boi_token_index=begin,
        eoi_token_index=end,
        image_token_index=image,
    )
    processor = Gemma3Processor(
        image_processor=Gemma3ImageProcessorPil(size={"height": 32, "width": 32}),
        tokenizer=_tokenizer(image_token="<image>", boi_token="<boi>", eoi_token="<eoi>"),
        image_seq_length=4,
        chat_template=_TURNS.replace("IMAGE", "<boi>"),
    )
    return Gemma3ForConditionalGeneration(config), processor


def _internvl() -> tuple[Any, Any]:
    from transformers import (
        GotOcr2ImageProcessorPil,
        InternVLConfig,
        InternVLForConditionalGeneration,
        InternVLVisionConfig,
        Qwen2Config,
    )

    [image] = _ids("<img_ctx>")
    config = InternVLConfig(
        text_config=Qwen2Config(**_text()),
        vision_config=InternVLVisionConfig(**_sight(image_size=[32, 32], patch_size=[8, 8])),
        image_token_id=image,
        image_seq_length=4,
    )
    tokenizer = _tokenizer(
        start_image_token="<boi>",
        end_image_token="<eoi>",
        context_image_token="<img_ctx>",
        video_token="<video>",
    )
    processor = _watching(
        "InternVLProcessor",
        "InternVLVideoProcessor",
        image_processor=GotOcr2ImageProcessorPil(
            size={"height": 32, "width": 32}, crop_to_patches=True, max_patches=4
        ),
        tokenizer=tokenizer,
        image_seq_length=4,
        chat_template=_TURNS.replace("IMAGE", "<img_ctx>\n"),
    )
    return InternVLForConditionalGeneration(config), processor


def _onevision() -> tuple[Any, Any]:
    from transformers import (
        LlavaOnevisionConfig,
        LlavaOnevisionForConditionalGeneration,
        LlavaOnevisionImageProcessorPil,
        Qwen2Config,
        SiglipVisionConfig,
    )

    image, video = _ids("<image>", "<video>")
    grid = [[32, 32], [32, 64], [64, 32], [64, 64]]
    config = LlavaOnevisionConfig(
        text_config=Qwen2Config(**_text()),
        vision_config=SiglipVisionConfig(
            **_sight(image_size=32, patch_size=8, vision_use_head=False)
        ),
        image_token_index=image,
        video_token_index=video,
        image_grid_pinpoints=grid,
    )
    processor = _watching(
        "LlavaOnevisionProcessor",
        "LlavaOnevisionVideoProcessor",
        image_processor=LlavaOnevisionImageProcessorPil(
            size={"height": 32, "width": 32}, image_grid_pinpoints=grid
        ),
        tokenizer=_tokenizer(image_token="<image>", video_token="<video>"),
        num_image_tokens=16,
        vision_feature_select_strategy="full",
        chat_template=_TURNS.replace("IMAGE", "<image>\n"),
    )
    return LlavaOnevisionForConditionalGeneration(config), processor


BUILDERS: dict[str, Callable[[], tuple[Any, Any]]] = {
    "qwen2_5_vl": lambda: qwen("Qwen2_5_VL"),
    "qwen3_vl": lambda: qwen("Qwen3VL"),
    "llava": _llava,
    "llava_lfm2": lambda: _llava(hybrid=True),
    "idefics3": lambda: _idefics("Idefics3"),
    "smolvlm": lambda: _idefics("SmolVLM"),
    "gemma3": _gemma3,
    "internvl": _internvl,
    "llava_onevision": _onevision,
}
"""A tiny model of each family."""


def build(family: str, seed: int = 0) -> tuple[Any, Any]:
    """Return the model and processor of a family, weights drawn from a seed."""
    import torch

    torch.manual_seed(seed)
    model, processor = BUILDERS[family]()
    with torch.no_grad():  # the usual 0.02 leaves every option equally likely to four digits
        for name, weight in model.named_parameters():
            if weight.ndim >= 2 and "norm" not in name:
                weight.mul_(4)
            if not weight.any() and weight.ndim >= 2:  # Gemma's way from pictures to words
                weight.normal_(std=0.3)
    return model.eval(), processor


def save(family: str, folder: Path, seed: int = 0) -> Path:
    """Save a tiny model of a family as a checkpoint; return its folder."""
    model, processor = build(family, seed)
    path = folder / family
    model.save_pretrained(path)
    processor.save_pretrained(path)
    return path


_HERMES = """{% if tools %}<|im_start|>system
{% if messages[0].role == 'system' %}{{ messages[0].content }}
{% endif %}Tools:{% for tool in tools %}
{{ tool | tojson }}{% endfor %}<|im_end|>
{% elif messages[0].role == 'system' %}<|im_start|>system
{{ messages[0].content }}<|im_end|>
{% endif %}{% for message in messages %}{% if message.role == 'tool' %}<|im_start|>user
<tool_response>{{ message.content }}</tool_response><|im_end|>
{% elif message.role != 'system' %}<|im_start|>{{ message.role }}
{{ message.content }}{% for call in message.tool_calls or [] %}<tool_call>
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
</tool_call>{% endfor %}<|im_end|>
{% endif %}{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% if messages[-1].role == 'tool' and messages[-1].name != 'perceive_emotion' %}<eoi>{% endif %}\
{% endif %}"""
_LLAMA = """<bos>{% for message in messages %}{% if message.tool_calls %}{% if message.tool_calls \
| length > 1 %}{{ raise_exception('only single tool-calls at once!') }}{% endif %}\
<|im_start|>assistant

{"name": "{{ message.tool_calls[0].function.name }}", "parameters": \
{{ message.tool_calls[0].function.arguments | tojson }}}<|im_end|>{% else %}<|im_start|>\
{{ 'ipython' if message.role == 'tool' else message.role }}

{% if loop.first and tools %}{% for tool in tools %}{{ tool | tojson }}{% endfor %}{% endif %}\
{{ message.content }}<|im_end|>{% endif %}{% endfor %}{% if add_generation_prompt %}<|im_start|>\
assistant

{% endif %}"""
_MISTRAL = """<bos>{% for message in messages %}{% if message.role == 'system' %}\
{{ message.content }}{% elif message.role == 'user' %}{% if tools and loop.index > 0 %}\
{{ tools | tojson }}{% endif %}[INST]{{ message.content }}[/INST]{% elif message.tool_calls %}\
[TOOL_CALLS]{% for call in message.tool_calls %}{% if call.id | length != 9 %}\
{{ raise_exception('Tool call IDs should be alphanumeric strings with length 9!') }}{% endif %}\
{{ call.function | tojson }}{% endfor %}<eos>{% elif message.role == 'tool' %}\
{% if message.tool_call_id | length != 9 %}{{ raise_exception('length 9') }}{% endif %}\
[INST]{{ message.content }}[/INST]{% else %}{{ message.content }}<eos>{% endif %}{% endfor %}"""
_GEMMA = """<bos>{% if messages[0].role == 'system' %}{{ raise_exception('System role not \
supported') }}{% endif %}{% for message in messages %}{% if (message.role == 'user') != \
(loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate') }}{% endif %}\
<|im_start|>{{ message.role }}
{{ message.content | trim }}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>model
{% endif %}"""
TEMPLATES = {"hermes": _HERMES, "llama": _LLAMA, "mistral": _MISTRAL, "gemma": _GEMMA}
"""Chat templates in the shapes of four families, made short."""
TALKERS = {"qwen2": "Qwen2", "llama": "Llama", "gemma3_text": "Gemma3"}
"""Families that only talk, by what their classes are called."""


def talker(
    family: str = "qwen2",
    template: str = "hermes",
    says: Mapping[str, Sequence[str]] | None = None,
    seed: int = 0,
) -> tuple[Any, Any]:
    """Return a tiny model that only talks, and its tokenizer.

    Args:
        family: of `TALKERS`.
        template: of `TEMPLATES`.
        says: what follows a prompt that ends so, piece by piece; no piece may stand there twice.
            Weights are then set by hand, and the model says nothing else.
        seed: of its weights.
    """
    import torch
    import transformers as library
    from tokenizers import AddedToken

    torch.manual_seed(seed)
    kind = TALKERS[family]
    tokenizer = _tokenizer()
    tokenizer.bos_token, tokenizer.chat_template = "<bos>", TEMPLATES[template]
    pieces = [piece for answer in (says or {}).values() for piece in answer]
    known = {*tokenizer.get_added_vocab()}
    tokenizer.add_tokens([AddedToken(each) for each in pieces if each not in known])
    words = _text(32 if says is None else 64) | {"vocab_size": len(tokenizer)}
    words["max_position_embeddings"] = 40_000
    if kind == "Gemma3":
        words |= {"sliding_window": 24, "layer_types": ["sliding_attention", "full_attention"]}
    name = "Gemma3TextConfig" if kind == "Gemma3" else f"{kind}Config"
    config = getattr(library, name)(**words, tie_word_embeddings=False)
    model = getattr(library, f"{kind}ForCausalLM")(config)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim >= 2:
                weight.mul_(4)
        if says is not None:
            _script(model, tokenizer, says)
    return model.eval(), tokenizer


def save_talker(folder: Path, *given: Any, **more: Any) -> Path:
    """Save a tiny model that only talks as a checkpoint; return its folder."""
    model, tokenizer = talker(*given, **more)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _script(model: Any, tokenizer: Any, says: Mapping[str, Sequence[str]]) -> None:
    """Set the weights so that each token is followed by the next of its answer, whatever else."""
    for layer in model.model.layers:
        layer.self_attn.o_proj.weight.zero_()
        layer.mlp.down_proj.weight.zero_()
    inward, outward = model.model.embed_tokens.weight, model.lm_head.weight
    inward.zero_()
    outward.zero_()
    inward[:, 0] = 1
    outward[tokenizer.eos_token_id, 0] = 1
    state = 0
    for start, pieces in says.items():
        before = tokenizer.encode(start, add_special_tokens=False)[-1]
        for after in [*tokenizer.convert_tokens_to_ids(list(pieces)), tokenizer.eos_token_id]:
            state += 1
            inward[before] = 0
            inward[before, state] = outward[after, state] = 1
            before = after
