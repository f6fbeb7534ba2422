"""F32, F16 and BF16: each number by itself, rounded to nearest, ties to even.

Source: GGML_FP32_TO_FP16 and GGML_FP32_TO_BF16 of ggml-impl.h. Each of N numbers is a block.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from aprender.formats.gguf.types import GGMLType
from aprender.quant.arrays import Array, Arrays


def encode(on: Arrays, kind: GGMLType, x_N1: Array) -> dict[str, Array]:
    """The number as the one field of its block."""
    if kind is GGMLType.F32:
        return {"x": x_N1}
    if kind is GGMLType.F16:
        return {"x": x_N1[:, 0]}
    bits_N1 = on.read(on.bytes_of(x_N1), "uint32")
    # Just below half of the last bit that stays, and one more where that bit is set.
    rounding_N1 = np.uint32(0x7FFF) + (bits_N1 >> 16 & np.uint32(1))
    return {"x": (bits_N1 + rounding_N1 >> 16).astype(np.uint16)}


def decode(on: Arrays, kind: GGMLType, fields: dict[str, Any]) -> Array:
    """The number as float32, exactly: [N, 1]."""
    x = fields["x"]
    if kind is GGMLType.F32:
        return x
    if kind is GGMLType.F16:
        return x[:, None]
    return on.read(on.bytes_of(x.astype(np.uint32) << 16), "float32")
