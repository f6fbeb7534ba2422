"""Which keys a query may attend to, asked one pair at a time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]


def asked(batch: int, queries: int, keys: int, may: Callable[[int, int, int], bool]) -> Bools:
    """[B, T, S] from the answers to: may query t of text b attend to key s?"""
    answers = [[[may(b, t, s) for s in range(keys)] for t in range(queries)] for b in range(batch)]
    return np.array(answers, bool)


def causal(queries: int, keys: int, offsets: list[int]) -> Bools:
    """Key s stands at s, query t of text b at offsets[b] + t; none sees what comes later."""
    return asked(len(offsets), queries, keys, lambda b, t, s: s <= offsets[b] + t)


def window(queries: int, keys: int, offsets: list[int], size: int) -> Bools:
    """As causal, and the key is one of the last `size` that end with the query's own position."""

    def may(b: int, t: int, s: int) -> bool:
        here = offsets[b] + t
        return s in range(here - size + 1, here + 1)

    return asked(len(offsets), queries, keys, may)
