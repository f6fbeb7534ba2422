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

from aprender.losses.checks import check_some_kept, check_temperature, check_weights
from aprender.losses.fused.arguments import AnyTeacher, as_rows, check_rows
from aprender.losses.fused.head import LinearHead
from aprender.losses.fused.running import RunningLse
from aprender.losses.fused.teachers import DenseTeacher, Student, Teacher, TopKTeacher
from aprender.losses.fused.tiling import Cut, Span, Tiling
from aprender.losses.fused.top_k import TopK
from aprender.losses.kd import KdSums, unless_unused
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
    tokens = student.vocabulary if vocabulary is None else vocabulary
    check_rows(student, teacher, labels, tokens)
    check_temperature(temperature)
    check_weights(kd_weight, ce_weight)

    labels = widen_labels(labels)
    student, teacher, labels_N = as_rows(student, teacher, labels)
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


class Weights(NamedTuple):
    """The scalars of the loss."""

    temperature: jax.Array
    kd_weight: jax.Array
    ce_weight: jax.Array


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
        hidden_CD = jnp.where((labels_C != IGNORED_LABEL)[:, None], rows.of(student.hidden), 0)
        part = _Chunk(student, hidden_CD, _of_rows(teacher, rows), labels_C, weights, cuts.columns)
        seen, kept = part.first_pass(keep=with_gradient)
        sums = part.sums(seen)
        if with_gradient:
            gradient = part.second_pass(seen, kept, rows, gradient)
        return (divergence + sums[0], cross_entropy + sums[1]), gradient

    gradient = None
    if with_gradient:
        gradient = jax.tree.map(lambda array: jnp.zeros(array.shape, student.dtype), student)
    return jax.lax.fori_loop(0, cuts.rows.count, chunk, (nothing, gradient))


def _of_rows(teacher: AnyTeacher, rows: Span) -> Teacher:
    """The teacher of one chunk."""
    if isinstance(teacher, TopK):
        return TopKTeacher(
            TopK(
                rows.of(teacher.ids),
                rows.of(teacher.logits),
                rows.of(teacher.log_tail),
                teacher.temperature,
            )
        )
    if isinstance(teacher, LinearHead):
        return DenseTeacher(rows.of(teacher.hidden), teacher)
    return DenseTeacher(rows.of(teacher), None)


class _Seen(NamedTuple):
    """What the first pass knows of a chunk's rows."""

    student: RunningLse  # at the loss's temperature
    at_one: RunningLse  # at temperature 1
    label_C1: jax.Array  # the label's logit
    teacher: Any


class _Kept(NamedTuple):
    """Logits of student and dense teacher: [tiles, C, W], or [C, W] of one tile."""

    student: jax.Array
    teacher: jax.Array | None


class _Chunk(NamedTuple):
    """One chunk of rows."""

    head: LinearHead
    hidden_CD: jax.Array
    teacher: Teacher
    labels_C: jax.Array
    weights: Weights
    columns: Cut

    def first_pass(self, *, keep: bool) -> tuple[_Seen, _Kept | None]:
        """Statistics over all tiles, and their logits."""
        rows, dtype = len(self.labels_C), self.head.dtype
        temperature, one = self.weights.temperature, jnp.ones((), dtype)
        empty = RunningLse.empty(rows, dtype)
        unknown = jnp.full((rows, 1), jnp.nan, dtype)
        seen = _Seen(empty, empty, unknown, self.teacher.start(rows, dtype))
        matrix = jnp.zeros((self.columns.count, rows, self.columns.width), dtype)
        kept = _Kept(matrix, matrix if self.teacher.is_dense else None) if keep else None

        def observe(index: jax.Array, carry: Any) -> Any:
            seen, kept = carry
            tile = self.columns.span(index)
            logits_CW = tile.where_fresh(self.head.logits(self.hidden_CD, tile), -jnp.inf)
            before = Student(temperature, seen.student)
            after = Student(temperature, seen.student.add(logits_CW, temperature))
            of_teacher, teacher_CW = self.teacher.observe(
                seen.teacher, tile, logits_CW, before, after
            )
            column_C1 = tile.column_of(self.labels_C)[:, None]
            label_C1 = tile.pick(logits_CW, column_C1, otherwise=seen.label_C1)
            seen = _Seen(after.lse, seen.at_one.add(logits_CW, one), label_C1, of_teacher)
            if kept is not None:
                put = partial(jax.lax.dynamic_update_index_in_dim, index=index, axis=0)
                kept = jax.tree.map(put, kept, _Kept(logits_CW, teacher_CW))
            return seen, kept

        return jax.lax.fori_loop(0, self.columns.count, observe, (seen, kept))

    def sums(self, seen: _Seen) -> tuple[jax.Array, jax.Array]:
        """Divergence and cross-entropy, summed over the kept rows."""
        student = Student(self.weights.temperature, seen.student)
        divergence_C = self.teacher.divergence(seen.teacher, student)
        log_q_C = seen.at_one.log_probability(seen.label_C1, jnp.ones_like(student.temperature))
        is_kept_C = self.labels_C != IGNORED_LABEL
        return (
            jnp.sum(jnp.where(is_kept_C, divergence_C, 0)),
            jnp.sum(jnp.where(is_kept_C, -log_q_C[:, 0], 0)),
        )

    def second_pass(self, seen: _Seen, kept: _Kept, rows: Span, gradient: LinearHead) -> LinearHead:
        """The gradient with this chunk's part added."""

        def add(index: jax.Array, carry: Any) -> Any:
            hidden_CD, weight_VD, bias_V = carry
            tile = self.columns.span(index)
            slope_CW = self._slope(seen, tile, jax.tree.map(lambda logits: logits[index], kept))
            weight_WD = tile.of(self.head.weight)
            hidden_CD += self._product(slope_CW, weight_WD, contract=(1, 0))
            weight_VD = tile.add_to(
                weight_VD, self._product(slope_CW, self.hidden_CD, contract=(0, 0))
            )
            if bias_V is not None:
                bias_V = tile.add_to(bias_V, slope_CW.sum(axis=0))
            return hidden_CD, weight_VD, bias_V

        start = (jnp.zeros(self.hidden_CD.shape, self.head.dtype), gradient.weight, gradient.bias)
        hidden_CD, weight_VD, bias_V = jax.lax.fori_loop(0, self.columns.count, add, start)
        hidden_ND = rows.add_to(gradient.hidden, hidden_CD)
        return LinearHead(hidden_ND, weight_VD, bias_V, gradient.softcap)

    def _slope(self, seen: _Seen, tile: Span, kept: _Kept) -> jax.Array:
        """d loss / d (hidden @ weight^T + bias) of one tile, summed and not averaged, [C, W]."""
        student_CW, teacher_CW = kept
        temperature, kd_weight, ce_weight = self.weights
        student = Student(temperature, seen.student)
        soft_CW = jnp.exp(seen.student.log_probability(student_CW, temperature))
        soft_CW -= self.teacher.probabilities(seen.teacher, tile, teacher_CW, student_CW, student)
        hard_CW = jnp.exp(seen.at_one.log_probability(student_CW, jnp.ones_like(temperature)))
        hard_CW -= tile.column_of(self.labels_C)[:, None] == jnp.arange(tile.width)
        slope_CW = kd_weight * temperature * soft_CW + ce_weight * hard_CW
        slope_CW *= self.head.slope(student_CW)
        is_kept_C1 = (self.labels_C != IGNORED_LABEL)[:, None]
        return tile.where_fresh(jnp.where(is_kept_C1, slope_CW, 0), 0)

    def _product(
        self, slope_CW: jax.Array, other: jax.Array, contract: tuple[int, int]
    ) -> jax.Array:
        """A matrix product over one axis of each, added up in the dtype of the logits."""
        # float16 would lose the small probabilities; bfloat16 has the range of float32.
        dtype = other.dtype if other.dtype == jnp.bfloat16 else self.head.dtype
        dimensions = (((contract[0],), (contract[1],)), ((), ()))
        return jax.lax.dot_general(
            slope_CW.astype(dtype),
            other.astype(dtype),
            dimensions,
            preferred_element_type=self.head.dtype,
        )
