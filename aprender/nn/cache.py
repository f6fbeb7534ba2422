"""Keys and values of the positions that a decoder has seen, for generation.

Shapes: L layers, B batch, S positions that there is room for, K key/value heads, H head width.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from aprender.config import TransformerConfig
from aprender.nn.block import KeysAndValues


class Cache(NamedTuple):
    """The first ``length`` of S positions; ``kept_BS`` says which of them are not padding."""

    layers: KeysAndValues
    """[L, B, S, K, H] each."""

    kept_BS: jax.Array
    length: jax.Array

    @classmethod
    def empty(
        cls, config: TransformerConfig, batch: int, room: int, dtype: jnp.dtype = jnp.float32
    ) -> Cache:
        """Room for so many positions; ValueError for more than the model is made for."""
        if not 1 <= room <= config.max_position_embeddings:
            raise ValueError(
                f"room = {room} positions is outside [1, {config.max_position_embeddings}], "
                "what max_position_embeddings allows"
            )
        shape = (
            config.num_hidden_layers,
            batch,
            room,
            config.num_key_value_heads,
            config.head_dim,
        )
        zeros = jnp.zeros(shape, dtype)
        return cls(KeysAndValues(zeros, zeros), jnp.zeros((batch, room), bool), jnp.asarray(0))

    def check_room(self, positions: int) -> None:
        """Refuse more positions than there is room for, where the length is known."""
        room = self.kept_BS.shape[1]
        known = 0 if isinstance(self.length, jax.core.Tracer) else int(self.length)
        if known + positions > room:
            raise ValueError(f"{known} + {positions} positions, and the cache has room for {room}")
