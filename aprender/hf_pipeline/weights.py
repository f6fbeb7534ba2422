"""Whether numbers can be the weights of a model: F-DATA-QUALITY-001 to 005 of tensor-layout-v1.

A check says what it did not look at; one that did not look at everything has not passed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

MOST_ZEROS = 0.8
MOST_ZEROS_OF_EMBEDDING = 0.5
MOST_DEAD_ROWS = 0.25
LEAST_NORM = 1e-6
SPOTS = (0.1, 0.5, 0.9)
"""Rows of the embedding that are looked at, as parts of the vocabulary."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check: how many things it looked at, which it did not, and what it found."""

    name: str
    examined: int
    skipped: tuple[str, ...] = ()
    """What was not looked at, and why."""
    failures: tuple[str, ...] = ()

    @property
    def outcome(self) -> str:
        """Failed, passed, or skipped where it has not looked at everything, or at nothing."""
        if self.failures:
            return "failed"
        return "skipped" if self.skipped or not self.examined else "passed"


@dataclass(frozen=True, slots=True)
class Seen:
    """What one pass over a tensor found."""

    name: str
    shape: tuple[int, ...]
    not_finite: int
    zeros: int
    dead_rows: int
    """Rows of zeros alone."""
    dead_spots: tuple[int, ...]
    """Of the rows at SPOTS."""
    norm: float
    is_constant: bool

    @property
    def is_matrix(self) -> bool:
        """A norm or a bias has one axis, and may be constant, and zero; so may what is empty."""
        return len(self.shape) > 1 and 0 not in self.shape


def look_at(name: str, shape: tuple[int, ...], pieces: Iterable[np.ndarray]) -> Seen:
    """One pass over a tensor that comes as pieces of its rows, floating point [rows, columns]."""
    not_finite = zeros = dead_rows = row = 0
    squares = 0.0
    dead_spots: list[int] = []
    least, most = np.inf, -np.inf
    spots = sorted({int(part * shape[0]) for part in SPOTS}) if shape else []
    for piece in pieces:
        not_finite += piece.size - int(np.count_nonzero(np.isfinite(piece)))
        zeros += piece.size - int(np.count_nonzero(piece))
        is_dead = ~piece.any(axis=1)
        dead_rows += int(is_dead.sum())
        dead_spots += [at for at in spots if row <= at < row + len(piece) and is_dead[at - row]]
        # In float64, where no square of a float32 is too large or too small.
        squares += float(np.square(piece, dtype=np.float64).sum())
        least, most = min(least, float(piece.min())), max(most, float(piece.max()))
        row += len(piece)
    spread = (squares**0.5, least == most)
    return Seen(name, shape, not_finite, zeros, dead_rows, tuple(dead_spots), *spread)


def checks_of_weights(
    seen: Sequence[Seen], undecoded: Sequence[str], embedding: str
) -> tuple[Check, ...]:
    """The five checks, of which all but the first are of matrices, and two of the embedding.

    `undecoded` are matrices of which only the scales are among `seen`.
    """
    matrices = [tensor for tensor in seen if tensor.is_matrix]
    embeddings = [tensor for tensor in matrices if tensor.name == embedding]
    skipped = tuple(f"{name}: blocks are not decoded here" for name in undecoded)
    of_embedding = tuple(text for text in skipped if text.startswith(f"{embedding}:"))
    if not embeddings and not of_embedding:
        of_embedding = (f"there is no {embedding}",)

    def zeros(tensor: Seen) -> str:
        most = MOST_ZEROS_OF_EMBEDDING if tensor.name == embedding else MOST_ZEROS
        part = tensor.zeros / math.prod(tensor.shape)
        return "" if part < most else f"{part:.1%} zeros, and less than {most:.0%} are weights"

    return (
        _check("finite (F-DATA-QUALITY-002)", seen, (), _not_finite),
        _check("density (F-DATA-QUALITY-001)", matrices, skipped, zeros),
        _check("variation (F-DATA-QUALITY-003)", matrices, skipped, _no_variation),
        _check("spots (F-DATA-QUALITY-004)", embeddings, of_embedding, _dead_spots),
        _check("dead rows (F-DATA-QUALITY-005)", embeddings, of_embedding, _dead_rows),
    )


def _check(
    name: str, tensors: Sequence[Seen], skipped: tuple[str, ...], complaint: Callable[[Seen], str]
) -> Check:
    complaints = ((tensor.name, complaint(tensor)) for tensor in tensors)
    failures = tuple(f"{tensor}: {said}" for tensor, said in complaints if said)
    return Check(name, len(tensors), skipped, failures)


def _not_finite(tensor: Seen) -> str:
    return f"{tensor.not_finite} numbers are NaN or infinite" if tensor.not_finite else ""


def _no_variation(tensor: Seen) -> str:
    if tensor.is_constant:
        return "all numbers are the same"
    # A norm that is NaN is the first check's matter.
    is_small = tensor.norm <= LEAST_NORM
    return f"its norm is {tensor.norm:.1e}, at most {LEAST_NORM}" if is_small else ""


def _dead_spots(tensor: Seen) -> str:
    return f"rows {list(tensor.dead_spots)} are zero" if tensor.dead_spots else ""


def _dead_rows(tensor: Seen) -> str:
    part = tensor.dead_rows / tensor.shape[0]
    return "" if part < MOST_DEAD_ROWS else f"{part:.1%} of the rows are zero"
