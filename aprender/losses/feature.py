"""Functions of hidden features, for losses that compare representations."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike


def l2_normalize(features: ArrayLike) -> jax.Array:
    """features / ||features||_2 over the last axis of [..., D]; the zero vector maps to itself.

    The zero vector has no direction, so its gradient is defined as zero. A vector is scaled by its
    largest entry before it is squared, as in the 2-norm of BLAS (Lawson et al. 1979), so that no
    finite one overflows; subnormal ones may flush to zero.

    Returns [..., D] in float32, or in float64 where the input is.
    """
    dtype = jnp.promote_types(jnp.float32, jnp.result_type(features))
    features = jnp.asarray(features, dtype)
    # The quotient does not depend on the scale, so no gradient needs to pass through it.
    peak = jax.lax.stop_gradient(jnp.max(jnp.abs(features), axis=-1, keepdims=True))
    zero = peak == 0
    scaled = features / jnp.where(zero, 1, peak)
    squared_norm = jnp.sum(scaled**2, axis=-1, keepdims=True)
    # Selected before the root: its slope at 0 is infinite, and infinity times 0 is NaN.
    norm = jnp.sqrt(jnp.where(zero, 1, squared_norm))
    return jnp.where(zero, 0, scaled / norm)
