"""The loss under Hugging Face conventions: the shift, the mask, the adapter."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aprender.hf_pipeline.distillation import distillation_loss, kd_loss_cell
from falsifiers.oracles import kd as oracle

TEMPERATURE, KD, CE = 2.0, 0.7, 0.3
B, T, V = 2, 4, 5
LABELS_BT = np.array([[1, -100, 3, 0], [4, 2, -100, -100]], np.int32)


def logits(seed=0, dtype=np.float32):
    return np.random.default_rng(seed).normal(0, 2, (2, B, T, V)).astype(dtype)


def test_logits_predict_the_next_label_and_every_kept_one_weighs_the_same():
    student_BTV, teacher_BTV = logits()
    loss = distillation_loss(student_BTV, teacher_BTV, LABELS_BT, TEMPERATURE, KD, CE)
    truth = oracle.loss(
        student_BTV[:, :-1].reshape(-1, V),
        teacher_BTV[:, :-1].reshape(-1, V),
        LABELS_BT[:, 1:].reshape(-1),
        TEMPERATURE,
        KD,
        CE,
    )
    np.testing.assert_allclose(loss, truth, rtol=1e-6)


@pytest.mark.parametrize(("kd_weight", "ce_weight"), [(1, 0), (0, 1), (KD, CE)])
def test_gradient_is_where_the_next_label_is_kept(kd_weight, ce_weight):
    student_BTV, teacher_BTV = logits()
    gradient_BTV = jax.grad(distillation_loss)(
        student_BTV, teacher_BTV, LABELS_BT, TEMPERATURE, kd_weight, ce_weight
    )
    trained_BT = (gradient_BTV != 0).any(axis=-1)
    np.testing.assert_array_equal(trained_BT[:, :-1], LABELS_BT[:, 1:] != -100)
    assert not trained_BT[:, -1].any()


def test_what_predicts_nothing_has_no_effect_on_any_bit():
    student_BTV, teacher_BTV = logits()
    others = logits(seed=1)
    used_BT1 = np.zeros((B, T, 1), bool)
    used_BT1[:, :-1, 0] = LABELS_BT[:, 1:] != -100
    other_labels_BT = LABELS_BT.copy()
    other_labels_BT[:, 0] = -100
    loss = jax.jit(distillation_loss)
    assert loss(student_BTV, teacher_BTV, LABELS_BT, TEMPERATURE, KD, CE) == loss(
        np.where(used_BT1, student_BTV, others[0]),
        np.where(used_BT1, teacher_BTV, others[1]),
        other_labels_BT,
        TEMPERATURE,
        KD,
        CE,
    )


def test_ignored_predictions_may_hold_anything_under_a_trace():
    """Padding of a fully masked attention is NaN in some models."""
    student_BTV, teacher_BTV = logits()
    loss = jax.jit(jax.value_and_grad(distillation_loss))
    clean, clean_BTV = loss(student_BTV, teacher_BTV, LABELS_BT, TEMPERATURE, KD, CE)
    student_BTV[1, 2], teacher_BTV[1, 2] = np.nan, np.nan
    dirty, dirty_BTV = loss(student_BTV, teacher_BTV, LABELS_BT, TEMPERATURE, KD, CE)
    assert dirty == clean
    np.testing.assert_array_equal(dirty_BTV, clean_BTV)


def test_jit_changes_nothing():
    arguments = (*logits(), LABELS_BT, TEMPERATURE, KD, CE)
    np.testing.assert_allclose(
        jax.jit(distillation_loss)(*arguments), distillation_loss(*arguments), rtol=1e-6
    )


@pytest.mark.parametrize("dtype", [jnp.bfloat16, np.float16, np.float32, np.float64])
def test_half_precision_is_widened_before_anything_is_computed(dtype):
    student_BTV, teacher_BTV = logits(dtype=dtype)
    compiled = jax.jit(distillation_loss)
    loss = compiled(student_BTV, teacher_BTV, LABELS_BT, TEMPERATURE, KD, CE)
    widened = student_BTV.astype(np.float32), teacher_BTV.astype(np.float32)
    assert loss.dtype == jnp.float32
    assert loss == compiled(*widened, LABELS_BT, TEMPERATURE, KD, CE)


def test_float64_stays_float64():
    with jax.enable_x64(True):
        loss = distillation_loss(*logits(dtype=np.float64), LABELS_BT, TEMPERATURE, KD, CE)
    assert loss.dtype == np.float64


@pytest.mark.parametrize(
    ("labels_BT", "message"),
    [
        (np.array([[1, 2, 3, 0], [1, 2, V, 0]]), r"labels\[1, 2\] = 5 is outside"),
        (np.array([[-1, 2, 3, 0], [1, 2, 3, 0]]), r"labels\[0, 0\] = -1 is outside"),
        (np.array([[1, -100, -100, -100]] * B), "labels keep no position"),
    ],
)
def test_refusals_name_the_position_in_the_batch(labels_BT, message):
    with pytest.raises(ValueError, match=message):
        distillation_loss(*logits(), labels_BT, TEMPERATURE, KD, CE)


def test_a_sequence_of_one_token_predicts_nothing():
    with pytest.raises(ValueError, match="labels keep no position"):
        distillation_loss(*logits()[:, :, :1], LABELS_BT[:, :1], TEMPERATURE, KD, CE)


def test_other_ranks_are_refused():
    student_BTV, teacher_BTV = logits()
    with pytest.raises(ValueError, match=r"not \[B, T, V\]"):
        distillation_loss(student_BTV[0], teacher_BTV[0], LABELS_BT[0], TEMPERATURE, KD, CE)
    with pytest.raises(ValueError, match=r"not \[N, V\]"):
        kd_loss_cell(student_BTV, teacher_BTV, LABELS_BT, TEMPERATURE, KD, CE)


def test_the_adapter_predicts_every_row_and_keeps_the_callers_positions():
    student_BTV, teacher_BTV = logits()
    loss = kd_loss_cell(student_BTV[0], teacher_BTV[0], LABELS_BT[0], TEMPERATURE, KD, CE)
    truth = oracle.loss(student_BTV[0], teacher_BTV[0], LABELS_BT[0], TEMPERATURE, KD, CE)
    np.testing.assert_allclose(loss, truth, rtol=1e-6)
    with pytest.raises(ValueError, match=r"labels\[3\] = 5 is outside"):
        kd_loss_cell(student_BTV[0], teacher_BTV[0], np.array([1, 2, 3, V]), TEMPERATURE, KD, CE)
