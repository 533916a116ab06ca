"""Pictures as data URLs."""

import base64
import io
from typing import Any

import pytest
from PIL import Image

from empathy_agent.models.server.pictures import LONGEST_SIDE, data_url


def opened(url: str) -> Any:
    kind, _, coded = url.partition(";base64,")
    assert kind in {"data:image/png", "data:image/jpeg"}
    return Image.open(io.BytesIO(base64.b64decode(coded))).convert("RGB")


def test_a_large_picture_is_made_smaller_and_keeps_its_shape() -> None:
    noise = Image.effect_noise((3000, 1500), 120).convert("RGB")
    url = data_url(noise)
    assert opened(url).size == (LONGEST_SIDE, LONGEST_SIDE // 2)
    assert len(url) < 1_000_000
    assert noise.size == (3000, 1500), "the caller's picture is left as it is"


def test_a_small_picture_is_sent_exactly() -> None:
    eyes = Image.effect_noise((48, 20), 90).convert("RGB")
    assert opened(data_url(eyes)).tobytes() == eyes.tobytes()


@pytest.mark.parametrize("mode", ["L", "P", "LA", "RGBA", "CMYK", "1", "I;16"])
def test_any_kind_of_picture_can_be_sent(mode: str) -> None:
    assert opened(data_url(Image.new(mode, (80, 80)))).size == (80, 80)


def test_what_is_transparent_becomes_white() -> None:
    assert opened(data_url(Image.new("RGBA", (80, 80), (0, 0, 0, 0)))).getpixel((9, 9)) == (
        255,
        255,
        255,
    )
