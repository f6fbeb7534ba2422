"""Falsifiers of contracts/attention-masks-v1.yaml: which keys a query may attend to.

Shapes: B batch, T queries, S keys.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from aprender.nn import masks
from falsifiers.oracles import masks as oracle


def sizes(params):
    """Numbers of queries and keys, the offset as it is given, and as one for each text."""
    for queries, keys, offset in product(params["queries"], params["keys"], params["offsets"]):
        yield queries, keys, np.array(offset), np.atleast_1d(offset).tolist()


def falsify_mask_causal_is_the_rule_for_each_pair(implementation, falsifier):
    for queries, keys, offset, offsets in sizes(falsifier.params):
        mask = implementation(queries=queries, keys=keys, offset=offset)
        np.testing.assert_array_equal(mask, oracle.causal(queries, keys, offsets), strict=True)


def falsify_mask_window_is_the_rule_for_each_pair(implementation, falsifier):
    params = falsifier.params
    for queries, keys, offset, offsets in sizes(params):
        for window in params["windows"]:
            mask = implementation(queries=queries, keys=keys, window=window, offset=offset)
            truth = oracle.window(queries, keys, offsets, window)
            np.testing.assert_array_equal(mask, truth, strict=True)


def falsify_mask_padding_is_seen_by_none(implementation, falsifier):
    params = falsifier.params
    kept = np.array(params["kept"], bool)
    batch, keys = kept.shape
    truth = oracle.asked(batch, params["queries"], keys, lambda b, t, s: kept[b, s])
    mask = np.asarray(implementation(kept_BS=kept))
    assert mask.dtype == bool
    assert mask.shape == (batch, 1, keys)
    np.testing.assert_array_equal(np.broadcast_to(mask, truth.shape), truth)


def falsify_mask_segments_are_apart(implementation, falsifier):
    queries, keys = np.array(falsifier.params["queries"]), np.array(falsifier.params["keys"])
    (batch, length), key_length = queries.shape, keys.shape[1]
    truth = oracle.asked(batch, length, key_length, lambda b, t, s: queries[b, t] == keys[b, s])
    mask = implementation(query_BT=queries, key_BS=keys)
    np.testing.assert_array_equal(mask, truth, strict=True)


def falsify_mask_refusals_name_the_argument(falsifier):
    for window in falsifier.params["windows"]:
        with pytest.raises(ValueError, match=rf"window = {window}.*FALSIFY-MASK-REFUSALS"):
            masks.sliding_window(1, 1, window)
    flags, numbers = np.ones((1, 1), bool), np.ones((1, 1), int)
    with pytest.raises(TypeError, match=r"kept has dtype int.*FALSIFY-MASK-REFUSALS"):
        masks.padding(numbers)
    with pytest.raises(ValueError, match=r"kept has shape .*FALSIFY-MASK-REFUSALS"):
        masks.padding(flags[0])
    with pytest.raises(TypeError, match="queries' segments has dtype float"):
        masks.segments(numbers.astype(np.float32), numbers)
    with pytest.raises(ValueError, match="keys' segments has shape"):
        masks.segments(numbers, numbers[None])
