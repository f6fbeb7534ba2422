"""Falsifiers of contracts/transformer-kernels-v1.yaml: norm, positions and feed-forward.

Shapes: B batch, T sequence, N heads, H head width, D model width, R = H / 2 turned pairs.
"""

from __future__ import annotations

from itertools import product

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest

from aprender.config import RopeScaling
from aprender.nn import mlp, norm, rope
from falsifiers.oracles import transformer as oracle


def as_float64(array):
    """The array as the oracles hold it."""
    return np.asarray(array, np.float64)


def in_dtype(implementation, dtype, **arguments):
    """The result of arrays of one dtype, which is its own too; and what these were rounded to."""
    with jax.enable_x64(dtype == np.float64):
        typed = {
            name: jnp.asarray(value, dtype) if isinstance(value, np.ndarray) else value
            for name, value in arguments.items()
        }
        result = implementation(**typed)
        assert result.dtype == dtype
        return as_float64(result), {name: as_float64(value) for name, value in typed.items()}


def llama3(numbers):
    """The four numbers under the names of rope_scaling in a config.json."""
    names = "factor low_freq_factor high_freq_factor original_max_position_embeddings"
    return dict(zip(names.split(), numbers, strict=True))


def falsify_tk_norm_divides_by_the_root_mean_square(implementation, falsifier):
    params = falsifier.params
    x, weight, eps = np.array([params["x"]]), np.array(params["weight"]), params["eps"]
    for dtype, tol in ((np.float32, params["tol_f32"]), (np.float64, params["tol"])):
        (normed,), _ = in_dtype(implementation, dtype, x=x, weight=weight, eps=eps)
        np.testing.assert_allclose(normed, params["normed"], rtol=0, atol=tol)
        assert np.abs(normed - params["layer_norm"]).min() > params["apart"]

    rng = np.random.default_rng(params["seed"])
    for width, std in product(params["widths"], params["stds"]):
        drawn = {"x": rng.normal(1, std, (2, 2, width)), "weight": rng.normal(size=width)}
        for dtype, rel_tol in (
            (np.float32, params["rel_tol_f32"]),
            (np.float64, params["rel_tol"]),
        ):
            normed, typed = in_dtype(implementation, dtype, **drawn, eps=eps)
            truth = oracle.rms_norm(**typed)
            np.testing.assert_allclose(normed, truth, rtol=rel_tol)
        with pytest.raises(ValueError, match=r"weight has shape.*FALSIFY-TK-NORM"):
            implementation(**drawn | {"weight": np.ones((1, width))}, eps=eps)
    with pytest.raises(ValueError, match=r"weight has shape.*FALSIFY-TK-NORM"):
        implementation(x=x, weight=np.ones(1), eps=eps)


def falsify_tk_norm_eps_stands_under_the_root(implementation, falsifier):
    params = falsifier.params
    x, weight = params["shrink"] * np.array([params["x"]]), np.array(params["weight"])
    for eps, first in zip(params["epsilons"], params["firsts"], strict=True):
        (normed,), _ = in_dtype(implementation, np.float64, x=x, weight=weight, eps=eps)
        np.testing.assert_allclose(normed[0], first, rtol=0, atol=params["tol"])
        zeros, _ = in_dtype(implementation, np.float32, x=0 * x, weight=weight, eps=eps)
        np.testing.assert_array_equal(zeros, 0)


def falsify_tk_norm_half_has_float32_statistics(implementation, falsifier):
    params = falsifier.params
    rng = np.random.default_rng(params["seed"])
    width = params["width"]
    drawn = {"x": rng.normal(0, params["std"], (4, width)), "weight": rng.normal(size=width)}
    for dtype in (ml_dtypes.bfloat16, np.float16):
        normed, typed = in_dtype(implementation, dtype, **drawn, eps=params["eps"])
        truth = oracle.rms_norm(**typed)
        half_ulp = float(ml_dtypes.finfo(dtype).eps) / 2
        # One rounding, of what float32 is itself off by.
        np.testing.assert_allclose(normed, truth, rtol=half_ulp * (1 + params["slack"]))


def falsify_tk_swiglu_gates_with_silu(implementation, falsifier):
    params = falsifier.params
    gate, up = np.array([params["gate"]]), np.array([params["up"]])
    for dtype, tol in ((np.float32, params["tol_f32"]), (np.float64, params["tol"])):
        (gated,), _ = in_dtype(implementation, dtype, gate=gate, up=up)
        np.testing.assert_allclose(gated, params["gated"], rtol=0, atol=tol)
        (swapped,), _ = in_dtype(implementation, dtype, gate=up, up=gate)
        np.testing.assert_allclose(swapped, params["swapped"], rtol=0, atol=tol)

    rng = np.random.default_rng(params["seed"])
    for dtype, rel_tol in ((np.float32, params["rel_tol_f32"]), (np.float64, params["rel_tol"])):
        gate, up = rng.normal(0, params["std"], (2, *params["shape"]))
        gated, typed = in_dtype(implementation, dtype, gate=gate, up=up)
        np.testing.assert_allclose(gated, oracle.swiglu(**typed), rtol=rel_tol)
    with pytest.raises(ValueError, match=r"gate has shape.*FALSIFY-TK-SWIGLU"):
        implementation(gate=gate, up=up[:1])


def falsify_tk_frequencies_fall_from_one(implementation, falsifier):
    params = falsifier.params
    for width, theta in product(params["widths"], params["thetas"]):
        frequencies = implementation(head_dim=width, theta=theta, scaling=None)
        assert frequencies.dtype == np.float32
        assert frequencies[0] == 1
        truth = oracle.frequencies(width, theta)
        np.testing.assert_allclose(frequencies, truth, rtol=params["rel_tol"])
    for width in params["refused"]:
        with pytest.raises(ValueError, match=rf"head_dim = {width} .*FALSIFY-GQ-004"):
            implementation(head_dim=width, theta=params["thetas"][0], scaling=None)


def falsify_tk_llama3_stretches_low_frequencies(implementation, falsifier):
    params = falsifier.params
    for width, numbers in product(params["widths"], params["scalings"]):
        scaling = llama3(numbers)
        frequencies = implementation(
            head_dim=width, theta=params["theta"], scaling=RopeScaling(**scaling)
        )
        plain = oracle.frequencies(width, params["theta"])
        truth = oracle.frequencies(width, params["theta"], scaling)
        # All three cases are met: kept, stretched, between.
        is_kept, is_stretched = truth == plain, truth == plain / scaling["factor"]
        assert is_kept.any()
        assert is_stretched.any()
        assert (~is_kept & ~is_stretched).any()
        np.testing.assert_allclose(frequencies, truth, rtol=params["rel_tol"])


def falsify_tk_tables_have_float32_angles(implementation, falsifier):
    params = falsifier.params
    positions = np.array(params["positions"], np.int32)
    frequencies = oracle.frequencies(params["width"], params["theta"]).astype(np.float32)
    tables = implementation(positions_BT=positions, inverse_frequencies=frequencies)
    angles_BTR = positions[..., None] * as_float64(frequencies)
    room_BTR = params["rel_tol"] * angles_BTR + params["tol"]
    for table, truth in zip(tables, (np.cos(angles_BTR), np.sin(angles_BTR)), strict=True):
        assert table.dtype == np.float32
        assert table.shape == angles_BTR.shape
        assert (np.abs(as_float64(table) - truth) <= room_BTR).all()
    with pytest.raises(TypeError, match=r"positions have dtype float32.*FALSIFY-GQ-004"):
        implementation(positions_BT=positions.astype(np.float32), inverse_frequencies=frequencies)


def falsify_tk_rope_turns_halves(implementation, falsifier):
    params = falsifier.params
    angles = params["position"] * oracle.frequencies(len(params["x"]), params["theta"])[None, None]
    x = np.array(params["x"], float)[None, None, None]
    tables = {"cos_BTR": np.cos(angles), "sin_BTR": np.sin(angles)}
    turned, _ = in_dtype(implementation, np.float64, x_BTNH=x, **tables)
    np.testing.assert_allclose(turned[0, 0, 0], params["turned"], rtol=0, atol=params["tol"])
    assert np.abs(turned[0, 0, 0, :1] - params["first_of_adjacent_pairs"]) > params["apart"]

    rng = np.random.default_rng(params["seed"])
    batch, length, _, width = params["shape"]
    x = rng.normal(size=params["shape"])
    angles = rng.uniform(*params["angles"], (batch, length, width // 2))
    for dtype in (np.float64, np.float32, ml_dtypes.bfloat16):
        is_double = dtype == np.float64
        table_type = np.float64 if is_double else np.float32
        with jax.enable_x64(is_double):
            cos, sin = np.cos(angles).astype(table_type), np.sin(angles).astype(table_type)
            turned = implementation(x_BTNH=jnp.asarray(x, dtype), cos_BTR=cos, sin_BTR=sin)
        assert turned.dtype == dtype
        turned, rounded = as_float64(turned), as_float64(x.astype(dtype))
        truth = oracle.rotated(rounded, angles)
        # Of each pair's length: a sum near 0 has lost its digits.
        pairs = np.hypot(*np.split(rounded, 2, axis=-1))
        room = params["roundings"] * float(ml_dtypes.finfo(dtype).eps) * np.tile(pairs, 2)
        assert (np.abs(turned - truth) <= room).all()

    cos, sin = np.cos(angles), np.sin(angles)
    for message, fault in (
        ("cos has shape", {"cos_BTR": cos[:1]}),
        ("sin has shape", {"sin_BTR": sin[..., :1]}),
        ("x has shape", {"x_BTNH": x[..., 1:]}),
        ("x has shape", {"x_BTNH": x[0]}),
    ):
        with pytest.raises(ValueError, match=rf"{message}.*FALSIFY-GQ-004"):
            implementation(**{"x_BTNH": x, "cos_BTR": cos, "sin_BTR": sin, **fault})


def turned_at(positions, x, theta, scaling=None):
    """x [T, H], as one text with one head, turned to its positions [T]."""
    frequencies = rope.inverse_frequencies(x.shape[-1], theta, scaling)
    tables = rope.rope_tables(np.asarray(positions, np.int32)[None], frequencies)
    return as_float64(rope.apply_rope(jnp.asarray(x, jnp.float32)[None, :, None], *tables))[0, :, 0]


def falsify_tk_rope_distance_alone_makes_the_score(falsifier):
    params = falsifier.params
    theta = params["theta"]
    x = np.array([params["x"]], float)
    (turned,) = turned_at([params["position"]], x, theta)
    np.testing.assert_allclose(turned, params["turned"], rtol=0, atol=params["tol_golden"])

    rng = np.random.default_rng(params["seed"])
    query, key = rng.normal(size=(2, 1, params["width"]))
    query, key = (x / np.linalg.norm(x) for x in (query, key))
    for scaling in (None, RopeScaling(**llama3(params["scaling"]))):

        def score(query_at, key_at, scaling=scaling):
            (turned_query,) = turned_at([query_at], query, theta, scaling)
            (turned_key,) = turned_at([key_at], key, theta, scaling)
            return turned_query @ turned_key

        for distance in params["distances"]:
            at_start = score(distance, 0)
            for start in params["starts"]:
                moved = score(start + distance, start)
                assert abs(moved - at_start) <= params["tol"]
            assert abs(at_start - score(0, 0)) > params["apart"]
            assert abs(at_start - score(0, distance)) > params["apart"]


def difference(function, x, direction, step):
    """Of a function of an array along a direction, by two values of the function."""
    above, below = (function(x + sign * step * direction) for sign in (1, -1))
    return (above - below) / (2 * step)


def pulled_slope(function, x, pull):
    """Gradient of the sum of the function's entries times those of `pull`, in float64."""
    with jax.enable_x64(True):
        return as_float64(jax.grad(lambda x: (function(x) * pull).sum())(jnp.asarray(x)))


def falsify_tk_gradient_reaches_every_argument(falsifier):
    params = falsifier.params
    rng = np.random.default_rng(params["seed"])
    batch, length, _, width = params["shape"]
    angles = rng.uniform(*params["angles"], (batch, length, width // 2))
    x, other = rng.normal(size=(2, *params["shape"]))
    weight, eps = rng.normal(size=width), params["eps"]
    cos, sin = np.cos(angles), np.sin(angles)
    for subject, truth, at in (
        (lambda x: norm.rms_norm(x, weight, eps), lambda x: oracle.rms_norm(x, weight, eps), x),
        (lambda w: norm.rms_norm(x, w, eps), lambda w: oracle.rms_norm(x, w, eps), weight),
        (lambda x: mlp.swiglu(x, other), lambda x: oracle.swiglu(x, other), x),
        (lambda up: mlp.swiglu(x, up), lambda up: oracle.swiglu(x, up), other),
        (lambda x: rope.apply_rope(x, cos, sin), lambda x: oracle.rotated(x, angles), x),
    ):
        for _ in range(params["directions"]):
            direction, pull = rng.normal(size=at.shape), rng.normal(size=x.shape)
            expected = (difference(truth, at, direction, params["step"]) * pull).sum()
            slope = pulled_slope(subject, at, pull)
            np.testing.assert_allclose(np.vdot(slope, direction), expected, rtol=params["rel_tol"])
