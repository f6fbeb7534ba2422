"""Falsifiers of contracts/kd-loss-forward-kl-v1.yaml."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from falsifiers.kd_batches import (
    Array,
    Batches,
    Evaluate,
    compiled,
    pinned_batch,
    random_batches,
)
from falsifiers.oracles import kd, kd_precise


def central_differences(evaluate: Evaluate, batches: Batches, step: float) -> Array:
    """dL/d student [C, N, V] from the losses at student +- step, one logit at a time."""
    slopes_CNV = np.empty_like(batches.student)
    for position in np.ndindex(slopes_CNV.shape[1:]):
        shift_NV = np.zeros(slopes_CNV.shape[1:])
        shift_NV[position] = step
        above_C, _ = evaluate(replace(batches, student=batches.student + shift_NV))
        below_C, _ = evaluate(replace(batches, student=batches.student - shift_NV))
        slopes_CNV[:, *position] = (above_C - below_C) / (2 * step)
    return slopes_CNV


def falsify_f_kd_forward_kl_001_forward_and_not_reverse(implementation, falsifier):
    truth = kd_precise.soft_term(
        falsifier.params["student"], falsifier.params["teacher"], falsifier.params["temperature"]
    )
    for dtype, tolerance in (
        (np.float32, falsifier.params["tol_f32"]),
        (np.float64, falsifier.params["tol_f64"]),
    ):
        fixture = pinned_batch(falsifier.params, dtype, kd_weight=1)
        losses_C, _ = compiled(implementation)(fixture)
        np.testing.assert_allclose(losses_C, truth, rtol=0, atol=tolerance)
        np.testing.assert_allclose(losses_C, falsifier.params["forward"], rtol=0, atol=tolerance)
        assert abs(losses_C[0] - falsifier.params["reverse"]) > tolerance


def falsify_f_kd_forward_kl_002_never_negative(implementation, falsifier):
    rng = np.random.default_rng(falsifier.params["seed"])
    evaluate = compiled(implementation)
    for apart in random_batches(falsifier.params, np.float32):
        nudge_CNV = falsifier.params["closeness"] * rng.standard_normal(apart.student.shape)
        close = replace(apart, teacher=np.float32(apart.student + nudge_CNV))
        for batches in (apart, close):
            losses_C, _ = evaluate(batches)
            bounds_C = [
                kd.error_bound(*case, falsifier.params["factor_f32"], np.float32)
                for case in batches
            ]
            assert np.isfinite(losses_C).all()
            np.testing.assert_array_less(-losses_C, bounds_C)


def falsify_f_kd_forward_kl_003_zero_for_equal_logits(implementation, falsifier):
    evaluate = compiled(implementation)
    for batches in random_batches(falsifier.params, np.float32):
        losses_C, gradients_CNV = evaluate(replace(batches, teacher=batches.student))
        np.testing.assert_allclose(losses_C, 0, atol=falsifier.params["tol"])
        np.testing.assert_allclose(gradients_CNV, 0, atol=falsifier.params["tol"])

    losses_C, gradients_CNV = evaluate(pinned_batch(falsifier.params, np.float32, kd_weight=1))
    assert losses_C[0] > falsifier.params["tol"]
    assert np.abs(gradients_CNV).max() > falsifier.params["tol"]


def falsify_f_kd_forward_kl_004_gradient_is_that_of_the_loss(implementation, falsifier):
    evaluate = compiled(implementation)
    for batches in random_batches(falsifier.params, np.float64):
        _, gradients_CNV = evaluate(batches)
        slopes_CNV = central_differences(evaluate, batches, falsifier.params["step"])
        np.testing.assert_allclose(
            gradients_CNV, slopes_CNV, rtol=0, atol=falsifier.params["tol_differences"]
        )
        closed_CNV = np.stack([kd.gradient(*case) for case in batches])
        np.testing.assert_allclose(
            gradients_CNV, closed_CNV, rtol=0, atol=falsifier.params["tol_closed_form"]
        )

    fixture = pinned_batch(falsifier.params, np.float64, kd_weight=1)
    _, gradients_CNV = evaluate(fixture)
    np.testing.assert_allclose(
        gradients_CNV[0, 0],
        falsifier.params["gradient"],
        rtol=0,
        atol=falsifier.params["tol_gradient"],
    )

    def loss_of_teacher(teacher_NV: jax.Array) -> jax.Array:
        return implementation(
            student_logits=fixture.student[0],
            teacher_logits=teacher_NV,
            labels=fixture.labels[0],
            temperature=fixture.temperature[0],
            kd_weight=1,
            ce_weight=0,
        )

    teacher_gradient_NV = jax.jit(jax.grad(loss_of_teacher))(jnp.asarray(fixture.teacher[0]))
    np.testing.assert_array_equal(teacher_gradient_NV, 0)


def falsify_f_kd_forward_kl_005_kd_weight_zero_ignores_the_teacher(implementation, falsifier):
    student_NV = np.array(falsifier.params["student"], np.float32)
    teacher_NV = np.array(falsifier.params["teacher"], np.float32)
    labels_N = np.array(falsifier.params["labels"], np.int32)
    temperature, masked = falsifier.params["temperature"], falsifier.params["masked_token"]

    extreme_NV = np.sign(teacher_NV) * np.float32(falsifier.params["extreme"])
    masking_NV, masked_student_NV = teacher_NV.copy(), student_NV.copy()
    masking_NV[:, masked] = masked_student_NV[:, masked] = -np.inf
    students = (student_NV, student_NV, student_NV, masked_student_NV)
    teachers = (teacher_NV, extreme_NV, masking_NV, teacher_NV)
    losses_C, gradients_CNV = compiled(implementation)(
        Batches(
            student=np.stack(students),
            teacher=np.stack(teachers),
            labels=np.stack([labels_N] * len(students)),
            temperature=np.full(len(students), temperature, np.float32),
            kd_weight=np.zeros(len(students), np.float32),
            ce_weight=np.ones(len(students), np.float32),
        )
    )
    *same_losses_C, masked_loss = losses_C
    *same_gradients_CNV, masked_gradient_NV = gradients_CNV
    truth = kd.hard_term(student_NV, labels_N)
    np.testing.assert_allclose(same_losses_C[0], truth, rtol=0, atol=falsifier.params["tol"])
    np.testing.assert_array_equal(same_losses_C, same_losses_C[0])
    np.testing.assert_array_equal(np.diff(same_gradients_CNV, axis=0), 0)

    # The oracle never sees the masked token; the ids behind it move down by one.
    shared_NV = np.delete(student_NV, masked, axis=-1)
    truth = kd.hard_term(shared_NV, labels_N - (labels_N > masked))
    np.testing.assert_allclose(masked_loss, truth, rtol=0, atol=falsifier.params["tol"])
    assert np.isfinite(masked_gradient_NV).all()

    teacher_NV[1, 0] = np.nan
    with pytest.raises(ValueError, match=r"teacher_logits\[1, 0\] = nan"):
        implementation(
            student_logits=student_NV,
            teacher_logits=teacher_NV,
            labels=labels_N,
            temperature=temperature,
            kd_weight=0,
            ce_weight=1,
        )


def falsify_f_kd_forward_kl_006_divergence_carries_t_squared(implementation, falsifier):
    evaluate = compiled(implementation)
    losses_C, _ = evaluate(pinned_batch(falsifier.params, np.float32, kd_weight=1))
    np.testing.assert_allclose(
        losses_C, falsifier.params["with_t_squared"], rtol=0, atol=falsifier.params["tol"]
    )
    for wrong in (falsifier.params["with_t"], falsifier.params["without"]):
        assert abs(losses_C[0] - wrong) > falsifier.params["tol"]

    for cold in random_batches(falsifier.params, np.float32):
        cold_losses_C, cold_gradients_CNV = evaluate(cold)
        doubled = replace(
            cold,
            student=2 * cold.student,
            teacher=2 * cold.teacher,
            temperature=2 * cold.temperature,
        )
        doubled_losses_C, _ = evaluate(doubled)
        # Powers of two scale a float exactly, so nothing is lost between the two.
        np.testing.assert_array_equal(doubled_losses_C, 2**2 * cold_losses_C)

        hot = replace(cold, temperature=falsifier.params["heat"] * cold.temperature)
        _, hot_gradients_CNV = evaluate(hot)
        ratio = np.linalg.norm(hot_gradients_CNV) / np.linalg.norm(cold_gradients_CNV)
        assert 1 / falsifier.params["gradient_ratio"] < ratio < falsifier.params["gradient_ratio"]
