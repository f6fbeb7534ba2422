"""The fused loss under the conventions of losses on logits, for their falsifiers."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from aprender.losses.checks import check_kd_arguments, check_rank
from aprender.losses.fused.head import LinearHead
from aprender.losses.fused.loss import fused_kd_loss
from aprender.losses.fused.tiling import Tiling
from aprender.losses.vocabulary import VocabularyAlignment

# Small enough that the falsifiers' batches are cut, both ways, with a remainder.
TILING = Tiling(rows=3, columns=3)


def kd_loss_cell(
    student_logits: ArrayLike,
    teacher_logits: ArrayLike,
    labels: ArrayLike,
    temperature: ArrayLike,
    kd_weight: ArrayLike,
    ce_weight: ArrayLike,
) -> jax.Array:
    """kd_loss with the logits [N, V] as hidden states before a head that is the identity."""
    check_rank(student_logits, "NV")
    check_kd_arguments(student_logits, teacher_logits, labels, temperature, kd_weight, ce_weight)
    student = identity_head(student_logits)
    scalars = (temperature, kd_weight, ce_weight)
    return fused_kd_loss(student, teacher_logits, labels, *scalars, tiling=TILING)


def aligned_kd_loss_cell(
    student_logits: ArrayLike,
    teacher_logits: ArrayLike,
    labels: ArrayLike,
    temperature: ArrayLike,
    kd_weight: ArrayLike,
    ce_weight: ArrayLike,
    alignment: VocabularyAlignment,
) -> jax.Array:
    """aprender.losses.vocabulary.aligned_kd_loss in the same way."""
    alignment.cut(student_logits, teacher_logits, labels)
    return fused_kd_loss(
        identity_head(student_logits),
        teacher_logits,
        labels,
        temperature,
        kd_weight,
        ce_weight,
        vocabulary=alignment.shared,
        tiling=TILING,
    )


def identity_head(logits: ArrayLike) -> LinearHead:
    """A head whose logits are these [N, V].

    A token that all rows mask is masked by the head's bias; one that only some mask has no such
    head and gives NaN.
    """
    logits_NV = jnp.asarray(logits)
    is_masked_NV = jnp.isneginf(logits_NV)
    is_masked_V = is_masked_NV.all(axis=0)
    hidden_NV = jnp.where(is_masked_NV, jnp.where(is_masked_V, 0, jnp.nan), logits_NV)
    bias_V = jnp.where(is_masked_V, -jnp.inf, 0).astype(logits_NV.dtype)
    return LinearHead(hidden_NV, jnp.eye(logits_NV.shape[-1], dtype=logits_NV.dtype), bias_V)
