"""Falsifiers of contracts/kd-loss-robustness-v1.yaml: faults that public code has shipped.

Shapes: N rows, V vocabulary.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from falsifiers.oracles import kd as oracle


def evaluate(implementation, teacher_NV, student_NV, temperature, **rest):
    """The divergences in float64, and their gradient with respect to the student."""

    def total(student_NV):
        divergence_N = implementation(
            teacher_NV=jnp.asarray(teacher_NV),
            student_NV=student_NV,
            temperature=temperature,
            **rest,
        )
        return jnp.sum(divergence_N), divergence_N

    with jax.enable_x64(True):
        gradient_NV, divergence_N = jax.grad(total, has_aux=True)(jnp.asarray(student_NV))
        return np.asarray(divergence_N), np.asarray(gradient_NV)


def pinned(params):
    """Logits of the pinned distributions: any constant may be added to them."""
    return np.log([params["teacher"]]) - 1, np.log([params["student"]]) + 1


def random_logits(params):
    """Teacher and student [N, V] for one vocabulary after the other, and their distributions."""
    rng = np.random.default_rng(params["seed"])
    for vocabulary in params["vocabularies"]:
        scale = rng.uniform(*params["logit_scales"])
        teacher_NV, student_NV = scale * rng.normal(size=(2, params["rows"], vocabulary))
        temperature = rng.uniform(*params["temperatures"])
        p_NV = np.exp(oracle.log_softmax(teacher_NV, temperature))
        q_NV = np.exp(oracle.log_softmax(student_NV, temperature))
        yield teacher_NV, student_NV, temperature, p_NV, q_NV


def check_direction(implementation, params, truth):
    """The pinned value and not that of the other direction; the oracle's on random rows."""
    teacher_NV, student_NV = pinned(params)
    (value,), _ = evaluate(implementation, teacher_NV, student_NV, 1.0)
    np.testing.assert_allclose(value, params["divergence"], rtol=0, atol=params["tol"])
    assert abs(value - params["divergence_if_reversed"]) > params["apart"]
    for teacher_NV, student_NV, temperature, p_NV, q_NV in random_logits(params):
        values_N, _ = evaluate(implementation, teacher_NV, student_NV, temperature)
        np.testing.assert_allclose(
            values_N, truth(p_NV, q_NV), rtol=params["rel_tol"], atol=params["abs_tol"]
        )


def falsify_kd_f02_forward_kl_is_the_teachers(implementation, falsifier):
    check_direction(implementation, falsifier.params, oracle.kl)


def falsify_kd_f02_reverse_kl_is_the_students(implementation, falsifier):
    check_direction(implementation, falsifier.params, lambda p_NV, q_NV: oracle.kl(q_NV, p_NV))


def falsify_kd_f02_jsd_lies_between_the_two(implementation, falsifier):
    params = falsifier.params
    teacher_NV, student_NV = pinned(params)
    p_V, q_V = params["teacher"], params["student"]
    for beta, divergence in zip(params["betas"], params["divergences"], strict=True):
        (value,), _ = evaluate(implementation, teacher_NV, student_NV, 1.0, beta=beta)
        np.testing.assert_allclose(value, divergence, rtol=0, atol=params["tol"])
    near = params["near_the_end"]
    (start,), _ = evaluate(implementation, teacher_NV, student_NV, 1.0, beta=near)
    (end,), _ = evaluate(implementation, teacher_NV, student_NV, 1.0, beta=1 - near)
    np.testing.assert_allclose(start / near, oracle.kl(p_V, q_V), rtol=params["limit_tol"])
    np.testing.assert_allclose(end / near, oracle.kl(q_V, p_V), rtol=params["limit_tol"])
    for teacher_NV, student_NV, temperature, p_NV, q_NV in random_logits(params):
        for beta in params["betas"]:
            values_N, _ = evaluate(implementation, teacher_NV, student_NV, temperature, beta=beta)
            truth_N = oracle.jensen_shannon(p_NV, q_NV, beta)
            np.testing.assert_allclose(
                values_N, truth_N, rtol=params["rel_tol"], atol=params["abs_tol"]
            )
    for beta in params["betas_refused"]:
        with pytest.raises(ValueError, match=f"beta = {beta} is not between 0 and 1"):
            evaluate(implementation, teacher_NV, student_NV, 1.0, beta=beta)


def falsify_kd_f13_masked_tokens_stay_finite(implementation, falsifier):
    params = falsifier.params
    rng = np.random.default_rng(params["seed"])
    teacher_NV, student_NV = rng.normal(size=(2, params["rows"], params["vocabulary"]))
    temperature, beta = params["temperature"], params["beta"]
    both, only_teacher, only_student = params["masked"]
    teacher_NV[:, [both, only_teacher]] = -np.inf
    student_NV[:, [both, only_student]] = -np.inf
    values_N, gradient_NV = evaluate(implementation, teacher_NV, student_NV, temperature, beta=beta)
    p_NV, q_NV = (softmax(x, temperature) for x in (teacher_NV, student_NV))
    truth_N = oracle.jensen_shannon(p_NV, q_NV, beta)
    np.testing.assert_allclose(values_N, truth_N, rtol=params["rel_tol"])
    assert np.isfinite(gradient_NV).all()
    np.testing.assert_array_equal(gradient_NV[:, [both, only_student]], 0)
    kept = np.delete(np.arange(params["vocabulary"]), both)
    alone_N, alone_NV = evaluate(
        implementation, teacher_NV[:, kept], student_NV[:, kept], temperature, beta=beta
    )
    np.testing.assert_allclose(alone_N, values_N, rtol=params["rel_tol"])
    np.testing.assert_allclose(alone_NV, gradient_NV[:, kept], rtol=0, atol=params["tol"])


def softmax(logits_NV, temperature):
    """Of logits of which some are -inf."""
    weights_NV = np.exp(logits_NV / temperature)
    return weights_NV / weights_NV.sum(axis=-1, keepdims=True)
