"""How far logits lie apart, position by position, in float64 on the host.

Shapes: P positions, V vocabulary.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

GUARD = "FALSIFY-CPU-GPU-COSINE"

Float64s: TypeAlias = NDArray[np.float64]
Logits: TypeAlias = NDArray[Any]
"""Floating of any width: a copy of all positions in float64 would not always fit."""


def centred(logits_V: ArrayLike) -> Float64s:
    """Logits minus their mean: what a softmax reads of them."""
    wide_V = np.asarray(logits_V, np.float64)
    centred_V: Float64s = wide_V - wide_V.mean()
    return centred_V


def relative_l2(reference_PV: Logits, candidate_PV: Logits) -> Float64s:
    """|centred candidate - centred reference| / |centred reference|, [P]; NaN for 0 / 0."""

    def at(reference_V: Logits, candidate_V: Logits) -> float:
        truth_V = centred(reference_V)
        difference = np.linalg.norm(centred(candidate_V) - truth_V)
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(difference / np.linalg.norm(truth_V))

    pairs = zip(reference_PV, candidate_PV, strict=True)
    return np.array([at(*pair) for pair in pairs])


def divergence(reference_PV: Logits, candidate_PV: Logits) -> Float64s:
    """KL(softmax(reference) || softmax(candidate)) in nats, [P]."""

    def at(reference_V: Logits, candidate_V: Logits) -> float:
        log_p_V, log_q_V = log_softmax(reference_V), log_softmax(candidate_V)
        # With q / p - 1 - log(q / p) instead of -log(q / p) no term is below 0, and none cancels.
        ratio_V = log_q_V - log_p_V
        return float(np.sum(np.exp(log_p_V) * (np.expm1(ratio_V) - ratio_V)))

    pairs = zip(reference_PV, candidate_PV, strict=True)
    return np.array([at(*pair) for pair in pairs])


def log_softmax(logits_V: ArrayLike) -> Float64s:
    """Logarithms of the probabilities."""
    wide_V = np.asarray(logits_V, np.float64)
    shifted_V = wide_V - wide_V.max()
    log_p_V: Float64s = shifted_V - np.log(np.exp(shifted_V).sum())
    return log_p_V


def gaps(logits_PV: Logits) -> Float64s:
    """The largest logit minus the second largest, [P]."""
    # Position by position: partition copies what it is given.
    top_P2 = np.array([np.partition(logits_V, -2)[-2:] for logits_V in logits_PV], np.float64)
    return top_P2[:, 1] - top_P2[:, 0]


def cosines(reference_PV: Logits, candidate_PV: Logits) -> Float64s:
    """Cosine of the mean-centred logits, [P]. It is blind to a constant factor."""
    pairs = zip(reference_PV, candidate_PV, strict=True)
    return np.array([cosine(centred(r_V), centred(c_V)) for r_V, c_V in pairs])


def cosine(one: ArrayLike, other: ArrayLike) -> float:
    """1 for parallel vectors, 0 for orthogonal ones; ValueError where there is no angle."""
    a, b = np.asarray(one, np.float64), np.asarray(other, np.float64)
    if a.ndim != 1 or a.shape != b.shape or not a.size:
        raise ValueError(
            f"vectors of shapes {a.shape} and {b.shape}: not two of one length ({GUARD})"
        )
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ValueError(f"a vector is not finite, so it has no direction ({GUARD})")
    if not (a.any() and b.any()):
        raise ValueError(f"a vector is zero, so it has no direction ({GUARD})")
    # Scaled first: squares of large numbers overflow, and those of small ones vanish.
    a, b = a / np.abs(a).max(), b / np.abs(b).max()
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))
