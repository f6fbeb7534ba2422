"""The NumPy quantiser beside gguf-py, on arrays of many parts, layouts and sizes."""

from __future__ import annotations

import subprocess
import sys

import gguf
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aprender import quant
from aprender.formats.gguf.types import GGMLType
from aprender.quant import exact
from aprender.quant.codecs import CODECS

LEGACY = [GGMLType.Q4_0, GGMLType.Q4_1, GGMLType.Q5_0, GGMLType.Q5_1, GGMLType.Q8_0]
HALVES = [GGMLType.F32, GGMLType.F16, GGMLType.BF16]


def weights(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def of_gguf(kind: GGMLType) -> gguf.GGMLQuantizationType:
    return gguf.GGMLQuantizationType[kind.name]


@pytest.mark.parametrize("kind", LEGACY + HALVES, ids=lambda kind: kind.name)
def test_blocks_are_those_of_gguf_py(kind: GGMLType):
    x = weights(2, 3, 256)
    made = gguf.quantize(x, of_gguf(kind))
    np.testing.assert_array_equal(quant.quantize(x, kind), made.view(np.uint8))


@pytest.mark.parametrize("kind", CODECS, ids=lambda kind: kind.name)
def test_values_are_those_of_gguf_py(kind: GGMLType):
    blocks = quant.quantize(weights(5, 512), kind)
    theirs = gguf.dequantize(blocks, of_gguf(kind))
    np.testing.assert_array_equal(quant.dequantize(blocks, kind), theirs)


@pytest.mark.parametrize("kind", CODECS, ids=lambda kind: kind.name)
def test_parts_do_not_show(kind: GGMLType, monkeypatch: pytest.MonkeyPatch):
    x = weights(7, 768)
    whole = quant.quantize(x, kind)
    read = quant.dequantize(whole, kind)
    monkeypatch.setattr(exact, "WEIGHTS_AT_ONCE", 512)
    monkeypatch.setattr(exact, "WEIGHTS_AT_ONCE_IN_A_SEARCH", 512)
    np.testing.assert_array_equal(quant.quantize(x, kind), whole)
    np.testing.assert_array_equal(quant.dequantize(whole, kind), read)


@pytest.mark.parametrize("kind", [GGMLType.Q5_0, GGMLType.Q4_K, GGMLType.Q6_K])
def test_strides_do_not_show(kind: GGMLType):
    x = weights(256, 8)
    for view in (x.T, np.asfortranarray(x.T), x.T[::-1], weights(3, 512)[:, ::2]):
        packed = np.ascontiguousarray(view)
        np.testing.assert_array_equal(quant.quantize(view, kind), quant.quantize(packed, kind))


@settings(max_examples=60, deadline=None)
@given(
    rows=st.integers(1, 5),
    blocks=st.integers(1, 3),
    kind=st.sampled_from([kind for kind in CODECS if kind.is_quantised]),
    exponent=st.integers(-30, 12),
    seed=st.integers(0, 2**32 - 1),
)
def test_a_block_depends_on_its_own_weights_alone(rows, blocks, kind, exponent, seed):
    x = weights(rows, blocks * kind.block_weights, seed=seed) * np.float32(2.0**exponent)
    whole = quant.quantize(x, kind).reshape(-1, kind.block_bytes)
    for block, part in zip(whole, x.reshape(-1, kind.block_weights), strict=True):
        np.testing.assert_array_equal(quant.quantize(part, kind), block)


def test_bfloat16_beyond_its_range_is_refused():
    x = np.full(3, np.finfo(np.float32).max, np.float32)
    with pytest.raises(ValueError, match=r"leave the range of BF16.*3.4028235e\+38"):
        quant.quantize(x, GGMLType.BF16)


def test_messages_name_the_array():
    x = weights(2, 32)
    x[1, 31] = np.nan
    with pytest.raises(ValueError, match=r"blk.0.attn_q.weight\[63\] .*nan"):
        quant.quantize(x, GGMLType.Q8_0, "blk.0.attn_q.weight")
    with pytest.raises(ValueError, match=r"head: Q8_0 block 0 .*FALSIFY-DEF-26"):
        quant.dequantize(np.full(68, 255, np.uint8), GGMLType.Q8_0, "head")
    with pytest.raises(ValueError, match="head has rows of 33: a Q8_0 block has 34 bytes"):
        quant.dequantize(np.zeros((34, 33), np.uint8), GGMLType.Q8_0, "head")
    with pytest.raises(TypeError, match="head has dtype int8, not uint8"):
        quant.dequantize(np.zeros(34, np.int8), GGMLType.Q8_0, "head")


def test_the_first_damaged_block_is_named():
    blocks = quant.quantize(weights(3, 64), GGMLType.Q8_0)
    blocks[1, 34:36] = blocks[2, :2] = 255
    with pytest.raises(ValueError, match="block 3 "):
        quant.dequantize(blocks, GGMLType.Q8_0)


def test_numpy_alone_is_imported():
    code = "import sys, aprender.quant; assert not {'jax', 'flax', 'optax'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
