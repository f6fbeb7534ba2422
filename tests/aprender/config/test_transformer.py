"""TransformerConfig: every refusal names the field, its value and the rule."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, replace

import pytest

from aprender.config import RopeScaling, TransformerConfig
from aprender.config.shapes import SHAPES, tiny
from aprender.config.transformer import COUNTS

SCALING = RopeScaling(
    factor=8, low_freq_factor=1, high_freq_factor=4, original_max_position_embeddings=8192
)


def test_a_configuration_is_frozen_hashable_and_has_no_default():
    config = tiny()
    with pytest.raises(FrozenInstanceError):
        config.vocab_size = 2  # type: ignore[misc]
    assert len({config, tiny(), replace(config, vocab_size=7)}) == 2
    with pytest.raises(TypeError, match="sliding_window"):
        TransformerConfig(  # type: ignore[call-arg]
            **{f.name: getattr(config, f.name) for f in fields(config)[:-1]}
        )


def test_integers_are_kept_as_floats_where_a_float_is_meant():
    config = replace(tiny(), rope_theta=10000)
    assert config == tiny()
    assert type(config.rope_theta) is float
    assert type(SCALING.factor) is float


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize("value", [0, -1, 1.0, True, "1", None])
def test_sizes_are_integers_of_at_least_one(name, value):
    with pytest.raises(ValueError, match=f"^{name} = .* is not an integer of at least 1"):
        replace(tiny(), **{name: value})


@pytest.mark.parametrize("name", ["rms_norm_eps", "rope_theta"])
@pytest.mark.parametrize(
    "value", [0, -1e-5, float("nan"), float("inf"), 10**400, True, "1e-5", None]
)
def test_numbers_are_finite_and_above_zero(name, value):
    with pytest.raises(ValueError, match=f"^{name} = .* is not a finite number above 0"):
        replace(tiny(), **{name: value})


@pytest.mark.parametrize("name", ["tie_word_embeddings", "attention_bias"])
@pytest.mark.parametrize("value", [0, 1, None, "true"])
def test_flags_are_true_or_false(name, value):
    with pytest.raises(ValueError, match=f"^{name} = {value!r} is not True or False"):
        replace(tiny(), **{name: value})


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        ({"model_type": "gpt2"}, "model_type = 'gpt2' is not one of llama, mistral, qwen2, qwen3"),
        ({"model_type": None}, "model_type = None is not one of"),
        ({"num_key_value_heads": 3}, "num_attention_heads = 2 is not a multiple of .* = 3"),
        ({"head_dim": 31}, "head_dim = 31 is odd"),
        ({"rope_scaling": {"factor": 8}}, "rope_scaling = .* is neither a RopeScaling nor None"),
        ({"sliding_window": 4}, "sliding_window = 4, and LlamaForCausalLM has none"),
        ({"model_type": "qwen2"}, "attention_bias = False, and it is always True in Qwen2"),
        (
            {"model_type": "mistral", "attention_bias": True},
            "attention_bias = True, and it is always False in Mistral",
        ),
        ({"model_type": "mistral", "sliding_window": 0}, "sliding_window = 0 is not an integer"),
        ({"model_type": "mistral", "sliding_window": True}, "sliding_window = True is not an int"),
    ],
)
def test_what_does_not_fit_is_refused(edit, message):
    with pytest.raises(ValueError, match=f"{message}.*FALSIFY-APR-PRETRAIN-ARCH-REFUSALS"):
        replace(tiny(), **edit)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        ({"factor": 0.5}, r"rope_scaling\.factor = 0\.5 is below 1"),
        ({"factor": float("nan")}, r"rope_scaling\.factor = nan is not a finite"),
        ({"low_freq_factor": 0}, r"rope_scaling\.low_freq_factor = 0 is not a finite"),
        ({"high_freq_factor": "4"}, r"rope_scaling\.high_freq_factor = '4' is not a finite"),
        ({"high_freq_factor": 1}, r"low_freq_factor = 1\.0 is not below high_freq_factor = 1\.0"),
        ({"original_max_position_embeddings": 8192.0}, r"original_max.* = 8192\.0 is not an int"),
    ],
)
def test_scaling_that_does_not_fit_is_refused(edit, message):
    with pytest.raises(ValueError, match=message):
        replace(SCALING, **edit)


@pytest.mark.parametrize(
    ("model_type", "attention_bias", "output_bias", "qk_norm", "architecture"),
    [
        ("llama", False, False, False, "LlamaForCausalLM"),
        ("llama", True, True, False, "LlamaForCausalLM"),
        ("mistral", False, False, False, "MistralForCausalLM"),
        ("qwen2", True, False, False, "Qwen2ForCausalLM"),
        ("qwen3", False, False, True, "Qwen3ForCausalLM"),
        ("qwen3", True, True, True, "Qwen3ForCausalLM"),
    ],
)
def test_what_the_family_decides(model_type, attention_bias, output_bias, qk_norm, architecture):
    config = replace(tiny(), model_type=model_type, attention_bias=attention_bias)
    assert config.attention_output_bias is output_bias
    assert config.qk_norm is qk_norm
    assert config.architecture == architecture


def test_named_shapes_are_different_and_called_by_their_constructors():
    assert len({shape() for shape in SHAPES.values()}) == len(SHAPES)
    assert all(name == shape.__name__ for name, shape in SHAPES.items())
