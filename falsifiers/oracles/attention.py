"""Attention in NumPy float64, one head and one query at a time: Vaswani et al. 2017, section 3.2.

Shapes: B batch, T queries, S keys, N query heads, K key/value heads, H head width.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float64s = NDArray[np.float64]
Bools = NDArray[np.bool_]


def weights(query: ArrayLike, key: ArrayLike, mask: Bools, scale: float | None = None) -> Float64s:
    """Attention weights, [B, N, T, S]; 0 where a query may not attend."""
    query, key = np.asarray(query, np.float64), np.asarray(key, np.float64)
    batch, queries, heads, width = query.shape
    _, keys, kv_heads, _ = key.shape
    if scale is None:
        scale = 1 / np.sqrt(width)
    weights_BNTS = np.zeros((batch, heads, queries, keys))
    for b, n, t in np.ndindex(batch, heads, queries):
        seen = [s for s in range(keys) if mask[b, t, s]]
        if seen:
            shared = n * kv_heads // heads
            logits = np.array([scale * (query[b, t, n] @ key[b, s, shared]) for s in seen])
            raised = np.exp(logits - logits.max())
            weights_BNTS[b, n, t, seen] = raised / raised.sum()
    return weights_BNTS


def attention(
    query: ArrayLike, key: ArrayLike, value: ArrayLike, mask: Bools, scale: float | None = None
) -> Float64s:
    """sum_s w(t, s) * value(s), [B, T, N, H]; zeros for a query that may attend to nothing."""
    value = np.asarray(value, np.float64)
    weights_BNTS = weights(query, key, mask, scale)
    output_BTNH = np.zeros(np.shape(query))
    for b, n, shared in _heads(weights_BNTS, value):
        output_BTNH[b, :, n] = weights_BNTS[b, n] @ value[b, :, shared]
    return output_BTNH


def gradients(
    query: ArrayLike, key: ArrayLike, value: ArrayLike, mask: Bools, cotangent: Float64s
) -> tuple[Float64s, Float64s, Float64s]:
    """Derivatives of sum(output * cotangent) with respect to query, key and value."""
    query, key, value = (np.asarray(x, np.float64) for x in (query, key, value))
    scale = 1 / np.sqrt(query.shape[-1])
    weights_BNTS = weights(query, key, mask)
    of_query, of_key, of_value = (np.zeros(x.shape) for x in (query, key, value))
    for b, n, shared in _heads(weights_BNTS, value):
        weights_TS, pull_TH = weights_BNTS[b, n], cotangent[b, :, n]
        of_value[b, :, shared] += weights_TS.T @ pull_TH
        of_weights_TS = pull_TH @ value[b, :, shared].T
        mean_T1 = (weights_TS * of_weights_TS).sum(axis=-1, keepdims=True)
        of_logits_TS = weights_TS * (of_weights_TS - mean_T1)
        of_query[b, :, n] = scale * of_logits_TS @ key[b, :, shared]
        of_key[b, :, shared] += scale * of_logits_TS.T @ query[b, :, n]
    return of_query, of_key, of_value


def _heads(weights_BNTS: Float64s, value_BSKH: Float64s) -> Iterator[tuple[int, int, int]]:
    """Text, query head and the key/value head that it shares."""
    batch, heads, _, _ = weights_BNTS.shape
    for b, n in np.ndindex(batch, heads):
        yield b, n, n * value_BSKH.shape[2] // heads
