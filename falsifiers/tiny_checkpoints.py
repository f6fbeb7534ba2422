"""Tiny Hugging Face directories, written with safetensors' own writer, and how they are judged.

The tensors are those of tiny_models, so that the logits of the golden file are theirs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from numpy.typing import DTypeLike, NDArray
from safetensors.numpy import save_file

from aprender.checkpoint.architecture import read_architecture
from aprender.checkpoint.error import CheckpointError
from aprender.checkpoint.hugging_face import load_init_tensors
from aprender.config import TransformerConfig
from aprender.nn.layout import Parameters, to_tensors
from falsifiers import tiny_models
from falsifiers.oracles.decoder_tensors import decoder_tensors

CONFIG = "config.json"
SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"


def tensors_of(name: str, dtype: DTypeLike = np.float32) -> dict[str, NDArray[Any]]:
    """Those of one tiny model, by Hugging Face's names."""
    keys = {"attention_bias": "qwen2" in name.split("-")[0], **tiny_models.CONFIGS[name]}
    keys.setdefault("head_dim", keys["hidden_size"] // keys["num_attention_heads"])
    shapes = decoder_tensors(keys)
    return {key: value.astype(dtype) for key, value in tiny_models.tensors(shapes).items()}


def write(
    directory: Path,
    keys: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]],
    files: int = 1,
) -> Path:
    """Write a config.json and tensors, shared out over files, and an index if they are several."""
    directory.mkdir()
    (directory / CONFIG).write_text(json.dumps(keys))
    if files == 1:
        save_file(dict(arrays), directory / SINGLE, metadata={"format": "pt"})
        return directory
    placed = {}
    for number in range(files):
        file = f"model-{number + 1:05}-of-{files:05}.safetensors"
        names = list(arrays)[number::files]
        save_file({name: arrays[name] for name in names}, directory / file)
        placed |= dict.fromkeys(names, file)
    (directory / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": placed}))
    return directory


def written(
    directory: Path,
    name: str,
    *,
    files: int = 1,
    dtype: DTypeLike = np.float32,
    keys: Mapping[str, Any] | None = None,
    without: Collection[str] = (),
    **arrays: NDArray[Any],
) -> Path:
    """A tiny model's directory with other keys, without some tensors, and with others."""
    tensors = {**tensors_of(name, dtype), **arrays}
    kept = {key: value for key, value in tensors.items() if key not in without}
    keys = {**tiny_models.CONFIGS[name], **(keys or {})}
    return write(directory, keys, kept, files)


def on_host(parameters: Parameters, config: TransformerConfig) -> dict[str, NDArray[Any]]:
    """Tensors under Hugging Face's names, as NumPy arrays."""
    return to_tensors(jax.tree.map(np.asarray, parameters), config)


def differing(found: Mapping[str, NDArray[Any]], source: Mapping[str, NDArray[Any]]) -> list[str]:
    """Names that one of two sets of tensors lacks, or has with another dtype, shape or bits."""

    def content(tensors: Mapping[str, NDArray[Any]], name: str) -> object:
        array = tensors.get(name)
        return None if array is None else (array.dtype, array.shape, array.tobytes())

    names = sorted(found.keys() | source.keys())
    return [name for name in names if content(found, name) != content(source, name)]


def refused(
    directory: Path, implementation: Callable[..., Any], guard: str, message: str, **arguments: Any
) -> None:
    """A directory is refused, in a message with the file, what is wrong, and the falsifier."""
    config = read_architecture(directory)
    with pytest.raises(CheckpointError, match=message) as refusal:
        implementation(config=config, tensors=load_init_tensors(directory), **arguments)
    assert str(directory) in str(refusal.value)
    assert guard in str(refusal.value)
