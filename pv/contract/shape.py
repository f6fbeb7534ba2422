"""Shape: which keys and types the schema has at a path, read from the data classes."""

from __future__ import annotations

import dataclasses
import types
import typing
from functools import cache, lru_cache
from typing import Any

from pv.contract.document import DataPath
from pv.contract.model import Contract

_CONTAINERS: dict[type, type] = {dict: dict, tuple: list}


def struct_at(path: DataPath) -> type | None:
    """Data class that describes the mapping at ``path``; None where its keys are free."""
    return next((t for t in _types_at(path) if _is_struct(t)), None)


def keys_at(path: DataPath) -> tuple[str, ...]:
    """Keys that the schema knows in the mapping at ``path``."""
    struct = struct_at(path)
    return tuple(_fields(struct)) if struct else ()


def known_part(loc: tuple[str | int, ...]) -> DataPath:
    """The part of a validator's location that is a path in the data: unions add steps to it."""
    for end in range(len(loc), 0, -1):
        if _types_at(loc[:end]):
            return loc[:end]
    return ()


def could_hold(path: DataPath, value: Any) -> bool:
    """Whether ``value`` has the outer form (mapping, list, single value) of what belongs there."""
    return any(isinstance(value, _form(t)) for t in _types_at(path))


def choices_at(path: DataPath) -> tuple[str, ...]:
    """Words that are allowed at ``path``, where the schema lists them."""
    found = (t for t in _types_at(path) if typing.get_origin(t) is typing.Literal)
    return tuple(word for kind in found for word in typing.get_args(kind))


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and dataclasses.is_dataclass(kind)


def _form(kind: Any) -> type | tuple[type, ...]:
    if _is_struct(kind):
        return dict
    if kind is Any:
        return object
    return _CONTAINERS.get(typing.get_origin(kind) or kind, (str, int, float, bool))


@lru_cache(maxsize=4096)
def _types_at(path: DataPath) -> tuple[Any, ...]:
    """Types that a value at ``path`` may have; none where the schema has no such path."""
    if not path:
        return (Contract,)
    *above, step = path
    found = (_child(kind, step) for kind in _types_at(tuple(above)))
    return tuple(alternative for kind in found for alternative in _alternatives(kind))


def _child(kind: Any, step: str | int) -> Any:
    """Type of the entry ``step`` of a value of type ``kind``, or None."""
    if _is_struct(kind):
        return _fields(kind).get(str(step))
    arguments = typing.get_args(kind)
    if typing.get_origin(kind) is dict and isinstance(step, str):
        return arguments[1]
    if typing.get_origin(kind) is tuple and isinstance(step, int):
        return arguments[0]
    return None


def _alternatives(kind: Any) -> tuple[Any, ...]:
    """Members of a union, without None."""
    if kind is None:
        return ()
    if isinstance(kind, types.UnionType) or typing.get_origin(kind) is typing.Union:
        return tuple(t for t in typing.get_args(kind) if t is not types.NoneType)
    return (kind,)


@cache
def _fields(struct: type) -> dict[str, Any]:
    hints = typing.get_type_hints(struct)
    names = (field.name for field in dataclasses.fields(struct))
    return {name.rstrip("_"): hints[name] for name in names}
