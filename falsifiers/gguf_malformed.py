"""Files that a reader of GGUF has to refuse, and unusual ones that it has to take.

The classes are those that public readers got wrong: a string longer than the file, a count of 2^60,
sums that wrap, tensors that share bytes. Each refusal names the field that is wrong, by its offset.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from falsifiers.gguf_files import (
    ARRAY,
    ARRAYS,
    BOOL,
    F32,
    I32,
    SCALARS,
    STRING,
    TENSORS,
    U8,
    U16,
    U32,
    U64,
    File,
    Pair,
    Tensor,
    array,
    file,
    good,
    number,
    text,
)

MAGIC, SHAPE, OFFSET = "FALSIFY-GGUF-001", "FALSIFY-GGUF-002", "FALSIFY-GGUF-003"
SIZE, ALIGNMENT, VERSION = "FALSIFY-GGUF-004", "FALSIFY-GGUF-005", "FALSIFY-GGUF-006"
TYPE, NAME = "FALSIFY-GGUF-TYPES", "FALSIFY-GGUF-NAMES"
VALUE, TEXT = "FALSIFY-GGUF-VALUES", "FALSIFY-GGUF-TEXT"


@dataclass(frozen=True)
class Case:
    """A file: taken where guard is None, otherwise refused by it at the byte `at`."""

    name: str
    data: bytes
    guard: str | None = None
    at: int | None = None
    strict: bool = True


@cache
def cases() -> tuple[Case, ...]:
    """All classes."""
    makers = (heads, counts, texts, values, nests, names, alignments, shapes, types, offsets)
    return tuple(case for maker in (*makers, taken) for case in maker())


def changed(
    file_: File, field: str, guard: str, *values: object, strict: bool = True
) -> Iterator[Case]:
    """One field of a good file with other values, of which each is refused at that field."""
    for value in values:
        name = f"{field} = {value!r}" + ("" if strict else ", not strict")
        yield Case(name, file_.put(field, value), guard, file_.at(field), strict)


def heads() -> Iterator[Case]:
    base = good()
    yield from changed(base, "magic", MAGIC, b"GGML", b"gguf", b"FUGG", b"GGJT", b"\0\0\0\0")
    for size in range(4):
        yield Case(f"{size} bytes", base.data[:size], MAGIC, 0)
    foreign = [int.from_bytes(v.to_bytes(4, "big"), "little") for v in (1, 4, 256)]
    yield from changed(base, "version", VERSION, 0, 1, 4, 5, 1 << 31, (1 << 32) - 1, *foreign)


def counts() -> Iterator[Case]:
    base = good()
    for field in ("tensors", "pairs"):
        yield from changed(base, field, SIZE, 1 << 32, 1 << 60, 1 << 63, (1 << 64) - 1)
    for i, pair in enumerate(SCALARS + ARRAYS):
        if pair.kind == ARRAY:
            field = f"pair {i} count"
            # Times 1, 4 and 8 bytes these wrap to few, or to none.
            huge = [300_000_000, 1 << 60, (1 << 61) + 1, (1 << 62) + 1, 1 << 63, (1 << 64) - 1]
            yield from changed(base, field, SIZE, *huge)
            if pair.key in (b"b.i32", b"b.string"):
                # As bytes there are so many, and not as elements.
                yield from changed(base, field, SIZE, (len(base.data) - base.at(field)) // 2)


def texts() -> Iterator[Case]:
    base = good()
    size = len(base.data)
    long = [size, 1 << 32, 1 << 60, 1 << 63, (1 << 64) - 8, (1 << 64) - 1]
    string, strings = (i for i, p in enumerate(SCALARS + ARRAYS) if p.key.endswith(b"string"))
    for field in (
        f"pair {string} key length",
        f"pair {string} length",
        f"pair {strings} length",
        f"pair {strings} length 2",
        "tensor 1 name length",
    ):
        yield from changed(base, field, SIZE, *long)
    words = array(STRING, [text(b"word")] * 300)
    short = file([Pair(b"words", ARRAY, words)], [], last_padding=False)
    for cut in (1, 4, 5, 8, 11):
        where = short.at("pair 0 length 299")
        cut_off = short.data[: short.header - cut]
        yield Case(f"array of strings without its last {cut} bytes", cut_off, SIZE, where)
    for wrong in (b"\xff\xfe", b"\xed\xa0\x80", b"\xc0\x80", b"\xe2\x82", b"\x80"):
        for field in (f"pair {string} key text", f"pair {string} text", f"pair {strings} text 2"):
            replaced = wrong.ljust(base.fields[field].size, b"a")
            yield Case(f"{field} {wrong!r}", base.put(field, replaced), TEXT, base.at(field))
        field = "tensor 1 name text"
        replaced = wrong.ljust(base.fields[field].size, b"a")
        yield Case(f"{field} {wrong!r}", base.put(field, replaced), TEXT, base.at(field))


def values() -> Iterator[Case]:
    base = good()
    every = SCALARS + ARRAYS
    yield from changed(base, "pair 4 type", VALUE, 13, 255, 1 << 31, (1 << 32) - 1)
    first_array = len(SCALARS)
    field = f"pair {first_array} element type"
    yield from changed(base, field, VALUE, 13, 255, 1 << 31, (1 << 32) - 1)
    flag, flags = (i for i, p in enumerate(every) if p.key.endswith(b"bool"))
    yield from changed(base, f"pair {flag} value", VALUE, 2, 255)
    yield from changed(base, f"pair {flags} value 3", VALUE, 2, 255)


def nested(depth: int) -> Pair:
    value = array(ARRAY, [[]]) * (depth - 1) + array(U8, [number(U8, 1)])
    return Pair(b"nested", ARRAY, value)


def nests() -> Iterator[Case]:
    for depth in (5, 6, 5000):
        made = file([nested(depth)], [])
        yield Case(f"nested {depth} deep", made.data, VALUE, made.at("pair 0 element type 3"))
    many = file([Pair(b"many", ARRAY, array(ARRAY, [array(U8, [])] * 20_000))], [])
    yield Case("20000 arrays in one", many.data, VALUE, many.at("pair 0 element type"))


def names() -> Iterator[Case]:
    def keyed(key: bytes, guard: str) -> Case:
        made = file([SCALARS[0], Pair(key, U8, number(U8, 1)), SCALARS[1]], [])
        return Case(
            f"key {key[:20]!r} of {len(key)}", made.data, guard, made.at("pair 1 key length")
        )

    yield keyed(b"", NAME)
    yield keyed(SCALARS[0].key, NAME)
    yield keyed(b"a\0b", NAME)
    yield keyed(b"k" * 65536, TEXT)
    for name, guard in [
        (b"", NAME),
        (b"first", NAME),
        (b"a\0b", NAME),
        (b"n" * 65, TEXT),
        (b"n" * 1000, TEXT),
    ]:
        made = file([], [TENSORS[0], Tensor(name, (8,), 0, 32), TENSORS[2]])
        where = made.at("tensor 1 name length")
        yield Case(f"name {name[:20]!r} of {len(name)}", made.data, guard, where)


def aligned(value: int, kind: int = U32) -> File:
    pair = Pair(b"general.alignment", kind, number(kind, value))
    fits = value if value and value & (value - 1) == 0 and value <= 1 << 21 else 32
    return file([pair, SCALARS[8]], TENSORS, alignment=fits)


def alignments() -> Iterator[Case]:
    for value in (0, 1, 2, 4, 7, 24, 31, 33, 48, 1 << 21, 1 << 31, (1 << 32) - 1):
        made = aligned(value)
        yield Case(f"alignment {value}", made.data, ALIGNMENT, made.at("pair 0 value"))
    for kind in (U8, U16, I32, F32, BOOL, U64):
        made = aligned(1 if kind == BOOL else 32, kind)
        yield Case(f"alignment of type {kind}", made.data, ALIGNMENT, made.at("pair 0 value"))
    for pair in (
        Pair(b"general.alignment", STRING, text(b"32")),
        Pair(b"general.alignment", ARRAY, array(U32, [number(U32, 32)])),
    ):
        made = file([pair], TENSORS)
        first = "pair 0 length" if pair.kind == STRING else "pair 0 element type"
        yield Case(f"alignment of type {pair.kind}", made.data, ALIGNMENT, made.at(first))


def shaped(dims: tuple[int, ...], type_: int = 0, size: int = 32) -> File:
    return file(SCALARS[:2], [TENSORS[0], Tensor(b"shaped", dims, type_, size), TENSORS[2]])


def shapes() -> Iterator[Case]:
    base = good()
    yield from changed(base, "tensor 1 axes", SHAPE, 5, 8, 255, 1 << 31, (1 << 32) - 1)
    made = shaped((1, 2, 2, 2, 1))
    yield Case("5 axes", made.data, SHAPE, made.at("tensor 1 axes"))
    for dims in (
        (1 << 32, 1 << 32, 1, 1),  # the product is 2^64, which wraps to 0
        (1 << 32, 1 << 32),
        (1 << 16, 1 << 16, 1 << 16, 1 << 16),
        (1 << 31, 1 << 31, 2, 1),
        ((1 << 62) + 1, 4),  # wraps to 4
        (1 << 63,),
        ((1 << 64) - 1,),
        ((1 << 64) - 32, 1),
        ((1 << 61) + 8,),  # wraps to 32 bytes of float32
        (0, 1 << 63),
        ((1 << 32) + 1, (1 << 32) - 1),
    ):
        made = shaped(dims)
        yield Case(f"shape {dims}", made.data, SHAPE, made.at("tensor 1 dim 0"))
    for type_, block in ((2, 32), (3, 32), (6, 32), (7, 32), (8, 32), (12, 256), (14, 256)):
        for row in (1, block - 1, block + 1):
            made = shaped((row, 2), type_)
            yield Case(f"row {row} of type {type_}", made.data, SHAPE, made.at("tensor 1 dim 0"))
    made = shaped((16, 2), 8)
    yield Case("a block over two rows", made.data, SHAPE, made.at("tensor 1 dim 0"))
    made = shaped((), 8)
    yield Case("blocks without an axis", made.data, SHAPE, made.at("tensor 1 type"))


def types() -> Iterator[Case]:
    gone = [4, 5, 31, 32, 33, 36, 37, 38]
    others = [9, 15, 16, 23, 29, 34, 39, 40, 41, 255, 1 << 31, (1 << 32) - 1]
    yield from changed(good(), "tensor 0 type", TYPE, *gone, *others)


def placed(*places: tuple[int, int]) -> File:
    """Tensors of float32 with these offsets and sizes."""
    tensors = [
        Tensor(b"t%d" % i, (size // 4,), 0, size, offset) for i, (offset, size) in enumerate(places)
    ]
    return file(SCALARS[:3], tensors)


def offsets() -> Iterator[Case]:
    base = good()
    wild = [1 << 32, 1 << 62, 1 << 63, (1 << 64) - 32, (1 << 64) - 64]
    for strict in (True, False):
        yield from changed(base, "tensor 1 offset", OFFSET, 1, 16, *wild, strict=strict)
        yield from changed(base, "tensor 0 offset", OFFSET, 33, 1 << 20, strict=strict)
    yield from changed(base, "tensor 0 offset", OFFSET, 32)
    beside = placed((0, 64), (72, 24))
    yield Case("aligned by 8", beside.data, OFFSET, beside.at("tensor 1 offset"), strict=False)
    for cut in (1, 8):
        end = base.at("tensor 4 offset")
        last = len(base.data) - 24 - cut
        yield Case(f"{cut} bytes of data missing", base.data[:last], OFFSET, end)
    first = base.at("tensor 0 offset")
    yield Case("no data", base.data[: base.header], OFFSET, first)
    yield Case("no data behind the padding", base.data[: base.begin], OFFSET, first)
    for name, made, at in (
        ("overlap", placed((0, 64), (32, 64)), 1),
        ("shared", placed((0, 64), (0, 64)), 1),
        ("one within another", placed((0, 128), (32, 32), (128, 32)), 1),
        ("overlap out of order", placed((64, 64), (0, 96)), 0),
    ):
        where = made.at(f"tensor {at} offset")
        yield Case(name, made.data, OFFSET, where)
        yield Case(f"{name}, not strict", made.data, OFFSET, None, strict=False)
    for name, made, at in (
        ("gap", placed((0, 64), (96, 64)), 1),
        ("gap at the front", placed((32, 64)), 0),
        ("out of order", placed((64, 64), (0, 64)), 0),
    ):
        where = made.at(f"tensor {at} offset")
        yield Case(name, made.data, OFFSET, where)
        yield Case(f"{name}, not strict", made.data, strict=False)


def taken() -> Iterator[Case]:
    """Unusual, and right."""
    base = good()
    yield Case("good", base.data)
    yield Case("version 2", good(version=2).data)
    yield Case("big-endian", good(">").data)
    yield Case("bytes behind the end", base.data + b"more")
    yield Case("last padding missing", file(SCALARS, TENSORS, last_padding=False).data)
    yield Case("nothing in it", file([], []).data)
    yield Case("no metadata", file([], TENSORS).data)
    yield Case("no tensors", file(SCALARS + ARRAYS, []).data)
    no_tensors = file(SCALARS + ARRAYS, [])
    yield Case("no tensors, not padded", no_tensors.data[: no_tensors.header])
    yield Case("nested 4 deep", file([nested(4)], []).data)
    for value in (8, 16, 32, 64, 4096, 1 << 20):
        yield Case(f"alignment {value}", aligned(value).data)
    yield Case("no axis", file([], [Tensor(b"scalar", (), 0, 4)]).data)
    yield Case("four axes", file([], [Tensor(b"four", (2, 1, 3, 2), 0, 48)]).data)
    yield Case("no numbers", file([], [Tensor(b"none", (0,), 0, 0)]).data)
    yield Case("no blocks", file([], [Tensor(b"none", (0, 5), 12, 0)]).data)
    for size in (1, 63):
        yield Case(f"name of {size}", file([], [Tensor(b"n" * size, (1,), 0, 4)]).data)
    yield Case("key of 65535", file([Pair(b"k" * 65535, U8, number(U8, 1))], []).data)
    yield Case("key in Greek", file([Pair("κλειδί".encode(), U8, number(U8, 1))], []).data)
    yield Case("NUL in a value", file([Pair(b"a", STRING, text(b"a\0b"))], []).data)
    yield Case("no text", file([Pair(b"a", STRING, text(b""))], []).data)
    yield Case("NaN", file([Pair(b"a", F32, number(F32, float("nan")))], []).data)
    for kind in range(13):
        yield Case(
            f"array of none, type {kind}", file([Pair(b"a", ARRAY, array(kind, []))], []).data
        )
