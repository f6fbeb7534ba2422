"""Q6_K: 16 sub-blocks of 16 weights, each an 8-bit multiple of one scale times code - 32.

Source: quantize_row_q6_K_ref and make_qx_quants of ggml-quants.c, with the same float32 operations
in the same order.

Shapes: N blocks, J = 16 sub-blocks of a block, S = N * J sub-blocks, W = 16 weights of a sub-block;
`rows` are W rows of S numbers.
"""

from __future__ import annotations

import numpy as np

from aprender.formats.gguf.types import GGMLType
from aprender.quant.arrays import Array, Arrays, Rows, as_stored, first

SUB_BLOCKS, WEIGHTS = 16, 16
MIDDLE = 32
EPSILON = np.float32(1e-15)
"""Magnitudes below it count as zero."""

STEPS = np.array([step for step in range(-9, 10) if step], np.float32)
CANDIDATES = -(np.float32(MIDDLE) + np.float32(0.1) * STEPS)
"""Of a sub-block's inverse scale, times its weight of largest magnitude."""


def encode(on: Arrays, kind: GGMLType, x_NB: Array) -> dict[str, Array]:
    """Fields of blocks of 256 weights."""
    xp = on.xp
    x_SW = x_NB.reshape(-1, WEIGHTS)
    x_rows = on.rows(x_SW)
    extreme_S = first(on, x_SW, xp.argmax(xp.abs(x_SW), axis=1))
    scale_S, searched_rows = fitted(on, x_rows, extreme_S)
    scale_NJ = scale_S.reshape(-1, SUB_BLOCKS)
    largest_N1 = first(on, scale_NJ, xp.argmax(xp.abs(scale_NJ), axis=1))[:, None]
    is_zero_N1 = xp.abs(largest_N1) < EPSILON
    inverse_N1 = on.divided(np.float32(-128), xp.where(is_zero_N1, np.float32(1), largest_N1))
    d_N1 = xp.where(is_zero_N1, np.float32(0), np.float32(1) / inverse_N1)
    multiple_NJ = xp.minimum(xp.rint(inverse_N1 * scale_NJ), np.float32(127))
    multiple_NJ = xp.where(is_zero_N1, np.float32(0), multiple_NJ)
    step_S = (as_stored(d_N1) * multiple_NJ).reshape(-1)
    is_unscaled_S = step_S == 0
    divisor_S = xp.where(is_unscaled_S, np.float32(1), step_S)

    def code(x: Array, searched: Array) -> Array:
        # Where the stored scale is 0, C leaves the code of the search.
        nearest = rounded(on, x / divisor_S) + np.float32(MIDDLE)
        return xp.where(is_unscaled_S, searched, nearest).astype(np.uint8)

    code_NB = on.sub_blocks(on.each(code, x_rows, searched_rows)).reshape(x_NB.shape)
    # A block without a scale is all zero bytes.
    code_NB = xp.where(is_zero_N1, np.uint8(0), code_NB)
    return {"scales": multiple_NJ.astype(np.int8), "d": d_N1[:, 0]} | pack_codes(code_NB)


def rounded(on: Arrays, value: Array) -> Array:
    """The nearest code less 32, ties to even."""
    return on.xp.clip(on.xp.rint(value), np.float32(-MIDDLE), np.float32(MIDDLE - 1))


def fitted(on: Arrays, x_rows: Rows, extreme_S: Array) -> tuple[Array, Rows]:
    """Scale and codes of each sub-block, by least squares weighted with x^2.

    Codes follow from an inverse scale, the scale is fitted to the codes, and the pair that explains
    most of the sub-block is kept. A sub-block of zeros has scale 0 and codes 0.
    """
    xp = on.xp
    is_zero_S = xp.abs(extreme_S) < EPSILON
    extreme_S = xp.where(is_zero_S, np.float32(1), extreme_S)

    square_rows = on.each(lambda x: on.times(x, x), x_rows)
    cube_rows = on.each(on.times, square_rows, x_rows)

    def sums(inverse_S: Array) -> list[Array]:
        def terms(x: Array, square: Array, cube: Array) -> tuple[Array, Array]:
            code = rounded(on, inverse_S * x)
            return on.times(cube, code), on.times(on.times(square, code), code)

        return on.totals(terms, x_rows, square_rows, cube_rows)

    def step(i: Array, best: tuple[Array, ...]) -> tuple[Array, ...]:
        explained_S, _, _ = best
        inverse_S = candidates[i] / extreme_S
        sum_lx_S, sum_ll_S = sums(inverse_S)
        is_better_S = sum_lx_S * sum_lx_S > explained_S * sum_ll_S
        new_S = sum_lx_S / sum_ll_S
        found = (new_S * sum_lx_S, new_S, inverse_S)
        is_better_S = is_better_S & (sum_ll_S > 0)
        return tuple(xp.where(is_better_S, new, old) for new, old in zip(found, best, strict=True))

    candidates = xp.asarray(CANDIDATES)
    inverse_S = np.float32(-MIDDLE) / extreme_S
    sum_lx_S, sum_ll_S = sums(inverse_S)
    scale_S = xp.where(sum_ll_S == 0, np.float32(0), sum_lx_S / sum_ll_S)
    initial = (scale_S * sum_lx_S, scale_S, inverse_S)
    _, scale_S, inverse_S = on.repeat(len(CANDIDATES), step, initial)

    def code(x: Array) -> Array:
        nearest = rounded(on, inverse_S * x) + np.float32(MIDDLE)
        return xp.where(is_zero_S, np.float32(0), nearest)

    return xp.where(is_zero_S, np.float32(0), scale_S), on.each(code, x_rows)


def pack_codes(code_NB: Array) -> dict[str, Array]:
    """Of 128 weights, in quarters of 32: ql holds low nibbles of two quarters, qh 2 bits of all."""
    blocks = len(code_NB)
    quarter = code_NB.reshape(-1, 2, 4, 32)
    low, high = quarter & 15, quarter >> 4
    ql = low[:, :, :2] | low[:, :, 2:] << 4
    qh = high[:, :, 0] | high[:, :, 1] << 2 | high[:, :, 2] << 4 | high[:, :, 3] << 6
    return {"ql": ql.reshape(blocks, 128), "qh": qh.reshape(blocks, 64)}


def decode(on: Arrays, kind: GGMLType, fields: dict[str, Array]) -> Array:
    """Weights of blocks, [N, 256]: d * scale * (code - 32)."""
    xp = on.xp
    ql = fields["ql"].reshape(-1, 2, 2, 32)
    qh = fields["qh"].reshape(-1, 2, 1, 32)
    shifts = np.arange(0, 8, 2, dtype=np.uint8)[:, None]
    code = xp.concatenate([ql & 15, ql >> 4], axis=2) | (qh >> shifts & 3) << 4
    step_NJ = fields["d"][:, None] * fields["scales"].astype(np.float32)
    around_zero_NJW = (code.astype(np.int8) - np.int8(MIDDLE)).reshape(-1, SUB_BLOCKS, WEIGHTS)
    x_NJW = step_NJ[..., None] * around_zero_NJW.astype(np.float32)
    return x_NJW.reshape(len(x_NJW), -1)
