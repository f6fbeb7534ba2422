"""The tensors of a Hugging Face directory: one safetensors file, or several with their index."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from aprender.checkpoint.error import CheckpointError
from aprender.checkpoint.safetensors_file import GUARD, open_safetensors
from aprender.checkpoint.tensor import LazyTensor
from aprender.config.source import FileRules, load

MISSING_GUARD = "FALSIFY-APR-PRETRAIN-INIT-003"
SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"
INDEX_FILE = FileRules(largest=2**26, absent=MISSING_GUARD, unreadable=GUARD)
PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt")


def load_init_tensors(path: str | PathLike[str]) -> dict[str, LazyTensor]:
    """Every tensor of a Hugging Face directory by its name; no value is read.

    ValueError and OSError name the file and what is wrong with it.
    """
    return open_directory(path)[0]


def open_directory(path: str | PathLike[str]) -> tuple[dict[str, LazyTensor], list[dict[str, str]]]:
    """The tensors, and the text beside those of each file, see `load_init_tensors`."""
    directory = Path(path)
    if not directory.is_dir():
        raise CheckpointError(path, "is no directory with a checkpoint", MISSING_GUARD)
    single, index = directory / SINGLE, directory / INDEX
    if single.is_file() and index.is_file():
        raise CheckpointError(index, f"stands beside {SINGLE}: remove the older one", GUARD)
    if index.is_file():
        return _of_index(index)
    if single.is_file():
        tensors, beside = open_safetensors(single)
        return tensors, [beside]
    raise CheckpointError(directory, _what_instead(directory), MISSING_GUARD)


def _what_instead(directory: Path) -> str:
    pickles = sorted(path.name for pattern in PICKLES for path in directory.glob(pattern))
    if pickles:
        return f"{pickles[0]} is a pickle, which runs code when it is read: save it as {SINGLE}"
    return f"there is neither {SINGLE} nor {INDEX}"


def _of_index(index: Path) -> tuple[dict[str, LazyTensor], list[dict[str, str]]]:
    """What is in all files that the index names, where both say the same."""
    placed = _weight_map(index)
    tensors: dict[str, LazyTensor] = {}
    texts = []
    for file in sorted(set(placed.values())):
        found, beside = open_safetensors(_beside(index, file))
        listed = {name for name, where in placed.items() if where == file}
        if odd := sorted(listed ^ found.keys()):
            where = "the index only" if odd[0] in listed else "the file only"
            raise CheckpointError(index, f"{odd[0]} of {file} stands in {where}", GUARD)
        tensors |= found
        texts.append(beside)
    return tensors, texts


def _weight_map(index: Path) -> dict[str, str]:
    placed = load(index, INDEX_FILE).get("weight_map")
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
