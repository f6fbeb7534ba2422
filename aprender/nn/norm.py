"""RMSNorm: Zhang, Sennrich 2019. The norm of a layer, and of queries and keys in Qwen3."""

from __future__ import annotations

import jax
import jax.numpy as jnp


def rms_norm(x: jax.Array, weight: jax.Array, eps: float) -> jax.Array:
    """x / sqrt(mean(x^2) + eps) * weight over the last axis, x [..., D] and weight [D].

    Computed in float32, or float64 if x has it, and rounded to the dtype of x once.
    """
    if jnp.shape(weight) != jnp.shape(x)[-1:]:
        raise ValueError(
            f"weight has shape {jnp.shape(weight)}, not {jnp.shape(x)[-1:]}: x has {jnp.shape(x)} "
            "(FALSIFY-TK-NORM)"
        )
    wide = jnp.promote_types(x.dtype, jnp.float32)
    wide_x = x.astype(wide)
    mean_square = jnp.mean(jnp.square(wide_x), axis=-1, keepdims=True)
    normed = wide_x * jax.lax.rsqrt(mean_square + eps)
    return (normed * weight.astype(wide)).astype(x.dtype)
