"""Which layers of a student learn from which layers of a teacher: stated, checked, never guessed.

A mapping is a sequence of (student layer, teacher layer), listed from shallow to deep, and one
weight a pair. Layers count from 0. Every pair takes part in the loss or the call is refused.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from aprender.losses.checks import WEIGHT_SUM_TOLERANCE, on_host
from aprender.losses.kd import sum_of_kept

Pairs: TypeAlias = Sequence[tuple[int, int]]
# One array a layer, or all of them stacked on the first axis.
Layers: TypeAlias = Sequence[ArrayLike] | jax.Array


@dataclass(frozen=True)
class LayerPair:
    """The two layers of one pair in float32, or float64; the teacher's is a constant."""

    name: str
    weight: float
    student: jax.Array
    teacher: jax.Array


def matched(
    pairs: Pairs, weights: Sequence[float], student_layers: Layers, teacher_layers: Layers
) -> Iterator[LayerPair]:
    """The layers of one pair after the other; a layer that is not there is refused by name."""
    check_layer_pairs(pairs, weights)
    for (student_index, teacher_index), weight in zip(pairs, weights, strict=True):
        student = layer("student", student_layers, student_index)
        teacher = layer("teacher", teacher_layers, teacher_index)
        dtype = jnp.promote_types(jnp.float32, jnp.result_type(student, teacher))
        yield LayerPair(
            name=f"student layer {student_index} and teacher layer {teacher_index}",
            weight=weight,
            student=student.astype(dtype),
            teacher=jax.lax.stop_gradient(teacher.astype(dtype)),
        )


def layer(whose: str, layers: Layers, index: int) -> jax.Array:
    """Layer `index` of the student's or the teacher's."""
    count = len(layers)
    if index >= count:
        raise ValueError(f"{whose} layer {index} is not there: {count} are given, from 0")
    dtype = jnp.result_type(layers[index])
    if not jnp.issubdtype(dtype, jnp.floating):
        raise TypeError(f"{whose} layer {index} has dtype {dtype}, not a floating one")
    return jnp.asarray(layers[index])


def check_layer_pairs(pairs: Pairs, weights: Sequence[float]) -> None:
    """Refuse a mapping that is empty or not from shallow to deep, and weights not convex."""
    if not pairs:
        raise ValueError("pairs name no layers: give (student layer, teacher layer) of each pair")
    if len(weights) != len(pairs):
        raise ValueError(f"weights are {len(weights)}, pairs {len(pairs)}: give one weight a pair")
    for pair in pairs:
        if len(pair) != 2 or not all(isinstance(index, int) and index >= 0 for index in pair):
            raise ValueError(f"pair {tuple(pair)} is not (student layer, teacher layer), from 0")
    for before, pair in pairwise(pairs):
        if not (before[0] <= pair[0] and before[1] <= pair[1] and before != pair):
            raise ValueError(
                f"pair {tuple(pair)} follows {tuple(before)}: list each pair once, "
                "from shallow to deep"
            )
    for weight, pair in zip(weights, pairs, strict=True):
        if not 0 <= weight <= 1:
            raise ValueError(f"weight {weight} of pair {tuple(pair)} is outside [0, 1]")
    if abs(math.fsum(weights) - 1) > WEIGHT_SUM_TOLERANCE:
        raise ValueError(f"weights {tuple(weights)} do not sum to 1")


def kept_positions(kept: ArrayLike | None, shape: tuple[int, ...]) -> jax.Array:
    """Which positions are compared, a bool array of this shape; all of them without `kept`."""
    if kept is None:
        return jnp.ones(shape, bool)
    if jnp.shape(kept) != shape:
        raise ValueError(f"kept has shape {jnp.shape(kept)}, not {shape} as the layers have")
    if not jnp.issubdtype(jnp.result_type(kept), jnp.bool_):
        raise TypeError(
            f"kept has dtype {jnp.result_type(kept)}, not bool: "
            "compare first, such as labels != -100 or attention_mask == 1"
        )
    host = on_host(kept)
    if host is not None and not host.any():
        raise ValueError("kept holds no position to compare")
    return jnp.asarray(kept)


def mean_over_kept(values: jax.Array, kept: jax.Array) -> jax.Array:
    """Mean of the values that are kept, which are counted in whole numbers; NaN of none."""
    return sum_of_kept(values, kept) / jnp.sum(kept)
