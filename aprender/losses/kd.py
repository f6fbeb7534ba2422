"""Knowledge distillation on logits: Hinton, Vinyals, Dean 2015, section 2.

Shapes: N token positions, V vocabulary. Everything is computed in float32, or in float64 where an
input is float64 already; half precision inputs are widened before the first subtraction.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from aprender.losses.checks import check_kd_arguments, check_rank, check_some_kept
from aprender.losses.labels import IGNORED_LABEL, widen_labels

Divergence: TypeAlias = Callable[[jax.Array, jax.Array, ArrayLike], jax.Array]
"""(teacher_NV, student_NV, temperature) -> one value a row, [N], not scaled by T^2."""


class KdSums(NamedTuple):
    """What a batch adds to the loss: sums over its kept rows, scalars.

    ``loss`` is kd_weight * T^2 * divergence + ce_weight * cross_entropy. The mean over several
    batches is the sum of their losses divided by the sum of their counts.
    """

    loss: jax.Array
    divergence: jax.Array
    cross_entropy: jax.Array
    count: jax.Array


def forward_kl(teacher_NV: jax.Array, student_NV: jax.Array, temperature: ArrayLike) -> jax.Array:
    """KL(p_T || q_T) = sum p * (log p - log q) of each row, [N].

    A token with p = 0 contributes 0, also where both are masked. Infinite where the student masks
    a token that the teacher does not.
    """
    log_p_NV = tempered_log_softmax(teacher_NV, temperature)
    log_q_NV = tempered_log_softmax(student_NV, temperature)
    p_NV = jnp.exp(log_p_NV)
    # Selected before the product: 0 * (-inf - log q) would be NaN, and so would its gradient.
    log_ratio_NV = jnp.where(p_NV > 0, log_p_NV - log_q_NV, 0)
    return jnp.sum(p_NV * log_ratio_NV, axis=-1)


def kd_loss(
    student_logits: ArrayLike,
    teacher_logits: ArrayLike,
    labels: ArrayLike,
    temperature: ArrayLike,
    kd_weight: ArrayLike,
    ce_weight: ArrayLike,
    divergence: Divergence = forward_kl,
) -> jax.Array:
    """L = kd_weight * T^2 * D(p_T, q_T) + ce_weight * CE(q_1, y), mean over the kept rows.

    p_T and q_T are the softmax of teacher and student at temperature T. D is KL(p_T || q_T), or
    the divergence that is named. No gradient reaches the teacher. A term of weight 0 has no
    effect, even where it is infinite.

    Both logits are [N, V] and floating, -inf masks a token. Labels are [N] integers in [0, V), or
    -100 for a row that is left out of sum and count. T is finite and above 0, the weights lie in
    [0, 1] and sum to 1.

    Returns a scalar. What is outside of this domain raises a ValueError or TypeError that names
    the argument, see aprender.losses.checks. Under a trace, where values cannot be refused, a
    label outside the vocabulary and a batch without a kept row give NaN.
    """
    sums = kd_loss_sums(
        student_logits, teacher_logits, labels, temperature, kd_weight, ce_weight, divergence
    )
    check_some_kept(labels)
    return sums.loss / sums.count


def kd_loss_sums(
    student_logits: ArrayLike,
    teacher_logits: ArrayLike,
    labels: ArrayLike,
    temperature: ArrayLike,
    kd_weight: ArrayLike,
    ce_weight: ArrayLike,
    divergence: Divergence = forward_kl,
) -> KdSums:
    """`kd_loss` before its division, for batches that are parts of a larger one.

    The mean over nothing is an error, the sum over nothing is 0: a batch without a kept row gives
    zeros, and a gradient of zeros. Whatever ignored rows hold, masks included, has no effect.
    """
    check_rank(student_logits, "NV")
    check_kd_arguments(student_logits, teacher_logits, labels, temperature, kd_weight, ce_weight)

    dtype = jnp.promote_types(jnp.float32, jnp.result_type(student_logits, teacher_logits))
    labels_N = widen_labels(labels)
    kept_N = labels_N != IGNORED_LABEL
    student_NV = rows_kept(jnp.asarray(student_logits, dtype), kept_N)
    teacher_NV = rows_kept(jax.lax.stop_gradient(jnp.asarray(teacher_logits, dtype)), kept_N)
    temperature, kd_weight, ce_weight = (
        jnp.asarray(scalar, dtype) for scalar in (temperature, kd_weight, ce_weight)
    )

    soft = sum_of_kept(divergence(teacher_NV, student_NV, temperature), kept_N)
    hard = sum_of_kept(cross_entropy(student_NV, labels_N), kept_N)
    kd = unless_unused(temperature**2 * soft, kd_weight)
    ce = unless_unused(hard, ce_weight)
    return KdSums(kd_weight * kd + ce_weight * ce, soft, hard, jnp.sum(kept_N))


def cross_entropy(logits_NV: jax.Array, labels_N: jax.Array) -> jax.Array:
    """-log softmax(logits)[label] of each row, [N]; NaN where the label is outside [0, V)."""
    log_q_NV = jax.nn.log_softmax(logits_NV, axis=-1)
    # A negative index would count from the end of the row; past the end it reads as NaN.
    index_N = jnp.where(labels_N < 0, logits_NV.shape[-1], labels_N)
    log_q_N1 = jnp.take_along_axis(log_q_NV, index_N[:, None], axis=-1, mode="fill")
    return -log_q_N1[:, 0]


def tempered_log_softmax(logits: jax.Array, temperature: ArrayLike) -> jax.Array:
    """log softmax(logits / T) over the last axis, in the dtype of the logits."""
    # The peak goes first, so that no finite logit overflows when T is small.
    peak = jax.lax.stop_gradient(jnp.max(logits, axis=-1, keepdims=True))
    return jax.nn.log_softmax((logits - peak) / temperature, axis=-1)


def rows_kept(rows_NX: jax.Array, kept_N: jax.Array) -> jax.Array:
    """Logits or hidden states with zeros in the rows that are not kept."""
    # Taken out before the loss and not after it alone: 0 times the slope of an infinite term is
    # NaN, as where the teacher masks a token of a padded row.
    return jnp.where(kept_N[:, None], rows_NX, 0)


def sum_of_kept(values_N: jax.Array, kept_N: jax.Array) -> jax.Array:
    """Sum of the values whose row is kept; 0 where none is."""
    return jnp.sum(jnp.where(kept_N, values_N, 0))


def unless_unused(term: jax.Array, weight: jax.Array) -> jax.Array:
    """The term, or 0 where it is infinite and its weight 0: their product would be NaN."""
    return jnp.where(jnp.isinf(term) & (weight == 0), 0, term)
