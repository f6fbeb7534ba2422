"""A parameter filled block by block: in host memory, and on a device, to the same bits."""

from __future__ import annotations

from itertools import pairwise

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax.sharding import SingleDeviceSharding

from aprender.checkpoint import destination
from aprender.checkpoint.destination import ALIGNMENT, Destination, DeviceShard, HostShard

SHAPE = (3, 4, 5)


def filled(kind, values, blocks, monkeypatch):
    """A destination whose parts are of that kind, with every block of `values` written to it."""
    monkeypatch.setattr(destination, "shard_on", lambda device: kind)
    sharding = SingleDeviceSharding(jax.devices()[0])
    target = Destination(values.shape, values.dtype, sharding)
    for start, end in blocks:
        index = tuple(slice(first, last) for first, last in zip(start, end, strict=True))
        target.write(start, values[index])
    return target.array()


@pytest.mark.parametrize("kind", [HostShard, DeviceShard])
@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_blocks_stand_where_they_begin(kind, dtype, monkeypatch):
    values = np.random.default_rng(0).standard_normal(SHAPE).astype(dtype)
    halves = [
        ((layer, 0, column), (layer + 1, 4, column + width))
        for layer in range(3)
        for column, width in ((0, 2), (2, 3))
    ]
    array = filled(kind, values, halves, monkeypatch)
    assert array.dtype == dtype
    assert np.asarray(array).tobytes() == values.tobytes()


@settings(max_examples=30, deadline=None)
@given(cuts=st.lists(st.integers(1, 3), max_size=3, unique=True), axis=st.integers(0, 1))
def test_any_cut_gives_the_same(cuts, axis):
    values = np.arange(12.0, dtype=np.float32).reshape(4, 3)
    edges = [0, *sorted(cut for cut in cuts if cut < values.shape[axis]), values.shape[axis]]
    blocks = []
    for first, last in pairwise(edges):
        start, end = [0, 0], list(values.shape)
        start[axis], end[axis] = first, last
        blocks.append((start, end))
    with pytest.MonkeyPatch.context() as patch:
        array = filled(HostShard, values, blocks, patch)
    np.testing.assert_array_equal(array, values)


def test_host_memory_is_taken_over(monkeypatch):
    shard = HostShard(SHAPE, np.dtype(np.float32), jax.devices()[0])
    block = np.ones(SHAPE, np.float32)
    shard.write((0, 0, 0), block)
    address = shard._values.ctypes.data
    assert address % ALIGNMENT == 0
    array = shard.array()
    assert array.unsafe_buffer_pointer() == address
    # Whoever gives the array away does not write into what others may still hold.
    moved = jax.jit(lambda x: x + 1, donate_argnums=0)(array)
    np.testing.assert_array_equal(moved, block + 1)
    np.testing.assert_array_equal(shard._values, block)


def test_another_device_is_filled_in_place():
    class Elsewhere:
        platform = "cuda"

    assert destination.shard_on(Elsewhere()) is DeviceShard
    assert destination.shard_on(jax.devices("cpu")[0]) is HostShard
