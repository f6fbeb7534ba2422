"""RoPE: tables under a trace, lengths, position 0, refusals."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aprender.config import RopeScaling
from aprender.nn.rope import apply_rope, inverse_frequencies, rope_tables

THETA = 1e4
B, T, N, H = 2, 3, 2, 8


def drawn(dtype=np.float32):
    return np.random.default_rng(0).normal(size=(B, T, N, H)).astype(dtype)


def tables(positions=None):
    if positions is None:
        positions = np.arange(B * T, dtype=np.int32).reshape(B, T)
    return rope_tables(positions, inverse_frequencies(H, THETA))


def test_position_0_turns_nothing():
    x = drawn()
    np.testing.assert_array_equal(apply_rope(x, *tables(np.zeros((B, T), np.int32))), x)


def test_a_turn_keeps_the_length_of_a_head():
    x = drawn()
    turned = apply_rope(x, *tables())
    np.testing.assert_allclose(
        np.linalg.norm(turned, axis=-1), np.linalg.norm(x, axis=-1), rtol=1e-6
    )


def test_each_text_has_its_own_positions():
    x = drawn()
    turned = apply_rope(x, *tables())
    for b in range(B):
        cos, sin = tables(np.arange(b * T, (b + 1) * T, dtype=np.int32)[None])
        np.testing.assert_allclose(turned[b], apply_rope(x[b : b + 1], cos, sin)[0], rtol=1e-6)


def test_positions_may_be_traced():
    positions = np.array([[5, 900, 2]], np.int32)
    traced = jax.jit(lambda p: rope_tables(p, inverse_frequencies(H, THETA)))(positions)
    for table, expected in zip(traced, tables(positions), strict=True):
        np.testing.assert_allclose(table, expected, atol=1e-6)


def test_tables_are_float32_where_float64_is_on():
    with jax.enable_x64(True):
        assert [table.dtype for table in tables()] == [np.float32, np.float32]
        assert apply_rope(jnp.asarray(drawn(np.float64)), *tables()).dtype == np.float64


def test_frequencies_are_an_array_of_the_host():
    assert type(inverse_frequencies(H, THETA)) is np.ndarray


def test_a_factor_of_1_stretches_nothing():
    scaling = RopeScaling(
        factor=1.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=64
    )
    np.testing.assert_array_equal(
        inverse_frequencies(H, THETA, scaling), inverse_frequencies(H, THETA)
    )


@pytest.mark.parametrize("head_dim", [-2, 0, 1, 7])
def test_an_odd_head_is_refused(head_dim):
    with pytest.raises(ValueError, match=rf"head_dim = {head_dim} is not even.*FALSIFY-GQ-004"):
        inverse_frequencies(head_dim, THETA)


@pytest.mark.parametrize("dtype", [np.float32, jnp.bfloat16, bool])
def test_positions_that_are_no_integers_are_refused(dtype):
    with pytest.raises(TypeError, match=r"positions have dtype .*FALSIFY-GQ-004"):
        rope_tables(np.zeros((B, T), dtype), inverse_frequencies(H, THETA))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x_BTNH": drawn()[..., 1:]}, r"x has shape \(2, 3, 2, 7\)"),
        ({"x_BTNH": drawn()[0]}, r"x has shape \(3, 2, 8\)"),
        ({"cos_BTR": tables()[0][:1]}, r"cos has shape \(1, 3, 4\), not \(2, 3, 4\)"),
        ({"sin_BTR": tables()[1][..., :1]}, r"sin has shape \(2, 3, 1\), not \(2, 3, 4\)"),
        ({"sin_BTR": tables()[1][:, :, None]}, r"sin has shape \(2, 3, 1, 4\)"),
    ],
)
def test_what_does_not_fit_is_refused(changes, message):
    cos, sin = tables()
    with pytest.raises(ValueError, match=rf"{message}.*FALSIFY-GQ-004"):
        apply_rope(**{"x_BTNH": drawn(), "cos_BTR": cos, "sin_BTR": sin} | changes)
