"""What the header says of a tensor, and the checks of it that need no other tensor."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from aprender.formats.gguf.cursor import Cursor
from aprender.formats.gguf.error import GGUFError
from aprender.formats.gguf.types import GUARD as TYPES
from aprender.formats.gguf.types import GGMLType

SHAPES = "FALSIFY-GGUF-002"
NAMES = "FALSIFY-GGUF-NAMES"

MOST_AXES = 4
LONGEST_NAME = 64
"""Bytes by the specification."""
LONGEST_GGML_NAME = 63
"""Bytes that ggml has room for."""
TOO_LARGE = 1 << 63

DTYPES = {
    GGMLType.F32: np.dtype(np.float32),
    GGMLType.F16: np.dtype(np.float16),
    GGMLType.I8: np.dtype(np.int8),
    GGMLType.I16: np.dtype(np.int16),
    GGMLType.I32: np.dtype(np.int32),
    GGMLType.I64: np.dtype(np.int64),
    GGMLType.F64: np.dtype(np.float64),
    GGMLType.BF16: np.dtype(np.uint16),
}
"""Of the types that are no blocks. NumPy has no bfloat16: its bits stand as uint16."""


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """A tensor by its header. Axes are in NumPy's order, the contiguous one last."""

    name: str
    shape: tuple[int, ...]
    type: GGMLType
    offset: int
    """From the beginning of the tensors' data."""

    @property
    def nbytes(self) -> int:
        """Bytes of its data, without padding."""
        return math.prod(self.array_shape) * self.dtype.itemsize

    @property
    def dtype(self) -> np.dtype:
        """Of its array: blocks are bytes, and bfloat16 is its bits as uint16."""
        return DTYPES.get(self.type, np.dtype(np.uint8))

    @property
    def array_shape(self) -> tuple[int, ...]:
        """Of its array: the shape, but for blocks, whose last axis is the bytes of a row."""
        if not self.type.is_quantised:
            return self.shape
        return *self.shape[:-1], self.type.row_bytes(self.shape[-1])


def read_tensor_info(cursor: Cursor) -> TensorInfo:
    """The record here."""
    cursor.thing = "a tensor"
    name = _name(cursor)
    cursor.thing = f"tensor {name!r}"
    at = cursor.at
    axes = cursor.u32("number of axes")
    if axes > MOST_AXES:
        cursor.refuse("number of axes", f"{axes}, and at most {MOST_AXES} exist", SHAPES, at)
    at = cursor.at
    shape = tuple(cursor.u64("shape") for _ in range(axes))[::-1]
    kind = _type(cursor)
    if math.prod(max(size, 1) for size in shape) * kind.block_bytes >= TOO_LARGE:
        cursor.refuse("shape", f"{shape} has 2^63 bytes or more", SHAPES, at)
    if (shape[-1] if shape else 1) % kind.block_weights:
        reason = f"a row of {shape} is no multiple of {kind.name}'s block of {kind.block_weights}"
        cursor.refuse("shape", reason, SHAPES, at)
    return TensorInfo(name, shape, kind, cursor.u64("offset"))


def _name(cursor: Cursor) -> str:
    at = cursor.at
    name = cursor.string("name", LONGEST_NAME)
    if not name or "\0" in name:
        cursor.refuse("name", f"{name!r} is empty or has a NUL", NAMES, at)
    return name


def _type(cursor: Cursor) -> GGMLType:
    at = cursor.at
    id_ = cursor.u32("type")
    try:
        return GGMLType.of_id(id_)
    except GGUFError as error:
        cursor.refuse("type", error.reason, TYPES, at)
