"""Losses on features in NumPy float64, from the formulas.

Shapes: N rows, D features; B batch, T sequence. A layer may have a width or a number of heads of
its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float64s = NDArray[np.float64]


def l2_normalize(features_ND: Float64s) -> Float64s:
    """x / ||x||_2 of each row; no row is zero."""
    unit_ND: Float64s = features_ND / np.linalg.norm(features_ND, axis=-1, keepdims=True)
    return unit_ND


def l2_normalize_gradient(features_ND: Float64s, cotangent_ND: Float64s) -> Float64s:
    """d <w, x / ||x||> / dx = (w - u * <u, w>) / ||x|| of each row, with u = x / ||x||."""
    unit_ND = l2_normalize(features_ND)
    along_ND = unit_ND * (unit_ND * cotangent_ND).sum(axis=-1, keepdims=True)
    slope_ND: Float64s = (cotangent_ND - along_ND) / np.linalg.norm(
        features_ND, axis=-1, keepdims=True
    )
    return slope_ND


def hidden_loss(
    student_layers: Sequence[ArrayLike],
    teacher_layers: Sequence[ArrayLike],
    pairs: Sequence[tuple[int, int]],
    weights: Sequence[float],
    kept: ArrayLike,
    projections: Sequence[ArrayLike | None],
) -> float:
    """sum of weight * mean((student @ projection - teacher)^2) over the elements of kept positions.

    Only kept positions are read.
    """
    total = 0.0
    for (of_student, of_teacher), weight, projection in zip(
        pairs, weights, projections, strict=True
    ):
        squares: list[float] = []
        for position in map(tuple, np.argwhere(kept)):
            state_D = np.asarray(student_layers[of_student], np.float64)[position]
            aim_D = np.asarray(teacher_layers[of_teacher], np.float64)[position]
            if projection is not None:
                state_D = state_D.dot(np.asarray(projection, np.float64))
            squares.extend((state_D - aim_D) ** 2)
        total += weight * sum(squares) / len(squares)
    return total


def attention_loss(
    student_layers: Sequence[ArrayLike],
    teacher_layers: Sequence[ArrayLike],
    pairs: Sequence[tuple[int, int]],
    weights: Sequence[float],
    kept: ArrayLike,
) -> float:
    """sum of weight * ||u_s - u_t||^2, mean over the texts with a kept position.

    The map of a text is cut to its kept positions, not zeroed at the others.
    """
    total = 0.0
    for (of_student, of_teacher), weight in zip(pairs, weights, strict=True):
        distances: list[float] = []
        for text, kept_T in enumerate(np.asarray(kept)):
            places = np.flatnonzero(kept_T)
            if len(places):
                units = [
                    _unit_map(np.asarray(layers[index], np.float64)[text], places)
                    for layers, index in (
                        (student_layers, of_student),
                        (teacher_layers, of_teacher),
                    )
                ]
                distances.append(2 - 2 * float(units[0].dot(units[1])))
        total += weight * sum(distances) / len(distances)
    return total


def _unit_map(attention_NTT: Float64s, places: NDArray[np.int_]) -> Float64s:
    """Mean over the heads between these positions, flattened, of length 1."""
    map_TT = sum(attention_NTT) / len(attention_NTT)
    return l2_normalize(map_TT[np.ix_(places, places)].reshape(-1))
