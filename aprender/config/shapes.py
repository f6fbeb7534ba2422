"""Named shapes, each a published configuration or one of our own."""

from __future__ import annotations

from collections.abc import Callable

from aprender.config.checks import choice
from aprender.config.encoders import refuse_encoders
from aprender.config.transformer import TransformerConfig


def named_shape(name: str) -> TransformerConfig:
    """The shape called `name`, of SHAPES; a ValueError names an encoder's class or all shapes."""
    refuse_encoders([name])
    choice("named shape", name, SHAPES)
    return SHAPES[name]()


def tiny() -> TransformerConfig:
    """A model for tests: two heads, and no feature but the common ones."""
    return TransformerConfig(
        model_type="llama",
        vocab_size=1000,
        hidden_size=64,
        intermediate_size=256,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=32,
        max_position_embeddings=512,
        rms_norm_eps=1e-5,
        rope_theta=1e4,
        rope_scaling=None,
        tie_word_embeddings=True,
        attention_bias=False,
        sliding_window=None,
    )


def llama_370m() -> TransformerConfig:
    """The 370M model that is trained from scratch, with the vocabulary of its tokenizer."""
    return TransformerConfig(
        model_type="llama",
        vocab_size=50257,
        hidden_size=1024,
        intermediate_size=2816,
        num_hidden_layers=24,
        num_attention_heads=16,
        num_key_value_heads=4,
        head_dim=64,
        max_position_embeddings=4096,
        rms_norm_eps=1e-5,
        rope_theta=1e4,
        rope_scaling=None,
        tie_word_embeddings=True,
        attention_bias=False,
        sliding_window=None,
    )


def qwen2_0_5b() -> TransformerConfig:
    """Qwen/Qwen2.5-0.5B; the older Qwen2-0.5B allows 131,072 positions."""
    return TransformerConfig(
        model_type="qwen2",
        vocab_size=151936,
        hidden_size=896,
        intermediate_size=4864,
        num_hidden_layers=24,
        num_attention_heads=14,
        num_key_value_heads=2,
        head_dim=64,
        max_position_embeddings=32768,
        rms_norm_eps=1e-6,
        rope_theta=1e6,
        rope_scaling=None,
        tie_word_embeddings=True,
        attention_bias=True,
        sliding_window=None,
    )


def qwen2_1_5b() -> TransformerConfig:
    """Qwen/Qwen2.5-1.5B-Instruct."""
    return TransformerConfig(
        model_type="qwen2",
        vocab_size=151936,
        hidden_size=1536,
        intermediate_size=8960,
        num_hidden_layers=28,
        num_attention_heads=12,
        num_key_value_heads=2,
        head_dim=128,
        max_position_embeddings=32768,
        rms_norm_eps=1e-6,
        rope_theta=1e6,
        rope_scaling=None,
        tie_word_embeddings=True,
        attention_bias=True,
        sliding_window=None,
    )


def qwen2_7b() -> TransformerConfig:
    """Qwen/Qwen2.5-7B; its Instruct model allows 32,768 positions."""
    return TransformerConfig(
        model_type="qwen2",
        vocab_size=152064,
        hidden_size=3584,
        intermediate_size=18944,
        num_hidden_layers=28,
        num_attention_heads=28,
        num_key_value_heads=4,
        head_dim=128,
        max_position_embeddings=131072,
        rms_norm_eps=1e-6,
        rope_theta=1e6,
        rope_scaling=None,
        tie_word_embeddings=False,
        attention_bias=True,
        sliding_window=None,
    )


def qwen3_4b() -> TransformerConfig:
    """Qwen/Qwen3-4B: 32 heads of 128 are wider than the 2560 of its hidden states."""
    return TransformerConfig(
        model_type="qwen3",
        vocab_size=151936,
        hidden_size=2560,
        intermediate_size=9728,
        num_hidden_layers=36,
        num_attention_heads=32,
        num_key_value_heads=8,
        head_dim=128,
        max_position_embeddings=40960,
        rms_norm_eps=1e-6,
        rope_theta=1e6,
        rope_scaling=None,
        tie_word_embeddings=True,
        attention_bias=False,
        sliding_window=None,
    )


def llama2_7b() -> TransformerConfig:
    """meta-llama/Llama-2-7b-hf."""
    return TransformerConfig(
        model_type="llama",
        vocab_size=32000,
        hidden_size=4096,
        intermediate_size=11008,
        num_hidden_layers=32,
        num_attention_heads=32,
        num_key_value_heads=32,
        head_dim=128,
        max_position_embeddings=4096,
        rms_norm_eps=1e-5,
        rope_theta=1e4,
        rope_scaling=None,
        tie_word_embeddings=False,
        attention_bias=False,
        sliding_window=None,
    )


def llama2_13b() -> TransformerConfig:
    """meta-llama/Llama-2-13b-hf."""
    return TransformerConfig(
        model_type="llama",
        vocab_size=32000,
        hidden_size=5120,
        intermediate_size=13824,
        num_hidden_layers=40,
        num_attention_heads=40,
        num_key_value_heads=40,
        head_dim=128,
        max_position_embeddings=4096,
        rms_norm_eps=1e-5,
        rope_theta=1e4,
        rope_scaling=None,
        tie_word_embeddings=False,
        attention_bias=False,
        sliding_window=None,
    )


def mistral_7b() -> TransformerConfig:
    """mistralai/Mistral-7B-v0.1; later versions have no window and another rope_theta."""
    return TransformerConfig(
        model_type="mistral",
        vocab_size=32000,
        hidden_size=4096,
        intermediate_size=14336,
        num_hidden_layers=32,
        num_attention_heads=32,
        num_key_value_heads=8,
        head_dim=128,
        max_position_embeddings=32768,
        rms_norm_eps=1e-5,
        rope_theta=1e4,
        rope_scaling=None,
        tie_word_embeddings=False,
        attention_bias=False,
        sliding_window=4096,
    )


SHAPES: dict[str, Callable[[], TransformerConfig]] = {
    shape.__name__: shape
    for shape in (
        tiny,
        llama_370m,
        qwen2_0_5b,
        qwen2_1_5b,
        qwen2_7b,
        qwen3_4b,
        llama2_7b,
        llama2_13b,
        mistral_7b,
    )
}
"""Constructors by name."""
