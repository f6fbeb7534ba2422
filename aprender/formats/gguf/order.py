"""The bytes of a tensor in the other byte order."""

from __future__ import annotations

import numpy as np

from aprender.formats.gguf.types import GGMLType


def swapped_blocks(kind: GGMLType, blocks: np.ndarray) -> np.ndarray:
    """A copy of quantised blocks, uint8 [..., row bytes], for a machine of the other byte order.

    Within a block only the fp16 fields have an order. Twice is the identity.
    """
    copy = blocks.copy()
    fields = copy.reshape(-1, kind.block_bytes)
    for at in kind.halves:
        fields[:, [at, at + 1]] = fields[:, [at + 1, at]]
    return copy
