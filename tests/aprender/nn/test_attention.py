"""Attention: masks that broadcast, the choice of a kernel, dtypes, jit, refusals."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aprender.nn.attention import grouped_attention, kernel, kv_head, native_attention
from falsifiers.oracles import attention as oracle

B, T, S, N, K, H = 2, 3, 5, 4, 2, 8
BOTH = pytest.mark.parametrize("attend", [grouped_attention, native_attention])


def arguments(dtype=np.float32, seed=0):
    rng = np.random.default_rng(seed)
    query, key, value = (
        rng.normal(size=shape).astype(dtype) for shape in ((B, T, N, H), (B, S, K, H), (B, S, K, H))
    )
    return {
        "query_BTNH": query,
        "key_BSKH": key,
        "value_BSKH": value,
        "mask_BTS": rng.random((B, T, S)) < 0.6,
    }


@BOTH
@pytest.mark.parametrize("axes", [(0,), (1,), (2,), (0, 1), (0, 1, 2)])
def test_a_mask_may_be_the_same_along_an_axis(attend, axes):
    given = arguments()
    mask = given["mask_BTS"]
    for axis in axes:
        mask = np.take(mask, [-1], axis=axis)
    output = attend(**given | {"mask_BTS": mask})
    full = np.broadcast_to(mask, (B, T, S))
    truth = oracle.attention(given["query_BTNH"], given["key_BSKH"], given["value_BSKH"], full)
    np.testing.assert_allclose(output, truth, atol=1e-6)


@BOTH
def test_a_query_without_a_key_gives_zeros(attend):
    output = attend(**arguments() | {"mask_BTS": np.zeros((1, 1, 1), bool)})
    np.testing.assert_array_equal(output, np.zeros((B, T, N, H)))


@BOTH
@pytest.mark.parametrize("dtype", [jnp.bfloat16, np.float16, np.float32])
def test_the_dtype_stays(attend, dtype):
    assert attend(**arguments(dtype)).dtype == dtype


@BOTH
def test_large_logits_stay_finite(attend):
    given = arguments()
    output = attend(**given | {"query_BTNH": 1e6 * given["query_BTNH"]})
    assert np.isfinite(output).all()


@BOTH
def test_jit_changes_nothing(attend):
    given = arguments()
    np.testing.assert_allclose(jax.jit(attend)(**given), attend(**given), atol=1e-6)


def test_float64_is_for_the_grouped_one():
    with jax.enable_x64(True):
        given = {name: jnp.asarray(x) for name, x in arguments(np.float64).items()}
        assert grouped_attention(**given).dtype == np.float64
        with pytest.raises(TypeError, match=r"use grouped_attention for float64.*FALSIFY-GQ-004"):
            native_attention(**given)


@pytest.mark.parametrize(
    ("dtype", "shape", "backend", "name"),
    [
        (jnp.bfloat16, (2, 4, 128), "gpu", "cudnn"),
        (np.float16, (2, 4, 8), "gpu", "cudnn"),
        (jnp.bfloat16, (2, 4, 4), "gpu", "xla"),
        (jnp.bfloat16, (2, 4, 20), "gpu", "xla"),
        (jnp.bfloat16, (2, 4, 136), "gpu", "xla"),
        (jnp.bfloat16, (1, 4, 128), "gpu", "xla"),
        (jnp.bfloat16, (2, 3, 128), "gpu", "xla"),
        (np.float32, (2, 4, 128), "gpu", "xla"),
        (jnp.bfloat16, (2, 4, 128), "cpu", "xla"),
    ],
)
def test_cudnn_is_for_half_precision_on_a_gpu(dtype, shape, backend, name):
    queries, keys, width = shape
    query, key = np.zeros((1, queries, 2, width), dtype), np.zeros((1, keys, 2, width), dtype)
    assert kernel(query, key, backend) == name


def test_kv_heads_are_shared_by_neighbours():
    assert [kv_head(q, 6, 3) for q in range(6)] == [0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize(
    ("q", "heads", "kv_heads", "message"),
    [
        (6, 6, 3, "q = 6 is none of 6 query heads"),
        (-1, 6, 3, "q = -1 is none of 6 query heads"),
        (0, 6, 4, "heads = 6 is not a multiple of kv_heads = 4"),
        (0, 6, 0, "kv_heads = 0 is below 1"),
        (0, 6, -2, "kv_heads = -2 is below 1"),
        (0, 0, 2, "heads = 0 is not a multiple"),
    ],
)
def test_a_head_that_is_not_there_is_refused(q, heads, kv_heads, message):
    with pytest.raises(ValueError, match=rf"{message}.*FALSIFY-GQ-004"):
        kv_head(q, heads, kv_heads)


GIVEN = arguments()
QUERY, KEY, VALUE, MASK = GIVEN.values()


@BOTH
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"query_BTNH": QUERY[0]}, "query has shape"),
        ({"query_BTNH": QUERY[:, :0]}, "query has shape"),
        ({"query_BTNH": QUERY[:, :, 1:]}, "heads = 3 is not a multiple of kv_heads = 2"),
        ({"query_BTNH": QUERY[..., 1:]}, "key has shape .*: B or H differs"),
        ({"query_BTNH": QUERY[:1]}, "key has shape .*: B or H differs"),
        ({"key_BSKH": KEY[0], "value_BSKH": VALUE[0]}, "key has shape"),
        ({"key_BSKH": KEY[:, :0], "value_BSKH": VALUE[:, :0]}, "key has shape"),
        ({"key_BSKH": KEY[:, :, :0], "value_BSKH": VALUE[:, :, :0]}, "key has shape"),
        ({"value_BSKH": VALUE[:, :, :1]}, "value has shape"),
        ({"value_BSKH": VALUE[:, 1:]}, "value has shape"),
        ({"mask_BTS": MASK[:, 1:]}, "mask has shape .* does not broadcast"),
        ({"mask_BTS": MASK[..., 1:]}, "mask has shape .* does not broadcast"),
        ({"mask_BTS": MASK[0]}, "mask has shape .* does not broadcast"),
        ({"mask_BTS": MASK[:, None]}, "mask has shape .* does not broadcast"),
    ],
)
def test_shapes_that_do_not_belong_together_are_refused(attend, changes, message):
    with pytest.raises(ValueError, match=rf"{message}.*FALSIFY-GQ-004"):
        attend(**GIVEN | changes)


@BOTH
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"key_BSKH": KEY.astype(np.float16)}, "dtypes float32, float16, float32"),
        ({"value_BSKH": VALUE.astype(np.int32)}, "dtypes float32, float32, int32"),
        (
            {name: x.astype(np.int32) for name, x in GIVEN.items() if name != "mask_BTS"},
            "dtypes int32, int32, int32",
        ),
        ({"mask_BTS": MASK.astype(np.float32)}, "mask has dtype float32, not bool"),
        ({"mask_BTS": MASK.astype(np.int32)}, "mask has dtype int32, not bool"),
    ],
)
def test_dtypes_that_do_not_belong_together_are_refused(attend, changes, message):
    with pytest.raises(TypeError, match=rf"{message}.*FALSIFY-GQ-004"):
        attend(**GIVEN | changes)
