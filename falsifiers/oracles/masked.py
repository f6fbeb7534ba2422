"""Divergences of logits that may be -inf, with their first and second derivatives in closed form.

NumPy float64, from the formulas, with respect to the student's logits. p and q are the softmax of
teacher and student at temperature T; 0 * log 0 = 0, and a row whose divergence is infinite has no
derivative here. Shapes: N rows, V vocabulary.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float64s = NDArray[np.float64]


def softmax(logits: ArrayLike, temperature: float) -> Float64s:
    """Of logits with a finite one in every row."""
    scaled = np.asarray(logits, np.float64) / temperature
    weights = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    p: Float64s = weights / weights.sum(axis=-1, keepdims=True)
    return p


def forward_gradient(p_NV: Float64s, q_NV: Float64s, temperature: float) -> Float64s:
    """d KL(p || q) = (q - p) / T."""
    slope_NV: Float64s = (q_NV - p_NV) / temperature
    return slope_NV


def forward_hessian(q_NV: Float64s, temperature: float) -> Float64s:
    """d2 KL(p || q) = (diag(q) - q q') / T^2, [N, V, V]: p has gone."""
    return softmax_slope(q_NV) / temperature**2


def reverse_gradient(p_NV: Float64s, q_NV: Float64s, temperature: float) -> Float64s:
    """d KL(q || p) = q * (r - KL) / T with r = log(q / p)."""
    excess_NV = _excess(p_NV, q_NV)
    slope_NV: Float64s = q_NV * excess_NV / temperature
    return slope_NV


def reverse_hessian(p_NV: Float64s, q_NV: Float64s, temperature: float) -> Float64s:
    """d2 KL(q || p), entry i j: dq_i/dz_j * (e_i + 1) - q_i q_j e_j, over T^2, with e = r - KL."""
    excess_NV = _excess(p_NV, q_NV)
    turning_NVV = softmax_slope(q_NV) * (excess_NV + 1)[:, :, None]
    pulling_NVV = q_NV[:, :, None] * (q_NV * excess_NV)[:, None, :]
    curvature_NVV: Float64s = (turning_NVV - pulling_NVV) / temperature**2
    return curvature_NVV


def softmax_slope(q_NV: Float64s) -> Float64s:
    """diag(q) - q q' of each row, [N, V, V]."""
    slope_NVV: Float64s = q_NV[:, :, None] * (np.eye(q_NV.shape[-1]) - q_NV[:, None, :])
    return slope_NVV


def _excess(p_NV: Float64s, q_NV: Float64s) -> Float64s:
    """log(q / p) less its mean under q, and 0 where q is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio_NV = np.where(q_NV > 0, np.log(q_NV / p_NV), 0)
    excess_NV: Float64s = ratio_NV - (q_NV * ratio_NV).sum(axis=-1, keepdims=True)
    return np.where(q_NV > 0, excess_NV, 0)
