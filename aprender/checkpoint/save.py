"""Parameters to a Hugging Face directory, which transformers and `load_init_tensors` read."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from math import prod
from os import PathLike
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from flax.traverse_util import flatten_dict
from numpy.typing import NDArray
from safetensors.numpy import save_file

from aprender.checkpoint.architecture import CONFIG
from aprender.checkpoint.error import CheckpointError
from aprender.checkpoint.hugging_face import INDEX, SINGLE
from aprender.checkpoint.stamp import STAMP
from aprender.checkpoint.tensor import DTYPES
from aprender.config import TransformerConfig
from aprender.config.hugging_face import to_hugging_face
from aprender.nn.layout import Parameters, Part, leaves, parts

GUARD = "FALSIFY-APR-PRETRAIN-INIT-SAVED"
FILE_BYTES = 4 << 30


def save_hugging_face(
    directory: str | PathLike[str],
    parameters: Parameters,
    config: TransformerConfig,
    *,
    tokenizer_fingerprint: str | None = None,
    file_bytes: int = FILE_BYTES,
) -> None:
    """Write config.json and the tensors, `file_bytes` of them in a file, and no more in memory.

    The fingerprint of the tokenizer is stamped into each file, see `stamped_fingerprint`. The
    directory appears whole or not at all. CheckpointError where it is there and not empty, and for
    parameters that are not those of `config`, not finite, or partly in other processes.
    """
    directory = Path(directory)
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise CheckpointError(directory, "is there already: name another, or remove it", GUARD)
    if fault := _fault(parameters, config):
        raise CheckpointError(directory, fault, GUARD)
    beside = {"format": "pt"}
    if tokenizer_fingerprint is not None:
        beside[STAMP] = tokenizer_fingerprint
    staging = directory.with_name(f".{directory.name}.{os.getpid()}")
    staging.mkdir(parents=True)
    try:
        _write_config(staging / CONFIG, parameters, config)
        _write_tensors(staging, parameters, config, beside, file_bytes)
        staging.replace(directory)
    except BaseException:
        shutil.rmtree(staging)
        raise


def _fault(parameters: Parameters, config: TransformerConfig) -> str | None:
    """What keeps the parameters from being those of `config`, and readable again."""
    given = flatten_dict(parameters)
    wanted = {leaf.path: leaf.shape(config) for leaf in leaves(config)}
    for path in [*wanted, *(given.keys() - wanted.keys())]:
        name, array = ".".join(path), given.get(path)
        if array is None or jnp.shape(array) != wanted.get(path):
            shape = None if array is None else jnp.shape(array)
            return f"{name} has shape {shape}, and the configuration asks for {wanted.get(path)}"
        if array.dtype not in DTYPES.values():
            return f"{name} has dtype {array.dtype}, and a parameter has one of {', '.join(DTYPES)}"
        if isinstance(array, jax.Array) and not array.is_fully_addressable:
            return f"{name} stands partly in other processes: gather it first"
        if not jnp.isfinite(array).all():
            return f"{name} is not finite"
    return None


def _write_config(file: Path, parameters: Parameters, config: TransformerConfig) -> None:
    keys = {**to_hugging_face(config), "torch_dtype": str(parameters["embedding"].dtype)}
    file.write_text(json.dumps(keys, indent=2, sort_keys=True) + "\n")


def _write_tensors(
    directory: Path,
    parameters: Parameters,
    config: TransformerConfig,
    beside: dict[str, str],
    file_bytes: int,
) -> None:
    places = parts(config)
    itemsizes = {path: array.dtype.itemsize for path, array in flatten_dict(parameters).items()}
    sizes = {name: prod(part.shape) * itemsizes[part.leaf.path] for name, part in places.items()}
    groups = _shared_out(sizes, file_bytes)
    files: dict[str, str] = {}
    for number, names in enumerate(groups, start=1):
        file = SINGLE if len(groups) == 1 else f"model-{number:05}-of-{len(groups):05}.safetensors"
        arrays = {name: on_host(parameters, places[name]) for name in names}
        save_file(arrays, directory / file, metadata=beside)
        files |= dict.fromkeys(names, file)
    if len(groups) > 1:
        index = {"metadata": {"total_size": sum(sizes.values())}, "weight_map": files}
        (directory / INDEX).write_text(json.dumps(index, indent=2, sort_keys=True) + "\n")


def on_host(parameters: Parameters, part: Part) -> NDArray:
    """One tensor in Hugging Face's shape: a layer leaves its device at a time."""
    return np.ascontiguousarray(part.outward(np.asarray(part.of(parameters))))


def _shared_out(sizes: Mapping[str, int], file_bytes: int) -> list[list[str]]:
    """Names in order, as many to a file as it takes; a tensor above that has one of its own."""
    groups: list[list[str]] = []
    room = 0
    for name, size in sizes.items():
        if not groups or size > room:
            groups.append([])
            room = file_bytes
        groups[-1].append(name)
        room -= size
    return groups
