"""config.json read and written: what a file may hold, and each reason to refuse it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aprender.config import RopeScaling, TransformerConfig
from aprender.config.family import FAMILIES
from aprender.config.hugging_face import from_hugging_face, to_hugging_face
from aprender.config.shapes import SHAPES, mistral_7b, named_shape, qwen2_0_5b, qwen3_4b, tiny

TINY = to_hugging_face(tiny())
LLAMA3 = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8192,
}


def without(keys, *names):
    return {key: value for key, value in keys.items() if key not in names}


@st.composite
def scalings(draw):
    low = draw(st.floats(0.1, 8))
    return RopeScaling(
        factor=draw(st.floats(1, 64)),
        low_freq_factor=low,
        high_freq_factor=low + draw(st.floats(0.1, 8)),
        original_max_position_embeddings=draw(st.integers(1, 131072)),
    )


@st.composite
def configurations(draw):
    sizes = st.integers(1, 10**6)
    family = FAMILIES[model_type := draw(st.sampled_from(sorted(FAMILIES)))]
    keys = draw(st.integers(1, 64))
    windows = st.none() | sizes if family.has_sliding_window else st.none()
    fixed = family.attention_bias
    return TransformerConfig(
        model_type=model_type,
        vocab_size=draw(sizes),
        hidden_size=draw(sizes),
        intermediate_size=draw(sizes),
        num_hidden_layers=draw(sizes),
        num_attention_heads=keys * draw(st.integers(1, 16)),
        num_key_value_heads=keys,
        head_dim=2 * draw(st.integers(1, 256)),
        max_position_embeddings=draw(sizes),
        rms_norm_eps=draw(st.floats(1e-12, 1)),
        rope_theta=draw(st.floats(1, 1e9)),
        rope_scaling=draw(st.none() | scalings()),
        tie_word_embeddings=draw(st.booleans()),
        attention_bias=draw(st.booleans()) if fixed is None else fixed,
        sliding_window=draw(windows),
    )


@given(configurations())
def test_what_is_written_is_read_as_it_was(config):
    text = json.dumps(to_hugging_face(config), allow_nan=False)
    assert from_hugging_face(json.loads(text)) == config


@given(configurations())
def test_the_spelling_of_transformers_5_is_read_as_well(config):
    keys = to_hugging_face(config)
    scaling = keys.pop("rope_scaling") or {"rope_type": "default"}
    keys["rope_parameters"] = {**scaling, "rope_theta": keys.pop("rope_theta")}
    assert from_hugging_face(keys) == config


@given(configurations(), st.data())
def test_no_key_that_is_written_may_be_left_out(config, data):
    keys = to_hugging_face(config)
    optional = {"rope_scaling", "head_dim"}
    if config.sliding_window is None and config.family.has_window_switch:
        optional.add("sliding_window")
    name = data.draw(st.sampled_from(sorted(keys.keys() - optional)))
    with pytest.raises(ValueError, match=f"{name} is missing"):
        from_hugging_face(without(keys, name))


def test_a_file_is_named_in_every_refusal(tmp_path):
    path = tmp_path / "config.json"
    for text, message in (
        ("{", "cannot be read as JSON"),
        ("[]", "holds list, not an object"),
        ('{"vocab_size": 1, "vocab_size": 2}', "'vocab_size' stands twice"),
        ('{"rope_scaling": {"a": 1, "a": 2}}', "'a' stands twice"),
        (json.dumps({**TINY, "vocab_size": 0}), "vocab_size = 0 is not an integer"),
        (json.dumps(without(TINY, "vocab_size")), "vocab_size is missing"),
        (json.dumps({**TINY, "model_type": "bert"}), "'bert' is an Encoder"),
    ):
        path.write_text(text)
        with pytest.raises(ValueError, match=message) as refusal:
            from_hugging_face(path)
        assert str(refusal.value).startswith(f"{path}: ")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match="cannot be read as JSON"):
        from_hugging_face(str(path))
    with pytest.raises(FileNotFoundError):
        from_hugging_face(tmp_path / "absent.json")


def test_path_text_and_object_are_read_alike(tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(TINY))
    assert from_hugging_face(path) == from_hugging_face(str(path)) == from_hugging_face(TINY)


@pytest.mark.parametrize("key", ["architectures", "model_type", "hidden_act", "attention_bias"])
def test_more_than_the_ten_fields_is_required(key):
    with pytest.raises(ValueError, match=f"{key} is missing.*FALSIFY-APR-PRETRAIN-ARCH-003"):
        from_hugging_face(without(TINY, key))
    assert from_hugging_face(without(TINY, key), {key: TINY[key]}) == tiny()


def test_what_is_stated_may_repeat_the_file_and_not_contradict_it():
    assert from_hugging_face(TINY, {"rope_theta": 1e4}) == tiny()
    with pytest.raises(ValueError, match=r"rope_theta = 10000\.0, and 1000000\.0 is stated"):
        from_hugging_face(TINY, {"rope_theta": 1e6})
    with pytest.raises(ValueError, match="rope_tehta = 1 is not a known key"):
        from_hugging_face(TINY, {"rope_tehta": 1})
    with pytest.raises(ValueError, match="'RobertaModel' is an Encoder"):
        from_hugging_face(without(TINY, "architectures"), {"architectures": ["RobertaModel"]})


def test_a_head_width_may_be_left_out_where_the_class_has_none():
    for config in (tiny(), mistral_7b(), qwen2_0_5b()):
        keys = to_hugging_face(config)
        assert from_hugging_face(without(keys, "head_dim")) == config
        assert from_hugging_face({**keys, "head_dim": None}) == config
    with pytest.raises(
        ValueError, match=r"hidden_size = 65 is not a multiple of .* = 2, and there"
    ):
        from_hugging_face({**without(TINY, "head_dim"), "hidden_size": 65})
    with pytest.raises(ValueError, match="num_attention_heads = 0 is not an integer"):
        from_hugging_face({**without(TINY, "head_dim"), "num_attention_heads": 0})
    with pytest.raises(ValueError, match="head_dim is missing"):
        from_hugging_face(without(to_hugging_face(qwen3_4b()), "head_dim"))


def test_a_bias_that_the_family_decides_may_only_be_repeated():
    keys = to_hugging_face(qwen2_0_5b())
    assert "attention_bias" not in keys
    assert from_hugging_face({**keys, "attention_bias": True}) == qwen2_0_5b()
    with pytest.raises(ValueError, match="attention_bias = False, and it is always True"):
        from_hugging_face({**keys, "attention_bias": False})


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("rope_scaling", 8, "rope_scaling = 8 is not an object"),
        ("rope_scaling", {"factor": 8.0}, r"rope_scaling\.rope_type is missing"),
        ("rope_scaling", {"rope_type": "linear", "factor": 2.0}, "rope_type = 'linear' is not"),
        ("rope_scaling", {"rope_type": None}, r"rope_scaling\.rope_type = None is not default"),
        ("rope_scaling", {**LLAMA3, "type": "yarn"}, "rope_type = 'llama3', and type = 'yarn'"),
        ("rope_scaling", without(LLAMA3, "factor"), r"rope_scaling\.factor is missing"),
        ("rope_scaling", {**LLAMA3, "factor": 0.5}, r"rope_scaling\.factor = 0\.5 is below 1"),
        ("rope_scaling", {**LLAMA3, "beta_fast": 32}, r"beta_fast = 32 is no part of llama3"),
        ("rope_scaling", {**LLAMA3, "rope_theta": 1e4}, "rope_theta = 10000.0 is no part of"),
        (
            "rope_scaling",
            {"rope_type": "default", "factor": 2.0},
            r"rope_scaling\.factor = 2\.0 is no part of default scaling",
        ),
        (
            "rope_parameters",
            {"rope_type": "default", "partial_rotary_factor": 0.5},
            r"rope_parameters\.partial_rotary_factor = 0\.5 is not 1",
        ),
        ("rope_parameters", [], r"rope_parameters = \[\] is not an object"),
        (
            "rope_parameters",
            {"full_attention": {"rope_type": "default", "rope_theta": 1e4}},
            r"rope_parameters\.rope_type is missing",
        ),
        (
            "rope_parameters",
            {"rope_type": "default", "rope_theta": 1e6},
            r"rope_theta = 10000\.0, and 1000000\.0 in rope_parameters",
        ),
        ("partial_rotary_factor", 0.5, "partial_rotary_factor = 0.5 changes the result"),
        ("auto_map", {"AutoModel": "x.Y"}, "auto_map = .* changes the result"),
        ("is_encoder_decoder", True, "is_encoder_decoder = True changes the result"),
        ("attn_logit_softcapping", 50.0, "attn_logit_softcapping = 50.0 changes the result"),
        ("num_experts", 8, "num_experts = 8 is not a known key of LlamaForCausalLM"),
        ("use_sliding_window", False, "use_sliding_window = False is not a known key of Llama"),
        ("architectures", "LlamaForCausalLM", "architectures = 'LlamaForCausalLM' is not"),
        ("architectures", ["LlamaForCausalLM", "LlamaModel"], "architectures = .* is not"),
        ("architectures", None, "architectures = None is not"),
        ("hidden_act", "relu", "hidden_act = 'relu' is not silu"),
        ("layer_types", "full_attention", "layer_types = .* is not a list of 2 types"),
        ("layer_types", ["full_attention", 1], r"layer_types\[1\] = 1, and the other keys say"),
        ("num_key_value_heads", None, "num_key_value_heads = None is not an integer"),
        ("rope_theta", None, "rope_theta = None is not a finite number"),
    ],
)
def test_what_is_not_modelled_is_refused(key, value, message):
    with pytest.raises(ValueError, match=message) as refusal:
        from_hugging_face({**TINY, key: value})
    assert "FALSIFY-APR-PRETRAIN-ARCH-" in str(refusal.value)


@pytest.mark.parametrize(
    "edit",
    [
        {"rope_scaling": {"rope_type": "default"}},
        {"rope_scaling": {"type": "default", "rope_type": "default"}},
        {"rope_parameters": {"rope_type": "default", "rope_theta": 10000}},
        {"rope_parameters": {"rope_type": "default", "partial_rotary_factor": 1}},
        {"rope_parameters": None, "layer_types": None, "quantization_config": None},
        {"layer_types": ["full_attention", "full_attention"]},
        {"partial_rotary_factor": 1.0, "mlp_bias": False, "pruned_heads": {}},
        {"sliding_window": None},
    ],
)
def test_what_says_the_same_once_more_is_accepted(edit):
    assert from_hugging_face({**TINY, **edit}) == tiny()


def test_the_older_name_of_the_scaling_type_is_read():
    older = {**without(LLAMA3, "rope_type"), "type": "llama3"}
    config = from_hugging_face({**TINY, "rope_scaling": older})
    assert config == from_hugging_face({**TINY, "rope_scaling": LLAMA3})
    assert config.rope_scaling == RopeScaling(**without(LLAMA3, "rope_type"))


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        ({"use_sliding_window": 1}, "use_sliding_window = 1 is not True or False"),
        ({"max_window_layers": -1}, "max_window_layers = -1 is not an integer of at least 0"),
        ({"max_window_layers": True}, "max_window_layers = True is not an integer"),
        ({"sliding_window": 0}, "sliding_window = 0 is not an integer of at least 1"),
        ({"num_hidden_layers": "24"}, "num_hidden_layers = '24' is not an integer"),
    ],
)
def test_windows_that_say_nothing_are_refused(edit, message):
    keys = to_hugging_face(replace(qwen2_0_5b(), sliding_window=128))
    with pytest.raises(ValueError, match=message):
        from_hugging_face({**keys, **edit})


def test_a_huge_number_of_layers_takes_no_memory():
    layers = 10**15
    assert from_hugging_face({**TINY, "num_hidden_layers": layers}).num_hidden_layers == layers


def test_an_unknown_shape_is_refused_with_the_names_of_all():
    with pytest.raises(ValueError, match="named shape = 'llama_3' is not one of") as refusal:
        named_shape("llama_3")
    assert all(name in str(refusal.value) for name in SHAPES)
