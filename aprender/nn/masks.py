"""Which keys a query may attend to: boolean masks, True where it may, to be combined by &.

Each has the three axes of [B, T, S], B texts, T queries and S keys, of length 1 where it is the
same along one of them.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

GUARD = "FALSIFY-MASK-REFUSALS"


def causal(queries: int, keys: int, offset: ArrayLike = 0) -> jax.Array:
    """A query sees itself and every key before it.

    Key s has position s and query t position ``offset`` + t; ``offset`` is one number, or one for
    each text, [B].
    """
    return distances(queries, keys, offset) >= 0


def sliding_window(queries: int, keys: int, window: int, offset: ArrayLike = 0) -> jax.Array:
    """A query sees itself and the ``window`` - 1 keys before it; ``offset`` as for `causal`."""
    if window < 1:
        raise ValueError(f"window = {window}: a query sees at least itself ({GUARD})")
    return causal(queries, keys, offset) & (distances(queries, keys, offset) < window)


def padding(kept_BS: jax.Array) -> jax.Array:
    """No query sees a key that is not kept; bool, [B, S]."""
    check_axes("kept", kept_BS, jnp.bool_)
    return jnp.asarray(kept_BS)[:, None, :]


def segments(query_BT: jax.Array, key_BS: jax.Array) -> jax.Array:
    """A query sees the keys with its own number: texts that share a row do not see each other."""
    check_axes("the queries' segments", query_BT, jnp.integer)
    check_axes("the keys' segments", key_BS, jnp.integer)
    return jnp.asarray(query_BT)[:, :, None] == jnp.asarray(key_BS)[:, None, :]


def distances(queries: int, keys: int, offset: ArrayLike) -> jax.Array:
    """Positions from key back to query: [1, T, S], or [B, T, S] where each text has its offset."""
    query_positions = jnp.reshape(offset, (-1, 1, 1)) + jnp.arange(queries)[:, None]
    return query_positions - jnp.arange(keys)


def check_axes(name: str, array: jax.Array, kind: type) -> None:
    """Refuse another kind of dtype, and another number of axes than two."""
    dtype = jnp.result_type(array)
    if not jnp.issubdtype(dtype, kind):
        raise TypeError(f"{name} has dtype {dtype}, not {kind.__name__} ({GUARD})")
    if jnp.ndim(array) != 2:
        raise ValueError(f"{name} has shape {jnp.shape(array)}, not two axes ({GUARD})")
