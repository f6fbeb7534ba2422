"""l2 normalisation in NumPy float64, from the formula. Shapes: N rows, D features."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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
