"""A tensor that is to be written: what the header says of it, and where its data come from."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from aprender.formats.gguf.cursor import Order
from aprender.formats.gguf.encode import encoded_text
from aprender.formats.gguf.error import GGUFError
from aprender.formats.gguf.order import swapped_blocks
from aprender.formats.gguf.strings import LENGTH
from aprender.formats.gguf.tensors import (
    DTYPES,
    LONGEST_GGML_NAME,
    MOST_AXES,
    NAMES,
    SHAPES,
    TOO_LARGE,
    TensorInfo,
)
from aprender.formats.gguf.types import GGMLType

GUARD = "FALSIFY-GGUF-ROUNDTRIP-ATOMIC"
PIECE = 1 << 20
"""Elements that are brought into the file's order at a time."""

Data = np.ndarray | bytes
"""Of the tensor's own shape and dtype, bfloat16 as itself or as its bits in uint16. Blocks are
uint8 [..., row bytes] or [rows, row bytes], or bytes."""


@dataclass(frozen=True, slots=True)
class TensorSource:
    """A tensor for a file. Axes are in NumPy's order, the contiguous one last.

    A callable is called when its data are to be written, and what it returns is not kept: so a file
    takes no more memory than its largest tensor.
    """

    name: str
    shape: tuple[int, ...]
    type: GGMLType
    data: Data | Callable[[], Data] = field(repr=False)

    @classmethod
    def of(cls, name: str, array: np.ndarray) -> TensorSource:
        """The tensor that an array of F32, F16, BF16, F64, I8, I16, I32 or I64 is."""
        by_dtype = {str(dtype): kind for kind, dtype in DTYPES.items()} | {
            "bfloat16": GGMLType.BF16
        }
        kind = by_dtype.get(str(array.dtype.newbyteorder("=")))
        if kind is None or array.dtype.kind == "u":  # uint16 need not be bfloat16
            raise _error(name, f"dtype {array.dtype} does not say which type it is", "type")
        return cls(name, array.shape, kind, array)

    def info(self, offset: int) -> TensorInfo:
        """Its record for the header; refuse what llama.cpp could not read."""
        size = len(encoded_text(self.name, "name of a tensor", "<")) - LENGTH
        if not 1 <= size <= LONGEST_GGML_NAME or "\0" in self.name:
            reason = f"{size} bytes with or without a NUL, and 1 to {LONGEST_GGML_NAME} are written"
            raise _error(self.name, reason, "name", NAMES)
        # As Python's own integers, whose product does not wrap.
        shape = tuple(map(operator.index, self.shape))
        if not 1 <= len(shape) <= MOST_AXES or min(shape) < 0 or math.prod(shape) >= TOO_LARGE:
            reason = f"{shape} is none of 1 to {MOST_AXES} axes, with less than 2^63 numbers"
            raise _error(self.name, reason, "shape", SHAPES)
        self.type.row_bytes(shape[-1])
        return TensorInfo(self.name, shape, self.type, offset)

    def pieces(self, order: Order) -> Iterator[np.ndarray]:
        """Its data in the file's order, piece by piece, each contiguous."""
        info = self.info(0)
        array = _checked(self.data() if callable(self.data) else self.data, info)
        stored = info.dtype.newbyteorder(order)
        if info.type.is_quantised and order == ">":
            blocks = array.reshape(-1, info.type.block_bytes)
            for first in range(0, len(blocks), PIECE // info.type.block_bytes):
                few = blocks[first : first + PIECE // info.type.block_bytes]
                yield swapped_blocks(info.type, few)
        elif array.flags.c_contiguous and array.dtype == stored:
            yield array
        elif array.size:
            yield from np.nditer(
                array,
                flags=["external_loop", "buffered"],
                op_flags=[["readonly", "contig"]],
                op_dtypes=[stored],
                casting="equiv",
                order="C",
                buffersize=PIECE,
            )


def _checked(data: Data, info: TensorInfo) -> np.ndarray:
    """The data as an array of the tensor's dtype; refuse what is of another shape or dtype."""
    if isinstance(data, bytes) and info.type.is_quantised:
        data = np.frombuffer(data, np.uint8)
        shapes = [(info.nbytes,)]
    else:
        data = np.asarray(data)
        shapes = [info.array_shape]
    if info.type.is_quantised:
        shapes.append((math.prod(info.shape[:-1]), info.array_shape[-1]))
    if info.type is GGMLType.BF16 and data.dtype.name == "bfloat16":
        data = data.view(np.uint16)
    if data.dtype.newbyteorder("=") != info.dtype or data.shape not in shapes:
        reason = f"{data.dtype} {data.shape}, and {info.type.name} {info.shape} is stored as "
        raise _error(info.name, f"{reason}{info.dtype} {info.array_shape}", "data")
    return data


def _error(name: str, reason: str, what: str, guard: str = GUARD) -> GGUFError:
    return GGUFError(reason, guard=guard, field=f"{what} of tensor {name!r}")
