"""Normalisation of features: shapes, dtypes, values without a direction."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aprender.losses.feature import l2_normalize


def test_every_leading_axis_is_kept():
    features = np.random.default_rng(0).normal(size=(2, 3, 5)).astype(np.float32)
    unit = l2_normalize(features)
    assert unit.shape == features.shape
    np.testing.assert_allclose(np.linalg.norm(unit, axis=-1), 1, rtol=1e-6)
    np.testing.assert_allclose(jax.jit(l2_normalize)(features), unit, rtol=1e-6)


@pytest.mark.parametrize("dtype", [jnp.bfloat16, np.float16, np.float32])
def test_half_precision_is_widened(dtype):
    unit = l2_normalize(np.array([3, 4], dtype))
    assert unit.dtype == jnp.float32
    np.testing.assert_allclose(unit, [0.6, 0.8], rtol=1e-6)


def test_zero_maps_to_zero_in_float64_too():
    with jax.enable_x64(True):
        unit = l2_normalize(np.zeros((1, 3), np.float64))
    assert unit.dtype == np.float64
    np.testing.assert_array_equal(unit, 0)


def test_non_finite_features_stay_visible():
    assert np.isnan(l2_normalize(np.array([np.nan, 1.0]))).all()
