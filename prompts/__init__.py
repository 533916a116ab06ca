"""Words, no code: prompts as files with `$names`, personas, and crisis texts.

`string.Template` fills them, because prompts are full of braces; a missing value is an error.
"""

import hashlib
from functools import cache
from importlib.resources import files
from string import Template

__all__ = ["fill", "prompt_hash", "read"]


@cache
def read(name: str) -> str:
    """Return a file of this folder as text, by its path, such as `see/emotion.md`."""
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


def fill(name: str, **values: object) -> str:
    """Return a prompt file with every `$name` replaced.

    Raises:
        KeyError: a `$name` of the file has no value.
    """
    return Template(read(name)).substitute(values).strip()


@cache
def prompt_hash(*names: str) -> str:
    """Return twelve hex digits that change when one of the files does."""
    return hashlib.sha256("".join(read(name) for name in names).encode()).hexdigest()[:12]
