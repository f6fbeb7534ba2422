"""A student's hidden states drawn to its teacher's: Romero et al. 2015 (FitNets), Sun et al. 2019.

Shapes: L layers, B batch, T sequence, D width (D_s and D_t of student and teacher).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from aprender.losses.layer_pairs import (
    LayerPair,
    Layers,
    Pairs,
    check_layer_pairs,
    kept_positions,
    matched,
    mean_over_kept,
)

# One [D_s, D_t] a pair, or None where the widths are equal and nothing is projected.
Projections = Sequence[ArrayLike | None]


@dataclass(frozen=True)
class ProgressiveDistillation:
    """`hidden_state_loss` of one mapping of layers.

    Progressive means that depth maps to depth: pairs run from shallow to deep. Nothing changes
    with time.
    """

    pairs: tuple[tuple[int, int], ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        check_layer_pairs(self.pairs, self.weights)

    def __call__(
        self,
        student_hidden: Layers,
        teacher_hidden: Layers,
        kept: ArrayLike | None = None,
        projections: Projections | None = None,
    ) -> jax.Array:
        """The loss of these hidden states, a scalar."""
        return hidden_state_loss(
            student_hidden, teacher_hidden, self.pairs, self.weights, kept, projections
        )


def hidden_state_loss(
    student_hidden: Layers,
    teacher_hidden: Layers,
    pairs: Pairs,
    weights: Sequence[float],
    kept: ArrayLike | None = None,
    projections: Projections | None = None,
) -> jax.Array:
    """sum_i weight_i * mean((student_i @ projection_i - teacher_i)^2) over the pairs i.

    The mean is over the elements of the kept positions: their number times D_t. All ones in `kept`
    are no mask. FitNets' hint loss has a factor of 1/2 and no mean. No gradient reaches the
    teacher, or a position that is not kept, whatever it holds.

    Hidden states are [..., D] for each layer, floating, in a list or stacked. ``pairs`` and
    ``weights`` are those of aprender.losses.layer_pairs; the weights lie in [0, 1] and sum to 1.
    ``kept`` is bool, [...]. ``projections``, to be trained with the student, are one a pair, and
    needed where D_s and D_t differ.

    Returns a scalar in float32, or float64. Layers, positions, widths that do not fit raise a
    ValueError that names them. Under a trace, where values cannot be refused, a batch without a
    kept position gives NaN.
    """
    if projections is None:
        projections = [None] * len(pairs)
    if len(projections) != len(pairs):
        raise ValueError(
            f"projections are {len(projections)}, pairs {len(pairs)}: "
            "give one a pair, None where nothing is projected"
        )
    layers = matched(pairs, weights, student_hidden, teacher_hidden)
    terms = [
        pair.weight * mean_squared_error(pair, kept, projection)
        for pair, projection in zip(layers, projections, strict=True)
    ]
    return sum(terms)


def mean_squared_error(
    pair: LayerPair, kept: ArrayLike | None, projection: ArrayLike | None
) -> jax.Array:
    """Mean of (student @ projection - teacher)^2 over the elements of the kept positions."""
    check_hidden(pair, projection)
    is_kept = kept_positions(kept, pair.student.shape[:-1])
    # Zeroed before the product: a NaN of a padded position would reach the projection's gradient.
    student, teacher = (jnp.where(is_kept[..., None], x, 0) for x in (pair.student, pair.teacher))
    if projection is not None:
        student = student @ jnp.asarray(projection, student.dtype)
    return mean_over_kept(jnp.mean(jnp.square(student - teacher), axis=-1), is_kept)


def check_hidden(pair: LayerPair, projection: ArrayLike | None) -> None:
    """Refuse positions or widths of student and teacher that do not fit, with the pair's name."""
    student, teacher = pair.student.shape, pair.teacher.shape
    if pair.student.ndim == 0 or 0 in student:
        raise ValueError(f"{pair.name}: the student's has shape {student}, not [..., D]")
    if student[:-1] != teacher[:-1]:
        raise ValueError(f"{pair.name} have shapes {student} and {teacher}: positions differ")
    if projection is None:
        if student != teacher:
            raise ValueError(
                f"{pair.name} have widths {student[-1]} and {teacher[-1]}: give a projection"
            )
    elif jnp.shape(projection) != (student[-1], teacher[-1]):
        raise ValueError(
            f"the projection of {pair.name} has shape {jnp.shape(projection)}, "
            f"not {(student[-1], teacher[-1])}"
        )
