"""What is known of each family of vision-language models, by `config.model_type`.

A family that is not in the table works all the same. Whether its cache can be shared between
options is then found out once, by scoring both ways (`ask.reuses`), and its questions run one at
a time. A line here saves that, and caps how many tokens a picture costs.
"""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Family", "family_of"]


@dataclass(frozen=True)
class Family:
    """Facts of one family."""

    pictures: tuple[Mapping[str, object], ...] = ({},)
    """What its processor is told about pictures: at first, then each time memory ran out."""
    reuse: bool | None = None
    """Whether options may share the cache of their prompt; None finds out."""
    batch: bool = False
    """Whether prompts of different length may run together, the shorter padded on the left."""


def _pixels(side: int) -> dict[str, object]:
    """Cap a picture at side x side pixels, whatever its shape."""
    return {"size": {"shortest_edge": 64 * 64, "longest_edge": side * side}}


# Qwen-VL counts tokens in pixels: 28x28 a token in version 2, 32x32 in version 3. 448x448 and
# 512x512 are 256 tokens, as InternVL and Gemma give one picture.
_QWEN2 = Family((_pixels(448), _pixels(224), _pixels(112)), reuse=True, batch=True)
_QWEN3 = Family((_pixels(512), _pixels(256), _pixels(128)), reuse=True, batch=True)
# These cut a picture into up to 17 tiles. Views are crops already: one tile each.
_ONE_TILE = Family(({"do_image_splitting": False},), reuse=True, batch=True)
_ONE_PATCH = Family(({"crop_to_patches": False},), reuse=True, batch=True)
_FIXED = Family(reuse=True, batch=True)

_FAMILIES: dict[str, Family] = {
    "qwen2_vl": _QWEN2,
    "qwen2_5_vl": _QWEN2,
    "qwen3_vl": _QWEN3,
    "qwen3_vl_moe": _QWEN3,
    "idefics3": _ONE_TILE,
    "smolvlm": _ONE_TILE,
    "internvl": _ONE_PATCH,
    "llava": _FIXED,
    "llava_onevision": _FIXED,
    "gemma3": _FIXED,
}


def family_of(model_type: str) -> Family:
    """Return what is known of a family, by `config.model_type`."""
    return _FAMILIES.get(model_type, Family())
