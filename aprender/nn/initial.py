"""Parameters to train from scratch."""

from __future__ import annotations

from zlib import crc32

import jax
import jax.numpy as jnp

from aprender.config import TransformerConfig
from aprender.config.tensors import tensor_shapes
from aprender.nn.layout import Parameters, from_tensors

STANDARD_DEVIATION = 0.02


def initial_parameters(
    config: TransformerConfig, seed: int, dtype: jnp.dtype = jnp.float32
) -> Parameters:
    """Matrices from N(0, 0.02^2), biases 0 and norms 1.

    Each tensor has a key of its own, from the seed and its full name, so that no two are alike and
    none depends on what other tensors there are.
    """
    root = jax.random.key(seed)

    def tensor(name: str, shape: tuple[int, ...]) -> jax.Array:
        if name.endswith("bias"):
            return jnp.zeros(shape, dtype)
        if "norm" in name:
            return jnp.ones(shape, dtype)
        key = jax.random.fold_in(root, crc32(name.encode()))
        return (STANDARD_DEVIATION * jax.random.normal(key, shape)).astype(dtype)

    shapes = tensor_shapes(config)
    return from_tensors({name: tensor(name, shape) for name, shape in shapes.items()}, config)
