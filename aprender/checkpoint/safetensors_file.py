"""One safetensors file, opened lazily: its tensors by header, their values by rows.

The library judges the header: sizes, bounds, no overlap, no hole. Values are read here, because its
slices read the whole tensor or map the file, and what is mapped counts as memory once it is read.
"""

from __future__ import annotations

import json
from functools import partial
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from aprender.checkpoint.error import CheckpointError
from aprender.checkpoint.tensor import DTYPES, LazyTensor
from aprender.config.source import each_key_once

GUARD = "FALSIFY-APR-PRETRAIN-INIT-004"
DTYPE_GUARD = "FALSIFY-APR-PRETRAIN-INIT-DTYPE"
WRITTEN_BESIDE = "__metadata__"


def open_safetensors(path: Path) -> tuple[dict[str, LazyTensor], dict[str, str]]:
    """The tensors of a file, and the text that its writer left beside them.

    CheckpointError where it is no safetensors file; OSError is the file's.
    """
    header, start = _header(path)
    beside = header.pop(WRITTEN_BESIDE, None) or {}
    tensors = {
        name: LazyTensor(
            name=name,
            file=path,
            stored=entry["dtype"],
            shape=tuple(entry["shape"]),
            read_rows=partial(_read_rows, path, start, entry),
        )
        for name, entry in header.items()
    }
    return tensors, beside


def _header(path: Path) -> tuple[dict[str, Any], int]:
    """What the library accepts as a header, and where the data start."""
    try:
        with safe_open(path, framework="np"):
            pass
        return _parsed(path)
    except (SafetensorError, ValueError) as error:
        _blame_dtype(path)
        raise CheckpointError(path, f"is no safetensors file: {error}", GUARD) from None


def _parsed(path: Path) -> tuple[dict[str, Any], int]:
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        # Never more than there is, whatever the length says.
        text = file.read(min(length, path.stat().st_size))
    return json.loads(text, object_pairs_hook=each_key_once), 8 + length


def _blame_dtype(path: Path) -> None:
    """Name the tensor where the fault is a dtype that the library has never heard of."""
    try:
        header, _ = _parsed(path)
        stored = {name: str(entry["dtype"]) for name, entry in header.items() if "dtype" in entry}
    except (ValueError, TypeError, AttributeError, RecursionError):
        return
    for name, dtype in stored.items():
        if dtype not in DTYPES:
            raise unknown_dtype(path, name, dtype) from None


def unknown_dtype(path: Path, name: str, stored: str) -> CheckpointError:
    """The refusal of a parameter that is stored as what no parameter may be."""
    reason = f"{name} has dtype {stored}, and a parameter has one of {', '.join(DTYPES)}"
    return CheckpointError(path, reason, DTYPE_GUARD)


def _read_rows(path: Path, start: int, entry: dict[str, Any], rows: slice) -> NDArray:
    dtype, (_, *rest) = DTYPES[entry["dtype"]], entry["shape"]
    row_bytes = dtype.itemsize * prod(rest)
    begin = start + entry["data_offsets"][0] + rows.start * row_bytes
    wanted = (rows.stop - rows.start) * row_bytes
    values = np.fromfile(path, np.uint8, wanted, offset=begin)
    if values.size != wanted:
        raise CheckpointError(path, f"ends at byte {begin + values.size}, within its data", GUARD)
    return values.view(dtype).reshape(-1, *rest)
