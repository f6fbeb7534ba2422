"""Tensors of a file against those of a configuration, both ways, before a value is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NoReturn

from aprender.checkpoint.error import CheckpointError
from aprender.checkpoint.safetensors_file import unknown_dtype
from aprender.checkpoint.tensor import DTYPES, LazyTensor
from aprender.config import TransformerConfig
from aprender.config.tensors import EMBEDDING, HEAD, tensor_shapes

MISSING_GUARD = "FALSIFY-APR-PRETRAIN-POPULATE-COVERAGE-001"
UNEXPECTED_GUARD = "FALSIFY-APR-PRETRAIN-POPULATE-COVERAGE-002"
SHAPE_GUARD = "FALSIFY-DEF-07"
TIED_GUARD = "FALSIFY-APR-PRETRAIN-INIT-TIED"


@dataclass(frozen=True, slots=True)
class Matched:
    """A tensor for each parameter, the copy of a tied head where there is one, and the rest."""

    parameters: Mapping[str, LazyTensor]
    redundant_head: LazyTensor | None
    left_out: tuple[str, ...]


def match(
    config: TransformerConfig, tensors: Mapping[str, LazyTensor], extras: Sequence[str] = ()
) -> Matched:
    """Every parameter with its tensor, where each has one, of its shape and of a known dtype.

    A tensor that is no parameter is refused unless a pattern in `extras` lists it (as a shell's,
    ``*.rotary_emb.inv_freq``). CheckpointError names the tensor, its file and the falsifier.
    """
    shapes = tensor_shapes(config)
    if missing := [name for name in shapes if name not in tensors]:
        reason = f"tensors are missing ({len(missing)}): {', '.join(missing[:3])}"
        raise CheckpointError(_place(tensors), reason, MISSING_GUARD)
    others = {name: tensor for name, tensor in tensors.items() if name not in shapes}
    # Only a tied configuration has no head among its parameters.
    head = others.pop(HEAD, None)
    for name, tensor in others.items():
        if not any(fnmatchcase(name, pattern) for pattern in extras):
            _refuse_unexpected(config, tensor, len(others))
    parameters = {name: tensors[name] for name in shapes}
    for name, tensor in parameters.items():
        check_shape(tensor, shapes[name])
        if tensor.stored not in DTYPES:
            raise unknown_dtype(tensor.file, name, tensor.stored)
    if head is not None:
        _check_redundant(head, parameters[EMBEDDING])
    return Matched(parameters, head, tuple(others))


def check_shape(tensor: LazyTensor, shape: tuple[int, ...]) -> None:
    """Refuse another shape, also one that has as many numbers."""
    if tensor.shape != shape:
        reason = f"{tensor.name} has shape {tensor.shape}, and the configuration asks for {shape}"
        raise CheckpointError(tensor.file, reason, SHAPE_GUARD)


def _place(tensors: Mapping[str, LazyTensor]) -> Path | str:
    files = sorted({tensor.file for tensor in tensors.values()})
    if not files:
        return "the checkpoint"
    return files[0] if len(files) == 1 else files[0].parent


def _refuse_unexpected(config: TransformerConfig, tensor: LazyTensor, count: int) -> NoReturn:
    reason = (
        f"{tensor.name} is no parameter of this {config.architecture} ({count} are none): "
        "list it among the extras to leave it out"
    )
    raise CheckpointError(tensor.file, reason, UNEXPECTED_GUARD)


def _check_redundant(head: LazyTensor, embedding: LazyTensor) -> None:
    """Refuse a head that is not the embedding, though the configuration says that it is."""
    said = f"tie_word_embeddings is true, and {head.name}"
    for what in ("shape", "stored"):
        ours, its = getattr(head, what), getattr(embedding, what)
        if ours != its:
            reason = f"{said} is {ours} where {embedding.name} is {its}"
            raise CheckpointError(head.file, reason, TIED_GUARD)
    for (row, ours), (_, its) in zip(head.pieces(), embedding.pieces(), strict=True):
        if (ours != its).any():
            row += int((ours != its).any(axis=1).argmax())
            reason = (
                f"{said} differs from {embedding.name} in row {row}: "
                "say tie_word_embeddings = false in config.json if it is a head of its own"
            )
            raise CheckpointError(head.file, reason, TIED_GUARD)
