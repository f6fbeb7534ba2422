"""A reader of GGUF, from ggml's docs/gguf.md by struct alone: for good files, and slow.

Nothing is checked that a good file has: an error of any kind says that the file is not one.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

FORMATS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
STRING, ARRAY = 8, 9
BLOCKS = {
    0: (1, 4),
    1: (1, 2),
    2: (32, 18),
    3: (32, 20),
    6: (32, 22),
    7: (32, 24),
    8: (32, 34),
    10: (256, 84),
    11: (256, 110),
    12: (256, 144),
    13: (256, 176),
    14: (256, 210),
    24: (1, 1),
    25: (1, 2),
    26: (1, 4),
    27: (1, 8),
    28: (1, 8),
    30: (1, 2),
}
"""Weights and bytes of a block, by the type's id."""


@dataclass(frozen=True)
class Tensor:
    """As the file has it: the contiguous axis first."""

    name: str
    dims: tuple[int, ...]
    type: int
    data: bytes


@dataclass(frozen=True)
class Contents:
    """Of a file: (type, value) by key, an array's value being (element type, list)."""

    version: int
    metadata: dict[str, tuple[int, object]]
    tensors: list[Tensor]
    header: int
    """Bytes before the padding."""
    begin: int
    """Where the data begin."""
    size: int


class Reader:
    def __init__(self, data: bytes, order: str) -> None:
        self.data, self.order, self.at = data, order, 0

    def number(self, format_: str) -> Any:
        (value,) = struct.unpack_from(self.order + format_, self.data, self.at)
        self.at += struct.calcsize(self.order + format_)
        return value

    def bytes(self, count: int) -> bytes:
        assert self.at + count <= len(self.data)
        self.at += count
        return self.data[self.at - count : self.at]

    def text(self) -> str:
        return self.bytes(self.number("Q")).decode()

    def value(self, kind: int) -> object:
        if kind == STRING:
            return self.text()
        if kind == ARRAY:
            inner = self.number("I")
            return inner, [self.value(inner) for _ in range(self.number("Q"))]
        return self.number(FORMATS[kind])


def read(data: bytes) -> Contents:
    """All of a good file."""
    order = "<" if struct.unpack_from("<I", data, 4)[0] < 1 << 16 else ">"
    reader = Reader(data, order)
    assert reader.bytes(4) == b"GGUF"
    version, tensors, pairs = reader.number("I"), reader.number("Q"), reader.number("Q")
    metadata = {}
    for _ in range(pairs):
        key = reader.text()
        kind = reader.number("I")
        assert key not in metadata
        metadata[key] = (kind, reader.value(kind))
    records = [record(reader) for _ in range(tensors)]
    header = reader.at
    alignment = metadata.get("general.alignment", (4, 32))[1]
    while reader.at % alignment:
        assert reader.bytes(1) == b"\0"
    begin = reader.at
    found = []
    for name, dims, kind, offset in records:
        weights, size = BLOCKS[kind]
        assert offset % alignment == 0
        reader.at = begin + offset
        count = 1
        for dim in dims:
            count *= dim
        assert not dims or dims[0] % weights == 0
        found.append(Tensor(name, dims, kind, reader.bytes(count // weights * size)))
        while reader.at % alignment:
            assert reader.bytes(1) == b"\0"
    return Contents(version, metadata, found, header, begin, reader.at)


def record(reader: Reader) -> tuple[str, tuple[int, ...], int, int]:
    """Of one tensor: name, dims, type, offset."""
    name = reader.text()
    dims = tuple(reader.number("Q") for _ in range(reader.number("I")))
    return name, dims, reader.number("I"), reader.number("Q")
