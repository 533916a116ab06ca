"""What the name of a local model says: `FOLDER_OR_REPOSITORY#WORD,WORD`, as in `org/model#4bit`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from empathy_agent.errors import SetupError, near

__all__ = ["Name", "read_name"]

_WORDS = ("4bit", "8bit", "fp32", "bf16", "trust")


@dataclass(frozen=True)
class Name:
    """Which model, and how it is to be opened."""

    where: str
    """A folder, or a repository of the model hub."""
    bits: Literal[4, 8] | None = None
    """Quantised to so many bits by bitsandbytes."""
    dtype: Literal["float32", "bfloat16"] | None = None
    """Precision of the weights; None chooses for the device."""
    trust: bool = False
    """Whether code that comes with the model may run."""

    @property
    def title(self) -> str:
        """What a reading calls it: a repository in full, a folder without the way to it."""
        return Path(self.where).name if self.is_path else self.where

    @property
    def is_path(self) -> bool:
        """Whether it can only be, or is, a folder here."""
        path = Path(self.where).expanduser()
        looks = self.where.startswith((".", "~")) or path.is_absolute()
        return looks or self.where.count("/") > 1 or path.is_dir()


def read_name(text: str) -> Name:
    """Read `FOLDER_OR_REPOSITORY`, and after a `#` any of `4bit`, `8bit`, `fp32`, `bf16`, `trust`.

    Raises:
        SetupError: nothing is named, or a word is unknown or speaks against another.
    """
    where, _, told = text.partition("#")
    words = [word.strip() for word in told.split(",") if word.strip()]
    for word in words:
        if word not in _WORDS:
            raise SetupError(f"no word {word!r} after '#' in {text!r}{near(word, _WORDS)}")
    if not where.strip():
        raise SetupError("name a folder or a repository after 'hf:', as in 'hf:org/model'")
    if len({"4bit", "8bit", "fp32", "bf16"}.intersection(words)) > 1:
        raise SetupError(f"choose one of '4bit', '8bit', 'fp32' and 'bf16' in {text!r}")
    return Name(
        where.strip(),
        bits=4 if "4bit" in words else 8 if "8bit" in words else None,
        dtype="float32" if "fp32" in words else "bfloat16" if "bf16" in words else None,
        trust="trust" in words,
    )
