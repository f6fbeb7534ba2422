"""Q4_0, Q4_1, Q5_0, Q5_1 and Q8_0: blocks of 32 weights with one scale, and perhaps a min.

Source: quantize_row_q4_0_ref and its neighbours in ggml-quants.c, with the same float32 operations
in the same order.

Shapes: N blocks, W = 32 weights of a block.
"""

from __future__ import annotations

import numpy as np

from aprender.formats.gguf.types import GGMLType
from aprender.quant.arrays import Array, Arrays, finite_or_zero, first

LARGEST_CODE = {
    GGMLType.Q4_0: 15,
    GGMLType.Q4_1: 15,
    GGMLType.Q5_0: 31,
    GGMLType.Q5_1: 31,
}
WITH_MIN = {GGMLType.Q4_1, GGMLType.Q5_1}
WITH_FIFTH_BITS = {GGMLType.Q5_0, GGMLType.Q5_1}

BELOW_HALF = np.nextafter(np.float32(0.5), np.float32(0))
"""Added before truncation it rounds halves away from zero, and 0.49999997 to 0; 0.5 would not."""


def encode(on: Arrays, kind: GGMLType, x_NW: Array) -> dict[str, Array]:
    """Fields of blocks of 32 weights."""
    if kind is GGMLType.Q8_0:
        return encode_bytes(on, x_NW)
    if kind in WITH_MIN:
        code_NW, scales = codes_above_min(on, kind, x_NW)
    else:
        code_NW, scales = codes_around_zero(on, kind, x_NW)
    return scales | pack_codes(on, kind, code_NW)


def encode_bytes(on: Arrays, x_NW: Array) -> dict[str, Array]:
    """Q8_0: d = max |x| / 127, halves are rounded away from zero."""
    xp = on.xp
    d_N = on.divided(xp.max(xp.abs(x_NW), axis=1), 127)
    scaled_NW = on.times(x_NW, finite_or_zero(on, np.float32(1) / d_N)[:, None])
    rounded_NW = scaled_NW + xp.copysign(BELOW_HALF, scaled_NW)
    return {"d": d_N, "qs": rounded_NW.astype(np.int8)}


def codes_around_zero(on: Arrays, kind: GGMLType, x_NW: Array) -> tuple[Array, dict[str, Array]]:
    """Q4_0, Q5_0: the weight of largest magnitude has code 0, and 0 the middle one."""
    xp = on.xp
    middle = (LARGEST_CODE[kind] + 1) // 2
    extreme_N = first(on, x_NW, xp.argmax(xp.abs(x_NW), axis=1))
    # Zeros of either sign count as the positive one.
    d_N = on.divided(xp.where(extreme_N == 0, np.float32(0), extreme_N), -middle)
    inverse_N = np.float32(1) / d_N
    # An inverse beyond float32 gives infinities, whose code is 0 in C on x86-64.
    is_beyond_N = xp.isinf(inverse_N) & (d_N != 0)
    offset_N = xp.where(is_beyond_N, np.float32(0), np.float32(middle + 0.5))
    inverse_N = finite_or_zero(on, inverse_N)
    code_NW = on.times(x_NW, inverse_N[:, None]) + offset_N[:, None]
    return xp.minimum(code_NW, np.float32(LARGEST_CODE[kind])).astype(np.uint8), {"d": d_N}


def codes_above_min(on: Arrays, kind: GGMLType, x_NW: Array) -> tuple[Array, dict[str, Array]]:
    """Q4_1, Q5_1: the least weight is code 0, the largest the largest code."""
    xp = on.xp
    # The first one, for zeros have signs.
    m_N = first(on, x_NW, xp.argmin(x_NW, axis=1))
    d_N = on.divided(xp.abs(xp.max(x_NW, axis=1) - m_N), LARGEST_CODE[kind])
    inverse_N = finite_or_zero(on, np.float32(1) / d_N)
    code_NW = on.times(x_NW - m_N[:, None], inverse_N[:, None]) + np.float32(0.5)
    code_NW = xp.minimum(code_NW, np.float32(LARGEST_CODE[kind])).astype(np.uint8)
    return code_NW, {"d": d_N, "m": m_N}


def pack_codes(on: Arrays, kind: GGMLType, code_NW: Array) -> dict[str, Array]:
    """qs: weight j in the low nibble of byte j, and j + 16 in the high one; qh: fifth bits."""
    nibble_NW = code_NW & 15
    fields = {"qs": nibble_NW[:, :16] | nibble_NW[:, 16:] << 4}
    if kind in WITH_FIFTH_BITS:
        fields["qh"] = on.xp.packbits(code_NW >> 4, axis=1, bitorder="little")
    return fields


def decode(on: Arrays, kind: GGMLType, fields: dict[str, Array]) -> Array:
    """Weights of blocks, [N, 32]."""
    d_N1 = fields["d"][:, None]
    if kind is GGMLType.Q8_0:
        return fields["qs"].astype(np.float32) * d_N1
    code_NW = unpack_codes(on, kind, fields)
    if kind in WITH_MIN:
        return on.times(code_NW.astype(np.float32), d_N1) + fields["m"][:, None]
    middle = np.int8((LARGEST_CODE[kind] + 1) // 2)
    return (code_NW.astype(np.int8) - middle).astype(np.float32) * d_N1


def unpack_codes(on: Arrays, kind: GGMLType, fields: dict[str, Array]) -> Array:
    """The inverse of `pack_codes`: [N, 32]."""
    qs = fields["qs"]
    code_NW = on.xp.concatenate([qs & 15, qs >> 4], axis=1)
    if kind in WITH_FIFTH_BITS:
        fifth_NW = on.xp.unpackbits(fields["qh"], axis=1, bitorder="little")
        code_NW = code_NW | fifth_NW << 4
    return code_NW
