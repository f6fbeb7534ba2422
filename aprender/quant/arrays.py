"""What an algorithm over blocks needs of its array library beyond what NumPy and jax.numpy share.

Shapes: W weights of a sub-block, S sub-blocks of many blocks. Sub-blocks lie along the last axis
and their weights along the first, so that a sum over weights is one addition after the other, each
of many sub-blocks at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import numpy as np

Array = Any
"""Of NumPy or of JAX."""
Rows = Any
"""W rows of S numbers: an array [W, S], or a list of arrays [S]."""
Carry = TypeVar("Carry")


class Arrays(Protocol):
    """An array library. float32 in, float32 out; every operation is rounded by itself."""

    xp: Any
    """numpy, or jax.numpy."""

    def rows(self, sub_blocks_SW: Array) -> Rows:
        """The first weight of every sub-block, the second one, and so on."""
        ...

    def each(self, function: Callable[..., Array], *rows: Rows) -> Rows:
        """The function of every row."""
        ...

    def totals(self, terms: Callable[..., tuple[Array, ...]], *rows: Rows) -> list[Array]:
        """Sums of each term over the rows, from first to last: the order decides on bits."""
        ...

    def sub_blocks(self, rows: Rows) -> Array:
        """[S, W]: the inverse of `rows`."""
        ...

    def times(self, one: Array, other: Array) -> Array:
        """Their product, rounded before anything is added to it."""
        ...

    def divided(self, array: Array, divisor: Array) -> Array:
        """The quotient, rounded by itself; never a product with the inverse."""
        ...

    def repeat(self, count: int, step: Callable[[Array, Carry], Carry], carry: Carry) -> Carry:
        """``step(i, carry)`` for i = 0 .. count - 1."""
        ...

    def bytes_of(self, array: Array) -> Array:
        """Its little-endian bytes, along the last axis."""
        ...

    def read(self, octets: Array, dtype: str) -> Array:
        """The little-endian numbers of these bytes along the last axis: the inverse."""
        ...


class OfNumPy:
    """NumPy: bit for bit what ggml's C computes on x86-64."""

    xp = np

    def rows(self, sub_blocks_SW: Array) -> Rows:
        """The transpose, contiguous."""
        return np.ascontiguousarray(sub_blocks_SW.T)

    def each(self, function: Callable[..., Array], *rows: Rows) -> Rows:
        """Of all rows at once."""
        return function(*rows)

    def totals(self, terms: Callable[..., tuple[Array, ...]], *rows: Rows) -> list[Array]:
        """One row added after the other: NumPy sums in pairs only along a contiguous axis."""
        return [np.add.reduce(term, axis=0) for term in terms(*rows)]

    def sub_blocks(self, rows: Rows) -> Array:
        """The transpose, as a view."""
        return rows.T

    def times(self, one: Array, other: Array) -> Array:
        """NumPy rounds every product."""
        return one * other

    def divided(self, array: Array, divisor: Array) -> Array:
        """NumPy rounds every quotient once."""
        return array / np.float32(divisor)

    def repeat(self, count: int, step: Callable[[Array, Carry], Carry], carry: Carry) -> Carry:
        """A loop."""
        for i in range(count):
            carry = step(i, carry)
        return carry

    def bytes_of(self, array: Array) -> Array:
        """A view, or a copy where the machine is big-endian."""
        return np.ascontiguousarray(array, array.dtype.newbyteorder("<")).view(np.uint8)

    def read(self, octets: Array, dtype: str) -> Array:
        """A view."""
        return np.ascontiguousarray(octets).view(np.dtype(dtype).newbyteorder("<"))


NUMPY: Arrays = OfNumPy()


def finite_or_zero(on: Arrays, array: Array) -> Array:
    """Zero in place of what is not finite.

    ggml multiplies by such a factor and converts the infinities that follow to integers, which on
    x86-64 gives code 0: what a factor of 0 gives too.
    """
    return on.xp.where(on.xp.isfinite(array), array, np.float32(0))


def as_stored(value: Array) -> Array:
    """A float32 as the half that a block keeps."""
    return value.astype(np.float16).astype(np.float32)


def first(on: Arrays, array_NK: Array, index_N: Array) -> Array:
    """The entry at an index of each row of an array, [N]."""
    return on.xp.take_along_axis(array_NK, index_N[:, None], axis=1)[:, 0]
