"""The JAX quantiser beside the NumPy one, at the edges of what is compiled for."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aprender.formats.gguf.types import GGMLType
from aprender.quant import codecs, exact, jitted


@pytest.mark.parametrize("kind", [GGMLType.Q4_0, GGMLType.Q8_0, GGMLType.BF16, GGMLType.Q6_K])
@pytest.mark.parametrize("blocks", [1, 7, 8, 9, 17])
def test_parts_and_padding_do_not_show(
    kind: GGMLType, blocks: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(jitted, "blocks_at_once", lambda kind: 8 * 256 // kind.block_weights)
    x = np.random.default_rng(0).standard_normal((blocks, 256)).astype(np.float32)
    made = exact.quantize(x, kind)
    np.testing.assert_array_equal(jitted.quantize(x, kind), made)
    np.testing.assert_array_equal(jitted.dequantize(made, kind), exact.dequantize(made, kind))


def test_arrays_of_jax_are_taken_and_given():
    x = jnp.ones((2, 3, 32))
    blocks = jitted.quantize(x, GGMLType.Q8_0)
    assert isinstance(blocks, jax.Array)
    read = jitted.dequantize(blocks, GGMLType.Q8_0)
    assert isinstance(read, jax.Array)
    np.testing.assert_allclose(read, x, rtol=2**-10)


def test_one_compilation_serves_all_sizes(monkeypatch: pytest.MonkeyPatch):
    traced = []

    def encoded(on, kind, x):
        traced.append(x.shape)
        return codecs.encoded(on, kind, x)

    monkeypatch.setattr(jitted, "blocks_at_once", lambda kind: 8)
    monkeypatch.setattr(jitted, "encoded", encoded)
    for rows in (1, 8, 30):
        jitted.quantize(np.ones((rows, 32), np.float32), GGMLType.Q4_1)
    assert traced == [(8, 32)]


def test_half_numbers_have_to_be_widened():
    with pytest.raises(TypeError, match="head has dtype bfloat16, not float32"):
        jitted.quantize(jnp.ones(32, jnp.bfloat16), GGMLType.Q8_0, "head")


def test_refusals_name_the_array():
    with pytest.raises(ValueError, match=r"head\[33\] .*inf is not finite"):
        jitted.quantize(jnp.ones((2, 32)).at[1, 1].set(jnp.inf), GGMLType.Q8_0, "head")
    with pytest.raises(ValueError, match="head: Q8_0 block 0 "):
        jitted.dequantize(jnp.full(34, 255, jnp.uint8), GGMLType.Q8_0, "head")
