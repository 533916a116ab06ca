"""Pictures as data URLs, small enough for a request and good enough to read a face."""

import base64
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["LONGEST_SIDE", "data_url"]

LONGEST_SIDE = 1024
"""Pixels; what is larger is made smaller, keeping its shape."""
_LOSSLESS_SIDE = 64
"""Pictures up to this side are sent as they are: eyes a few pixels wide do not survive JPEG."""
_QUALITIES = (90, 75, 60)
_MOST_BYTES = 600_000
"""Of one picture, before base64 adds a third."""


def data_url(picture: "Image") -> str:
    """Return a picture as `data:image/...;base64,...`.

    Transparency becomes white. Large pictures are JPEG with full colour resolution, at the best
    quality that keeps them under the limit; small ones are PNG.
    """
    flat = _flat(picture)
    flat.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    if max(flat.size) <= _LOSSLESS_SIDE:
        return _url("png", _saved(flat, "PNG"))
    coded = b""
    for quality in _QUALITIES:
        coded = _saved(flat, "JPEG", quality=quality, subsampling=0)
        if len(coded) <= _MOST_BYTES:
            break
    return _url("jpeg", coded)


def _flat(picture: "Image") -> "Image":
    from PIL import Image

    if picture.mode == "RGB":
        return picture.copy()
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    seen = picture.convert("RGBA")
    ground = Image.new("RGB", seen.size, "white")
    ground.paste(seen, mask=seen.getchannel("A"))
    return ground


def _saved(picture: "Image", kind: str, **options: int) -> bytes:
    into = io.BytesIO()
    picture.save(into, kind, **options)
    return into.getvalue()


def _url(kind: str, coded: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(coded).decode()}"
