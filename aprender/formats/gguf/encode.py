"""Metadata values as bytes: the inverse of what values.py reads."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np

from aprender.formats.gguf.cursor import TEXT, Order
from aprender.formats.gguf.error import GGUFError
from aprender.formats.gguf.strings import Strings
from aprender.formats.gguf.values import GUARD, NUMBERS, Arrays, Kind

KINDS = {dtype: kind for kind, dtype in NUMBERS.items()}


def encoded_value(value: object, field: str, order: Order) -> Iterator[bytes]:
    """The type's id and the value; refuse what has no type of its own, as an `int` has no width."""
    if isinstance(value, str):
        yield _u32(Kind.STRING, order) + encoded_text(value, field, order)
    elif isinstance(value, bool):
        yield _u32(Kind.BOOL, order) + bytes([value])
    elif isinstance(value, np.generic):
        number = np.asarray(value)
        yield _u32(_kind(number, field), order) + _numbers(number, order)
    else:
        yield _u32(Kind.ARRAY, order)
        yield from _array(value, field, order)


def encoded_text(text: str, field: str, order: Order) -> bytes:
    """The length in UTF-8, and the text."""
    try:
        encoded = text.encode()
    except (AttributeError, UnicodeEncodeError) as error:
        raise GGUFError(f"{text!r} is no text of UTF-8", guard=TEXT, field=field) from error
    return struct.pack(f"{order}Q", len(encoded)) + encoded


def _array(value: object, field: str, order: Order) -> Iterator[bytes]:
    """An array without the id that says so: element type, count, elements."""
    if isinstance(value, np.ndarray) and value.ndim == 1:
        yield _head(_kind(value, field), len(value), order)
        yield _numbers(value, order)
    elif isinstance(value, Strings):
        yield _head(Kind.STRING, len(value), order)
        yield from (encoded_text(text, field, order) for text in value)
    elif isinstance(value, Arrays):
        yield _head(Kind.ARRAY, len(value), order)
        for inner in value:
            yield from _array(inner, field, order)
    else:
        reason = f"a {type(value).__name__} has no type in GGUF: use a NumPy scalar, bool, str, "
        reason += "a NumPy array of one axis, Strings or Arrays"
        raise GGUFError(reason, guard=GUARD, field=field)


def _kind(numbers: np.ndarray, field: str) -> Kind:
    kind = KINDS.get(numbers.dtype.newbyteorder("="))
    if kind is None:
        reason = f"dtype {numbers.dtype} has no type in GGUF: {', '.join(map(str, KINDS))} have"
        raise GGUFError(reason, guard=GUARD, field=field)
    return kind


def _numbers(numbers: np.ndarray, order: Order) -> bytes:
    return numbers.astype(numbers.dtype.newbyteorder(order)).tobytes()


def _head(kind: Kind, count: int, order: Order) -> bytes:
    return _u32(kind, order) + struct.pack(f"{order}Q", count)


def _u32(number: int, order: Order) -> bytes:
    return struct.pack(f"{order}I", number)
