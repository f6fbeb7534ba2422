"""Attention transfer: Zagoruyko, Komodakis 2017, section 3.1, on a transformer's attention.

Shapes: B batch, N heads, T sequence. The map of a layer is its attention, mean over the heads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from aprender.losses.feature import l2_normalize
from aprender.losses.layer_pairs import (
    LayerPair,
    Layers,
    Pairs,
    check_layer_pairs,
    kept_positions,
    matched,
    mean_over_kept,
)


@dataclass(frozen=True)
class AttentionTransfer:
    """`attention_transfer_loss` of one mapping of layers."""

    pairs: tuple[tuple[int, int], ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        check_layer_pairs(self.pairs, self.weights)

    def __call__(
        self, student_attention: Layers, teacher_attention: Layers, kept: ArrayLike | None = None
    ) -> jax.Array:
        """The loss of these attention probabilities, a scalar."""
        return attention_transfer_loss(
            student_attention, teacher_attention, self.pairs, self.weights, kept
        )


def attention_transfer_loss(
    student_attention: Layers,
    teacher_attention: Layers,
    pairs: Pairs,
    weights: Sequence[float],
    kept: ArrayLike | None = None,
) -> jax.Array:
    """sum_i weight_i * ||u(student_i) - u(teacher_i)||^2 over the pairs i, mean over the batch.

    u is the map of one text, flattened and scaled to length 1, so that the scale of a map does not
    matter. A position that is not kept is zero in it as query and as key; a text without a kept
    position is left out of the mean. The distance is squared, which the paper's is not: its slope
    is then defined where two maps are equal. No gradient reaches the teacher.

    Attention is [B, N, T, T] for each layer, queries before keys, floating, in a list or stacked;
    N may differ. ``pairs`` and ``weights`` are those of aprender.losses.layer_pairs; the weights
    lie in [0, 1] and sum to 1. ``kept`` is bool, [B, T].

    Returns a scalar in float32, or float64. Layers and shapes that do not fit raise a ValueError
    that names them. Under a trace, where values cannot be refused, a batch without a kept position
    gives NaN.
    """
    layers = matched(pairs, weights, student_attention, teacher_attention)
    terms = [pair.weight * map_distance(pair, kept) for pair in layers]
    return sum(terms)


def map_distance(pair: LayerPair, kept: ArrayLike | None) -> jax.Array:
    """Squared distance of the two normalised maps, mean over the texts with a kept position."""
    check_attention(pair)
    batch, _, length, _ = pair.student.shape
    kept_BT = kept_positions(kept, (batch, length))
    student_BM, teacher_BM = (attention_map(x, kept_BT) for x in (pair.student, pair.teacher))
    distance_B = jnp.sum(jnp.square(student_BM - teacher_BM), axis=-1)
    return mean_over_kept(distance_B, kept_BT.any(axis=-1))


def attention_map(attention_BNTT: jax.Array, kept_BT: jax.Array) -> jax.Array:
    """Mean over the heads, zero where query or key is not kept, of length 1: [B, T * T]."""
    kept_BTT = kept_BT[:, :, None] & kept_BT[:, None, :]
    map_BTT = jnp.where(kept_BTT, jnp.mean(attention_BNTT, axis=1), 0)
    return l2_normalize(map_BTT.reshape(len(map_BTT), -1))


def check_attention(pair: LayerPair) -> None:
    """Refuse what is not [B, N, T, T] and other batches or lengths, with the pair's name."""
    student, teacher = pair.student.shape, pair.teacher.shape
    for whose, shape in (("student", student), ("teacher", teacher)):
        if len(shape) != 4 or shape[2] != shape[3] or 0 in shape:
            raise ValueError(f"{pair.name}: the {whose}'s has shape {shape}, not [B, N, T, T]")
    if (student[0], student[2]) != (teacher[0], teacher[2]):
        raise ValueError(
            f"{pair.name} have shapes {student} and {teacher}: only the heads may differ in number"
        )
