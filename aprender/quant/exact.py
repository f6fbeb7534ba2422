"""Quantise and dequantise with NumPy: the bytes that ggml's C gives on x86-64.

Blocks are taken in parts that stay in a processor's cache. Shapes: N blocks, B weights of a block.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aprender.formats.gguf.types import GGMLType
from aprender.quant.arrays import NUMPY
from aprender.quant.check import check_blocks, check_weights, refuse_blocks, refuse_weights
from aprender.quant.codecs import decoded, encoded

SEARCHED = frozenset({GGMLType.Q4_K, GGMLType.Q5_K, GGMLType.Q6_K})
WEIGHTS_AT_ONCE = 2**18
WEIGHTS_AT_ONCE_IN_A_SEARCH = 2**14
"""A search keeps a dozen arrays of this size; from 128 KiB on, malloc gives memory back each time.

Both are measured: see benchmarks/quantize.py.
"""


def quantize(x: NDArray[np.float32], kind: GGMLType, name: str = "x") -> NDArray[np.uint8]:
    """Rows of weights [..., columns] as rows of blocks, uint8 [..., bytes of a row].

    Rows are whole blocks; no weights give no bytes. A ValueError names (with `name`) a row that is
    not, a weight that is not finite, and a block that would overflow its fp16 scale.
    """
    check_weights(x, kind, name)
    count = x.size // kind.block_weights
    x_NB = x.reshape(count, kind.block_weights)
    blocks = np.empty((count, kind.block_bytes), np.uint8)
    at_once = WEIGHTS_AT_ONCE_IN_A_SEARCH if kind in SEARCHED else WEIGHTS_AT_ONCE
    for part in parts(count, at_once // kind.block_weights):
        # C's own infinities; what they would lead to is refused below.
        with np.errstate(all="ignore"):
            blocks[part], is_finite = encoded(NUMPY, kind, x_NB[part])
            if not is_finite:
                refuse_weights(x_NB[part], part.start, kind, name)
    return blocks.reshape(*x.shape[:-1], kind.row_bytes(x.shape[-1]))


def dequantize(
    blocks: NDArray[np.uint8], kind: GGMLType, name: str = "blocks"
) -> NDArray[np.float32]:
    """Rows of blocks [..., bytes of a row] as weights, float32 [..., columns].

    A ValueError names (with `name`) a row with part of a block, and a block that stores NaN or an
    infinity.
    """
    check_blocks(blocks, kind, name)
    count = blocks.size // kind.block_bytes
    blocks_NB = blocks.reshape(count, kind.block_bytes)
    x_NB = np.empty((count, kind.block_weights), np.float32)
    for part in parts(count, WEIGHTS_AT_ONCE // kind.block_weights):
        with np.errstate(all="ignore"):
            x_NB[part], is_finite = decoded(NUMPY, kind, blocks_NB[part])
        if not is_finite:
            refuse_blocks(blocks_NB[part], part.start, kind, name)
    columns = blocks.shape[-1] // kind.block_bytes * kind.block_weights
    return x_NB.reshape(*blocks.shape[:-1], columns)


def quantize_to_gguf_bytes(values: Any, kind: GGMLType) -> tuple[bytes, GGMLType]:
    """A flat row of numbers as the bytes of a GGUF tensor, and the type to write with them.

    No numbers give no bytes, of the same type.
    """
    row = np.asarray(values, np.float32).reshape(-1)
    return quantize(row, kind, "values").tobytes(), kind


def parts(count: int, at_once: int) -> Iterator[slice]:
    """Slices of so many, one after the other."""
    for start in range(0, count, at_once):
        yield slice(start, min(start + at_once, count))
