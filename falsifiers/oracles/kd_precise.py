"""Distillation loss at 50 digits with mpmath, for one row: spot checks of the float64 oracle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mpmath

DIGITS = 50


def soft_term(student: Sequence[float], teacher: Sequence[float], temperature: float) -> float:
    """T^2 * KL(p_T || q_T) of one row of V logits each."""
    with mpmath.workdps(DIGITS):
        log_p = _log_softmax(teacher, temperature)
        log_q = _log_softmax(student, temperature)
        kl = mpmath.fsum(mpmath.exp(a) * (a - b) for a, b in zip(log_p, log_q, strict=True))
        return float(mpmath.mpf(temperature) ** 2 * kl)


def hard_term(student: Sequence[float], label: int) -> float:
    """-log softmax(student)[label] of one row of V logits."""
    with mpmath.workdps(DIGITS):
        return float(-_log_softmax(student, 1)[label])


def entropy(logits: Sequence[float], temperature: float) -> float:
    """Entropy of softmax(logits / T) of one row of V logits."""
    with mpmath.workdps(DIGITS):
        log_p = _log_softmax(logits, temperature)
        return float(-mpmath.fsum(mpmath.exp(a) * a for a in log_p))


def log_softmax(logits: Sequence[float], temperature: float) -> list[float]:
    """log softmax(logits / T) of one row of V logits."""
    with mpmath.workdps(DIGITS):
        return [float(value) for value in _log_softmax(logits, temperature)]


def _log_softmax(logits: Sequence[float], temperature: float) -> list[Any]:
    scaled = [mpmath.mpf(logit) / mpmath.mpf(temperature) for logit in logits]
    normaliser = mpmath.log(mpmath.fsum(mpmath.exp(value) for value in scaled))
    return [value - normaliser for value in scaled]
