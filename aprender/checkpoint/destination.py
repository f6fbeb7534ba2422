"""A parameter on its devices, filled block by block.

Each device of this process gets its part and nothing else, so that a parameter needs to be whole
nowhere. On a CPU the part is filled in host memory and handed over as it is; on another device it
is updated in place, and the host holds one block.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import prod
from typing import Protocol

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Sharding
from numpy.typing import NDArray

ALIGNMENT = 64
"""Bytes at whose multiple host memory has to begin for JAX to take it over without a copy."""


class Shard(Protocol):
    """The part of a parameter on one device."""

    def write(self, start: Sequence[int], block: NDArray) -> None:
        """Put a block where it begins, within the part."""

    def array(self) -> jax.Array:
        """The part, once it is filled."""


class HostShard:
    """A part in host memory, which a CPU device takes over."""

    def __init__(self, shape: Sequence[int], dtype: np.dtype, device: jax.Device) -> None:
        size = prod(shape) * dtype.itemsize
        memory = np.empty(size + ALIGNMENT, np.uint8)
        first = -memory.ctypes.data % ALIGNMENT
        self._values = memory[first : first + size].view(dtype).reshape(shape)
        self._device = device

    def write(self, start: Sequence[int], block: NDArray) -> None:
        """Copied at once."""
        ends = np.add(start, block.shape)
        self._values[tuple(map(slice, start, ends))] = block

    def array(self) -> jax.Array:
        """The same memory; nobody else holds it."""
        return jax.device_put(self._values, self._device, may_alias=True)


class DeviceShard:
    """A part on the device from the beginning."""

    def __init__(self, shape: Sequence[int], dtype: np.dtype, device: jax.Device) -> None:
        self._values = jnp.empty(shape, dtype, device=device)
        self._device = device

    def write(self, start: Sequence[int], block: NDArray) -> None:
        """Sent, and waited for: the host would hold all blocks that are under way."""
        block_ = jax.device_put(block, self._device)
        self._values = _updated(self._values, block_, tuple(start)).block_until_ready()

    def array(self) -> jax.Array:
        """As it stands."""
        return self._values


@partial(jax.jit, donate_argnums=0)
def _updated(values: jax.Array, block: jax.Array, start: tuple[int, ...]) -> jax.Array:
    return jax.lax.dynamic_update_slice(values, block, start)


def shard_on(device: jax.Device) -> type[HostShard] | type[DeviceShard]:
    """What fills a part of that device."""
    return HostShard if device.platform == "cpu" else DeviceShard


class Destination:
    """A parameter of a shape, a dtype and a sharding, whose values arrive in blocks."""

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype, sharding: Sharding) -> None:
        self._shape, self._sharding = shape, sharding
        self._parts: list[tuple[list[range], Shard]] = []
        for device, index in sharding.addressable_devices_indices_map(shape).items():
            within = [range(*part.indices(size)) for part, size in zip(index, shape, strict=True)]
            extent = [len(axis) for axis in within]
            self._parts.append((within, shard_on(device)(extent, dtype, device)))

    def write(self, start: Sequence[int], block: NDArray) -> None:
        """Put a block, of as many axes as the parameter, where it begins."""
        for within, shard in self._parts:
            common = [
                range(max(first, axis.start), min(first + size, axis.stop))
                for first, size, axis in zip(start, block.shape, within, strict=True)
            ]
            if all(common):
                ours = (
                    slice(axis.start - first, axis.stop - first)
                    for axis, first in zip(common, start, strict=True)
                )
                at = [part.start - axis.start for part, axis in zip(common, within, strict=True)]
                shard.write(at, block[tuple(ours)])

    def array(self) -> jax.Array:
        """The parameter, once it is filled."""
        parts = [shard.array() for _, shard in self._parts]
        return jax.make_array_from_single_device_arrays(self._shape, self._sharding, parts)
