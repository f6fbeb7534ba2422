"""Falsifiers of contracts/apr-cli-distill-train-v1.yaml."""

from __future__ import annotations

from dataclasses import replace
from math import inf, nan
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from falsifiers.kd_batches import compiled, pinned_batch, random_batches
from falsifiers.oracles import feature, kd, kd_precise
from falsifiers.validate_edits import check_validate_sees_one_edit

CONTRACT = Path(__file__).parents[1] / "contracts" / "apr-cli-distill-train-v1.yaml"
FIRST = "FALSIFY-APR-DISTILL-TRAIN-001"


def falsify_apr_distill_train_003_temperature_keeps_the_ranking(implementation, falsifier):
    rng = np.random.default_rng(falsifier.params["seed"])
    log_softmax = jax.jit(lambda logits, t: implementation(logits=logits, temperature=t))

    cases = falsifier.params["cases"] // len(falsifier.params["sizes"])
    for size in falsifier.params["sizes"]:
        logits_CV = falsifier.params["logit_scale"] * rng.uniform(-1, 1, (cases, size))
        entropy_C = np.zeros(cases)
        for temperature in falsifier.params["temperatures"]:
            with jax.enable_x64(True):
                log_p_CV = np.asarray(log_softmax(logits_CV, float(temperature)))
            ranked_CV = np.take_along_axis(log_p_CV, np.argsort(logits_CV), axis=-1)
            assert (np.diff(ranked_CV) > 0).all()
            softer_C = kd.entropy(log_p_CV)
            assert (softer_C > entropy_C).all()
            entropy_C = softer_C

    temperature = falsifier.params["temperature"]
    for dtype, tol in (
        (np.float32, falsifier.params["tol_f32"]),
        (np.float64, falsifier.params["tol_f64"]),
    ):
        with jax.enable_x64(dtype == np.float64):
            student_V = np.array(falsifier.params["student"], dtype)
            teacher_V = np.array(falsifier.params["teacher"], dtype)
            log_p_V = np.asarray(log_softmax(teacher_V, temperature))
            log_q_V = np.asarray(log_softmax(student_V, temperature))
            surprise = -np.asarray(log_softmax(student_V, 1.0))[falsifier.params["label"]]
        divergence = np.sum(np.exp(log_p_V) * (log_p_V - log_q_V))
        assert abs(kd.entropy(log_p_V) - falsifier.params["entropy"]) <= tol
        assert abs(divergence - falsifier.params["divergence"]) <= tol
        assert abs(surprise - falsifier.params["cross_entropy"]) <= tol


def falsify_apr_distill_train_004_alpha_one_equals_pure_kd(implementation, falsifier):
    evaluate = compiled(implementation)
    for dtype, relative, tol in (
        (np.float32, falsifier.params["ulp_factor_f32"], falsifier.params["tol_f32"]),
        (np.float64, falsifier.params["rel_tol_f64"], falsifier.params["tol_f64"]),
    ):
        for batches in random_batches(falsifier.params, dtype):
            losses_C, gradients_CNV = evaluate(batches)
            truth_C = [kd.soft_term(s, t, y, temperature) for s, t, y, temperature, *_ in batches]
            bounds_C = [kd.error_bound(*case, relative, dtype) for case in batches]
            np.testing.assert_array_less(np.abs(losses_C - truth_C), bounds_C)

            labels_CN, vocabulary = batches.labels, batches.student.shape[-1]
            others_CN = np.where(labels_CN < 0, labels_CN, (labels_CN + 1) % vocabulary)
            relabelled = evaluate(replace(batches, labels=others_CN))
            np.testing.assert_array_equal(relabelled[0], losses_C)
            np.testing.assert_array_equal(relabelled[1], gradients_CNV)

        fixture = pinned_batch(falsifier.params, dtype, falsifier.params["kd_weight"])
        higher_C = np.array([falsifier.params["higher_temperature"]], dtype)
        (total,), _ = evaluate(fixture)
        (total_at_higher,), _ = evaluate(replace(fixture, temperature=higher_C))
        assert abs(total - falsifier.params["total"]) <= tol
        assert abs(total - falsifier.params["total_if_swapped"]) > tol
        assert abs(total_at_higher - falsifier.params["total_at_higher"]) <= tol


def falsify_apr_distill_train_004_dual_alpha_zero_equals_cross_entropy(implementation, falsifier):
    evaluate = compiled(implementation)
    for dtype, relative in (
        (np.float32, falsifier.params["ulp_factor_f32"]),
        (np.float64, falsifier.params["rel_tol_f64"]),
    ):
        for batches in random_batches(falsifier.params, dtype):
            losses_C, gradients_CNV = evaluate(batches)
            truth_C = [kd.hard_term(student, labels) for student, _, labels, *_ in batches]
            bounds_C = [kd.error_bound(*case, relative, dtype) for case in batches]
            np.testing.assert_array_less(np.abs(losses_C - truth_C), bounds_C)

            other_CNV = np.roll(batches.teacher, 1, axis=-1)
            retaught = evaluate(replace(batches, teacher=other_CNV))
            np.testing.assert_array_equal(retaught[0], losses_C)
            np.testing.assert_array_equal(retaught[1], gradients_CNV)

    (surprise,), _ = evaluate(pinned_batch(falsifier.params, np.float32, kd_weight=0))
    assert abs(surprise - falsifier.params["surprise"]) <= falsifier.params["tol"]


def falsify_apr_distill_train_007_pv_validate_sees_one_edit(falsifier, cli, tmp_path):
    edits = (
        (falsifier.params["misspelt_key"], "  rule: training is real", ["  rul: training is real"]),
        (falsifier.params["empty_formula"], '    formula: "f(x) =', ["    formula: ''"]),
        (
            falsifier.params["repeated_id"],
            "- id: FALSIFY-APR-DISTILL-TRAIN-002",
            [f"- id: {FIRST}"],
        ),
        (falsifier.params["empty_prediction"], '  prediction: "held-out', ["  prediction: ''"]),
        (falsifier.params["repeated_key"], "  status: PROPOSED", ["  status: PROPOSED"] * 2),
    )
    check_validate_sees_one_edit(cli, CONTRACT, edits, tmp_path)


def falsify_apr_distill_train_012_log_softmax_is_the_log_of_softmax(implementation, falsifier):
    log_softmax = jax.jit(lambda logits, t: implementation(logits=logits, temperature=t))
    logits_NV = np.array(falsifier.params["logits"], np.float32)
    masked, tol = falsifier.params["masked_token"], falsifier.params["tol"]
    for temperature in falsifier.params["temperatures"]:
        log_p_NV = np.asarray(log_softmax(logits_NV, temperature))
        truth_NV = [kd_precise.log_softmax(row_V.tolist(), temperature) for row_V in logits_NV]
        np.testing.assert_allclose(log_p_NV, truth_NV, rtol=falsifier.params["rel_tol"], atol=tol)
        np.testing.assert_allclose(np.exp(log_p_NV).sum(axis=-1), 1, rtol=0, atol=tol)

        # The offset is added without rounding, so not one bit may change.
        offset_NV = logits_NV + np.float32(falsifier.params["offset"])
        np.testing.assert_array_equal(log_softmax(offset_NV, temperature), log_p_NV)

        masking_NV = logits_NV.copy()
        masking_NV[:, masked] = -inf
        masked_NV = np.asarray(log_softmax(masking_NV, temperature))
        shared_NV = [
            kd_precise.log_softmax(np.delete(row_V, masked).tolist(), temperature)
            for row_V in logits_NV
        ]
        np.testing.assert_array_equal(masked_NV[:, masked], -inf)
        np.testing.assert_allclose(
            np.delete(masked_NV, masked, axis=-1),
            shared_NV,
            rtol=falsifier.params["rel_tol"],
            atol=tol,
        )

    extreme_V = np.float32(falsifier.params["extreme"]) * np.array([1, 0, -1], np.float32)
    cold_V = log_softmax(extreme_V, falsifier.params["cold"])
    np.testing.assert_array_equal(cold_V, [0, -inf, -inf])


def falsify_apr_distill_train_013_l2_normalize_defines_zero(implementation, falsifier):
    rng = np.random.default_rng(falsifier.params["seed"])

    def aligned(features_ND, weights_ND):
        unit_ND = implementation(features=features_ND)
        return jnp.sum(unit_ND * weights_ND), unit_ND

    value_and_slope = jax.jit(jax.value_and_grad(aligned, has_aux=True))
    rtol = falsifier.params["rel_tol"]
    for size in falsifier.params["sizes"]:
        shape = (falsifier.params["rows"], size)
        base_ND, weights_ND = rng.standard_normal((2, *shape)).astype(np.float32)
        for scale in falsifier.params["scales"]:
            features_ND = base_ND * np.float32(scale)
            exact_ND = features_ND.astype(np.float64)
            features_ND[0] = 0
            (_, unit_ND), slope_ND = value_and_slope(features_ND, weights_ND)
            np.testing.assert_array_equal(unit_ND[0], 0)
            np.testing.assert_array_equal(slope_ND[0], 0)

            truth_ND = feature.l2_normalize(exact_ND)[1:]
            np.testing.assert_allclose(unit_ND[1:], truth_ND, rtol=rtol)
            # The slope is a difference of terms as large as |w| / |x|: its bound is relative to it.
            truth_ND = feature.l2_normalize_gradient(exact_ND, weights_ND.astype(np.float64))[1:]
            length_N = np.linalg.norm(exact_ND[1:], axis=-1, keepdims=True)
            size_N = np.linalg.norm(weights_ND[1:], axis=-1, keepdims=True)
            error_ND = np.abs(slope_ND[1:] - truth_ND) * length_N / size_N
            np.testing.assert_array_less(error_ND, rtol)


def falsify_apr_distill_train_014_refusals_name_the_argument(implementation, falsifier):
    valid = {
        "student_logits": np.array(falsifier.params["student"], np.float32),
        "teacher_logits": np.array(falsifier.params["teacher"], np.float32),
        "labels": np.array(falsifier.params["labels"], np.int32),
        "temperature": falsifier.params["temperature"],
        "kd_weight": falsifier.params["kd_weight"],
        "ce_weight": falsifier.params["ce_weight"],
    }
    first, second = falsifier.params["labels"]

    def refused(message, **fault):
        with pytest.raises((ValueError, TypeError), match=message):
            implementation(**valid | fault)

    for label in falsifier.params["labels_outside"]:
        refused(rf"labels\[1\] = {label} is outside", labels=np.array([first, label]))
    for temperature in (*falsifier.params["temperatures_refused"], nan, inf):
        refused("temperature = ", temperature=temperature)
    for kd_weight, ce_weight in falsifier.params["weights_refused"]:
        refused("weight = ", kd_weight=kd_weight, ce_weight=ce_weight)
    for argument in ("student_logits", "teacher_logits"):
        for value in (nan, inf):
            broken_NV = valid[argument].copy()
            broken_NV[1, 0] = value
            refused(rf"{argument}\[1, 0\] = {value}", **{argument: broken_NV})
        refused("logits have shape", **{argument: valid[argument][:, 1:]})
    refused("labels have dtype", labels=np.array([first, second], np.float32))
    refused("labels keep no position", labels=np.full(2, kd.IGNORED))
    empty = {name: valid[name][:0] for name in ("student_logits", "teacher_logits", "labels")}
    refused("student_logits are empty", **empty)

    half_ignored_N = np.array([first, kd.IGNORED])
    accepted = implementation(**valid | {"labels": half_ignored_N})
    truth = kd.loss(
        valid["student_logits"],
        valid["teacher_logits"],
        half_ignored_N,
        valid["temperature"],
        valid["kd_weight"],
        valid["ce_weight"],
    )
    assert abs(accepted - truth) <= falsifier.params["tol"]

    traced = jax.jit(lambda labels_N: implementation(**valid | {"labels": labels_N}))
    for label in falsifier.params["labels_outside"]:
        assert np.isnan(traced(np.array([first, label])))
    assert np.isfinite(traced(half_ignored_N))
