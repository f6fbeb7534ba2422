"""Falsifiers of contracts/apr-pretrain-arch-polymorphic-v1.yaml: what a configuration says."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from aprender.checkpoint.architecture import (
    build_transformer_config,
    read_architecture,
    validate_pretrain_init_arch_compatible,
)
from aprender.config.hugging_face import from_hugging_face, to_hugging_face
from aprender.config.shapes import SHAPES, named_shape
from falsifiers.oracles.decoder_tensors import decoder_tensors
from falsifiers.oracles.published import CODEBERT, LLAMA2_7B_OF_2023, LLAMA3_2_3B, PUBLISHED
from falsifiers.validate_edits import check_validate_sees_one_edit

CONTRACT = Path(__file__).parents[1] / "contracts" / "apr-pretrain-arch-polymorphic-v1.yaml"


def refused(message, source, read=from_hugging_face, **arguments):
    """The text of the ValueError with which the source is refused, for a reason like `message`."""
    with pytest.raises(ValueError, match=message) as refusal:
        read(source, **arguments)
    return str(refusal.value)


def without(keys, *names):
    return {key: value for key, value in keys.items() if key not in names}


def falsify_apr_pretrain_arch_001_named_shapes_are_the_published_ones(falsifier):
    rows = falsifier.params["left_to_the_class"]
    assert {name for name, *_ in rows} == set(PUBLISHED)
    for name, head_dim, attention_bias, window in rows:
        published = json.loads(PUBLISHED[name])
        shape = asdict(named_shape(name))
        pinned = {
            "head_dim": head_dim,
            "attention_bias": attention_bias,
            "sliding_window": window or None,
        }
        said = {key: published[key] for key in shape.keys() - pinned.keys() - {"rope_scaling"}}
        assert shape == {**said, **pinned, "rope_scaling": None}
        # What a file says all the same has to be what is pinned; Qwen2's window is switched off.
        for key in published.keys() & pinned.keys() - {"sliding_window"}:
            assert published[key] == pinned[key]


def falsify_apr_pretrain_arch_002_without_a_checkpoint_370m_is_trained(falsifier):
    config = build_transformer_config()
    pinned = dict(falsifier.params["fields"])
    assert asdict(config) == {**pinned, "rope_scaling": None, "sliding_window": None}
    assert build_transformer_config(vocab_size=config.vocab_size) == config
    with pytest.raises(ValueError, match=r"vocab_size = .* is asked for, and the model has"):
        build_transformer_config(vocab_size=config.vocab_size + 1)
    for init, read in (("a checkpoint", None), (None, config)):
        with pytest.raises(ValueError, match=rf"is given without the .*{falsifier.id}"):
            build_transformer_config(init, read)
    with pytest.raises(ValueError, match=rf"without the checkpoint .*{falsifier.id}"):
        build_transformer_config(stated={"rope_theta": config.rope_theta})


def falsify_apr_pretrain_arch_003_ten_fields_come_from_the_file(falsifier, tmp_path):
    path = tmp_path / "config.json"

    def write(keys):
        path.write_text(json.dumps(keys))
        return tmp_path

    def check_built(config, **stated):
        """The file's is trained, and not one that differs from it in a field."""
        assert build_transformer_config(tmp_path, config, **stated) == config
        message = refused(
            "asked for",
            tmp_path,
            build_transformer_config,
            config=config,
            vocab_size=config.vocab_size + 1,
            **stated,
        )
        assert falsifier.id in message

    published = json.loads(PUBLISHED["qwen3_4b"])
    original = read_architecture(write(published))
    check_built(original)
    for field, value in falsifier.params["perturbed"]:
        assert getattr(original, field) != value
        perturbed = read_architecture(write({**published, field: value}))
        assert asdict(perturbed) == {**asdict(original), field: value}
        check_built(perturbed)
        differing = f"{field} = {getattr(original, field)!r} for {getattr(perturbed, field)!r}"
        refused(re.escape(differing), tmp_path, build_transformer_config, config=original)
        message = refused(
            f"{field} is missing", write(without(published, field)), read_architecture
        )
        assert str(path) in message
        assert falsifier.id in message

    theta = falsifier.params["nested_rope_theta"]
    nested = {**without(published, "rope_theta"), "rope_parameters": {"rope_type": "default"}}
    assert falsifier.id in refused("rope_theta is missing", write(nested), read_architecture)
    nested["rope_parameters"]["rope_theta"] = theta
    assert read_architecture(write(nested)) == replace(original, rope_theta=theta)

    old = write(json.loads(LLAMA2_7B_OF_2023))
    newer = json.loads(PUBLISHED["llama2_7b"])
    said = {key: newer[key] for key in ("rope_theta", "attention_bias")}
    for key in said:
        message = refused(f"{key} is missing", old, read_architecture, stated=without(said, key))
        assert falsifier.id in message
    assert read_architecture(old, said) == from_hugging_face(newer)
    check_built(read_architecture(old, said), stated=said)
    refused(
        "rope_theta = 1000000, and .* is stated", write(published), read_architecture, stated=said
    )


def falsify_apr_pretrain_arch_003_length_is_at_most_the_files(falsifier, tmp_path):
    def check(config, *given):
        longest = config.max_position_embeddings
        for length in (1, longest):
            assert build_transformer_config(*given, seq_length=length) == config
        message = f"seq_length = {longest + 1} is above max_position_embeddings = {longest} "
        with pytest.raises(ValueError, match=f"{re.escape(message)}.*{falsifier.id}"):
            build_transformer_config(*given, seq_length=longest + 1)
        for length in (0, -1, True, float(longest)):
            with pytest.raises(ValueError, match=f"seq_length = {length!r} is not an integer"):
                build_transformer_config(*given, seq_length=length)

    check(build_transformer_config())
    # No machine could hold this model, so nothing of it was allocated before the refusal.
    enormous = dict.fromkeys(("vocab_size", "num_hidden_layers"), falsifier.params["enormous"])
    for name in falsifier.params["shapes"]:
        keys = {**json.loads(PUBLISHED[name]), **enormous}
        (tmp_path / "config.json").write_text(json.dumps(keys))
        config = read_architecture(tmp_path)
        check(config, tmp_path, config)


def falsify_apr_pretrain_arch_007_encoders_are_refused_by_class(falsifier, tmp_path):
    families = dict(falsifier.params["families"])

    def check(source, name, read=from_hugging_face):
        message = refused("Encoder", source, read)
        assert falsifier.id in message
        assert re.search(rf"Encoder\b.* {families[name]}, .*\b{name}\b.*decoder-only", message)

    codebert = json.loads(CODEBERT)
    (name,) = codebert["architectures"]
    assert families[name] == codebert["model_type"]
    (tmp_path / "config.json").write_text(CODEBERT)
    for source in (codebert, tmp_path, tmp_path / "config.json"):
        check(source, name, validate_pretrain_init_arch_compatible)
    check(tmp_path, name, read_architecture)
    check("codebert", name, named_shape)

    decoder = json.loads(PUBLISHED["llama2_7b"])
    for stamp, name in falsifier.params["stamps"]:
        for keys in (
            {**decoder, "model_type": stamp},
            {**decoder, "architectures": [stamp]},
            {**without(decoder, "architectures"), "model_type": stamp},
        ):
            check(keys, name)
            check(keys, name, validate_pretrain_init_arch_compatible)

    for published in PUBLISHED.values():
        keys = json.loads(published)
        assert from_hugging_face(keys).architecture == keys["architectures"][0]
        validate_pretrain_init_arch_compatible(keys)
    for name, shape in SHAPES.items():
        assert named_shape(name) == shape()
        validate_pretrain_init_arch_compatible(to_hugging_face(shape()))
    for unknown in falsifier.params["unknown"]:
        refused(
            f"model_type = '{unknown}' is not one of",
            {**decoder, "model_type": unknown},
            validate_pretrain_init_arch_compatible,
        )


def falsify_apr_pretrain_arch_008_pv_validate_sees_one_edit(falsifier, cli, tmp_path):
    edits = (
        (falsifier.params["misspelt_key"], "  rule: all ten", ["  rul: all ten"]),
        (falsifier.params["empty_formula"], '    formula: "the names of', ["    formula: ''"]),
        (
            falsifier.params["repeated_id"],
            "- id: FALSIFY-APR-PRETRAIN-ARCH-002",
            ["- id: FALSIFY-APR-PRETRAIN-ARCH-001"],
        ),
        (falsifier.params["empty_prediction"], '  prediction: "it exits 0', ["  prediction: ''"]),
        (falsifier.params["repeated_key"], "  version: 1.0.0", ["  version: 1.0.0"] * 2),
    )
    check_validate_sees_one_edit(cli, CONTRACT, edits, tmp_path)


def falsify_apr_pretrain_arch_tensors_are_hugging_faces(implementation, falsifier):
    params = falsifier.params
    assert {name for name, *_ in params["tensors"]} == set(SHAPES)
    for name, tied, untied in params["tensors"]:
        for is_tied, count in ((True, tied), (False, untied)):
            config = replace(SHAPES[name](), tie_word_embeddings=is_tied)
            tensors = implementation(config=config)
            assert tensors == decoder_tensors(asdict(config))
            assert len(tensors) == count
    for name in params["biased"]:
        config = replace(SHAPES[name](), attention_bias=True)
        assert implementation(config=config) == decoder_tensors(asdict(config))

    tensors = implementation(config=SHAPES[params["with_biases"]]())
    widths = [shape for name, shape in tensors.items() if name.endswith(".bias")]
    assert len(widths) == params["biases"]
    assert sum(width for (width,) in widths) == params["numbers_in_biases"]


def falsify_apr_pretrain_arch_counts_are_the_published_ones(implementation, falsifier):
    assert {name for name, *_ in falsifier.params["models"]} == set(SHAPES)
    for name, vocabulary, is_tied, parameters in falsifier.params["models"]:
        config = replace(SHAPES[name](), vocab_size=vocabulary, tie_word_embeddings=is_tied)
        assert implementation(config=config) == parameters


def falsify_apr_pretrain_arch_refusals_name_the_key(falsifier):
    published = json.loads(LLAMA3_2_3B)
    original = from_hugging_face(published)
    for key, value, message in falsifier.params["refused"]:
        refused(message, {**published, key: json.loads(value)})
    for key, value in falsifier.params["harmless"]:
        assert published.get(key) != json.loads(value)
        assert from_hugging_face({**published, key: json.loads(value)}) == original


def falsify_apr_pretrain_arch_windows_are_one_for_all_layers(falsifier):
    window, between = falsifier.params["window"], falsifier.params["between"]
    full, sliding = "full_attention", "sliding_attention"

    mistral = json.loads(PUBLISHED["mistral_7b"])
    assert from_hugging_face({**mistral, "sliding_window": window}).sliding_window == window
    assert from_hugging_face({**mistral, "sliding_window": None}).sliding_window is None
    refused("sliding_window is missing", without(mistral, "sliding_window"))

    qwen = {**json.loads(PUBLISHED["qwen2_0_5b"]), "sliding_window": window}
    layers = qwen["num_hidden_layers"]
    used = {**qwen, "use_sliding_window": True, "max_window_layers": 0}
    for keys, truth in (
        ({**qwen, "max_window_layers": 0}, None),
        (qwen, None),
        ({**qwen, "max_window_layers": between}, None),
        ({**qwen, "layer_types": [full] * layers}, None),
        (used, window),
        ({**used, "layer_types": [sliding] * layers}, window),
        ({**used, "max_window_layers": layers}, None),
        ({**used, "max_window_layers": layers, "layer_types": [full] * layers}, None),
        ({**used, "sliding_window": None}, None),
    ):
        assert from_hugging_face(keys).sliding_window == truth
    refused("use_sliding_window is missing", without(qwen, "use_sliding_window"))
    refused("max_window_layers is missing", without(used, "max_window_layers"))
    refused(f"max_window_layers = {between} mixes", {**used, "max_window_layers": between})
    refused(
        rf"layer_types\[1\] = '{sliding}', and the other keys say {full}",
        {**qwen, "layer_types": [full] + [sliding] * (layers - 1)},
    )
    refused(
        rf"layer_types\[0\] = '{full}', and the other keys say {sliding}",
        {**used, "layer_types": [full] * layers},
    )


def falsify_apr_pretrain_arch_roundtrip_loses_nothing(falsifier):
    scaled = from_hugging_face(json.loads(LLAMA3_2_3B))
    assert asdict(scaled)["rope_scaling"] == dict(falsifier.params["scaling"])
    assert scaled.rope_theta == falsifier.params["rope_theta"]

    for text in (*PUBLISHED.values(), LLAMA3_2_3B):
        published = json.loads(text)
        config = from_hugging_face(published)
        written = to_hugging_face(config)
        # A window that is switched off is not written; all else stands as it stood.
        for key in written.keys() & published.keys() - {"sliding_window"}:
            assert written[key] == published[key]
        assert from_hugging_face(json.loads(json.dumps(written))) == config

        parameters = {"rope_type": "default", **(written["rope_scaling"] or {})}
        parameters["rope_theta"] = written["rope_theta"]
        nested = without(written, "rope_theta", "rope_scaling")
        assert from_hugging_face({**nested, "rope_parameters": parameters}) == config

    biased = replace(scaled, attention_bias=True)
    assert from_hugging_face(to_hugging_face(biased)) == biased
    windowed = replace(SHAPES["qwen3_4b"](), sliding_window=falsifier.params["window"])
    assert from_hugging_face(to_hugging_face(windowed)) == windowed
