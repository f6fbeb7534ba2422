"""Attention transfer: the class and its function, dtypes, heads, refusals."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aprender.losses.attention import AttentionTransfer, attention_transfer_loss
from falsifiers.oracles import feature as oracle

PAIRS, WEIGHTS = ((0, 0), (1, 2)), (0.25, 0.75)
B, N, T = 2, 2, 3


def maps(layers, heads=N, seed=0, dtype=np.float32):
    weights = np.exp(np.random.default_rng(seed).normal(size=(layers, B, heads, T, T)))
    return (weights / weights.sum(axis=-1, keepdims=True)).astype(dtype)


def test_the_class_is_its_function():
    student, teacher = maps(2), maps(3, heads=5, seed=1)
    kept = np.array([[True, True, False], [True, True, True]])
    value = AttentionTransfer(PAIRS, WEIGHTS)(student, teacher, kept)
    assert value == attention_transfer_loss(student, teacher, PAIRS, WEIGHTS, kept)
    truth = oracle.attention_loss(student, teacher, PAIRS, WEIGHTS, kept)
    np.testing.assert_allclose(value, truth, rtol=1e-5)


def test_the_class_refuses_a_mapping_when_it_is_made():
    with pytest.raises(ValueError, match="list each pair once"):
        AttentionTransfer(((0, 0), (0, 0)), WEIGHTS)


@pytest.mark.parametrize("dtype", [jnp.bfloat16, np.float16])
def test_half_precision_is_widened_before_anything_is_computed(dtype):
    student, teacher = maps(2, dtype=dtype), maps(3, seed=1, dtype=dtype)
    value = attention_transfer_loss(student, teacher, PAIRS, WEIGHTS)
    wide = (x.astype(np.float32) for x in (student, teacher))
    assert value.dtype == jnp.float32
    assert value == attention_transfer_loss(*wide, PAIRS, WEIGHTS)


def test_jit_changes_nothing():
    arguments = maps(2), maps(3, seed=1)
    loss = AttentionTransfer(PAIRS, WEIGHTS)
    np.testing.assert_allclose(jax.jit(loss)(*arguments), loss(*arguments), rtol=1e-5)


def test_a_traced_mask_that_keeps_nothing_gives_nan():
    student, teacher = maps(2), maps(3, seed=1)
    traced = jax.jit(lambda kept: attention_transfer_loss(student, teacher, PAIRS, WEIGHTS, kept))
    assert np.isnan(traced(np.zeros((B, T), bool)))
    assert np.isfinite(traced(np.ones((B, T), bool)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"teacher_attention": maps(3)[..., 1:, 1:]}, "only the heads may differ in number"),
        ({"teacher_attention": maps(3)[:, 1:]}, "layer 0 have shapes .* only the heads"),
        ({"teacher_attention": maps(3)[..., 1:]}, "the teacher's has shape .* not .B, N, T, T."),
        ({"student_attention": maps(2)[:, 0]}, "the student's has shape .* not .B, N, T, T."),
        ({"student_attention": maps(2)[:, :0]}, "the student's has shape"),
        ({"teacher_attention": maps(2)}, "teacher layer 2 is not there: 2 are given"),
        ({"kept": np.ones((B, T - 1), bool)}, "kept has shape"),
        ({"kept": np.zeros((B, T), bool)}, "kept holds no position"),
        ({"weights": (1.0, 1.0)}, "do not sum to 1"),
    ],
)
def test_a_refusal_names_what_does_not_fit(changes, message):
    arguments = {
        "student_attention": maps(2),
        "teacher_attention": maps(3),
        "pairs": PAIRS,
        "weights": WEIGHTS,
    }
    with pytest.raises(ValueError, match=message):
        attention_transfer_loss(**arguments | changes)
