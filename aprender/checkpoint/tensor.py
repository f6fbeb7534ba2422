"""A tensor in a file: known by its header, read by rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

DTYPES: dict[str, np.dtype] = {
    "F64": np.dtype(np.float64),
    "F32": np.dtype(np.float32),
    "F16": np.dtype(np.float16),
    "BF16": np.dtype(ml_dtypes.bfloat16),
}
"""What a parameter may be stored as, by safetensors' names."""

PIECE_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class LazyTensor:
    """A tensor whose values stay in its file until rows of it are read.

    ``stored`` is the file's name of the dtype, one of DTYPES or not.
    """

    name: str
    file: Path
    stored: str
    shape: tuple[int, ...]
    read_rows: Callable[[slice], NDArray]

    @property
    def dtype(self) -> np.dtype:
        """The dtype of what is read; KeyError for one that no parameter may have."""
        return DTYPES[self.stored]

    def pieces(self, unit: int = 1) -> Iterator[tuple[int, NDArray]]:
        """Rows as (first row, values), in order: about PIECE_BYTES each, in multiples of ``unit``.

        CheckpointError where the file no longer holds them.
        """
        rows, *rest = self.shape
        row_bytes = self.dtype.itemsize * int(np.prod(rest, dtype=np.int64))
        step = max(PIECE_BYTES // (row_bytes * unit), 1) * unit
        for start in range(0, rows, step):
            yield start, self.read_rows(slice(start, min(start + step, rows)))
