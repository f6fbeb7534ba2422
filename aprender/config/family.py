"""Families of decoders: what a Hugging Face model type decides by itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """The architecture of one `model_type`, as far as no key of its config.json changes it."""

    architecture: str
    """Hugging Face's class with the language-model head."""

    attention_bias: bool | None
    """Whether q, k and v have a bias; None where the configuration says."""

    bias_reaches_output: bool
    """Whether the o projection has a bias where q, k and v have one."""

    qk_norm: bool
    """Whether queries and keys are normalised per head, before RoPE."""

    class_has_head_dim: bool
    """Whether Hugging Face's class has a head width of its own, which is not hidden / heads."""

    has_sliding_window: bool
    """Whether the family knows attention to a window of positions."""

    has_window_switch: bool
    """Whether use_sliding_window and max_window_layers say which layers have the window."""


FAMILIES = {
    "llama": Family(
        architecture="LlamaForCausalLM",
        attention_bias=None,
        bias_reaches_output=True,
        qk_norm=False,
        class_has_head_dim=False,
        has_sliding_window=False,
        has_window_switch=False,
    ),
    "mistral": Family(
        architecture="MistralForCausalLM",
        attention_bias=False,
        bias_reaches_output=False,
        qk_norm=False,
        class_has_head_dim=False,
        has_sliding_window=True,
        has_window_switch=False,
    ),
    "qwen2": Family(
        architecture="Qwen2ForCausalLM",
        attention_bias=True,
        bias_reaches_output=False,
        qk_norm=False,
        class_has_head_dim=False,
        has_sliding_window=True,
        has_window_switch=True,
    ),
    "qwen3": Family(
        architecture="Qwen3ForCausalLM",
        attention_bias=None,
        bias_reaches_output=True,
        qk_norm=True,
        class_has_head_dim=True,
        has_sliding_window=True,
        has_window_switch=True,
    ),
}
