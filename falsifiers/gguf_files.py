"""GGUF files put together field by field, so that any field of them can be made wrong.

Written from ggml's docs/gguf.md by struct alone; shares no code with the writer under test.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

U8, I8, U16, I16, U32, I32, F32, BOOL, STRING, ARRAY, U64, I64, F64 = range(13)
FORMATS = {U8: "B", I8: "b", U16: "H", I16: "h", U32: "I", I32: "i", F32: "f"}
FORMATS |= {BOOL: "B", U64: "Q", I64: "q", F64: "d"}

Part = tuple[str, str | None, object]
"""Of a file: what it is, its struct format or None for bytes, its value."""


def number(kind: int, value: float) -> list[Part]:
    return [("value", FORMATS[kind], value)]


def text(value: bytes) -> list[Part]:
    return [("length", "Q", len(value)), ("text", None, value)]


def array(kind: int, elements: Iterable[list[Part]]) -> list[Part]:
    listed = list(elements)
    head: list[Part] = [("element type", "I", kind), ("count", "Q", len(listed))]
    return head + [part for element in listed for part in element]


@dataclass(frozen=True)
class Pair:
    """Of the metadata."""

    key: bytes
    kind: int
    value: list[Part]


@dataclass(frozen=True)
class Tensor:
    """Of the header, dims as the file has them, and how many bytes of data it has."""

    name: bytes
    dims: tuple[int, ...]
    type: int
    size: int
    offset: int | None = None
    """Where the one before it ends, where it is None."""


@dataclass(frozen=True)
class Field:
    """Where it is in the file, and how a number in it is stored."""

    at: int
    size: int
    format: str | None


@dataclass(frozen=True)
class File:
    """The bytes of a file, and where each of its fields is."""

    data: bytes
    order: str
    fields: dict[str, Field] = field(repr=False)
    header: int = 0
    """Bytes before the padding."""
    begin: int = 0
    """Where the data begin."""

    def at(self, name: str) -> int:
        return self.fields[name].at

    def put(self, name: str, value: object) -> bytes:
        """The file with another value in one field: a number, or bytes of any length."""
        place = self.fields[name]
        new = value if isinstance(value, bytes) else struct.pack(self.order + place.format, value)
        return self.data[: place.at] + new + self.data[place.at + place.size :]


def pattern(size: int, seed: int) -> bytes:
    """Data that differ everywhere; as fp16 and float32 all of them are finite."""
    return bytes((seed * 31 + i * 7) % 113 for i in range(size))


def file(
    pairs: Sequence[Pair],
    tensors: Sequence[Tensor],
    *,
    order: str = "<",
    version: int = 3,
    alignment: int = 32,
    last_padding: bool = True,
) -> File:
    """Put it together. Nothing is checked: much of it is to be wrong."""
    parts: list[tuple[str, str | None, object]] = [
        ("magic", None, b"GGUF"),
        ("version", "I", version),
        ("tensors", "Q", len(tensors)),
        ("pairs", "Q", len(pairs)),
    ]
    for i, pair in enumerate(pairs):
        parts += named(f"pair {i} key", text(pair.key))
        parts.append((f"pair {i} type", "I", pair.kind))
        parts += named(f"pair {i}", pair.value)
    ends = 0
    places = []
    for i, tensor in enumerate(tensors):
        offset = ends if tensor.offset is None else tensor.offset
        places.append(offset)
        ends = up(offset + tensor.size, alignment)
        parts += named(f"tensor {i} name", text(tensor.name))
        parts.append((f"tensor {i} axes", "I", len(tensor.dims)))
        parts += [(f"tensor {i} dim {d}", "Q", dim) for d, dim in enumerate(tensor.dims)]
        parts += [(f"tensor {i} type", "I", tensor.type), (f"tensor {i} offset", "Q", offset)]
    data, fields = bytearray(), {}
    for name, format_, value in parts:
        packed = value if format_ is None else struct.pack(order + format_, value)
        fields[name] = Field(len(data), len(packed), format_)
        data += packed
    header = len(data)
    data += bytes(up(header, alignment) - header)
    begin = len(data)
    for i, (tensor, offset) in enumerate(zip(tensors, places, strict=True)):
        if offset < 1 << 32:
            data += bytes(max(0, begin + offset - len(data)))
            data[begin + offset : begin + offset + tensor.size] = pattern(tensor.size, i)
    if last_padding:
        data += bytes(up(len(data), alignment) - len(data))
    return File(bytes(data), order, fields, header, begin)


def named(name: str, parts: Iterable[Part]) -> list[Part]:
    """Parts of a value: a label that is there several times gets a number."""
    seen: dict[str, int] = {}
    found = []
    for label, format_, value in parts:
        count = seen[label] = seen.get(label, -1) + 1
        found.append((f"{name} {label}" + (f" {count}" if count else ""), format_, value))
    return found


def up(size: int, alignment: int) -> int:
    return -(-size // alignment) * alignment


SCALARS = [
    Pair(b"a.u8", U8, number(U8, 200)),
    Pair(b"a.i8", I8, number(I8, -100)),
    Pair(b"a.u16", U16, number(U16, 60000)),
    Pair(b"a.i16", I16, number(I16, -30000)),
    Pair(b"a.u32", U32, number(U32, 1 << 31)),
    Pair(b"a.i32", I32, number(I32, -5)),
    Pair(b"a.f32", F32, number(F32, 0.5)),
    Pair(b"a.bool", BOOL, number(BOOL, 1)),
    Pair(b"a.string", STRING, text("Grüße".encode())),
    Pair(b"a.u64", U64, number(U64, 1 << 63)),
    Pair(b"a.i64", I64, number(I64, -(1 << 62))),
    Pair(b"a.f64", F64, number(F64, 0.1)),
]
ARRAYS = [
    Pair(b"b.u8", ARRAY, array(U8, [number(U8, i) for i in range(5)])),
    Pair(b"b.i32", ARRAY, array(I32, [number(I32, -i) for i in range(3)])),
    Pair(b"b.f32", ARRAY, array(F32, [number(F32, i / 4) for i in range(3)])),
    Pair(b"b.bool", ARRAY, array(BOOL, [number(BOOL, i % 2) for i in range(4)])),
    Pair(b"b.string", ARRAY, array(STRING, [text(t) for t in (b"one", b"", "zwölf".encode())])),
    Pair(b"b.none", ARRAY, array(U64, [])),
    Pair(b"b.nested", ARRAY, array(ARRAY, [array(U8, [number(U8, 1)]), array(STRING, [])])),
]
TENSORS = [
    Tensor(b"first", (4, 3), 0, 48),
    Tensor(b"blocks", (64, 2), 8, 136),
    Tensor(b"half", (5,), 1, 10),
    Tensor(b"empty", (3, 0), 0, 0),
    Tensor(b"last", (2, 1, 1, 2), 30, 8),
]


def good(order: str = "<", version: int = 3) -> File:
    """A file with every type of value, and nothing wrong."""
    return file(SCALARS + ARRAYS, TENSORS, order=order, version=version)


def vocabulary(order: str = "<", tokens: int = 700) -> File:
    """A file that is mostly one array of strings, of all lengths around 256 and none."""
    sizes = [(i * 37) % 40 if i % 97 else (i % 5) * 100 for i in range(tokens)]
    words = [text(bytes(97 + (i + j) % 26 for j in range(size))) for i, size in enumerate(sizes)]
    pairs = [Pair(b"tokens", ARRAY, array(STRING, words)), *SCALARS[:3]]
    return file(pairs, TENSORS[:1], order=order)
