"""One layer of a decoder: attention and feed-forward, each behind a norm and beside a residual.

Shapes: B batch, T positions, S positions of keys, D model width, N query heads, K key/value heads,
H head width, R = H / 2.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import jax
import jax.numpy as jnp

from aprender.config import TransformerConfig
from aprender.nn.attention import grouped_attention, kernel, native_attention
from aprender.nn.mlp import swiglu
from aprender.nn.norm import rms_norm
from aprender.nn.rope import apply_rope

Layer: TypeAlias = dict[str, jax.Array]
"""Tensors of one layer, by the names of aprender.nn.layout."""


class KeysAndValues(NamedTuple):
    """What was computed for earlier positions, [B, S, K, H] each."""

    key_BSKH: jax.Array
    value_BSKH: jax.Array


class Where(NamedTuple):
    """Positions of a call: their RoPE tables [B, T, R], and which keys they may attend to."""

    cos_BTR: jax.Array
    sin_BTR: jax.Array
    mask_BTS: jax.Array
    start: jax.Array | int
    """Index of the first of them in the cache."""


def block(
    config: TransformerConfig,
    layer: Layer,
    x_BTD: jax.Array,
    where: Where,
    cached: KeysAndValues | None,
) -> tuple[jax.Array, KeysAndValues | None]:
    """The layer's output, and the cache with this call's keys and values if there is one."""
    normed_BTD = rms_norm(x_BTD, layer["attention_norm"], config.rms_norm_eps)
    attended_BTD, cached = attention(config, layer, normed_BTD, where, cached)
    x_BTD = x_BTD + attended_BTD
    normed_BTD = rms_norm(x_BTD, layer["mlp_norm"], config.rms_norm_eps)
    return x_BTD + feed_forward(layer, normed_BTD), cached


def attention(
    config: TransformerConfig,
    layer: Layer,
    x_BTD: jax.Array,
    where: Where,
    cached: KeysAndValues | None,
) -> tuple[jax.Array, KeysAndValues | None]:
    """Grouped-query attention with its projections, [B, T, D], and the cache as in `block`."""
    query_BTNH = projected(layer, "query", x_BTD)
    key_BTKH = projected(layer, "key", x_BTD)
    value_BSKH = projected(layer, "value", x_BTD)
    if config.qk_norm:
        query_BTNH = rms_norm(query_BTNH, layer["query_norm"], config.rms_norm_eps)
        key_BTKH = rms_norm(key_BTKH, layer["key_norm"], config.rms_norm_eps)
    query_BTNH = apply_rope(query_BTNH, where.cos_BTR, where.sin_BTR)
    key_BSKH = apply_rope(key_BTKH, where.cos_BTR, where.sin_BTR)
    if cached is not None:
        put = jax.lax.dynamic_update_slice_in_dim
        key_BSKH = put(cached.key_BSKH, key_BSKH, where.start, axis=1)
        value_BSKH = put(cached.value_BSKH, value_BSKH, where.start, axis=1)
        cached = KeysAndValues(key_BSKH, value_BSKH)
    output_BTNH = attend(query_BTNH, key_BSKH, value_BSKH, where.mask_BTS)
    output_BTD = jnp.einsum("BTNH,NHD->BTD", output_BTNH, layer["output"])
    return output_BTD + layer.get("output_bias", 0), cached


def attend(
    query_BTNH: jax.Array, key_BSKH: jax.Array, value_BSKH: jax.Array, mask_BTS: jax.Array
) -> jax.Array:
    """The attention that suits the device: cuDNN's where it takes these arrays."""
    is_native = kernel(query_BTNH, key_BSKH, jax.default_backend()) == "cudnn"
    attention_of = native_attention if is_native else grouped_attention
    return attention_of(query_BTNH, key_BSKH, value_BSKH, mask_BTS)


def projected(layer: Layer, name: str, x_BTD: jax.Array) -> jax.Array:
    """Queries, keys or values of every head, with their bias where the model has one."""
    heads = jnp.einsum("BTD,DNH->BTNH", x_BTD, layer[name])
    return heads + layer.get(f"{name}_bias", 0)


def feed_forward(layer: Layer, x_BTD: jax.Array) -> jax.Array:
    """SwiGLU between two projections."""
    return swiglu(x_BTD @ layer["gate"], x_BTD @ layer["up"]) @ layer["down"]
