"""Directories that no writer writes: a designed refusal, or tensors that can be read."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aprender.checkpoint.error import CheckpointError
from aprender.checkpoint.hugging_face import INDEX, SINGLE, load_init_tensors
from aprender.checkpoint.tensor import DTYPES
from falsifiers.tiny_checkpoints import tensors_of, written


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return written(tmp_path_factory.mktemp("source") / "model", "qwen2")


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzzed")


def check_read_or_refused(directory):
    """Every tensor is there with all its rows, or the directory is refused by its name."""
    try:
        tensors = load_init_tensors(directory)
    except CheckpointError as refusal:
        said = str(refusal)
    else:
        check_rows(tensors)
        return
    assert str(directory) in said


def check_rows(tensors):
    for tensor in tensors.values():
        if tensor.stored in DTYPES and tensor.shape and 0 not in tensor.shape:
            rows = sum(len(piece) for _, piece in tensor.pieces())
            assert rows == tensor.shape[0]


def test_the_values_are_those_of_the_file(source):
    tensors = load_init_tensors(source)
    for name, array in tensors_of("qwen2").items():
        ((start, values),) = tensors[name].pieces()
        assert start == 0
        np.testing.assert_array_equal(values, array)
        np.testing.assert_array_equal(tensors[name].read_rows(slice(1, 3)), array[1:3])


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_flipped_bytes_are_refused_or_read(source, fuzzed, data):
    content = bytearray((source / SINGLE).read_bytes())
    (length,) = struct.unpack("<Q", content[:8])
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, 8 + length) | st.integers(0, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    (fuzzed / SINGLE).write_bytes(content)
    check_read_or_refused(fuzzed)


ENTRIES = st.fixed_dictionaries(
    {
        "dtype": st.sampled_from([*DTYPES, "I8", "F8_E4M3", "nothing", 5]),
        "shape": st.lists(st.integers(-1, 2**63) | st.integers(0, 4), max_size=3) | st.none(),
        "data_offsets": st.lists(st.integers(0, 64), min_size=1, max_size=3),
    }
)
JSON = st.recursive(st.none() | st.integers() | st.text(), lambda kids: st.lists(kids, max_size=3))


@settings(max_examples=400, deadline=None)
@given(
    header=st.dictionaries(
        st.text(max_size=4) | st.just("__metadata__"), ENTRIES | JSON, max_size=3
    ),
    size=st.integers(0, 64),
)
def test_any_header_is_refused_or_read(fuzzed, header, size):
    text = json.dumps(header).encode()
    (fuzzed / SINGLE).write_bytes(struct.pack("<Q", len(text)) + text + bytes(size))
    check_read_or_refused(fuzzed)


@settings(max_examples=200, deadline=None)
@given(index=st.dictionaries(st.just("weight_map") | st.text(), JSON, max_size=2) | JSON)
def test_any_index_is_refused(tmp_path_factory, index):
    directory = tmp_path_factory.mktemp("index")
    (directory / INDEX).write_text(json.dumps(index))
    with pytest.raises(ValueError, match=r"FALSIFY-APR-PRETRAIN-INIT-00[34]"):
        load_init_tensors(directory)


def test_a_header_of_no_end_is_not_read_into_memory(tmp_path):
    (tmp_path / SINGLE).write_bytes(struct.pack("<Q", 2**63) + b"{}")
    with pytest.raises(CheckpointError, match="is no safetensors file"):
        load_init_tensors(tmp_path)
