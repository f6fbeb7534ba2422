"""One distillation step on logits, as published: alpha weights cross-entropy.

    L = alpha * CE + (1 - alpha) * T^2 * KL(p_T || q_T)

The command line's `--alpha` weights the other term. Only the functions here take `alpha`; behind
them stand `kd_weight = 1 - alpha` and `ce_weight = alpha`.

Shapes: [..., V] logits and [...] labels, such as [B, T, V] and [B, T]; every position is trained
but those with label -100. Refusals are those of aprender.losses.kd.
"""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from aprender.losses.checks import (
    check_kd_arguments,
    check_shapes,
    check_some_kept,
    refuse,
    scalar_on_host,
)
from aprender.losses.kd import kd_loss, tempered_log_softmax
from aprender.losses.labels import IGNORED_LABEL, widen_labels


def kd_step(
    student_logits: ArrayLike,
    teacher_logits: ArrayLike,
    labels: ArrayLike,
    temperature: ArrayLike,
    alpha: ArrayLike,
) -> jax.Array:
    """The loss, a scalar: mean over all trained positions of the batch, not of row means."""
    check_alpha(alpha)
    check_shapes(student_logits, teacher_logits, labels)
    vocabulary = jnp.shape(student_logits)[-1]
    student_NV, teacher_NV = (
        jnp.reshape(logits, (-1, vocabulary)) for logits in (student_logits, teacher_logits)
    )
    labels_N = jnp.reshape(labels, -1)
    kd_weight, ce_weight = weights_of(alpha)
    return kd_loss(student_NV, teacher_NV, labels_N, temperature, kd_weight, ce_weight)


def kd_logit_gradient(
    student_logits: ArrayLike,
    teacher_logits: ArrayLike,
    labels: ArrayLike,
    temperature: ArrayLike,
    alpha: ArrayLike,
) -> jax.Array:
    """dL / d student_logits in closed form, in their shape, divided by the trained positions.

    (1 - alpha) * T * (q_T - p_T) + alpha * (q_1 - onehot(label)): T^2 meets 1 / T from the chain
    rule. Zero where the label is -100; NaN under a trace where it is outside the vocabulary.
    """
    check_alpha(alpha)
    check_kd_arguments(student_logits, teacher_logits, labels, temperature, *weights_of(alpha))
    check_some_kept(labels)
    dtype = jnp.promote_types(jnp.float32, jnp.result_type(student_logits, teacher_logits))
    student, teacher = (jnp.asarray(x, dtype) for x in (student_logits, teacher_logits))
    temperature, kd_weight, ce_weight = (
        jnp.asarray(x, dtype) for x in (temperature, *weights_of(alpha))
    )
    labels = widen_labels(labels)
    kept, vocabulary = labels != IGNORED_LABEL, student.shape[-1]

    def softmax(logits: jax.Array, temperature: ArrayLike) -> jax.Array:
        return jnp.exp(tempered_log_softmax(logits, temperature))

    soft = softmax(student, temperature) - softmax(teacher, temperature)
    hard = softmax(student, 1) - jax.nn.one_hot(labels, vocabulary, dtype=dtype)
    gradient = kd_weight * temperature * soft + ce_weight * hard
    # One-hot is zero outside the vocabulary, and such a label would train in silence.
    is_outside = kept & ((labels < 0) | (labels >= vocabulary))
    gradient = jnp.where(is_outside[..., None], jnp.nan, gradient)
    return jnp.where(kept[..., None], gradient, 0) / jnp.sum(kept)


def weights_of(alpha: ArrayLike) -> tuple[ArrayLike, ArrayLike]:
    """``kd_weight, ce_weight``: the one place where the two conventions meet."""
    return 1 - alpha, alpha


def trained_positions(labels: ArrayLike) -> int:
    """Number of positions that a step over ``labels`` trains, for `over_micro_batches`."""
    return int(np.count_nonzero(np.asarray(labels) != IGNORED_LABEL))


def over_micro_batches(means: Sequence[ArrayLike], positions: Sequence[int]) -> jax.Array:
    """The mean over a whole batch from those of its parts, each over so many trained positions.

    ``means`` are losses, or gradients of one parameter: a mean of means would weigh a part with one
    position like one with a thousand. A part without a position adds exactly 0, also where its mean
    is NaN, which it is under a trace. ValueError where the two differ in number or all are empty.
    """
    if len(means) != len(positions):
        raise ValueError(f"{len(means)} means and {len(positions)} numbers of positions")
    total = sum(positions)
    if total < 1:
        raise ValueError(f"no trained position in {len(positions)} micro-batches")
    pairs = zip(means, positions, strict=True)
    parts = [jnp.asarray(mean) * (n / total) for mean, n in pairs if n > 0]
    return jnp.sum(jnp.stack(parts), axis=0)


def check_alpha(alpha: ArrayLike) -> None:
    """Refuse an alpha that is not one number in [0, 1]."""
    value = scalar_on_host("alpha", alpha)
    if value is not None and not 0 <= value <= 1:
        refuse(f"alpha = {value} is outside [0, 1]")
