"""SwiGLU: dtype and refusals."""

from __future__ import annotations

import jax.numpy as jnp
import pytest

from aprender.nn.mlp import swiglu


@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16, jnp.float32])
def test_the_dtype_stays(dtype):
    assert swiglu(jnp.ones(3, dtype), jnp.ones(3, dtype)).dtype == dtype


def test_a_large_negative_gate_closes():
    assert swiglu(jnp.array([-1e4]), jnp.array([1e4])) == 0


@pytest.mark.parametrize("shape", [(), (1,), (1, 3), (2, 1), (3, 2)])
def test_an_up_of_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match=r"gate has shape \(2, 3\), and up .*FALSIFY-TK-SWIGLU"):
        swiglu(jnp.ones((2, 3)), jnp.ones(shape))
