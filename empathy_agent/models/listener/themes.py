"""What people often bring, each recognised by its own words: `prompts/respond/SETTING/themes`.

A theme is more particular than a topic: not "work", but "sits in the car before going in". It has
lines that were written for just that, and is met before any general line. A file maps a theme to

    when   patterns, one of which occurs in the message as whole words
    not    patterns that must not occur
    say    numbered wordings
    ask    numbered questions that may follow
    skill  the helping skill that the lines use; reflection when left out
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal, cast

import yaml

from empathy_agent.errors import SetupError

__all__ = ["Theme", "lines_of", "theme_in", "themes"]

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_KEYS = {"when", "not", "say", "ask", "skill"}
_LIGHT = ("light.yaml", "talk.yaml")
_MOURNING = "mourning.yaml"
_LOOKED_AT = 1_200
"""Characters of a message that themes are looked for in."""


@dataclass(frozen=True)
class Theme:
    """Something particular that people bring."""

    name: str
    when: re.Pattern[str]
    but_not: re.Pattern[str] | None
    skill: str
    say: Mapping[int, str]
    ask: Mapping[int, str]
    light: bool = False
    """It stands in `light.yaml`: something good, or `talk.yaml`: about the talk itself."""
    mourns: bool = False
    """It stands in `mourning.yaml`: met only where a death was spoken of."""

    def weight(self, text: str) -> int:
        """Return how much of a message, as `hear.plain` returns it, is just this; 0: nothing."""
        found = self.when.search(text)
        if found is None or (self.but_not is not None and self.but_not.search(text)):
            return 0
        return max(1, found.end() - found.start())


@cache
def themes(setting: str) -> tuple[Theme, ...]:
    """Return all themes of a setting, in the order of their files.

    Raises:
        SetupError: a file has another shape.
    """
    folder = files("empathy_agent.prompts").joinpath("respond", setting, "themes")
    if not folder.is_dir():
        return ()
    found: list[Theme] = []
    for path in sorted(folder.iterdir(), key=lambda each: each.name):
        told: object = yaml.load(path.read_text(encoding="utf-8"), _LOADER)
        if not isinstance(told, dict):
            raise SetupError(f"respond/{setting}/themes/{path.name} must map names to themes")
        for name, given in cast("dict[str, dict[str, object]]", told).items():
            found.append(_theme(name, given, path.name))
    return tuple(found)


def _theme(name: str, given: Mapping[str, object], file: str) -> Theme:
    if not {"when", "say"} <= given.keys() <= _KEYS:
        raise SetupError(
            f"{file}: theme {name!r} needs 'when' and 'say', and knows {sorted(_KEYS)}"
        )
    where = f"{file}: theme {name!r}"
    return Theme(
        name=name,
        when=_any(given["when"], where),
        but_not=_any(given["not"], where) if "not" in given else None,
        skill=str(given.get("skill", "reflection")),
        say=cast("dict[int, str]", given["say"]),
        ask=cast("dict[int, str]", given.get("ask", {})),
        light=file in _LIGHT,
        mourns=file == _MOURNING,
    )


def _any(patterns: object, where: str) -> re.Pattern[str]:
    told = cast("list[object]", patterns) if isinstance(patterns, list) else [patterns]
    if not all(isinstance(each, str) for each in told):
        raise SetupError(f"{where}: a pattern with ': ' in it stands in quotes")
    whole = "|".join(f"(?:{each})" for each in told)
    try:
        return re.compile(rf"(?<!\w)(?:{whole})(?!\w)")
    except re.error as error:
        raise SetupError(f"{where}: {error}") from error


def lines_of(setting: str, family: str) -> dict[str, dict[int, str]]:
    """Return the lines of `theme` or `theme_ask`, by theme."""
    return {
        each.name: dict(each.say if family == "theme" else each.ask) for each in themes(setting)
    }


def theme_in(
    text: str,
    setting: str,
    used: Collection[str],
    *,
    mood: Literal["light", "heavy"] | None = None,
    mourning: bool = True,
) -> Theme | None:
    """Return the theme that a message is about and that has something left to say.

    Args:
        text: the message, as `hear.plain` returns it.
        setting: `support` or `service`.
        used: ids of wordings already spoken.
        mood: `light`: only what is good, or about the talk itself; `heavy`: only the rest.
        mourning: whether a death was spoken of.
    """
    found = _found(text[:_LOOKED_AT].rstrip(" .!,"), setting)
    fitting = (
        each
        for each in found
        if (mood is None or each.light == (mood == "light")) and (mourning or not each.mourns)
    )
    return next((each for each in fitting if _left(each, setting, used)), None)


@lru_cache(maxsize=256)
def _found(text: str, setting: str) -> tuple[Theme, ...]:
    """Return the themes of a message, the one that most of it is about first."""
    weighed = [(each.weight(text), each) for each in themes(setting)]
    ranked = sorted((one for one in weighed if one[0]), key=lambda one: -one[0])
    return tuple(theme for _, theme in ranked)


def _left(theme: Theme, setting: str, used: Collection[str]) -> bool:
    return any(f"{setting}.theme.{theme.name}.{number}" not in used for number in theme.say)
