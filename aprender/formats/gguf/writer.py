"""Writing GGUF, version 3: what llama.cpp reads, and the same bytes for the same input."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Mapping
from typing import BinaryIO, Literal

from aprender.formats.atomic import written_atomically
from aprender.formats.gguf.cursor import SIZES, Cursor, Order
from aprender.formats.gguf.encode import encoded_text, encoded_value
from aprender.formats.gguf.error import GGUFError
from aprender.formats.gguf.header import (
    ALIGNMENT_GUARD,
    ALIGNMENT_KEY,
    MAGIC,
    MOST_KEYS,
    MOST_TENSORS,
    VERSION_GUARD,
    is_alignment,
    read_keys,
)
from aprender.formats.gguf.layout import padded
from aprender.formats.gguf.source import TensorSource
from aprender.formats.gguf.tensors import NAMES, TensorInfo
from aprender.formats.gguf.values import Value

VERSION = 3
LEAST_ALIGNMENT = 32
"""With less, llama.cpp aborts."""


def write_gguf(
    path: str | os.PathLike[str],
    metadata: Mapping[str, Value],
    tensors: Iterable[TensorSource],
    *,
    byte_order: Literal["little", "big"] = "little",
) -> None:
    """Write a file with this metadata and these tensors, both in the order given.

    general.alignment, where it is among the metadata, is a numpy.uint32, a power of two and at
    least 32. A GGUFError says what cannot be written. The file is there when all of it is; after
    any error or an interrupt the one that was there is as it was.
    """
    sources = tuple(tensors)
    order = _order(byte_order)
    pairs = _pairs(metadata, len(sources), order)
    _, alignment = read_keys(Cursor(memoryview(pairs), str(path), order, at=24), len(metadata))
    if not is_alignment(alignment, LEAST_ALIGNMENT):
        reason = f"{alignment} is less than {LEAST_ALIGNMENT}, and llama.cpp aborts"
        raise GGUFError(reason, guard=ALIGNMENT_GUARD, field=ALIGNMENT_KEY)
    infos = _placed(sources, alignment)
    header = pairs + b"".join(_record(info, order) for info in infos)
    with written_atomically(path) as file:
        file.write(header)
        _pad(file, len(header), alignment)
        for source, info in zip(sources, infos, strict=True):
            _write(file, source, order)
            _pad(file, info.nbytes, alignment)


def _order(byte_order: str) -> Order:
    if byte_order not in ("little", "big"):
        reason = f"{byte_order!r} is neither 'little' nor 'big'"
        raise GGUFError(reason, guard=VERSION_GUARD, field="byte_order")
    return "<" if byte_order == "little" else ">"


def _pairs(metadata: Mapping[str, Value], tensors: int, order: Order) -> bytes:
    """The header up to the tensors' records."""
    if tensors > MOST_TENSORS or len(metadata) > MOST_KEYS:
        reason = (
            f"{tensors} tensors, {len(metadata)} keys: {MOST_TENSORS}, {MOST_KEYS} are the most"
        )
        raise GGUFError(reason, guard=SIZES, field="counts")
    parts = [MAGIC, struct.pack(f"{order}IQQ", VERSION, tensors, len(metadata))]
    for key, value in metadata.items():
        if not isinstance(key, str) or not key.isascii():
            raise GGUFError(f"{key!r} is no ASCII text", guard=NAMES, field="key")
        parts.append(encoded_text(key, "key", order))
        parts.extend(encoded_value(value, f"value of {key!r}", order))
    return b"".join(parts)


def _placed(sources: Iterable[TensorSource], alignment: int) -> list[TensorInfo]:
    """Their records: each tensor begins where the one before it ends, padded."""
    infos: list[TensorInfo] = []
    names: set[str] = set()
    offset = 0
    for source in sources:
        info = source.info(offset)
        if info.name in names:
            raise GGUFError("another tensor has the same", guard=NAMES, field=f"name {info.name!r}")
        names.add(info.name)
        infos.append(info)
        offset = padded(offset + info.nbytes, alignment)
    return infos


def _record(info: TensorInfo, order: Order) -> bytes:
    """The contiguous axis is the first in the file."""
    axes = len(info.shape)
    sizes = info.shape[::-1]
    rest = struct.pack(f"{order}I{axes}QIQ", axes, *sizes, info.type.id, info.offset)
    return encoded_text(info.name, "name", order) + rest


def _write(file: BinaryIO, source: TensorSource, order: Order) -> None:
    """The data of one tensor, of which nothing is left when this returns."""
    for piece in source.pieces(order):
        file.write(piece.data)


def _pad(file: BinaryIO, size: int, alignment: int) -> None:
    """Zeros after so many bytes, up to the alignment."""
    file.write(bytes(padded(size, alignment) - size))
