"""Falsifiers of contracts/apr-pretrain-from-init-v1.yaml: what a directory may hold."""

from __future__ import annotations

import json
import re
import struct

import jax
import numpy as np
import pytest
from safetensors.numpy import save_file

from aprender.checkpoint.architecture import build_transformer_config, read_architecture
from aprender.checkpoint.error import CheckpointError
from aprender.checkpoint.hugging_face import load_init_tensors
from aprender.checkpoint.populate import populate
from falsifiers import tiny_checkpoints
from falsifiers.tiny_checkpoints import on_host, refused, tensors_of, written


def falsify_apr_pretrain_init_003_what_is_not_there_is_named(falsifier, tmp_path):
    name = falsifier.params["model"]
    complete = written(tmp_path / "complete", name, files=2)
    first, second = sorted(complete.glob("*.safetensors"))

    def missing(path, message, reader=load_init_tensors):
        with pytest.raises(ValueError, match=message) as refusal:
            reader(path)
        assert str(path) in str(refusal.value)
        assert falsifier.id in str(refusal.value)

    nowhere = tmp_path / "nowhere"
    missing(nowhere, "is no directory with a checkpoint")
    missing(first, "is no directory with a checkpoint")
    empty = tmp_path / "empty"
    empty.mkdir()
    missing(empty, "there is neither model.safetensors nor")
    for file in falsifier.params["pickles"]:
        (empty / file).write_bytes(b"\x80\x04")
        missing(empty, f"{file} is a pickle, which runs code")
        (empty / file).unlink()
    second.unlink()
    missing(complete, f"{second.name} is not there")


def falsify_apr_pretrain_init_004_a_damaged_file_is_refused(falsifier, tmp_path):
    params = falsifier.params
    source = written(tmp_path / "source", params["model"])
    content = (source / tiny_checkpoints.SINGLE).read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    borders = [0, 1, 7, 8, 9, 8 + length // 2, 8 + length, 9 + length, len(content) - 1]
    damaged = [content[:border] for border in borders]
    damaged += [magic.encode() + content[len(magic) :] for magic in params["magics"]]
    damaged += [
        content + b"\0",
        struct.pack("<Q", params["length"]) + content[8:],
        content[:8] + b"[" + content[9:],
        content.replace(b'"data_offsets":[0,', b'"data_offsets":[4,', 1),
        doubled_name(content, length),
    ]
    for number, data in enumerate(damaged):
        assert data != content
        directory = tmp_path / str(number)
        directory.mkdir()
        file = directory / tiny_checkpoints.SINGLE
        file.write_bytes(data)
        with pytest.raises(CheckpointError) as refusal:
            load_init_tensors(directory)
        assert str(file) in str(refusal.value)
        assert falsifier.id in str(refusal.value)

    # A file that shrinks once it was opened.
    tensors = load_init_tensors(source)
    (source / tiny_checkpoints.SINGLE).write_bytes(content[:-4])
    with pytest.raises(CheckpointError, match="within its data") as refusal:
        populate(read_architecture(source), tensors)
    assert falsifier.id in str(refusal.value)

    indexed = written(tmp_path / "indexed", params["model"], files=2)
    index = indexed / tiny_checkpoints.INDEX
    said = json.loads(index.read_text())
    placed = said["weight_map"]
    (name, file), *_ = placed.items()
    for broken in (
        "",
        "[]",
        json.dumps({"weight_map": {}}),
        json.dumps({"weight_map": {**placed, name: "../" + file}}),
        json.dumps({"weight_map": {**placed, name: 1}}),
        json.dumps({"weight_map": {**placed, "another": file}}),
        json.dumps({"weight_map": {key: at for key, at in placed.items() if key != name}}),
    ):
        index.write_text(broken)
        with pytest.raises(ValueError, match=re.escape(falsifier.id)) as refusal:
            load_init_tensors(indexed)
        assert str(index) in str(refusal.value)
        assert falsifier.id in str(refusal.value)
    index.write_text(json.dumps(said))
    save_file({name: np.ones(1, np.float32)}, indexed / tiny_checkpoints.SINGLE)
    with pytest.raises(CheckpointError, match=r"stands beside model\.safetensors"):
        load_init_tensors(indexed)


def doubled_name(content, length):
    """The header with its first tensor twice, which JSON readers do not notice."""
    header = content[8 : 8 + length].decode().rstrip()
    first, entry = next(
        (name, value) for name, value in json.loads(header).items() if name != "__metadata__"
    )
    text = f"{header[:-1]},{json.dumps(first)}:{json.dumps(entry)}}}".encode()
    return struct.pack("<Q", len(text)) + text + content[8 + length :]


def falsify_apr_pretrain_init_dtype_nothing_is_narrowed_or_guessed(
    implementation, falsifier, tmp_path
):
    params = falsifier.params
    name, tensor = params["model"], params["tensor"]
    array = tensors_of(name)[tensor]
    wide = written(tmp_path / "wide", name, dtype=np.float64)
    refused(wide, implementation, falsifier.id, "would be float64, and jax_enable_x64 is off")
    with jax.enable_x64(True):
        config = read_architecture(wide)
        parameters = implementation(config=config, tensors=load_init_tensors(wide))
        assert parameters["embedding"].dtype == np.float64
    mixed = written(tmp_path / "mixed", name, **{tensor: array.astype(np.float16)})
    refused(mixed, implementation, falsifier.id, f"{tensor} is F16 where .* is F32")
    config = read_architecture(mixed)
    stated = implementation(config=config, tensors=load_init_tensors(mixed), dtype=np.float32)
    expected = array.astype(np.float16).astype(np.float32)
    np.testing.assert_array_equal(on_host(stated, config)[tensor], expected)
    for stored in params["refused"]:
        directory = written(tmp_path / stored, name)
        relabel(directory / tiny_checkpoints.SINGLE, tensor, stored)
        with pytest.raises(CheckpointError, match=f"{tensor} has dtype {stored}") as refusal:
            implementation(config=config, tensors=load_init_tensors(directory))
        assert falsifier.id in str(refusal.value)
        assert str(directory) in str(refusal.value)


def relabel(file, tensor, stored):
    """Write another dtype into the header of a safetensors file."""
    content = file.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    header[tensor]["dtype"] = stored
    text = json.dumps(header).encode()
    file.write_bytes(struct.pack("<Q", len(text)) + text + content[8 + length :])


def falsify_apr_pretrain_init_005_a_good_container_needs_an_architecture(falsifier, tmp_path):
    params = falsifier.params
    for number, text in enumerate(params["garbled"]):
        directory = written(tmp_path / str(number), params["model"])
        load_init_tensors(directory)
        file = directory / tiny_checkpoints.CONFIG
        file.write_text(text)
        with pytest.raises(ValueError, match=falsifier.id) as refusal:
            starting_point(directory)
        assert str(file) in str(refusal.value)
    for number, (key, guard) in enumerate(params["lacking"]):
        directory = written(tmp_path / f"lacking{number}", params["model"])
        file = directory / tiny_checkpoints.CONFIG
        keys = json.loads(file.read_text())
        del keys[key]
        file.write_text(json.dumps(keys))
        with pytest.raises(ValueError, match=f"{key} is missing.*{guard}") as refusal:
            starting_point(directory)
        assert str(file) in str(refusal.value)


def starting_point(directory):
    """What is done with a directory before anything is allocated."""
    return build_transformer_config(directory, read_architecture(directory))
