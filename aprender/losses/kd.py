"""Knowledge distillation on logits: Hinton, Vinyals, Dean 2015, section 2.

Shapes: N token positions, V vocabulary. Everything is computed in float32, or in float64 where an
input is float64 already; half precision inputs are widened before the first subtraction.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from aprender.losses.checks import check_kd_arguments, check_rank, check_some_kept
from aprender.losses.labels import IGNORED_LABEL, widen_labels


def kd_loss(
    student_logits: ArrayLike,
    teacher_logits: ArrayLike,
    labels: ArrayLike,
    temperature: ArrayLike,
    kd_weight: ArrayLike,
    ce_weight: ArrayLike,
) -> jax.Array:
    """L = kd_weight * T^2 * KL(p_T || q_T) + ce_weight * CE(q_1, y), mean over the kept rows.

    p_T and q_T are the softmax of teacher and student at temperature T. No gradient reaches the
    teacher. A term of weight 0 has no effect, even where it is infinite.

    Both logits are [N, V] and floating, -inf masks a token. Labels are [N] integers in [0, V), or
    -100 for a row that is left out of sum and count. T is finite and above 0, the weights lie in
    [0, 1] and sum to 1.

    Returns a scalar. What is outside of this domain raises a ValueError or TypeError that names
    the argument, see aprender.losses.checks. Under a trace, where values cannot be refused, a
    label outside the vocabulary and a batch without a kept row give NaN.
    """
    check_rank(student_logits, "NV")
    check_kd_arguments(student_logits, teacher_logits, labels, temperature, kd_weight, ce_weight)
    check_some_kept(labels)

    dtype = jnp.promote_types(jnp.float32, jnp.result_type(student_logits, teacher_logits))
    student_NV = jnp.asarray(student_logits, dtype)
    teacher_NV = jax.lax.stop_gradient(jnp.asarray(teacher_logits, dtype))
    labels_N = widen_labels(labels)
    temperature, kd_weight, ce_weight = (
        jnp.asarray(scalar, dtype) for scalar in (temperature, kd_weight, ce_weight)
    )

    kept_N = labels_N != IGNORED_LABEL
    kl = mean_of_kept(forward_kl(teacher_NV, student_NV, temperature), kept_N)
    kd = unless_unused(temperature**2 * kl, kd_weight)
    ce = unless_unused(mean_of_kept(cross_entropy(student_NV, labels_N), kept_N), ce_weight)
    return kd_weight * kd + ce_weight * ce


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


def mean_of_kept(values_N: jax.Array, kept_N: jax.Array) -> jax.Array:
    """Mean of the values whose row is kept; what the other rows hold does not matter."""
    return jnp.sum(jnp.where(kept_N, values_N, 0)) / jnp.sum(kept_N)


def unless_unused(term: jax.Array, weight: jax.Array) -> jax.Array:
    """The term, or 0 where it is infinite and its weight 0: their product would be NaN."""
    return jnp.where(jnp.isinf(term) & (weight == 0), 0, term)
