"""What a user may set: in the environment (`EMPATHY_PERSONA=…`), a `.env` file, or by argument.

This is the only module that reads the environment.
"""

import os
from pathlib import Path

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
    user: str = Field(default="me", min_length=1)
    """Whose memory is read and written."""
    persona: str = "mental_health_support"
    """A shipped persona's name, or a path to a persona file."""
    source: str = "none"
    """`camera:0`, a video, a picture, a folder of pictures, `demo`, or `none`."""
    vision: str = "embedded"
    """Who looks: `embedded`, or `scripted:…` for tests."""
    chat: str = "scripted"
    """Who talks: `scripted` (embedded), or `openai:BASE_URL#MODEL`."""
    country: str | None = None
    """ISO 3166 code or English name, for helplines; unknown, the agent asks."""
    consent: bool = False
    """Whether the user has already agreed to be read by the camera."""
    human: bool = False
    """Whether somebody can be asked to take over; else the agent says that nobody is there."""
    store_text: bool = True
    """Whether the memory keeps words; without, it keeps numbers and vectors alone."""
    api_key: SecretStr | None = None
    """For the chat server, where it wants one."""
