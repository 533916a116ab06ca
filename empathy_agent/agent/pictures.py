"""Pictures that came inside a message: into the frame store, and out of the conversation.

A client of a LangGraph server has no camera of ours; it sends an image block beside its text.
The block must not stay in the state: it is a face, and a checkpoint is a file.
"""

import base64
import binascii
import io
from collections.abc import Mapping
from typing import Any

from langchain_core.messages import AnyMessage

from empathy_agent.errors import SetupError
from empathy_agent.perception.frames import Frame, Window, as_frame
from empathy_agent.perception.store import FrameStore

__all__ = ["take_pictures"]


def take_pictures(message: AnyMessage, store: FrameStore) -> tuple[AnyMessage, str | None]:
    """Return the message with its text alone, and where its pictures wait.

    A picture that cannot be read is left out; an image given by URL is never fetched.
    """
    if isinstance(message.content, str):
        return message, None
    images = [block for block in message.content_blocks if block["type"] == "image"]
    frames = [frame for block in images if (frame := _frame(block)) is not None]
    bare = message.model_copy(update={"content": str(message.text)})
    return bare, store.put(Window(tuple(frames))) if frames else None


def _frame(block: Mapping[str, Any]) -> Frame | None:
    from PIL import Image, UnidentifiedImageError

    try:
        data = base64.b64decode(block.get("base64") or "", validate=True)
        return as_frame(Image.open(io.BytesIO(data)))
    except (binascii.Error, UnidentifiedImageError, OSError, SetupError):
        return None
