"""Where the fields of a block lie: the one declaration, for both directions and both libraries.

Source: ggml-common.h. Shape: N blocks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from aprender.formats.gguf.types import GGMLType
from aprender.quant.arrays import Array, Arrays

HALF = "float16"


@dataclass(frozen=True)
class Field:
    """Numbers of one dtype. A half is one number, and travels as float32 [N]."""

    name: str
    dtype: str
    count: int = 1

    @property
    def bytes(self) -> int:
        """Of the field in one block."""
        return self.count * np.dtype(self.dtype).itemsize


D, DMIN, M = Field("d", HALF), Field("dmin", HALF), Field("m", HALF)


def _bytes(**counts: int) -> tuple[Field, ...]:
    return tuple(Field(name, "uint8", count) for name, count in counts.items())


FIELDS: Mapping[GGMLType, tuple[Field, ...]] = {
    GGMLType.F32: (Field("x", "float32"),),
    GGMLType.F16: (Field("x", HALF),),
    GGMLType.BF16: (Field("x", "uint16"),),
    GGMLType.Q4_0: (D, *_bytes(qs=16)),
    GGMLType.Q4_1: (D, M, *_bytes(qs=16)),
    GGMLType.Q5_0: (D, *_bytes(qh=4, qs=16)),
    GGMLType.Q5_1: (D, M, *_bytes(qh=4, qs=16)),
    GGMLType.Q8_0: (D, Field("qs", "int8", 32)),
    GGMLType.Q4_K: (D, DMIN, *_bytes(scales=12, qs=128)),
    GGMLType.Q5_K: (D, DMIN, *_bytes(scales=12, qh=32, qs=128)),
    GGMLType.Q6_K: (*_bytes(ql=128, qh=64), Field("scales", "int8", 16), D),
}


def join(on: Arrays, kind: GGMLType, values: Mapping[str, Array]) -> Array:
    """Blocks as bytes [N, block bytes]; halves are rounded to nearest, ties to even."""
    parts = []
    for field in FIELDS[kind]:
        value = values[field.name]
        if field.dtype == HALF:
            value = value.astype(HALF)[:, None]
        parts.append(on.bytes_of(value))
    return on.xp.concatenate(parts, axis=-1)


def split(on: Arrays, kind: GGMLType, blocks_NB: Array) -> dict[str, Array]:
    """The fields of blocks [N, block bytes]: the inverse of `join`."""
    values, start = {}, 0
    for field in FIELDS[kind]:
        value = on.read(blocks_NB[:, start : start + field.bytes], field.dtype)
        values[field.name] = value[:, 0].astype(np.float32) if field.dtype == HALF else value
        start += field.bytes
    return values
