"""Parameters of a decoder as a pytree, and where each tensor of Hugging Face's stands in it.

Every layer has the same tensors, so they are stacked along a first axis L and scanned. A projection
is [in, out] here and [out, in] there: this is the one place where it is transposed.

    embedding [V, D], layers {name: [L, ...]}, norm [D], and head [V, D] unless it is tied

Shapes: L layers, V vocabulary, D model width, N query heads, K key/value heads, H head width, F
feed-forward width.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce
from operator import getitem
from typing import Any, NamedTuple, TypeAlias, TypeVar

import jax
import jax.numpy as jnp
from flax.traverse_util import unflatten_dict
from jax.typing import ArrayLike
from numpy.typing import NDArray

from aprender.config import TransformerConfig
from aprender.config.tensors import (
    EMBEDDING,
    HEAD,
    LAYER_PREFIX,
    layer_tensor_shapes,
    tensor_shapes,
)

Parameters: TypeAlias = dict[str, Any]
Array = TypeVar("Array", jax.Array, NDArray[Any])


class Place(NamedTuple):
    """Where a tensor stands, and its axes [in..., out...]: each is a field of TransformerConfig.

    The field's value is the axis's size, and its name what aprender.nn.sharding goes by. The first
    `inputs` axes are what the other side has last, so that 0 is a tensor that is not transposed.
    """

    name: str
    axes: tuple[str, ...]
    inputs: int = 0

    def shape(self, config: TransformerConfig) -> tuple[int, ...]:
        """The size of each axis."""
        return tuple(getattr(config, axis) for axis in self.axes)

    def inward(self, rows: Array, config: TransformerConfig) -> Array:
        """Rows of Hugging Face's tensor as they stand here, along axis `inputs`: a view in NumPy.

        Rows are all, or a multiple of what one step along that axis takes.
        """
        sizes = self.shape(config)
        turned = rows.T if self.inputs else rows
        return turned.reshape(*sizes[: self.inputs], -1, *sizes[self.inputs + 1 :])


_VOCABULARY = "vocab_size"
_WIDTH = "hidden_size"
_QUERIES = ("num_attention_heads", "head_dim")
_KEYS = ("num_key_value_heads", "head_dim")
_INNER = "intermediate_size"


PLACES = {
    "input_layernorm.weight": Place("attention_norm", (_WIDTH,)),
    "self_attn.q_proj.weight": Place("query", (_WIDTH, *_QUERIES), 1),
    "self_attn.k_proj.weight": Place("key", (_WIDTH, *_KEYS), 1),
    "self_attn.v_proj.weight": Place("value", (_WIDTH, *_KEYS), 1),
    "self_attn.q_proj.bias": Place("query_bias", _QUERIES),
    "self_attn.k_proj.bias": Place("key_bias", _KEYS),
    "self_attn.v_proj.bias": Place("value_bias", _KEYS),
    "self_attn.q_norm.weight": Place("query_norm", ("head_dim",)),
    "self_attn.k_norm.weight": Place("key_norm", ("head_dim",)),
    "self_attn.o_proj.weight": Place("output", (*_QUERIES, _WIDTH), 2),
    "self_attn.o_proj.bias": Place("output_bias", (_WIDTH,)),
    "post_attention_layernorm.weight": Place("mlp_norm", (_WIDTH,)),
    "mlp.gate_proj.weight": Place("gate", (_WIDTH, _INNER), 1),
    "mlp.up_proj.weight": Place("up", (_WIDTH, _INNER), 1),
    "mlp.down_proj.weight": Place("down", (_INNER, _WIDTH), 1),
}
"""Each tensor of a layer, by its name behind the layer's prefix."""

TOP = {
    EMBEDDING: Place("embedding", (_VOCABULARY, _WIDTH)),
    "model.norm.weight": Place("norm", (_WIDTH,)),
    HEAD: Place("head", (_VOCABULARY, _WIDTH)),
}
"""Tensors outside of the layers, which have the same shape on both sides."""


class Leaf(NamedTuple):
    """A parameter: where it stands in the pytree, its axes, and the tensors that it is made of."""

    path: tuple[str, ...]
    place: Place
    axes: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def is_stacked(self) -> bool:
        """Whether its first axis is L."""
        return len(self.axes) > len(self.place.axes)

    def shape(self, config: TransformerConfig) -> tuple[int, ...]:
        """The size of each axis."""
        return tuple(getattr(config, axis) for axis in self.axes)


def leaves(config: TransformerConfig) -> Iterator[Leaf]:
    """Every parameter; one of the layers has a tensor for each of them, and L as its first axis."""
    for name, place in TOP.items():
        if name in tensor_shapes(config):
            yield Leaf((place.name,), place, place.axes, (name,))
    layers = range(config.num_hidden_layers)
    for name in layer_tensor_shapes(config):
        place = PLACES[name]
        names = tuple(LAYER_PREFIX.format(layer=layer) + name for layer in layers)
        yield Leaf(("layers", place.name), place, ("num_hidden_layers", *place.axes), names)


def parameter_axes(config: TransformerConfig) -> Parameters:
    """The pytree with the axes of each tensor at its leaf; those of a layer begin with L."""
    return unflatten_dict({leaf.path: leaf.axes for leaf in leaves(config)})


def from_tensors(tensors: Mapping[str, ArrayLike], config: TransformerConfig) -> Parameters:
    """The pytree of all tensors of `config`, under Hugging Face's names and in its shapes.

    ValueError names what is missing, unexpected or of another shape.
    """
    shapes = tensor_shapes(config)
    _check_names(set(tensors), set(shapes))
    for name, shape in shapes.items():
        if jnp.shape(tensors[name]) != shape:
            raise ValueError(f"{name} has shape {jnp.shape(tensors[name])}, not {shape}")
    tree = {}
    for leaf in leaves(config):
        arrays = [leaf.place.inward(jnp.asarray(tensors[name]), config) for name in leaf.names]
        tree[leaf.path] = jnp.stack(arrays) if leaf.is_stacked else arrays[0]
    return unflatten_dict(tree)


def to_tensors(parameters: Parameters, config: TransformerConfig) -> dict[str, jax.Array]:
    """The other way round: every tensor under Hugging Face's name and in its shape."""
    return {name: part.outward(part.of(parameters)) for name, part in parts(config).items()}


class Part(NamedTuple):
    """One of Hugging Face's tensors: in which parameter it stands, in which layer, its shape."""

    leaf: Leaf
    layer: int
    shape: tuple[int, ...]

    def of(self, parameters: Parameters) -> jax.Array:
        """Its values, in the shape that they have here."""
        array = reduce(getitem, self.leaf.path, parameters)
        return array[self.layer] if self.leaf.is_stacked else array

    def outward(self, values: Array) -> Array:
        """The same values in Hugging Face's shape."""
        if self.leaf.place.inputs:
            return values.reshape(*reversed(self.shape)).T
        return values.reshape(self.shape)


def parts(config: TransformerConfig) -> dict[str, Part]:
    """Where each of Hugging Face's tensors stands, in the order of `tensor_shapes`."""
    found = {
        name: (leaf, layer) for leaf in leaves(config) for layer, name in enumerate(leaf.names)
    }
    return {name: Part(*found[name], shape) for name, shape in tensor_shapes(config).items()}


def _check_names(given: set[str], wanted: set[str]) -> None:
    for what, names in (("missing", wanted - given), ("unexpected", given - wanted)):
        if names:
            first = ", ".join(sorted(names)[:3])
            raise ValueError(f"{len(names)} tensors are {what}: {first}")
