"""Grouped-query attention: Ainslie et al. 2023. Query heads share keys and values, unrepeated.

Shapes: B batch, T queries, S keys, N query heads, K key/value heads, G = N / K query heads of one
key/value head, H head width, X = G * T. Query head n attends with key/value head n // G.

``mask`` is bool with the axes of [B, T, S], each full or of length 1 (aprender.nn.masks makes it);
True where a query may attend. A query that may attend to nothing gives zeros. ``scale`` multiplies
the logits; without one it is 1 / sqrt(H). What is masked weighs exactly 0, but is read: a NaN there
spreads.
"""

from __future__ import annotations

from typing import Literal, NoReturn

import jax
import jax.numpy as jnp

GUARD = "FALSIFY-GQ-004"

# The head widths that jax's cuDNN attention takes on every GPU that has it.
CUDNN_WIDTHS = range(8, 129, 8)


def kv_head(q: int, heads: int, kv_heads: int) -> int:
    """The key/value head of query head ``q``: equal groups of neighbours."""
    check_heads(heads, kv_heads)
    if not 0 <= q < heads:
        refuse(f"q = {q} is none of {heads} query heads")
    return q * kv_heads // heads


def grouped_attention(
    query_BTNH: jax.Array,
    key_BSKH: jax.Array,
    value_BSKH: jax.Array,
    mask_BTS: jax.Array,
    scale: float | None = None,
) -> jax.Array:
    """The attention's output in the shape and dtype of the query, for float32, float64 and halves.

    Logits, softmax and sums are float32, or float64 where the arrays are; the weights are rounded
    to the value's dtype.
    """
    check_attention(query_BTNH, key_BSKH, value_BSKH, mask_BTS)
    batch, queries, _, width = query_BTNH.shape
    kv_heads = key_BSKH.shape[2]
    wide = jnp.promote_types(query_BTNH.dtype, jnp.float32)
    factor = width**-0.5 if scale is None else scale
    # The queries of a group below one another: one matrix product for each key/value head.
    query_BKGTH = query_BTNH.reshape(batch, queries, kv_heads, -1, width).transpose(0, 2, 3, 1, 4)
    query_BKXH = query_BKGTH.reshape(batch, kv_heads, -1, width)
    logits_BKXS = factor * jnp.einsum(
        "BKXH,BSKH->BKXS", query_BKXH, key_BSKH, preferred_element_type=wide
    )
    logits_BKGTS = logits_BKXS.reshape(*query_BKGTH.shape[:-1], -1)
    weights_BKGTS, total_BKGT = masked_exponentials(logits_BKGTS, mask_BTS[:, None, None])
    weights_BKXS = weights_BKGTS.reshape(logits_BKXS.shape)
    output_BKXH = jnp.einsum(
        "BKXS,BSKH->BKXH",
        weights_BKXS.astype(value_BSKH.dtype),
        value_BSKH,
        preferred_element_type=wide,
    )
    # Divided behind the product, where there is less to divide.
    output_BKGTH = output_BKXH.reshape(query_BKGTH.shape) / total_BKGT[..., None]
    output_BTKGH = output_BKGTH.transpose(0, 3, 1, 2, 4)
    return output_BTKGH.reshape(query_BTNH.shape).astype(query_BTNH.dtype)


def masked_exponentials(logits: jax.Array, mask: jax.Array) -> tuple[jax.Array, jax.Array]:
    """exp(logits - their peak) where mask is True, 0 elsewhere; and their sum over the last axis.

    The two make a softmax. The sum is 1 where mask is False everywhere: 0 / 1 is what is meant.
    """
    kept = jnp.where(mask, logits, -jnp.inf)
    # The quotient does not depend on the peak, so no gradient needs to pass through it.
    peak = jax.lax.stop_gradient(jnp.max(kept, axis=-1, keepdims=True))
    # A row without an entry has none: -inf - -inf would be NaN.
    weights = jnp.exp(kept - jnp.where(jnp.isneginf(peak), 0, peak))
    total = jnp.sum(weights, axis=-1)
    return weights, jnp.where(total == 0, 1, total)


def native_attention(
    query_BTNH: jax.Array,
    key_BSKH: jax.Array,
    value_BSKH: jax.Array,
    mask_BTS: jax.Array,
    scale: float | None = None,
) -> jax.Array:
    """As `grouped_attention`, by `jax.nn.dot_product_attention`: for float32 and halves.

    Half precision on a GPU takes cuDNN's kernel where that can, which holds no [T, S] weights.
    """
    check_attention(query_BTNH, key_BSKH, value_BSKH, mask_BTS)
    if query_BTNH.dtype == jnp.float64:
        raise TypeError(
            f"native_attention has a float32 softmax: use grouped_attention for float64 ({GUARD})"
        )
    output_BTNH = jax.nn.dot_product_attention(
        query_BTNH,
        key_BSKH,
        value_BSKH,
        mask=expanded(mask_BTS, query_BTNH, key_BSKH),
        scale=scale,
        implementation=kernel(query_BTNH, key_BSKH, jax.default_backend()),
    )
    # A row without a key comes back as the mean of all values.
    is_seeing_BT = jnp.any(mask_BTS, axis=-1)
    return jnp.where(is_seeing_BT[:, :, None, None], output_BTNH, 0)


def expanded(mask_BTS: jax.Array, query_BTNH: jax.Array, key_BSKH: jax.Array) -> jax.Array:
    """The mask as the native kernels take it: [B, 1, T, S]."""
    batch, queries, _, _ = query_BTNH.shape
    full_BTS = jnp.broadcast_to(mask_BTS, (batch, queries, key_BSKH.shape[1]))
    return full_BTS[:, None]


def kernel(query_BTNH: jax.Array, key_BSKH: jax.Array, backend: str) -> Literal["cudnn", "xla"]:
    """Which of jax's kernels takes these arrays on a backend."""
    is_half = query_BTNH.dtype in (jnp.bfloat16, jnp.float16)
    # With a mask, cuDNN has a gradient for even lengths only.
    is_even = query_BTNH.shape[1] % 2 == key_BSKH.shape[1] % 2 == 0
    is_taken = is_half and is_even and query_BTNH.shape[-1] in CUDNN_WIDTHS
    return "cudnn" if backend == "gpu" and is_taken else "xla"


def check_attention(
    query_BTNH: jax.Array, key_BSKH: jax.Array, value_BSKH: jax.Array, mask_BTS: jax.Array
) -> None:
    """Refuse shapes and dtypes that do not belong together, with the arguments' names."""
    query, key, value, mask = map(jnp.shape, (query_BTNH, key_BSKH, value_BSKH, mask_BTS))
    if len(query) != 4 or 0 in query:
        refuse(f"query has shape {query}, not [B, T, N, H] with none of them 0")
    if len(key) != 4 or 0 in key:
        refuse(f"key has shape {key}, not [B, S, K, H] with none of them 0")
    if value != key:
        refuse(f"value has shape {value}, and key {key}")
    if (key[0], key[3]) != (query[0], query[3]):
        refuse(f"key has shape {key}, and query {query}: B or H differs")
    check_heads(query[2], key[2])
    full = (query[0], query[1], key[1])
    pairs = zip(mask, full, strict=False)
    if len(mask) != len(full) or any(size not in (1, whole) for size, whole in pairs):
        refuse(f"mask has shape {mask}, which does not broadcast to {full}")
    check_dtypes(query_BTNH, key_BSKH, value_BSKH, mask_BTS)


def check_heads(heads: int, kv_heads: int) -> None:
    """Refuse query heads that do not divide into equal groups."""
    if kv_heads < 1:
        refuse(f"kv_heads = {kv_heads} is below 1")
    if heads < 1 or heads % kv_heads:
        refuse(f"heads = {heads} is not a multiple of kv_heads = {kv_heads}")


def check_dtypes(query: jax.Array, key: jax.Array, value: jax.Array, mask: jax.Array) -> None:
    """Refuse mixed dtypes, and a mask of numbers: 0 and -inf would mean the opposite."""
    dtypes = [jnp.result_type(x) for x in (query, key, value)]
    if len(set(dtypes)) > 1 or not jnp.issubdtype(dtypes[0], jnp.floating):
        shown = ", ".join(map(str, dtypes))
        raise TypeError(f"query, key and value have dtypes {shown}, not one floating one ({GUARD})")
    if jnp.result_type(mask) != jnp.bool_:
        raise TypeError(f"mask has dtype {jnp.result_type(mask)}, not bool ({GUARD})")


def refuse(reason: str) -> NoReturn:
    """Raise with the falsifier that guards the refusal."""
    raise ValueError(f"{reason} ({GUARD})")
