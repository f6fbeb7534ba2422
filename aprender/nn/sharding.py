"""Parameters and batches over several devices: a mesh, and one table of rules.

The network knows nothing of it: it computes with arrays that are split as `parameter_shardings` and
`batch_sharding` say, on one device, on several, and in several processes over `jax.distributed`.

Shapes: B batch, T positions.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd, prod
from typing import NoReturn

import jax
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec

from aprender.config import TransformerConfig
from aprender.nn.layout import Parameters, parameter_axes

GUARD = "FALSIFY-SHARD-REFUSALS"

MESH_AXES = ("data", "fsdp", "tensor")

RULES: dict[str, str | None] = {
    "vocab_size": "tensor",
    "hidden_size": "fsdp",
    "num_attention_heads": "tensor",
    "num_key_value_heads": "tensor",
    "head_dim": None,
    "intermediate_size": "tensor",
    "num_hidden_layers": None,
}
"""The mesh axis that splits each axis of a matrix (aprender.nn.layout); None: it is whole."""

BATCH_AXES = ("data", "fsdp")
"""The mesh axes that split a batch, the first the slowest."""


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
    # The compiler splits what is computed: with Explicit axes each operation would have to say.
    types = (AxisType.Auto,) * len(sizes)
    return jax.make_mesh(tuple(sizes.values()), tuple(sizes), axis_types=types, devices=devices)


def parameter_shardings(config: TransformerConfig, mesh: Mesh) -> Parameters:
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


def batch_sharding(mesh: Mesh) -> NamedSharding:
    """Of tokens [B, T], and of all else that begins with B: rows are split, a row is whole."""
    check_mesh(mesh)
    return NamedSharding(mesh, PartitionSpec(BATCH_AXES))


def split(
    config: TransformerConfig, mesh: Mesh, name: str, axes: tuple[str, ...]
) -> list[str | None]:
    """The mesh axis of each axis of a tensor.

    A vector of a layer or of the model is whole: a norm is smaller than what gathering it costs.
    """
    if len([axis for axis in axes if axis != "num_hidden_layers"]) == 1:
        return [None] * len(axes)
    for axis in axes:
        check_divides(config, mesh, name, axis)
    return [RULES[axis] for axis in axes]


def check_divides(config: TransformerConfig, mesh: Mesh, name: str, axis: str) -> None:
    """Refuse an axis that its mesh axis does not divide, and say which one would."""
    by, size = RULES[axis], getattr(config, axis)
    if by is None or size % mesh.shape[by] == 0:
        return
    largest = gcd(*(getattr(config, other) for other, rule in RULES.items() if rule == by))
    refuse(
        f"{name}: {axis} = {size} is not a multiple of the mesh's {by} = {mesh.shape[by]}; "
        f"make {by} a divisor of {largest}, which divides all that it splits, and others larger"
    )


def check_mesh(mesh: Mesh) -> None:
    """Refuse a mesh with other axes than the rules name."""
    if mesh.axis_names != MESH_AXES:
        refuse(f"the mesh has axes {mesh.axis_names}, not {MESH_AXES}: make it by make_mesh")


def refuse(reason: str) -> NoReturn:
    """Raise with the falsifier that guards the refusal."""
    raise ValueError(f"{reason} ({GUARD})")
