"""Linear layer, softmax, distillation and cross-entropy in one: the logits are never all there.

The rows are cut into chunks and the vocabulary into tiles. A first pass over the tiles of a chunk
finds the normalisers, a second one multiplies the gradient of the logits, in closed form, with
hidden states and weights. Only the logits of one chunk are kept between the two, in float32.

The gradient is found together with the loss (as in Liger Kernel's fused losses, Hsu et al. 2024,
section 3), because differentiating a scan would keep or compute again what the closed form needs
not. Shapes: N rows, C rows of a chunk, V vocabulary, W tokens of a tile, D the student's width.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from aprender.losses.checks import check_some_kept, check_weights
from aprender.losses.fused.arguments import AnyTeacher, as_rows, check_rows
from aprender.losses.fused.chunk import Chunk, Weights
from aprender.losses.fused.head import LinearHead
from aprender.losses.fused.teachers import teacher_of
from aprender.losses.fused.tiling import Cut, Tiling
from aprender.losses.fused.top_k import TopK
from aprender.losses.kd import KdSums, rows_kept, unless_unused
from aprender.losses.labels import IGNORED_LABEL, widen_labels


def fused_kd_loss(
    student: LinearHead,
    teacher: AnyTeacher,
    labels: ArrayLike,
    temperature: ArrayLike,
    kd_weight: ArrayLike,
    ce_weight: ArrayLike,
    *,
    vocabulary: int | None = None,
    tiling: Tiling = Tiling(),
) -> jax.Array:
    """aprender.losses.kd.kd_loss of the student's logits, without the logits; a scalar.

    The teacher is a head of its own width, an array of logits [..., V], or a TopK (then the
    divergence is that over K + 1 buckets). Labels are [...] as the student's hidden states are
    [..., D], -100 leaves a row out. `vocabulary` leaves out the logits from there on, on both
    sides: padding, or tokens that only the teacher has.

    The derivative with respect to hidden, weight and bias is exact to rounding; products that make
    it take bfloat16 operands where the weights are bfloat16 and add up in float32. The teacher
    gets none, the temperature NaN: it is not implemented.

    Raises ValueError or TypeError as kd_loss; a batch without a kept row is NaN under a trace.
    """
    check_some_kept(labels)
    sums = fused_kd_loss_sums(
        student,
        teacher,
        labels,
        temperature,
        kd_weight,
        ce_weight,
        vocabulary=vocabulary,
        tiling=tiling,
    )
    return sums.loss / sums.count


def fused_kd_loss_sums(
    student: LinearHead,
    teacher: AnyTeacher,
    labels: ArrayLike,
    temperature: ArrayLike,
    kd_weight: ArrayLike,
    ce_weight: ArrayLike,
    *,
    vocabulary: int | None = None,
    tiling: Tiling = Tiling(),
) -> KdSums:
    """The sums over the kept rows, as kd_loss_sums gives them; only `loss` has a gradient."""
    check_rows(student, teacher, labels, temperature, vocabulary)
    check_weights(kd_weight, ce_weight)

    student, teacher, labels_N = as_rows(student, teacher, widen_labels(labels))
    tokens = student.vocabulary if vocabulary is None else vocabulary
    scalars = (jnp.asarray(scalar, student.dtype) for scalar in (temperature, kd_weight, ce_weight))
    cuts = Cuts(
        tiling.cut_rows(
            len(labels_N),
            columns=tokens,
            features=student.weight.shape[1],
            kept=1 if isinstance(teacher, TopK) else 2,
            itemsize=student.dtype.itemsize,
        ),
        tiling.cut_columns(tokens),
    )
    loss, divergence, cross_entropy = _sums(cuts, student, teacher, labels_N, *scalars)
    divergence, cross_entropy = jax.lax.stop_gradient((divergence, cross_entropy))
    return KdSums(loss, divergence, cross_entropy, jnp.sum(labels_N != IGNORED_LABEL))


class Cuts(NamedTuple):
    """How rows and vocabulary are cut."""

    rows: Cut
    columns: Cut


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _sums(
    cuts: Cuts,
    student: LinearHead,
    teacher: AnyTeacher,
    labels_N: jax.Array,
    temperature: jax.Array,
    kd_weight: jax.Array,
    ce_weight: jax.Array,
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Loss, divergence and cross-entropy, each summed over the kept rows."""
    weights = Weights(temperature, kd_weight, ce_weight)
    sums, _ = _over_chunks(cuts, student, teacher, labels_N, weights, with_gradient=False)
    return _weighted(sums, weights), *sums


def _sums_forward(cuts: Cuts, student: LinearHead, *rest: Any) -> tuple[Any, Any]:
    teacher, labels_N, *scalars = rest
    weights = Weights(*scalars)
    sums, gradient = _over_chunks(cuts, student, teacher, labels_N, weights, with_gradient=True)
    return (_weighted(sums, weights), *sums), (student, gradient, sums, weights)


def _sums_backward(cuts: Cuts, residuals: Any, cotangents: Any) -> tuple[Any, ...]:
    student, gradient, (divergence, cross_entropy), weights = residuals
    scale = cotangents[0]
    of_student = jax.tree.map(lambda g, like: (scale * g).astype(like.dtype), gradient, student)
    of_kd_weight = scale * weights.temperature**2 * divergence
    return (
        of_student,
        None,
        None,
        jnp.full_like(scale, jnp.nan),
        of_kd_weight,
        scale * cross_entropy,
    )


_sums.defvjp(_sums_forward, _sums_backward)


def _weighted(sums: tuple[jax.Array, jax.Array], weights: Weights) -> jax.Array:
    """kd_weight * T^2 * KL + ce_weight * CE; a term of weight 0 has no effect."""
    divergence, cross_entropy = sums
    kd = unless_unused(weights.temperature**2 * divergence, weights.kd_weight)
    ce = unless_unused(cross_entropy, weights.ce_weight)
    return weights.kd_weight * kd + weights.ce_weight * ce


def _over_chunks(
    cuts: Cuts,
    student: LinearHead,
    teacher: AnyTeacher,
    labels_N: jax.Array,
    weights: Weights,
    *,
    with_gradient: bool,
) -> tuple[tuple[jax.Array, jax.Array], LinearHead | None]:
    """Sums of divergence and cross-entropy, and d loss / d student in the dtype of the logits."""
    zero = jnp.zeros((), student.dtype)
    nothing = (zero, zero)

    def chunk(index: jax.Array, carry: Any) -> Any:
        (divergence, cross_entropy), gradient = carry
        rows = cuts.rows.span(index)
        labels_C = rows.where_fresh(rows.of(labels_N), IGNORED_LABEL)
        hidden_CD = rows_kept(rows.of(student.hidden), labels_C != IGNORED_LABEL)
        part = Chunk(student, hidden_CD, teacher_of(teacher, rows), labels_C, weights, cuts.columns)
        seen, kept = part.first_pass(keep=with_gradient)
        sums = part.sums(seen)
        if with_gradient:
            gradient = part.second_pass(seen, kept, rows, gradient)
        return (divergence + sums[0], cross_entropy + sums[1]), gradient

    gradient = None
    if with_gradient:
        gradient = jax.tree.map(lambda array: jnp.zeros(array.shape, student.dtype), student)
    return jax.lax.fori_loop(0, cuts.rows.count, chunk, (nothing, gradient))
