"""Label dtypes."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from aprender.losses.labels import IGNORED_LABEL, widen_labels


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.int32, np.uint32, np.int64])
def test_ids_and_ignored_label_do_not_wrap_around(dtype):
    labels = widen_labels(np.array([0, 100], dtype))
    assert labels.dtype == jnp.int32
    assert labels.tolist() == [0, 100]


def test_an_unsigned_id_is_not_the_ignored_label():
    same_bits = np.array([IGNORED_LABEL % 256], np.uint8)
    assert not (widen_labels(same_bits) == IGNORED_LABEL).any()
