"""Parameters from the tensors of a file: every one, each once, streamed to where it will be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax.traverse_util import flatten_dict, unflatten_dict
from jax.sharding import Sharding, SingleDeviceSharding
from numpy.typing import NDArray

from aprender.checkpoint.destination import Destination
from aprender.checkpoint.error import CheckpointError
from aprender.checkpoint.matching import match
from aprender.checkpoint.safetensors_file import DTYPE_GUARD
from aprender.checkpoint.tensor import LazyTensor
from aprender.config import TransformerConfig
from aprender.nn.layout import Leaf, Parameters, leaves

NONFINITE_GUARD = "FALSIFY-APR-PRETRAIN-INIT-NONFINITE"


def populate(
    config: TransformerConfig,
    tensors: Mapping[str, LazyTensor],
    *,
    placement: jax.Device | Sharding | Parameters | None = None,
    dtype: Any = None,
    extras: Sequence[str] = (),
) -> Parameters:
    """The pytree of aprender.nn.layout with the values of `tensors`; what `match` refuses is.

    `placement` is a device, a sharding, or the pytree of `parameter_shardings`; None is where JAX
    puts a new array. `dtype` None keeps the file's, which has to be one for all layers. Beside what
    stays on it, the host holds one piece of a tensor at a time.

    CheckpointError names tensor, file and falsifier also for a number that is not finite, or is not
    in `dtype`, and for a dtype that JAX would narrow.
    """
    parameters = match(config, tensors, extras).parameters
    where = _placements(config, placement)
    plan = []
    for leaf in leaves(config):
        sources = [parameters[name] for name in leaf.names]
        plan.append(_Filling(leaf, sources, _target(sources, dtype), where[leaf.path]))
    return unflatten_dict({filling.leaf.path: filling.filled(config) for filling in plan})


class _Filling(NamedTuple):
    """A parameter to be, once all that headers can show has been checked."""

    leaf: Leaf
    sources: list[LazyTensor]
    dtype: np.dtype
    sharding: Sharding

    def filled(self, config: TransformerConfig) -> jax.Array:
        destination = Destination(self.leaf.shape(config), self.dtype, self.sharding)
        for layer, source in enumerate(self.sources):
            for start, block in self._blocks(source, config):
                if self.leaf.is_stacked:
                    destination.write((layer, *start), block[None])
                else:
                    destination.write(start, block)
        return destination.array()

    def _blocks(
        self, source: LazyTensor, config: TransformerConfig
    ) -> Iterator[tuple[list[int], NDArray]]:
        """Pieces of a tensor as they stand in the parameter, each with where it begins."""
        place = self.leaf.place
        sizes = place.shape(config)
        unit = source.shape[0] // sizes[place.inputs]
        for row, piece in source.pieces(unit):
            start = [0] * len(sizes)
            start[place.inputs] = row // unit
            yield start, place.inward(finite(source, row, piece, self.dtype), config)


def finite(source: LazyTensor, row: int, piece: NDArray, dtype: np.dtype) -> NDArray:
    """The piece of `source` that begins at `row`, in `dtype`; refused by its first odd number."""
    with np.errstate(over="ignore"):
        cast = piece.astype(dtype, copy=False)
    if not np.isfinite(cast).all():
        at = tuple(np.argwhere(~np.isfinite(cast))[0].tolist())
        index = [row + at[0], *at[1:]]
        reason = f"{source.name}{index} = {piece[at]} is not finite in {dtype}"
        raise CheckpointError(source.file, reason, NONFINITE_GUARD)
    return cast


def _target(sources: Sequence[LazyTensor], dtype: Any) -> np.dtype:
    """The dtype of a parameter; refused where it would have to be guessed or narrowed."""
    first, *others = sources
    for other in others:
        if dtype is None and other.stored != first.stored:
            reason = (
                f"{other.name} is {other.stored} where {first.name} is {first.stored}: state dtype="
            )
            raise CheckpointError(other.file, reason, DTYPE_GUARD)
    target = first.dtype if dtype is None else np.dtype(dtype)
    if not jnp.issubdtype(target, jnp.floating):
        raise TypeError(f"dtype = {target} is none that parameters can have ({DTYPE_GUARD})")
    if jax.dtypes.canonicalize_dtype(target) != target:
        reason = f"{first.name} would be {target}, and jax_enable_x64 is off: state dtype=float32"
        raise CheckpointError(first.file, reason, DTYPE_GUARD)
    return target


def _placements(config: TransformerConfig, placement: Any) -> dict[tuple[str, ...], Sharding]:
    """The sharding of each parameter, by its path."""
    if isinstance(placement, dict):
        return flatten_dict(placement)
    if placement is None:
        placement = jnp.empty(()).sharding
    elif isinstance(placement, jax.Device):
        placement = SingleDeviceSharding(placement)
    if not isinstance(placement, Sharding):
        raise TypeError(f"placement = {placement!r} is no device (see select_device) or sharding")
    return dict.fromkeys((leaf.path for leaf in leaves(config)), placement)
