"""RMSNorm, RoPE and SwiGLU in NumPy float64, from the formulas.

RoPE: Su et al. 2021, section 3.4.2, written as products of complex numbers. Its scaling: the three
cases of Llama 3.1's reference code.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float64s = NDArray[np.float64]


def rms_norm(x: ArrayLike, weight: ArrayLike, eps: float) -> Float64s:
    """x / sqrt(mean(x^2) + eps) * weight, over the last axis."""
    x = np.asarray(x, np.float64)
    size = np.sqrt((x**2).mean(axis=-1, keepdims=True) + eps)
    normed: Float64s = x / size * np.asarray(weight, np.float64)
    return normed


def swiglu(gate: ArrayLike, up: ArrayLike) -> Float64s:
    """gate / (1 + exp(-gate)) * up."""
    gate = np.asarray(gate, np.float64)
    gated: Float64s = gate / (1 + np.exp(-gate)) * np.asarray(up, np.float64)
    return gated


def frequencies(width: int, theta: float, scaling: Mapping[str, Any] | None = None) -> Float64s:
    """Radians a position of each pair; `scaling` has the keys of rope_scaling in config.json."""
    plain = [1 / math.pow(theta, 2 * i / width) for i in range(width // 2)]
    if scaling is None:
        return np.array(plain)
    return np.array([_scaled(frequency, **scaling) for frequency in plain])


def _scaled(
    frequency: float,
    factor: float,
    low_freq_factor: float,
    high_freq_factor: float,
    original_max_position_embeddings: int,
) -> float:
    wavelength = 2 * math.pi / frequency
    if wavelength < original_max_position_embeddings / high_freq_factor:
        return frequency
    if wavelength > original_max_position_embeddings / low_freq_factor:
        return frequency / factor
    rise = high_freq_factor - low_freq_factor
    smooth = (original_max_position_embeddings / wavelength - low_freq_factor) / rise
    return (1 - smooth) * frequency / factor + smooth * frequency


def rotated(x: ArrayLike, angles: ArrayLike) -> Float64s:
    """x [B, T, N, H] with the halves of each head as real and imaginary parts, times e^(i a).

    The angles are [B, T, H / 2].
    """
    real, imaginary = np.split(np.asarray(x, np.float64), 2, axis=-1)
    turned = (real + 1j * imaginary) * np.exp(1j * np.asarray(angles))[:, :, None]
    parts: Float64s = np.concatenate([turned.real, turned.imag], axis=-1)
    return parts
