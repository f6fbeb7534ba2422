"""The step at its borders: masks, dtypes, traces and refusals that no falsifier is about."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aprender.distill.kd_step import (
    kd_logit_gradient,
    kd_step,
    over_micro_batches,
    trained_positions,
)

STUDENT = np.array([[2.5, 0.7, -1.3, 4.0], [0.3, 1.7, -0.2, 2.4]], np.float32)
TEACHER = np.array([[1.8, 1.1, -0.2, 3.5], [1.0, -1.0, 0.0, 0.5]], np.float32)
LABELS = np.array([3, -100])
T, ALPHA = 3.0, 0.7


def test_masked_tokens_get_no_gradient_and_disturb_none():
    student, teacher = STUDENT.copy(), TEACHER.copy()
    student[:, 2] = teacher[:, 2] = -np.inf
    gradient = np.asarray(kd_logit_gradient(student, teacher, LABELS, T, ALPHA))
    kept = kd_logit_gradient(
        np.delete(student, 2, 1), np.delete(teacher, 2, 1), np.array([2, -100]), T, ALPHA
    )
    np.testing.assert_array_equal(gradient[:, 2], 0)
    np.testing.assert_allclose(np.delete(gradient, 2, 1), kept, atol=1e-7)


@pytest.mark.parametrize("label", [4, -1])
def test_label_outside_the_vocabulary(label):
    labels = np.array([3, label])
    for function in (kd_step, kd_logit_gradient):
        with pytest.raises(ValueError, match="outside the vocabulary"):
            function(STUDENT, TEACHER, labels, T, ALPHA)
    gradient = jax.jit(kd_logit_gradient)(STUDENT, TEACHER, labels, T, ALPHA)
    assert np.isnan(gradient[1]).all()
    assert np.isfinite(gradient[0]).all()


def test_half_precision_is_widened_before_the_first_subtraction():
    student, teacher = (jnp.asarray(x, jnp.bfloat16) for x in (STUDENT, TEACHER))
    half = kd_logit_gradient(student, teacher, LABELS, T, ALPHA)
    assert half.dtype == jnp.float32
    wide = kd_logit_gradient(
        student.astype(jnp.float32), teacher.astype(jnp.float32), LABELS, T, ALPHA
    )
    np.testing.assert_array_equal(half, wide)


@pytest.mark.parametrize("alpha", [np.array([0.5, 0.5]), -0.1, 1.1, np.nan])
def test_alpha_is_one_number_between_0_and_1(alpha):
    for function in (kd_step, kd_logit_gradient):
        with pytest.raises(ValueError, match="alpha"):
            function(STUDENT, TEACHER, LABELS, T, alpha)


def test_micro_batches():
    assert trained_positions(LABELS) == 1
    assert over_micro_batches([1.0, 4.0], [2, 1]) == 2.0
    assert over_micro_batches([1.0, 4.0], [2, 0]) == 1.0
    assert over_micro_batches([1.0, np.nan], [2, 0]) == 1.0
    with pytest.raises(ValueError, match="2 means and 1 numbers"):
        over_micro_batches([1.0, 4.0], [2])
    with pytest.raises(ValueError, match="no trained position"):
        over_micro_batches([], [])
