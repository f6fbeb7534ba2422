"""Chunks and tiles: each element is fresh in one span, and what is kept stays within bounds."""

from __future__ import annotations

import math

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aprender.losses.fused import tiling
from aprender.losses.fused.tiling import Cut, Tiling

SIZES = st.integers(1, 60)


@settings(deadline=None)  # the first call of each shape compiles
@given(size=SIZES, width=SIZES)
def test_each_element_is_fresh_in_exactly_one_span(size: int, width: int) -> None:
    cut = Cut(size, min(width, size))
    seen = np.zeros(size, int)
    for index in range(cut.count):
        span = cut.span(jnp.asarray(index))
        fresh = span.where_fresh(jnp.ones(span.width, int), 0)
        start = int(span.start)
        assert 0 <= start <= size - span.width
        seen[start : start + span.width] += np.broadcast_to(fresh, span.width)
    np.testing.assert_array_equal(seen, 1)


@settings(deadline=None)  # the first call of each shape compiles
@given(size=SIZES, width=SIZES)
def test_each_id_has_a_column_in_exactly_one_span(size: int, width: int) -> None:
    cut = Cut(size, min(width, size))
    ids = np.array([*range(size), -100, size])
    found = np.zeros(len(ids), int)
    for index in range(cut.count):
        span = cut.span(jnp.asarray(index))
        columns = np.asarray(span.column_of(ids))
        is_inside = columns < span.width
        np.testing.assert_array_equal((int(span.start) + columns)[is_inside], ids[is_inside])
        found += is_inside
    np.testing.assert_array_equal(found, [*[1] * size, 0, 0])


@pytest.mark.parametrize(("rows", "columns", "features"), [(512, 151936, 896), (1024, 32000, 64)])
def test_what_a_chunk_keeps_is_bounded(rows: int, columns: int, features: int) -> None:
    cut = Tiling().cut_rows(rows, columns=columns, features=features, kept=2, itemsize=4)
    kept = 2 * cut.width * columns * 4
    assert kept <= tiling.KEPT_BYTES["cpu"]
    assert kept <= features * columns * 4
    assert cut.width <= math.ceil(rows / 2)


def test_one_row_is_one_chunk() -> None:
    assert Tiling().cut_rows(1, columns=9, features=1, kept=2, itemsize=4) == Cut(1, 1)


@pytest.mark.parametrize("columns", [1, 4096, 4099, 32000, 151936, 152064])
def test_tiles_are_equal_where_they_can_be(columns: int) -> None:
    cut = Tiling().cut_columns(columns)
    assert cut.count * cut.width >= columns
    assert cut.width <= tiling.TILE_COLUMNS
    if columns in (151936, 152064, 32000):
        assert cut.count * cut.width == columns


@pytest.mark.parametrize("fault", [{"rows": 0}, {"columns": -1}])
def test_a_size_below_one_is_refused(fault: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=rf"tiling: {next(iter(fault))} = .* is not at least 1"):
        Tiling(**fault)
