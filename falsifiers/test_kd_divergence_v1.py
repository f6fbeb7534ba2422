"""Falsifiers of contracts/kd-divergence-v1.yaml: the loss under each divergence by name.

Shapes: C cases, N rows, V vocabulary.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from aprender.losses.divergence import divergence_named
from falsifiers.kd_batches import Batches, compiled, random_batches
from falsifiers.oracles import kd as oracle
from falsifiers.oracles.kd import IGNORED


def named(implementation, divergence):
    """The implementation with its last argument given."""
    return lambda **arguments: implementation(**arguments, divergence=divergence)


def divergence_of(name, beta, p_NV, q_NV):
    """The divergence of that name, from the formula."""
    if name == "jensen_shannon":
        return oracle.jensen_shannon(p_NV, q_NV, beta)
    return oracle.kl(p_NV, q_NV) if name == "forward_kl" else oracle.kl(q_NV, p_NV)


def truth_of(name, beta, case):
    """The loss of one case: T^2, the two weights, and the mean over what is kept."""
    student_NV, teacher_NV, labels_N, temperature, kd_weight, ce_weight = case
    p_NV = np.exp(oracle.log_softmax(teacher_NV, temperature))
    q_NV = np.exp(oracle.log_softmax(student_NV, temperature))
    soft = divergence_of(name, beta, p_NV, q_NV)[labels_N != IGNORED].mean()
    return kd_weight * temperature**2 * soft + ce_weight * oracle.hard_term(student_NV, labels_N)


def pinned(params):
    """One row whose distributions at the temperature are the pinned ones."""
    temperature, one, zero = params["temperature"], np.ones(1), np.zeros(1)
    return Batches(
        student=temperature * np.log([[params["student"]]]),
        teacher=temperature * np.log([[params["teacher"]]]),
        labels=np.array([[params["label"]]]),
        temperature=temperature * one,
        kd_weight=one,
        ce_weight=zero,
    )


def check_size_of_gradient(evaluate, batches, params):
    """T^2 meets the 1 / T^2 of the gradient, so that a high temperature trains as fast."""
    small = replace(
        batches,
        student=batches.student * params["smallness"],
        teacher=batches.teacher * params["smallness"],
        kd_weight=np.ones_like(batches.kd_weight),
        ce_weight=np.zeros_like(batches.ce_weight),
    )
    cold_C = np.ones_like(batches.temperature)
    sizes_CN = [
        np.linalg.norm(evaluate(replace(small, temperature=t_C))[1], axis=(1, 2))
        for t_C in (cold_C, params["heat"] * cold_C)
    ]
    ratio_C = sizes_CN[0] / sizes_CN[1]
    assert (ratio_C < params["gradient_ratio"]).all()
    assert (ratio_C > 1 / params["gradient_ratio"]).all()


def falsify_kd_f02_loss_minimises_the_divergence_named(implementation, falsifier):
    params = falsifier.params
    *without_beta, with_beta = params["names"]
    for name, divergence in zip(params["names"], params["divergences"], strict=True):
        beta = params["beta"] if name == with_beta else None
        evaluate = compiled(named(implementation, divergence_named(name, beta)))
        (value,), _ = evaluate(pinned(params))
        expected = params["temperature"] ** 2 * divergence
        np.testing.assert_allclose(value, expected, rtol=0, atol=params["pinned_tol"])
        for batches in random_batches(params, np.float64):
            losses_C, _ = evaluate(batches)
            truths_C = [truth_of(name, beta, case) for case in batches]
            np.testing.assert_allclose(losses_C, truths_C, rtol=params["rel_tol"])
            check_size_of_gradient(evaluate, batches, params)

    def refused(message, name, beta=None):
        with pytest.raises(ValueError, match=message):
            divergence_named(name, beta)

    refused(f"'kl' is none of {', '.join(params['names'])}", "kl")
    refused(f"{with_beta} needs a beta", with_beta)
    for beta in params["betas_refused"]:
        refused(f"beta = {beta} is not between", with_beta, beta)
        for name in without_beta:
            refused(f"beta = {beta} has no meaning for {name}", name, beta)
