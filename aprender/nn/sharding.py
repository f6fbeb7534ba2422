"""Parameters and batches over several devices: a mesh, and one table of rules.

Arrays that are split as `parameter_shardings` and `batch_sharding` say are all that the network
needs to compute on several devices, and in several processes over `jax.distributed`: it reads the
mesh off its arguments, and `constrained` and `as_ruled` change nothing where there is none.

Shapes: B batch, T positions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import gcd, prod
from typing import Any, NoReturn, TypeAlias

import jax
import numpy as np
from jax.sharding import AbstractMesh, AxisType, Mesh, NamedSharding, PartitionSpec
from jax.typing import ArrayLike
from numpy.typing import NDArray

from aprender.config import TransformerConfig
from aprender.nn.layout import Parameters, parameter_axes

GUARD = "FALSIFY-SHARD-REFUSALS"

Axes: TypeAlias = str | tuple[str, ...] | None
"""The mesh axes that split an axis of an array, the first the slowest; None: it is whole."""

MESH_AXES = ("data", "fsdp", "tensor")

BATCH: Axes = ("data", "fsdp")

RULES: dict[str, str | None] = {
    "vocab_size": "tensor",
    "hidden_size": "fsdp",
    "num_attention_heads": "tensor",
    "num_key_value_heads": "tensor",
    "head_dim": None,
    "intermediate_size": "tensor",
    "num_hidden_layers": None,
}
"""The mesh axis that splits each axis of a matrix, under its name in aprender.nn.layout."""


def make_mesh(
    *, data: int = 1, fsdp: int = 1, tensor: int = 1, devices: Sequence[jax.Device] | None = None
) -> Mesh:
    """A mesh of `devices`, all of this run's unless they are given.

    `data` splits the batch, `fsdp` the batch and the parameters' width, `tensor` heads,
    feed-forward and vocabulary. ValueError unless their product is the number of devices.
    """
    sizes = {"data": data, "fsdp": fsdp, "tensor": tensor}
    for name, size in sizes.items():
        if type(size) is not int or size < 1:
            refuse(f"{name} = {size!r} is not an integer of at least 1")
    devices = jax.devices() if devices is None else devices
    if prod(sizes.values()) != len(devices):
        product = " * ".join(f"{name} = {size}" for name, size in sizes.items())
        refuse(f"{product} makes {prod(sizes.values())} devices, and there are {len(devices)}")
    # The compiler splits what is computed; with Explicit axes each operation would have to say how.
    types = (AxisType.Auto,) * len(sizes)
    return jax.make_mesh(tuple(sizes.values()), MESH_AXES, axis_types=types, devices=devices)


def parameter_shardings(config: TransformerConfig, mesh: Mesh | AbstractMesh) -> Parameters:
    """The pytree of aprender.nn.layout with the sharding of each tensor at its leaf.

    ValueError for a size that its mesh axis does not divide: nothing is left whole in silence.
    """
    check_mesh(mesh)

    def sharding(path: tuple[jax.tree_util.DictKey, ...], axes: tuple[str, ...]) -> NamedSharding:
        name = ".".join(key.key for key in path)
        return NamedSharding(mesh, PartitionSpec(*split(config, mesh, name, axes)))

    return jax.tree_util.tree_map_with_path(
        sharding, parameter_axes(config), is_leaf=lambda node: isinstance(node, tuple)
    )


def batch_sharding(mesh: Mesh | AbstractMesh) -> NamedSharding:
    """Of tokens [B, T], and of all else that begins with B: rows are split, a row is whole."""
    check_mesh(mesh)
    return NamedSharding(mesh, PartitionSpec(BATCH))


def as_ruled(config: TransformerConfig, parameters: Parameters) -> Parameters:
    """The parameters, and in the backward pass their gradients, split by the rules.

    Unchanged where they are on no mesh of `make_mesh`.
    """
    mesh = mesh_of(parameters["embedding"])
    if mesh is None:
        return parameters
    shardings = parameter_shardings(config, mesh)
    return jax.tree.map(jax.lax.with_sharding_constraint, parameters, shardings)


def constrained(x: jax.Array, *axes: Axes) -> jax.Array:
    """x, split so along its first axes and whole along the others; unchanged on no mesh."""
    mesh = mesh_of(x)
    if mesh is None:
        return x
    return jax.lax.with_sharding_constraint(x, NamedSharding(mesh, PartitionSpec(*axes)))


def mesh_of(x: jax.Array) -> AbstractMesh | None:
    """The mesh of `make_mesh` that x is on, traced or not; None where it is on none."""
    mesh = jax.typeof(x).sharding.mesh
    return mesh if is_ruled(mesh) else None


def local_parts(array: ArrayLike) -> Iterator[tuple[NDArray[np.int64], NDArray[Any]]]:
    """The parts of an array that this process holds, and where in the array each of them begins."""
    if not isinstance(array, jax.Array) or array.is_fully_addressable:
        yield np.zeros(np.ndim(array), np.int64), np.asarray(array)
        return
    for shard in array.addressable_shards:
        yield np.array([part.start or 0 for part in shard.index]), np.asarray(shard.data)


def split(
    config: TransformerConfig, mesh: Mesh | AbstractMesh, name: str, axes: tuple[str, ...]
) -> list[str | None]:
    """The mesh axis of each axis of a tensor.

    A vector of the model or of a layer is whole: it is smaller than what gathering it would cost.
    """
    if len(set(axes) - {"num_hidden_layers"}) == 1:
        return [None] * len(axes)
    for axis in axes:
        check_divides(config, mesh, name, axis)
    return [RULES[axis] for axis in axes]


def check_divides(
    config: TransformerConfig, mesh: Mesh | AbstractMesh, name: str, axis: str
) -> None:
    """Refuse an axis that its mesh axis does not divide, and say what would divide it."""
    by, size = RULES[axis], getattr(config, axis)
    if by is None or size % mesh.shape[by] == 0:
        return
    largest = gcd(*(getattr(config, other) for other, rule in RULES.items() if rule == by))
    refuse(
        f"{name}: {axis} = {size} is not a multiple of the mesh's {by} = {mesh.shape[by]}; "
        f"all that {by} splits is a multiple of {largest}: take a divisor of that"
    )


def check_mesh(mesh: Mesh | AbstractMesh) -> None:
    """Refuse a mesh that `make_mesh` has not made."""
    if not is_ruled(mesh):
        refuse(
            f"the mesh has axes {mesh.axis_names} of types {mesh.axis_types}, not {MESH_AXES} all "
            "Auto: make it by make_mesh"
        )


def is_ruled(mesh: Mesh | AbstractMesh) -> bool:
    """Whether it has the axes of the rules, and leaves it to the compiler to split by them."""
    return mesh.axis_names == MESH_AXES and set(mesh.axis_types) == {AxisType.Auto}


def refuse(reason: str) -> NoReturn:
    """Raise with the falsifier that guards the refusal."""
    raise ValueError(f"{reason} ({GUARD})")
