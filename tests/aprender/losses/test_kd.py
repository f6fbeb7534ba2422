"""The dense loss: dtypes, ignored rows, masked tokens, behaviour under jit."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aprender.losses.divergence import divergence_named
from aprender.losses.kd import kd_loss, kd_loss_sums
from falsifiers.oracles import kd as oracle

T, KD, CE = 2.0, 0.7, 0.3
N, V = 4, 6
MASKED = 2


def batch(seed=0, dtype=np.float32):
    student_NV, teacher_NV = np.random.default_rng(seed).normal(0, 2, (2, N, V)).astype(dtype)
    return student_NV, teacher_NV, np.array([1, -100, 5, 0], np.int32)


def masked(logits_NV):
    logits_NV = logits_NV.copy()
    logits_NV[:, MASKED] = -np.inf
    return logits_NV


loss_and_gradient = jax.jit(jax.value_and_grad(kd_loss))


def test_jit_changes_nothing():
    arguments = (*batch(), T, KD, CE)
    np.testing.assert_allclose(jax.jit(kd_loss)(*arguments), kd_loss(*arguments), rtol=1e-6)


@pytest.mark.parametrize("dtype", [jnp.bfloat16, np.float16, np.float32, np.float64])
def test_half_precision_is_widened_before_anything_is_computed(dtype):
    student_NV, teacher_NV, labels_N = batch(dtype=dtype)
    loss, gradient_NV = loss_and_gradient(student_NV, teacher_NV, labels_N, T, KD, CE)
    widened = student_NV.astype(np.float32), teacher_NV.astype(np.float32)
    truth, _ = loss_and_gradient(*widened, labels_N, T, KD, CE)
    assert loss.dtype == jnp.float32
    assert loss == truth
    assert gradient_NV.dtype == jnp.result_type(student_NV)


def test_float64_stays_float64():
    with jax.enable_x64(True):
        student_NV, teacher_NV, labels_N = batch(dtype=np.float64)
        loss = kd_loss(student_NV, teacher_NV.astype(np.float32), labels_N, T, KD, CE)
    assert loss.dtype == np.float64
    truth = oracle.loss(student_NV, teacher_NV.astype(np.float32), labels_N, T, KD, CE)
    np.testing.assert_allclose(float(loss), truth, rtol=1e-12)


def test_ignored_rows_have_no_effect_on_any_bit():
    student_NV, teacher_NV, labels_N = batch()
    other_student_NV, other_teacher_NV, _ = batch(seed=1)
    kept_N1 = (labels_N != -100)[:, None]
    loss, gradient_NV = loss_and_gradient(student_NV, teacher_NV, labels_N, T, KD, CE)
    other_loss, other_gradient_NV = loss_and_gradient(
        np.where(kept_N1, student_NV, other_student_NV),
        np.where(kept_N1, teacher_NV, other_teacher_NV),
        labels_N,
        T,
        KD,
        CE,
    )
    assert loss == other_loss
    np.testing.assert_array_equal(gradient_NV, other_gradient_NV)
    np.testing.assert_array_equal(gradient_NV[1], 0)


def test_a_batch_given_twice_has_the_same_loss():
    arrays = batch()
    twice = [np.concatenate([array, array]) for array in arrays]
    np.testing.assert_allclose(kd_loss(*twice, T, KD, CE), kd_loss(*arrays, T, KD, CE), rtol=1e-6)


@pytest.mark.parametrize("student_masks", [False, True])
def test_tokens_masked_by_the_teacher_carry_no_mass(student_masks):
    student_NV, teacher_NV, labels_N = batch()
    student_NV = masked(student_NV) if student_masks else student_NV
    loss, gradient_NV = loss_and_gradient(student_NV, masked(teacher_NV), labels_N, T, KD, CE)
    assert np.isfinite(loss)
    assert np.isfinite(gradient_NV).all()
    if student_masks:
        student_NV, teacher_NV = np.delete((student_NV, teacher_NV), MASKED, axis=-1)
        shared_labels_N = labels_N - (labels_N > MASKED)
        truth = oracle.loss(student_NV, teacher_NV, shared_labels_N, T, KD, CE)
        np.testing.assert_allclose(loss, truth, rtol=1e-5)
        np.testing.assert_array_equal(gradient_NV[:, MASKED], 0)


def test_a_student_that_masks_what_the_teacher_says_is_infinitely_wrong():
    student_NV, teacher_NV, labels_N = batch()
    assert kd_loss(masked(student_NV), teacher_NV, labels_N, T, KD, CE) == np.inf
    assert np.isfinite(kd_loss(masked(student_NV), teacher_NV, labels_N, T, 0, 1))


def test_small_label_dtypes_do_not_wrap_around():
    logits_NV = np.random.default_rng(0).normal(size=(1, 300)).astype(np.float32)
    expected = kd_loss(logits_NV, logits_NV, np.array([156], np.int32), T, 0, 1)
    assert kd_loss(logits_NV, logits_NV, np.array([156], np.uint8), T, 0, 1) == expected
    assert np.isnan(jax.jit(kd_loss)(logits_NV, logits_NV, np.array([-1], np.int8), T, 0, 1))


def test_a_batch_without_a_kept_row_is_nan_under_jit_and_refused_outside():
    student_NV, teacher_NV, _ = batch()
    ignored_N = np.full(N, -100)
    assert np.isnan(jax.jit(kd_loss)(student_NV, teacher_NV, ignored_N, T, KD, CE))
    with pytest.raises(ValueError, match="labels keep no position"):
        kd_loss(student_NV, teacher_NV, ignored_N, T, KD, CE)


def test_other_ranks_are_refused():
    student_NV, teacher_NV, labels_N = batch()
    with pytest.raises(ValueError, match=r"student_logits have shape \(1, 4, 6\), not \[N, V\]"):
        kd_loss(student_NV[None], teacher_NV[None], labels_N[None], T, KD, CE)


@pytest.mark.parametrize("name", ["forward_kl", "reverse_kl"])
def test_sums_are_the_mean_before_its_division(name):
    divergence = divergence_named(name)
    sums = kd_loss_sums(*batch(), T, KD, CE, divergence)
    assert sums.count == 3
    np.testing.assert_allclose(
        sums.loss, KD * T**2 * sums.divergence + CE * sums.cross_entropy, rtol=1e-6
    )
    mean = kd_loss(*batch(), T, KD, CE, divergence)
    np.testing.assert_allclose(mean, sums.loss / sums.count, rtol=1e-6)


@pytest.mark.parametrize("name", ["forward_kl", "reverse_kl"])
def test_ignored_rows_may_hold_anything_under_a_trace(name):
    """Padding of a fully masked attention is NaN in some models, and vocabularies are masked."""
    student_NV, teacher_NV, labels_N = batch()
    divergence = divergence_named(name)

    @jax.jit
    @jax.value_and_grad
    def loss(student_NV, teacher_NV):
        return kd_loss(student_NV, teacher_NV, labels_N, T, KD, CE, divergence)

    clean, clean_NV = loss(student_NV, teacher_NV)
    for value in (np.nan, -np.inf):
        teacher_NV[1, MASKED] = value
        dirty, dirty_NV = loss(student_NV, teacher_NV)
        assert dirty == clean
        np.testing.assert_array_equal(dirty_NV, clean_NV)


def test_sums_refuse_what_the_mean_refuses_but_an_empty_batch():
    student_NV, teacher_NV, labels_N = batch()
    assert kd_loss_sums(student_NV, teacher_NV, np.full(N, -100), T, KD, CE).loss == 0
    with pytest.raises(ValueError, match=r"not \[N, V\]"):
        kd_loss_sums(student_NV[None], teacher_NV[None], labels_N[None], T, KD, CE)
    with pytest.raises(ValueError, match=r"labels\[2\] = 6 is outside the vocabulary"):
        kd_loss_sums(student_NV, teacher_NV, labels_N + (labels_N == 5), T, KD, CE)
    with pytest.raises(ValueError, match="temperature = 0"):
        kd_loss_sums(student_NV, teacher_NV, labels_N, 0.0, KD, CE)
    with pytest.raises(ValueError, match="do not sum to 1"):
        kd_loss_sums(student_NV, teacher_NV, labels_N, T, KD, KD)
