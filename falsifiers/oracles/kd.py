"""Distillation loss in NumPy float64, from the formula: Hinton, Vinyals, Dean 2015, section 2.

Shapes: N rows, V vocabulary. Logits are finite.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

Float64s = NDArray[np.float64]

IGNORED = -100


def log_softmax(logits: ArrayLike, temperature: float) -> Float64s:
    """log softmax(logits / T) over the last axis."""
    scaled = np.asarray(logits, np.float64) / temperature
    shifted = scaled - scaled.max(axis=-1, keepdims=True)
    log_p: Float64s = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return log_p


def entropy(log_p: Float64s) -> Float64s:
    """-sum p * log p over the last axis."""
    surprise: Float64s = -(np.exp(log_p) * log_p).sum(axis=-1)
    return surprise


def kl(p: ArrayLike, q: ArrayLike) -> Float64s:
    """sum p * log(p / q) over the last axis of two arrays of probabilities, 0 * log 0 = 0."""
    p, q = np.asarray(p, np.float64), np.asarray(q, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(p > 0, p * np.log(p / q), 0)
    divergence: Float64s = terms.sum(axis=-1)
    return divergence


def jensen_shannon(p: ArrayLike, q: ArrayLike, beta: float) -> Float64s:
    """beta * KL(p || m) + (1 - beta) * KL(q || m) with m = beta * p + (1 - beta) * q."""
    p, q = np.asarray(p, np.float64), np.asarray(q, np.float64)
    mixture = beta * p + (1 - beta) * q
    divergence: Float64s = beta * kl(p, mixture) + (1 - beta) * kl(q, mixture)
    return divergence


def soft_term(student: ArrayLike, teacher: ArrayLike, labels: ArrayLike, t: float) -> float:
    """T^2 * KL(p_T || q_T), mean over the rows that are not ignored."""
    log_p_NV, log_q_NV = log_softmax(teacher, t), log_softmax(student, t)
    kl_N = (np.exp(log_p_NV) * (log_p_NV - log_q_NV)).sum(axis=-1)
    return float(t**2 * kl_N[_kept(labels)].mean())


def hard_term(student: ArrayLike, labels: ArrayLike) -> float:
    """-log softmax(student)[label], mean over the rows that are not ignored."""
    kept_N = _kept(labels)
    log_q_KV = log_softmax(student, 1)[kept_N]
    return float(-log_q_KV[np.arange(len(log_q_KV)), np.asarray(labels)[kept_N]].mean())


def loss(
    student: ArrayLike, teacher: ArrayLike, labels: ArrayLike, t: float, kd: float, ce: float
) -> float:
    """kd * T^2 * KL(p_T || q_T) + ce * CE(q_1, y), mean over the rows that are not ignored."""
    return kd * soft_term(student, teacher, labels, t) + ce * hard_term(student, labels)


def gradient(
    student: ArrayLike, teacher: ArrayLike, labels: ArrayLike, t: float, kd: float, ce: float
) -> Float64s:
    """dL/d student, [N, V]: (kd * T * (q_T - p_T) + ce * (q_1 - onehot(y))) / kept rows."""
    kept_N = _kept(labels)
    soft_NV = np.exp(log_softmax(student, t)) - np.exp(log_softmax(teacher, t))
    hard_NV = np.exp(log_softmax(student, 1))
    hard_NV[kept_N, np.asarray(labels)[kept_N]] -= 1
    sum_NV = np.where(kept_N[:, None], kd * t * soft_NV + ce * hard_NV, 0)
    mean_NV: Float64s = sum_NV / kept_N.sum()
    return mean_NV


def error_bound(
    student: ArrayLike,
    teacher: ArrayLike,
    labels: ArrayLike,
    t: float,
    kd: float,
    ce: float,
    relative: float,
    dtype: DTypeLike,
) -> float:
    """How far the loss computed in `dtype` may lie from the truth.

    Each log-probability is off by `relative` of its size; that makes the sum over the vocabulary
    sum p * (|log p| + |log q|) * relative. On top of it the log of a normaliser in [1, 2) is off
    by up to an ulp, however small the log-probability: this shows where p and q are both peaked on
    one token.
    """
    kept_N = _kept(labels)
    log_p_NV, log_q_NV = log_softmax(teacher, t), log_softmax(student, t)
    size_N = (np.exp(log_p_NV) * (np.abs(log_p_NV) + np.abs(log_q_NV))).sum(axis=-1)
    normaliser = 2 * float(np.finfo(dtype).eps)
    soft = t**2 * (relative * size_N[kept_N].mean() + normaliser)
    hard = relative * hard_term(student, labels) + normaliser
    return float(kd * soft + ce * hard)


def _kept(labels: ArrayLike) -> NDArray[np.bool_]:
    kept_N: NDArray[np.bool_] = np.asarray(labels) != IGNORED
    return kept_N
