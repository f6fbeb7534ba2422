"""How a matrix of logits [N, V] is cut: chunks of rows, and tiles of columns within a chunk.

The last chunk and the last tile begin early where the sizes do not divide, so that all have one
shape and nothing is padded; what they repeat is stale there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

# The logits of a chunk are kept between the two passes, up to this many bytes. A larger chunk adds
# to the head's gradient less often, which is what limits a GPU.
KEPT_BYTES = {"cpu": 2**28, "gpu": 2**30}

# Wide enough for the matrix products, narrow enough for the caches.
TILE_COLUMNS = 4096


@dataclass(frozen=True)
class Cut:
    """[0, size) as `count` spans of `width`, of which only the last may overlap its neighbour."""

    size: int
    width: int

    @property
    def count(self) -> int:
        """Number of spans."""
        return math.ceil(self.size / self.width)

    def span(self, index: jax.Array) -> Span:
        """One of them; the last begins early rather than end late."""
        first = index * self.width
        start = jnp.minimum(first, self.size - self.width)
        return Span(start, self.width, None if self.size % self.width == 0 else first)


class Span(NamedTuple):
    """[start, start + width); what lies before `first`, if not None, an earlier span holds."""

    start: jax.Array
    width: int
    first: jax.Array | None

    def of(self, array: jax.Array, axis: int = 0) -> jax.Array:
        """The span's part of an array."""
        return jax.lax.dynamic_slice_in_dim(array, self.start, self.width, axis)

    def add_to(self, array: jax.Array, part: jax.Array) -> jax.Array:
        """The array with the part added to the span along its first axis."""
        return jax.lax.dynamic_update_slice_in_dim(array, self.of(array) + part, self.start, 0)

    def where_fresh(self, array: jax.Array, stale: ArrayLike) -> jax.Array:
        """An array [..., width], with another value for what an earlier span holds."""
        if self.first is None:
            return array
        return jnp.where(self.start + jnp.arange(self.width) >= self.first, array, stale)

    def column_of(self, ids: jax.Array) -> jax.Array:
        """Where in the span each id stands; `width` for those elsewhere or in an earlier span."""
        first = self.start if self.first is None else self.first
        is_inside = (ids >= first) & (ids < self.start + self.width)
        return jnp.where(is_inside, ids - self.start, self.width)

    def pick(self, matrix_CW: jax.Array, column_CX: jax.Array, otherwise: jax.Array) -> jax.Array:
        """One value of the row for each column [C, X]; `otherwise` where it is `width`."""
        inside_CX = jnp.minimum(column_CX, self.width - 1)
        found_CX = jnp.take_along_axis(matrix_CW, inside_CX, axis=-1)
        return jnp.where(column_CX < self.width, found_CX, otherwise)


@dataclass(frozen=True)
class Tiling:
    """At most so many rows in a chunk and columns in a tile; None chooses from sizes and device.

    The result does not depend on it beyond rounding.
    """

    rows: int | None = None
    columns: int | None = None

    def __post_init__(self) -> None:
        for name, value in (("rows", self.rows), ("columns", self.columns)):
            if value is not None and value < 1:
                raise ValueError(f"tiling: {name} = {value} is not at least 1")

    def cut_rows(self, rows: int, *, columns: int, features: int, kept: int, itemsize: int) -> Cut:
        """The chunks of `rows`; `kept` matrices of a chunk's logits are held at a time.

        By default they take no more than KEPT_BYTES, no more than the head's gradient of
        [columns, features], and are never all rows.
        """
        if self.rows is None:
            budget = KEPT_BYTES.get(jax.default_backend(), KEPT_BYTES["gpu"])
            most = min(budget // (kept * columns * itemsize), features // kept, math.ceil(rows / 2))
            most = max(most, 1)
        else:
            most = min(self.rows, rows)
        return Cut(rows, math.ceil(rows / math.ceil(rows / most)))

    def cut_columns(self, columns: int) -> Cut:
        """The tiles of the vocabulary; equal ones where the default can be."""
        if self.columns is not None:
            return Cut(columns, min(self.columns, columns))
        count = math.ceil(columns / TILE_COLUMNS)
        equal = (n for n in range(count, 2 * count) if columns % n == 0)
        return Cut(columns, math.ceil(columns / next(equal, count)))
