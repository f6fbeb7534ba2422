"""RMSNorm: leading axes, the norm of heads, refusals."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aprender.nn.norm import rms_norm

EPS = 1e-6


def test_each_head_is_a_vector_of_its_own():
    heads_BTNH = np.random.default_rng(0).normal(size=(2, 3, 4, 8)).astype(np.float32)
    weight_H = np.arange(1, 9, dtype=np.float32)
    normed_BTNH = rms_norm(heads_BTNH, weight_H, EPS)
    for at in np.ndindex(2, 3, 4):
        np.testing.assert_allclose(
            normed_BTNH[at], rms_norm(heads_BTNH[at], weight_H, EPS), rtol=1e-6
        )


def test_a_scaled_vector_has_the_same_norm():
    x = np.random.default_rng(1).normal(size=(3, 16)).astype(np.float32)
    ones = np.ones(16, np.float32)
    normed = rms_norm(x, ones, EPS)
    np.testing.assert_allclose(jnp.mean(jnp.square(normed), axis=-1), 1, rtol=1e-5)
    np.testing.assert_allclose(rms_norm(100 * x, ones, EPS), normed, rtol=1e-5)


def test_a_float32_weight_leaves_half_precision_half():
    x = jnp.ones((2, 4), jnp.bfloat16)
    assert rms_norm(x, jnp.ones(4, jnp.float32), EPS).dtype == jnp.bfloat16


def test_jit_changes_nothing():
    x = np.random.default_rng(2).normal(size=(3, 16)).astype(np.float32)
    ones = np.ones(16, np.float32)
    np.testing.assert_allclose(jax.jit(rms_norm)(x, ones, EPS), rms_norm(x, ones, EPS), rtol=1e-6)


@pytest.mark.parametrize("shape", [(), (1,), (5,), (1, 4), (3, 4)])
def test_a_weight_of_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match=r"weight has shape .*not \(4,\).*FALSIFY-TK-NORM"):
        rms_norm(np.ones((3, 4), np.float32), np.ones(shape, np.float32), EPS)
