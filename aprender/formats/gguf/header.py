"""The header: everything before the tensors' data, checked wholly before any of it is used."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

from aprender.formats.gguf.cursor import Cursor, Order
from aprender.formats.gguf.error import GGUFWarning
from aprender.formats.gguf.layout import DEFAULT_ALIGNMENT, Layout, padded
from aprender.formats.gguf.tensors import LONGEST_GGML_NAME, NAMES, read_tensor_info
from aprender.formats.gguf.values import Kind, read_kind, read_value, skip_value

MAGIC_GUARD = "FALSIFY-GGUF-001"
ALIGNMENT_GUARD = "FALSIFY-GGUF-005"
VERSION_GUARD = "FALSIFY-GGUF-006"

MAGIC = b"GGUF"
VERSIONS = (2, 3)
ALIGNMENT_KEY = "general.alignment"
LEAST_ALIGNMENT = 8
MOST_ALIGNMENT = 1 << 20
LONGEST_KEY = (1 << 16) - 1
MOST_KEYS = MOST_TENSORS = 1 << 16
"""A key or name takes ten times the bytes in Python that the least of them takes in a file."""

LEAST_PAIR = 8 + 4 + 1
LEAST_TENSOR = 8 + 4 + 4 + 8


@dataclass(frozen=True, slots=True)
class Header:
    """Where things are in a file."""

    version: int
    order: Order
    alignment: int
    keys: dict[str, int]
    """Of each key the position of its value's type."""
    tensors: dict[str, int]
    """Of each tensor the position of its record."""
    data: int
    """Where the tensors' data begin."""
    data_end: int
    """Where they end, without the padding of the last tensor."""


def read_header(data: memoryview, path: str, *, strict: bool) -> Header:
    """Read and check the header of a file that is all in `data`; a GGUFError says what is wrong."""
    cursor = _after_version(Cursor(data, path))
    version = Cursor(data, path, cursor.order, at=len(MAGIC)).u32("version")
    tensors = cursor.count(LEAST_TENSOR, MOST_TENSORS, "number of tensors")
    pairs = cursor.count(LEAST_PAIR, MOST_KEYS, "number of metadata pairs")
    keys, alignment = read_keys(cursor, pairs)
    layout = _read_tensors(cursor, tensors)
    begin = padded(cursor.at, alignment)
    end = layout.check(cursor, alignment, begin, strict=strict)
    return Header(version, cursor.order, alignment, keys, layout.records, begin, end)


def _after_version(cursor: Cursor) -> Cursor:
    """Magic and version are right: a cursor behind them, in the file's byte order."""
    magic = bytes(cursor.data[: len(MAGIC)])
    if magic != MAGIC:
        cursor.refuse("magic", f"{magic!r} is not {MAGIC!r}", MAGIC_GUARD)
    cursor.skip(len(MAGIC), "magic")
    at = cursor.at
    version = cursor.u32("version")
    order: Order = "<"
    if version and version & 0xFFFF == 0:
        # A version is small: the two low bytes are zero where they are the high ones.
        order = ">"
        version = int.from_bytes(version.to_bytes(4, "little"), "big")
    if version not in VERSIONS:
        foreign = ", in big-endian order" if order == ">" else ""
        reason = f"{version}{foreign}; 2 and 3 are read: convert the file with its own software"
        cursor.refuse("version", reason, VERSION_GUARD, at)
    return Cursor(cursor.data, cursor.path, order, cursor.at)


def read_keys(cursor: Cursor, pairs: int) -> tuple[dict[str, int], int]:
    """The position of each key's value, and the alignment."""
    keys: dict[str, int] = {}
    alignment = DEFAULT_ALIGNMENT
    for _ in range(pairs):
        cursor.thing = "a metadata pair"
        at = cursor.at
        key = cursor.string("key", LONGEST_KEY)
        if not key or "\0" in key or key in keys:
            reason = f"{key!r:.80} is empty, has a NUL, or came before"
            cursor.refuse("key", reason, NAMES, at)
        cursor.thing = f"{key!r:.80}"
        keys[key] = cursor.at
        kind = read_kind(cursor, "value's type")
        if key == ALIGNMENT_KEY:
            alignment = _read_alignment(cursor, kind)
        else:
            skip_value(cursor, kind)
    return keys, alignment


def _read_alignment(cursor: Cursor, kind: Kind) -> int:
    at = cursor.at
    if kind is not Kind.U32:
        cursor.refuse("value", f"a {kind.name}, and it has to be a U32", ALIGNMENT_GUARD, at)
    alignment = int(read_value(cursor, kind))
    if not is_alignment(alignment, LEAST_ALIGNMENT):
        reason = f"{alignment} is no power of two from {LEAST_ALIGNMENT} to {MOST_ALIGNMENT}"
        cursor.refuse("value", reason, ALIGNMENT_GUARD, at)
    return alignment


def is_alignment(alignment: int, least: int) -> bool:
    """Whether it is a power of two, and within bounds."""
    return least <= alignment <= MOST_ALIGNMENT and alignment & (alignment - 1) == 0


def _read_tensors(cursor: Cursor, tensors: int) -> Layout:
    """All records; names are unique."""
    layout = Layout()
    longest = ""
    for _ in range(tensors):
        at = cursor.at
        info = read_tensor_info(cursor)
        if info.name in layout.records:
            cursor.refuse("name", "another tensor has the same", NAMES, at)
        layout.append(info, at)
        longest = max(longest, info.name, key=_bytes)
    if _bytes(longest) > LONGEST_GGML_NAME:
        message = f"{cursor.path}: {_bytes(longest)} bytes in the name {longest!r}, and llama.cpp "
        warnings.warn(f"{message}refuses more than {LONGEST_GGML_NAME}", GGUFWarning, stacklevel=4)
    return layout


def _bytes(name: str) -> int:
    return len(name.encode())
