"""Falsifiers of contracts/kd-loss-robustness-v1.yaml: faults that public code has shipped.

Shapes: C independent cases of one shape, N rows, V vocabulary.
"""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from falsifiers.kd_batches import Batches, compiled, random_batches
from falsifiers.oracles import kd as oracle
from falsifiers.oracles import masked


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


def masked_logits(params):
    """Teacher and student [N, V] with one token that both mask, and which one that is."""
    rng = np.random.default_rng(params["seed"])
    teacher_NV, student_NV = rng.normal(size=(2, params["rows"], params["vocabulary"]))
    both = params["masked_by_both"]
    teacher_NV[:, both] = student_NV[:, both] = -np.inf
    return teacher_NV, student_NV, both


def second_derivatives(implementation, teacher_NV, student_NV, temperature):
    """Of each row's divergence with respect to the student's logits, [N, V, V], in float64."""

    def divergence(teacher_V, student_V):
        divergence_N = implementation(
            teacher_NV=teacher_V[None], student_NV=student_V[None], temperature=temperature
        )
        return divergence_N[0]

    curvature = jax.jacrev(jax.grad(divergence, argnums=1), argnums=1)
    with jax.enable_x64(True):
        return np.asarray(jax.jit(jax.vmap(curvature))(teacher_NV, student_NV))


def with_kd_weight(batches: Batches, kd_weight: float) -> Batches:
    """The same batches, all of this weight."""
    weights_C = np.full_like(batches.kd_weight, kd_weight)
    return replace(batches, kd_weight=weights_C, ce_weight=1 - weights_C)


def labels_exchanged(labels_CN):
    """Each kept row has the label of the kept row before it."""
    exchanged_CN = labels_CN.copy()
    for labels_N in exchanged_CN:
        kept_N = labels_N != oracle.IGNORED
        labels_N[kept_N] = np.roll(labels_N[kept_N], 1)
    return exchanged_CN


def renumbered_labels(labels_CN, order):
    """The labels where token order[i] is called i; ignored ones stay."""
    names = np.argsort(order)
    return np.where(labels_CN == oracle.IGNORED, labels_CN, names[np.maximum(labels_CN, 0)])


def assert_same_bits(one, other):
    """Of two pairs of losses and gradients, all of them finite."""
    for actual, expected in zip(one, other, strict=True):
        assert np.isfinite(actual).all()
        np.testing.assert_array_equal(actual, expected)


def falsify_kd_f01_gradient_keeps_its_size(implementation, falsifier):
    params = falsifier.params
    evaluate = compiled(implementation)
    for batches in random_batches(params, np.float64):
        _, gradients_CNV = evaluate(batches)
        for case, gradient_NV in zip(batches, gradients_CNV, strict=True):
            *_, temperature, _, _ = case
            truth_NV = oracle.gradient(*case)
            error_NV = np.abs(gradient_NV - truth_NV) / temperature
            assert error_NV.max() < params["tol"]

    small = {
        **params,
        "logit_scales": params["small_logit_scales"],
        "temperatures": params["small_temperatures"],
    }
    for cold in random_batches(small, np.float64):
        hot = replace(cold, temperature=params["heat"] * cold.temperature)
        norms_C, hot_norms_C = (
            np.linalg.norm(evaluate(batches)[1], axis=(1, 2)) for batches in (cold, hot)
        )
        np.testing.assert_array_less(hot_norms_C, params["gradient_ratio"] * norms_C)
        np.testing.assert_array_less(norms_C, params["gradient_ratio"] * hot_norms_C)


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


def falsify_kd_f03_temperature_is_applied_once(implementation, falsifier):
    params = falsifier.params
    evaluate = compiled(implementation)
    for batches in random_batches(params, np.float64):
        equal = replace(batches, teacher=batches.student)
        losses_C, gradients_CNV = evaluate(equal)
        hard_C = [ce * oracle.hard_term(s, y) for s, _, y, _, _, ce in equal]
        np.testing.assert_allclose(losses_C, hard_C, rtol=0, atol=params["tol"])
        hard_CNV = [oracle.gradient(s, t, y, T, 0, ce) for s, t, y, T, _, ce in equal]
        np.testing.assert_allclose(gradients_CNV, hard_CNV, rtol=0, atol=params["tol"])

        pure = with_kd_weight(batches, 1)
        for factor in params["factors"]:
            hot = evaluate(replace(pure, temperature=factor * pure.temperature))
            losses_C, gradients_CNV = evaluate(
                replace(pure, student=pure.student / factor, teacher=pure.teacher / factor)
            )
            for actual, truth in zip(
                hot, (factor**2 * losses_C, factor * gradients_CNV), strict=True
            ):
                np.testing.assert_allclose(
                    actual, truth, rtol=params["rel_tol"], atol=params["tol"]
                )


def falsify_kd_f04_weights_mix_two_terms(implementation, falsifier):
    params = falsifier.params
    evaluate = compiled(implementation)
    rng = np.random.default_rng(params["seed"])
    for batches in random_batches(params, np.float64):
        soft, hard = with_kd_weight(batches, 1), with_kd_weight(batches, 0)
        mixed, of_soft, of_hard = evaluate(batches), evaluate(soft), evaluate(hard)
        for mixture, one, other in zip(mixed, of_soft, of_hard, strict=True):
            kd = batches.kd_weight.reshape(-1, *[1] * (one.ndim - 1))
            truth = kd * one + (1 - kd) * other
            scale = np.abs(one).max() + np.abs(other).max()
            np.testing.assert_allclose(mixture, truth, rtol=0, atol=params["tol"] * scale)

        relabelled, retaught = labels_exchanged(batches.labels), np.roll(batches.teacher, 1, axis=1)
        assert_same_bits(evaluate(replace(soft, labels=relabelled)), of_soft)
        assert_same_bits(evaluate(replace(hard, teacher=retaught)), of_hard)
        assert (evaluate(replace(hard, labels=relabelled))[0] != of_hard[0]).any()
        assert (evaluate(replace(soft, teacher=retaught))[0] != of_soft[0]).any()

        order = rng.permutation(batches.student.shape[-1])
        renumbered = replace(
            batches,
            student=batches.student[..., order],
            teacher=batches.teacher[..., order],
            labels=renumbered_labels(batches.labels, order),
        )
        losses_C, gradients_CNV = evaluate(renumbered)
        np.testing.assert_allclose(losses_C, mixed[0], rtol=params["tol"])
        gradient_CNV = mixed[1][..., order]
        scale = np.abs(gradient_CNV).max()
        np.testing.assert_allclose(gradients_CNV, gradient_CNV, rtol=0, atol=params["tol"] * scale)


def falsify_kd_f05_ignored_rows_are_nowhere(implementation, falsifier):
    params = falsifier.params
    evaluate = compiled(implementation)
    rng = np.random.default_rng(params["seed"])
    for batches in random_batches(params, np.float32):
        original = evaluate(batches)
        truth_C = [oracle.loss(*case) for case in batches]
        bounds_C = [oracle.error_bound(*case, params["factor_f32"], np.float32) for case in batches]
        np.testing.assert_array_less(np.abs(original[0] - truth_C), bounds_C)
        ignored_CN = batches.labels == oracle.IGNORED
        assert ignored_CN.any()
        np.testing.assert_array_equal(original[1][ignored_CN], 0)

        other_CNV = rng.normal(size=batches.student.shape).astype(np.float32)
        extreme_CNV = np.sign(other_CNV) * np.float32(params["extreme"])
        masking_CNV = other_CNV.copy()
        masking_CNV[..., 0] = -np.inf
        for student_CNV, teacher_CNV in (
            (other_CNV, -other_CNV),
            (extreme_CNV, -extreme_CNV),
            (masking_CNV, other_CNV),
            (other_CNV, masking_CNV),
            (np.full_like(other_CNV, np.nan), other_CNV),
            (other_CNV, np.full_like(other_CNV, np.nan)),
        ):
            moved = replace(
                batches,
                student=np.where(ignored_CN[..., None], student_CNV, batches.student),
                teacher=np.where(ignored_CN[..., None], teacher_CNV, batches.teacher),
            )
            assert_same_bits(evaluate(moved), original)

        # The first row is always kept; the label and the teacher of it alone are others.
        labels_CN, teacher_CNV = batches.labels.copy(), batches.teacher.copy()
        labels_CN[:, 0] = (labels_CN[:, 0] + 1) % batches.student.shape[-1]
        teacher_CNV[:, 0] = other_CNV[:, 0]
        for change in ({"labels": labels_CN}, {"teacher": teacher_CNV}):
            _, gradients_CNV = evaluate(replace(batches, **change))
            changed_CN = (gradients_CNV != original[1]).any(axis=-1)
            assert changed_CN[:, 0].all()
            np.testing.assert_array_equal(changed_CN[:, 1:], False)


def falsify_kd_f13_masked_tokens_stay_finite(implementation, falsifier):
    params = falsifier.params
    rng = np.random.default_rng(params["seed"])
    teacher_NV, student_NV = rng.normal(size=(2, params["rows"], params["vocabulary"]))
    temperature, beta = params["temperature"], params["beta"]
    both, only_teacher, only_student = params["masked"]
    teacher_NV[:, [both, only_teacher]] = -np.inf
    student_NV[:, [both, only_student]] = -np.inf
    values_N, gradient_NV = evaluate(implementation, teacher_NV, student_NV, temperature, beta=beta)
    p_NV, q_NV = (masked.softmax(x, temperature) for x in (teacher_NV, student_NV))
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


def falsify_kd_f13_forward_derivatives_stay_finite(implementation, falsifier):
    params = falsifier.params
    teacher_NV, student_NV, both = masked_logits(params)
    teacher_NV[:, params["masked_by_teacher"]] = -np.inf
    teacher_NV[:, params["underflowing"]] = params["lowest"]
    temperature, tol = params["temperature"], params["tol"]
    p_NV, q_NV = (masked.softmax(x, temperature) for x in (teacher_NV, student_NV))
    values_N, gradient_NV = evaluate(implementation, teacher_NV, student_NV, temperature)
    np.testing.assert_allclose(values_N, oracle.kl(p_NV, q_NV), rtol=0, atol=tol)
    truth_NV = masked.forward_gradient(p_NV, q_NV, temperature)
    np.testing.assert_allclose(gradient_NV, truth_NV, rtol=0, atol=tol)
    np.testing.assert_array_equal(gradient_NV[:, both], 0)
    hessian_NVV = second_derivatives(implementation, teacher_NV, student_NV, temperature)
    truth_NVV = masked.forward_hessian(q_NV, temperature)
    np.testing.assert_allclose(hessian_NVV, truth_NVV, rtol=0, atol=tol)

    student_NV[:, params["masked_by_student"]] = -np.inf
    values_N, gradient_NV = evaluate(implementation, teacher_NV, student_NV, temperature)
    np.testing.assert_array_equal(values_N, np.inf)
    assert np.isfinite(gradient_NV).all()


def falsify_kd_f13_reverse_derivatives_stay_finite(implementation, falsifier):
    params = falsifier.params
    teacher_NV, student_NV, both = masked_logits(params)
    student_NV[:, params["masked_by_student"]] = -np.inf
    student_NV[:, params["underflowing"]] = params["lowest"]
    temperature, tol = params["temperature"], params["tol"]
    p_NV, q_NV = (masked.softmax(x, temperature) for x in (teacher_NV, student_NV))
    values_N, gradient_NV = evaluate(implementation, teacher_NV, student_NV, temperature)
    np.testing.assert_allclose(values_N, oracle.kl(q_NV, p_NV), rtol=0, atol=tol)
    truth_NV = masked.reverse_gradient(p_NV, q_NV, temperature)
    np.testing.assert_allclose(gradient_NV, truth_NV, rtol=0, atol=tol)
    np.testing.assert_array_equal(gradient_NV[:, [both, params["masked_by_student"]]], 0)
    hessian_NVV = second_derivatives(implementation, teacher_NV, student_NV, temperature)
    truth_NVV = masked.reverse_hessian(p_NV, q_NV, temperature)
    np.testing.assert_allclose(hessian_NVV, truth_NVV, rtol=0, atol=tol)

    # In the first row alone: its infinity must not reach the others.
    teacher_NV[0, params["masked_by_teacher"]] = -np.inf
    values_N, masked_NV = evaluate(implementation, teacher_NV, student_NV, temperature)
    assert values_N[0] == np.inf
    assert np.isfinite(values_N[1:]).all()
    np.testing.assert_array_equal(masked_NV[0], 0)
    np.testing.assert_allclose(masked_NV[1:], gradient_NV[1:], rtol=0, atol=tol)


def falsify_kd_f13_loss_derivatives_stay_finite(implementation, falsifier):
    params = falsifier.params
    teacher_NV, student_NV, both = masked_logits(params)
    teacher_NV[:, params["masked_by_teacher"]] = -np.inf
    labels_N, tol = np.array(params["labels"]), params["tol"]
    temperature, kd_weight = params["temperature"], params["kd_weight"]
    rows, vocabulary = student_NV.shape

    def loss(student_NV, teacher_NV):
        return implementation(
            student_logits=student_NV,
            teacher_logits=teacher_NV,
            labels=labels_N,
            temperature=temperature,
            kd_weight=kd_weight,
            ce_weight=1 - kd_weight,
        )

    value_and_gradient = jax.jit(jax.value_and_grad(loss))
    with jax.enable_x64(True):
        value, gradient_NV = value_and_gradient(student_NV, teacher_NV)
        hessian_NVNV = np.asarray(jax.jit(jax.jacrev(jax.grad(loss)))(student_NV, teacher_NV))
    p_NV, q_NV = (masked.softmax(x, temperature) for x in (teacher_NV, student_NV))
    hard_NV = masked.softmax(student_NV, 1)
    label_NV = np.eye(vocabulary)[labels_N]
    soft = temperature**2 * oracle.kl(p_NV, q_NV).mean()
    hard = -np.log(hard_NV[np.arange(rows), labels_N]).mean()
    truth = kd_weight * soft + (1 - kd_weight) * hard
    np.testing.assert_allclose(value, truth, rtol=0, atol=tol)
    soft_NV = temperature**2 * masked.forward_gradient(p_NV, q_NV, temperature)
    truth_NV = (kd_weight * soft_NV + (1 - kd_weight) * (hard_NV - label_NV)) / rows
    np.testing.assert_allclose(gradient_NV, truth_NV, rtol=0, atol=tol)
    np.testing.assert_array_equal(np.asarray(gradient_NV)[:, both], 0)
    soft_NVV = temperature**2 * masked.forward_hessian(q_NV, temperature)
    hard_NVV = masked.softmax_slope(hard_NV)
    truth_NVV = (kd_weight * soft_NVV + (1 - kd_weight) * hard_NVV) / rows
    of_row_NVV = hessian_NVNV[np.arange(rows), :, np.arange(rows)]
    np.testing.assert_allclose(of_row_NVV, truth_NVV, rtol=0, atol=tol)
    assert np.isfinite(hessian_NVNV).all()

    student_NV[:, params["masked_by_student"]] = -np.inf
    with jax.enable_x64(True):
        value, gradient_NV = value_and_gradient(student_NV, teacher_NV)
    assert value == np.inf
    assert np.isfinite(gradient_NV).all()
