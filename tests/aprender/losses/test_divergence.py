"""The divergences in float32, under jit, and at masks that make them infinite."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aprender.losses.divergence import divergence_named, jensen_shannon, reverse_kl
from aprender.losses.kd import forward_kl, kd_loss

TEACHER = jnp.log(jnp.array([[0.5, 0.3, 0.2]]))
STUDENT = jnp.log(jnp.array([[0.2, 0.2, 0.6]]))
MASKED = TEACHER.at[0, 1].set(-jnp.inf)


def test_jensen_shannon_is_symmetric_at_one_half():
    one = jensen_shannon(TEACHER, STUDENT, 2.0, 0.5)
    other = jensen_shannon(STUDENT, TEACHER, 2.0, 0.5)
    np.testing.assert_allclose(one, other, rtol=1e-6)


def test_jensen_shannon_is_bounded_where_nothing_is_shared():
    teacher, student = jnp.array([[0.0, -jnp.inf]]), jnp.array([[-jnp.inf, 0.0]])
    value = jensen_shannon(teacher, student, 1.0, 0.5)
    np.testing.assert_allclose(value, np.log(2), rtol=1e-6)
    assert np.isposinf(forward_kl(teacher, student, 1.0)).all()


def test_reverse_kl_is_infinite_where_the_teacher_masks_alone():
    assert np.isposinf(reverse_kl(MASKED, STUDENT, 1.0)).all()
    assert np.isfinite(reverse_kl(TEACHER, STUDENT.at[0, 1].set(-jnp.inf), 1.0)).all()


def test_an_infinite_reverse_kl_of_weight_0_has_no_effect_on_the_gradient():
    labels = np.array([1])
    with_reverse, gradient = jax.value_and_grad(kd_loss)(
        STUDENT, MASKED, labels, 2.0, 0.0, 1.0, divergence=reverse_kl
    )
    assert with_reverse == kd_loss(STUDENT, TEACHER, labels, 2.0, 0.0, 1.0)
    truth = jax.nn.softmax(STUDENT) - jax.nn.one_hot(labels, 3)
    np.testing.assert_allclose(gradient, truth, atol=1e-6)


def test_temperature_is_on_both_sides():
    for divergence in (reverse_kl, lambda p, q, t: jensen_shannon(p, q, t, 0.3)):
        np.testing.assert_allclose(
            divergence(TEACHER, STUDENT, 4.0), divergence(TEACHER / 2, STUDENT / 2, 2.0), rtol=1e-5
        )


@pytest.mark.parametrize(("beta", "remedy"), [(0.0, "forward_kl"), (1.0, "reverse_kl")])
def test_ends_name_what_is_meant(beta, remedy):
    with pytest.raises(ValueError, match=remedy):
        jensen_shannon(TEACHER, STUDENT, 1.0, beta)
    with pytest.raises(ValueError, match="beta = nan"):
        jensen_shannon(TEACHER, STUDENT, 1.0, float("nan"))


def test_traced_beta_cannot_be_refused_and_gives_a_value():
    value = jax.jit(jensen_shannon)(TEACHER, STUDENT, 1.0, 0.3)
    np.testing.assert_allclose(value, 0.07522896, rtol=1e-5)


def test_a_name_is_the_function_of_that_name():
    assert divergence_named("forward_kl") is forward_kl
    assert divergence_named("reverse_kl") is reverse_kl
    value = divergence_named("jensen_shannon", 0.3)(TEACHER, STUDENT, 2.0)
    assert value == jensen_shannon(TEACHER, STUDENT, 2.0, 0.3)


@pytest.mark.parametrize(
    ("name", "beta", "message"),
    [
        ("kl", None, "'kl' is none of forward_kl, reverse_kl, jensen_shannon"),
        ("", 0.5, "'' is none of"),
        ("jensen_shannon", None, "jensen_shannon needs a beta"),
        ("jensen_shannon", 1.0, "beta = 1.0 is not between 0 and 1: use reverse_kl"),
        ("forward_kl", 0.5, "beta = 0.5 has no meaning for forward_kl"),
        ("reverse_kl", 0.0, "beta = 0.0 has no meaning for reverse_kl"),
    ],
)
def test_names_and_betas_that_mean_nothing_are_refused(name, beta, message):
    with pytest.raises(ValueError, match=message):
        divergence_named(name, beta)
