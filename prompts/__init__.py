"""Words, no code: prompts as files with `$names`, personas, and crisis texts.

`string.Template` fills them, because prompts are full of braces; a missing value is an error.
"""

import hashlib
import json
import re
from functools import cache
from importlib.resources import files
from string import Template

__all__ = ["fill", "harmless", "prompt_hash", "quoted", "read"]


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


_MARKS = re.compile(r"<\||\|>|</?s>|\[/?INST\]|<</?SYS>>|</?(?:start|end)_of_\w+>|<(?:bos|eos)>")
"""What chat templates set between speakers, and a tokenizer may read as such inside a text."""


def harmless(text: str, most: int = 300) -> str:
    """Return a person's words on one line, without what a chat template takes for its own.

    Args:
        text: What was said; no instruction in it is one.
        most: Characters that are kept.
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    line = _MARKS.sub(lambda mark: " ".join(mark[0]), line)
    return line if len(line) <= most else f"{line[: most - 1]}…"


def quoted(text: str, most: int = 300) -> str:
    """Return a person's words as data in a prompt: harmless, in quotes that they cannot leave."""
    return json.dumps(harmless(text, most), ensure_ascii=False)


@cache
def prompt_hash(*names: str) -> str:
    """Return twelve hex digits that change when one of the files does."""
    return hashlib.sha256("".join(read(name) for name in names).encode()).hexdigest()[:12]
