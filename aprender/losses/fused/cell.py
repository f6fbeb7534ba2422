"""The fused loss under the convention of aprender.losses.kd.kd_loss, for its falsifiers."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from aprender.losses.checks import check_kd_arguments, check_rank
from aprender.losses.fused.head import LinearHead
from aprender.losses.fused.loss import fused_kd_loss
from aprender.losses.fused.tiling import Tiling

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
    """The logits [N, V] are hidden states of width V before a head that is the identity.

    A token that all rows mask is masked by the head's bias; one that only some mask has no such
    head and gives NaN.
    """
    check_rank(student_logits, "NV")
    check_kd_arguments(student_logits, teacher_logits, labels, temperature, kd_weight, ce_weight)
    student_NV = jnp.asarray(student_logits)
    is_masked_NV = jnp.isneginf(student_NV)
    is_masked_V = is_masked_NV.all(axis=0)
    hidden_NV = jnp.where(is_masked_NV, jnp.where(is_masked_V, 0, jnp.nan), student_NV)
    bias_V = jnp.where(is_masked_V, -jnp.inf, 0).astype(student_NV.dtype)
    identity_VV = jnp.eye(student_NV.shape[-1], dtype=student_NV.dtype)
    student = LinearHead(hidden_NV, identity_VV, bias_V)
    return fused_kd_loss(
        student, teacher_logits, labels, temperature, kd_weight, ce_weight, tiling=TILING
    )
