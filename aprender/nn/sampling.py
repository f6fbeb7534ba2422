"""The next token from its logits. Shapes: B batch, V vocabulary."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import jax
import jax.numpy as jnp


@dataclass(frozen=True)
class Sampling:
    """How a token is drawn; temperature 0 is greedy.

    top_k keeps the k largest logits, then top_p the fewest tokens whose probability reaches p
    (Holtzman et al. 2020, section 3.1); None keeps all. Tokens that tie with the last are kept.

    ValueError names what is outside of its range, and a limit that greedy choice would ignore.
    """

    temperature: float = 0.0
    top_k: int | None = None
    top_p: float | None = None

    def __post_init__(self) -> None:
        if not (isfinite(self.temperature) and self.temperature >= 0):
            raise ValueError(f"temperature = {self.temperature} is not finite and at least 0")
        if self.top_k is not None and self.top_k < 1:
            raise ValueError(f"top_k = {self.top_k} is below 1")
        if self.top_p is not None and not 0 < self.top_p <= 1:
            raise ValueError(f"top_p = {self.top_p} is outside (0, 1]")
        if self.temperature == 0 and not self.top_k is self.top_p is None:
            raise ValueError("top_k and top_p have no effect at temperature 0, which is greedy")

    def next_token(self, logits_BV: jax.Array, key: jax.Array) -> jax.Array:
        """One token of each row, [B] int32."""
        if self.temperature == 0:
            return jnp.argmax(logits_BV, axis=-1).astype(jnp.int32)
        return jax.random.categorical(key, self.limited(logits_BV)).astype(jnp.int32)

    def limited(self, logits_BV: jax.Array) -> jax.Array:
        """Logits over the temperature, -inf where a token cannot be drawn."""
        logits_BV = logits_BV / self.temperature
        ranked_BV = jnp.sort(logits_BV, axis=-1, descending=True)
        if self.top_k is not None:
            lowest_B1 = ranked_BV[:, min(self.top_k, ranked_BV.shape[-1]) - 1, None]
            logits_BV = jnp.where(logits_BV < lowest_B1, -jnp.inf, logits_BV)
            ranked_BV = jnp.where(ranked_BV < lowest_B1, -jnp.inf, ranked_BV)
        if self.top_p is not None:
            p_BV = jax.nn.softmax(ranked_BV, axis=-1)
            # A token is kept while those before it have less than p.
            before_BV = jnp.cumsum(p_BV, axis=-1) - p_BV
            lowest_B1 = jnp.min(
                jnp.where(before_BV < self.top_p, ranked_BV, jnp.inf), axis=-1, keepdims=True
            )
            logits_BV = jnp.where(logits_BV < lowest_B1, -jnp.inf, logits_BV)
        return logits_BV


GREEDY = Sampling()
