"""What a filter and a namespace condition mean, as in LangGraph's own stores; pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from langgraph.store.base import ListNamespacesOp, MatchCondition

__all__ = ["SHORT", "Namespace", "all_of", "listed", "matches", "narrowed", "under"]

Namespace = tuple[str, ...]
SHORT = 256
"""Characters up to which a text field is kept beside its item, for filters."""

_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "$gt": lambda one, other: one > other,
    "$gte": lambda one, other: one >= other,
    "$lt": lambda one, other: one < other,
    "$lte": lambda one, other: one <= other,
}


def matches(value: Any, wanted: Any) -> bool:
    """Say whether a value is as a filter wants it.

    Args:
        value: any JSON.
        wanted: JSON to be equal to. Of a dict only the named fields count, and one of operators
            (`$eq`, `$ne`, `$gt`, `$gte`, `$lt`, `$lte`) compares. What cannot be compared as a
            number does not match.

    Raises:
        ValueError: an operator is unknown.
    """
    if isinstance(wanted, dict):
        return _has(value, cast("dict[str, Any]", wanted))
    if isinstance(wanted, list | tuple):
        each = list(cast("Sequence[Any]", wanted))
        held = list(cast("Sequence[Any]", value)) if isinstance(value, list | tuple) else None
        return held is not None and len(held) == len(each) and all(map(matches, held, each))
    return value == wanted


def _has(value: Any, wanted: dict[str, Any]) -> bool:
    if any(name.startswith("$") for name in wanted):
        return all(_compares(value, name, other) for name, other in wanted.items())
    if not isinstance(value, dict):
        return False
    held = cast("dict[str, Any]", value)
    return all(matches(held.get(name), each) for name, each in wanted.items())


def _compares(value: Any, name: str, other: Any) -> bool:
    if name in {"$eq", "$ne"}:
        return (value == other) is (name == "$eq")
    if name not in _COMPARED:
        raise ValueError(f"unknown operator {name!r}; known are $eq, $ne, {', '.join(_COMPARED)}")
    try:
        return _COMPARED[name](float(value), float(other))
    except (TypeError, ValueError):
        return False


def under(prefix: Namespace) -> list[dict[str, Any]]:
    """Return Chroma's filter for what lies under a prefix."""
    return [{f"under{len(prefix)}": ".".join(prefix)}] if prefix else []


def all_of(where: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Join filters as Chroma wants them."""
    if len(where) > 1:
        return {"$and": list(where)}
    return where[0] if where else None


def narrowed(filter: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Return what of a filter Chroma can check: equality with a short text."""
    return [
        {f"v.{name}": wanted}
        for name, wanted in (filter or {}).items()
        if isinstance(wanted, str) and len(wanted) <= SHORT
    ]


def listed(namespaces: Sequence[Namespace], op: ListNamespacesOp) -> list[Namespace]:
    """Return the namespaces that an op asks for."""
    kept = [
        each
        for each in namespaces
        if all(_fits(condition, each) for condition in op.match_conditions or ())
    ]
    if op.max_depth is not None:
        kept = sorted({each[: op.max_depth] for each in kept})
    return kept[op.offset : op.offset + op.limit]


def _fits(condition: MatchCondition, namespace: Namespace) -> bool:
    path = tuple(condition.path)
    if len(namespace) < len(path):
        return False
    start = 0 if condition.match_type == "prefix" else len(namespace) - len(path)
    part = namespace[start : start + len(path)]
    return all(wanted in ("*", label) for wanted, label in zip(path, part, strict=True))
