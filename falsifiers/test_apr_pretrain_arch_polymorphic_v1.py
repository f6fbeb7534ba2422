"""Falsifiers of contracts/apr-pretrain-arch-polymorphic-v1.yaml: what a configuration says."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace

import pytest

from aprender.config.hugging_face import from_hugging_face, to_hugging_face
from aprender.config.shapes import SHAPES, named_shape
from falsifiers.oracles.decoder_tensors import decoder_tensors
from falsifiers.oracles.published import CODEBERT, LLAMA2_7B_OF_2023, LLAMA3_2_3B, PUBLISHED


def refused(message, source, **arguments):
    """The text of the ValueError with which the source is refused, for a reason like `message`."""
    with pytest.raises(ValueError, match=message) as refusal:
        from_hugging_face(source, **arguments)
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


def falsify_apr_pretrain_arch_003_ten_fields_come_from_the_file(falsifier, tmp_path):
    path = tmp_path / "config.json"

    def write(keys):
        path.write_text(json.dumps(keys))
        return path

    published = json.loads(PUBLISHED["qwen3_4b"])
    original = asdict(from_hugging_face(write(published)))
    for field, value in falsifier.params["perturbed"]:
        assert original[field] != value
        perturbed = asdict(from_hugging_face(write({**published, field: value})))
        assert perturbed == {**original, field: value}
        message = refused(f"{field} is missing", write(without(published, field)))
        assert str(path) in message
        assert falsifier.id in message

    theta = falsifier.params["nested_rope_theta"]
    nested = {**without(published, "rope_theta"), "rope_parameters": {"rope_type": "default"}}
    assert falsifier.id in refused("rope_theta is missing", write(nested))
    nested["rope_parameters"]["rope_theta"] = theta
    assert asdict(from_hugging_face(write(nested))) == {**original, "rope_theta": theta}

    old = write(json.loads(LLAMA2_7B_OF_2023))
    newer = json.loads(PUBLISHED["llama2_7b"])
    said = {key: newer[key] for key in ("rope_theta", "attention_bias")}
    for key in said:
        assert falsifier.id in refused(f"{key} is missing", old, stated=without(said, key))
    assert from_hugging_face(old, said) == from_hugging_face(newer)
    refused("rope_theta = 1000000, and .* is stated", write(published), stated=said)


def falsify_apr_pretrain_arch_007_encoders_are_refused_by_class(falsifier):
    def check(message, name):
        assert "FALSIFY-APR-PRETRAIN-ARCH-007" in message
        assert re.search(rf"Encoder\b.*\b{name}\b.*decoder-only", message)

    codebert = json.loads(CODEBERT)
    (name,) = codebert["architectures"]
    check(refused("Encoder", codebert), name)
    with pytest.raises(ValueError, match="codebert") as refusal:
        named_shape("codebert")
    check(str(refusal.value), name)

    decoder = json.loads(PUBLISHED["llama2_7b"])
    for stamp, name in falsifier.params["stamps"]:
        check(refused("Encoder", {**decoder, "model_type": stamp}), name)
        check(refused("Encoder", {**decoder, "architectures": [stamp]}), name)
        check(refused("Encoder", {**without(decoder, "architectures"), "model_type": stamp}), name)

    for published in PUBLISHED.values():
        keys = json.loads(published)
        assert from_hugging_face(keys).architecture == keys["architectures"][0]
    for name, shape in SHAPES.items():
        assert named_shape(name) == shape()


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
