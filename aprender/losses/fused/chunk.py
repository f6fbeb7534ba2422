"""One chunk of rows, in two passes over the tiles of the vocabulary.

Shapes: C rows of the chunk, D the student's width, V vocabulary, W tokens of a tile.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from aprender.losses.fused.head import LinearHead
from aprender.losses.fused.running import RunningLse
from aprender.losses.fused.teachers import Student, Teacher
from aprender.losses.fused.tiling import Cut, Span
from aprender.losses.kd import sum_of_kept
from aprender.losses.labels import IGNORED_LABEL


class Weights(NamedTuple):
    """The scalars of the loss."""

    temperature: jax.Array
    kd_weight: jax.Array
    ce_weight: jax.Array


class Seen(NamedTuple):
    """What the first pass knows of a chunk's rows."""

    student: RunningLse  # at the loss's temperature
    at_one: RunningLse  # at temperature 1
    label_C1: jax.Array  # the label's logit
    teacher: Any


class Kept(NamedTuple):
    """Logits of student and dense teacher: [tiles, C, W], or [C, W] of one tile."""

    student: jax.Array
    teacher: jax.Array | None


class Chunk(NamedTuple):
    """One chunk of rows."""

    head: LinearHead
    hidden_CD: jax.Array
    teacher: Teacher
    labels_C: jax.Array
    weights: Weights
    columns: Cut

    def first_pass(self, *, keep: bool) -> tuple[Seen, Kept | None]:
        """Statistics over all tiles, and their logits."""
        rows, dtype = len(self.labels_C), self.head.dtype
        temperature, one = self.weights.temperature, jnp.ones((), dtype)
        empty = RunningLse.empty(rows, dtype)
        unknown = jnp.full((rows, 1), jnp.nan, dtype)
        seen = Seen(empty, empty, unknown, self.teacher.start(rows, dtype))
        matrix = jnp.zeros((self.columns.count, rows, self.columns.width), dtype)
        kept = Kept(matrix, matrix if self.teacher.is_dense else None) if keep else None

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
            seen = Seen(after.lse, seen.at_one.add(logits_CW, one), label_C1, of_teacher)
            if kept is not None:
                put = partial(jax.lax.dynamic_update_index_in_dim, index=index, axis=0)
                kept = jax.tree.map(put, kept, Kept(logits_CW, teacher_CW))
            return seen, kept

        return jax.lax.fori_loop(0, self.columns.count, observe, (seen, kept))

    def sums(self, seen: Seen) -> tuple[jax.Array, jax.Array]:
        """Divergence and cross-entropy, summed over the kept rows."""
        student = Student(self.weights.temperature, seen.student)
        divergence_C = self.teacher.divergence(seen.teacher, student)
        log_q_C = seen.at_one.log_probability(seen.label_C1, jnp.ones_like(student.temperature))
        is_kept_C = self.labels_C != IGNORED_LABEL
        return sum_of_kept(divergence_C, is_kept_C), sum_of_kept(-log_q_C[:, 0], is_kept_C)

    def second_pass(self, seen: Seen, kept: Kept, rows: Span, gradient: LinearHead) -> LinearHead:
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

    def _slope(self, seen: Seen, tile: Span, kept: Kept) -> jax.Array:
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
