"""Hidden states: the class and its function, dtypes, widths, refusals."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aprender.losses.hidden import ProgressiveDistillation, hidden_state_loss
from falsifiers.oracles import feature as oracle

PAIRS, WEIGHTS = ((0, 0), (1, 2)), (0.25, 0.75)
B, T, D = 2, 3, 4


def states(layers, width=D, seed=0, dtype=np.float32):
    return np.random.default_rng(seed).normal(size=(layers, B, T, width)).astype(dtype)


def test_the_class_is_its_function():
    student, teacher, kept = states(2), states(3, seed=1), np.eye(B, T, dtype=bool)
    projections = [np.eye(D, dtype=np.float32)] * 2
    value = ProgressiveDistillation(PAIRS, WEIGHTS)(student, teacher, kept, projections)
    assert value == hidden_state_loss(student, teacher, PAIRS, WEIGHTS, kept, projections)
    truth = oracle.hidden_loss(student, teacher, PAIRS, WEIGHTS, kept, [None, None])
    np.testing.assert_allclose(value, truth, rtol=1e-6)


def test_the_class_refuses_a_mapping_when_it_is_made():
    with pytest.raises(ValueError, match="do not sum to 1"):
        ProgressiveDistillation(PAIRS, (0.5, 0.6))


@pytest.mark.parametrize("dtype", [jnp.bfloat16, np.float16])
def test_half_precision_is_widened_before_anything_is_computed(dtype):
    student, teacher = states(2, dtype=dtype), states(3, seed=1, dtype=dtype)
    value = hidden_state_loss(student, teacher, PAIRS, WEIGHTS)
    wide = (x.astype(np.float32) for x in (student, teacher))
    assert value.dtype == jnp.float32
    assert value == hidden_state_loss(*wide, PAIRS, WEIGHTS)


def test_float64_stays_float64():
    with jax.enable_x64(True):
        assert hidden_state_loss(
            states(2, dtype=np.float64), states(3), PAIRS, WEIGHTS
        ).dtype == np.dtype(np.float64)


@pytest.mark.parametrize("lead", [(), (5,), (2, 3, 4)])
def test_leading_axes_are_free(lead):
    student, teacher = np.zeros((1, *lead, D)), np.ones((1, *lead, D))
    assert hidden_state_loss(student, teacher, [(0, 0)], [1.0]) == 1


def test_a_projection_is_a_leaf_that_learns():
    student, teacher = states(2), states(3, width=D + 1, seed=1)
    projections = [np.zeros((D, D + 1), np.float32)] * 2

    def loss(projections):
        return hidden_state_loss(student, teacher, PAIRS, WEIGHTS, None, projections)

    before, gradients = jax.value_and_grad(loss)(projections)
    stepped = jax.tree.map(lambda p, g: p - 0.1 * g, projections, gradients)
    assert loss(stepped) < before


def test_a_traced_mask_that_keeps_nothing_gives_nan():
    student, teacher = states(2), states(3)
    traced = jax.jit(lambda kept: hidden_state_loss(student, teacher, PAIRS, WEIGHTS, kept))
    assert np.isnan(traced(np.zeros((B, T), bool)))
    assert np.isfinite(traced(np.ones((B, T), bool)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"teacher_hidden": states(3)[:, :1]}, "layer 0 have shapes .* positions differ"),
        ({"teacher_hidden": states(3, width=1)}, "have widths 4 and 1: give a projection"),
        ({"teacher_hidden": states(2)}, "teacher layer 2 is not there: 2 are given"),
        ({"student_hidden": np.zeros((2, B, T, 0))}, "student's has shape .* not"),
        ({"student_hidden": np.zeros(2)}, r"student's has shape \(\), not"),
        ({"projections": [None]}, "projections are 1, pairs 2"),
        ({"projections": [None, np.zeros((D, 1))]}, "the projection of student layer 1 and"),
        ({"kept": np.ones((B, T, 1), bool)}, "kept has shape"),
        ({"pairs": ((1, 2), (0, 0))}, "from shallow to deep"),
    ],
)
def test_a_refusal_names_what_does_not_fit(changes, message):
    arguments = {
        "student_hidden": states(2),
        "teacher_hidden": states(3),
        "pairs": PAIRS,
        "weights": WEIGHTS,
    }
    with pytest.raises(ValueError, match=message):
        hidden_state_loss(**arguments | changes)
