"""Statistics of a softmax whose logits come tile by tile.

Shapes: C rows, W logits of one tile. -inf masks a token; a tile may be masked whole.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp


class RunningLse(NamedTuple):
    """log sum exp(x / T) over the tiles so far = peak / T + log(total), [C] each."""

    peak: jax.Array
    total: jax.Array

    @classmethod
    def empty(cls, rows: int, dtype: jnp.dtype) -> RunningLse:
        """Of no logits at all."""
        return cls(jnp.full(rows, -jnp.inf, dtype), jnp.zeros(rows, dtype))

    def add(self, logits_CW: jax.Array, temperature: jax.Array) -> RunningLse:
        """With one more tile."""
        peak = jnp.maximum(self.peak, logits_CW.max(axis=-1))
        exponents_CW = from_peak(logits_CW, peak) / temperature
        old = jnp.exp(from_peak(self.peak, peak) / temperature)
        return RunningLse(peak, old * self.total + jnp.exp(exponents_CW).sum(axis=-1))

    def log_probability(self, logits_CX: jax.Array, temperature: jax.Array) -> jax.Array:
        """Of logits [C, X] under the softmax at this temperature."""
        return from_peak(logits_CX, self.peak) / temperature - jnp.log(self.total)[:, None]

    def log_share(self, whole: RunningLse, temperature: jax.Array) -> jax.Array:
        """log of the share that these tokens have of the mass of all, [C]."""
        distance = from_peak(self.peak, whole.peak) / temperature
        return distance + jnp.log(self.total) - jnp.log(whole.total)


def from_peak(logits: jax.Array, peak_C: jax.Array) -> jax.Array:
    """Logits [C] or [C, X] less the peak of their row; a row that is masked whole stays at -inf."""
    peak_C = jnp.where(jnp.isneginf(peak_C), 0, peak_C)
    return logits - (peak_C if logits.ndim == 1 else peak_C[:, None])
