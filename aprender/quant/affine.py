"""Q4_K and Q5_K: 8 sub-blocks of 32 weights, each scale * code - min, with 6-bit scales and mins.

Source: quantize_row_q4_K_ref, quantize_row_q5_K_ref and make_qkx2_quants of ggml-quants.c. Every
operation is float32 and in C's order, which decides on bits.

Shapes: N blocks, J = 8 sub-blocks of a block, S = N * J sub-blocks, W = 32 weights of a sub-block;
`rows` are W rows of S numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from aprender.formats.gguf.types import GGMLType
from aprender.quant.arrays import Array, Arrays, Rows, as_stored, finite_or_zero

SUB_BLOCKS, WEIGHTS = 8, 32
LARGEST_SCALE = 63


@dataclass(frozen=True)
class Search:
    """The candidates of a sub-block's scale: (largest code + start + 0.1 * i) / span."""

    largest_code: int
    start: float
    candidates: int

    def numerators(self) -> Array:
        """Of all candidates, rounded as C rounds them."""
        steps = np.float32(0.1) * np.arange(self.candidates, dtype=np.float32)
        return np.float32(self.start) + steps + np.float32(self.largest_code)


SEARCH = {GGMLType.Q4_K: Search(15, -1.0, 21), GGMLType.Q5_K: Search(31, -0.5, 16)}


def encode(on: Arrays, kind: GGMLType, x_NB: Array) -> dict[str, Array]:
    """Fields of blocks of 256 weights."""
    xp, search = on.xp, SEARCH[kind]
    x_SW = x_NB.reshape(-1, WEIGHTS)
    x_rows = on.rows(x_SW)
    low_S = xp.minimum(xp.min(x_SW, axis=1), np.float32(0))
    scale_S, min_S, searched_rows = fitted(on, search, x_rows, low_S, xp.max(x_SW, axis=1))
    sc_NJ, d_N = six_bits(on, scale_S.reshape(-1, SUB_BLOCKS))
    m_NJ, dmin_N = six_bits(on, min_S.reshape(-1, SUB_BLOCKS))
    step_S, min_S = (
        (as_stored(unit_N)[:, None] * multiple_NJ.astype(np.float32)).reshape(-1)
        for unit_N, multiple_NJ in ((d_N, sc_NJ), (dmin_N, m_NJ))
    )
    is_zero_S = step_S == 0
    divisor_S = xp.where(is_zero_S, np.float32(1), step_S)

    def code(x: Array, searched: Array) -> Array:
        # Where the stored scale is 0, C leaves the code of the search.
        nearest = rounded(on, (x + min_S) / divisor_S, search)
        return xp.where(is_zero_S, searched, nearest).astype(np.uint8)

    code_NJW = on.sub_blocks(on.each(code, x_rows, searched_rows)).reshape(-1, SUB_BLOCKS, WEIGHTS)
    fields = {"d": d_N, "dmin": dmin_N, "scales": pack_scales(on, sc_NJ, m_NJ)}
    return fields | pack_codes(on, kind, code_NJW)


def rounded(on: Arrays, value: Array, search: Search) -> Array:
    """The nearest code, ties to even."""
    return on.xp.clip(on.xp.rint(value), np.float32(0), np.float32(search.largest_code))


def six_bits(on: Arrays, value_NJ: Array) -> tuple[Array, Array]:
    """Scales (or mins) as multiples 0 to 63 of a step per block, and that step before rounding."""
    xp = on.xp
    largest_N = xp.maximum(xp.max(value_NJ, axis=1), np.float32(0))
    inverse_N = finite_or_zero(on, np.float32(LARGEST_SCALE) / largest_N)
    # A negative multiple wraps round as a byte does in C.
    multiple_NJ = xp.rint(inverse_N[:, None] * value_NJ).astype(np.int32) & 255
    multiple_NJ = xp.minimum(multiple_NJ, LARGEST_SCALE).astype(np.uint8)
    return multiple_NJ, on.divided(largest_N, LARGEST_SCALE)


def fitted(
    on: Arrays, search: Search, x_rows: Rows, low_S: Array, high_S: Array
) -> tuple[Array, Array, Rows]:
    """Scale, min (as what is subtracted, at least 0) and codes of each sub-block.

    The least weight (at most 0) and the largest give the first candidate.
    Codes follow from an inverse scale and a min; scale and min are then fitted to the codes by
    least squares, weighted with |x| plus its root mean square. The pair of least error is kept, and
    the next candidate starts from the min of the best so far.
    """
    xp = on.xp
    weight_rows = weights(on, x_rows)
    sum_w_S, sum_x_S = on.totals(lambda w, x: (w, on.times(w, x)), weight_rows, x_rows)

    def codes(inverse_S: Array, low_S: Array) -> Rows:
        return on.each(lambda x: rounded(on, inverse_S * (x - low_S), search), x_rows)

    def error(scale_S: Array, low_S: Array, code_rows: Rows) -> Array:
        def square(x: Array, w: Array, code: Array) -> tuple[Array]:
            off = on.times(scale_S, code) + low_S - x
            return (on.times(w, off * off),)

        return on.totals(square, x_rows, weight_rows, code_rows)[0]

    def step(i: Array, best: tuple[Array, ...]) -> tuple[Array, ...]:
        low_S = best[2]
        inverse_S = finite_or_zero(on, numerators[i] / (high_S - low_S))
        code_rows = codes(inverse_S, low_S)
        sums = on.totals(moments(on), x_rows, weight_rows, code_rows)
        is_fit_S, new_S, new_low_S = least_squares(on, sum_w_S, sum_x_S, *sums)
        error_S = error(new_S, new_low_S, code_rows)
        is_better_S = is_fit_S & (error_S < best[0])
        found = (error_S, new_S, new_low_S, inverse_S, low_S)
        return tuple(xp.where(is_better_S, new, old) for new, old in zip(found, best, strict=True))

    numerators = xp.asarray(search.numerators())
    inverse_S = finite_or_zero(on, np.float32(search.largest_code) / (high_S - low_S))
    scale_S = finite_or_zero(on, np.float32(1) / inverse_S)
    least_S = error(scale_S, low_S, codes(inverse_S, low_S))
    first = (least_S, scale_S, low_S, inverse_S, low_S)
    _, scale_S, low_S, inverse_S, low_of_codes_S = on.repeat(search.candidates, step, first)
    return scale_S, -low_S, codes(inverse_S, low_of_codes_S)


def weights(on: Arrays, x_rows: Rows) -> Rows:
    """How much each weight's error counts."""
    (squares_S,) = on.totals(lambda x: (on.times(x, x),), x_rows)
    root_S = on.xp.sqrt(on.divided(squares_S, WEIGHTS))
    return on.each(lambda x: root_S + on.xp.abs(x), x_rows)


def moments(on: Arrays) -> Callable[[Array, Array, Array], tuple[Array, ...]]:
    """Weighted code, its square, and its product with the weight itself."""

    def terms(x: Array, w: Array, code: Array) -> tuple[Array, ...]:
        weighted = on.times(w, code)
        return weighted, on.times(weighted, code), on.times(weighted, x)

    return terms


def least_squares(
    on: Arrays, sum_w_S: Array, sum_x_S: Array, sum_l_S: Array, sum_ll_S: Array, sum_lx_S: Array
) -> tuple[Array, Array, Array]:
    """Whether there is a line through the codes, its scale, and its min, which is at most 0."""
    xp, times = on.xp, on.times
    determinant_S = times(sum_w_S, sum_ll_S) - times(sum_l_S, sum_l_S)
    scale_S = (times(sum_w_S, sum_lx_S) - times(sum_x_S, sum_l_S)) / determinant_S
    low_S = (times(sum_ll_S, sum_x_S) - times(sum_l_S, sum_lx_S)) / determinant_S
    is_above_S = low_S > 0
    scale_S = xp.where(is_above_S, sum_lx_S / sum_ll_S, scale_S)
    return determinant_S > 0, scale_S, xp.where(is_above_S, np.float32(0), low_S)


def pack_scales(on: Arrays, sc_NJ: Array, m_NJ: Array) -> Array:
    """6-bit scales and mins in 12 bytes: the upper four lend their top bits to the lower four."""
    low_sc, high_sc = sc_NJ[:, :4], sc_NJ[:, 4:]
    low_m, high_m = m_NJ[:, :4], m_NJ[:, 4:]
    parts = [
        low_sc | (high_sc >> 4) << 6,
        low_m | (high_m >> 4) << 6,
        (high_sc & 15) | (high_m & 15) << 4,
    ]
    return on.xp.concatenate(parts, axis=-1)


def unpack_scales(on: Arrays, scales: Array) -> tuple[Array, Array]:
    """Scales and mins, [N, J]: the inverse of `pack_scales`."""
    sc, m, high = scales[:, :4], scales[:, 4:8], scales[:, 8:]
    sc_NJ = on.xp.concatenate([sc & 63, (high & 15) | (sc >> 6) << 4], axis=-1)
    m_NJ = on.xp.concatenate([m & 63, (high >> 4) | (m >> 6) << 4], axis=-1)
    return sc_NJ, m_NJ


def pack_codes(on: Arrays, kind: GGMLType, code_NJW: Array) -> dict[str, Array]:
    """qs: low nibbles of a pair of sub-blocks; qh of Q5_K: in byte w the fifth bits of weight w."""
    blocks = len(code_NJW)
    nibble_NJW = code_NJW & 15
    fields = {"qs": (nibble_NJW[:, 0::2] | nibble_NJW[:, 1::2] << 4).reshape(blocks, -1)}
    if kind is GGMLType.Q5_K:
        fifth_NJW = code_NJW >> 4
        qh_NW = fifth_NJW[:, 0]
        for j in range(1, SUB_BLOCKS):
            qh_NW = qh_NW | fifth_NJW[:, j] << j
        fields["qh"] = qh_NW
    return fields


def decode(on: Arrays, kind: GGMLType, fields: dict[str, Array]) -> Array:
    """Weights of blocks, [N, 256]: d * sc * code - dmin * m."""
    xp = on.xp
    sc_NJ, m_NJ = unpack_scales(on, fields["scales"])
    step_NJ = fields["d"][:, None] * sc_NJ.astype(np.float32)
    low_NJ = fields["dmin"][:, None] * m_NJ.astype(np.float32)
    qs_NGW = fields["qs"].reshape(-1, SUB_BLOCKS // 2, WEIGHTS)
    code_NJW = xp.stack([qs_NGW & 15, qs_NGW >> 4], axis=2).reshape(-1, SUB_BLOCKS, WEIGHTS)
    if kind is GGMLType.Q5_K:
        bit = np.arange(SUB_BLOCKS, dtype=np.uint8)[:, None]
        code_NJW = code_NJW | (fields["qh"][:, None] >> bit & 1) << 4
    x_NJW = on.times(step_NJ[..., None], code_NJW.astype(np.float32)) - low_NJ[..., None]
    return x_NJW.reshape(len(x_NJW), -1)
