"""Falsifiers of contracts/gqa-kernel-v1.yaml: query heads that share keys and values.

Of apr-pretrain-arch-polymorphic-v1.yaml the two about attention stand here too.

Shapes: B batch, T queries, S keys, N query heads, K key/value heads, H head width.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import prod
from typing import Any

import jax
import ml_dtypes
import numpy as np
import pytest

from aprender.nn import masks
from falsifiers.oracles import attention as oracle
from falsifiers.oracles.masks import asked


@dataclass(frozen=True)
class Case:
    """Arrays in the dtype under test, so that the oracle reads the very same numbers."""

    query: Any  # [B, T, N, H]
    key: Any  # [B, S, K, H]
    value: Any  # [B, S, K, H]
    mask: Any  # bool, [B, T, S]

    def arguments(self):
        """As the equation names them."""
        return {
            "query_BTNH": self.query,
            "key_BSKH": self.key,
            "value_BSKH": self.value,
            "mask_BTS": self.mask,
        }

    def truth(self, **options):
        """The oracle's output."""
        return oracle.attention(self.query, self.key, self.value, self.mask, **options)


def draw(params, heads, kv_heads, dtype=np.float32, logit_std=1.0):
    """Normal arrays under a causal mask; the last text, and one query of the first, see nothing."""
    rng = np.random.default_rng(params["seed"])
    batch, queries, keys, width = params["shape"]
    query = np.sqrt(logit_std) * rng.normal(size=(batch, queries, heads, width))
    key = np.sqrt(logit_std) * rng.normal(size=(batch, keys, kv_heads, width))
    value = rng.normal(size=(batch, keys, kv_heads, width))
    mask = asked(
        batch,
        queries,
        keys,
        lambda b, t, s: s <= t + keys - queries and b < batch - 1 and (b, t) != (0, 1),
    )
    return Case(*(x.astype(dtype) for x in (query, key, value)), mask)


def evaluate(implementation, case, **options):
    """The output, in float64, compiled, with products in full precision on every backend."""

    def attend(**arguments):
        return implementation(**arguments, **options)

    is_double = case.query.dtype == np.float64
    with jax.enable_x64(is_double), jax.default_matmul_precision("highest"):
        output = jax.jit(attend)(**case.arguments())
    assert output.dtype == case.query.dtype
    return np.asarray(output, np.float64)


def relative(array, truth):
    """L2 distance from the truth, relative to its length."""
    return np.linalg.norm(array - truth) / np.linalg.norm(truth)


def cosine(array, truth):
    """Of the angle between the two, flattened."""
    return np.vdot(array, truth) / (np.linalg.norm(array) * np.linalg.norm(truth))


def per_head(measure, output_BTNH, truth_BTNH):
    """The measure of one head after the other."""
    heads = output_BTNH.shape[2]
    return np.array([measure(output_BTNH[:, :, n], truth_BTNH[:, :, n]) for n in range(heads)])


def falsify_gq_001_weights_sum_to_one(implementation, falsifier):
    params = falsifier.params
    for heads, kv_heads in params["heads"]:
        case = draw(params, heads, kv_heads, logit_std=params["logit_std"])
        # The value of key s is 1 at place s and 0 elsewhere, so that the output is the weights.
        batch, keys, _, width = case.value.shape
        value = np.zeros_like(case.value)
        value[:, np.arange(keys), :, np.arange(keys)] = 1
        assert keys == width
        weights = evaluate(implementation, Case(case.query, case.key, value, case.mask))
        weights_BNTS = weights.swapaxes(1, 2)
        mask_BNTS = np.broadcast_to(case.mask[:, None], weights_BNTS.shape)
        sums_BNT = weights_BNTS.sum(axis=-1)
        is_seeing_BNT = mask_BNTS.any(axis=-1)
        assert is_seeing_BNT.any()
        assert not is_seeing_BNT[batch - 1].any()
        np.testing.assert_allclose(sums_BNT[is_seeing_BNT], 1, rtol=0, atol=params["tol"])
        np.testing.assert_array_equal(weights_BNTS[~mask_BNTS], 0)
        truth_BNTS = oracle.weights(case.query, case.key, case.mask)
        np.testing.assert_allclose(weights_BNTS, truth_BNTS, rtol=0, atol=params["tol"])


def check_against_loop(implementation, params, pairs):
    """Every output within a distance of the loop over heads, relative to its length."""
    for heads, kv_heads in pairs:
        case = draw(params, heads, kv_heads, logit_std=params["logit_std"])
        assert relative(evaluate(implementation, case), case.truth()) <= params["rel_tol"]


def falsify_gq_002_as_many_kv_heads_is_multi_head(implementation, falsifier):
    params = falsifier.params
    check_against_loop(implementation, params, [(n, n) for n in params["heads"]])


def falsify_gq_006_one_kv_head_is_multi_query(implementation, falsifier):
    params = falsifier.params
    check_against_loop(implementation, params, [(n, 1) for n in params["heads"]])


def falsify_gq_003_output_lies_between_the_values_seen(implementation, falsifier):
    params = falsifier.params
    heads, kv_heads = params["heads"], params["kv_heads"]
    for logit_std in params["logit_stds"]:
        drawn = draw(params, heads, kv_heads, logit_std=logit_std)
        level = np.full_like(drawn.value, params["level"])
        for value in (drawn.value, level):
            case = Case(drawn.query, drawn.key, value, drawn.mask)
            output = evaluate(implementation, case)
            room = params["ulps"] * np.spacing(np.abs(value).max())
            for b, t, n in np.ndindex(output.shape[:-1]):
                seen_SH = value[b, case.mask[b, t], n * kv_heads // heads]
                low, high = (seen_SH.min(0), seen_SH.max(0)) if len(seen_SH) else (0, 0)
                assert (output[b, t, n] >= low - room).all()
                assert (output[b, t, n] <= high + room).all()


def falsify_gq_004_what_does_not_divide_is_refused(implementation, falsifier):
    params = falsifier.params
    for heads, kv_heads in params["heads_refused"]:
        case = draw(params, heads, kv_heads)
        with pytest.raises(ValueError, match="FALSIFY-GQ-004"):
            implementation(**case.arguments())
    for heads, kv_heads in params["heads_taken"]:
        case = draw(params, heads, kv_heads)
        assert relative(evaluate(implementation, case), case.truth()) <= params["rel_tol"]
    case = draw(params, *params["heads_taken"][-1])
    narrow = case.key[..., 1:]
    for message, fault in (
        ("key has shape", {"key_BSKH": narrow, "value_BSKH": narrow}),
        ("value has shape", {"value_BSKH": case.value[..., 1:]}),
        ("value has shape", {"value_BSKH": case.value[:, 1:]}),
        ("value has shape", {"value_BSKH": case.value[:, :, 1:]}),
        ("query has shape", {"query_BTNH": case.query[:, :, 0]}),
        ("mask has shape", {"mask_BTS": case.mask[:, 1:]}),
    ):
        with pytest.raises(ValueError, match=rf"{message}.*FALSIFY-GQ-004"):
            implementation(**case.arguments() | fault)


def falsify_gq_005_error_is_within_eight_roundings(implementation, falsifier):
    params = falsifier.params
    epsilon = np.finfo(np.float32).eps
    for heads, kv_heads in params["heads"]:
        case = draw(params, heads, kv_heads, logit_std=params["logit_std"])
        size = oracle.attention(case.query, case.key, np.abs(case.value), case.mask)
        error = np.abs(evaluate(implementation, case) - case.truth())
        assert (error <= params["roundings"] * epsilon * size).all()


def falsify_gq_009_neighbours_share_a_kv_head(implementation, falsifier):
    params = falsifier.params
    width = params["width"]
    for kv_heads, group in params["groups"]:
        # Key head k puts all weight on position k; value head k says that position, and itself.
        query = np.ones((1, 1, kv_heads * group, width), np.float32)
        own_SK = params["sharpness"] * np.eye(kv_heads)
        told_SK = np.add.outer(np.arange(kv_heads), kv_heads * np.arange(kv_heads))
        key, value = (
            np.repeat(x[None, ..., None], width, axis=-1).astype(np.float32)
            for x in (own_SK, told_SK)
        )
        case = Case(query, key, value, np.ones((1, 1, kv_heads), bool))
        told_N = np.rint(evaluate(implementation, case)[0, 0, :, 0])
        of_value_N, of_key_N = np.divmod(told_N, kv_heads)
        expected_N = np.repeat(np.arange(kv_heads), group)
        np.testing.assert_array_equal(of_key_N, expected_N)
        np.testing.assert_array_equal(of_value_N, expected_N)


def falsify_gq_009_index_is_the_table(implementation, falsifier):
    params = falsifier.params
    for kv_heads, group in params["groups"]:
        heads = kv_heads * group
        table = [implementation(q=q, heads=heads, kv_heads=kv_heads) for q in range(heads)]
        assert table == [k for k in range(kv_heads) for _ in range(group)]
    for q, heads, kv_heads in params["refused"]:
        with pytest.raises(ValueError, match="FALSIFY-GQ-004"):
            implementation(q=q, heads=heads, kv_heads=kv_heads)


def projected(params, dtype):
    """Query, key and value of one random hidden state, as a layer makes them."""
    rng = np.random.default_rng(params["seed"])
    hidden, heads, width = params["hidden"], params["heads"], params["width"]
    batch, length = params["batch"], params["length"]
    assert heads * width == hidden
    states = rng.normal(size=(batch, length, hidden))
    arrays = []
    for count in (heads, params["kv_heads"], params["kv_heads"]):
        weight = params["gain"] * rng.normal(size=(hidden, count * width)) / np.sqrt(hidden)
        arrays.append((states @ weight).reshape(batch, length, count, width).astype(dtype))
    return Case(*arrays, asked(batch, length, length, lambda b, t, s: s <= t))


def check_against_repeated(implementation, params, dtype):
    """Against the oracle with as many key/value heads as query heads, each one repeated."""
    case = projected(params, dtype)
    group = params["heads"] // params["kv_heads"]
    key, value = (np.repeat(x, group, axis=2) for x in (case.key, case.value))
    truth = oracle.attention(case.query, key, value, case.mask)
    output = evaluate(implementation, case)
    # The angle is blind to scale, and the distance is not.
    assert cosine(output, truth) >= params["cosine"]
    assert relative(output, truth) <= params["rel_tol"]


def falsify_apr_pretrain_arch_004_equals_repeated_heads(implementation, falsifier):
    check_against_repeated(implementation, falsifier.params, np.float32)


def falsify_apr_pretrain_arch_004_double_equals_repeated_heads(implementation, falsifier):
    check_against_repeated(implementation, falsifier.params, np.float64)


def falsify_gq_scale_multiplies_the_logits(implementation, falsifier):
    params = falsifier.params
    case = draw(params, params["heads"], params["kv_heads"], logit_std=params["logit_std"])
    for scale in params["scales"]:
        output = evaluate(implementation, case, scale=scale)
        assert relative(output, case.truth(scale=scale)) <= params["rel_tol"]
    assert relative(evaluate(implementation, case, scale=None), case.truth()) <= params["rel_tol"]


def gradients(implementation, case, pull):
    """Those of the sum of the output's entries times `pull`, for query, key and value."""

    def pulled(query, key, value):
        output = implementation(**Case(query, key, value, case.mask).arguments())
        return (output * pull).sum()

    with jax.default_matmul_precision("highest"):
        slopes = jax.jit(jax.grad(pulled, argnums=(0, 1, 2)))(case.query, case.key, case.value)
    return [np.asarray(slope, np.float64) for slope in slopes]


def check_gradients(implementation, params, case):
    """Against the closed form; exactly 0 for a query that sees nothing."""
    rng = np.random.default_rng(params["seed"] + 1)
    pull = rng.normal(size=case.query.shape).astype(case.query.dtype)
    slopes = gradients(implementation, case, pull)
    truths = oracle.gradients(case.query, case.key, case.value, case.mask, pull.astype(float))
    for slope, truth in zip(slopes, truths, strict=True):
        assert relative(slope, truth) <= params["rel_tol_gradient"]
    is_seeing_BT = case.mask.any(axis=-1)
    assert not is_seeing_BT.all()
    np.testing.assert_array_equal(slopes[0][~is_seeing_BT], 0)


def falsify_gq_gradient_reaches_query_key_and_value(implementation, falsifier):
    params = falsifier.params
    for heads, kv_heads in params["heads"]:
        case = draw(params, heads, kv_heads, logit_std=params["logit_std"])
        check_gradients(implementation, params, case)


def falsify_gq_half_softmax_of_bfloat16_is_float32(implementation, falsifier):
    params = falsifier.params
    for heads, kv_heads in params["heads"]:
        case = draw(params, heads, kv_heads, ml_dtypes.bfloat16, params["logit_std"])
        assert relative(evaluate(implementation, case), case.truth()) <= params["rel_tol"]
        check_gradients(implementation, params, case)


def falsify_gq_gpu_half_follows_the_loop_on_a_gpu(implementation, falsifier):
    params = falsifier.params
    for heads, kv_heads in params["heads"]:
        case = draw(params, heads, kv_heads, ml_dtypes.bfloat16, params["logit_std"])
        output = evaluate(implementation, case)
        assert (per_head(relative, output, case.truth()) <= params["rel_tol"]).all()
        np.testing.assert_array_equal(output[~case.mask.any(axis=-1)], 0)
        check_gradients(implementation, params, case)


def falsify_gq_future_is_not_seen(implementation, falsifier):
    params = falsifier.params
    batch, length, *_ = params["shape"]
    case = draw(params, params["heads"], params["kv_heads"])
    kept = np.ones((batch, length), bool)
    kept[:, 0] = False
    numbers = np.repeat(np.arange(2), [params["first"], length - params["first"]])
    packed = np.broadcast_to(numbers, (batch, length))
    mask = masks.causal(length, length) & masks.padding(kept) & masks.segments(packed, packed)
    assert mask.shape == (batch, length, length)
    before = evaluate(implementation, Case(case.query, case.key, case.value, mask))
    for p in range(1, length):
        key, value = (np.array(x) for x in (case.key, case.value))
        key[:, p] += 1
        value[:, p] -= 1
        after = evaluate(implementation, Case(case.query, key, value, mask))
        np.testing.assert_array_equal(after[:, :p], before[:, :p])
        # From its own position on, to the end of its text.
        end = params["first"] if p < params["first"] else length
        assert (after[:, p:end] != before[:, p:end]).any(axis=-1).all()
        np.testing.assert_array_equal(after[:, end:], before[:, end:])
    # Padding is read by nobody, itself included.
    np.testing.assert_array_equal(before[:, 0], 0)
    case.key[:, 0] += 1
    case.value[:, 0] -= 1
    after = evaluate(implementation, Case(case.query, case.key, case.value, mask))
    np.testing.assert_array_equal(after, before)


def falsify_gq_memory_repeats_no_key_or_value(implementation, falsifier):
    params = falsifier.params
    heads, kv_heads = params["heads"], params["kv_heads"]
    case = draw(params, heads, kv_heads)
    attend = jax.jit(lambda arguments: implementation(**arguments))
    compiled = attend.lower(case.arguments()).compile()
    shapes = re.findall(r"\w+\[([\d,]+)\]", compiled.as_text())
    largest = max(prod(map(int, shape.split(","))) for shape in shapes)
    assert largest == case.key.size
    assert case.key.size < case.key.size * heads // kv_heads
    # What was compiled is the attention, and not less.
    output = np.asarray(compiled(case.arguments()), np.float64)
    assert relative(output, case.truth()) <= params["rel_tol"]


def check_every_head(implementation, params):
    """Each head by itself: one wrong head of 32 hardly shows in the whole."""
    case = projected(params, np.float32)
    output, truth = evaluate(implementation, case), case.truth()
    assert (per_head(cosine, output, truth) >= params["cosine"]).all()
    assert (per_head(relative, output, truth) <= params["rel_tol"]).all()


def falsify_gq_007_every_head_on_a_gpu_at_28_and_4(implementation, falsifier):
    check_every_head(implementation, falsifier.params)


def falsify_gq_008_every_head_on_a_gpu_at_32_and_8(implementation, falsifier):
    check_every_head(implementation, falsifier.params)
