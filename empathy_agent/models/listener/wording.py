"""The reviewed wordings: `prompts/respond/SETTING/FAMILY.yaml`, and how one of them is chosen.

What both settings say alike stands in `prompts/respond/shared`. A file maps a group (a feeling, a
topic, or `any`) to numbered wordings; a group may be divided by intensity first. An id such as
`support.reflect.sadness.3` therefore stays while its line stays.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Template
from typing import cast

import yaml

from empathy_agent.errors import SetupError
from empathy_agent.models.listener.themes import lines_of

__all__ = ["SETTINGS", "Wording", "choose", "families", "wordings"]

SETTINGS = ("support", "service")
_SHARED = "shared"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTENSITIES = ("slight", "clear", "strong")
_OF_THEMES = ("theme", "theme_ask")
"""Families whose lines stand in `themes`, a theme a group."""


@dataclass(frozen=True)
class Wording:
    """One reviewed line."""

    id: str
    """`FOLDER.FAMILY.GROUP.NUMBER`, with the intensity before the number where it has one."""
    group: str
    intensity: str | None
    """Null: fits any."""
    text: str
    slots: frozenset[str]
    """The `$names` in it."""

    def fill(self, slots: Mapping[str, str]) -> str:
        """Return the line with its slots filled."""
        return Template(self.text).substitute(slots)

    def echoes(self) -> bool:
        """Say whether it plays back the user's own clause."""
        return bool(self.slots & {"echo", "Echo"})


@cache
def families(setting: str) -> tuple[str, ...]:
    """Return the names of all families that a setting can use."""
    return tuple(sorted({*_in_folder(setting), *_in_folder(_SHARED), *_OF_THEMES}))


@cache
def _in_folder(name: str) -> frozenset[str]:
    folder = files("empathy_agent.prompts").joinpath("respond", name)
    return frozenset(each.name[:-5] for each in folder.iterdir() if each.name.endswith(".yaml"))


@cache
def wordings(setting: str, family: str) -> tuple[Wording, ...]:
    """Return a family's lines.

    Raises:
        SetupError: there is no such family, or its file has another shape.
    """
    if family not in families(setting):
        raise SetupError(f"no wordings {family!r} for {setting!r}")
    if family in _OF_THEMES:
        by_theme = cast("dict[str, dict[object, object]]", lines_of(setting, family))
        return tuple(_read(f"{setting}.{family}", by_theme))
    folder = setting if family in _in_folder(setting) else _SHARED
    path = files("empathy_agent.prompts").joinpath("respond", folder, f"{family}.yaml")
    told: object = yaml.load(path.read_text(encoding="utf-8"), _LOADER)
    if not isinstance(told, dict):
        raise SetupError(f"respond/{folder}/{family}.yaml must map groups to numbered wordings")
    return tuple(_read(f"{folder}.{family}", cast("dict[str, dict[object, object]]", told)))


def _read(prefix: str, told: dict[str, dict[object, object]]) -> Iterator[Wording]:
    for group, lines in told.items():
        for key, value in lines.items():
            if key in _INTENSITIES:
                inner = cast("dict[int, str]", value)
                for number, text in inner.items():
                    yield _wording(f"{prefix}.{group}.{key}.{number}", group, str(key), text)
            else:
                yield _wording(f"{prefix}.{group}.{key}", group, None, str(value))


def _wording(name: str, group: str, intensity: str | None, text: str) -> Wording:
    slots = frozenset(Template(text).get_identifiers())
    return Wording(name, group, intensity, text.strip(), slots)


def choose(
    setting: str,
    family: str,
    *,
    groups: Sequence[str],
    intensity: str,
    slots: Collection[str],
    spent: Collection[str],
    seed: str,
    echo: bool = True,
) -> Wording | None:
    """Return a line that fits and was not spoken yet; None when all that fit are spent.

    Args:
        setting: `support` or `service`.
        family: the file.
        groups: the best fit first; `any` is always tried last.
        intensity: of the feeling.
        slots: the `$names` that can be filled.
        spent: ids already spoken.
        seed: decides between lines that fit alike; the same seed gives the same line.
        echo: whether a line that plays back the user's words is preferred.
    """
    fitting = [
        each
        for each in wordings(setting, family)
        if each.id not in spent and each.slots <= set(slots) and each.intensity in {None, intensity}
    ]
    pools = [[each for each in fitting if each.group == group] for group in (*groups, "any")]
    pool = _tellingest(pools) if echo else next(filter(None, pools), list[Wording]())
    exact = [each for each in pool if each.intensity == intensity]
    return _draw(exact or pool, f"{seed}|{family}") if pool else None


def _tellingest(pools: list[list[Wording]]) -> list[Wording]:
    """Return the lines that show most of what the user said: their clause, else the best fit."""
    for pool in pools:
        echoing = [each for each in pool if each.echoes()]
        if echoing:
            return echoing
    for pool in pools:
        if pool:
            return [each for each in pool if each.slots] or pool
    return []


def _draw(pool: Sequence[Wording], seed: str) -> Wording:
    """Return one of them, by rendezvous hashing: adding a line changes few choices."""
    return max(pool, key=lambda each: hashlib.sha256(f"{seed}|{each.id}".encode()).digest())
