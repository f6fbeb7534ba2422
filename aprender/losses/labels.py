"""Labels of a language model: token ids, and one value for positions that are left out."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

# The convention of PyTorch and Hugging Face.
IGNORED_LABEL = -100


def widen_labels(labels: ArrayLike) -> jax.Array:
    """The labels in int32 or wider: in uint8, -100 is 156, and a vocabulary has no end."""
    return jnp.asarray(labels, jnp.promote_types(jnp.int32, jnp.result_type(labels)))
