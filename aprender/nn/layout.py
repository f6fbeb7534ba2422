"""Parameters of a decoder as a pytree, and where each tensor of Hugging Face's stands in it.

Every layer has the same tensors, so they are stacked along a first axis L and scanned. A projection
is [in, out] here and [out, in] there: this is the one place where it is transposed.

    embedding [V, D], layers {name: [L, ...]}, norm [D], and head [V, D] unless it is tied

Shapes: L layers, V vocabulary, D model width, N query heads, K key/value heads, H head width, F
feed-forward width.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from aprender.config import TransformerConfig
from aprender.config.tensors import LAYER_PREFIX, layer_tensor_shapes, tensor_shapes

Parameters: TypeAlias = dict[str, Any]


class Place(NamedTuple):
    """Where a tensor stands, and its axes [in..., out...]: each is a field of TransformerConfig.

    The field's value is the axis's size, and its name what aprender.nn.sharding goes by.
    """

    name: str
    axes: tuple[str, ...]
    is_transposed: bool = False

    def shape(self, config: TransformerConfig) -> tuple[int, ...]:
        """The size of each axis."""
        return tuple(getattr(config, axis) for axis in self.axes)


_VOCABULARY = "vocab_size"
_WIDTH = "hidden_size"
_QUERIES = ("num_attention_heads", "head_dim")
_KEYS = ("num_key_value_heads", "head_dim")
_INNER = "intermediate_size"


def _matrix(name: str, *axes: str) -> Place:
    return Place(name, axes, is_transposed=True)


PLACES = {
    "input_layernorm.weight": Place("attention_norm", (_WIDTH,)),
    "self_attn.q_proj.weight": _matrix("query", _WIDTH, *_QUERIES),
    "self_attn.k_proj.weight": _matrix("key", _WIDTH, *_KEYS),
    "self_attn.v_proj.weight": _matrix("value", _WIDTH, *_KEYS),
    "self_attn.q_proj.bias": Place("query_bias", _QUERIES),
    "self_attn.k_proj.bias": Place("key_bias", _KEYS),
    "self_attn.v_proj.bias": Place("value_bias", _KEYS),
    "self_attn.q_norm.weight": Place("query_norm", ("head_dim",)),
    "self_attn.k_norm.weight": Place("key_norm", ("head_dim",)),
    "self_attn.o_proj.weight": _matrix("output", *_QUERIES, _WIDTH),
    "self_attn.o_proj.bias": Place("output_bias", (_WIDTH,)),
    "post_attention_layernorm.weight": Place("mlp_norm", (_WIDTH,)),
    "mlp.gate_proj.weight": _matrix("gate", _WIDTH, _INNER),
    "mlp.up_proj.weight": _matrix("up", _WIDTH, _INNER),
    "mlp.down_proj.weight": _matrix("down", _INNER, _WIDTH),
}
"""Each tensor of a layer, by its name behind the layer's prefix."""

TOP = {
    "model.embed_tokens.weight": Place("embedding", (_VOCABULARY, _WIDTH)),
    "model.norm.weight": Place("norm", (_WIDTH,)),
    "lm_head.weight": Place("head", (_VOCABULARY, _WIDTH)),
}
"""Tensors outside of the layers, which have the same shape on both sides."""


def parameter_axes(config: TransformerConfig) -> Parameters:
    """The pytree with the axes of each tensor at its leaf; those of a layer begin with L."""
    axes: Parameters = {
        place.name: place.axes for name, place in TOP.items() if name in tensor_shapes(config)
    }
    axes["layers"] = {
        PLACES[name].name: ("num_hidden_layers", *PLACES[name].axes)
        for name in layer_tensor_shapes(config)
    }
    return axes


def from_tensors(tensors: Mapping[str, ArrayLike], config: TransformerConfig) -> Parameters:
    """The pytree of all tensors of `config`, under Hugging Face's names and in its shapes.

    ValueError names what is missing, unexpected or of another shape.
    """
    shapes = tensor_shapes(config)
    _check_names(set(tensors), set(shapes))
    for name, shape in shapes.items():
        if jnp.shape(tensors[name]) != shape:
            raise ValueError(f"{name} has shape {jnp.shape(tensors[name])}, not {shape}")
    parameters: Parameters = {
        TOP[name].name: jnp.asarray(tensors[name]) for name in shapes if name in TOP
    }
    layers = range(config.num_hidden_layers)
    parameters["layers"] = {
        PLACES[name].name: jnp.stack(
            [
                _inward(tensors[LAYER_PREFIX.format(layer=layer) + name], PLACES[name], config)
                for layer in layers
            ]
        )
        for name in layer_tensor_shapes(config)
    }
    return parameters


def to_tensors(parameters: Parameters, config: TransformerConfig) -> dict[str, jax.Array]:
    """The other way round: every tensor under Hugging Face's name and in its shape."""
    tensors = {name: parameters[TOP[name].name] for name in tensor_shapes(config) if name in TOP}
    for name, shape in layer_tensor_shapes(config).items():
        place = PLACES[name]
        for layer, array in enumerate(parameters["layers"][place.name]):
            matrix = array.reshape(*reversed(shape)).T if place.is_transposed else array
            tensors[LAYER_PREFIX.format(layer=layer) + name] = matrix.reshape(shape)
    return {name: tensors[name] for name in tensor_shapes(config)}


def _inward(tensor: ArrayLike, place: Place, config: TransformerConfig) -> jax.Array:
    array = jnp.asarray(tensor)
    return (array.T if place.is_transposed else array).reshape(place.shape(config))


def _check_names(given: set[str], wanted: set[str]) -> None:
    for what, names in (("missing", wanted - given), ("unexpected", given - wanted)):
        if names:
            first = ", ".join(sorted(names)[:3])
            raise ValueError(f"{len(names)} tensors are {what}: {first}")
