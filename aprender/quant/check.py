"""What is refused before blocks are made or read; messages name the array, the place, the value."""

from __future__ import annotations

from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from aprender.formats.gguf.types import GGMLType
from aprender.quant.arrays import NUMPY, Array
from aprender.quant.codecs import codec_of, stores_finite
from aprender.quant.layout import split

FINITE, ROWS = "FALSIFY-DEF-26", "FALSIFY-DEF-32"


def check_weights(x: Array, kind: GGMLType, name: str) -> None:
    """Refuse an unknown type, another dtype than float32, and rows with part of a block."""
    codec_of(kind)
    if x.dtype != np.float32:
        raise TypeError(
            f"{name} has dtype {x.dtype}, not float32: convert it, which for float16 and bfloat16 "
            f"is exact ({ROWS})"
        )
    check_rows(x, kind.block_weights, f"a {kind.name} block has {kind.block_weights} weights", name)


def check_blocks(blocks: Array, kind: GGMLType, name: str) -> None:
    """Refuse an unknown type, what is not bytes, and rows with part of a block."""
    codec_of(kind)
    if blocks.dtype != np.uint8:
        raise TypeError(f"{name} has dtype {blocks.dtype}, not uint8 ({ROWS})")
    check_rows(blocks, kind.block_bytes, f"a {kind.name} block has {kind.block_bytes} bytes", name)


def check_rows(array: Array, size: int, rule: str, name: str) -> None:
    """Refuse an array whose last axis is no multiple of a size."""
    if array.ndim == 0:
        raise ValueError(f"{name} is a single number, not a row: {rule} ({ROWS})")
    if array.shape[-1] % size:
        raise ValueError(f"{name} has rows of {array.shape[-1]}: {rule} ({ROWS})")


def refuse_weights(x_NB: NDArray[np.float32], start: int, kind: GGMLType, name: str) -> NoReturn:
    """Raise for the first block that is not finite, or leaves the scale of its type.

    ``start`` is the number of the first block in the array of this name.
    """
    fields = codec_of(kind).encode(NUMPY, kind, x_NB)
    is_finite_N = np.isfinite(x_NB).all(axis=1) & stores_finite(NUMPY, kind, fields)
    weights = x_NB[is_finite_N.argmin()]
    first = (start + int(is_finite_N.argmin())) * len(weights)
    for index, weight in enumerate(weights, first):
        if not np.isfinite(weight):
            raise ValueError(f"{name}[{index}] (counted flat) = {weight} is not finite ({FINITE})")
    raise ValueError(
        f"{name}[{first}] and the {len(weights) - 1} weights after it (counted flat) leave the "
        f"range of {kind.name}: the largest is {np.abs(weights).max():.8g}; a wider type such as "
        f"F32 can hold them ({FINITE})"
    )


def refuse_blocks(blocks: NDArray[np.uint8], start: int, kind: GGMLType, name: str) -> NoReturn:
    """Raise for the first block that stores NaN or an infinity; ``start`` as above."""
    is_finite_N = stores_finite(NUMPY, kind, split(NUMPY, kind, blocks))
    raise ValueError(
        f"{name}: {kind.name} block {start + int(is_finite_N.argmin())} (counted flat) stores NaN "
        f"or an infinity; the file was made from such weights, or is damaged ({FINITE})"
    )
