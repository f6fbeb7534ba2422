"""Tiny Hugging Face directories, written with safetensors' own writer.

The tensors are those of tiny_models, so that the logits of the golden file are theirs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from safetensors.numpy import save_file

from falsifiers import tiny_models
from falsifiers.oracles.decoder_tensors import decoder_tensors

CONFIG = "config.json"
SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"


def tensors(name: str, dtype: DTypeLike = np.float32) -> dict[str, NDArray[Any]]:
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
