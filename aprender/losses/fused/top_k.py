"""A teacher of which only the K largest logits of a position are known, and how much the rest is.

The divergence over K + 1 buckets, the tokens listed and the tail as one, is a lower bound of the
full one (data-processing inequality); what it leaves out is the tail mass times the divergence
within the tail. Renormalising the K alone would not be a bound and gives the tail no gradient.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from aprender.losses.checks import (
    check_logits,
    check_temperature,
    on_host,
    refuse,
    refuse_first,
    scalar_on_host,
)


@partial(
    jax.tree_util.register_dataclass,
    data_fields=["ids", "logits", "log_tail", "temperature"],
    meta_fields=[],
)
@dataclass(frozen=True)
class TopK:
    """ids [..., K] and their logits [..., K]; log_tail [...] = log sum exp(t / T) of the others.

    The tail's weight depends on the temperature, which therefore belongs to it. The log of the
    tail alone, and not that of the whole, keeps a tail of 1e-12 exact; it is -inf without a tail.
    """

    ids: jax.Array
    logits: jax.Array
    log_tail: jax.Array
    temperature: ArrayLike


def top_k_of(teacher_logits: ArrayLike, k: int, temperature: ArrayLike) -> TopK:
    """The k largest of logits [..., V] with their exact tail, in float32 or wider."""
    check_logits("teacher_logits", teacher_logits)
    check_temperature(temperature)
    vocabulary = jnp.shape(teacher_logits)[-1]
    if not 1 <= k <= vocabulary:
        refuse(f"k = {k} is outside [1, {vocabulary}], the vocabulary's size")
    dtype = jnp.promote_types(jnp.float32, jnp.result_type(teacher_logits))
    teacher_NV = jnp.asarray(teacher_logits, dtype).reshape(-1, vocabulary)
    logits_NK, ids_NK = jax.lax.top_k(teacher_NV, k)
    rows_N1 = jnp.arange(len(teacher_NV))[:, None]
    others_NV = teacher_NV.at[rows_N1, ids_NK].set(-jnp.inf)
    log_tail_N = jax.nn.logsumexp(others_NV / jnp.asarray(temperature, dtype), axis=-1)
    shape = jnp.shape(teacher_logits)[:-1]
    return TopK(
        ids_NK.reshape(*shape, k),
        logits_NK.reshape(*shape, k),
        log_tail_N.reshape(shape),
        temperature,
    )


def check_top_k(
    teacher: TopK, rows: tuple[int, ...], vocabulary: int, temperature: ArrayLike
) -> None:
    """Refuse entries of other shapes or of another temperature, and ids outside or listed twice."""
    ids, logits = jnp.shape(teacher.ids), jnp.shape(teacher.logits)
    if ids != logits or ids[:-1] != rows or not 1 <= ids[-1] <= vocabulary:
        refuse(f"top-k ids have shape {ids} and logits {logits}, not {(*rows, 'K')} each")
    if jnp.shape(teacher.log_tail) != rows:
        refuse(f"the top-k log_tail has shape {jnp.shape(teacher.log_tail)}, not {rows}")
    if not jnp.issubdtype(jnp.result_type(teacher.ids), jnp.integer):
        raise TypeError(f"top-k ids have dtype {jnp.result_type(teacher.ids)}, not an integer one")
    check_logits("top-k logits", teacher.logits)
    check_temperature(teacher.temperature)
    made_at = scalar_on_host("temperature", teacher.temperature)
    wanted = scalar_on_host("temperature", temperature)
    if made_at is not None and wanted is not None and made_at != wanted:
        refuse(f"top-k entries were made at temperature {made_at}, and the loss is at {wanted}")
    host = on_host(teacher.ids)
    if host is not None:
        outside = (host < 0) | (host >= vocabulary)
        refuse_first("top-k ids", host, outside, f"is outside the vocabulary [0, {vocabulary})")
        sorted_ids = np.sort(host, axis=-1)
        twice = (np.diff(sorted_ids, axis=-1) == 0).any(axis=-1)
        refuse_first("top-k ids", host, twice, "list a token twice")
