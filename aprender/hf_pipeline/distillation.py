"""The distillation loss as a Hugging Face trainer calls it: [B, T, V] logits, shifted labels.

Shapes: B batch, T sequence, S = T - 1 predictions, V vocabulary. The mathematics is written a
second time and shares no code with aprender.losses.kd, so that each judges the other: the
divergence is taken from log-normalisers, labels are compared and not gathered.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from aprender.losses.checks import check_kd_arguments, check_rank, check_some_kept
from aprender.losses.labels import IGNORED_LABEL, widen_labels


def distillation_loss(
    student_logits: ArrayLike,
    teacher_logits: ArrayLike,
    labels: ArrayLike,
    temperature: ArrayLike,
    kd_weight: ArrayLike,
    ce_weight: ArrayLike,
) -> jax.Array:
    """L = kd_weight * T^2 * KL(p_T || q_T) + ce_weight * CE(q_1, y), mean over kept predictions.

    The logits at t predict labels[t + 1], as in the causal language models of transformers; the
    logits at the last position and the label at the first are not used. Hinton, Vinyals, Dean
    2015, section 2.

    Both logits are [B, T, V] and floating, -inf masks a token. Labels are [B, T] integers in
    [0, V), or -100 for a prediction that is left out of sum and count. The temperature is finite
    and above 0, the weights lie in [0, 1] and sum to 1.

    Returns a scalar; dtypes, weights of 0, errors and NaN under a trace are those of
    aprender.losses.kd.kd_loss.
    """
    check_rank(student_logits, "BTV")
    check_kd_arguments(student_logits, teacher_logits, labels, temperature, kd_weight, ce_weight)
    targets_BS = widen_labels(labels)[:, 1:]
    check_some_kept(targets_BS)

    dtype = jnp.promote_types(jnp.float32, jnp.result_type(student_logits, teacher_logits))
    student_BSV = jnp.asarray(student_logits, dtype)[:, :-1]
    teacher_BSV = jax.lax.stop_gradient(jnp.asarray(teacher_logits, dtype)[:, :-1])
    temperature = jnp.asarray(temperature, dtype)

    kept_BS = targets_BS != IGNORED_LABEL
    # NaN in a prediction that is left out would pass through the slope of what is selected.
    student_BSV, teacher_BSV = (
        jnp.where(kept_BS[..., None], logits, 0) for logits in (student_BSV, teacher_BSV)
    )
    soft = jnp.mean(soft_loss(student_BSV, teacher_BSV, temperature), where=kept_BS)
    hard = jnp.mean(hard_loss(student_BSV, targets_BS), where=kept_BS)
    return weighted(kd_weight, temperature * temperature * soft) + weighted(ce_weight, hard)


def kd_loss_cell(
    student_logits: ArrayLike,
    teacher_logits: ArrayLike,
    labels: ArrayLike,
    temperature: ArrayLike,
    kd_weight: ArrayLike,
    ce_weight: ArrayLike,
) -> jax.Array:
    """distillation_loss under the convention of kd_loss: [N, V] logits, unshifted labels [N].

    The N rows become one sequence of N + 1 positions, in which every row predicts its own label.
    """
    check_rank(student_logits, "NV")
    # Checked here too, so that a refusal names the caller's position and not the shifted one.
    check_kd_arguments(student_logits, teacher_logits, labels, temperature, kd_weight, ce_weight)
    unused_row = ((0, 1), (0, 0))
    return distillation_loss(
        student_logits=jnp.pad(student_logits, unused_row)[None],
        teacher_logits=jnp.pad(teacher_logits, unused_row)[None],
        labels=jnp.pad(widen_labels(labels), (1, 0), constant_values=IGNORED_LABEL)[None],
        temperature=temperature,
        kd_weight=kd_weight,
        ce_weight=ce_weight,
    )


def soft_loss(student_BSV: jax.Array, teacher_BSV: jax.Array, temperature: ArrayLike) -> jax.Array:
    """KL(p_T || q_T) = sum p * (t - s) / T + log Z_q - log Z_p of each prediction, [B, S].

    A token with p = 0 contributes 0. Infinite where the student masks a token that the teacher
    does not.
    """
    teacher_BSV, student_BSV = scaled(teacher_BSV, temperature), scaled(student_BSV, temperature)
    log_zp_BS = jax.nn.logsumexp(teacher_BSV, axis=-1)
    log_zq_BS = jax.nn.logsumexp(student_BSV, axis=-1)
    p_BSV = jnp.exp(teacher_BSV - log_zp_BS[..., None])
    gap_BSV = jnp.where(p_BSV > 0, teacher_BSV - student_BSV, 0)
    return jnp.sum(p_BSV * gap_BSV, axis=-1) + (log_zq_BS - log_zp_BS)


def hard_loss(logits_BSV: jax.Array, targets_BS: jax.Array) -> jax.Array:
    """-log softmax(logits)[target] of each prediction, [B, S]; NaN for a target outside [0, V)."""
    hits_BSV = targets_BS[..., None] == jnp.arange(logits_BSV.shape[-1])
    log_q_BS = jnp.sum(jnp.where(hits_BSV, log_probs(logits_BSV, 1), 0), axis=-1)
    return jnp.where(hits_BSV.any(axis=-1), -log_q_BS, jnp.nan)


def log_probs(logits: jax.Array, temperature: ArrayLike) -> jax.Array:
    """log softmax(logits / T) over the last axis, as logits / T less its log-normaliser."""
    exponents = scaled(logits, temperature)
    return exponents - jax.nn.logsumexp(exponents, axis=-1, keepdims=True)


def scaled(logits: jax.Array, temperature: ArrayLike) -> jax.Array:
    """logits / T, shifted so that the largest of the last axis is 0."""
    # Shifted before the division, so that no finite logit overflows when T is small.
    peak = jax.lax.stop_gradient(logits.max(axis=-1, keepdims=True))
    return (logits - peak) / temperature


def weighted(weight: ArrayLike, term: jax.Array) -> jax.Array:
    """weight * term in the dtype of the term; 0 where the weight is 0 and the term infinite."""
    weight = jnp.asarray(weight, term.dtype)
    return jnp.where((weight == 0) & jnp.isinf(term), 0, weight * term)
