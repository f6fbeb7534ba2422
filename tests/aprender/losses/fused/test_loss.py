"""The fused loss beside the dense one, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aprender.losses.fused import (
    LinearHead,
    Tiling,
    TopK,
    fused_kd_loss,
    fused_kd_loss_sums,
    top_k_of,
)
from aprender.losses.kd import kd_loss
from aprender.losses.labels import IGNORED_LABEL

B, T, D, V = 2, 3, 4, 7


def batch() -> tuple[LinearHead, jax.Array, jax.Array]:
    """Student, teacher's logits [B, T, V] and labels [B, T] with one left out."""
    rng = np.random.default_rng(7)
    student = LinearHead(
        jnp.asarray(rng.normal(size=(B, T, D)), jnp.float32),
        jnp.asarray(rng.normal(size=(V, D)), jnp.float32),
    )
    teacher = jnp.asarray(rng.normal(size=(B, T, V)), jnp.float32)
    labels = jnp.asarray(rng.integers(0, V, (B, T))).at[0, 1].set(IGNORED_LABEL)
    return student, teacher, labels


def test_leading_axes_are_rows() -> None:
    student, teacher, labels = batch()
    dense = kd_loss(
        (student.hidden @ student.weight.T).reshape(-1, V),
        teacher.reshape(-1, V),
        labels.reshape(-1),
        2.0,
        0.4,
        0.6,
    )
    np.testing.assert_allclose(
        fused_kd_loss(student, teacher, labels, 2.0, 0.4, 0.6), dense, rtol=2e-6
    )


def test_all_ignored_sums_are_zero_and_move_nothing() -> None:
    student, teacher, labels = batch()
    nothing = jnp.full_like(labels, IGNORED_LABEL)

    def total(student: LinearHead) -> jax.Array:
        return fused_kd_loss_sums(student, teacher, nothing, 2.0, 0.4, 0.6).loss

    assert fused_kd_loss_sums(student, teacher, nothing, 2.0, 0.4, 0.6) == (0, 0, 0, 0)
    for array in jax.tree.leaves(jax.grad(total)(student)):
        np.testing.assert_array_equal(array, 0)
    with pytest.raises(ValueError, match="labels keep no position"):
        fused_kd_loss(student, teacher, nothing, 2.0, 0.4, 0.6)
    mean = jax.jit(lambda labels: fused_kd_loss(student, teacher, labels, 2.0, 0.4, 0.6))
    assert np.isnan(mean(nothing))


def test_ignored_rows_may_hold_anything() -> None:
    student, teacher, labels = batch()
    gradient = jax.grad(fused_kd_loss)
    broken = replace(student, hidden=student.hidden.at[0, 1].set(jnp.nan))
    before = gradient(student, teacher, labels, 2.0, 0.4, 0.6)
    after = gradient(broken, teacher, labels, 2.0, 0.4, 0.6)
    for old, new in zip(jax.tree.leaves(before), jax.tree.leaves(after), strict=True):
        np.testing.assert_array_equal(new, old)


def test_weights_have_their_derivative_and_the_temperature_says_that_it_has_none() -> None:
    student, teacher, labels = batch()
    sums = fused_kd_loss_sums(student, teacher, labels, 2.0, 0.4, 0.6)
    of_loss = jax.grad(fused_kd_loss, argnums=(3, 4, 5))(student, teacher, labels, 2.0, 0.4, 0.6)
    assert np.isnan(of_loss[0])
    np.testing.assert_allclose(of_loss[1], 4 * sums.divergence / sums.count, rtol=1e-6)
    np.testing.assert_allclose(of_loss[2], sums.cross_entropy / sums.count, rtol=1e-6)


def test_gradients_have_the_dtype_of_their_arrays() -> None:
    student, teacher, labels = batch()
    half = LinearHead(student.hidden, student.weight.astype(jnp.bfloat16), jnp.zeros(V))
    gradient = jax.grad(fused_kd_loss)(half, teacher, labels, 2.0, 0.4, 0.6)
    assert [array.dtype for array in jax.tree.leaves(gradient)] == [
        "float32",
        "bfloat16",
        "float32",
    ]


def test_a_vocabulary_that_is_stated_cuts_both_sides() -> None:
    student, teacher, labels = batch()
    labels = jnp.minimum(labels, V - 3)
    narrow = LinearHead(student.hidden, student.weight[: V - 2])
    wanted = fused_kd_loss(narrow, teacher[..., : V - 2], labels, 2.0, 0.4, 0.6)
    for kept in (student, narrow):
        cut = fused_kd_loss(kept, teacher, labels, 2.0, 0.4, 0.6, vocabulary=V - 2)
        np.testing.assert_allclose(cut, wanted, rtol=1e-6)


def refused(match: str, error: type[Exception] = ValueError, **changed: Any) -> None:
    student, teacher, labels = batch()
    arguments = {
        "student": student,
        "teacher": teacher,
        "labels": labels,
        "temperature": 2.0,
        "kd_weight": 0.4,
        "ce_weight": 0.6,
    }
    with pytest.raises(error, match=match):
        fused_kd_loss(**{**arguments, **changed})


@pytest.mark.parametrize(
    ("match", "changed"),
    [
        ("student: hidden has shape", {"weight": jnp.zeros((V, D + 1))}),
        ("student: bias has shape", {"bias": jnp.zeros(V + 1)}),
        ("student is empty", {"hidden": jnp.zeros((0, T, D))}),
        ("student: softcap = 0.0 is not above 0", {"softcap": 0.0}),
        ("student: softcap = nan is not above 0", {"softcap": float("nan")}),
    ],
)
def test_a_head_that_is_none_is_refused(match: str, changed: dict[str, Any]) -> None:
    student, _, _ = batch()
    refused(match, student=replace(student, **changed))


def test_integers_are_refused() -> None:
    student, _, _ = batch()
    head = replace(student, weight=jnp.ones((V, D), int))
    refused("student: weight has dtype int32", TypeError, student=head)
    refused("teacher: weight has dtype int32", TypeError, teacher=head)


@pytest.mark.parametrize("vocabulary", [0, V + 1])
def test_a_vocabulary_that_the_student_has_not_is_refused(vocabulary: int) -> None:
    refused(rf"vocabulary = {vocabulary} is outside \[1, {V}\]", vocabulary=vocabulary)


def test_a_teacher_with_nan_is_refused() -> None:
    _, teacher, _ = batch()
    refused(r"teacher_logits\[0, 0, 0\] = nan", teacher=teacher.at[0, 0, 0].set(jnp.nan))


def entries(**changed: Any) -> TopK:
    _, teacher, _ = batch()
    return replace(top_k_of(teacher, 2, 2.0), **changed)


@pytest.mark.parametrize(
    ("match", "changed"),
    [
        ("top-k ids have shape", {"logits": jnp.zeros((B, T, 3))}),
        ("top-k ids have shape", {"ids": jnp.zeros((T, 2), int), "logits": jnp.zeros((T, 2))}),
        ("the top-k log_tail has shape", {"log_tail": jnp.zeros(T)}),
        (r"top-k ids\[0, 0, 0\] = 7 is outside", {"ids": jnp.full((B, T, 2), V)}),
        (r"top-k ids\[0, 0\] list a token twice", {"ids": jnp.zeros((B, T, 2), int)}),
        (r"top-k logits\[0, 0, 0\] = nan", {"logits": jnp.full((B, T, 2), jnp.nan)}),
        ("temperature = 0.0", {"temperature": 0.0}),
        ("made at temperature 3.0, and the loss is at 2.0", {"temperature": 3.0}),
    ],
)
def test_entries_that_are_none_are_refused(match: str, changed: dict[str, Any]) -> None:
    refused(match, teacher=entries(**changed))


def test_entries_of_floating_ids_are_refused() -> None:
    refused("top-k ids have dtype float32", TypeError, teacher=entries(ids=jnp.zeros((B, T, 2))))


@pytest.mark.parametrize("k", [0, V + 1])
def test_more_entries_than_tokens_are_refused(k: int) -> None:
    _, teacher, _ = batch()
    with pytest.raises(ValueError, match=rf"k = {k} is outside \[1, {V}\]"):
        top_k_of(teacher, k, 2.0)


def test_tiles_of_any_size_give_the_same() -> None:
    student, teacher, labels = batch()
    wanted = fused_kd_loss(student, teacher, labels, 2.0, 0.4, 0.6)
    for tiling in (Tiling(1, 1), Tiling(4, 3), Tiling(100, 100)):
        given = fused_kd_loss(student, teacher, labels, 2.0, 0.4, 0.6, tiling=tiling)
        np.testing.assert_allclose(given, wanted, rtol=1e-6)
