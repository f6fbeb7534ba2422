"""Verifying a GGUF file: its structure, its metadata, and whether its weights can be weights."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from aprender.formats.gguf import GGMLType, GGUFError, GGUFFile, Tensor, open_gguf
from aprender.hf_pipeline.weights import Check, checks_of_weights, look_at
from aprender.quant.arrays import NUMPY
from aprender.quant.codecs import CODECS, decoded

EMBEDDING = "token_embd.weight"
FLOATS = (GGMLType.F32, GGMLType.F16, GGMLType.BF16, GGMLType.F64)
PIECE = 1 << 22
"""Numbers that are looked at together."""


@dataclass(frozen=True, slots=True)
class Verification:
    """All checks of one file."""

    path: str
    checks: tuple[Check, ...]

    @property
    def outcome(self) -> str:
        """Failed where any check failed, else skipped where any was, else passed."""
        counts = self.counts()
        return next((worst for worst in ("failed", "skipped") if counts[worst]), "passed")

    def counts(self) -> dict[str, int]:
        """How many checks passed, failed, and were skipped."""
        outcomes = [check.outcome for check in self.checks]
        return {outcome: outcomes.count(outcome) for outcome in ("passed", "failed", "skipped")}


def gguf_verify(path: str | os.PathLike[str]) -> Verification:
    """Check a whole file, as llama.cpp would read it. An OSError where there is none.

    What cannot be read fails the first check, and nothing else is looked at. Of tensors in blocks
    that are not decoded here (Q2_K, Q3_K) the scales are looked at, and not the weights.
    """
    try:
        opened = open_gguf(path)
    except GGUFError as error:
        rest = ("metadata", *(check.name for check in checks_of_weights((), (), EMBEDDING)))
        unread = (Check(name, 0, ("the file cannot be read",)) for name in rest)
        return Verification(str(path), (Check("structure", 1, failures=(str(error),)), *unread))
    structure = Check("structure", len(opened.metadata) + len(opened.tensors))
    tensors = [tensor for tensor in opened.tensors.values() if _is_weight(tensor)]
    seen = [look_at(tensor.name, _seen_shape(tensor), _pieces(tensor)) for tensor in tensors]
    undecoded = [tensor.name for tensor in tensors if not _is_decoded(tensor.type)]
    weights = checks_of_weights(seen, undecoded, EMBEDDING)
    return Verification(opened.path, (structure, _metadata(opened), *weights))


def _metadata(opened: GGUFFile) -> Check:
    """Every value can be decoded, the text within arrays too."""
    failures = []
    for key in opened.metadata:
        try:
            opened.metadata[key]
        except GGUFError as error:
            failures.append(str(error))
    return Check("metadata", len(opened.metadata), failures=tuple(failures))


def _is_weight(tensor: Tensor) -> bool:
    """Integers are neither NaN nor weights."""
    return tensor.type in FLOATS or tensor.type.is_quantised


def _is_decoded(kind: GGMLType) -> bool:
    return not kind.is_quantised or kind in CODECS


def _seen_shape(tensor: Tensor) -> tuple[int, ...]:
    """Of blocks that are not decoded only the scales are seen, as one axis."""
    return tensor.shape if _is_decoded(tensor.type) else (-1,)


def _pieces(tensor: Tensor) -> Iterator[np.ndarray]:
    """The numbers, or the scales of blocks that are not decoded, a few rows at a time."""
    columns = tensor.array_shape[-1] if tensor.array_shape else 1
    if not tensor.nbytes:
        return
    rows = tensor.array.reshape(-1, columns)
    step = max(1, PIECE // columns)
    for first in range(0, len(rows), step):
        yield _floats(tensor.type, rows[first : first + step])


def _floats(kind: GGMLType, rows: np.ndarray) -> np.ndarray:
    if kind is GGMLType.BF16:
        return (rows.astype(np.uint32) << 16).view(np.float32)
    if not kind.is_quantised:
        return rows
    blocks = rows.reshape(-1, kind.block_bytes)
    if kind in CODECS:
        # What a scale that is not finite makes of its block is not finite either.
        with np.errstate(all="ignore"):
            return decoded(NUMPY, kind, blocks)[0].reshape(len(rows), -1)
    halves = [np.ascontiguousarray(blocks[:, at : at + 2]) for at in kind.halves]
    return np.concatenate(halves, axis=1).view("<f2")
