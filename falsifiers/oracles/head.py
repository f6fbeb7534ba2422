"""A linear head and its gradients in NumPy float64, by the chain rule.

Shapes: N rows, D features, V vocabulary, K listed tokens.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from falsifiers.oracles import kd

Float64s = NDArray[np.float64]


class Gradients(NamedTuple):
    """Of a scalar with respect to hidden states [N, D], weight [V, D] and bias [V]."""

    hidden: Float64s
    weight: Float64s
    bias: Float64s


def logits(
    hidden: ArrayLike, weight: ArrayLike, bias: ArrayLike | None = None, cap: float | None = None
) -> Float64s:
    """hidden @ weight^T + bias, softly capped: [N, V]."""
    linear = np.asarray(hidden, np.float64) @ np.asarray(weight, np.float64).T
    if bias is not None:
        linear = linear + np.asarray(bias, np.float64)
    return linear if cap is None else cap * np.tanh(linear / cap)


def gradients(
    slope_NV: Float64s, hidden: ArrayLike, weight: ArrayLike, cap: float | None, capped: Float64s
) -> Gradients:
    """From the slope with respect to the capped logits."""
    linear_NV = slope_NV if cap is None else slope_NV * (1 - np.square(capped / cap))
    return Gradients(
        linear_NV @ np.asarray(weight, np.float64),
        linear_NV.T @ np.asarray(hidden, np.float64),
        linear_NV.sum(axis=0),
    )


def bucketed(log_p_V: Float64s, ids: ArrayLike) -> Float64s:
    """Probabilities of the listed tokens, and of all others as one more: [K + 1]."""
    ids = np.asarray(ids)
    p_V = np.exp(log_p_V)
    return np.append(p_V[ids], np.delete(p_V, ids).sum())


def bucket_kl(teacher_V: ArrayLike, student_V: ArrayLike, ids: ArrayLike, t: float) -> float:
    """KL over K + 1 buckets of one row at temperature t."""
    p = bucketed(kd.log_softmax(teacher_V, t), ids)
    q = bucketed(kd.log_softmax(student_V, t), ids)
    return float(kd.kl(p, q))


def bucket_slope(teacher_V: ArrayLike, student_V: ArrayLike, ids: ArrayLike, t: float) -> Float64s:
    """d bucket_kl / d student, [V]: q - p if listed, else q * (1 - p_tail / q_tail), over t."""
    ids = np.asarray(ids)
    p_V, q_V = np.exp(kd.log_softmax(teacher_V, t)), np.exp(kd.log_softmax(student_V, t))
    rest = np.delete(np.arange(len(q_V)), ids)
    slope_V = q_V - p_V
    if len(rest):
        slope_V[rest] = q_V[rest] * (1 - p_V[rest].sum() / q_V[rest].sum())
    return np.asarray(slope_V / t)
