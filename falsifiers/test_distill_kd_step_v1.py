"""Falsifiers of contracts/distill-kd-step-v1.yaml: alpha weights cross-entropy here.

Shapes: C cases, B rows, T positions, N = B * T positions in one list, V vocabulary, D features.
"""

from __future__ import annotations

from itertools import pairwise

import jax
import numpy as np
import pytest

from aprender.distill.kd_step import over_micro_batches, trained_positions
from aprender.losses.kd import kd_loss
from falsifiers.kd_batches import random_batches
from falsifiers.oracles import kd as oracle
from falsifiers.oracles.kd import IGNORED


def pinned(params, implementation, **changed):
    """The implementation on the one row that the parameters spell out."""
    arguments = {
        "student_logits": np.array([params["student"]], np.float64),
        "teacher_logits": np.array([params["teacher"]], np.float64),
        "labels": np.array([params["label"]]),
        "temperature": params["temperature"],
        "alpha": params["alpha"],
        **changed,
    }
    with jax.enable_x64(True):
        return np.asarray(implementation(**arguments))


def grid(params, dtype=np.float32):
    """Random logits [B, T, V] twice, and labels [B, T] of which each row keeps another number."""
    rng = np.random.default_rng(params["seed"])
    rows, positions, vocabulary = params["shape"]
    student, teacher = rng.normal(size=(2, rows, positions, vocabulary)).astype(dtype)
    labels = rng.integers(0, vocabulary, (rows, positions))
    for row, kept in enumerate(params["kept"]):
        labels[row, kept:] = IGNORED
    return student, teacher, labels


def over_cases(function):
    """``function`` of one case, compiled for C of them; it is traced anew in each falsifier."""

    def call(student, teacher, labels, temperature, alpha):
        return function(
            student_logits=student,
            teacher_logits=teacher,
            labels=labels,
            temperature=temperature,
            alpha=alpha,
        )

    return jax.jit(jax.vmap(call))


def other_convention(student_logits, teacher_logits, labels, temperature, alpha):
    """The loss whose weight is that of the teacher."""
    return kd_loss(student_logits, teacher_logits, labels, temperature, 1 - alpha, alpha)


def gradient_of_other_convention(student_logits, **rest):
    """By automatic differentiation."""
    return jax.grad(lambda logits: other_convention(logits, **rest))(student_logits)


def cases_of(params):
    """Random batches in float64: as arrays of C cases, and one case after the other."""
    for batches in random_batches(params, np.float64):
        *rest, _, alpha_C = batches.arrays()
        arrays = (*rest, alpha_C)
        yield arrays, list(zip(*arrays, strict=True))


def falsify_f_distill_kdstep_001_alpha_one_is_cross_entropy(implementation, falsifier):
    params = falsifier.params
    gradient = pinned(params, implementation)
    np.testing.assert_allclose(gradient[0], params["gradient"], rtol=0, atol=params["tol"])
    other = pinned(params, implementation, teacher_logits=np.array([params["other_teacher"]]))
    np.testing.assert_array_equal(other, gradient)


def falsify_f_distill_kdstep_002_nothing_to_learn_from_an_equal_teacher(implementation, falsifier):
    params = falsifier.params
    equal = pinned(params, implementation, teacher_logits=np.array([params["student"]]))
    np.testing.assert_allclose(equal, 0, rtol=0, atol=params["zero"])
    gradient = pinned(params, implementation)
    np.testing.assert_allclose(gradient[0], params["gradient"], rtol=0, atol=params["tol"])


def falsify_f_distill_kdstep_003_the_loss_grows_with_the_distance(implementation, falsifier):
    params = falsifier.params
    opposite = pinned(params, implementation)
    np.testing.assert_allclose(opposite, params["loss"], rtol=0, atol=params["tol"])
    teacher, direction = np.array(params["teacher"]), np.array(params["direction"])
    steps = np.linspace(0, 1, params["steps"] + 1)
    losses = [
        pinned(params, implementation, student_logits=(teacher + step * direction)[None])
        for step in steps
    ]
    assert abs(losses[0]) <= params["tol"]
    assert all(before < after for before, after in pairwise(losses))


def falsify_f_distill_kdstep_004_alpha_is_one_minus_the_other_convention(implementation, falsifier):
    params = falsifier.params
    value = pinned(params, implementation)
    np.testing.assert_allclose(value, params["loss"], rtol=0, atol=params["tol"])
    assert abs(value - params["loss_if_swapped"]) > params["apart"]
    with jax.enable_x64(True):
        mine, theirs = over_cases(implementation), over_cases(other_convention)
        for arrays, cases in cases_of(params):
            losses_C = np.asarray(mine(*arrays))
            np.testing.assert_allclose(losses_C, theirs(*arrays), rtol=params["rel_tol"])
            truths_C = [oracle.loss(s, t, y, T, 1 - a, a) for s, t, y, T, a in cases]
            np.testing.assert_allclose(losses_C, truths_C, rtol=params["rel_tol"])


def falsify_f_distill_kdstep_005_the_gradient_is_that_of_the_loss(implementation, falsifier):
    params = falsifier.params
    with jax.enable_x64(True):
        mine, by_jax = over_cases(implementation), over_cases(gradient_of_other_convention)
        for arrays, cases in cases_of(params):
            gradients_CNV = np.asarray(mine(*arrays))
            np.testing.assert_allclose(gradients_CNV, by_jax(*arrays), rtol=0, atol=params["tol"])
            truths_CNV = [oracle.gradient(s, t, y, T, 1 - a, a) for s, t, y, T, a in cases]
            np.testing.assert_allclose(gradients_CNV, truths_CNV, rtol=0, atol=params["tol"])


def falsify_ft_perpos_001_every_position_is_trained(implementation, falsifier):
    params = falsifier.params
    student, teacher, _ = grid(params)
    labels = np.zeros(student.shape[:-1], int)
    gradient = np.asarray(
        implementation(
            student_logits=student,
            teacher_logits=teacher,
            labels=labels,
            temperature=params["temperature"],
            alpha=params["alpha"],
        )
    )
    assert gradient.shape == student.shape
    assert trained_positions(labels) == labels.size
    for at in np.ndindex(labels.shape):
        alone = implementation(
            student_logits=student[at][None],
            teacher_logits=teacher[at][None],
            labels=labels[at][None],
            temperature=params["temperature"],
            alpha=params["alpha"],
        )
        np.testing.assert_allclose(
            gradient[at] * labels.size, np.asarray(alone)[0], rtol=0, atol=params["tol"]
        )
        assert np.abs(gradient[at]).max() > params["tol"]


def falsify_ft_perpos_002_one_position_a_row_is_a_mask(implementation, falsifier):
    params = falsifier.params
    student, teacher, labels = grid(params)
    labels[:, -1] = 0
    only_last = np.where(np.arange(labels.shape[1]) == labels.shape[1] - 1, labels, IGNORED)
    rest = {"temperature": params["temperature"], "alpha": params["alpha"]}
    masked = implementation(
        student_logits=student, teacher_logits=teacher, labels=only_last, **rest
    )
    last = implementation(
        student_logits=student[:, -1], teacher_logits=teacher[:, -1], labels=labels[:, -1], **rest
    )
    np.testing.assert_allclose(masked[:, -1], last, rtol=0, atol=params["tol"])
    np.testing.assert_array_equal(masked[:, :-1], 0)
    assert trained_positions(only_last) == len(labels)
    assert np.abs(np.asarray(last)).max() > params["tol"]


def falsify_ft_perpos_003_an_equal_teacher_teaches_no_position(implementation, falsifier):
    params = falsifier.params
    student, teacher, labels = grid(params)
    rest = {"labels": labels, "temperature": params["temperature"], "alpha": params["alpha"]}
    equal = implementation(student_logits=student, teacher_logits=student, **rest)
    np.testing.assert_allclose(equal, 0, rtol=0, atol=params["zero"])
    other = np.asarray(implementation(student_logits=student, teacher_logits=teacher, **rest))
    assert np.abs(other[labels != IGNORED]).max(axis=-1).min() > params["zero"]


def falsify_ft_perpos_004_ragged_batches_are_refused(implementation, falsifier):
    params = falsifier.params
    student, teacher, labels = grid(params)

    def step(**changed):
        arguments = {
            "student_logits": student,
            "teacher_logits": teacher,
            "labels": labels,
            "temperature": params["temperature"],
            "alpha": params["alpha"],
        }
        return float(implementation(**{**arguments, **changed}))

    truth = oracle.loss(
        student.reshape(-1, student.shape[-1]),
        teacher.reshape(-1, teacher.shape[-1]),
        labels.reshape(-1),
        params["temperature"],
        1 - params["alpha"],
        params["alpha"],
    )
    np.testing.assert_allclose(step(), truth, rtol=params["rel_tol"])
    assert trained_positions(labels) == sum(params["kept"])
    with pytest.raises(ValueError, match="teacher_logits have shape"):
        step(teacher_logits=teacher[:, :-1])
    # As many positions in another order: in one list of positions nothing would tell them apart.
    with pytest.raises(ValueError, match="teacher_logits have shape"):
        step(teacher_logits=teacher.swapaxes(0, 1))
    with pytest.raises(ValueError, match="labels have shape"):
        step(labels=labels[:, :-1])
    with pytest.raises(ValueError, match="labels keep no position"):
        step(labels=np.full_like(labels, IGNORED))
    for alpha in params["alphas_refused"]:
        with pytest.raises(ValueError, match=f"alpha = {alpha} is outside"):
            step(alpha=alpha)


def falsify_ft_perpos_005_the_mean_is_over_all_trained_positions(implementation, falsifier):
    params = falsifier.params
    rng = np.random.default_rng(params["seed"])
    counts, (vocabulary, features) = params["micro_batches"], params["head"]
    total = sum(counts)
    inputs_ND = rng.normal(size=(total, features)).astype(np.float32)
    student_NV, teacher_NV = rng.normal(size=(2, total, vocabulary)).astype(np.float32)
    labels_N = rng.integers(0, vocabulary, total)

    def head_gradient(rows: slice):
        gradient_NV = implementation(
            student_logits=student_NV[rows],
            teacher_logits=teacher_NV[rows],
            labels=labels_N[rows],
            temperature=params["temperature"],
            alpha=params["alpha"],
        )
        return inputs_ND[rows].T @ np.asarray(gradient_NV)

    ends = np.cumsum(counts)
    parts = [slice(end - count, end) for end, count in zip(ends, counts, strict=True)]
    positions = [trained_positions(labels_N[part]) for part in parts]
    assert positions == list(counts)
    whole_DV = head_gradient(slice(None))
    accumulated_DV = over_micro_batches([head_gradient(part) for part in parts], positions)
    distance = np.linalg.norm(accumulated_DV - whole_DV) / np.linalg.norm(whole_DV)
    assert distance <= params["rel_tol"]
    truth_NV = oracle.gradient(
        student_NV,
        teacher_NV,
        labels_N,
        params["temperature"],
        1 - params["alpha"],
        params["alpha"],
    )
    np.testing.assert_allclose(whole_DV, inputs_ND.T @ truth_NV, rtol=0, atol=params["tol"])
    with pytest.raises(ValueError, match="no trained position"):
        over_micro_batches([whole_DV], [0])
