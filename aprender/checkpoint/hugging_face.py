"""The tensors of a Hugging Face directory: one safetensors file, or several with their index."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from aprender.checkpoint.error import CheckpointError
from aprender.checkpoint.safetensors_file import GUARD, open_safetensors
from aprender.checkpoint.tensor import LazyTensor
from aprender.config.source import load

MISSING_GUARD = "FALSIFY-APR-PRETRAIN-INIT-003"
CONFIG = "config.json"
SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"
PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt")


def load_init_tensors(path: str | PathLike[str]) -> dict[str, LazyTensor]:
    """Every tensor of a Hugging Face directory by its name; no value is read.

    CheckpointError names the file and what is wrong with it.
    """
    directory = Path(path)
    if not directory.is_dir():
        raise CheckpointError(path, "is no directory with a checkpoint", MISSING_GUARD)
    single, index = directory / SINGLE, directory / INDEX
    if single.is_file() and index.is_file():
        raise CheckpointError(index, f"stands beside {SINGLE}: remove the older one", GUARD)
    if index.is_file():
        return _of_index(index)
    if single.is_file():
        return open_safetensors(single)[0]
    raise CheckpointError(directory, _what_instead(directory), MISSING_GUARD)


def _what_instead(directory: Path) -> str:
    pickles = sorted(path.name for pattern in PICKLES for path in directory.glob(pattern))
    if pickles:
        return f"{pickles[0]} is a pickle, which runs code when it is read: save it as {SINGLE}"
    return f"there is neither {SINGLE} nor {INDEX}"


def _of_index(index: Path) -> dict[str, LazyTensor]:
    """The tensors of all files that the index names, where both say the same."""
    placed = _weight_map(index)
    tensors: dict[str, LazyTensor] = {}
    for file in sorted(set(placed.values())):
        found, _ = open_safetensors(_beside(index, file))
        listed = {name for name, where in placed.items() if where == file}
        if odd := sorted(listed ^ found.keys()):
            where = "the index only" if odd[0] in listed else "the file only"
            raise CheckpointError(index, f"{odd[0]} of {file} stands in {where}", GUARD)
        tensors |= found
    return tensors


def _weight_map(index: Path) -> dict[str, str]:
    try:
        placed = load(index).get("weight_map")
    except ValueError as error:
        raise CheckpointError(index, f"cannot be read: {error}", GUARD) from None
    if not isinstance(placed, dict) or not placed:
        raise CheckpointError(index, "has no weight_map with tensors in it", GUARD)
    for name, file in placed.items():
        if not isinstance(file, str) or Path(file).name != file:
            raise CheckpointError(index, f"{name} stands in {file!r}, no name of a file", GUARD)
    return placed


def _beside(index: Path, name: str) -> Path:
    file = index.with_name(name)
    if not file.is_file():
        raise CheckpointError(index, f"{name} is not there", MISSING_GUARD)
    return file
