"""Metadata values: what stands in a file, and what it is in Python.

| in the file | in Python |
|---|---|
| a number | a NumPy scalar of the same width: ``numpy.uint32(5)``, ``numpy.float32(1e-5)`` |
| bool, string | ``bool``, ``str`` |
| array of numbers or bools | a NumPy array of one axis, of the same dtype |
| array of strings | ``Strings``, a tuple of ``str`` |
| array of arrays | ``Arrays``, a tuple of any of these three |
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from aprender.formats.gguf.cursor import Cursor
from aprender.formats.gguf.strings import LENGTH, Strings, read_strings, string_starts

GUARD = "FALSIFY-GGUF-VALUES"
NESTING = 4
"""Arrays within arrays, counting the outermost."""
MOST_NESTED = 1 << 14
"""Arrays within one array: an array of NumPy takes ten times the bytes that it has in the file."""
ANY = (1 << 63) - 1


class Kind(IntEnum):
    """The types of values, by their ids in a file."""

    U8 = 0
    I8 = 1
    U16 = 2
    I16 = 3
    U32 = 4
    I32 = 5
    F32 = 6
    BOOL = 7
    STRING = 8
    ARRAY = 9
    U64 = 10
    I64 = 11
    F64 = 12


NUMBERS = {
    Kind.U8: np.dtype(np.uint8),
    Kind.I8: np.dtype(np.int8),
    Kind.U16: np.dtype(np.uint16),
    Kind.I16: np.dtype(np.int16),
    Kind.U32: np.dtype(np.uint32),
    Kind.I32: np.dtype(np.int32),
    Kind.F32: np.dtype(np.float32),
    Kind.BOOL: np.dtype(np.bool_),
    Kind.U64: np.dtype(np.uint64),
    Kind.I64: np.dtype(np.int64),
    Kind.F64: np.dtype(np.float64),
}
"""What a fixed number of bytes holds; bool among them."""

LEAST = {Kind.STRING: LENGTH, Kind.ARRAY: 4 + 8} | {
    kind: dtype.itemsize for kind, dtype in NUMBERS.items()
}
"""The fewest bytes that an element of an array takes."""


class Arrays(tuple["np.ndarray | Strings | Arrays", ...]):
    """An array of arrays among the metadata. The format allows it, and llama.cpp refuses it."""

    __slots__ = ()


Value = bool | str | np.number | np.ndarray | Strings | Arrays


def read_kind(cursor: Cursor, field: str) -> Kind:
    """The type of a value; refuse an id that is none."""
    at = cursor.at
    kind = cursor.u32(field)
    if kind > max(Kind):
        cursor.refuse(field, f"{kind} is no type of a value: 0 to {max(Kind)} are", GUARD, at)
    return Kind(kind)


def read_value(cursor: Cursor, kind: Kind) -> Value:
    """The value here. Arrays of numbers are read-only views of the file, if its order is ours."""
    if kind is Kind.STRING:
        return cursor.string("value")
    if kind is Kind.ARRAY:
        return _read_array(cursor)
    value = _numbers(cursor, kind, 1)[0]
    return bool(value) if kind is Kind.BOOL else value


def _read_array(cursor: Cursor) -> np.ndarray | Strings | Arrays:
    kind, count = _array_head(cursor)
    if kind is Kind.STRING:
        return read_strings(cursor, count)
    if kind is Kind.ARRAY:
        return Arrays(_read_array(cursor) for _ in range(count))
    return _numbers(cursor, kind, count)


def skip_value(cursor: Cursor, kind: Kind) -> None:
    """Move over a value and refuse what is wrong with it, but for the text within arrays."""
    if kind is Kind.STRING:
        cursor.string("value")
    elif kind is Kind.ARRAY:
        _skip_array(cursor)
    elif kind is Kind.BOOL:
        _numbers(cursor, kind, 1)
    else:
        cursor.skip(NUMBERS[kind].itemsize, "value")


def _skip_array(cursor: Cursor) -> None:
    """Move over one, keeping by level how many arrays are still to come."""
    to_come = [1]
    nested = 0
    while to_come:
        if not to_come[-1]:
            to_come.pop()
            continue
        to_come[-1] -= 1
        at = cursor.at
        kind, count = _array_head(cursor)
        if kind is Kind.ARRAY:
            nested += count
            if len(to_come) == NESTING and count:
                cursor.refuse("array", f"nested more than {NESTING} deep", GUARD, at)
            if nested > MOST_NESTED:
                cursor.refuse("array", f"more than {MOST_NESTED} arrays within it", GUARD, at)
            to_come.append(count)
        elif kind is Kind.STRING:
            string_starts(cursor, count)
        elif kind is Kind.BOOL:
            _numbers(cursor, kind, count)
        else:
            cursor.skip(count * NUMBERS[kind].itemsize, "array")


def _array_head(cursor: Cursor) -> tuple[Kind, int]:
    """Element type and count, of which no element is missing in the file."""
    kind = read_kind(cursor, "array's element type")
    return kind, cursor.count(LEAST[kind], ANY, "array's count")


def _numbers(cursor: Cursor, kind: Kind, count: int) -> np.ndarray:
    """So many numbers [count] in the machine's order."""
    dtype = NUMBERS[kind]
    at = cursor.skip(count * dtype.itemsize, "value")
    if kind is Kind.BOOL:
        return _bools(cursor, at, count)
    stored = np.frombuffer(cursor.data, dtype.newbyteorder(cursor.order), count, at)
    return stored.astype(dtype, copy=False)


def _bools(cursor: Cursor, at: int, count: int) -> np.ndarray:
    stored = np.frombuffer(cursor.data, np.uint8, count, at)
    wrong = np.flatnonzero(stored > 1)
    if len(wrong):
        first = int(wrong[0])
        cursor.refuse("bool", f"{stored[first]} is neither 0 nor 1", GUARD, at + first)
    return stored.view(np.bool_)
