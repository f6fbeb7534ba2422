"""Mappings of layers: what is refused, by name, and what a pair hands on."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from aprender.losses.layer_pairs import check_layer_pairs, kept_positions, layer, matched

PAIRS, WEIGHTS = ((0, 1), (1, 3)), (0.25, 0.75)


@pytest.mark.parametrize(
    ("pairs", "weights", "message"),
    [
        ((), (), "pairs name no layers"),
        (PAIRS, (1.0,), "weights are 1, pairs 2: give one weight a pair"),
        (((0, 1), (-1, 3)), WEIGHTS, r"pair \(-1, 3\) is not \(student layer, teacher layer\)"),
        (((0, 1), (1, 2, 3)), WEIGHTS, r"pair \(1, 2, 3\) is not"),
        (((0, 1), (1, 2.5)), WEIGHTS, r"pair \(1, 2.5\) is not"),
        (((1, 3), (0, 1)), WEIGHTS, r"pair \(0, 1\) follows \(1, 3\): .* from shallow to deep"),
        (((0, 3), (1, 1)), WEIGHTS, r"pair \(1, 1\) follows \(0, 3\)"),
        (((0, 1), (0, 1)), WEIGHTS, r"pair \(0, 1\) follows \(0, 1\): list each pair once"),
        (PAIRS, (1.5, -0.5), r"weight 1.5 of pair \(0, 1\) is outside \[0, 1\]"),
        (PAIRS, (0.5, float("nan")), r"weight nan of pair \(1, 3\)"),
        (PAIRS, (0.5, 0.6), r"weights \(0.5, 0.6\) do not sum to 1"),
    ],
)
def test_a_mapping_is_refused_by_name(pairs, weights, message):
    with pytest.raises(ValueError, match=message):
        check_layer_pairs(pairs, weights)


@pytest.mark.parametrize(
    ("pairs", "weights"),
    [
        (((0, 0),), (1.0,)),
        (((0, 0), (0, 1), (1, 1)), (0.5, 0.5, 0.0)),
        ([[0, 0], [2, 5]], [1 / 3, 2 / 3]),
        (((0, 0), (1, 1), (2, 2)), (np.float32(0.1), np.float32(0.2), np.float32(0.7))),
    ],
)
def test_the_domain_is_accepted(pairs, weights):
    assert check_layer_pairs(pairs, weights) is None


@pytest.mark.parametrize("layers", [[np.zeros(2)], np.zeros((1, 2)), jnp.zeros((1, 2))])
def test_a_layer_that_is_not_there_is_refused(layers):
    assert layer("student", layers, 0).shape == (2,)
    with pytest.raises(ValueError, match="student layer 1 is not there: 1 are given, from 0"):
        layer("student", layers, 1)


def test_a_layer_of_whole_numbers_is_refused():
    with pytest.raises(TypeError, match="teacher layer 0 has dtype int32, not a floating one"):
        layer("teacher", [np.zeros(2, np.int32)], 0)


@pytest.mark.parametrize("dtype", [jnp.bfloat16, np.float16, np.float32])
def test_a_pair_is_widened_to_float32(dtype):
    (pair,) = matched([(0, 1)], [1.0], np.ones((1, 2), dtype), np.ones((2, 2), dtype))
    assert pair.student.dtype == pair.teacher.dtype == jnp.float32
    assert (pair.name, pair.weight) == ("student layer 0 and teacher layer 1", 1.0)


def test_a_mapping_is_checked_before_any_layer_is_read():
    with pytest.raises(ValueError, match="do not sum to 1"):
        list(matched([(0, 9)], [0.5], [], []))


def test_only_a_bool_mask_is_accepted():
    labels = np.array([[3, -100]])
    with pytest.raises(TypeError, match=r"kept has dtype int.* not bool: compare first"):
        kept_positions(labels, (1, 2))
    assert kept_positions(labels != -100, (1, 2)).tolist() == [[True, False]]
    assert kept_positions(None, (1, 2)).tolist() == [[True, True]]
    with pytest.raises(ValueError, match=r"kept has shape \(1, 2\), not \(2, 2\)"):
        kept_positions(labels != -100, (2, 2))
    with pytest.raises(ValueError, match="kept holds no position to compare"):
        kept_positions(np.zeros((1, 2), bool), (1, 2))


def test_a_traced_mask_that_keeps_nothing_cannot_be_refused():
    traced = jax.jit(lambda kept: kept_positions(kept, (2,)))
    assert traced(np.zeros(2, bool)).tolist() == [False, False]
