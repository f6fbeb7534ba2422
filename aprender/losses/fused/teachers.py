"""What the fused loss asks of a teacher, whatever its logits come from.

In the first pass over the tiles of a chunk a teacher observes the student's logits and collects
what the divergence needs; in the second it gives its probabilities, as the target of the gradient.

Shapes: C rows of a chunk, W logits of a tile, K listed tokens, E the teacher's width.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp

from aprender.losses.fused.arguments import AnyTeacher
from aprender.losses.fused.head import LinearHead
from aprender.losses.fused.running import RunningLse, from_peak
from aprender.losses.fused.tiling import Span
from aprender.losses.fused.top_k import TopK


class Student(NamedTuple):
    """The student's logits so far at the loss's temperature."""

    temperature: jax.Array
    lse: RunningLse


class Teacher(Protocol):
    """The teacher of one chunk of rows."""

    is_dense: bool
    """Whether the second pass needs the teacher's logits kept."""

    def start(self, rows: int, dtype: jnp.dtype) -> Any:
        """Statistics of no tiles."""

    def observe(
        self, seen: Any, tile: Span, student_CW: jax.Array, before: Student, after: Student
    ) -> tuple[Any, jax.Array | None]:
        """Statistics with one more tile, and the teacher's logits of it to keep."""

    def divergence(self, seen: Any, student: Student) -> jax.Array:
        """KL(p_T || q_T) of each row, [C]."""

    def probabilities(
        self,
        seen: Any,
        tile: Span,
        kept_CW: jax.Array | None,
        student_CW: jax.Array,
        student: Student,
    ) -> jax.Array:
        """p_T of the tile, [C, W]: the student's gradient is T * (q_T - p_T)."""


class DenseSeen(NamedTuple):
    """The teacher's normaliser, and sum of exp((t - peak) / T) * (log p - log q) less logs, [C]."""

    lse: RunningLse
    gap: jax.Array


@dataclass(frozen=True)
class DenseTeacher:
    """All logits of a row: given as an array [C, V], or by a head from hidden states [C, E]."""

    rows: jax.Array
    head: LinearHead | None
    is_dense = True

    def start(self, rows: int, dtype: jnp.dtype) -> DenseSeen:
        """As in Teacher."""
        return DenseSeen(RunningLse.empty(rows, dtype), jnp.zeros(rows, dtype))

    def observe(
        self, seen: DenseSeen, tile: Span, student_CW: jax.Array, before: Student, after: Student
    ) -> tuple[DenseSeen, jax.Array]:
        """As in Teacher."""
        temperature = after.temperature
        logits_CW = self.logits(tile).astype(student_CW.dtype)
        logits_CW = tile.where_fresh(logits_CW, -jnp.inf)
        lse = seen.lse.add(logits_CW, temperature)
        weights_CW = jnp.exp(from_peak(logits_CW, lse.peak) / temperature)
        gaps_CW = from_peak(logits_CW, lse.peak) - from_peak(student_CW, after.lse.peak)
        # Selected before the product: a token without mass may be masked by the student.
        gaps_CW = jnp.where(weights_CW > 0, gaps_CW / temperature, 0)
        # Earlier gaps were taken from earlier peaks.
        scale = jnp.exp(from_peak(seen.lse.peak, lse.peak) / temperature)
        moved = from_peak(seen.lse.peak, lse.peak) - from_peak(before.lse.peak, after.lse.peak)
        moved = jnp.where(scale > 0, moved / temperature, 0)
        gap = scale * (seen.gap + seen.lse.total * moved) + jnp.sum(weights_CW * gaps_CW, axis=-1)
        return DenseSeen(lse, gap), logits_CW

    def divergence(self, seen: DenseSeen, student: Student) -> jax.Array:
        """As in Teacher."""
        mean_gap = seen.gap / seen.lse.total
        return mean_gap + jnp.log(student.lse.total) - jnp.log(seen.lse.total)

    def probabilities(
        self,
        seen: DenseSeen,
        tile: Span,
        kept_CW: jax.Array | None,
        student_CW: jax.Array,
        student: Student,
    ) -> jax.Array:
        """As in Teacher."""
        assert kept_CW is not None
        return jnp.exp(seen.lse.log_probability(kept_CW, student.temperature))

    def logits(self, tile: Span) -> jax.Array:
        """Of one tile, [C, W]."""
        if self.head is None:
            return tile.of(self.rows, axis=1)
        return self.head.logits(self.rows, tile)


class TopKSeen(NamedTuple):
    """The student's logits of the listed tokens [C, K], and its tail."""

    listed_CK: jax.Array
    tail: RunningLse


@dataclass(frozen=True)
class TopKTeacher:
    """K tokens of each row and one bucket for the others."""

    entries: TopK
    is_dense = False

    def start(self, rows: int, dtype: jnp.dtype) -> TopKSeen:
        """As in Teacher."""
        listed_CK = jnp.zeros(self.entries.ids.shape, dtype)
        return TopKSeen(listed_CK, RunningLse.empty(rows, dtype))

    def observe(
        self, seen: TopKSeen, tile: Span, student_CW: jax.Array, before: Student, after: Student
    ) -> tuple[TopKSeen, None]:
        """As in Teacher."""
        column_CK = tile.column_of(self.entries.ids)
        listed_CK = tile.pick(student_CW, column_CK, otherwise=seen.listed_CK)
        tail_CW = _put(student_CW, column_CK, jnp.full_like(listed_CK, -jnp.inf))
        return TopKSeen(listed_CK, seen.tail.add(tail_CW, after.temperature)), None

    def divergence(self, seen: TopKSeen, student: Student) -> jax.Array:
        """As in Teacher, over K + 1 buckets."""
        log_p_CK, log_tail_p = self._log_probabilities(student.temperature, seen.tail.total.dtype)
        log_q_CK = student.lse.log_probability(seen.listed_CK, student.temperature)
        log_tail_q = seen.tail.log_share(student.lse, student.temperature)
        return _terms(log_p_CK, log_q_CK).sum(axis=-1) + _terms(log_tail_p, log_tail_q)

    def probabilities(
        self,
        seen: TopKSeen,
        tile: Span,
        kept_CW: jax.Array | None,
        student_CW: jax.Array,
        student: Student,
    ) -> jax.Array:
        """As in Teacher; within the tail the student is not told how to spread it."""
        log_p_CK, log_tail_p = self._log_probabilities(student.temperature, student_CW.dtype)
        within_CW = seen.tail.log_probability(student_CW, student.temperature)
        spread_CW = jnp.exp(log_tail_p[:, None] + within_CW)
        return _put(spread_CW, tile.column_of(self.entries.ids), jnp.exp(log_p_CK))

    def _log_probabilities(
        self, temperature: jax.Array, dtype: jnp.dtype
    ) -> tuple[jax.Array, jax.Array]:
        """log p_T of the listed tokens [C, K] and of the tail [C]."""
        logits_CK = self.entries.logits.astype(dtype)
        peak_C1 = logits_CK.max(axis=-1, keepdims=True)
        exponents_CK = (logits_CK - peak_C1) / temperature
        tail_C1 = self.entries.log_tail.astype(dtype)[:, None] - peak_C1 / temperature
        log_p = jax.nn.log_softmax(jnp.concatenate([exponents_CK, tail_C1], axis=-1), axis=-1)
        # A cache made at another temperature holds another tail.
        log_p = jnp.where(self.entries.temperature == temperature, log_p, jnp.nan)
        return log_p[:, :-1], log_p[:, -1]


def teacher_of(teacher: AnyTeacher, rows: Span) -> Teacher:
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


def _put(matrix_CW: jax.Array, column_CK: jax.Array, values_CK: jax.Array) -> jax.Array:
    """The matrix with values at some columns of each row; what lies outside is left out."""
    rows_C1 = jnp.arange(len(matrix_CW))[:, None]
    return matrix_CW.at[rows_C1, column_CK].set(values_CK, mode="drop")


def _terms(log_p: jax.Array, log_q: jax.Array) -> jax.Array:
    """p * (log p - log q), 0 where p is."""
    p = jnp.exp(log_p)
    return p * jnp.where(p > 0, log_p - log_q, 0)
