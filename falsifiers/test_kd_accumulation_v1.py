"""Falsifiers of contracts/kd-accumulation-v1.yaml: what divides, and what adds up.

Shapes: C cases, M micro-batches, N rows, V vocabulary.
"""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aprender.losses.divergence import divergence_named
from falsifiers.kd_batches import compiled, random_batches
from falsifiers.oracles import kd as oracle
from falsifiers.oracles.kd import IGNORED


def followed_by(batches, other, labels_CN):
    """The batches with the rows of `other` behind theirs, under labels of their own."""
    return replace(
        batches,
        student=np.concatenate([batches.student, other.student], axis=1),
        teacher=np.concatenate([batches.teacher, other.teacher], axis=1),
        labels=np.concatenate([batches.labels, labels_CN], axis=1),
    )


def falsify_kd_f10_kept_rows_alone_divide(implementation, falsifier):
    params = falsifier.params
    evaluate, tol = compiled(implementation), params["tol"]
    for batches in random_batches(params, np.float64):
        losses_C, gradients_CNV = evaluate(batches)
        truths_C = [oracle.loss(*case) for case in batches]
        np.testing.assert_allclose(losses_C, truths_C, rtol=tol, atol=tol)
        truths_CNV = [oracle.gradient(*case) for case in batches]
        np.testing.assert_allclose(gradients_CNV, truths_CNV, rtol=0, atol=tol)

        rows = batches.labels.shape[1]
        twice_C, halves_CNV = evaluate(followed_by(batches, batches, batches.labels))
        np.testing.assert_allclose(twice_C, losses_C, rtol=tol)
        for copy_CNV in (halves_CNV[:, :rows], halves_CNV[:, rows:]):
            np.testing.assert_allclose(copy_CNV, gradients_CNV / 2, rtol=0, atol=tol)

        ignored_CN = np.full_like(batches.labels, IGNORED)
        padded_C, padded_CNV = evaluate(followed_by(batches, batches, ignored_CN))
        np.testing.assert_allclose(padded_C, losses_C, rtol=tol)
        np.testing.assert_allclose(padded_CNV[:, :rows], gradients_CNV, rtol=0, atol=tol)
        np.testing.assert_array_equal(padded_CNV[:, rows:], 0)


def micro_batches(params):
    """Student and teacher [M, N, V], labels [M, N], of which each micro-batch keeps some."""
    rng = np.random.default_rng(params["seed"])
    kept_M, rows, vocabulary = params["kept"], params["rows"], params["vocabulary"]
    shape = (2, len(kept_M), rows, vocabulary)
    student_MNV, teacher_MNV = rng.normal(0, params["logit_scale"], shape).astype(np.float32)
    labels_MN = rng.integers(0, vocabulary, (len(kept_M), rows)).astype(np.int32)
    for labels_N, kept in zip(labels_MN, kept_M, strict=True):
        labels_N[rng.permutation(rows)[kept:]] = IGNORED
    return student_MNV, teacher_MNV, labels_MN


def sums_and_gradient(implementation, temperature, kd_weight, divergence):
    """Of one batch: all four sums, and the gradient of their loss."""

    def loss(student_NV, teacher_NV, labels_N):
        sums = implementation(
            student_logits=student_NV,
            teacher_logits=teacher_NV,
            labels=labels_N,
            temperature=temperature,
            kd_weight=kd_weight,
            ce_weight=1 - kd_weight,
            divergence=divergence,
        )
        return sums.loss, sums

    return jax.grad(loss, has_aux=True)


def falsify_kd_f11_micro_batches_add_up_to_the_batch(implementation, falsifier):
    params = falsifier.params
    temperature, kd_weight = params["temperature"], params["kd_weight"]
    of_one = sums_and_gradient(
        implementation, temperature, kd_weight, divergence_named("forward_kl")
    )
    student_MNV, teacher_MNV, labels_MN = micro_batches(params)
    parts_MNV, parts_M = jax.jit(jax.vmap(of_one))(student_MNV, teacher_MNV, labels_MN)
    batch = [x.reshape(-1, *x.shape[2:]) for x in (student_MNV, teacher_MNV, labels_MN)]
    whole_NV, whole = jax.jit(of_one)(*batch)

    np.testing.assert_array_equal(parts_M.count, params["kept"])
    for part_M, of_all in zip(parts_M, whole, strict=True):
        np.testing.assert_allclose(np.sum(part_M), of_all, rtol=params["rel_tol"])
        assert part_M[params["kept"].index(0)] == 0
    np.testing.assert_array_equal(parts_MNV[params["kept"].index(0)], 0)

    count = np.sum(parts_M.count)
    accumulated_NV = np.asarray(parts_MNV).reshape(whole_NV.shape) / count
    arguments = (*batch, temperature, kd_weight, 1 - kd_weight)
    for gradient_NV in (whole_NV / whole.count, oracle.gradient(*arguments)):
        distance = np.linalg.norm(accumulated_NV - gradient_NV) / np.linalg.norm(gradient_NV)
        assert distance <= params["rel_tol"]
    mean = np.sum(parts_M.loss) / count
    np.testing.assert_allclose(mean, oracle.loss(*arguments), rtol=params["rel_tol"])


def falsify_kd_f11_means_of_nothing_add_nothing(implementation, falsifier):
    params = falsifier.params
    counts = params["counts"]
    rng = np.random.default_rng(params["seed"])
    for shape in ((), tuple(params["shape"])):
        values = [rng.normal(size=(count, *shape)) for count in counts]
        means = [
            jnp.asarray(value.mean(axis=0) if len(value) else np.full(shape, np.nan), jnp.float32)
            for value in values
        ]
        mean = np.asarray(implementation(means=means, positions=counts))
        truth = np.concatenate(values).mean(axis=0)
        scale = params["rel_tol"] * np.abs(np.concatenate(values)).max()
        np.testing.assert_allclose(mean, truth, rtol=0, atol=scale)
        trained = [(m, n) for m, n in zip(means, counts, strict=True) if n]
        without = implementation(means=[m for m, _ in trained], positions=[n for _, n in trained])
        np.testing.assert_array_equal(mean, without)


def falsify_kd_f12_sums_over_nothing_are_zero(implementation, falsifier):
    params = falsifier.params
    student_NV = np.array(params["student"], np.float32)
    teacher_NV = np.array(params["teacher"], np.float32)
    by_student, by_teacher = params["masked"]
    student_NV[0, by_student] = teacher_NV[1, by_teacher] = -np.inf
    ignored_N = np.full(len(student_NV), IGNORED)
    divergences = (
        divergence_named("forward_kl"),
        divergence_named("reverse_kl"),
        divergence_named("jensen_shannon", params["beta"]),
    )
    for divergence in divergences:
        of_one = sums_and_gradient(
            implementation, params["temperature"], params["kd_weight"], divergence
        )
        traced = jax.jit(of_one)
        # NaN is refused, but under a trace nothing can be.
        for evaluate, logits_NV in (
            (of_one, student_NV),
            (traced, student_NV),
            (traced, np.full_like(student_NV, np.nan)),
        ):
            gradient_NV, sums = evaluate(logits_NV, teacher_NV, ignored_N)
            np.testing.assert_array_equal(sums, 0)
            np.testing.assert_array_equal(gradient_NV, 0)
    kept_N = np.full(len(student_NV), params["label"])
    _, sums = of_one(student_NV, teacher_NV, kept_N)
    assert sums.count == len(kept_N)
    assert min(sums.loss, sums.divergence, sums.cross_entropy) > 0


def falsify_kd_f12_mean_over_nothing_is_an_error(implementation, falsifier):
    params = falsifier.params
    student_NV = np.array(params["student"], np.float32)
    teacher_NV = np.array(params["teacher"], np.float32)
    temperature, kd_weight = params["temperature"], params["kd_weight"]

    def loss(labels_N):
        return implementation(
            student_logits=student_NV,
            teacher_logits=teacher_NV,
            labels=labels_N,
            temperature=temperature,
            kd_weight=kd_weight,
            ce_weight=1 - kd_weight,
        )

    ignored_N = np.full(len(student_NV), IGNORED)
    with pytest.raises(ValueError, match="labels keep no position"):
        loss(ignored_N)
    assert np.isnan(jax.jit(loss)(ignored_N))
    one_N = np.array([params["label"], *ignored_N[1:]])
    truth = oracle.loss(student_NV, teacher_NV, one_N, temperature, kd_weight, 1 - kd_weight)
    for evaluate in (loss, jax.jit(loss)):
        np.testing.assert_allclose(evaluate(one_N), truth, rtol=params["rel_tol"])
