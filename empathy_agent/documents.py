"""YAML files that people write, read into pydantic models with errors of one line."""

from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError

from empathy_agent.errors import SetupError, near

__all__ = ["check", "load", "parse", "read"]

M = TypeVar("M", bound=BaseModel)


def load(path: Path, model: type[M]) -> M:
    """Return a file as a `model`.

    Raises:
        SetupError: the file cannot be read, is no YAML, or says what the model does not know.
    """
    return check(read(path), model, str(path))


def parse(text: str, model: type[M], name: str) -> M:
    """Return YAML text as a `model`; `name` stands for it in errors."""
    return check(_pairs(text, name), model, name)


def read(path: Path) -> dict[str, Any]:
    """Return what a file says, unchecked.

    Raises:
        SetupError: the file cannot be read or is no YAML of names and values.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SetupError(f"cannot read {str(path)!r}: {reason}") from error
    return _pairs(text, str(path))


def check(told: dict[str, Any], model: type[M], name: str) -> M:
    """Return what a file says as a `model`.

    Raises:
        SetupError: it says what the model does not know.
    """
    try:
        return model.model_validate(told)
    except ValidationError as error:
        raise SetupError(f"{name!r}: {_first(error, model)}") from error


def _pairs(text: str, name: str) -> dict[str, Any]:
    try:
        told = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" near line {mark.line + 1}" if mark else ""
        raise SetupError(f"{name!r} is not YAML{where}; check quotes and indentation") from error
    if not isinstance(told, dict):
        raise SetupError(f"{name!r} must hold `name: value` pairs, such as those of the examples")
    return told  # pyright: ignore[reportUnknownVariableType]


def _first(error: ValidationError, model: type[BaseModel]) -> str:
    """Return the first thing that is wrong, in words, with a near name for an unknown key."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        owner = _owner(model, first["loc"][:-1])
        known = [field.alias or name for name, field in owner.model_fields.items()]
        return f"unknown key {where!r}{near(str(first['loc'][-1]), known)}"
    if first["type"] == "missing":
        return f"{where!r} is missing"
    return f"{where!r}: {first['msg']}"


def _owner(model: type[BaseModel], path: tuple[int | str, ...]) -> type[BaseModel]:
    """Return the model that the key at the end of `path` was meant for."""
    for part in path:
        field = model.model_fields.get(str(part))
        if field is not None:
            inner = _models_in(field.annotation)
            model = inner[0] if inner else model
        elif isinstance(part, str):
            continue
    return model


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]
