"""Where tensors lie behind the header: aligned, within the file, and none upon another."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import NoReturn

import numpy as np

from aprender.formats.gguf.cursor import Cursor
from aprender.formats.gguf.tensors import TensorInfo, read_tensor_info

GUARD = "FALSIFY-GGUF-003"
DEFAULT_ALIGNMENT = 32
OFFSET_BYTES = 8
"""Of the offset, with which a tensor's record ends."""


def padded(size: int, alignment: int) -> int:
    """The next multiple of the alignment, a power of two; what is one stays."""
    return (size + alignment - 1) & -alignment


@dataclass(slots=True)
class Layout:
    """The tensors of a header in its order: names, where their records are, and their data."""

    records: dict[str, int] = field(default_factory=dict)
    offsets: array[int] = field(default_factory=lambda: array("Q"))
    sizes: array[int] = field(default_factory=lambda: array("Q"))

    def append(self, info: TensorInfo, at: int) -> None:
        """Add the tensor whose record is at `at`."""
        self.records[info.name] = at
        self.offsets.append(info.offset)
        self.sizes.append(info.nbytes)

    def check(self, cursor: Cursor, alignment: int, begin: int, *, strict: bool) -> int:
        """Refuse data that are not there, not aligned, or another's; return where all of it ends.

        `begin` is where the data begin. Strictly, each tensor begins where the one before it ends,
        which is what llama.cpp demands.
        """
        available = max(0, len(cursor.data) - begin)
        expected = 0
        for name, offset, size in zip(self.records, self.offsets, self.sizes, strict=True):
            if offset % alignment:
                self._refuse(cursor, name, f"{offset} is no multiple of {alignment}")
            # By subtraction: no sum of what the file says can be too large.
            if offset > available or size > available - offset:
                reason = f"{size} bytes at {offset}, and the data of the file end at {available}"
                self._refuse(cursor, name, reason)
            if strict and offset != expected:
                reason = f"{offset}, and what is before it ends, with its padding, at {expected}"
                self._refuse(cursor, name, reason)
            expected = padded(offset + size, alignment)
        self._check_overlap(cursor)
        ends = (offset + size for offset, size in zip(self.offsets, self.sizes, strict=True))
        return begin + max(ends, default=0)

    def _check_overlap(self, cursor: Cursor) -> None:
        """Sorted by where they begin, none begins before its neighbour ends. All fit the file."""
        sizes = np.array(self.sizes, np.int64)
        begins = np.array(self.offsets, np.int64)
        order = np.flatnonzero(sizes)
        order = order[np.argsort(begins[order], kind="stable")]
        over = np.flatnonzero(begins[order][:-1] + sizes[order][:-1] > begins[order][1:])
        if len(over):
            names = list(self.records)
            one, other = (names[order[over[0] + step]] for step in (0, 1))
            self._refuse(cursor, other, f"its data overlap those of tensor {one!r}")

    def _refuse(self, cursor: Cursor, name: str, reason: str) -> NoReturn:
        cursor.at = self.records[name]
        read_tensor_info(cursor)
        cursor.refuse("offset", reason, GUARD, cursor.at - OFFSET_BYTES)
