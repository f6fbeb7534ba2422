"""The architecture of a checkpoint: read, validated and chosen, and each reason to refuse it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aprender.checkpoint.architecture import (
    build_transformer_config,
    read_architecture,
    validate_pretrain_init_arch_compatible,
)
from aprender.config.hugging_face import HARMLESS, NEUTRAL, to_hugging_face
from aprender.config.shapes import SHAPES, llama2_7b, llama_370m, qwen2_0_5b, tiny
from aprender.config.source import CONFIG_JSON

READERS = [read_architecture, validate_pretrain_init_arch_compatible]
DEEP = 100_000


def write(directory, keys):
    (directory / "config.json").write_text(json.dumps(keys))
    return directory


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzzed")


@pytest.mark.parametrize("name", SHAPES)
def test_a_directory_and_its_file_are_read_alike(name, tmp_path):
    config = SHAPES[name]()
    write(tmp_path, to_hugging_face(config))
    for path in (tmp_path, str(tmp_path), tmp_path / "config.json"):
        assert read_architecture(path) == config
        validate_pretrain_init_arch_compatible(path)


def test_what_the_file_leaves_out_may_be_stated(tmp_path):
    keys = to_hugging_face(llama2_7b())
    theta = {"rope_theta": keys.pop("rope_theta")}
    write(tmp_path, keys)
    config = read_architecture(tmp_path, theta)
    assert config == llama2_7b()
    assert build_transformer_config(tmp_path, config, stated=theta) == config
    with pytest.raises(ValueError, match="rope_theta is missing"):
        build_transformer_config(tmp_path, config)


@pytest.mark.parametrize("read", READERS)
def test_what_is_not_there_is_named_with_its_falsifier(read, tmp_path):
    (tmp_path / "file").write_text("{}")
    for path, missing in (
        (tmp_path / "absent", tmp_path / "absent"),
        (tmp_path, tmp_path / "config.json"),
    ):
        with pytest.raises(FileNotFoundError, match="FALSIFY-APR-PRETRAIN-INIT-003") as refusal:
            read(path)
        assert refusal.value.filename == str(missing)
        assert str(missing) in str(refusal.value)
    with pytest.raises(NotADirectoryError, match=r"FALSIFY-APR-PRETRAIN-INIT-005.*file/config"):
        read(tmp_path / "file" / "config.json")


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot be read as JSON"),
        ("{", "cannot be read as JSON"),
        ("\x00" * 64, "cannot be read as JSON"),
        ('{"vocab_size": 1' + "0" * 5000 + "}", "cannot be read as JSON"),
        ('{"a":' * DEEP + "1" + "}" * DEEP, "cannot be read as JSON: maximum recursion depth"),
        ('{"vocab_size": 1, "vocab_size": 1}', "'vocab_size' stands twice"),
        ("[]", "holds list, not an object"),
        (" " * CONFIG_JSON.largest + "{}", f"has more than {CONFIG_JSON.largest} bytes"),
    ],
    ids=["empty", "open", "zeros", "digits", "deep", "twice", "list", "long"],
)
def test_what_is_no_object_is_refused_with_the_file(read, text, message, tmp_path):
    path = tmp_path / "config.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=message) as refusal:
        read(tmp_path)
    assert str(path) in str(refusal.value)
    assert "FALSIFY-APR-PRETRAIN-INIT-005" in str(refusal.value)


def test_an_object_of_many_equal_keys_is_refused_at_once(tmp_path):
    keys = [*range(200_000), "last", "last"]
    text = ",".join(f'"{key}": 0' for key in keys)
    (tmp_path / "config.json").write_text(f"{{{text}}}")
    with pytest.raises(ValueError, match="'last' stands twice"):
        read_architecture(tmp_path)


@pytest.mark.parametrize("depth", [10, 200, 400, 900])
@pytest.mark.parametrize("key", ["unknown", "architectures", "rope_scaling", "vocab_size"])
def test_a_value_of_any_depth_is_refused(key, depth, tmp_path):
    text = json.dumps(to_hugging_face(tiny()) | {key: "DEEP"})
    (tmp_path / "config.json").write_text(text.replace('"DEEP"', "[" * depth + "]" * depth))
    with pytest.raises(ValueError, match="FALSIFY-APR-PRETRAIN-"):
        read_architecture(tmp_path)


def test_validation_reads_the_stamps_alone(tmp_path):
    validate_pretrain_init_arch_compatible({"model_type": "qwen2"})
    for keys, message in (
        ({}, "model_type is missing"),
        ({"model_type": None}, "model_type = None is not one of"),
        ({"model_type": "bart"}, "model_type = 'bart' is not one of llama, mistral, qwen2, qwen3"),
        ({"model_type": "llama", "architectures": ["BertModel"]}, "'BertModel' is an Encoder"),
    ):
        with pytest.raises(ValueError, match=message):
            validate_pretrain_init_arch_compatible(keys)
        write(tmp_path, keys)
        with pytest.raises(ValueError, match=message) as refusal:
            validate_pretrain_init_arch_compatible(tmp_path)
        assert str(tmp_path / "config.json") in str(refusal.value)


def test_a_difference_is_named_by_all_of_its_fields(tmp_path):
    write(tmp_path, to_hugging_face(qwen2_0_5b()))
    config = replace(qwen2_0_5b(), vocab_size=7, rope_theta=1e4)
    with pytest.raises(
        ValueError,
        match=r"differs from the file: vocab_size = 7 for 151936, rope_theta = 10000\.0 for 1000",
    ) as refusal:
        build_transformer_config(tmp_path, config)
    assert str(tmp_path) in str(refusal.value)


def test_what_is_asked_for_has_to_be_a_number():
    for value in (True, 50257.0, "50257", 0):
        with pytest.raises(ValueError, match=r"vocab_size = .* is not an integer of at least 1"):
            build_transformer_config(vocab_size=value)
    assert build_transformer_config(vocab_size=50257, seq_length=4096) == llama_370m()


KEYS = sorted({*to_hugging_face(tiny()), *NEUTRAL, *HARMLESS, "rope_parameters", "layer_types"})
NUMBERS = st.integers() | st.floats() | st.sampled_from([0, 1, 2, 64, 10**400])
ANYTHING = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=8) | st.sampled_from(["llama3"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=4) | st.sampled_from(["rope_type", "type", "factor", "rope_theta"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


def read_or_refused(path):
    """The configuration, or why there is none."""
    try:
        return read_architecture(path), ""
    except ValueError as refusal:
        return None, str(refusal)


@given(
    st.sampled_from(sorted(SHAPES)),
    st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=8), ANYTHING, max_size=3),
    st.sets(st.sampled_from(KEYS), max_size=1),
)
def test_any_object_is_read_or_refused(fuzzed, name, edits, gone):
    keys = {**to_hugging_face(SHAPES[name]()), **edits}
    write(fuzzed, {key: value for key, value in keys.items() if key not in gone})
    config, refusal = read_or_refused(fuzzed)
    if config is None:
        assert "FALSIFY-APR-PRETRAIN-" in refusal
        assert str(fuzzed / "config.json") in refusal
    else:
        assert build_transformer_config(fuzzed, config) == config


@given(st.binary(max_size=64))
def test_any_bytes_are_refused(fuzzed, text):
    (fuzzed / "config.json").write_bytes(text)
    with pytest.raises(ValueError, match="FALSIFY-APR-PRETRAIN-"):
        read_architecture(fuzzed)
