"""Masks: offsets under a trace, combinations, refusals."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from aprender.nn import masks
from falsifiers.oracles import masks as oracle


def test_an_offset_may_be_traced():
    traced = jax.jit(lambda offset: masks.sliding_window(2, 6, 3, offset))
    for offsets in ([0], [3], [1, 4]):
        expected = oracle.window(2, 6, offsets, 3)
        np.testing.assert_array_equal(traced(np.array(offsets)), expected)


def test_masks_of_different_axes_combine():
    kept = np.array([[0, 1, 1], [1, 1, 0]], bool)
    numbers = np.array([[0, 0, 1], [2, 2, 2]])
    mask = masks.causal(3, 3) & masks.padding(kept) & masks.segments(numbers, numbers)
    expected = oracle.asked(
        2, 3, 3, lambda b, t, s: s <= t and kept[b, s] and numbers[b, t] == numbers[b, s]
    )
    np.testing.assert_array_equal(mask, expected, strict=True)


def test_a_window_of_the_whole_text_is_causal():
    np.testing.assert_array_equal(masks.sliding_window(4, 4, 4), masks.causal(4, 4))


@pytest.mark.parametrize("window", [0, -1])
def test_a_window_that_sees_nothing_is_refused(window):
    with pytest.raises(ValueError, match=rf"window = {window}: .*FALSIFY-MASK-REFUSALS"):
        masks.sliding_window(2, 2, window)


FLAGS, NUMBERS = np.ones((2, 3), bool), np.ones((2, 3), np.int32)


@pytest.mark.parametrize(
    ("kind", "arguments", "error", "message"),
    [
        (masks.padding, (NUMBERS,), TypeError, "kept has dtype int32, not bool"),
        (masks.padding, (FLAGS[0],), ValueError, r"kept has shape \(3,\), not two axes"),
        (masks.segments, (FLAGS, NUMBERS), TypeError, "queries' segments has dtype bool"),
        (masks.segments, (NUMBERS, NUMBERS / 2), TypeError, "keys' segments has dtype float"),
        (masks.segments, (NUMBERS[0], NUMBERS), ValueError, "queries' segments has shape"),
        (masks.segments, (NUMBERS, NUMBERS[None]), ValueError, "keys' segments has shape"),
    ],
)
def test_what_is_no_mask_is_refused(kind, arguments, error, message):
    with pytest.raises(error, match=rf"{message}.*FALSIFY-MASK-REFUSALS"):
        kind(*arguments)
