"""Quantise and dequantise with JAX, compiled once for a type, on the CPU or a GPU.

The algorithms are those of `aprender.quant.exact`, and so are the bytes. XLA takes numbers below
1.2e-38 for 0 on a CPU, which a search meets in blocks of weights below about 1e-6 (it raises them
to the sixth power): blocks of so little are left to NumPy.

Shapes: N blocks, B weights of a block.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from aprender.formats.gguf.types import GGMLType
from aprender.quant import exact
from aprender.quant.arrays import Array, Carry, Rows
from aprender.quant.check import check_blocks, check_weights
from aprender.quant.codecs import decoded, encoded

BLOCKS_AT_ONCE, BLOCKS_AT_ONCE_IN_A_SEARCH = 1018, 250
"""Of 256 weights. No powers of two, or all rows of a search meet in one set of a CPU's cache."""
BLOCKS_AT_ONCE_ON_A_GPU = 65536 + 32

LEAST = np.float32(2**-19)
"""A block whose weights are all below it, and not all 0, is left to NumPy."""


class OfJax:
    """jax.numpy. Sums over rows are unrolled, so that XLA makes one loop of a whole search."""

    xp = jnp

    def __init__(self, nothing: jax.Array) -> None:
        """With a uint32 0 that XLA does not know to be one."""
        self.nothing = nothing

    def rows(self, sub_blocks_SW: jax.Array) -> Rows:
        """A list of arrays [S]."""
        transposed_WS = sub_blocks_SW.T
        return [transposed_WS[w] for w in range(len(transposed_WS))]

    def each(self, function: Callable[..., jax.Array], *rows: Rows) -> Rows:
        """Of one row after the other."""
        return [function(*row) for row in zip(*rows, strict=True)]

    def totals(self, terms: Callable[..., tuple[Array, ...]], *rows: Rows) -> list[jax.Array]:
        """Unrolled, one row added after the other."""
        by_term = zip(*(terms(*row) for row in zip(*rows, strict=True)), strict=True)
        return [functools.reduce(jnp.add, values) for values in by_term]

    def sub_blocks(self, rows: Rows) -> jax.Array:
        """The rows, stacked."""
        return jnp.stack(rows, axis=-1)

    def times(self, one: Array, other: Array) -> jax.Array:
        """Through its bits, for XLA would fuse product and sum into one rounding."""
        return floats(bits(one * other) ^ self.nothing)

    def divided(self, array: Array, divisor: Array) -> jax.Array:
        """With bits that are not known, for XLA rewrites what is known.

        x / constant would be a product with the inverse, and 1 / (x / y) would be y / x.
        """
        array, divisor = jnp.broadcast_arrays(array, jnp.float32(divisor))
        divisor = floats(bits(divisor) ^ (bits(array) & self.nothing))
        return floats(bits(array / divisor) ^ self.nothing)

    def repeat(self, count: int, step: Callable[[Array, Carry], Carry], carry: Carry) -> Carry:
        """A loop on the device."""
        return jax.lax.fori_loop(0, count, step, carry)

    def bytes_of(self, array: jax.Array) -> jax.Array:
        """By the same bits, [N, bytes]."""
        octets = jax.lax.bitcast_convert_type(array, jnp.uint8)
        return octets.reshape(len(array), array.shape[1] * array.dtype.itemsize)

    def read(self, octets: jax.Array, dtype: str) -> jax.Array:
        """By the same bits, [N, numbers]."""
        size = np.dtype(dtype).itemsize
        if size > 1:
            octets = octets.reshape(len(octets), octets.shape[1] // size, size)
        return jax.lax.bitcast_convert_type(octets, dtype)


def bits(array: jax.Array) -> jax.Array:
    """Of float32, as uint32."""
    return jax.lax.bitcast_convert_type(array, jnp.uint32)


def floats(array: jax.Array) -> jax.Array:
    """The inverse of `bits`."""
    return jax.lax.bitcast_convert_type(array, jnp.float32)


Convert = Callable[[OfJax, GGMLType, jax.Array], tuple[jax.Array, jax.Array]]


def quantize(x: Any, kind: GGMLType, name: str = "x") -> jax.Array:
    """Rows of weights [..., columns] as rows of blocks, uint8 [..., bytes of a row].

    As `aprender.quant.exact.quantize`, with the same refusals. It looks at values: not under a
    trace.
    """
    check_weights(x, kind, name)
    shape = (*x.shape[:-1], kind.row_bytes(x.shape[-1]))
    if not x.size:
        return jnp.zeros(shape, jnp.uint8)
    blocks, is_finite = converted(encoded, kind, x, kind.block_weights)
    if not is_finite:
        blocks = jnp.asarray(exact.quantize(np.asarray(x), kind, name))
    return with_small_blocks(blocks, x, kind).reshape(shape)


def with_small_blocks(blocks_NB: jax.Array, x: Any, kind: GGMLType) -> jax.Array:
    """The blocks, those of small weights as NumPy makes them; few models have any."""
    if not kind.is_quantised:
        return blocks_NB
    x_NB = x.reshape(-1, kind.block_weights)
    small = np.flatnonzero(jax.jit(are_small)(x_NB))
    if not small.size:
        return blocks_NB
    return blocks_NB.at[small].set(exact.quantize(np.asarray(x_NB[small]), kind))


def are_small(x_NB: jax.Array) -> jax.Array:
    """Whether a block's largest weight is below LEAST and not 0, [N]: by bits, which XLA keeps."""
    largest_N = jnp.max(bits(x_NB) & 0x7FFFFFFF, axis=1)
    return (largest_N > 0) & (largest_N < LEAST.view(np.uint32))


def dequantize(blocks: Any, kind: GGMLType, name: str = "blocks") -> jax.Array:
    """Rows of blocks [..., bytes of a row] as weights, float32 [..., columns].

    As `aprender.quant.exact.dequantize`, with the same refusals. It looks at values: not under a
    trace.
    """
    check_blocks(blocks, kind, name)
    shape = (*blocks.shape[:-1], blocks.shape[-1] // kind.block_bytes * kind.block_weights)
    if not blocks.size:
        return jnp.zeros(shape, jnp.float32)
    x, is_finite = converted(decoded, kind, blocks, kind.block_bytes)
    if not is_finite:
        x = jnp.asarray(exact.dequantize(np.asarray(blocks), kind, name))
    return x.reshape(shape)


def converted(convert: Convert, kind: GGMLType, array: Any, size: int) -> tuple[jax.Array, bool]:
    """All blocks of one size, converted, and whether all are finite.

    So many go at once that one compilation serves; the last part is filled up with zeros.
    """
    blocks_NB = array.reshape(array.size // size, size)
    at_once = blocks_at_once(kind)
    made, finite = [], []
    for part in exact.parts(len(blocks_NB), at_once):
        blocks = jnp.asarray(blocks_NB[part])
        filled = jnp.pad(blocks, ((0, at_once - len(blocks)), (0, 0)))
        new, is_finite = compiled(convert, kind)(filled, np.uint32(0))
        made.append(new[: len(blocks)])
        finite.append(is_finite)
    return jnp.concatenate(made), bool(jnp.stack(finite).all())


def blocks_at_once(kind: GGMLType) -> int:
    """Blocks of one call: of what a CPU's cache holds, or enough for all of a GPU."""
    if jax.default_backend() != "cpu":
        longest = BLOCKS_AT_ONCE_ON_A_GPU
    else:
        longest = BLOCKS_AT_ONCE_IN_A_SEARCH if kind in exact.SEARCHED else BLOCKS_AT_ONCE
    return longest * 256 // kind.block_weights


@functools.cache
def compiled(convert: Convert, kind: GGMLType) -> Callable[..., tuple[jax.Array, jax.Array]]:
    """One function for each direction and type."""
    return jax.jit(lambda blocks, nothing: convert(OfJax(nothing), kind, blocks))
