"""Divergences between teacher and student by name: none of them hides behind another one's knob.

p_T and q_T are the softmax of teacher and student at temperature T, on both sides. Each function
takes [N, V] logits and gives one value a row, [N], in the dtype of the logits (float32 or wider).
-inf masks a token. Nothing is scaled by T^2 here: a loss does that, once.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from aprender.losses.checks import refuse, scalar_on_host
from aprender.losses.kd import Divergence, forward_kl, tempered_log_softmax


def reverse_kl(teacher_NV: jax.Array, student_NV: jax.Array, temperature: ArrayLike) -> jax.Array:
    """KL(q_T || p_T): the student pays for what the teacher would not say.

    Infinite where the teacher masks a token that the student does not, with a gradient of 0 there:
    no finite one would be right.
    """
    q_NV = jnp.exp(tempered_log_softmax(student_NV, temperature))
    unsaid_NV = jnp.isneginf(teacher_NV) & (q_NV > 0)
    # Taken out before the loss: 0 times the slope of an infinite term is NaN, also where its weight
    # is 0.
    said_NV = jnp.where(unsaid_NV, 0, teacher_NV)
    divergence_N = forward_kl(student_NV, said_NV, temperature)
    return jnp.where(unsaid_NV.any(axis=-1), jnp.inf, divergence_N)


def jensen_shannon(
    teacher_NV: jax.Array, student_NV: jax.Array, temperature: ArrayLike, beta: ArrayLike
) -> jax.Array:
    """beta * KL(p || m) + (1 - beta) * KL(q || m) with m = beta * p + (1 - beta) * q.

    Agarwal et al. 2024 (generalised knowledge distillation), equation 1. Finite for any masks.
    ``beta`` lies in (0, 1): at the ends the value is 0 whatever the two are, and what is meant is
    `forward_kl` (the limit of value / beta at 0) or `reverse_kl` (of value / (1 - beta) at 1).
    """
    check_beta(beta)
    log_p_NV = tempered_log_softmax(teacher_NV, temperature)
    log_q_NV = tempered_log_softmax(student_NV, temperature)
    # A token that both mask is in neither sum; any finite number keeps NaN out of its gradient.
    masked_NV = jnp.isneginf(log_p_NV) & jnp.isneginf(log_q_NV)
    log_p_NV, log_q_NV = (jnp.where(masked_NV, 0, x) for x in (log_p_NV, log_q_NV))
    log_m_NV = jnp.logaddexp(jnp.log(beta) + log_p_NV, jnp.log1p(-beta) + log_q_NV)

    def to_mixture(log_x_NV: jax.Array) -> jax.Array:
        is_some_NV = ~masked_NV & ~jnp.isneginf(log_x_NV)
        terms_NV = jnp.exp(log_x_NV) * jnp.where(is_some_NV, log_x_NV - log_m_NV, 0)
        return jnp.sum(terms_NV, axis=-1, where=is_some_NV)

    return beta * to_mixture(log_p_NV) + (1 - beta) * to_mixture(log_q_NV)


def divergence_named(name: str, beta: float | None = None) -> Divergence:
    """The divergence that a configuration names, to be handed to a loss.

    ``beta`` belongs to "jensen_shannon": needed there, and refused with another name.
    """
    if name == "jensen_shannon":
        if beta is None:
            refuse("jensen_shannon needs a beta between 0 and 1")
        check_beta(beta)
        return partial(jensen_shannon, beta=beta)
    without_beta = {"forward_kl": forward_kl, "reverse_kl": reverse_kl}
    if name not in without_beta:
        refuse(f"divergence {name!r} is none of {', '.join([*without_beta, 'jensen_shannon'])}")
    if beta is not None:
        refuse(f"beta = {beta} has no meaning for {name}: leave it out, or name jensen_shannon")
    return without_beta[name]


def check_beta(beta: ArrayLike) -> None:
    """Refuse a beta outside (0, 1), the ends included."""
    value = scalar_on_host("beta", beta)
    if value is not None and not 0 < value < 1:
        remedy = {0.0: ": use forward_kl", 1.0: ": use reverse_kl"}.get(value, "")
        refuse(f"beta = {value} is not between 0 and 1{remedy}")
