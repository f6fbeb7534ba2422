"""Parameters of a decoder as a pytree, and where each tensor of Hugging Face's stands in it.

Every layer has the same tensors, so they are stacked along a first axis L and scanned. A projection
is [in, out] here and [out, in] there: this is the one place where it is transposed.

    embedding [V, D], layers {name: [L, ...]}, norm [D], and head [V, D] unless it is tied

Shapes: L layers, V vocabulary, D model width, N query heads, K key/value heads, H head width, F
feed-forward width.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from aprender.config import TransformerConfig
from aprender.config.tensors import LAYER_PREFIX, layer_tensor_shapes, tensor_shapes

Parameters: TypeAlias = dict[str, Any]


class Place(NamedTuple):
    """Where a tensor of one layer stands, and in which shape [in..., out...]."""

    name: str
    shape: Callable[[TransformerConfig], tuple[int, ...]]
    is_transposed: bool


def _vector(name: str, shape: Callable[[TransformerConfig], tuple[int, ...]]) -> Place:
    return Place(name, shape, is_transposed=False)


def _matrix(name: str, shape: Callable[[TransformerConfig], tuple[int, ...]]) -> Place:
    return Place(name, shape, is_transposed=True)


PLACES = {
    "input_layernorm.weight": _vector("attention_norm", lambda c: (c.hidden_size,)),
    "self_attn.q_proj.weight": _matrix(
        "query", lambda c: (c.hidden_size, c.num_attention_heads, c.head_dim)
    ),
    "self_attn.k_proj.weight": _matrix(
        "key", lambda c: (c.hidden_size, c.num_key_value_heads, c.head_dim)
    ),
    "self_attn.v_proj.weight": _matrix(
        "value", lambda c: (c.hidden_size, c.num_key_value_heads, c.head_dim)
    ),
    "self_attn.q_proj.bias": _vector("query_bias", lambda c: (c.num_attention_heads, c.head_dim)),
    "self_attn.k_proj.bias": _vector("key_bias", lambda c: (c.num_key_value_heads, c.head_dim)),
    "self_attn.v_proj.bias": _vector("value_bias", lambda c: (c.num_key_value_heads, c.head_dim)),
    "self_attn.q_norm.weight": _vector("query_norm", lambda c: (c.head_dim,)),
    "self_attn.k_norm.weight": _vector("key_norm", lambda c: (c.head_dim,)),
    "self_attn.o_proj.weight": _matrix(
        "output", lambda c: (c.num_attention_heads, c.head_dim, c.hidden_size)
    ),
    "self_attn.o_proj.bias": _vector("output_bias", lambda c: (c.hidden_size,)),
    "post_attention_layernorm.weight": _vector("mlp_norm", lambda c: (c.hidden_size,)),
    "mlp.gate_proj.weight": _matrix("gate", lambda c: (c.hidden_size, c.intermediate_size)),
    "mlp.up_proj.weight": _matrix("up", lambda c: (c.hidden_size, c.intermediate_size)),
    "mlp.down_proj.weight": _matrix("down", lambda c: (c.intermediate_size, c.hidden_size)),
}
"""Each tensor of a layer, by its name behind the layer's prefix."""

TOP = {
    "model.embed_tokens.weight": "embedding",
    "model.norm.weight": "norm",
    "lm_head.weight": "head",
}
"""Tensors outside of the layers, which are the same on both sides."""


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
        TOP[name]: jnp.asarray(tensors[name]) for name in shapes if name in TOP
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
    tensors = {name: parameters[TOP[name]] for name in tensor_shapes(config) if name in TOP}
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
