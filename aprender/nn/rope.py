"""Rotary position embedding: Su et al. 2021, on the two halves of a head as Hugging Face does.

Angles are float32 whatever the model's dtype: bfloat16 rounds position 257 to 256. Positions from
2^24 on are rounded in float32 too.
"""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from aprender.config import RopeScaling

GUARD = "FALSIFY-GQ-004"


def inverse_frequencies(
    head_dim: int, theta: float, scaling: RopeScaling | None = None
) -> NDArray[np.float32]:
    """theta^(-2i / head_dim) for i < head_dim / 2, in radians a position: [H / 2].

    Computed on the host in float64, and rounded once. With ``scaling`` a frequency that turns
    fewer than low_freq_factor times within the original length is divided by factor, one that turns
    more than high_freq_factor times is kept, and between them the result is linear in the turns.
    """
    if head_dim < 2 or head_dim % 2:
        raise ValueError(f"head_dim = {head_dim} is not even: RoPE turns pairs ({GUARD})")
    frequencies = theta ** (-np.arange(0, head_dim, 2) / head_dim)
    if scaling is not None:
        frequencies = stretched(frequencies, scaling)
    return frequencies.astype(np.float32)


def stretched(frequencies: NDArray[np.float64], scaling: RopeScaling) -> NDArray[np.float64]:
    """The frequencies after Llama 3's scaling."""
    turns = scaling.original_max_position_embeddings * frequencies / (2 * math.pi)
    low, high = scaling.low_freq_factor, scaling.high_freq_factor
    kept = np.clip((turns - low) / (high - low), 0, 1)
    result: NDArray[np.float64] = frequencies * (kept + (1 - kept) / scaling.factor)
    return result


def rope_tables(
    positions_BT: jax.Array, inverse_frequencies: jax.Array | NDArray[np.float32]
) -> tuple[jax.Array, jax.Array]:
    """Cosine and sine of position times frequency, float32: each [B, T, H / 2].

    Positions are integers and count from 0.
    """
    if not jnp.issubdtype(jnp.result_type(positions_BT), jnp.integer):
        dtype = jnp.result_type(positions_BT)
        raise TypeError(f"positions have dtype {dtype}, not an integer one ({GUARD})")
    frequencies_R = jnp.asarray(inverse_frequencies, jnp.float32)
    angles_BTR = jnp.asarray(positions_BT).astype(jnp.float32)[..., None] * frequencies_R
    return jnp.cos(angles_BTR), jnp.sin(angles_BTR)


def apply_rope(x_BTNH: jax.Array, cos_BTR: jax.Array, sin_BTR: jax.Array) -> jax.Array:
    """Turn entry i of each head's first half with entry i of its second half.

    Computed in float32, or float64 if x has it, and rounded to the dtype of x once.
    """
    check_tables(x_BTNH, cos_BTR, sin_BTR)
    wide_BTNH = x_BTNH.astype(jnp.promote_types(x_BTNH.dtype, jnp.float32))
    first, second = jnp.split(wide_BTNH, 2, axis=-1)
    cos, sin = cos_BTR[:, :, None], sin_BTR[:, :, None]
    turned = jnp.concatenate([first * cos - second * sin, second * cos + first * sin], axis=-1)
    return turned.astype(x_BTNH.dtype)


def check_tables(x_BTNH: jax.Array, cos_BTR: jax.Array, sin_BTR: jax.Array) -> None:
    """Refuse heads of odd width, and tables that belong to other positions or another width."""
    shape = jnp.shape(x_BTNH)
    if len(shape) != 4 or shape[-1] % 2:
        raise ValueError(f"x has shape {shape}, not [B, T, N, H] with H even ({GUARD})")
    *batch_and_length, _, width = shape
    for name, table in (("cos", cos_BTR), ("sin", sin_BTR)):
        if jnp.shape(table) != (*batch_and_length, width // 2):
            raise ValueError(
                f"{name} has shape {jnp.shape(table)}, not {(*batch_and_length, width // 2)}: "
                f"x has {shape} ({GUARD})"
            )
