"""The last layer of a language model: hidden states to logits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp

from aprender.losses.fused.tiling import Span


@partial(
    jax.tree_util.register_dataclass,
    data_fields=["hidden", "weight", "bias"],
    meta_fields=["softcap"],
)
@dataclass(frozen=True)
class LinearHead:
    """logits = cap(hidden @ weight^T + bias), computed in float32 or wider whatever the inputs.

    hidden is [..., D], weight [V, D] (a tied embedding as it is), bias [V] or None. With a softcap,
    cap(x) = softcap * tanh(x / softcap) (Gemma 2, section 2), else x.
    """

    hidden: jax.Array
    weight: jax.Array
    bias: jax.Array | None = None
    softcap: float | None = None

    @property
    def dtype(self) -> jnp.dtype:
        """Of the logits."""
        return jnp.promote_types(jnp.float32, jnp.result_type(self.hidden, self.weight))

    @property
    def vocabulary(self) -> int:
        """Number of logits."""
        return self.weight.shape[0]

    def logits(self, hidden_CD: jax.Array, tokens: Span) -> jax.Array:
        """Of rows [C, D] for a span of the vocabulary, [C, W]."""
        logits_CW = jax.lax.dot_general(
            hidden_CD,
            tokens.of(self.weight),
            (((1,), (1,)), ((), ())),
            preferred_element_type=self.dtype,
        )
        if self.bias is not None:
            logits_CW += tokens.of(self.bias).astype(self.dtype)
        if self.softcap is not None:
            logits_CW = self.softcap * jnp.tanh(logits_CW / self.softcap)
        return logits_CW

    def slope(self, logits_CW: jax.Array) -> jax.Array | int:
        """d logits / d (hidden @ weight^T + bias), from the logits."""
        return 1 if self.softcap is None else 1 - (logits_CW / self.softcap) ** 2
