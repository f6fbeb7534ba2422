"""Refusals: each names its argument, and the domain is let through."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aprender.losses import checks

N, V = 2, 3


def arguments(**changes):
    return {
        "student_logits": np.zeros((N, V), np.float32),
        "teacher_logits": np.ones((N, V), np.float32),
        "labels": np.array([0, V - 1]),
        "temperature": 3.0,
        "kd_weight": 0.7,
        "ce_weight": 0.3,
    } | changes


def with_value(value, dtype=np.float32):
    logits = np.zeros((N, V), dtype)
    logits[1, 2] = value
    return logits


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": np.array([0, V])}, r"labels\[1\] = 3 is outside the vocabulary \[0, 3\)"),
        ({"labels": np.array([-1, 0])}, r"labels\[0\] = -1 is outside"),
        ({"labels": np.array([0, 2**40])}, r"labels\[1\] = 1099511627776 is outside"),
        ({"labels": np.zeros(N + 1, int)}, r"labels have shape \(3,\), not \(2,\)"),
        ({"teacher_logits": np.zeros((N, V + 1))}, r"teacher_logits have shape \(2, 4\), not"),
        ({"student_logits": with_value(np.nan)}, r"student_logits\[1, 2\] = nan is not a logit"),
        ({"teacher_logits": with_value(np.inf)}, r"teacher_logits\[1, 2\] = inf is not a logit"),
        ({"teacher_logits": np.full((N, V), -np.inf)}, r"teacher_logits\[0\] mask the whole"),
        ({"temperature": 0.0}, r"temperature = 0.0 is not finite and above 0"),
        ({"temperature": np.nan}, r"temperature = nan"),
        ({"temperature": np.ones(N)}, r"temperature has shape \(2,\), not that of a single number"),
        ({"kd_weight": 1.5, "ce_weight": -0.5}, r"kd_weight = 1.5 is outside \[0, 1\]"),
        ({"kd_weight": 0.5, "ce_weight": np.nan}, r"ce_weight = nan is outside \[0, 1\]"),
        ({"kd_weight": 0.7, "ce_weight": 0.7}, r"kd_weight = 0.7 and ce_weight = 0.7 do not sum"),
    ],
)
def test_a_refusal_names_the_argument_and_its_guard(changes, message):
    with pytest.raises(ValueError, match=f"{message}.*{checks.GUARD}"):
        checks.check_kd_arguments(**arguments(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"labels": np.array([0.0, 1.0])},
        {"student_logits": np.zeros((N, V), int)},
        {"teacher_logits": np.zeros((N, V), bool)},
    ],
)
def test_a_wrong_dtype_is_a_type_error(changes):
    (name,) = changes
    with pytest.raises(TypeError, match=f"{name} have dtype"):
        checks.check_kd_arguments(**arguments(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"student_logits": with_value(-np.inf)},
        {"labels": np.array([-100, 0])},
        {"kd_weight": np.float32(0.7), "ce_weight": np.float32(0.3)},
        {"temperature": 1, "kd_weight": 1, "ce_weight": 0},
    ],
)
def test_the_domain_is_accepted(changes):
    assert checks.check_kd_arguments(**arguments(**changes)) is None


@pytest.mark.parametrize("dtype", [jnp.bfloat16, np.float16])
def test_half_precision_values_are_checked(dtype):
    with pytest.raises(ValueError, match=r"student_logits\[1, 2\] = nan"):
        checks.check_logits("student_logits", with_value(np.nan, dtype))


def test_under_a_trace_shapes_are_checked_and_values_are_not():
    @jax.jit
    def traced(student_logits):
        checks.check_kd_arguments(**arguments(student_logits=student_logits))
        return student_logits

    assert np.isnan(traced(with_value(np.nan))).any()
    with pytest.raises(ValueError, match="teacher_logits have shape"):
        traced(np.zeros((N, V + 1), np.float32))


def test_a_concrete_argument_is_checked_while_others_are_traced():
    def traced(student_logits):
        checks.check_kd_arguments(**arguments(student_logits=student_logits, temperature=-1.0))
        return student_logits

    with pytest.raises(ValueError, match=r"temperature = -1\.0"):
        jax.jit(traced)(np.zeros((N, V), np.float32))


@pytest.mark.parametrize("labels", [np.array([-100, -100]), np.zeros((2, 0), int)])
def test_labels_without_a_kept_position_are_refused(labels):
    with pytest.raises(ValueError, match="labels keep no position to train on"):
        checks.check_some_kept(labels)
