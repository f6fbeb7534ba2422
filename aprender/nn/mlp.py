"""SwiGLU: Shazeer 2020, section 2."""

from __future__ import annotations

import jax
import jax.numpy as jnp


def swiglu(gate: jax.Array, up: jax.Array) -> jax.Array:
    """silu(gate) * up, elementwise over two arrays of one shape."""
    if jnp.shape(gate) != jnp.shape(up):
        raise ValueError(
            f"gate has shape {jnp.shape(gate)}, and up {jnp.shape(up)} (FALSIFY-TK-SWIGLU)"
        )
    return jax.nn.silu(gate) * up
