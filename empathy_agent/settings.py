"""What a user may set: in the environment (`EMPATHY_PERSONA=…`), a `.env` file, or by argument.

This is the only module that reads the environment.
"""

import os
from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["Settings", "prepare_environment"]


def prepare_environment() -> None:
    """Set what libraries read once, at their import; call it before anything heavy is imported.

    Strict msgpack makes LangGraph's checkpoints refuse types the state does not name, and the
    model hub stays untouched unless the user has said otherwise.
    """
    os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("OPENCV_LOG_LEVEL", "OFF")
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")


def _home() -> Path:
    return platformdirs.user_data_path("empathy-agent")


class Settings(BaseSettings):
    """Every setting, with what holds when nothing is said."""

    model_config = SettingsConfigDict(
        env_prefix="EMPATHY_", env_file=".env", extra="ignore", frozen=True
    )

    home: Path = Field(default_factory=_home)
    """The folder of the memory and the record of consent."""
    memory: str = ""
    """A Chroma server that keeps the memory (`chroma run`), `http://HOST:PORT` or with
    `/TENANT/DATABASE` behind it; empty: a folder in `home` does."""
    memory_api_key: SecretStr | None = None
    """The token of that server, where it wants one."""
    retention: str = ""
    """Days that each kind of record is kept, such as `moment=365, summary=never`; what is not named
    is kept for ever."""
    user: str = Field(default="me", min_length=1)
    """Whose memory is read and written."""
    persona: str = "mental_health_support"
    """A shipped persona's name, or a path to a persona file."""
    source: str = "none"
    """`camera:0`, a video, a picture, a folder of pictures, `demo`, or `none`."""
    faces: str = "embedded"
    """Who finds faces: `embedded`, or `yunet:PATH` of a YuNet onnx file."""
    vision: str = "embedded"
    """Who looks besides the embedded expert: `embedded` (nobody), `hf:REPOSITORY_OR_FOLDER`,
    `openai:BASE_URL#MODEL`, or `scripted:…` for tests."""
    vision_debias: str = "auto"
    """Which habits of it are taken away: `auto`, `none`, or a list of `prior`, `order`, `order=8`
    and one of `yes-no` and `pairwise`."""
    vision_between: Literal["none", "expert", "vlm"] = "expert"
    """Who tells it what happened between key frames: nobody, the expert, or the model itself."""
    vision_told: bool = False
    """Whether it is told what the expert saw before it scores; the expert then counts twice."""
    vision_describe: bool = True
    """Whether it describes in its own words what it sees."""
    vision_pixels: int = Field(default=400_000, ge=10_000)
    """Pixels of all pictures of one reading, at most."""
    vision_budget_s: float = Field(default=2.0, gt=0)
    """Seconds that a turn waits for it; what comes later joins the next turn."""
    vision_api_key: SecretStr | None = None
    """For its server, where it wants one."""
    chat: str = "scripted"
    """Who talks: `scripted` (embedded), `hf:REPOSITORY_OR_FOLDER` (a model on this machine, loaded
    once if it is `vision` too), or `openai:BASE_URL#MODEL`."""
    words: str = "embedded"
    """Who reads what was said: `embedded`, `hf:REPOSITORY_OR_FOLDER` of a text-classification model
    whose labels are emotions, or `chat`: the chat model, which is then asked once more a turn."""
    country: str | None = None
    """ISO 3166 code or English name, for helplines; unknown, the agent asks."""
    consent: bool = False
    """Whether the user has already agreed to be read by the camera."""
    human: bool = False
    """Whether somebody can be asked to take over; else the agent says that nobody is there."""
    hook_url: str | None = None
    """Who is told by POST when somebody is in danger; null: nobody."""
    hook_secret: SecretStr | None = None
    """Signs what is sent to it, so that the receiver can check who sent it."""
    hook_at: Literal["moderate", "high", "imminent"] = "high"
    """The risk from which it is told."""
    hook_text: bool = False
    """Whether it is also told what the person said last."""
    crisis_sentence_s: float = Field(default=3.0, ge=0, le=30)
    """Seconds a language model may take to add one sentence to the words of a crisis; 0: none."""
    recall_tokens: int = Field(default=240, ge=0)
    """What is recalled for a turn at most, in tokens of a prompt; 0: nothing."""
    store_text: bool = True
    """Whether the memory keeps words; without, it keeps numbers and vectors alone."""
    api_key: SecretStr | None = None
    """For the chat server, where it wants one."""
