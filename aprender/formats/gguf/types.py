"""The tensor types of GGML that are read and written here: ids, block sizes, bytes.

Source: ggml-common.h and ggml.h. An id that is not listed is refused, never taken for another.
"""

from __future__ import annotations

from enum import Enum

from aprender.formats.gguf.error import GGUFError

GUARD = "FALSIFY-GGUF-TYPES"


class GGMLType(Enum):
    """One tensor type: its id in a file, and how weights lie in its blocks, along the last axis."""

    F32 = (0, 1, 4)
    F16 = (1, 1, 2)
    Q4_0 = (2, 32, 18, (0,))
    Q4_1 = (3, 32, 20, (0, 2))
    Q5_0 = (6, 32, 22, (0,))
    Q5_1 = (7, 32, 24, (0, 2))
    Q8_0 = (8, 32, 34, (0,))
    Q2_K = (10, 256, 84, (80, 82))
    Q3_K = (11, 256, 110, (108,))
    Q4_K = (12, 256, 144, (0, 2))
    Q5_K = (13, 256, 176, (0, 2))
    Q6_K = (14, 256, 210, (208,))
    I8 = (24, 1, 1)
    I16 = (25, 1, 2)
    I32 = (26, 1, 4)
    I64 = (27, 1, 8)
    F64 = (28, 1, 8)
    BF16 = (30, 1, 2)

    id: int
    block_weights: int
    """Weights of one block; 1 for the types that are no blocks."""
    block_bytes: int
    halves: tuple[int, ...]
    """Where in a block its fp16 fields begin: what a file of the other byte order has swapped."""

    def __init__(self, id: int, weights: int, bytes: int, halves: tuple[int, ...] = ()) -> None:  # noqa: A002
        self.id = id
        self.block_weights = weights
        self.block_bytes = bytes
        self.halves = halves

    @property
    def is_quantised(self) -> bool:
        """Whether weights lie in blocks, as bytes that only a dequantiser understands."""
        return self.block_weights > 1

    @classmethod
    def of_id(cls, id: int) -> GGMLType:  # noqa: A002
        """The type of this id in a GGUF file; a GGUFError for any other."""
        found = _BY_ID.get(id)
        if found is None:
            raise GGUFError(f"type id {id} is none of {_names()}", guard=GUARD, field="type")
        return found

    def row_bytes(self, weights: int) -> int:
        """Bytes of a row of so many weights; a GGUFError where it is no multiple of the block."""
        blocks, rest = divmod(weights, self.block_weights)
        if rest or weights < 0:
            reason = f"a row of {weights} weights is no multiple of {self.name}'s block of "
            raise GGUFError(f"{reason}{self.block_weights}", guard=GUARD, field="shape")
        return blocks * self.block_bytes


_BY_ID = {kind.id: kind for kind in GGMLType}


def _names() -> str:
    return ", ".join(f"{kind.name} ({kind.id})" for kind in GGMLType)
